using Galley.Store.Tests.PowerLoss;

namespace Galley.Store.Tests;

/// <summary>The tests, or the workload that they start as a process of its own, under a preloaded recorder.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] args) => args switch
    {
        ["--workload", var folder, var run, var length] => await Workload.Run(folder, int.Parse(run, System.Globalization.CultureInfo.InvariantCulture), int.Parse(length, System.Globalization.CultureInfo.InvariantCulture)),
        _ when args.Any(arg => arg is "-automated" or "@@") => await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args),
        _ => await Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions),
    };
}

using System.Diagnostics;

namespace Galley.Testing.Tests.Packages;

/// <summary>
/// What `./pack` makes of the build that these tests come from, and a folder outside the repository whose projects take all of Galley's packages
/// from there: what is installed of NuGet's other packages is linked, Galley's own are installed anew.
/// </summary>
public sealed class LocalFeed : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Where the packages and the archive are.</summary>
    public static string Packages => Path.Combine(PublicApiTests.Root(), "artifacts", "packages");

    /// <summary>Outside of the repository, with a NuGet.config that knows the feed.</summary>
    public string Outside { get; } = Directory.CreateTempSubdirectory("galley-outside-").FullName;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "./pack is for a Unix shell");
        var root = PublicApiTests.Root();
        await Must(root, Path.Combine(root, "pack"), "--no-build");
        Write("NuGet.config", $"""
            <configuration>
              <packageSources>
                <clear />
                <add key="local" value="{Packages}" />
                <add key="nuget.org" value="https://api.nuget.org/v3/index.json" protocolVersion="3" />
              </packageSources>
            </configuration>
            """);
        var installed = Directory.CreateDirectory(Path.Combine(Outside, "installed")).FullName;
        var others = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        foreach (var package in Directory.GetDirectories(others).Where(folder => !Path.GetFileName(folder).StartsWith("galley", StringComparison.Ordinal)))
            Directory.CreateSymbolicLink(Path.Combine(installed, Path.GetFileName(package)), package);
    }

    /// <summary>A file of the folder outside.</summary>
    public string Write(string name, string text)
    {
        var path = Path.Combine(Outside, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>A program to its end, which must be a good one; gives what it said.</summary>
    public async Task<string> Must(string folder, string program, params string[] arguments)
    {
        var (code, said) = await Run(folder, program, arguments);
        Assert.True(code == 0, $"{program} {string.Join(' ', arguments)} ended with {code}:\n{said}");
        return said;
    }

    /// <summary>A program to its end; gives its code and what it said.</summary>
    public async Task<(int Code, string Said)> Run(string folder, string program, params string[] arguments)
    {
        using var process = Process.Start(Prepare(folder, program, arguments))!;
        using var patience = new CancellationTokenSource(Patience);
        var said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(patience.Token), process.StandardError.ReadToEndAsync(patience.Token));
        await process.WaitForExitAsync(patience.Token);
        return (process.ExitCode, string.Concat(said));
    }

    public ProcessStartInfo Prepare(string folder, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("AWS_", StringComparison.Ordinal) || name.StartsWith("GALLEY_", StringComparison.Ordinal)).ToList()) start.Environment.Remove(name);
        start.Environment["XDG_CONFIG_HOME"] = Path.Combine(Outside, "config");
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["NuGetAudit"] = "false"; // .ci/run asks that once
        if (folder.StartsWith(Outside, StringComparison.Ordinal)) start.Environment["NUGET_PACKAGES"] = Path.Combine(Outside, "installed");
        return start;
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(Outside, recursive: true);
        return ValueTask.CompletedTask;
    }
}

[CollectionDefinition(nameof(LocalFeed))]
public sealed class LocalFeedCollection : ICollectionFixture<LocalFeed>;

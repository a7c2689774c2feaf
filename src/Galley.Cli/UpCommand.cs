using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Galley.Cli.Deploy;

namespace Galley.Cli;

/// <summary>`galley up DIR`: start, build, deploy, print the addresses; `--watch` deploys again on every change.</summary>
internal static class UpCommand
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(400);

    public static Command Build()
    {
        var folder = new Argument<string>("DIR") { Description = "Folder with galley.yaml and the template." };
        var watch = new Option<bool>("--watch") { Description = "Deploy again when a file changes." };
        var command = new Command("up", "Start Galley, build and deploy an app, print its addresses.") { folder, watch, DeployCommand.RealNames };
        var options = new ServerOptions();
        options.AddTo(command);
        command.SetAction(async (result, cancel) =>
        {
            var file = DeployFile.Read(result.GetValue(folder)!);
            await StartCommand.Serve(options.Read(result), async (running, stop) =>
            {
                using var aws = AwsClient.Local(running, result.GetValue(DeployCommand.RealNames));
                var (deployed, built) = (FolderContents.Hash(file.Folder), Built(file));
                await DeployCommand.Run(file, aws, build: true, stop);
                Console.WriteLine("Ctrl-C stops everything.");
                if (result.GetValue(watch)) await Watch(file.Folder, deployed, built, aws, stop);
            }, cancel);
            return 0;
        });
        return command;
    }

    /// <summary>
    /// Deploys whenever the files differ from those deployed last. Contents decide, not events: a change made during a deployment is not lost,
    /// and what a build writes again unchanged starts none. Only those build steps run whose sources have changed.
    /// </summary>
    private static async Task Watch(string folder, string deployed, Dictionary<(string Folder, string Command), string> built, AwsClient aws, CancellationToken stop)
    {
        using var changed = new SemaphoreSlim(1);
        using var watcher = new FileSystemWatcher(folder) { IncludeSubdirectories = true, EnableRaisingEvents = true };
        watcher.Changed += Note;
        watcher.Created += Note;
        watcher.Deleted += Note;
        watcher.Renamed += Note;
        Console.WriteLine($"Watching {folder}");
        while (true)
        {
            await changed.WaitAsync(stop);
            while (await changed.WaitAsync(Quiet, stop)) { } // editors save in bursts
            var contents = FolderContents.Hash(folder);
            if (contents == deployed) continue;
            deployed = contents;
            var since = Stopwatch.GetTimestamp();
            try
            {
                var file = DeployFile.Read(folder);
                var now = Built(file);
                await DeployCommand.Run(file with { Build = [.. file.Build.Where(step => built.GetValueOrDefault((step.Folder, step.Command)) != now[(step.Folder, step.Command)])] }, aws, build: true, stop);
                built = now;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"The app follows, {Stopwatch.GetElapsedTime(since).TotalSeconds:0.0} s after the change."));
            }
            catch (CliException e)
            {
                await Console.Error.WriteLineAsync("galley: " + e.Message); // the next change may mend it
            }
        }

        void Note(object sender, FileSystemEventArgs change)
        {
            if (FolderContents.Counts(folder, change.FullPath)) changed.Release();
        }
    }

    /// <summary>What each build step would build now.</summary>
    private static Dictionary<(string Folder, string Command), string> Built(DeployFile file)
        => file.Build.DistinctBy(step => (step.Folder, step.Command)).ToDictionary(step => (step.Folder, step.Command), Builds.Sources);
}

using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Galley.Cli.Deploy;

namespace Galley.Cli;

/// <summary>`galley up DIR`: start, build, deploy, print the addresses; `--watch` deploys again on every change.</summary>
internal static class UpCommand
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(80);

    public static Command Build()
    {
        var folder = new Argument<string>("DIR") { Description = "Folder with galley.yaml and the template." };
        var watch = new Option<bool>("--watch") { Description = "Deploy again when a file changes." };
        var command = new Command("up", "Start Galley, build and deploy an app, print its addresses.") { folder, watch, DeployCommand.RealNames };
        var options = new ServerOptions();
        options.AddTo(command);
        command.SetAction(async (result, cancel) =>
        {
            var file = Read(result.GetValue(folder)!, result.GetValue(watch));
            await StartCommand.Serve(options.Read(result), async (running, stop) =>
            {
                using var aws = AwsClient.Local(running, result.GetValue(DeployCommand.RealNames));
                var (deployed, built) = (Contents(file), Built(file));
                await DeployCommand.Run(file, aws, build: true, stop);
                Console.WriteLine("Ctrl-C stops everything.");
                if (result.GetValue(watch)) await Watch(file, deployed, built, aws, stop);
            }, cancel);
            return 0;
        });
        return command;
    }

    /// <summary>
    /// Deploys whenever the files differ from those deployed last. Contents decide, not events: a change made during a deployment is not lost,
    /// and what a build writes again unchanged starts none. Only those build steps run whose sources have changed.
    /// </summary>
    private static async Task Watch(DeployFile file, string deployed, Dictionary<(string Folder, string Command), string> built, AwsClient aws, CancellationToken stop)
    {
        using var changed = new SemaphoreSlim(1);
        using var watcher = new FileSystemWatcher(file.Folder) { IncludeSubdirectories = true, EnableRaisingEvents = true };
        watcher.Changed += Note;
        watcher.Created += Note;
        watcher.Deleted += Note;
        watcher.Renamed += Note;
        Console.WriteLine($"Watching {file.Folder}");
        while (true)
        {
            await changed.WaitAsync(stop);
            while (await changed.WaitAsync(Quiet, stop)) { } // editors save in bursts
            var contents = Contents(file);
            if (contents == deployed) continue;
            deployed = contents;
            var since = Stopwatch.GetTimestamp();
            try
            {
                file = Read(file.Folder, watched: true);
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
            if (FolderContents.Counts(file.Folder, change.FullPath) || Taken(file).Any(path => Within(path, change.FullPath))) changed.Release();
        }
    }

    private static DeployFile Read(string folder, bool watched)
    {
        var file = DeployFile.Read(folder);
        return watched ? file with { Build = [.. file.Build.Select(step => step.Watched)] } : file;
    }

    /// <summary>One hash over all that a deployment is made from.</summary>
    private static string Contents(DeployFile file) => string.Concat(Taken(file).Select(path => FolderContents.Hash(path)).Prepend(FolderContents.Hash(file.Folder, [.. file.Build.SelectMany(step => step.Makes)])));

    /// <summary>Code and pages that count although they were made, since it is somebody else who makes them: an editor, a build of its own that watches too.</summary>
    private static IEnumerable<string> Taken(DeployFile file)
        => Packaging.CodeOf(file.Template).Concat(file.Site is { } site ? [site.Folder] : []).Where(path => !FolderContents.Counts(file.Folder, path) && !file.Build.Any(step => step.Makes.Append(step.Folder).Any(made => Within(made, path))));

    private static bool Within(string folder, string path) => path == folder || path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <summary>What each build step would build now.</summary>
    private static Dictionary<(string Folder, string Command), string> Built(DeployFile file)
        => file.Build.DistinctBy(step => (step.Folder, step.Command)).ToDictionary(step => (step.Folder, step.Command), Builds.Sources);
}

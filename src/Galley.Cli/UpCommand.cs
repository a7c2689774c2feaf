using System.CommandLine;
using Galley.Cli.Deploy;

namespace Galley.Cli;

/// <summary>`galley up DIR`: start, build, deploy, print the addresses; `--watch` deploys again on every change.</summary>
internal static class UpCommand
{
    private static readonly string[] Unwatched = ["node_modules", "bin", "obj", "dist", "publish", "artifacts", ".git", ".galley", "__pycache__"];
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(400);

    public static Command Build()
    {
        var folder = new Argument<string>("DIR") { Description = "Folder with galley.yaml and the template." };
        var watch = new Option<bool>("--watch") { Description = "Deploy again when a file changes." };
        var command = new Command("up", "Start Galley, build and deploy an app, print its addresses.") { folder, watch };
        var options = new ServerOptions();
        options.AddTo(command);
        command.SetAction(async (result, _) =>
        {
            var file = DeployFile.Read(result.GetValue(folder)!);
            await StartCommand.Serve(options.Read(result), async (running, stop) =>
            {
                using var aws = AwsClient.Local(running);
                await DeployCommand.Run(file, aws, build: true, stop);
                Console.WriteLine("Ctrl-C stops everything.");
                if (result.GetValue(watch)) await Watch(file.Folder, aws, stop);
            });
            return 0;
        });
        return command;
    }

    private static async Task Watch(string folder, AwsClient aws, CancellationToken stop)
    {
        using var changed = new SemaphoreSlim(0);
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
            try
            {
                await DeployCommand.Run(DeployFile.Read(folder), aws, build: true, stop);
            }
            catch (CliException e)
            {
                await Console.Error.WriteLineAsync("galley: " + e.Message); // the next change may mend it
            }

            while (changed.CurrentCount > 0) await changed.WaitAsync(stop); // what the build itself wrote
        }

        void Note(object sender, FileSystemEventArgs change)
        {
            if (!Path.GetRelativePath(folder, change.FullPath).Split(Path.DirectorySeparatorChar).Any(Unwatched.Contains)) changed.Release();
        }
    }
}

using System.CommandLine;

namespace Galley.Cli;

/// <summary>`galley reset`: empties a server in memory, or deletes a data folder that nobody uses.</summary>
internal static class ResetCommand
{
    public static Command Build()
    {
        var data = new Option<string?>("--data") { Description = "Delete everything in this data folder instead (its Galley must be stopped).", HelpName = "DIR" };
        var yes = new Option<bool>("--yes") { Description = "Do not ask." };
        var command = new Command("reset", "Forget everything: of a running `--in-memory` Galley, or of a data folder.") { ServerOptions.Port, data, yes };
        command.SetAction(async (result, cancel) =>
        {
            if (result.GetValue(data) is not { } folder)
            {
                var running = Running.Find(result.GetValue(ServerOptions.Port));
                using var http = new HttpClient();
                using var answer = await http.PostAsync(new Uri(running.Endpoint + "/_galley/reset"), null, cancel);
                if (!answer.IsSuccessStatusCode) throw new CliException("This Galley keeps its data on disk. Stop it, then `galley reset --data DIR`.");
                Console.WriteLine("Everything is forgotten.");
                return 0;
            }

            if (!Directory.Exists(Path.Combine(folder, "store"))) throw new CliException($"{folder} is no data folder of Galley.");
            if (!result.GetValue(yes))
            {
                Console.Write($"Delete everything in {Path.GetFullPath(folder)}? [y/N] ");
                if (Console.ReadLine()?.Trim() is not ("y" or "Y" or "yes")) return 1;
            }

            // Opening it first fails when another Galley uses it.
            await (await GalleyServer.StartAsync(new GalleyOptions { Port = 0, DataFolder = folder })).DisposeAsync();
            Directory.Delete(Path.Combine(folder, "store"), recursive: true);
            Directory.Delete(Path.Combine(folder, "blobs"), recursive: true);
            Console.WriteLine("Everything is forgotten.");
            return 0;
        });
        return command;
    }
}

using System.CommandLine;
using Microsoft.Extensions.Logging;

namespace Galley.Cli;

/// <summary>`galley start`: the server, until Ctrl-C.</summary>
internal static class StartCommand
{
    public static Command Build()
    {
        var command = new Command("start", "Start Galley and keep it running until Ctrl-C.");
        var options = new ServerOptions();
        options.AddTo(command);
        command.SetAction(async (result, stop) =>
        {
            await Serve(options.Read(result), (_, _) => Task.CompletedTask, stop);
            return 0;
        });
        return command;
    }

    /// <summary>Runs a server, then <paramref name="then"/>, then waits for <paramref name="stop"/> (Ctrl-C or SIGTERM) and stops cleanly.</summary>
    public static async Task Serve(GalleyOptions options, Func<Running, CancellationToken, Task> then, CancellationToken stop)
    {
        using var export = OtlpExport.Start();
        if (export is not null && options.Log is { } console)
            options = options with
            {
                Log = line =>
                {
                    console(line);
                    export.Log.Log(line.StartsWith("error", StringComparison.Ordinal) ? LogLevel.Error : LogLevel.Information, default, line, null, static (text, _) => text);
                },
            };
        await using var server = await GalleyServer.StartAsync(options);
        var running = Running.Announce(server);
        try
        {
            Console.WriteLine($"Galley is ready at {running.Endpoint}  (region {server.Region}, account {server.Account}{(options.DataFolder is null ? ", in memory" : "")})");
            foreach (var address in server.Elsewhere) Console.WriteLine($"  elsewhere    {address}  (other machines: their keys are IAM users', made with CreateAccessKey; the authority for TLS: galley trust)");
            Console.WriteLine($"  console      {await server.NewLink("console")}  (opens once; another: galley console{(server.Port == 4566 ? "" : $" --port {server.Port}")})");
            Console.WriteLine($"  inbox        {await server.NewLink("inbox")}  (opens once; another: galley inbox{(server.Port == 4566 ? "" : $" --port {server.Port}")})");
            CodePages.LetGo(); // before the last line: who has read it finds it done
            Console.WriteLine($"  credentials  eval \"$(galley env{(server.Port == 4566 ? "" : $" --port {server.Port}")})\"");
            await then(running, stop);
            await Task.Delay(Timeout.Infinite, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            Console.WriteLine("Stopping.");
        }
        finally
        {
            running.Withdraw();
        }
    }
}

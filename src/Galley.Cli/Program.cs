using System.CommandLine;
using System.Runtime.InteropServices;
using Galley.Cli;

// Ctrl-C and SIGTERM cancel the command, here and nowhere else, and it takes the time it needs: a process that left while the store is
// still open would be aborted by it.
using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
try
{
    // `@` before a file is the commands' own (galley invoke -p @event.json), not a file of arguments.
    return await Commands.All().Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null }).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, stop.Token);
}
catch (Exception e) when (e is CliException or Galley.GalleyStartException or Galley.Cli.Deploy.AwsClientException)
{
    await Console.Error.WriteLineAsync("galley: " + e.Message);
    return 1;
}
catch (OperationCanceledException)
{
    return 130;
}

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}

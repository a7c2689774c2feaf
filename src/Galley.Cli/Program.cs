using System.CommandLine;
using System.Runtime.InteropServices;
using Galley.Cli;

// One command, one file; this list is the program's whole surface.
var root = new RootCommand("A whole secured serverless web app on one machine, over the real AWS protocols.")
{
    StartCommand.Build(),
    UpCommand.Build(),
    DeployCommand.Build(),
    EnvCommand.Build(),
    TrustCommand.Build(),
    MailCommand.Build(),
    PageCommand.Build("inbox", "Print a link to the inbox's page. It opens once, within an hour."),
    PageCommand.Build("console", "Print a link to the web console. It opens once, within an hour."),
    LogsCommand.Build(),
    InvokeCommand.Build(),
    ExplainCommand.Build(),
    BrowserCommand.Build(),
    ResetCommand.Build(),
    SnapshotCommand.Build(),
    SeedCommand.Build(),
    AuditCommand.Build(),
    PolicyCommand.Build(),
    ExportCommand.Build(),
    DoctorCommand.Build(),
};

// Ctrl-C and SIGTERM cancel the command, here and nowhere else, and it takes the time it needs: a process that left while the store is
// still open would be aborted by it.
using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
try
{
    return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, stop.Token);
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

using System.CommandLine;
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
    LogsCommand.Build(),
    InvokeCommand.Build(),
    ExplainCommand.Build(),
    BrowserCommand.Build(),
    ResetCommand.Build(),
    SnapshotCommand.Build(),
    SeedCommand.Build(),
    AuditCommand.Build(),
    PolicyCommand.Build(),
    DoctorCommand.Build(),
};

try
{
    // A server that stops may take its time: it ends functions, and what they wrote goes to the log.
    return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(60) });
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

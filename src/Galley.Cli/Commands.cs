using System.CommandLine;

namespace Galley.Cli;

/// <summary>The program's whole surface: one command, one file. docs/reference/cli.md is made of it.</summary>
internal static class Commands
{
    public static RootCommand All() => new("A whole secured serverless web app on one machine, over the real AWS protocols.")
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
}

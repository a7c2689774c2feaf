using Galley.Cognito;
using Galley.Logs;

namespace Galley.Arrows;

/// <summary>User import jobs write what became of each line to the pool's log group.</summary>
internal sealed class CognitoToLogs(Installation installation, LogsService logs) : IWriteImportLogs
{
    public ValueTask Write(string account, string region, string group, string stream, IReadOnlyList<string> lines)
        => logs.Append(account, region, group, stream, [.. lines.Select(line => (installation.Now, line))]);
}

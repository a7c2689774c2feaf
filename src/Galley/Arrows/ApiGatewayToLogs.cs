using Galley.ApiGateway;
using Galley.Logs;

namespace Galley.Arrows;

/// <summary>Access logs of API stages go to the log group that the stage names.</summary>
internal sealed class ApiGatewayToLogs(LogsService logs) : IWriteAccessLogs
{
    public ValueTask Write(string account, string region, string group, string stream, IReadOnlyList<(DateTimeOffset Time, string Message)> lines)
        => logs.Append(account, region, group, stream, lines);
}

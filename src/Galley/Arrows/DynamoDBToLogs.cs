using Galley.DynamoDB.Transfers;
using Galley.Iam;
using Galley.Logs;
using Galley.Wire;

namespace Galley.Arrows;

/// <summary>What imports leave out is told in their log group, with the rights of whoever asked for the import, and nowhere without them.</summary>
internal sealed class DynamoDBToLogs(Installation installation, IamService iam, LogsService logs) : IWriteImportLogs
{
    private static readonly Dictionary<string, string> NoConditions = [];

    public async ValueTask Write(Principal caller, string account, string region, string group, string stream, IReadOnlyList<string> lines)
    {
        var resource = new Arn("logs", region, account, $"log-group:{group}:log-stream:{stream}").ToString();
        if (await iam.Allows(caller, "logs:PutLogEvents", resource, null, NoConditions)) await logs.Append(account, region, group, stream, [.. lines.Select(line => (installation.Now, line))]);
    }
}

using Galley.Iam;
using Galley.Lambda;
using Galley.Logs;
using Galley.Wire;

namespace Galley.Arrows;

/// <summary>A function's output goes to Logs with the rights of the function's role, and nowhere without them.</summary>
internal sealed class LambdaToLogs(IamService iam, LogsService logs) : IWriteLogs
{
    private static readonly Dictionary<string, string> NoConditions = [];

    public async ValueTask Append(string account, string region, string roleArn, string group, string stream, IReadOnlyList<(DateTimeOffset Time, string Message)> lines)
    {
        var role = roleArn[(roleArn.LastIndexOf('/') + 1)..];
        var principal = new Principal(PrincipalKind.AssumedRole, $"arn:aws:sts::{account}:assumed-role/{role}/lambda") { RoleArn = roleArn };
        var resource = new Arn("logs", region, account, $"log-group:{group}:log-stream:{stream}").ToString();
        foreach (var action in (string[])["logs:CreateLogStream", "logs:PutLogEvents"])
            if (!await iam.Allows(principal, action, resource, null, NoConditions))
                return;
        await logs.Append(account, region, group, stream, lines);
    }
}

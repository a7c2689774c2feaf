using System.Collections.Concurrent;
using Galley.Iam;
using Galley.Lambda;
using Galley.Logs;
using Galley.Wire;

namespace Galley.Arrows;

/// <summary>A function's output goes to Logs with the rights of the function's role, and nowhere without them.</summary>
internal sealed class LambdaToLogs(Installation installation, IamService iam, LogsService logs) : IWriteLogs
{
    private static readonly Dictionary<string, string> NoConditions = [];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<string, (Principal Principal, long Made)> _sessions = new();

    public async ValueTask Append(string account, string region, string roleArn, string group, string stream, IReadOnlyList<(DateTimeOffset Time, string Message)> lines)
    {
        if (await SessionOf(roleArn) is not { } principal) return;
        var resource = new Arn("logs", region, account, $"log-group:{group}:log-stream:{stream}").ToString();
        foreach (var action in (string[])["logs:CreateLogStream", "logs:PutLogEvents"])
            if (!await iam.Allows(principal, action, resource, null, NoConditions))
            {
                // The role may have been made anew; but one that simply may not is not taken again for every line.
                if (_sessions.TryGetValue(roleArn, out var known) && installation.Time.GetElapsedTime(known.Made) > Patience) _sessions.TryRemove(roleArn, out _);
                return;
            }

        await logs.Append(account, region, group, stream, lines);
    }

    /// <summary>The role as a session of Lambda's sees it; null when there is no such role any more.</summary>
    private async ValueTask<Principal?> SessionOf(string roleArn)
    {
        if (_sessions.TryGetValue(roleArn, out var known)) return known.Principal;
        try
        {
            var credentials = await iam.AssumeForService(roleArn, "lambda.amazonaws.com", "logs", TimeSpan.FromMinutes(15));
            if (await iam.FindKey(credentials.AccessKeyId) is not { } key) return null;
            _sessions[roleArn] = (key.Principal, installation.Time.GetTimestamp());
            return key.Principal;
        }
        catch (AwsError)
        {
            return null;
        }
    }
}

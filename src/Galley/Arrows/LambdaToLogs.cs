using System.Collections.Concurrent;
using Galley.Iam;
using Galley.Lambda;
using Galley.Logs;
using Galley.Wire;

namespace Galley.Arrows;

/// <summary>A function's output goes to Logs with the rights of the function's role, and nowhere without them.</summary>
internal sealed class LambdaToLogs(IamService iam, LogsService logs) : IWriteLogs
{
    private static readonly Dictionary<string, string> NoConditions = [];
    private readonly ConcurrentDictionary<string, Principal> _sessions = new();

    public async ValueTask Append(string account, string region, string roleArn, string group, string stream, IReadOnlyList<(DateTimeOffset Time, string Message)> lines)
    {
        if (await SessionOf(roleArn) is not { } principal) return;
        var resource = new Arn("logs", region, account, $"log-group:{group}:log-stream:{stream}").ToString();
        foreach (var action in (string[])["logs:CreateLogStream", "logs:PutLogEvents"])
            if (!await iam.Allows(principal, action, resource, null, NoConditions))
            {
                _sessions.TryRemove(roleArn, out _); // the role may have been made anew
                return;
            }

        await logs.Append(account, region, group, stream, lines);
    }

    /// <summary>The role as a session of Lambda's sees it; null when there is no such role any more.</summary>
    private async ValueTask<Principal?> SessionOf(string roleArn)
    {
        if (_sessions.TryGetValue(roleArn, out var known)) return known;
        try
        {
            var credentials = await iam.AssumeForService(roleArn, "lambda.amazonaws.com", "logs", TimeSpan.FromMinutes(15));
            if (await iam.FindKey(credentials.AccessKeyId) is not { } key) return null;
            return _sessions[roleArn] = key.Principal;
        }
        catch (AwsError)
        {
            return null;
        }
    }
}

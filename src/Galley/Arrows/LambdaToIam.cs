using System.Collections.Concurrent;
using Galley.Iam;
using Galley.Lambda;
using Galley.Wire;

namespace Galley.Arrows;

/// <summary>Lambda takes its functions' roles as lambda.amazonaws.com, and asks what a function's own policy says of a caller.</summary>
internal sealed class LambdaToIam(IamService iam) : IAssumeRoles, IJudgePolicies, IActAsRoles, IIdentifyCallers
{
    private static readonly Dictionary<string, string> NoConditions = [];
    private readonly ConcurrentDictionary<string, Principal> _sessions = new();

    public async ValueTask<RoleCredentials> Assume(string roleArn, string sessionName, TimeSpan duration, string? functionArn = null)
    {
        var credentials = await iam.AssumeForService(roleArn, "lambda.amazonaws.com", sessionName, duration, functionArn is null ? [] : [new("lambda:SourceFunctionArn", functionArn)]);
        return new RoleCredentials(credentials.AccessKeyId, credentials.SecretAccessKey, credentials.SessionToken, credentials.Expiration);
    }

    public ValueTask<bool> Allows(Principal caller, string action, string resource, string? resourcePolicy, IReadOnlyDictionary<string, string> conditions)
        => iam.Allows(caller, action, resource, resourcePolicy, conditions);

    public ValueTask<bool> Allows(Call call, string action, string resource, IEnumerable<KeyValuePair<string, string>> conditions) => iam.Allows(call, action, resource, conditions);

    public ValueTask<CallerKey?> Find(string accessKeyId) => iam.FindKey(accessKeyId);

    public async ValueTask<bool> Allows(string roleArn, string action, string resource)
    {
        if (await SessionOf(roleArn) is { } known && await iam.Allows(known, action, resource, null, NoConditions)) return true;
        _sessions.TryRemove(roleArn, out _); // the role may have been made anew
        return await SessionOf(roleArn) is { } principal && await iam.Allows(principal, action, resource, null, NoConditions);
    }

    /// <summary>The role as a session of Lambda's sees it; null when there is no such role any more.</summary>
    private async ValueTask<Principal?> SessionOf(string roleArn)
    {
        if (_sessions.TryGetValue(roleArn, out var known)) return known;
        try
        {
            var credentials = await iam.AssumeForService(roleArn, "lambda.amazonaws.com", "lambda", TimeSpan.FromMinutes(15));
            return await iam.FindKey(credentials.AccessKeyId) is { } key ? _sessions[roleArn] = key.Principal : null;
        }
        catch (AwsError)
        {
            return null;
        }
    }
}

using System.Collections.Concurrent;
using Galley.Iam;
using Galley.Wire;

namespace Galley.Arrows;

/// <summary>Roles taken by one of our own services, each for as long as its credentials live.</summary>
internal sealed class RoleSessions(Installation installation, IamService iam, string service, string sessionName)
{
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(15);
    private readonly ConcurrentDictionary<string, (Principal Principal, DateTimeOffset Ends)> _sessions = new();

    /// <summary>The role as a session; null when there is no such role or it does not trust the service.</summary>
    public async ValueTask<Principal?> Of(string roleArn)
    {
        if (_sessions.TryGetValue(roleArn, out var known) && known.Ends > installation.Now) return known.Principal;
        try
        {
            var credentials = await iam.AssumeForService(roleArn, service, sessionName, Life);
            if (await iam.FindKey(credentials.AccessKeyId) is not { } key) return null;
            _sessions[roleArn] = (key.Principal, installation.Now + Life);
            return key.Principal;
        }
        catch (AwsError)
        {
            return null;
        }
    }

    /// <summary>The role may have been made anew.</summary>
    public void Forget(string roleArn) => _sessions.TryRemove(roleArn, out _);
}

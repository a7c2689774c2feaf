using Galley.Iam;
using Galley.Lambda;
using Galley.Wire;

namespace Galley.Arrows;

/// <summary>Lambda takes its functions' roles as lambda.amazonaws.com, and asks what a function's own policy says of a caller.</summary>
internal sealed class LambdaToIam(IamService iam) : IAssumeRoles, IJudgePolicies
{
    public async ValueTask<RoleCredentials> Assume(string roleArn, string sessionName, TimeSpan duration)
    {
        var credentials = await iam.AssumeForService(roleArn, "lambda.amazonaws.com", sessionName, duration);
        return new RoleCredentials(credentials.AccessKeyId, credentials.SecretAccessKey, credentials.SessionToken, credentials.Expiration);
    }

    public ValueTask<bool> Allows(Principal caller, string action, string resource, string? resourcePolicy, IReadOnlyDictionary<string, string> conditions)
        => iam.Allows(caller, action, resource, resourcePolicy, conditions);
}

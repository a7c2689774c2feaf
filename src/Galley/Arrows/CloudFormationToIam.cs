using Galley.CloudFormation;
using Galley.Iam;
using Galley.Wire;

namespace Galley.Arrows;

/// <summary>
/// CloudFormation acts as the caller of the stack operation, by that caller's own policies, or as the role that the caller passes to it,
/// whose trust policy must name it.
/// </summary>
internal sealed class CloudFormationToIam(IamService iam) : IAuthorizeResources
{
    private const string Service = "cloudformation.amazonaws.com";

    private static readonly Dictionary<string, string> NoConditions = [], PassedHere = new() { ["iam:PassedToService"] = Service };

    public ValueTask<bool> Allows(Principal principal, string action, string resource)
        => principal.Kind == PrincipalKind.Root ? new(true) : iam.Allows(principal, action, resource, null, NoConditions);

    public async ValueTask<Principal> ActAs(string roleArn, Principal? caller)
    {
        if (caller is { Kind: not PrincipalKind.Root } && !await iam.Allows(caller, "iam:PassRole", roleArn, null, PassedHere))
            throw new AwsError("AccessDenied", $"User: {caller.Arn} is not authorized to perform: iam:PassRole on resource: {roleArn} because no identity-based policy allows the iam:PassRole action", 403);
        try
        {
            var credentials = await iam.AssumeForService(roleArn, Service, "AWSCloudFormation", TimeSpan.FromHours(1));
            if (await iam.FindKey(credentials.AccessKeyId) is { } key) return key.Principal;
        }
        catch (AwsError)
        {
            // said below in CloudFormation's words
        }

        throw new AwsError("ValidationError", $"Role {roleArn} is invalid or cannot be assumed");
    }
}

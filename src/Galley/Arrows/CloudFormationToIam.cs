using System.Text;
using System.Text.Json.Nodes;
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
    private static readonly Dictionary<string, string> PassedHere = new() { ["iam:PassedToService"] = IAuthorizeResources.Service };

    public ValueTask<bool> Allows(Call call, string action, string resource, string? passedTo = null, JsonObject? tags = null) => iam.Allows(call, action, resource, Conditions(passedTo, tags));

    /// <summary>Read only for whom policies judge.</summary>
    private static IEnumerable<KeyValuePair<string, string>> Conditions(string? passedTo, JsonObject? tags)
    {
        if (passedTo is not null) yield return new("iam:PassedToService", passedTo);
        if (tags is null) yield break;
        foreach (var (name, value) in RequestTags.In(Encoding.UTF8.GetBytes(tags.ToJsonString())))
        {
            yield return new("aws:TagKeys", name);
            if (value is not null) yield return new("aws:RequestTag/" + name, value);
        }
    }

    public async ValueTask<Principal> ActAs(string roleArn, Principal? caller)
    {
        if (caller is { Kind: not PrincipalKind.Root } && !await iam.Allows(caller, "iam:PassRole", roleArn, null, PassedHere))
            throw new AwsError("AccessDenied", $"User: {caller.Arn} is not authorized to perform: iam:PassRole on resource: {roleArn} because no identity-based policy allows the iam:PassRole action", 403);
        try
        {
            var credentials = await iam.AssumeForService(roleArn, IAuthorizeResources.Service, IAuthorizeResources.Session, TimeSpan.FromHours(1));
            if (await iam.FindKey(credentials.AccessKeyId) is { } key) return key.Principal;
        }
        catch (AwsError)
        {
            // said below in CloudFormation's words
        }

        throw new AwsError("ValidationError", $"Role {roleArn} is invalid or cannot be assumed");
    }
}

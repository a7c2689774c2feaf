using Galley.CloudFormation;
using Galley.Iam;
using Galley.Wire;

namespace Galley.Arrows;

/// <summary>CloudFormation acts as the caller of the stack operation, by that caller's own policies.</summary>
internal sealed class CloudFormationToIam(IamService iam) : IAuthorizeResources
{
    private static readonly Dictionary<string, string> NoConditions = [];

    public ValueTask<bool> Allows(Principal principal, string action, string resource)
        => principal.Kind == PrincipalKind.Root ? new(true) : iam.Allows(principal, action, resource, null, NoConditions);
}

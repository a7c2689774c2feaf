using Galley.Wire;

namespace Galley.CloudFormation;

/// <summary>Asks whether who deploys may do by himself what the template does for him: a stack gives nobody rights he has not.</summary>
internal interface IAuthorizeResources
{
    ValueTask<bool> Allows(Principal principal, string action, string resource);
}

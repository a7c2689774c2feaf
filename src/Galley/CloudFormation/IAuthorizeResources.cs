using Galley.Wire;

namespace Galley.CloudFormation;

/// <summary>Asks whether who deploys may do by himself what the template does for him: a stack gives nobody rights he has not.</summary>
internal interface IAuthorizeResources
{
    ValueTask<bool> Allows(Principal principal, string action, string resource);

    /// <summary>The role as CloudFormation takes it for a stack; the caller, where there is one, must be allowed to pass it.</summary>
    /// <exception cref="AwsError">The caller may not pass the role, or its trust policy does not name CloudFormation.</exception>
    ValueTask<Principal> ActAs(string roleArn, Principal? caller);
}

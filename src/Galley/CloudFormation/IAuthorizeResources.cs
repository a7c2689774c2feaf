using System.Text.Json.Nodes;
using Galley.Wire;

namespace Galley.CloudFormation;

/// <summary>Asks whether who deploys may do by himself what the template does for him: a stack gives nobody rights he has not.</summary>
internal interface IAuthorizeResources
{
    /// <summary>Name of CloudFormation, which calls for whoever deploys (`aws:CalledVia`), and of its sessions of a role that a stack was given.</summary>
    const string Service = "cloudformation.amazonaws.com", Session = "AWSCloudFormation";

    /// <param name="passedTo">For `iam:PassRole`, the service that gets the role; otherwise null.</param>
    /// <param name="tags">Properties of a resource whose tags would be put on it (`aws:RequestTag/…`); null for none.</param>
    ValueTask<bool> Allows(Call call, string action, string resource, string? passedTo = null, JsonObject? tags = null);

    /// <summary>The role as CloudFormation takes it for a stack; the caller, where there is one, must be allowed to pass it.</summary>
    /// <exception cref="AwsError">The caller may not pass the role, or its trust policy does not name CloudFormation.</exception>
    ValueTask<Principal> ActAs(string roleArn, Principal? caller);
}

using System.Text.Json.Nodes;
using Galley.Wire;

namespace Galley.Iam.Resources;

/// <summary>AWS::IAM::User: Ref is the name; Arn.</summary>
internal sealed class UserResource(IdentityResources owners, Identities identities) : IResourceHandler
{
    public string Type => "AWS::IAM::User";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "UserName" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
    {
        var properties = Read(request);
        var groups = await CheckedGroups(properties, call);
        return Show(await owners.Create(IdentityKind.User, properties.Text("UserName") ?? Properties.Short(request.Name), properties, call, user => user with { Groups = groups }));
    }

    public async ValueTask<Resource> Update(ResourceRequest request, Call call)
    {
        var properties = Read(request);
        var groups = await CheckedGroups(properties, call);
        var old = request.OldProperties.Texts("Groups");
        return Show(await owners.Update(IdentityKind.User, request, call, user => user with { Groups = [.. user.Groups.Except(old).Union(groups)] }));
    }

    public ValueTask Delete(ResourceRequest request, Call call) => owners.Delete(IdentityKind.User, request, call);

    private JsonObject Read(ResourceRequest request)
        => request.Properties.Only(Type, "Groups", "ManagedPolicyArns", "Path", "PermissionsBoundary", "Policies", "Tags", "UserName");

    private async ValueTask<List<string>> CheckedGroups(JsonObject properties, Call call)
    {
        var groups = properties.Texts("Groups");
        foreach (var group in groups) _ = await identities.Store.Read(tx => Identities.Get(tx, call, IdentityKind.Group, group));
        return groups;
    }

    private static Resource Show(Identity user) => Properties.Resource(user.Name, ("Arn", user.Arn));
}

using System.Text.Json.Nodes;
using Galley.Wire;

namespace Galley.Iam.Resources;

/// <summary>AWS::IAM::Group: Ref is the name; Arn.</summary>
internal sealed class GroupResource(IdentityResources owners) : IResourceHandler
{
    public string Type => "AWS::IAM::Group";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "GroupName" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
    {
        var properties = Read(request);
        return Show(await owners.Create(IdentityKind.Group, properties.Text("GroupName") ?? request.Name, properties, call, group => group));
    }

    public async ValueTask<Resource> Update(ResourceRequest request, Call call)
    {
        _ = Read(request);
        return Show(await owners.Update(IdentityKind.Group, request, call, group => group));
    }

    public ValueTask Delete(ResourceRequest request, Call call) => owners.Delete(IdentityKind.Group, request, call);

    private JsonObject Read(ResourceRequest request) => request.Properties.Only(Type, "GroupName", "ManagedPolicyArns", "Path", "Policies");

    private static Resource Show(Identity group) => Properties.Resource(group.Name, ("Arn", group.Arn));
}

/// <summary>AWS::IAM::UserToGroupAddition: users in a group.</summary>
internal sealed class UserToGroupAdditionResource(Groups groups, Authorization authorization) : IResourceHandler
{
    public string Type => "AWS::IAM::UserToGroupAddition";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string>();

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
    {
        await Set(request, [], call);
        return Properties.Resource(request.Name, ("Id", request.Name));
    }

    public async ValueTask<Resource> Update(ResourceRequest request, Call call)
    {
        var (group, before) = (request.OldProperties.Text("GroupName"), request.OldProperties.Texts("Users"));
        var moved = group is not null && group != request.Properties.Text("GroupName");
        await Set(request, moved ? [] : before, call);
        if (moved)
            foreach (var user in before) await Remove(group!, user, call);
        return Properties.Resource(request.PhysicalId, ("Id", request.PhysicalId));
    }

    public async ValueTask Delete(ResourceRequest request, Call call)
    {
        if (request.Properties.Text("GroupName") is not { } group) return;
        foreach (var user in request.Properties.Texts("Users")) await Remove(group, user, call);
    }

    private async ValueTask Set(ResourceRequest request, List<string> before, Call call)
    {
        var properties = request.Properties.Only(Type, "GroupName", "Users");
        var (group, users) = (properties.Needed(Type, "GroupName"), properties.Texts("Users"));
        await authorization.Require(call, "iam:AddUserToGroup", Identities.Arn(call, IdentityKind.Group, "/", group));
        foreach (var user in users.Except(before)) await groups.AddUserToGroup(new(group, user), call);
        foreach (var user in before.Except(users)) await Remove(group, user, call);
    }

    private async ValueTask Remove(string group, string user, Call call)
    {
        try
        {
            await authorization.Require(call, "iam:RemoveUserFromGroup", Identities.Arn(call, IdentityKind.Group, "/", group));
            await groups.RemoveUserFromGroup(new(group, user), call);
        }
        catch (AwsError e) when (e.Code == "NoSuchEntity")
        {
            // gone already
        }
    }
}

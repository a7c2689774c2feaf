using Galley.Store;
using Galley.Wire;

namespace Galley.Iam;

/// <summary>IAM roles with their trust policies.</summary>
internal sealed class Roles(Identities identities)
{
    private const int LongestSession = 43_200, ShortestMaximum = 3600;

    public async ValueTask<RoleResponse> CreateRole(CreateRoleRequest request, Call call)
    {
        CheckDuration(request.MaxSessionDuration);
        Identities.CheckTrust(request.AssumeRolePolicyDocument);
        var draft = identities.Draft(call, IdentityKind.Role, request.RoleName, request.Path, request.Tags, request.PermissionsBoundary) with
        {
            Trust = request.AssumeRolePolicyDocument,
            Description = request.Description,
            MaxSessionDuration = request.MaxSessionDuration ?? ShortestMaximum,
        };
        return new(Show(await identities.Create(call, draft)));
    }

    public async ValueTask<RoleResponse> GetRole(RoleRequest request, Call call)
        => new(Show(await identities.Store.Read(tx => Identities.Get(tx, call, IdentityKind.Role, request.RoleName))) with { RoleLastUsed = new RoleLastUsed() });

    public async ValueTask<ListRolesResponse> ListRoles(ListRequest request, Call call)
    {
        var all = await identities.Store.Read(tx => identities.All(tx, call, IdentityKind.Role, request.PathPrefix));
        var (roles, truncated, marker) = Pages.Page(all, role => role.Name, role => Show(role) with { Tags = null }, request.Marker, request.MaxItems);
        return new(roles, truncated, marker);
    }

    public async ValueTask<Empty> UpdateRole(UpdateRoleRequest request, Call call)
    {
        CheckDuration(request.MaxSessionDuration);
        await identities.Change(call, IdentityKind.Role, request.RoleName, role => role with
        {
            Description = request.Description ?? role.Description,
            MaxSessionDuration = request.MaxSessionDuration ?? role.MaxSessionDuration,
        });
        return Empty.Value;
    }

    public async ValueTask<RoleResponse> UpdateRoleDescription(UpdateRoleDescriptionRequest request, Call call)
        => new(Show(await identities.Change(call, IdentityKind.Role, request.RoleName, role => role with { Description = request.Description })));

    public async ValueTask<Empty> UpdateAssumeRolePolicy(UpdateAssumeRolePolicyRequest request, Call call)
    {
        Identities.CheckTrust(request.PolicyDocument);
        await identities.Change(call, IdentityKind.Role, request.RoleName, role => role with { Trust = request.PolicyDocument });
        return Empty.Value;
    }

    public async ValueTask<Empty> DeleteRole(RoleRequest request, Call call)
    {
        await identities.Store.Write(async tx =>
        {
            var role = await Identities.Get(tx, call, IdentityKind.Role, request.RoleName);
            if (role.Attached.Count > 0) throw Errors.DeleteConflict("Cannot delete entity, must detach all policies first.");
            if (role.Inline.Count > 0) throw Errors.DeleteConflict("Cannot delete entity, must delete policies first.");
            tx.Delete(Keys.Identity(call.Account, IdentityKind.Role, role.Name));
        });
        return Empty.Value;
    }

    public async ValueTask<Empty> TagRole(TagRoleRequest request, Call call)
    {
        await identities.Change(call, IdentityKind.Role, request.RoleName, role => role with { Tags = Identities.Merge(role.Tags, request.Tags) });
        return Empty.Value;
    }

    public async ValueTask<Empty> UntagRole(UntagRoleRequest request, Call call)
    {
        await identities.Change(call, IdentityKind.Role, request.RoleName, role => role with { Tags = Identities.Without(role.Tags, request.TagKeys) });
        return Empty.Value;
    }

    public async ValueTask<TagsResponse> ListRoleTags(ListOfRoleRequest request, Call call)
    {
        var role = await identities.Store.Read(tx => Identities.Get(tx, call, IdentityKind.Role, request.RoleName));
        var (tags, truncated, marker) = Pages.Page(role.Tags, tag => tag.Key, tag => tag, request.Marker, request.MaxItems);
        return new(tags, truncated, marker);
    }

    public async ValueTask<Empty> PutRolePermissionsBoundary(RoleBoundaryRequest request, Call call)
    {
        await Policies.CheckExists(identities.Store, call, request.PermissionsBoundary);
        await identities.Change(call, IdentityKind.Role, request.RoleName, role => role with { Boundary = request.PermissionsBoundary });
        return Empty.Value;
    }

    public async ValueTask<Empty> DeleteRolePermissionsBoundary(RoleRequest request, Call call)
    {
        await identities.Change(call, IdentityKind.Role, request.RoleName, role => role with { Boundary = null });
        return Empty.Value;
    }

    /// <summary>There are no machines here that a profile could be for; tools ask before they delete a role.</summary>
    public async ValueTask<InstanceProfilesResponse> ListInstanceProfilesForRole(ListOfRoleRequest request, Call call)
    {
        _ = await identities.Store.Read(tx => Identities.Get(tx, call, IdentityKind.Role, request.RoleName));
        return new([], false);
    }

    internal static Role Show(Identity role) => new(
        role.Path, role.Name, role.Id, role.Arn, role.Created, Uri.EscapeDataString(role.Trust), role.Description, role.MaxSessionDuration,
        Identities.Boundary(role), role.Tags.Count > 0 ? role.Tags : null);

    private static void CheckDuration(int? seconds)
    {
        if (seconds < ShortestMaximum) throw Errors.Constraint($"{seconds}", "maxSessionDuration", $"Member must have value greater than or equal to {ShortestMaximum}");
        if (seconds > LongestSession) throw Errors.Constraint($"{seconds}", "maxSessionDuration", $"Member must have value less than or equal to {LongestSession}");
    }
}

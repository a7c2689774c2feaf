using Galley.Store;
using Galley.Wire;

namespace Galley.Iam;

/// <summary>IAM roles with their trust policies.</summary>
internal sealed class Roles(Identities identities, Observations observations)
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

    public async ValueTask<RoleResponse> GetRole(RoleRequest request, Call call) => await identities.Store.Read(async tx =>
    {
        var role = await Identities.Get(tx, call, IdentityKind.Role, request.RoleName);
        return new RoleResponse(Show(role) with { RoleLastUsed = await LastUsed(tx, role) });
    });

    private async ValueTask<RoleLastUsed> LastUsed(ISnapshot tx, Identity role)
        => await observations.LastUseOf(tx, role.Arn) is { } use && use.Time >= role.Created ? new(use.Time, use.Region) : new(null, null);

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
            if (role.Path.StartsWith(ServiceLinkedRoles.Path, StringComparison.Ordinal))
                throw new AwsError("UnmodifiableEntity", $"Cannot perform the operation on the protected role '{role.Name}' - this role is only modifiable by AWS");
            tx.Delete(Keys.Identity(call.Account, IdentityKind.Role, role.Name));
        });
        return Empty.Value;
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

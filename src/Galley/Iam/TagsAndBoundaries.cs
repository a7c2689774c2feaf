using Galley.Store;
using Galley.Wire;

namespace Galley.Iam;

/// <summary>Tags and permissions boundaries of users and roles: the same for both, under two sets of names.</summary>
internal sealed class TagsAndBoundaries(Identities identities)
{
    public ValueTask<Empty> TagUser(TagUserRequest request, Call call) => Tag(call, IdentityKind.User, request.UserName, request.Tags);

    public ValueTask<Empty> TagRole(TagRoleRequest request, Call call) => Tag(call, IdentityKind.Role, request.RoleName, request.Tags);

    public ValueTask<Empty> UntagUser(UntagUserRequest request, Call call) => Untag(call, IdentityKind.User, request.UserName, request.TagKeys);

    public ValueTask<Empty> UntagRole(UntagRoleRequest request, Call call) => Untag(call, IdentityKind.Role, request.RoleName, request.TagKeys);

    public ValueTask<TagsResponse> ListUserTags(ListOfUserRequest request, Call call) => List(call, IdentityKind.User, request.UserName, request.Marker, request.MaxItems);

    public ValueTask<TagsResponse> ListRoleTags(ListOfRoleRequest request, Call call) => List(call, IdentityKind.Role, request.RoleName, request.Marker, request.MaxItems);

    public ValueTask<Empty> PutUserPermissionsBoundary(UserBoundaryRequest request, Call call) => Put(call, IdentityKind.User, request.UserName, request.PermissionsBoundary);

    public ValueTask<Empty> PutRolePermissionsBoundary(RoleBoundaryRequest request, Call call) => Put(call, IdentityKind.Role, request.RoleName, request.PermissionsBoundary);

    public ValueTask<Empty> DeleteUserPermissionsBoundary(UserRequest request, Call call) => Delete(call, IdentityKind.User, request.UserName);

    public ValueTask<Empty> DeleteRolePermissionsBoundary(RoleRequest request, Call call) => Delete(call, IdentityKind.Role, request.RoleName);

    private ValueTask<Empty> Tag(Call call, IdentityKind kind, string name, IReadOnlyList<Tag> tags)
        => Change(call, kind, name, identity => identity with { Tags = Identities.Merge(identity.Tags, tags) });

    private ValueTask<Empty> Untag(Call call, IdentityKind kind, string name, IReadOnlyList<string> keys)
        => Change(call, kind, name, identity => identity with { Tags = Identities.Without(identity.Tags, keys) });

    private async ValueTask<TagsResponse> List(Call call, IdentityKind kind, string name, string? after, int? most)
    {
        var identity = await identities.Store.Read(tx => Identities.Get(tx, call, kind, name));
        var (tags, truncated, marker) = Pages.Page(identity.Tags, tag => tag.Key, tag => tag, after, most);
        return new(tags, truncated, marker);
    }

    private async ValueTask<Empty> Put(Call call, IdentityKind kind, string name, string boundary)
    {
        await Policies.CheckExists(identities.Store, call, boundary);
        return await Change(call, kind, name, identity => identity with { Boundary = boundary });
    }

    private ValueTask<Empty> Delete(Call call, IdentityKind kind, string name)
        => Change(call, kind, name, identity => identity.Boundary is not null
            ? identity with { Boundary = null }
            : throw Errors.NoSuchEntity($"{kind} {name} does not have a permissions boundary."));

    private async ValueTask<Empty> Change(Call call, IdentityKind kind, string name, Func<Identity, Identity> change)
    {
        await identities.Change(call, kind, name, change);
        return Empty.Value;
    }
}

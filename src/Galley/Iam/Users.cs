using Galley.Store;
using Galley.Wire;

namespace Galley.Iam;

/// <summary>IAM users.</summary>
internal sealed class Users(Identities identities)
{
    public async ValueTask<UserResponse> CreateUser(CreateUserRequest request, Call call)
        => new(Show(await identities.Create(call, identities.Draft(call, IdentityKind.User, request.UserName, request.Path, request.Tags, request.PermissionsBoundary))));

    /// <summary>Without a name: the caller.</summary>
    public async ValueTask<UserResponse> GetUser(GetUserRequest request, Call call)
    {
        if (request.UserName is { } name) return new(Show(await identities.Store.Read(tx => Identities.Get(tx, call, IdentityKind.User, name))));
        if (call.Principal.Kind == PrincipalKind.Root)
            return new(new User("/", "root", call.Account, call.Principal.Arn, DateTimeOffset.UnixEpoch, null, null));
        return call.Principal.Kind == PrincipalKind.User
            ? new(Show(await identities.Store.Read(tx => Identities.Get(tx, call, IdentityKind.User, NameOf(call.Principal)))))
            : throw Errors.Validation("Must specify userName when calling with non-User credentials");
    }

    public async ValueTask<ListUsersResponse> ListUsers(ListRequest request, Call call)
    {
        var all = await identities.Store.Read(tx => identities.All(tx, call, IdentityKind.User, request.PathPrefix));
        var (users, truncated, marker) = Pages.Page(all, user => user.Name, user => Show(user) with { Tags = null }, request.Marker, request.MaxItems);
        return new(users, truncated, marker);
    }

    public async ValueTask<Empty> UpdateUser(UpdateUserRequest request, Call call)
    {
        if (request.NewUserName is not null && request.NewUserName != request.UserName) throw Errors.Validation("Galley does not support the parameter NewUserName.");
        if (request.NewPath is not null) Identities.CheckPath(request.NewPath);
        await identities.Change(call, IdentityKind.User, request.UserName, user => request.NewPath is { } path
            ? user with { Path = path, Arn = Identities.Arn(call, IdentityKind.User, path, user.Name) }
            : user);
        return Empty.Value;
    }

    public async ValueTask<Empty> DeleteUser(UserRequest request, Call call)
    {
        await identities.Store.Write(async tx =>
        {
            var user = await Identities.Get(tx, call, IdentityKind.User, request.UserName);
            if (user.Attached.Count > 0) throw Errors.DeleteConflict("Cannot delete entity, must detach all policies first.");
            if (user.Inline.Count > 0) throw Errors.DeleteConflict("Cannot delete entity, must delete policies first.");
            if (user.Groups.Count > 0) throw Errors.DeleteConflict("Cannot delete entity, must remove users from group first.");
            if ((await AccessKeys.Of(tx, call.Account, user.Name)).Count > 0) throw Errors.DeleteConflict("Cannot delete entity, must delete access keys first.");
            tx.Delete(Keys.Identity(call.Account, IdentityKind.User, user.Name));
        });
        return Empty.Value;
    }

    public async ValueTask<Empty> TagUser(TagUserRequest request, Call call)
    {
        await identities.Change(call, IdentityKind.User, request.UserName, user => user with { Tags = Identities.Merge(user.Tags, request.Tags) });
        return Empty.Value;
    }

    public async ValueTask<Empty> UntagUser(UntagUserRequest request, Call call)
    {
        await identities.Change(call, IdentityKind.User, request.UserName, user => user with { Tags = Identities.Without(user.Tags, request.TagKeys) });
        return Empty.Value;
    }

    public async ValueTask<TagsResponse> ListUserTags(ListOfUserRequest request, Call call)
    {
        var user = await identities.Store.Read(tx => Identities.Get(tx, call, IdentityKind.User, request.UserName));
        var (tags, truncated, marker) = Pages.Page(user.Tags, tag => tag.Key, tag => tag, request.Marker, request.MaxItems);
        return new(tags, truncated, marker);
    }

    public async ValueTask<Empty> PutUserPermissionsBoundary(UserBoundaryRequest request, Call call)
    {
        await Policies.CheckExists(identities.Store, call, request.PermissionsBoundary);
        await identities.Change(call, IdentityKind.User, request.UserName, user => user with { Boundary = request.PermissionsBoundary });
        return Empty.Value;
    }

    public async ValueTask<Empty> DeleteUserPermissionsBoundary(UserRequest request, Call call)
    {
        await identities.Change(call, IdentityKind.User, request.UserName, user => user with { Boundary = null });
        return Empty.Value;
    }

    internal static User Show(Identity user)
        => new(user.Path, user.Name, user.Id, user.Arn, user.Created, Identities.Boundary(user), user.Tags.Count > 0 ? user.Tags : null);

    internal static string NameOf(Principal user) => user.Arn[(user.Arn.LastIndexOf('/') + 1)..];
}

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

    /// <summary>A new name or path: the id stays, so keys, groups and policies go with it.</summary>
    public async ValueTask<Empty> UpdateUser(UpdateUserRequest request, Call call)
    {
        var name = request.NewUserName ?? request.UserName;
        Identities.CheckName(name, "newUserName", 64);
        if (request.NewPath is not null) Identities.CheckPath(request.NewPath);
        await identities.Store.Write(async tx =>
        {
            var user = await Identities.Get(tx, call, IdentityKind.User, request.UserName);
            if (name != user.Name && !name.Equals(user.Name, StringComparison.OrdinalIgnoreCase) && await Identities.Find(tx, call.Account, IdentityKind.User, name) is not null)
                throw Errors.EntityAlreadyExists($"User with name {name} already exists.");
            var path = request.NewPath ?? user.Path;
            if (name != user.Name) await MoveCredentials(tx, call, user.Name, name);
            tx.Delete(Keys.Identity(call.Account, IdentityKind.User, user.Name));
            Identities.Put(tx, call, user with { Name = name, Path = path, Arn = Identities.Arn(call, IdentityKind.User, path, name) });
        });
        return Empty.Value;
    }

    private static async ValueTask MoveCredentials(ITransaction tx, Call call, string from, string to)
    {
        foreach (var key in await AccessKeys.Of(tx, call.Account, from))
        {
            tx.Delete(Keys.AccessKeyOf(call.Account, from, key.Id));
            tx.Put(Keys.AccessKeyOf(call.Account, to, key.Id), System.Text.Encoding.UTF8.GetBytes(key.Id));
            tx.Put(Keys.AccessKey(call.Account, key.Id), key with { User = to }, IamStoreJson.Default.StoredAccessKey);
        }

        if (await tx.Get(Keys.LoginProfile(call.Account, from), IamStoreJson.Default.StoredLoginProfile) is not { } profile) return;
        tx.Delete(Keys.LoginProfile(call.Account, from));
        tx.Put(Keys.LoginProfile(call.Account, to), profile with { User = to }, IamStoreJson.Default.StoredLoginProfile);
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
            if (await tx.Get(Keys.LoginProfile(call.Account, user.Name)) is not null) throw Errors.DeleteConflict("Cannot delete entity, must delete login profile first.");
            tx.Delete(Keys.Identity(call.Account, IdentityKind.User, user.Name));
        });
        return Empty.Value;
    }

    internal static User Show(Identity user)
        => new(user.Path, user.Name, user.Id, user.Arn, user.Created, Identities.Boundary(user), user.Tags.Count > 0 ? user.Tags : null);

    internal static string NameOf(Principal user) => user.Arn[(user.Arn.LastIndexOf('/') + 1)..];
}

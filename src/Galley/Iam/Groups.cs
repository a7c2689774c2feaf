using Galley.Store;
using Galley.Wire;

namespace Galley.Iam;

/// <summary>IAM groups; membership is kept with the user.</summary>
internal sealed class Groups(Identities identities)
{
    public async ValueTask<GroupResponse> CreateGroup(CreateGroupRequest request, Call call)
        => new(Show(await identities.Create(call, identities.Draft(call, IdentityKind.Group, request.GroupName, request.Path, null, null))));

    public async ValueTask<GetGroupResponse> GetGroup(GetGroupRequest request, Call call)
    {
        var (group, members) = await identities.Store.Read(async tx =>
            (await Identities.Get(tx, call, IdentityKind.Group, request.GroupName), await Members(tx, call, request.GroupName)));
        var (users, truncated, marker) = Pages.Page(members, user => user.Name, Users.Show, request.Marker, request.MaxItems);
        return new(Show(group), users, truncated, marker);
    }

    public async ValueTask<ListGroupsResponse> ListGroups(ListRequest request, Call call)
    {
        var all = await identities.Store.Read(tx => identities.All(tx, call, IdentityKind.Group, request.PathPrefix));
        var (groups, truncated, marker) = Pages.Page(all, group => group.Name, Show, request.Marker, request.MaxItems);
        return new(groups, truncated, marker);
    }

    public async ValueTask<ListGroupsResponse> ListGroupsForUser(ListOfUserRequest request, Call call)
    {
        var mine = await identities.Store.Read(async tx =>
        {
            var user = await Identities.Get(tx, call, IdentityKind.User, request.UserName);
            return (await identities.All(tx, call, IdentityKind.Group)).FindAll(group => user.Groups.Contains(group.Name));
        });
        var (groups, truncated, marker) = Pages.Page(mine, group => group.Name, Show, request.Marker, request.MaxItems);
        return new(groups, truncated, marker);
    }

    public async ValueTask<Empty> DeleteGroup(GroupRequest request, Call call)
    {
        await identities.Store.Write(async tx =>
        {
            var group = await Identities.Get(tx, call, IdentityKind.Group, request.GroupName);
            if (group.Attached.Count > 0) throw Errors.DeleteConflict("Cannot delete entity, must detach all policies first.");
            if (group.Inline.Count > 0) throw Errors.DeleteConflict("Cannot delete entity, must delete policies first.");
            if ((await Members(tx, call, group.Name)).Count > 0) throw Errors.DeleteConflict("Cannot delete entity, must remove users from group first.");
            tx.Delete(Keys.Identity(call.Account, IdentityKind.Group, group.Name));
        });
        return Empty.Value;
    }

    /// <summary>A new name or path; members keep their membership.</summary>
    public async ValueTask<Empty> UpdateGroup(UpdateGroupRequest request, Call call)
    {
        var name = request.NewGroupName ?? request.GroupName;
        Identities.CheckName(name, "newGroupName", 128);
        if (request.NewPath is not null) Identities.CheckPath(request.NewPath);
        await identities.Store.Write(async tx =>
        {
            var group = await Identities.Get(tx, call, IdentityKind.Group, request.GroupName);
            if (!name.Equals(group.Name, StringComparison.OrdinalIgnoreCase) && await Identities.Find(tx, call.Account, IdentityKind.Group, name) is not null)
                throw Errors.EntityAlreadyExists($"Group with name {name} already exists.");
            if (name != group.Name)
                foreach (var user in await Members(tx, call, group.Name))
                    Identities.Put(tx, call, user with { Groups = [.. user.Groups.Select(one => one == group.Name ? name : one)] });
            var path = request.NewPath ?? group.Path;
            tx.Delete(Keys.Identity(call.Account, IdentityKind.Group, group.Name));
            Identities.Put(tx, call, group with { Name = name, Path = path, Arn = Identities.Arn(call, IdentityKind.Group, path, name) });
        });
        return Empty.Value;
    }

    public async ValueTask<Empty> AddUserToGroup(GroupMemberRequest request, Call call)
        => await Change(request, call, groups => groups.Contains(request.GroupName) ? groups : [.. groups, request.GroupName]);

    public async ValueTask<Empty> RemoveUserFromGroup(GroupMemberRequest request, Call call)
        => await Change(request, call, groups => [.. groups.Where(name => name != request.GroupName)]);

    private async ValueTask<Empty> Change(GroupMemberRequest request, Call call, Func<IReadOnlyList<string>, IReadOnlyList<string>> change)
        => await identities.Store.Write(async tx =>
        {
            _ = await Identities.Get(tx, call, IdentityKind.Group, request.GroupName);
            var user = await Identities.Get(tx, call, IdentityKind.User, request.UserName);
            Identities.Put(tx, call, user with { Groups = change(user.Groups) });
            return Empty.Value;
        });

    private async ValueTask<List<Identity>> Members(ISnapshot tx, Call call, string group)
        => (await identities.All(tx, call, IdentityKind.User)).FindAll(user => user.Groups.Contains(group));

    private static Group Show(Identity group) => new(group.Path, group.Name, group.Id, group.Arn, group.Created);
}

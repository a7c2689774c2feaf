using System.Text.RegularExpressions;
using Galley.Store;
using Galley.Wire;

namespace Galley.Cognito;

/// <summary>Groups and who is in them. A group's role and precedence end up in the id token.</summary>
internal sealed partial class Groups(Installation installation)
{
    public ValueTask<GroupResponse> CreateGroup(GroupRequest request, Call call) => installation.Store.Write(async tx =>
    {
        if (!Name().IsMatch(request.GroupName)) throw Errors.Constraint(request.GroupName, "groupName", @"Member must satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}]+");
        if (request.Precedence < 0) throw Errors.Constraint($"{request.Precedence}", "precedence", "Member must have value greater than or equal to 0");
        var pool = await UserPools.Get(tx, call, request.UserPoolId);
        if (await tx.Get(Keys.Group(pool.Ref, request.GroupName)) is not null) throw Errors.GroupExists();
        return Put(tx, pool, new Group
        {
            GroupName = request.GroupName,
            UserPoolId = pool.Id,
            Description = request.Description,
            RoleArn = request.RoleArn,
            Precedence = request.Precedence,
            CreationDate = installation.Now,
        });
    });

    public ValueTask<GroupResponse> GetGroup(OnGroupRequest request, Call call) => installation.Store.Read(async tx =>
        new GroupResponse { Group = await Get(tx, await UserPools.Get(tx, call, request.UserPoolId), request.GroupName) });

    public ValueTask<GroupResponse> UpdateGroup(GroupRequest request, Call call) => installation.Store.Write(async tx =>
    {
        var pool = await UserPools.Get(tx, call, request.UserPoolId);
        var old = await Get(tx, pool, request.GroupName);
        return Put(tx, pool, old with { Description = request.Description ?? old.Description, RoleArn = request.RoleArn ?? old.RoleArn, Precedence = request.Precedence ?? old.Precedence });
    });

    public async ValueTask<Empty> DeleteGroup(OnGroupRequest request, Call call)
    {
        await installation.Store.Write(async tx =>
        {
            var pool = await UserPools.Get(tx, call, request.UserPoolId);
            await Get(tx, pool, request.GroupName);
            foreach (var member in await Members(tx, pool, request.GroupName)) tx.Delete(Keys.GroupOf(pool.Ref, member, request.GroupName));
            await tx.DeleteAll(Keys.Members(pool.Ref, request.GroupName));
            tx.Delete(Keys.Group(pool.Ref, request.GroupName));
        });
        return Empty.Value;
    }

    public ValueTask<ListGroupsResponse> ListGroups(ListGroupsRequest request, Call call) => installation.Store.Read(async tx =>
    {
        var pool = await UserPools.Get(tx, call, request.UserPoolId);
        var page = await Page.Read(tx, Keys.Groups(pool.Ref), CognitoJson.Default.Group, request.Limit, request.NextToken);
        return new ListGroupsResponse { Groups = page.Items, NextToken = page.Next };
    });

    public async ValueTask<Empty> AdminAddUserToGroup(MembershipRequest request, Call call)
    {
        await installation.Store.Write(async tx =>
        {
            var (pool, user) = await Both(tx, request, call);
            tx.Put(Keys.Member(pool.Ref, request.GroupName, user), Users.Bytes(user));
            tx.Put(Keys.GroupOf(pool.Ref, user, request.GroupName), Users.Bytes(request.GroupName));
        });
        return Empty.Value;
    }

    public async ValueTask<Empty> AdminRemoveUserFromGroup(MembershipRequest request, Call call)
    {
        await installation.Store.Write(async tx =>
        {
            var (pool, user) = await Both(tx, request, call);
            tx.Delete(Keys.Member(pool.Ref, request.GroupName, user));
            tx.Delete(Keys.GroupOf(pool.Ref, user, request.GroupName));
        });
        return Empty.Value;
    }

    public ValueTask<ListGroupsResponse> AdminListGroupsForUser(AdminListGroupsForUserRequest request, Call call) => installation.Store.Read(async tx =>
    {
        var pool = await UserPools.Get(tx, call, request.UserPoolId);
        var page = Page.Of(await Users.GroupsOf(tx, pool, await Users.Get(tx, pool, request.Username)), request.Limit, request.NextToken, group => group.GroupName);
        return new ListGroupsResponse { Groups = page.Items, NextToken = page.Next };
    });

    public ValueTask<ListUsersInGroupResponse> ListUsersInGroup(ListUsersInGroupRequest request, Call call) => installation.Store.Read(async tx =>
    {
        var pool = await UserPools.Get(tx, call, request.UserPoolId);
        await Get(tx, pool, request.GroupName);
        var page = await Page.Read(tx, Keys.Members(pool.Ref, request.GroupName), Users.Text, request.Limit, request.NextToken);
        var users = new List<UserType>();
        foreach (var name in page.Items) users.Add(UserType.Of(await Users.Get(tx, pool, name)));
        return new ListUsersInGroupResponse { Users = users, NextToken = page.Next };
    });

    private GroupResponse Put(ITransaction tx, UserPool pool, Group group)
    {
        var kept = group with { LastModifiedDate = installation.Now };
        tx.Put(Keys.Group(pool.Ref, kept.GroupName), kept, CognitoJson.Default.Group);
        return new GroupResponse { Group = kept };
    }

    private static async ValueTask<(UserPool Pool, string User)> Both(ITransaction tx, MembershipRequest request, Call call)
    {
        var pool = await UserPools.Get(tx, call, request.UserPoolId);
        var user = await Users.Get(tx, pool, request.Username);
        await Get(tx, pool, request.GroupName);
        return (pool, pool.Fold(user.Username));
    }

    private static async ValueTask<Group> Get(ISnapshot tx, UserPool pool, string name)
        => await tx.Get(Keys.Group(pool.Ref, name), CognitoJson.Default.Group) ?? throw Errors.GroupNotFound();

    private static async ValueTask<List<string>> Members(ISnapshot tx, UserPool pool, string group)
    {
        var members = new List<string>();
        var prefix = Keys.Members(pool.Ref, group);
        await foreach (var entry in tx.Range(prefix, Key.After(prefix))) members.Add(Users.Text(entry.Value));
        return members;
    }

    [GeneratedRegex(@"^[\p{L}\p{M}\p{S}\p{N}\p{P}]{1,128}$")]
    private static partial Regex Name();
}

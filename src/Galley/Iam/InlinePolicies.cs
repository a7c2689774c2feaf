using Galley.Store;
using Galley.Wire;

namespace Galley.Iam;

/// <summary>Policies written into a user, role or group.</summary>
internal sealed class InlinePolicies(Identities identities)
{
    public ValueTask<Empty> PutUserPolicy(PutUserPolicyRequest request, Call call) => Put(call, IdentityKind.User, request.UserName, request.PolicyName, request.PolicyDocument);

    public ValueTask<Empty> PutRolePolicy(PutRolePolicyRequest request, Call call) => Put(call, IdentityKind.Role, request.RoleName, request.PolicyName, request.PolicyDocument);

    public ValueTask<Empty> PutGroupPolicy(PutGroupPolicyRequest request, Call call) => Put(call, IdentityKind.Group, request.GroupName, request.PolicyName, request.PolicyDocument);

    public async ValueTask<GetUserPolicyResponse> GetUserPolicy(UserPolicyRequest request, Call call)
        => new(request.UserName, request.PolicyName, await Get(call, IdentityKind.User, request.UserName, request.PolicyName));

    public async ValueTask<GetRolePolicyResponse> GetRolePolicy(RolePolicyRequest request, Call call)
        => new(request.RoleName, request.PolicyName, await Get(call, IdentityKind.Role, request.RoleName, request.PolicyName));

    public async ValueTask<GetGroupPolicyResponse> GetGroupPolicy(GroupPolicyRequest request, Call call)
        => new(request.GroupName, request.PolicyName, await Get(call, IdentityKind.Group, request.GroupName, request.PolicyName));

    public ValueTask<Empty> DeleteUserPolicy(UserPolicyRequest request, Call call) => Delete(call, IdentityKind.User, request.UserName, request.PolicyName);

    public ValueTask<Empty> DeleteRolePolicy(RolePolicyRequest request, Call call) => Delete(call, IdentityKind.Role, request.RoleName, request.PolicyName);

    public ValueTask<Empty> DeleteGroupPolicy(GroupPolicyRequest request, Call call) => Delete(call, IdentityKind.Group, request.GroupName, request.PolicyName);

    public ValueTask<PolicyNamesResponse> ListUserPolicies(ListOfUserRequest request, Call call) => List(call, IdentityKind.User, request.UserName, request.Marker, request.MaxItems);

    public ValueTask<PolicyNamesResponse> ListRolePolicies(ListOfRoleRequest request, Call call) => List(call, IdentityKind.Role, request.RoleName, request.Marker, request.MaxItems);

    public ValueTask<PolicyNamesResponse> ListGroupPolicies(ListOfGroupRequest request, Call call) => List(call, IdentityKind.Group, request.GroupName, request.Marker, request.MaxItems);

    public async ValueTask<Empty> Put(Call call, IdentityKind kind, string name, string policy, string document)
    {
        Identities.CheckName(policy, "policyName", 128);
        var most = kind switch { IdentityKind.User => 2048, IdentityKind.Role => 10_240, _ => 5120 };
        var tooLong = $"Maximum policy size of {most} bytes exceeded for {kind.ToString().ToLowerInvariant()} {name}";
        Identities.CheckPolicy(document, most, tooLong, versionNeeded: false);
        await identities.Change(call, kind, name, identity =>
        {
            var inline = new SortedDictionary<string, string>(identity.Inline.ToDictionary(), StringComparer.Ordinal) { [policy] = document };
            return inline.Values.Sum(text => text.Count(letter => !char.IsWhiteSpace(letter))) <= most ? identity with { Inline = inline } : throw Errors.LimitExceeded(tooLong);
        });
        return Empty.Value;
    }

    private async ValueTask<string> Get(Call call, IdentityKind kind, string name, string policy)
    {
        var identity = await identities.Store.Read(tx => Identities.Get(tx, call, kind, name));
        return identity.Inline.TryGetValue(policy, out var document) ? Uri.EscapeDataString(document) : throw Errors.NoSuchInlinePolicy(kind, policy);
    }

    private async ValueTask<Empty> Delete(Call call, IdentityKind kind, string name, string policy)
    {
        await identities.Change(call, kind, name, identity => identity.Inline.ContainsKey(policy)
            ? identity with { Inline = identity.Inline.Where(pair => pair.Key != policy).ToDictionary() }
            : throw Errors.NoSuchInlinePolicy(kind, policy));
        return Empty.Value;
    }

    private async ValueTask<PolicyNamesResponse> List(Call call, IdentityKind kind, string name, string? marker, int? maxItems)
    {
        var identity = await identities.Store.Read(tx => Identities.Get(tx, call, kind, name));
        var (names, truncated, next) = Pages.Page(identity.Inline.Keys, policy => policy, policy => policy, marker, maxItems);
        return new(names, truncated, next);
    }
}

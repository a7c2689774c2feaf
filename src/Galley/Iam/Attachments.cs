using Galley.Store;
using Galley.Wire;

namespace Galley.Iam;

/// <summary>Managed policies attached to users, roles and groups.</summary>
internal sealed class Attachments(Identities identities)
{
    private const int Most = 10;

    public ValueTask<Empty> AttachUserPolicy(AttachUserPolicyRequest request, Call call) => Attach(call, IdentityKind.User, request.UserName, request.PolicyArn);

    public ValueTask<Empty> AttachRolePolicy(AttachRolePolicyRequest request, Call call) => Attach(call, IdentityKind.Role, request.RoleName, request.PolicyArn);

    public ValueTask<Empty> AttachGroupPolicy(AttachGroupPolicyRequest request, Call call) => Attach(call, IdentityKind.Group, request.GroupName, request.PolicyArn);

    public ValueTask<Empty> DetachUserPolicy(AttachUserPolicyRequest request, Call call) => Detach(call, IdentityKind.User, request.UserName, request.PolicyArn);

    public ValueTask<Empty> DetachRolePolicy(AttachRolePolicyRequest request, Call call) => Detach(call, IdentityKind.Role, request.RoleName, request.PolicyArn);

    public ValueTask<Empty> DetachGroupPolicy(AttachGroupPolicyRequest request, Call call) => Detach(call, IdentityKind.Group, request.GroupName, request.PolicyArn);

    public ValueTask<AttachedPoliciesResponse> ListAttachedUserPolicies(ListAttachedUserPoliciesRequest request, Call call)
        => List(call, IdentityKind.User, request.UserName, request.PathPrefix, request.Marker, request.MaxItems);

    public ValueTask<AttachedPoliciesResponse> ListAttachedRolePolicies(ListAttachedRolePoliciesRequest request, Call call)
        => List(call, IdentityKind.Role, request.RoleName, request.PathPrefix, request.Marker, request.MaxItems);

    public ValueTask<AttachedPoliciesResponse> ListAttachedGroupPolicies(ListAttachedGroupPoliciesRequest request, Call call)
        => List(call, IdentityKind.Group, request.GroupName, request.PathPrefix, request.Marker, request.MaxItems);

    internal async ValueTask<Empty> Attach(Call call, IdentityKind kind, string name, string arn)
        => await identities.Store.Write(async tx =>
        {
            var identity = await Identities.Get(tx, call, kind, name);
            if (await Policies.DocumentOf(tx, call.Account, arn) is null) throw Errors.NoSuchPolicy(arn);
            if (identity.Attached.Contains(arn)) return Empty.Value;
            if (identity.Attached.Count >= Most) throw Errors.LimitExceeded($"Cannot exceed quota for PoliciesPer{kind}: {Most}");
            Identities.Put(tx, call, identity with { Attached = [.. identity.Attached, arn] });
            return Empty.Value;
        });

    internal async ValueTask<Empty> Detach(Call call, IdentityKind kind, string name, string arn)
    {
        await identities.Change(call, kind, name, identity => identity.Attached.Contains(arn)
            ? identity with { Attached = [.. identity.Attached.Where(other => other != arn)] }
            : throw Errors.NoSuchEntity($"Policy {arn} was not found."));
        return Empty.Value;
    }

    private async ValueTask<AttachedPoliciesResponse> List(Call call, IdentityKind kind, string name, string? pathPrefix, string? marker, int? maxItems)
    {
        var identity = await identities.Store.Read(tx => Identities.Get(tx, call, kind, name));
        var attached = identity.Attached.Where(arn => pathPrefix is null || arn[(arn.IndexOf(":policy/", StringComparison.Ordinal) + ":policy".Length)..].StartsWith(pathPrefix, StringComparison.Ordinal));
        var (page, truncated, next) = Pages.Page(attached, arn => arn, arn => new AttachedPolicy(arn[(arn.LastIndexOf('/') + 1)..], arn), marker, maxItems);
        return new(page, truncated, next);
    }
}

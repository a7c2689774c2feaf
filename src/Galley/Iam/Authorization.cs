using Galley.Iam.Evaluate;
using Galley.Store;
using Galley.Wire;

namespace Galley.Iam;

/// <summary>May this caller do this? Gathers the policies that bear on a call and turns a refusal into AWS's AccessDenied.</summary>
internal sealed class Authorization(Installation installation, WatchedStore store)
{
    private readonly Kept<CallerPolicies> _kept = new(store);

    public void Forget() => _kept.Forget();

    /// <summary>Throws when the operation, or one of the further rights it needs, is not allowed.</summary>
    public async ValueTask Authorize(Call call, AwsService service, Operation operation, BoundCall bound)
    {
        var action = bound.Action ?? operation.Action;
        // AWS never refuses the first two; who may assume a role is for the role's trust policy to say first.
        if (action is "sts:GetCallerIdentity" or "sts:GetSessionToken" or "sts:AssumeRole") return;
        var resourcePolicy = bound.ResourcePolicy is null ? null : await bound.ResourcePolicy(call);
        if (call.Principal.Kind == PrincipalKind.Root && resourcePolicy is null && (bound.Also is null || bound.PolicyOf is null))
        {
            call.Trail.Add("policy", true, "the account's root may", action);
            return;
        }

        var policies = await PoliciesOf(call.Principal);
        var resource = await Named(bound.Resource(call));
        await Check(action, resource, call.Principal.Kind == PrincipalKind.Root && IsWayBack(action) ? null : resourcePolicy);
        if (bound.Also is null) return;
        foreach (var (also, on) in bound.Also(call)) await Check(also, await Named(on), bound.PolicyOf is null ? null : await bound.PolicyOf(call, on));

        async ValueTask Check(string what, string on, string? policy)
        {
            var keys = KeysOf(call, bound);
            if (bound.ConditionsOf is not null) keys.AddLater(await bound.ConditionsOf(call, what, on));
            var decision = Decide(call.Principal, policies, policy, what, on, keys);
            call.Trail.Add("policy", decision.Allowed, $"{what} on {on}: {decision.Why}");
            if (!decision.Allowed) throw Denied(service, call.Principal, what, on, decision.Why);
        }
    }

    /// <summary>For what a stack does in its maker's name: the right must be the maker's own.</summary>
    public async ValueTask Require(Call call, string action, string resource)
    {
        if (call.Principal.Kind == PrincipalKind.Root) return;
        var keys = RequestKeys.Of(call.Principal, call.Account, installation.Now).AddCall(call);
        var decision = Decide(call.Principal, await PoliciesOf(call.Principal), null, action, resource, keys);
        if (!decision.Allowed) throw Errors.AccessDenied($"User: {call.Principal.Arn} is not authorized to perform: {action} on resource: {resource} {decision.Why}");
    }

    /// <summary>The same decision for an arrow, without a call.</summary>
    public async ValueTask<bool> Allows(Principal principal, string action, string resource, string? resourcePolicy, IReadOnlyDictionary<string, string> conditions)
    {
        var keys = RequestKeys.Of(principal, installation.Account, installation.Now);
        foreach (var (name, value) in conditions) keys.Add(name, value);
        return Decide(principal, await PoliciesOf(principal), resourcePolicy, action, resource, keys).Allowed;
    }

    /// <summary>What one policy says by itself, as an authorizer's answer does; null for what is no policy.</summary>
    public bool? Says(string policy, string action, string resource, IReadOnlyDictionary<string, string> conditions)
    {
        var nobody = new Principal(PrincipalKind.User, "");
        var keys = new RequestKeys();
        foreach (var (name, value) in conditions) keys.Add(name, value);
        try
        {
            return PolicyEvaluation.Decide(nobody, installation.Account, new CallerPolicies([PolicyDocument.Parse(policy)], null, []), null, action, resource, keys).Allowed;
        }
        catch (PolicyProblem)
        {
            return null;
        }
    }

    /// <summary>The policies of a user with its groups, or of a session's role. None for what was deleted meanwhile.</summary>
    public async ValueTask<CallerPolicies> PoliciesOf(Principal principal)
    {
        if (principal.Kind is not (PrincipalKind.User or PrincipalKind.AssumedRole)) return CallerPolicies.None;
        // A key belongs to one user or one session for good.
        return (principal.AccessKeyId.Length > 0 ? await _kept.Get(principal.AccessKeyId, Read) : await store.Read(Read))!;

        async ValueTask<CallerPolicies?> Read(ISnapshot tx) => await ReadPolicies(tx, principal);
    }

    private async ValueTask<CallerPolicies> ReadPolicies(ISnapshot tx, Principal principal)
    {
        var kind = principal.Kind == PrincipalKind.User ? IdentityKind.User : IdentityKind.Role;
        var arn = principal.RoleArn ?? principal.Arn;
        var identity = await Identities.Find(tx, installation.Account, kind, arn[(arn.LastIndexOf('/') + 1)..]);
        if (identity is null || identity.Id != principal.UserId.Split(':')[0]) return CallerPolicies.None;
        var documents = new List<PolicyDocument>();
        await Add(tx, identity, documents);
        foreach (var name in identity.Groups)
            if (await Identities.Find(tx, installation.Account, IdentityKind.Group, name) is { } group)
                await Add(tx, group, documents);
        var boundary = identity.Boundary is null ? null : await Policies.DocumentOf(tx, installation.Account, identity.Boundary) ?? """{"Version":"2012-10-17","Statement":[]}""";
        return new CallerPolicies(documents, boundary is null ? null : PolicyDocument.Parse(boundary), [.. principal.SessionPolicies.Select(PolicyDocument.Parse)]);
    }

    private Decision Decide(Principal principal, CallerPolicies policies, string? resourcePolicy, string action, string resource, RequestKeys keys)
    {
        try
        {
            return PolicyEvaluation.Decide(principal, installation.Account, policies, resourcePolicy is null ? null : PolicyDocument.Parse(resourcePolicy), action, resource, keys);
        }
        catch (PolicyProblem problem)
        {
            return new(false, $"because the resource-based policy cannot be read: {problem.Message}");
        }
    }

    private async ValueTask Add(ISnapshot tx, Identity identity, List<PolicyDocument> documents)
    {
        foreach (var document in identity.Inline.Values) documents.Add(PolicyDocument.Parse(document));
        foreach (var arn in identity.Attached)
            if (await Policies.DocumentOf(tx, installation.Account, arn) is { } document)
                documents.Add(PolicyDocument.Parse(document));
    }

    private RequestKeys KeysOf(Call call, BoundCall bound)
    {
        var keys = RequestKeys.Of(call.Principal, call.Account, installation.Now).AddCall(call);
        foreach (var (name, value) in bound.Conditions?.Invoke(call) ?? []) keys.Add(name, value);
        return keys;
    }

    /// <summary>IAM's operations name users, roles and groups without their path; policies name them with it.</summary>
    private async ValueTask<string> Named(string resource)
    {
        if (!resource.StartsWith("arn:aws:iam:", StringComparison.Ordinal) || !Arn.TryParse(resource, out var arn) || arn.Resource.Split('/') is not [var type, var name]) return resource;
        IdentityKind? kind = type switch { "user" => IdentityKind.User, "role" => IdentityKind.Role, "group" => IdentityKind.Group, _ => null };
        return kind is { } known && await installation.Store.Read(tx => Identities.Find(tx, installation.Account, known, name)) is { } identity ? identity.Arn : resource;
    }

    /// <summary>The root can always repair a policy that shuts everybody out.</summary>
    private static bool IsWayBack(string action) => action is "s3:PutBucketPolicy" or "s3:GetBucketPolicy" or "s3:DeleteBucketPolicy"
        or "dynamodb:PutResourcePolicy" or "dynamodb:GetResourcePolicy" or "dynamodb:DeleteResourcePolicy";

    private static AwsError Denied(AwsService service, Principal caller, string action, string resource, string why)
    {
        if (caller.Kind == PrincipalKind.Anonymous && service.SignsAsSent) return Errors.AccessDenied("Access Denied");
        var who = caller.Kind == PrincipalKind.Anonymous ? "anonymous" : caller.Arn;
        var text = $"User: {who} is not authorized to perform: {action} on resource: {(service.SignsAsSent ? $"\"{resource}\"" : resource)} {why}";
        return service.Protocol switch
        {
            Protocol.AwsJson10 or Protocol.AwsJson11 => new AwsError("AccessDeniedException", text),
            Protocol.RestJson => new AwsError("AccessDeniedException", text, 403).With("Message", text),
            _ => Errors.AccessDenied(text),
        };
    }
}

using Galley.Iam.Evaluate;
using Galley.Store;
using Galley.Wire;

namespace Galley.Iam;

/// <summary>May this caller do this? Gathers the policies that bear on a call and turns a refusal into AWS's AccessDenied.</summary>
internal sealed class Authorization(Installation installation, WatchedStore store, Observations observations)
{
    private const string Nothing = """{"Version":"2012-10-17","Statement":[]}""";
    private readonly Kept<CallerPolicies> _kept = new(store);

    /// <summary>Who knows the tags of what a service does in its caller's name; set when all services are there.</summary>
    public IReadOnlyList<AwsService> Services { get; set; } = [];

    public void Forget() => _kept.Forget();

    /// <summary>Throws when the operation, or one of the further rights it needs, is not allowed.</summary>
    public async ValueTask Authorize(Call call, AwsService service, Operation operation, BoundCall bound)
    {
        var action = bound.Action ?? operation.Action;
        if (IsWithoutIam(call.Principal, service, action)) throw Errors.InvalidClientTokenId();
        observations.Used(call, service.SigningName);
        // AWS never refuses the first two; who may assume a role is for the role's trust policy to say first.
        if (action is "sts:GetCallerIdentity" or "sts:GetSessionToken" or "sts:AssumeRole") return;
        var resourcePolicy = bound.ResourcePolicy is null ? null : await bound.ResourcePolicy(call);
        if (call.Principal.Kind == PrincipalKind.Root && resourcePolicy is null && (bound.Also is null || bound.PolicyOf is null))
        {
            AddRoot(action);
            return;
        }

        var policies = await PoliciesOf(call.Principal);
        var resource = await Named(bound.Resource(call));
        if (service.Resolve is not null) resource = await service.Resolve(resource, call);
        var tags = service.TagsOf is not null && UseResourceTags(policies, resourcePolicy) ? await service.TagsOf(resource, call) : null;
        await Check(action, resource, call.Principal.Kind == PrincipalKind.Root && IsWayBack(action) ? null : resourcePolicy);
        foreach (var (also, on) in bound.AlsoByBody is null ? bound.Also?.Invoke(call) ?? [] : await bound.AlsoByBody(call)) await Check(also, await Named(on), bound.PolicyOf is null ? null : await bound.PolicyOf(call, on));

        void AddRoot(string what) => call.Trail.Add("policy", true, "the account's root may", what);

        async ValueTask Check(string what, string on, string? policy)
        {
            if (call.Principal.Kind == PrincipalKind.Root && policy is null)
            {
                AddRoot(what);
                return;
            }

            var keys = KeysOf(call, policies, bound);
            if (what == "iam:PassRole") keys.Add("iam:PassedToService", service.SigningName + ".amazonaws.com");
            if (on == resource) AddResourceTags(keys, service, resource, tags);
            if (bound.ConditionsOf is not null && UseKeys(policies, policy)) keys.AddLater(await bound.ConditionsOf(call, what, on));
            var decision = Decide(call.Principal, policies, policy, what, on, keys, policyDecides: service.PoliciesDecide && policy is not null);
            Remedy.Tell(call.Trail, call.Principal, decision, what, on);
            if (!decision.Allowed && !Audited(call.Principal, what, on, decision)) throw Denied(service, call.Principal, what, on, decision.Why);
            await observations.Called(call.Principal, what, on);
        }
    }

    /// <summary>For what a stack does in its maker's name: the right must be the maker's own.</summary>
    public async ValueTask Require(Call call, string action, string resource)
    {
        var decision = await Judge(call, action, resource, []);
        if (!decision.Allowed) throw Errors.AccessDenied($"User: {call.Principal.Arn} is not authorized to perform: {action} on resource: {resource} {decision.Why}");
    }

    /// <summary>The same as a decision.</summary>
    /// <param name="keyPolicy">The resource's own policy, where that must allow.</param>
    public async ValueTask<Decision> Judge(Call call, string action, string resource, IEnumerable<KeyValuePair<string, string>> conditions, string? keyPolicy = null)
    {
        if (call.Principal.Kind == PrincipalKind.Root && keyPolicy is null) return new(true, "");
        var policies = await PoliciesOf(call.Principal);
        var keys = KeysOf(call, policies, null);
        foreach (var (name, value) in conditions) keys.Add(name, value);
        if (UseResourceTags(policies, keyPolicy) && Services.FirstOrDefault(service => service.TagsOf is not null && action.StartsWith(service.SigningName + ":", StringComparison.Ordinal)) is { } owner)
            AddResourceTags(keys, owner, resource, await owner.TagsOf!(resource, call));
        var decision = Decide(call.Principal, policies, keyPolicy, action, resource, keys, policyDecides: keyPolicy is not null);
        Remedy.Tell(call.Trail, call.Principal, decision, action, resource);
        if (!decision.Allowed && !Audited(call.Principal, action, resource, decision)) return decision;
        await observations.Called(call.Principal, action, resource);
        return decision with { Allowed = true };
    }

    /// <summary>The same decision for an arrow, without a call.</summary>
    public async ValueTask<bool> Allows(Principal principal, string action, string resource, string? resourcePolicy, IReadOnlyDictionary<string, string> conditions)
    {
        var policies = await PoliciesOf(principal);
        var keys = RequestKeys.Of(principal, installation.Account, installation.Now).Later(all => AddTags(all, policies));
        foreach (var (name, value) in conditions) keys.Add(name, value);
        var decision = Decide(principal, policies, resourcePolicy, action, resource, keys);
        if (!decision.Allowed && !Audited(principal, action, resource, decision)) return false;
        await observations.Called(principal, action, resource);
        return true;
    }

    /// <summary>What one policy says by itself, as an authorizer's answer does; null for what is no policy.</summary>
    public bool? Says(string policy, string action, string resource, IReadOnlyDictionary<string, string> conditions)
    {
        var nobody = new Principal(PrincipalKind.User, "");
        var keys = new RequestKeys();
        foreach (var (name, value) in conditions) keys.Add(name, value);
        try
        {
            return PolicyEvaluation.Decide(nobody, installation.Account, new CallerPolicies([new("the policy", PolicyDocument.Parse(policy))], null, []), null, action, resource, keys).Allowed;
        }
        catch (PolicyProblem)
        {
            return null;
        }
    }

    /// <summary>The policies of a user with its groups, or of a session's role. None for what was deleted meanwhile.</summary>
    public async ValueTask<CallerPolicies> PoliciesOf(Principal principal)
    {
        if (principal.Kind is not (PrincipalKind.User or PrincipalKind.AssumedRole or PrincipalKind.FederatedUser)) return CallerPolicies.None;
        // A key belongs to one user or one session for good.
        return (principal.AccessKeyId.Length > 0 ? await _kept.Get(principal.AccessKeyId, Read) : await store.Read(Read))!;

        async ValueTask<CallerPolicies?> Read(ISnapshot tx) => await ReadPolicies(tx, principal);
    }

    /// <summary>The policies of any user, role or group, for the simulator.</summary>
    public async ValueTask<CallerPolicies> PoliciesOf(ISnapshot tx, Identity identity, IReadOnlyList<string> session)
    {
        var documents = new List<NamedPolicy>();
        await Add(tx, identity, documents);
        foreach (var name in identity.Groups)
            if (await Identities.Find(tx, installation.Account, IdentityKind.Group, name) is { } group)
                await Add(tx, group, documents);
        var boundary = identity.Boundary is null ? null
            : new NamedPolicy($"the boundary {identity.Boundary}", PolicyDocument.Parse(await Policies.DocumentOf(tx, installation.Account, identity.Boundary) ?? Nothing));
        return new CallerPolicies(documents, boundary, [.. session.Select(policy => new NamedPolicy("a session policy", PolicyDocument.Parse(policy)))])
        {
            Tags = [.. identity.Tags.Select(tag => KeyValuePair.Create(tag.Key, tag.Value))],
        };
    }

    public Decision Decide(Principal principal, CallerPolicies policies, string? resourcePolicy, string action, string resource, RequestKeys keys, string? owner = null, bool policyDecides = false)
    {
        try
        {
            return PolicyEvaluation.Decide(principal, owner ?? installation.Account, policies, resourcePolicy is null ? null : PolicyDocument.Parse(resourcePolicy), action, resource, keys, policyDecides);
        }
        catch (PolicyProblem problem)
        {
            return new(false, $"because the resource-based policy cannot be read: {problem.Message}");
        }
    }

    private async ValueTask<CallerPolicies> ReadPolicies(ISnapshot tx, Principal principal)
    {
        var session = principal.SessionPolicies;
        if (principal is { Kind: PrincipalKind.FederatedUser, Issuer: null })
            return CallerPolicies.None with { Session = [.. session.Select(policy => new NamedPolicy("a session policy", PolicyDocument.Parse(policy)))] };
        var kind = principal.Kind == PrincipalKind.AssumedRole ? IdentityKind.Role : IdentityKind.User;
        var (arn, id) = principal.Issuer ?? new(principal.RoleArn ?? principal.Arn, principal.UserId.Split(':')[0]);
        var identity = await Identities.Find(tx, installation.Account, kind, arn[(arn.LastIndexOf('/') + 1)..]);
        return identity is null || identity.Id != id ? CallerPolicies.None : await PoliciesOf(tx, identity, session);
    }

    private async ValueTask Add(ISnapshot tx, Identity identity, List<NamedPolicy> documents)
    {
        foreach (var (name, document) in identity.Inline) documents.Add(new($"inline policy {name} of {identity.Kind.ToString().ToLowerInvariant()} {identity.Name}", PolicyDocument.Parse(document)));
        foreach (var arn in identity.Attached)
            if (await Policies.DocumentOf(tx, installation.Account, arn) is { } document)
                documents.Add(new(arn, PolicyDocument.Parse(document)));
    }

    private RequestKeys KeysOf(Call call, CallerPolicies policies, BoundCall? bound)
    {
        var keys = RequestKeys.Of(call.Principal, call.Account, installation.Now).AddCall(call).Later(all => AddTags(all, policies));
        if (bound?.RequestTags is { } tags) keys.Later(all => all.AddRequestTags(tags()));
        if (bound?.Conditions is not null)
            foreach (var (name, value) in bound.Conditions(call)) keys.Add(name, value);
        return keys;
    }

    /// <summary>A session's tags come before those of its role.</summary>
    private static void AddTags(RequestKeys keys, CallerPolicies policies)
    {
        foreach (var (name, value) in policies.Tags)
            if (keys.Values("aws:PrincipalTag/" + name) is null)
                keys.Add("aws:PrincipalTag/" + name, value);
    }

    /// <summary>Whether any of them asks for a key of the request's: most do not, and then what costs a read is not read.</summary>
    private static bool UseKeys(CallerPolicies policies, string? resourcePolicy)
        => policies.Identity.Concat(policies.Session).Any(policy => policy.Document.UsesKeys) || policies.Boundary?.Document.UsesKeys == true || resourcePolicy is not null && PolicyDocument.Parse(resourcePolicy).UsesKeys;

    private static bool UseResourceTags(CallerPolicies policies, string? resourcePolicy)
        => policies.Identity.Concat(policies.Session).Any(policy => policy.Document.UsesResourceTags) || policies.Boundary?.Document.UsesResourceTags == true
           || resourcePolicy is not null && PolicyDocument.NamesTags(resourcePolicy);

    /// <summary>Under the service's own key too. A bucket's tags are its objects' by S3's own key only.</summary>
    private static void AddResourceTags(RequestKeys keys, AwsService service, string resource, IReadOnlyDictionary<string, string>? tags)
    {
        if (tags is null) return;
        var own = service.SigningName == "s3" ? "s3:BucketTag/" : service.SigningName + ":ResourceTag/";
        foreach (var (name, value) in tags)
        {
            keys.Add(own + name, value);
            if (service.SigningName != "s3" || !resource.Contains('/', StringComparison.Ordinal)) keys.Add("aws:ResourceTag/" + name, value);
        }
    }

    /// <summary>IAM's operations name users, roles and groups without their path; policies name them with it.</summary>
    private async ValueTask<string> Named(string resource)
    {
        if (!resource.StartsWith("arn:aws:iam:", StringComparison.Ordinal) || !Arn.TryParse(resource, out var arn) || arn.Resource.Split('/') is not [var type, var name]) return resource;
        IdentityKind? kind = type switch { "user" => IdentityKind.User, "role" => IdentityKind.Role, "group" => IdentityKind.Group, _ => null };
        return kind is { } known && await installation.Store.Read(tx => Identities.Find(tx, installation.Account, known, name)) is { } identity ? identity.Arn : resource;
    }

    /// <summary>`--iam audit`: a refusal is logged and let through, for callers with keys of their own only.</summary>
    private bool Audited(Principal principal, string action, string resource, Decision decision)
    {
        if (!installation.Options.IamAudit || principal.Kind is not (PrincipalKind.User or PrincipalKind.AssumedRole or PrincipalKind.FederatedUser)) return false;
        installation.Log($"audit: would refuse {action} on {resource} to {principal.Arn} {decision.Why}{(decision.By.Length > 0 ? $" ({decision.By})" : "")}");
        return true;
    }

    /// <summary>Keys of GetSessionToken (without MFA) and GetFederationToken call neither IAM nor, but for three operations, STS.</summary>
    private static bool IsWithoutIam(Principal principal, AwsService service, string action)
        => principal.AccessKeyId.StartsWith("ASIA", StringComparison.Ordinal) && principal.Kind is PrincipalKind.User or PrincipalKind.Root or PrincipalKind.FederatedUser
           && (service.SigningName == "iam" || service.SigningName == "sts" && action is not ("sts:GetCallerIdentity" or "sts:GetSessionToken" or "sts:AssumeRole"));

    /// <summary>The root can always repair a policy that shuts everybody out.</summary>
    private static bool IsWayBack(string action) => action is "s3:PutBucketPolicy" or "s3:GetBucketPolicy" or "s3:DeleteBucketPolicy"
        or "sqs:SetQueueAttributes" or "sqs:GetQueueAttributes" or "dynamodb:PutResourcePolicy" or "dynamodb:GetResourcePolicy" or "dynamodb:DeleteResourcePolicy";

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

using Galley.Store;
using Galley.Wire;

namespace Galley.Iam;

/// <summary>Managed policies: the customer's own with up to five versions, and AWS's.</summary>
internal sealed class Policies(Identities identities, Installation installation)
{
    private const int MostVersions = 5, MostLetters = 6144;

    public async ValueTask<PolicyResponse> CreatePolicy(CreatePolicyRequest request, Call call)
    {
        Identities.CheckName(request.PolicyName, "policyName", 128);
        Identities.CheckPath(request.Path ?? "/");
        Identities.CheckTags(request.Tags ?? []);
        Identities.CheckPolicy(request.PolicyDocument, MostLetters, $"Cannot exceed quota for PolicySize: {MostLetters}");
        var policy = new ManagedPolicy
        {
            Name = request.PolicyName,
            Id = identities.NewId("ANPA"),
            Arn = $"arn:aws:iam::{call.Account}:policy{request.Path ?? "/"}{request.PolicyName}",
            Path = request.Path ?? "/",
            Description = request.Description,
            Created = installation.Now,
            Updated = installation.Now,
            DefaultVersion = "v1",
            LastVersion = 1,
            Versions = [new("v1", request.PolicyDocument, installation.Now)],
            Tags = request.Tags ?? [],
        };
        await installation.Store.Write(async tx =>
        {
            if (await tx.Get(Keys.Policy(call.Account, policy.Name)) is not null) throw Errors.EntityAlreadyExists($"A policy called {policy.Name} already exists. Duplicate names are not allowed.");
            Put(tx, call, policy);
        });
        return new(Show(policy, []));
    }

    public async ValueTask<PolicyResponse> GetPolicy(PolicyRequest request, Call call)
        => await installation.Store.Read(async tx => new PolicyResponse(Show(await Get(tx, call, request.PolicyArn), await Everybody(tx, call))));

    public async ValueTask<ListPoliciesResponse> ListPolicies(ListPoliciesRequest request, Call call)
    {
        var (own, everybody) = await installation.Store.Read(async tx =>
            (await tx.List(Keys.Policies(call.Account), IamStoreJson.Default.ManagedPolicy), await Everybody(tx, call)));
        var scope = request.Scope ?? "All";
        if (scope is not ("All" or "AWS" or "Local")) throw Errors.Constraint(scope, "scope", "Member must satisfy enum value set: [All, AWS, Local]");
        var boundaries = request.PolicyUsageFilter == "PermissionsBoundary";
        var all = (scope == "AWS" ? [] : own).Concat(scope == "Local" ? [] : AwsPolicies.All)
            .Where(policy => policy.Path.StartsWith(request.PathPrefix ?? "/", StringComparison.Ordinal))
            .Where(policy => request.OnlyAttached != true || everybody.Any(identity => boundaries ? identity.Boundary == policy.Arn : identity.Attached.Contains(policy.Arn)));
        var (page, truncated, marker) = Pages.Page(all, policy => policy.Arn, policy => Show(policy, everybody) with { Tags = null, Description = null }, request.Marker, request.MaxItems);
        return new(page, truncated, marker);
    }

    public async ValueTask<Empty> DeletePolicy(PolicyRequest request, Call call)
    {
        await installation.Store.Write(async tx =>
        {
            var policy = await Own(tx, call, request.PolicyArn);
            if ((await Everybody(tx, call)).Any(identity => identity.Attached.Contains(policy.Arn) || identity.Boundary == policy.Arn))
                throw Errors.DeleteConflict("Cannot delete a policy attached to entities.");
            if (policy.Versions.Count > 1) throw Errors.DeleteConflict("This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.");
            tx.Delete(Keys.Policy(call.Account, policy.Name));
        });
        return Empty.Value;
    }

    public async ValueTask<PolicyVersionResponse> CreatePolicyVersion(CreatePolicyVersionRequest request, Call call)
    {
        Identities.CheckPolicy(request.PolicyDocument, MostLetters, $"Cannot exceed quota for PolicySize: {MostLetters}");
        return await installation.Store.Write(async tx =>
        {
            var policy = await Own(tx, call, request.PolicyArn);
            if (policy.Versions.Count >= MostVersions)
                throw Errors.LimitExceeded($"A managed policy can have up to {MostVersions} versions. Before you create a new version, you must delete an existing version.");
            var version = new ManagedPolicyVersion($"v{policy.LastVersion + 1}", request.PolicyDocument, installation.Now);
            policy = policy with
            {
                Versions = [.. policy.Versions, version],
                LastVersion = policy.LastVersion + 1,
                DefaultVersion = request.SetAsDefault == true ? version.Id : policy.DefaultVersion,
                Updated = installation.Now,
            };
            Put(tx, call, policy);
            return new PolicyVersionResponse(Show(policy, version, withDocument: false));
        });
    }

    public async ValueTask<PolicyVersionResponse> GetPolicyVersion(PolicyVersionRequest request, Call call)
    {
        var policy = await installation.Store.Read(tx => Get(tx, call, request.PolicyArn));
        return new(Show(policy, Version(policy, request.VersionId), withDocument: true));
    }

    public async ValueTask<ListPolicyVersionsResponse> ListPolicyVersions(ListOfPolicyRequest request, Call call)
    {
        var policy = await installation.Store.Read(tx => Get(tx, call, request.PolicyArn));
        var (page, truncated, marker) = Pages.Page(policy.Versions, version => version.Id, version => Show(policy, version, withDocument: false), request.Marker, request.MaxItems);
        return new([.. page.Reverse()], truncated, marker);
    }

    public async ValueTask<Empty> SetDefaultPolicyVersion(PolicyVersionRequest request, Call call)
        => await Change(call, request.PolicyArn, policy => policy with { DefaultVersion = Version(policy, request.VersionId).Id, Updated = installation.Now });

    public async ValueTask<Empty> DeletePolicyVersion(PolicyVersionRequest request, Call call)
        => await Change(call, request.PolicyArn, policy => Version(policy, request.VersionId).Id == policy.DefaultVersion
            ? throw Errors.DeleteConflict("Cannot delete the default version of a policy.")
            : policy with { Versions = [.. policy.Versions.Where(version => version.Id != request.VersionId)], Updated = installation.Now });

    public async ValueTask<Empty> TagPolicy(TagPolicyRequest request, Call call)
        => await Change(call, request.PolicyArn, policy => policy with { Tags = Identities.Merge(policy.Tags, request.Tags) });

    public async ValueTask<Empty> UntagPolicy(UntagPolicyRequest request, Call call)
        => await Change(call, request.PolicyArn, policy => policy with { Tags = Identities.Without(policy.Tags, request.TagKeys) });

    public async ValueTask<TagsResponse> ListPolicyTags(ListOfPolicyRequest request, Call call)
    {
        var policy = await installation.Store.Read(tx => Get(tx, call, request.PolicyArn));
        var (tags, truncated, marker) = Pages.Page(policy.Tags, tag => tag.Key, tag => tag, request.Marker, request.MaxItems);
        return new(tags, truncated, marker);
    }

    public async ValueTask<ListEntitiesForPolicyResponse> ListEntitiesForPolicy(ListEntitiesForPolicyRequest request, Call call)
        => await installation.Store.Read(async tx =>
        {
            var policy = await Get(tx, call, request.PolicyArn);
            var having = (await Everybody(tx, call)).FindAll(identity =>
                (request.PolicyUsageFilter != "PermissionsBoundary" && identity.Attached.Contains(policy.Arn) || request.PolicyUsageFilter != "PermissionsPolicy" && identity.Boundary == policy.Arn)
                && identity.Path.StartsWith(request.PathPrefix ?? "/", StringComparison.Ordinal)
                && (request.EntityFilter is null || request.EntityFilter == identity.Kind.ToString()));
            return new ListEntitiesForPolicyResponse(
                [.. having.Where(identity => identity.Kind == IdentityKind.Group).Select(group => new PolicyGroup(group.Name, group.Id))],
                [.. having.Where(identity => identity.Kind == IdentityKind.User).Select(user => new PolicyUser(user.Name, user.Id))],
                [.. having.Where(identity => identity.Kind == IdentityKind.Role).Select(role => new PolicyRole(role.Name, role.Id))], false);
        });

    /// <summary>The text in force; null when there is no such policy.</summary>
    internal static async ValueTask<string?> DocumentOf(ISnapshot tx, string account, string arn)
        => AwsPolicies.Find(arn) is { } known ? known.Document
            : await tx.Get(Keys.Policy(account, arn[(arn.LastIndexOf('/') + 1)..]), IamStoreJson.Default.ManagedPolicy) is { } policy && policy.Arn == arn ? policy.Document : null;

    internal static async ValueTask CheckExists(IStore store, Call call, string arn)
    {
        if (await store.Read(tx => DocumentOf(tx, call.Account, arn)) is null) throw Errors.NoSuchPolicy(arn);
    }

    private static void Put(ITransaction tx, Call call, ManagedPolicy policy) => tx.Put(Keys.Policy(call.Account, policy.Name), policy, IamStoreJson.Default.ManagedPolicy);

    private static async ValueTask<ManagedPolicy> Get(ISnapshot tx, Call call, string arn)
        => AwsPolicies.Find(arn)
           ?? (await tx.Get(Keys.Policy(call.Account, arn[(arn.LastIndexOf('/') + 1)..]), IamStoreJson.Default.ManagedPolicy) is { } policy && policy.Arn == arn
               ? policy
               : throw Errors.NoSuchEntity($"Policy {arn} was not found."));

    private static async ValueTask<ManagedPolicy> Own(ISnapshot tx, Call call, string arn)
        => AwsPolicies.Find(arn) is null ? await Get(tx, call, arn) : throw Errors.AccessDenied($"User: {call.Principal.Arn} is not authorized to change the AWS managed policy {arn}");

    private async ValueTask<Empty> Change(Call call, string arn, Func<ManagedPolicy, ManagedPolicy> change)
        => await installation.Store.Write(async tx =>
        {
            Put(tx, call, change(await Own(tx, call, arn)));
            return Empty.Value;
        });

    private async ValueTask<List<Identity>> Everybody(ISnapshot tx, Call call)
        => [.. await identities.All(tx, call, IdentityKind.User), .. await identities.All(tx, call, IdentityKind.Role), .. await identities.All(tx, call, IdentityKind.Group)];

    private static ManagedPolicyVersion Version(ManagedPolicy policy, string id)
        => policy.Versions.FirstOrDefault(version => version.Id == id) ?? throw Errors.NoSuchEntity($"Policy {policy.Arn} version {id} does not exist or is not attachable.");

    private static Policy Show(ManagedPolicy policy, List<Identity> everybody) => new(
        policy.Name, policy.Id, policy.Arn, policy.Path, policy.DefaultVersion, everybody.Count(identity => identity.Attached.Contains(policy.Arn)),
        everybody.Count(identity => identity.Boundary == policy.Arn), true, policy.Description, policy.Created, policy.Updated, policy.Tags.Count > 0 ? policy.Tags : null);

    private static PolicyVersion Show(ManagedPolicy policy, ManagedPolicyVersion version, bool withDocument)
        => new(withDocument ? Uri.EscapeDataString(version.Document) : null, version.Id, version.Id == policy.DefaultVersion, version.Created);
}

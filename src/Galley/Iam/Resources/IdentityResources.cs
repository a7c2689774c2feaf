using System.Text.Json.Nodes;
using Galley.Store;
using Galley.Wire;

namespace Galley.Iam.Resources;

/// <summary>What roles and users of a stack have in common: inline and attached policies, boundary, tags. Each change is one transaction.</summary>
internal sealed class IdentityResources(Identities identities, Authorization authorization)
{
    public async ValueTask<Identity> Create(IdentityKind kind, string name, JsonObject properties, Call call, Func<Identity, Identity> finish)
    {
        var draft = finish(identities.Draft(call, kind, name, properties.Text("Path"), properties.Tags(), properties.Text("PermissionsBoundary")) with
        {
            Inline = Checked(kind, name, properties.Policies()),
            Attached = properties.Texts("ManagedPolicyArns"),
        });
        await Require(call, kind, draft, "Create");
        await CheckAttachable(call, draft.Attached);
        return await identities.Create(call, draft);
    }

    /// <summary>Policies that others have put beside those of the template stay.</summary>
    public async ValueTask<Identity> Update(IdentityKind kind, ResourceRequest request, Call call, Func<Identity, Identity> finish)
    {
        var (old, now) = (request.OldProperties, request.Properties);
        var inline = Checked(kind, request.PhysicalId, now.Policies());
        var attached = now.Texts("ManagedPolicyArns");
        await Require(call, kind, identities.Draft(call, kind, request.PhysicalId, now.Text("Path"), null, null) with { Inline = inline, Attached = attached }, "Update");
        await CheckAttachable(call, attached);
        if (now.Text("PermissionsBoundary") is { } boundary) await Policies.CheckExists(identities.Store, call, boundary);
        var (oldInline, oldAttached) = (old.Policies(), old.Texts("ManagedPolicyArns"));
        return await identities.Change(call, kind, request.PhysicalId, identity => finish(Moved(identity, kind, now, call) with
        {
            Inline = identity.Inline.Where(policy => !oldInline.ContainsKey(policy.Key) && !inline.ContainsKey(policy.Key)).Concat(inline).ToDictionary(),
            Attached = [.. identity.Attached.Except(oldAttached).Union(attached)],
            Boundary = now.Text("PermissionsBoundary"),
            Tags = now.Tags(),
        }));
    }

    /// <summary>Users and groups take a new path in place; a role's is for ever.</summary>
    private static Identity Moved(Identity identity, IdentityKind kind, JsonObject properties, Call call)
    {
        if (kind == IdentityKind.Role) return identity;
        var path = properties.Text("Path") ?? "/";
        Identities.CheckPath(path);
        return identity with { Path = path, Arn = Identities.Arn(call, kind, path, identity.Name) };
    }

    /// <summary>Takes away what the template gave, then the thing itself, unless somebody else has put more into it.</summary>
    public async ValueTask Delete(IdentityKind kind, ResourceRequest request, Call call)
    {
        await authorization.Require(call, $"iam:Delete{kind}", Identities.Arn(call, kind, request.Properties.Text("Path") ?? "/", request.PhysicalId));
        var (inline, attached) = (request.Properties.Policies(), request.Properties.Texts("ManagedPolicyArns"));
        await identities.Store.Write(async tx =>
        {
            if (await Identities.Find(tx, call.Account, kind, request.PhysicalId) is not { } identity) return;
            if (identity.Attached.Except(attached).Any()) throw Errors.DeleteConflict("Cannot delete entity, must detach all policies first.");
            if (identity.Inline.Keys.Any(name => !inline.ContainsKey(name))) throw Errors.DeleteConflict("Cannot delete entity, must delete policies first.");
            if (kind == IdentityKind.User && (await AccessKeys.Of(tx, call.Account, identity.Name)).Count > 0) throw Errors.DeleteConflict("Cannot delete entity, must delete access keys first.");
            tx.Delete(Keys.Identity(call.Account, kind, identity.Name));
        });
    }

    private async ValueTask Require(Call call, IdentityKind kind, Identity draft, string verb)
    {
        await authorization.Require(call, $"iam:{verb}{kind}", draft.Arn);
        if (draft.Inline.Count > 0) await authorization.Require(call, $"iam:Put{kind}Policy", draft.Arn);
        if (draft.Attached.Count > 0) await authorization.Require(call, $"iam:Attach{kind}Policy", draft.Arn);
    }

    private async ValueTask CheckAttachable(Call call, IReadOnlyList<string> arns)
    {
        foreach (var arn in arns) await Policies.CheckExists(identities.Store, call, arn);
    }

    private static Dictionary<string, string> Checked(IdentityKind kind, string name, Dictionary<string, string> policies)
    {
        foreach (var (policy, document) in policies)
        {
            Identities.CheckName(policy, "policyName", 128);
            Identities.CheckPolicy(document, 10_240, $"Maximum policy size of 10240 bytes exceeded for {kind.ToString().ToLowerInvariant()} {name}", versionNeeded: false);
        }

        return policies;
    }
}

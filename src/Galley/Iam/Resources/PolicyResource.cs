using System.Text.Json.Nodes;
using Galley.Store;
using Galley.Wire;

namespace Galley.Iam.Resources;

/// <summary>AWS::IAM::Policy: one inline policy written into roles, users and groups.</summary>
internal sealed class PolicyResource(Identities identities, Authorization authorization) : IResourceHandler
{
    private const int MostLetters = 10_240;

    public string Type => "AWS::IAM::Policy";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string>();

    public ValueTask<Resource> Create(ResourceRequest request, Call call) => Write(request, request.Name, [], call);

    public ValueTask<Resource> Update(ResourceRequest request, Call call) => Write(request, request.PhysicalId, request.OldProperties, call);

    public async ValueTask Delete(ResourceRequest request, Call call)
    {
        if (request.Properties.Text("PolicyName") is not { } name) return;
        await Require(request.Properties, "Delete", call);
        await identities.Store.Write(tx => Remove(tx, request.Properties, name, call));
    }

    private async ValueTask<Resource> Write(ResourceRequest request, string id, JsonObject old, Call call)
    {
        var properties = request.Properties.Only(Type, "PolicyName", "PolicyDocument", "Roles", "Users", "Groups");
        string name = properties.Needed(Type, "PolicyName"), document = properties.Document("PolicyDocument") ?? throw Errors.Validation($"Property PolicyDocument of {Type} cannot be empty.");
        Identities.CheckName(name, "policyName", 128);
        Identities.CheckPolicy(document, MostLetters, $"Maximum policy size of {MostLetters} bytes exceeded for policy {name}", versionNeeded: false);
        if (!Owners(properties).Any()) throw Errors.Validation("At least one of [Groups,Roles,Users] must be non-empty.");
        await Require(properties, "Put", call);
        await identities.Store.Write(async tx =>
        {
            if (old.Text("PolicyName") is { } before) await Remove(tx, old, before, call);
            foreach (var (kind, owner) in Owners(properties))
            {
                var identity = await Identities.Get(tx, call, kind, owner);
                Identities.Put(tx, call, identity with { Inline = new Dictionary<string, string>(identity.Inline) { [name] = document } });
            }
        });
        return Properties.Resource(id, ("Id", id));
    }

    private static async ValueTask Remove(ITransaction tx, JsonObject properties, string name, Call call)
    {
        foreach (var (kind, owner) in Owners(properties))
            if (await Identities.Find(tx, call.Account, kind, owner) is { } identity)
                Identities.Put(tx, call, identity with { Inline = identity.Inline.Where(policy => policy.Key != name).ToDictionary() });
    }

    private async ValueTask Require(JsonObject properties, string verb, Call call)
    {
        foreach (var (kind, owner) in Owners(properties)) await authorization.Require(call, $"iam:{verb}{kind}Policy", Identities.Arn(call, kind, "/", owner));
    }

    private static IEnumerable<(IdentityKind Kind, string Name)> Owners(JsonObject properties)
        => properties.Texts("Roles").Select(name => (IdentityKind.Role, name)).Concat(properties.Texts("Users").Select(name => (IdentityKind.User, name)))
            .Concat(properties.Texts("Groups").Select(name => (IdentityKind.Group, name)));
}

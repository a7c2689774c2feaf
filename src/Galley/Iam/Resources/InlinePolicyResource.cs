using Galley.Store;
using Galley.Wire;

namespace Galley.Iam.Resources;

/// <summary>AWS::IAM::RolePolicy, UserPolicy and GroupPolicy: one inline policy of one owner.</summary>
internal sealed class InlinePolicyResource(IdentityKind kind, Identities identities, Authorization authorization) : IResourceHandler
{
    private readonly string _owner = kind + "Name";

    public string Type => $"AWS::IAM::{kind}Policy";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "PolicyName", kind + "Name" };

    public ValueTask<Resource> Create(ResourceRequest request, Call call) => Put(request, call);

    public ValueTask<Resource> Update(ResourceRequest request, Call call) => Put(request, call);

    public async ValueTask Delete(ResourceRequest request, Call call)
    {
        if (request.Properties.Text("PolicyName") is not { } name || request.Properties.Text(_owner) is not { } owner) return;
        await authorization.Require(call, $"iam:Delete{kind}Policy", Identities.Arn(call, kind, "/", owner));
        await identities.Store.Write(async tx =>
        {
            if (await Identities.Find(tx, call.Account, kind, owner) is not { } identity) return;
            Identities.Put(tx, call, identity with { Inline = identity.Inline.Where(policy => policy.Key != name).ToDictionary() });
        });
    }

    private async ValueTask<Resource> Put(ResourceRequest request, Call call)
    {
        var properties = request.Properties.Only(Type, "PolicyName", "PolicyDocument", _owner);
        string name = properties.Needed(Type, "PolicyName"), owner = properties.Needed(Type, _owner);
        var document = properties.Document("PolicyDocument") ?? throw Errors.Validation($"Property PolicyDocument of {Type} cannot be empty.");
        await authorization.Require(call, $"iam:Put{kind}Policy", Identities.Arn(call, kind, "/", owner));
        await new InlinePolicies(identities).Put(call, kind, owner, name, document);
        return Properties.Resource($"{name}|{owner}");
    }
}

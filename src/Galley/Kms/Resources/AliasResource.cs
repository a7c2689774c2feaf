using Galley.Wire;

namespace Galley.Kms;

/// <summary>AWS::KMS::Alias: Ref is the alias's name. The right on the keys that it names is judged here, that on the alias by CloudFormation.</summary>
internal sealed class AliasResource(Aliases aliases, KeyFinder finder, KeyPolicies policies) : IResourceHandler
{
    public string Type => "AWS::KMS::Alias";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "AliasName" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
    {
        var wanted = request.Read(KmsPropertiesJson.Default.AliasProperties);
        await policies.Require(call, "kms:CreateAlias", await finder.Find(wanted.TargetKeyId, call, aliases: false));
        await aliases.CreateAlias(new CreateAliasRequest(wanted.AliasName, wanted.TargetKeyId), call);
        return Made(wanted.AliasName);
    }

    public async ValueTask<Resource> Update(ResourceRequest request, Call call)
    {
        var wanted = request.Read(KmsPropertiesJson.Default.AliasProperties);
        await policies.Require(call, "kms:UpdateAlias", await finder.Find(request.PhysicalId, call));
        await policies.Require(call, "kms:UpdateAlias", await finder.Find(wanted.TargetKeyId, call, aliases: false));
        await aliases.UpdateAlias(new CreateAliasRequest(request.PhysicalId, wanted.TargetKeyId), call);
        return Made(request.PhysicalId);
    }

    public async ValueTask Delete(ResourceRequest request, Call call)
    {
        try
        {
            await policies.Require(call, "kms:DeleteAlias", await finder.Find(request.PhysicalId, call));
            await aliases.DeleteAlias(new AliasRequest(request.PhysicalId), call);
        }
        catch (AwsError e) when (e.Code == "NotFoundException")
        {
            // gone already
        }
    }

    private static Resource Made(string name) => new(name, new Dictionary<string, string> { ["AliasName"] = name });
}

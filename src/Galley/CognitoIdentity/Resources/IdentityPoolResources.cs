using System.Text.Json.Nodes;
using Galley.Wire;

namespace Galley.CognitoIdentity.Resources;

/// <summary>`AWS::Cognito::IdentityPool`: Ref is the id; Name, Id.</summary>
internal sealed class IdentityPoolResource(IdentityPools pools) : IResourceHandler
{
    public string Type => "AWS::Cognito::IdentityPool";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string>();

    public async ValueTask<Resource> Create(ResourceRequest request, Call call) => Made(await pools.CreateIdentityPool(Read(request), call));

    public async ValueTask<Resource> Update(ResourceRequest request, Call call) => Made(await pools.UpdateIdentityPool(Read(request) with { IdentityPoolId = request.PhysicalId }, call));

    public ValueTask Delete(ResourceRequest request, Call call) => Deletion.Gone(() => pools.DeleteIdentityPool(new(request.PhysicalId), call));

    private IdentityPoolDocument Read(ResourceRequest request) => request.Read(IdentityJson.Default.IdentityPoolDocument, properties =>
    {
        properties["IdentityPoolName"] ??= request.Name.Replace('-', '_');
        // CloudFormation writes tags as a list.
        if (properties["IdentityPoolTags"] is JsonArray tags) properties["IdentityPoolTags"] = new JsonObject(tags.Select(tag => KeyValuePair.Create((string)tag!["Key"]!, (JsonNode?)(string)tag["Value"]!)));
    });

    private static Resource Made(IdentityPoolDocument pool) => new(pool.IdentityPoolId!, new Dictionary<string, string> { ["Name"] = pool.IdentityPoolName!, ["Id"] = pool.IdentityPoolId! });
}

/// <summary>`AWS::Cognito::IdentityPoolRoleAttachment`: the pool's roles and mappings.</summary>
internal sealed class IdentityPoolRoleAttachmentResource(PoolRoles roles) : IResourceHandler
{
    public string Type => "AWS::Cognito::IdentityPoolRoleAttachment";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "IdentityPoolId" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
    {
        var wanted = Read(request);
        await roles.SetIdentityPoolRoles(wanted, call);
        return new Resource(wanted.IdentityPoolId, new Dictionary<string, string> { ["Id"] = wanted.IdentityPoolId });
    }

    public ValueTask<Resource> Update(ResourceRequest request, Call call) => Create(request, call);

    public ValueTask Delete(ResourceRequest request, Call call) => Deletion.Gone(() => roles.SetIdentityPoolRoles(new(request.PhysicalId, []), call));

    /// <summary>A template keys mappings by any name and gives the provider beside, because keys cannot be references.</summary>
    private SetIdentityPoolRolesRequest Read(ResourceRequest request) => request.Read(IdentityJson.Default.SetIdentityPoolRolesRequest, properties =>
    {
        properties["Roles"] ??= new JsonObject();
        if (properties["RoleMappings"] is not JsonObject mappings) return;
        var named = new JsonObject();
        foreach (var (key, mapping) in mappings.ToList())
        {
            var copy = (JsonObject)mapping!.DeepClone();
            var name = copy.Remove("IdentityProvider", out var provider) ? (string)provider! : key;
            named[name] = copy;
        }

        properties["RoleMappings"] = named;
    });
}

/// <summary>`AWS::Cognito::IdentityPoolPrincipalTag`: claims of one provider as principal tags.</summary>
internal sealed class IdentityPoolPrincipalTagResource(PoolRoles roles) : IResourceHandler
{
    public string Type => "AWS::Cognito::IdentityPoolPrincipalTag";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "IdentityPoolId", "IdentityProviderName" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
    {
        var wanted = request.Read(IdentityJson.Default.PrincipalTagsRequest);
        await roles.SetPrincipalTagAttributeMap(wanted, call);
        return new Resource($"{wanted.IdentityPoolId}|{wanted.IdentityProviderName}", new Dictionary<string, string>());
    }

    public ValueTask<Resource> Update(ResourceRequest request, Call call) => Create(request, call);

    public ValueTask Delete(ResourceRequest request, Call call) => request.PhysicalId.Split('|') is [var pool, var provider]
        ? Deletion.Gone(async () =>
        {
            await roles.SetPrincipalTagAttributeMap(new(pool, provider), call);
            return Empty.Value;
        })
        : ValueTask.CompletedTask;
}

internal static class Deletion
{
    /// <summary>Runs a deletion for which it is no error that the pool is gone.</summary>
    public static async ValueTask Gone(Func<ValueTask<Empty>> delete)
    {
        try
        {
            await delete();
        }
        catch (AwsError e) when (e.Code == "ResourceNotFoundException")
        {
            // gone already
        }
    }
}

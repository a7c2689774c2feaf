using System.Text.Json.Nodes;
using Galley.Wire;

namespace Galley.Cognito.Resources;

/// <summary>`AWS::Cognito::UserPool`. Custom attributes can be added by an update, never changed or removed.</summary>
internal sealed class UserPoolResource(UserPools pools) : IResourceHandler
{
    public string Type => "AWS::Cognito::UserPool";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "AliasAttributes", "UsernameAttributes", "UsernameConfiguration" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
        => Made((await pools.CreateUserPool(request.Read(Type, CognitoJson.Default.CreateUserPoolRequest, properties => Shape(properties, request)), call)).UserPool);

    public async ValueTask<Resource> Update(ResourceRequest request, Call call)
    {
        var wanted = request.Read(Type, CognitoJson.Default.CreateUserPoolRequest, properties => Shape(properties, request));
        await pools.UpdateUserPool(request.Read(Type, CognitoJson.Default.UpdateUserPoolRequest, properties =>
        {
            Shape(properties, request);
            foreach (var name in (ReadOnlySpan<string>)["Schema", "AliasAttributes", "UsernameAttributes", "UsernameConfiguration"]) properties.Remove(name);
            properties["UserPoolId"] = request.PhysicalId;
        }), call);
        var pool = (await pools.DescribeUserPool(new OnPoolRequest { UserPoolId = request.PhysicalId }, call)).UserPool;
        var added = (wanted.Schema ?? []).Where(attribute => !Schema.IsStandard(attribute.Name) && pool.SchemaAttributes.All(known => known.Name != "custom:" + attribute.Name && known.Name != "dev:custom:" + attribute.Name)).ToList();
        if (added.Count > 0) await pools.AddCustomAttributes(new AddCustomAttributesRequest { UserPoolId = request.PhysicalId, CustomAttributes = added }, call);
        return Made(pool);
    }

    public ValueTask Delete(ResourceRequest request, Call call) => Properties.Gone(() => pools.DeleteUserPool(new OnPoolRequest { UserPoolId = request.PhysicalId }, call));

    private static void Shape(JsonObject properties, ResourceRequest request)
    {
        properties.Rename("UserPoolName", "PoolName");
        properties["PoolName"] ??= request.Name;
        if (properties["EnabledMfas"] is JsonArray { Count: 0 }) properties.Remove("EnabledMfas");
        foreach (var attribute in (properties["Schema"] as JsonArray ?? []).OfType<JsonObject>())
            foreach (var kind in (ReadOnlySpan<string>)["StringAttributeConstraints", "NumberAttributeConstraints"])
                if (attribute[kind] is JsonObject constraints)
                    // Templates write these as numbers as often as text.
                    foreach (var name in constraints.Select(pair => pair.Key).ToList())
                        if (constraints[name] is { } value) constraints[name] = value.ToString();
    }

    private static Resource Made(UserPool pool) => new(pool.Id, new Dictionary<string, string>
    {
        ["Arn"] = pool.Arn,
        ["ProviderName"] = pool.Ref.Issuer["https://".Length..],
        ["ProviderURL"] = pool.Ref.Issuer,
        ["UserPoolId"] = pool.Id,
    });
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Galley.Store;
using Galley.Wire;

namespace Galley.CognitoIdentity.Resources;

/// <summary>Identity pools and their roles as AWS::Cognito::IdentityPool and AWS::Cognito::IdentityPoolRoleAttachment.</summary>
internal sealed class IdentityPoolScan(Installation installation)
{
    private static IdentityJson Json => IdentityJson.Default;

    public IEnumerable<ResourceScanner> Scanners =>
    [
        new("AWS::Cognito::IdentityPool", "cognito-identity:DescribeIdentityPool", async call => [.. (await Pools(call)).Select(pool =>
        {
            var said = Described.As(pool, Json.Pool, "AllowClassicFlow", "SupportedLoginProviders", "DeveloperProviderName", "OpenIdConnectProviderARNs", "CognitoIdentityProviders");
            (said["IdentityPoolName"], said["AllowUnauthenticatedIdentities"]) = (pool.Name, pool.AllowGuests);
            if (pool.Tags is { Count: > 0 } tags) said["IdentityPoolTags"] = Described.Tags(tags);
            return new ScannedResource(pool.Id, said) { Identifier = Described.Of(("Id", pool.Id)), Attributes = Described.Of(("Name", pool.Name)), Label = pool.Name + " Identities" };
        })]),
        new("AWS::Cognito::IdentityPoolRoleAttachment", "cognito-identity:GetIdentityPoolRoles", async call => [.. (await Pools(call)).Where(pool => pool.Roles is { Count: > 0 }).Select(pool =>
        {
            var said = new JsonObject { ["IdentityPoolId"] = pool.Id, ["Roles"] = new JsonObject(pool.Roles!.Select(role => KeyValuePair.Create(role.Key, (JsonNode?)role.Value))) };
            // Keys of a template cannot be references: the provider stands in the mapping.
            if (pool.RoleMappings is { Count: > 0 } mappings)
                said["RoleMappings"] = new JsonObject(mappings.Select((mapping, i) => KeyValuePair.Create($"Mapping{i + 1}", (JsonNode?)((JsonObject)Described.Trimmed(JsonSerializer.SerializeToNode(mapping.Value, Json.RoleMapping))!).Saying("IdentityProvider", mapping.Key))));
            return new ScannedResource(pool.Id, said) { Identifier = Described.Of(("Id", pool.Id)), Label = pool.Name + " Roles", Parent = ("AWS::Cognito::IdentityPool", pool.Id) };
        })]),
    ];

    private async ValueTask<List<Pool>> Pools(Call call) => [.. (await installation.Store.Read(snapshot => snapshot.List(Keys.Pools(call.Account), Json.Pool))).Where(pool => pool.Region == call.Region)];
}

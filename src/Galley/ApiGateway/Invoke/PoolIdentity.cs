using System.Text.Json;
using Galley.Wire;

namespace Galley.ApiGateway.Invoke;

/// <summary>Who signed with keys of an identity pool, as events and access logs tell it.</summary>
/// <param name="IdentityId">`eu-west-2:…`</param>
/// <param name="PoolId">The identity pool.</param>
/// <param name="Methods">`authenticated` or `unauthenticated`, then the provider of the log-in and the user there.</param>
internal sealed record PoolIdentity(string IdentityId, string PoolId, IReadOnlyList<string> Methods)
{
    private const string Keys = "cognito-identity.amazonaws.com:";

    public string? Type => Methods.Count > 0 ? Methods[0] : null;

    /// <summary>`cognito-idp.r.amazonaws.com/pool,cognito-idp.r.amazonaws.com/pool:CognitoSignIn:sub`; null for guests.</summary>
    public string? Provider => Methods.Count > 1 ? string.Join(',', Methods.Skip(1)) : null;

    /// <summary>Null for every other caller.</summary>
    public static PoolIdentity? Of(Principal? caller)
    {
        if (caller is null || One("sub") is not { } identity || One("aud") is not { } pool) return null;
        return new PoolIdentity(identity, pool, [.. caller.Keys.Where(key => key.Key == Keys + "amr").Select(key => key.Value)]);

        string? One(string name) => caller.Keys.FirstOrDefault(key => key.Key == Keys + name).Value;
    }

    public void WriteMethods(Utf8JsonWriter json, string name)
    {
        json.WriteStartArray(name);
        foreach (var method in Methods) json.WriteStringValue(method);
        json.WriteEndArray();
    }
}

using System.Globalization;
using System.Text.Json.Nodes;

namespace Galley.ApiGateway.OpenApi;

/// <summary>The security schemes of a definition that mean something to API Gateway: JWT and Lambda authorizers, and IAM.</summary>
internal sealed class SecuritySchemes
{
    private const string AuthorizerKey = "x-amazon-apigateway-authorizer", TypeKey = "x-amazon-apigateway-authtype";
    private readonly Dictionary<string, Authorizer> _authorizers = new(StringComparer.Ordinal);
    private readonly HashSet<string> _iam = new(StringComparer.Ordinal);

    public IEnumerable<Authorizer> Authorizers => _authorizers.Values;

    public static SecuritySchemes Read(JsonObject? schemes, Func<int, string> newId)
    {
        var read = new SecuritySchemes();
        foreach (var (name, node) in schemes ?? [])
            if (node is not JsonObject scheme) continue;
            else if (scheme[AuthorizerKey] is JsonObject authorizer) read._authorizers[name] = Authorizer(name, authorizer, newId(6));
            else if (string.Equals(Document.Text(scheme, TypeKey), "awsSigv4", StringComparison.OrdinalIgnoreCase)) read._iam.Add(name);
            else if (Document.Text(scheme, TypeKey) is { } type) throw Errors.Unsupported($"{TypeKey} {type} of {name}");
        return read;
    }

    /// <summary>The first requirement that names a known scheme counts; an empty list, or names of undefined schemes, mean none.</summary>
    public Route Guard(Route route, JsonArray? security)
    {
        foreach (var requirement in (security ?? []).OfType<JsonObject>())
            foreach (var (name, scopes) in requirement)
                if (_iam.Contains(name)) return route with { AuthorizationType = "AWS_IAM" };
                else if (_authorizers.TryGetValue(name, out var authorizer))
                    return route with
                    {
                        AuthorizationType = authorizer.AuthorizerType == "JWT" ? "JWT" : "CUSTOM",
                        AuthorizerId = authorizer.AuthorizerId,
                        AuthorizationScopes = authorizer.AuthorizerType == "JWT" && scopes is JsonArray { Count: > 0 } list ? Document.Texts(list) : null,
                    };
        return route;
    }

    private static Authorizer Authorizer(string name, JsonObject json, string id)
    {
        var type = Document.Text(json, "type");
        if (type is not ("jwt" or "request")) throw Errors.Unsupported($"the authorizer type {type} of {name}");
        foreach (var (member, _) in json)
            if (!(type == "jwt" ? member is "type" or "identitySource" or "jwtConfiguration" : member is "type" or "identitySource" or "authorizerUri" or "authorizerCredentials" or "authorizerPayloadFormatVersion" or "authorizerResultTtlInSeconds" or "enableSimpleResponses"))
                throw Errors.Unsupported($"{member} in {AuthorizerKey} of {name}");
        var jwt = json["jwtConfiguration"] as JsonObject;
        return ApiGateway.Authorizers.Make(
            new AuthorizerRequest
            {
                ApiId = "",
                Name = name,
                AuthorizerType = type == "jwt" ? "JWT" : "REQUEST",
                IdentitySource = json["identitySource"] switch
                {
                    null => null,
                    JsonArray list => Document.Texts(list),
                    var text => [.. text.ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)],
                },
                JwtConfiguration = type == "jwt" ? new JwtConfiguration { Issuer = Document.Text(jwt, "issuer"), Audience = jwt?["audience"] is JsonArray audience ? Document.Texts(audience) : null } : null,
                AuthorizerUri = Document.Text(json, "authorizerUri"),
                AuthorizerCredentialsArn = Document.Text(json, "authorizerCredentials"),
                AuthorizerPayloadFormatVersion = Document.Text(json, "authorizerPayloadFormatVersion"),
                AuthorizerResultTtlInSeconds = Document.Text(json, "authorizerResultTtlInSeconds") is { } ttl ? int.Parse(ttl, CultureInfo.InvariantCulture) : null,
                EnableSimpleResponses = Document.Text(json, "enableSimpleResponses") is { } simple ? bool.Parse(simple) : null,
            },
            id);
    }
}

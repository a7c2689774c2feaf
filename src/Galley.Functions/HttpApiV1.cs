using System.Text.Json;

namespace Galley.Functions;

/// <summary>What events of payload format 1.0 say of the request: header names are as they were sent, the last of several values stands alone, all of them in the lists.</summary>
public abstract record HttpApiEventV1
{
    /// <summary>Of the format: `1.0`.</summary>
    public string Version { get; init; } = "1.0";

    /// <summary>The route's path: `/recipes/{name}`, or `$default`.</summary>
    public string Resource { get; init; } = "";

    /// <summary>The path as the client sent it, with the stage.</summary>
    public string Path { get; init; } = "";

    /// <summary>`GET` and the like.</summary>
    public string HttpMethod { get; init; } = "";

    /// <summary>Header values by name.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>All values of each header.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? MultiValueHeaders { get; init; }

    /// <summary>Query values by name.</summary>
    public IReadOnlyDictionary<string, string>? QueryStringParameters { get; init; }

    /// <summary>All query values of each name.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? MultiValueQueryStringParameters { get; init; }

    /// <summary>Path variables, percent-decoded.</summary>
    public IReadOnlyDictionary<string, string>? PathParameters { get; init; }

    /// <summary>The stage's variables.</summary>
    public IReadOnlyDictionary<string, string>? StageVariables { get; init; }

    /// <summary>Who called, and how.</summary>
    public HttpApiContextV1 RequestContext { get; init; } = new();

    /// <summary>A header's value whatever the case of its name; null when there is none.</summary>
    /// <param name="name">Of the header.</param>
    public string? Header(string name) => Headers?.FirstOrDefault(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;
}

/// <summary>The event of an API Gateway HTTP API, payload format 1.0.</summary>
public sealed record HttpApiRequestV1 : HttpApiEventV1
{
    /// <summary>The body: text, or Base64 when <see cref="IsBase64Encoded"/>.</summary>
    public string? Body { get; init; }

    /// <summary>Whether the body is Base64.</summary>
    public bool IsBase64Encoded { get; init; }

    /// <summary>The body's text, decoded.</summary>
    public string BodyText() => Body is null ? "" : IsBase64Encoded ? System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(Body)) : Body;

    /// <summary>A claim of the token that the JWT authorizer checked; null when there is none.</summary>
    /// <param name="name">Of the claim.</param>
    public string? Claim(string name)
        => RequestContext.Authorizer is { } found && found.TryGetValue("claims", out var claims) && claims.ValueKind == JsonValueKind.Object && claims.TryGetProperty(name, out var claim) ? claim.ToString() : null;
}

/// <summary>`requestContext` of an event of format 1.0.</summary>
public sealed record HttpApiContextV1
{
    /// <summary>What the authorizer found out: `claims` and `scopes` of a token, or `principalId` and the members of the context that a Lambda authorizer gave, as text.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Authorizer { get; init; }

    /// <summary>The client, and who signed.</summary>
    public HttpApiIdentityV1 Identity { get; init; } = new();

    /// <summary>`GET` and the like.</summary>
    public string HttpMethod { get; init; } = "";

    /// <summary>The path as the client sent it, with the stage.</summary>
    public string Path { get; init; } = "";

    /// <summary>`HTTP/1.1`.</summary>
    public string Protocol { get; init; } = "";

    /// <summary>Id of the request at the gateway.</summary>
    public string RequestId { get; init; } = "";

    /// <summary>The same.</summary>
    public string ExtendedRequestId { get; init; } = "";

    /// <summary>`28/Nov/2026:17:05:54 +0000`.</summary>
    public string RequestTime { get; init; } = "";

    /// <summary>Milliseconds since 1970.</summary>
    public long RequestTimeEpoch { get; init; }

    /// <summary>The route's key.</summary>
    public string ResourceId { get; init; } = "";

    /// <summary>The route's path.</summary>
    public string ResourcePath { get; init; } = "";

    /// <summary>Name of the stage.</summary>
    public string Stage { get; init; } = "";

    /// <summary>The API's account.</summary>
    public string AccountId { get; init; } = "";

    /// <summary>The API.</summary>
    public string ApiId { get; init; } = "";

    /// <summary>The host by which it was called.</summary>
    public string DomainName { get; init; } = "";

    /// <summary>The host's first label.</summary>
    public string DomainPrefix { get; init; } = "";
}

/// <summary>`requestContext.identity` of an event of format 1.0; what is null does not apply.</summary>
public sealed record HttpApiIdentityV1
{
    /// <summary>Address of the client.</summary>
    public string SourceIp { get; init; } = "";

    /// <summary>What the client said of itself.</summary>
    public string? UserAgent { get; init; }

    /// <summary>Of a signed request: the ARN of who signed.</summary>
    public string? UserArn { get; init; }

    /// <summary>Of a signed request: the id of who signed.</summary>
    public string? User { get; init; }

    /// <summary>The same.</summary>
    public string? Caller { get; init; }

    /// <summary>Of a signed request: the key's id.</summary>
    public string? AccessKey { get; init; }

    /// <summary>Of a signed request: the account of who signed.</summary>
    public string? AccountId { get; init; }

    /// <summary>Signed with keys of an identity pool: the identity.</summary>
    public string? CognitoIdentityId { get; init; }

    /// <summary>Signed with keys of an identity pool: the pool.</summary>
    public string? CognitoIdentityPoolId { get; init; }

    /// <summary>Signed with keys of an identity pool: `authenticated` or `unauthenticated`.</summary>
    public string? CognitoAuthenticationType { get; init; }

    /// <summary>Signed with keys of an identity pool: the provider of the log-in, and the user there.</summary>
    public string? CognitoAuthenticationProvider { get; init; }

    /// <summary>Signed with keys of an identity pool: the type and the provider.</summary>
    public IReadOnlyList<string>? CognitoAmr { get; init; }
}

/// <summary>The answer to an HTTP API, payload format 1.0.</summary>
public sealed record HttpApiResponseV1
{
    /// <summary>HTTP status.</summary>
    public int StatusCode { get; init; } = 200;

    /// <summary>Headers, one value each.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>Headers with several values; they win over <see cref="Headers"/>.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? MultiValueHeaders { get; init; }

    /// <summary>The body, as text.</summary>
    public string? Body { get; init; }

    /// <summary>Whether <see cref="Body"/> is Base64.</summary>
    public bool IsBase64Encoded { get; init; }

    /// <summary>An answer of ready JSON.</summary>
    /// <param name="json">The body.</param>
    /// <param name="status">HTTP status.</param>
    public static HttpApiResponseV1 Json(string json, int status = 200)
        => new() { StatusCode = status, Body = json, Headers = new Dictionary<string, string> { ["content-type"] = "application/json" } };
}

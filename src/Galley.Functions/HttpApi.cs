using System.Text.Json;
using System.Text.Json.Serialization;

namespace Galley.Functions;

/// <summary>The event of an API Gateway HTTP API, payload format 2.0, and of a function URL.</summary>
public sealed record HttpApiRequest
{
    /// <summary>Of the format: `2.0`.</summary>
    public string Version { get; init; } = "2.0";

    /// <summary>`GET /recipes/{name}` or `$default`.</summary>
    public string RouteKey { get; init; } = "";

    /// <summary>The path as the client sent it, with the stage.</summary>
    public string RawPath { get; init; } = "";

    /// <summary>The query as the client sent it.</summary>
    public string RawQueryString { get; init; } = "";

    /// <summary>Header values by lower-case name; several are joined with commas.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>`name=value`, one an entry.</summary>
    public IReadOnlyList<string>? Cookies { get; init; }

    /// <summary>Query values by name.</summary>
    public IReadOnlyDictionary<string, string>? QueryStringParameters { get; init; }

    /// <summary>Path variables, percent-decoded.</summary>
    public IReadOnlyDictionary<string, string>? PathParameters { get; init; }

    /// <summary>The stage's variables.</summary>
    public IReadOnlyDictionary<string, string>? StageVariables { get; init; }

    /// <summary>Who called, and how.</summary>
    public HttpApiContext RequestContext { get; init; } = new();

    /// <summary>The body: text, or Base64 when <see cref="IsBase64Encoded"/>.</summary>
    public string? Body { get; init; }

    /// <summary>Whether the body is Base64.</summary>
    public bool IsBase64Encoded { get; init; }

    /// <summary>The body's text, decoded.</summary>
    public string BodyText() => Body is null ? "" : IsBase64Encoded ? System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(Body)) : Body;

    /// <summary>A claim of the token that the JWT authorizer checked; null when there is none.</summary>
    public string? Claim(string name) => RequestContext.Authorizer?.Jwt?.Claims.GetValueOrDefault(name);
}

/// <summary>`requestContext` of the event.</summary>
public sealed record HttpApiContext
{
    /// <summary>What the authorizer found out.</summary>
    public HttpApiAuthorizer? Authorizer { get; init; }

    /// <summary>Method, path, address of the client.</summary>
    public HttpApiHttp? Http { get; init; }

    /// <summary>Id of the request at the gateway.</summary>
    public string RequestId { get; init; } = "";

    /// <summary>Name of the stage.</summary>
    public string Stage { get; init; } = "";

    /// <summary>The API's account.</summary>
    public string AccountId { get; init; } = "";

    /// <summary>The API, or the function URL.</summary>
    public string ApiId { get; init; } = "";

    /// <summary>The host by which it was called.</summary>
    public string DomainName { get; init; } = "";

    /// <summary>The host's first label.</summary>
    public string DomainPrefix { get; init; } = "";

    /// <summary>`GET /recipes/{name}` or `$default`.</summary>
    public string RouteKey { get; init; } = "";

    /// <summary>`28/Nov/2026:17:05:54 +0000`.</summary>
    public string Time { get; init; } = "";

    /// <summary>Milliseconds since 1970.</summary>
    public long TimeEpoch { get; init; }
}

/// <summary>`requestContext.http` of the event.</summary>
public sealed record HttpApiHttp(string Method = "", string Path = "", string SourceIp = "", string UserAgent = "", string Protocol = "");

/// <summary>`requestContext.authorizer` of the event: one of the three.</summary>
/// <param name="Jwt">By a JWT authorizer.</param>
/// <param name="Lambda">By a Lambda authorizer: the context that it gave.</param>
/// <param name="Iam">By a signature.</param>
public sealed record HttpApiAuthorizer(HttpApiJwt? Jwt = null, IReadOnlyDictionary<string, JsonElement>? Lambda = null, HttpApiIam? Iam = null);

/// <summary>Who signed a request.</summary>
/// <param name="UserArn">Its ARN.</param>
/// <param name="UserId">Its id.</param>
/// <param name="AccountId">Its account.</param>
/// <param name="AccessKey">The key's id.</param>
/// <param name="CallerId">Its id.</param>
public sealed record HttpApiIam(string UserArn = "", string UserId = "", string AccountId = "", string AccessKey = "", string CallerId = "")
{
    /// <summary>Of keys of an identity pool: whose they are.</summary>
    public HttpApiPoolIdentity? CognitoIdentity { get; init; }
}

/// <summary>Who signed a request with keys of an identity pool.</summary>
/// <param name="IdentityId">The identity.</param>
/// <param name="IdentityPoolId">The pool.</param>
/// <param name="Amr">`authenticated` or `unauthenticated`, then the provider of the log-in and the user there.</param>
public sealed record HttpApiPoolIdentity(string IdentityId, string IdentityPoolId, IReadOnlyList<string>? Amr = null);

/// <summary>The claims of a checked token, all as text; lists look like `[a b]`.</summary>
public sealed record HttpApiJwt(IReadOnlyDictionary<string, string> Claims, IReadOnlyList<string>? Scopes = null);

/// <summary>The answer to an HTTP API, payload format 2.0.</summary>
public sealed record HttpApiResponse
{
    /// <summary>HTTP status.</summary>
    public int StatusCode { get; init; } = 200;

    /// <summary>Headers, one value each.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>Whole Set-Cookie values.</summary>
    public IReadOnlyList<string>? Cookies { get; init; }

    /// <summary>The body, as text.</summary>
    public string? Body { get; init; }

    /// <summary>Whether <see cref="Body"/> is Base64.</summary>
    public bool IsBase64Encoded { get; init; }

    /// <summary>An answer of ready JSON.</summary>
    public static HttpApiResponse Json(string json, int status = 200)
        => new() { StatusCode = status, Body = json, Headers = new Dictionary<string, string> { ["content-type"] = "application/json" } };
}

/// <summary>JSON contracts of the HTTP API's events and answers.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(HttpApiRequest))]
[JsonSerializable(typeof(HttpApiResponse))]
[JsonSerializable(typeof(HttpApiRequestV1))]
[JsonSerializable(typeof(HttpApiResponseV1))]
public sealed partial class HttpApiJson : JsonSerializerContext;

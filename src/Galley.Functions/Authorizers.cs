using System.Text.Json.Serialization;

namespace Galley.Functions;

/// <summary>The event of an HTTP API's Lambda authorizer, payload format 2.0.</summary>
public sealed record AuthorizerRequest
{
    /// <summary>Of the format: `2.0`.</summary>
    public string Version { get; init; } = "2.0";

    /// <summary>`REQUEST`.</summary>
    public string Type { get; init; } = "REQUEST";

    /// <summary>What is to be judged: the route's ARN for execute-api.</summary>
    public string RouteArn { get; init; } = "";

    /// <summary>The values that the authorizer's identity sources name.</summary>
    public IReadOnlyList<string>? IdentitySource { get; init; }

    /// <summary>`GET /recipes/{name}` or `$default`.</summary>
    public string RouteKey { get; init; } = "";

    /// <summary>The path as the client sent it, with the stage.</summary>
    public string RawPath { get; init; } = "";

    /// <summary>The query as the client sent it.</summary>
    public string RawQueryString { get; init; } = "";

    /// <summary>Header values by lower-case name; several are joined with commas.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

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
}

/// <summary>The simple answer of a Lambda authorizer.</summary>
/// <param name="IsAuthorized">Whether the request goes on.</param>
/// <param name="Context">For the integration: <see cref="HttpApiAuthorizer.Lambda"/>.</param>
public sealed record AuthorizerResponse(bool IsAuthorized, IReadOnlyDictionary<string, string>? Context = null);

/// <summary>The event of an HTTP API's Lambda authorizer, payload format 1.0.</summary>
public sealed record AuthorizerRequestV1 : HttpApiEventV1
{
    /// <summary>`REQUEST`.</summary>
    public string Type { get; init; } = "REQUEST";

    /// <summary>What is to be judged: the route's ARN for execute-api.</summary>
    public string MethodArn { get; init; } = "";

    /// <summary>The values that the authorizer's identity sources name, with commas between them.</summary>
    public string? IdentitySource { get; init; }

    /// <summary>The same.</summary>
    public string? AuthorizationToken { get; init; }
}

/// <summary>The other answer of a Lambda authorizer, the only one of format 1.0: a policy for whoever called.</summary>
/// <param name="PrincipalId">Who called.</param>
/// <param name="PolicyDocument">What they may do with `execute-api:Invoke`. It is kept for the same identity: it must hold for every route that the authorizer guards.</param>
/// <param name="Context">For the integration: <see cref="HttpApiAuthorizer.Lambda"/>, or members of <see cref="HttpApiContextV1.Authorizer"/>.</param>
public sealed record AuthorizerPolicyResponse(string PrincipalId, AuthorizerPolicy PolicyDocument, IReadOnlyDictionary<string, string>? Context = null)
{
    /// <summary>The request goes on.</summary>
    /// <param name="principalId">Who called.</param>
    /// <param name="resource">ARN for execute-api, with `*` and `?` at will.</param>
    /// <param name="context">For the integration.</param>
    public static AuthorizerPolicyResponse Allow(string principalId, string resource, IReadOnlyDictionary<string, string>? context = null) => Of("Allow", principalId, resource, context);

    /// <summary>The request is refused.</summary>
    /// <param name="principalId">Who called.</param>
    /// <param name="resource">ARN for execute-api, with `*` and `?` at will.</param>
    public static AuthorizerPolicyResponse Deny(string principalId, string resource) => Of("Deny", principalId, resource, null);

    private static AuthorizerPolicyResponse Of(string effect, string principalId, string resource, IReadOnlyDictionary<string, string>? context)
        => new(principalId, new AuthorizerPolicy([new AuthorizerStatement(effect, ["execute-api:Invoke"], [resource])]), context);
}

/// <summary>A policy document.</summary>
/// <param name="Statement">What is allowed and denied.</param>
/// <param name="Version">Of the policy language.</param>
public sealed record AuthorizerPolicy([property: JsonPropertyName("Statement")] IReadOnlyList<AuthorizerStatement> Statement, [property: JsonPropertyName("Version")] string Version = "2012-10-17");

/// <summary>A statement of a policy.</summary>
/// <param name="Effect">`Allow` or `Deny`.</param>
/// <param name="Action">`execute-api:Invoke`.</param>
/// <param name="Resource">ARNs for execute-api.</param>
public sealed record AuthorizerStatement(
    [property: JsonPropertyName("Effect")] string Effect, [property: JsonPropertyName("Action")] IReadOnlyList<string> Action, [property: JsonPropertyName("Resource")] IReadOnlyList<string> Resource);

using Galley.ApiGateway.Invoke;
using Galley.Store;
using Galley.Wire;

namespace Galley.ApiGateway;

/// <summary>Authorizers of an HTTP API: tokens of an issuer (JWT), or a function that is asked (REQUEST).</summary>
internal sealed class Authorizers(ApiStore store, IssuerKeys issuers, PassedRoles roles)
{
    private const int MaxAuthorizers = 10, MaxAudiences = 50, MaxTtl = 3600;
    private static readonly ApiGatewayJson Json = ApiGatewayJson.Default;

    public async ValueTask<Authorizer> CreateAuthorizer(AuthorizerRequest request, Call call)
    {
        var authorizer = Make(request, store.NewId(6));
        // the issuer is asked outside the write: nothing may be waited for inside
        await store.Read(call, request.ApiId, (_, _, api) => new ValueTask<Api>(api));
        await RequireReachable(authorizer, call);
        return await store.Deploy(call, request.ApiId, async (tx, keys, _) =>
        {
            var others = await tx.List(keys.Authorizers, Json.Authorizer);
            if (others.Count >= MaxAuthorizers) throw new AwsError("TooManyRequestsException", $"Maximum number of Authorizers for this API has been reached. The limit is {MaxAuthorizers}", 429);
            return Put(tx, keys, authorizer, others);
        });
    }

    public ValueTask<Authorizer> GetAuthorizer(PartRef request, Call call) => store.Read(call, request.ApiId, (tx, keys, _) => Require(tx, keys, request.AuthorizerId));

    public ValueTask<Page<Authorizer>> GetAuthorizers(ListRequest request, Call call)
        => store.Read(call, request.ApiId, async (tx, keys, _) => request.Page(await tx.List(keys.Authorizers, Json.Authorizer)));

    public async ValueTask<Authorizer> UpdateAuthorizer(AuthorizerRequest request, Call call)
    {
        var old = await store.Read(call, request.ApiId, (tx, keys, _) => Require(tx, keys, request.AuthorizerId ?? ""));
        var jwt = request.JwtConfiguration is null && old.JwtConfiguration is null ? null : new JwtConfiguration
        {
            Audience = request.JwtConfiguration?.Audience ?? old.JwtConfiguration?.Audience,
            Issuer = request.JwtConfiguration?.Issuer ?? old.JwtConfiguration?.Issuer,
        };
        return await Replace(
            request with
            {
                Name = request.Name ?? old.Name,
                AuthorizerType = request.AuthorizerType ?? old.AuthorizerType,
                IdentitySource = request.IdentitySource ?? old.IdentitySource,
                JwtConfiguration = jwt,
                AuthorizerUri = request.AuthorizerUri ?? old.AuthorizerUri,
                AuthorizerPayloadFormatVersion = request.AuthorizerPayloadFormatVersion ?? old.AuthorizerPayloadFormatVersion,
                AuthorizerResultTtlInSeconds = request.AuthorizerResultTtlInSeconds ?? old.AuthorizerResultTtlInSeconds,
                AuthorizerCredentialsArn = request.AuthorizerCredentialsArn ?? old.AuthorizerCredentialsArn,
                EnableSimpleResponses = request.EnableSimpleResponses ?? old.EnableSimpleResponses,
            },
            old.AuthorizerId, call);
    }

    /// <summary>Replaces all that is said about an authorizer.</summary>
    public async ValueTask<Authorizer> Replace(AuthorizerRequest request, string authorizerId, Call call)
    {
        var authorizer = Make(request, authorizerId);
        await store.Read(call, request.ApiId, (tx, keys, _) => Require(tx, keys, authorizerId));
        await RequireReachable(authorizer, call);
        return await store.Deploy(call, request.ApiId, async (tx, keys, _) =>
        {
            await Require(tx, keys, authorizerId);
            return Put(tx, keys, authorizer, await tx.List(keys.Authorizers, Json.Authorizer));
        });
    }

    public async ValueTask<Empty> DeleteAuthorizer(PartRef request, Call call) => await store.Deploy(call, request.ApiId, async (tx, keys, _) =>
    {
        await Require(tx, keys, request.AuthorizerId);
        await foreach (var route in tx.All(keys.Routes, Json.Route))
            if (route.AuthorizerId == request.AuthorizerId)
                throw Errors.Conflict($"Cannot delete authorizer '{request.AuthorizerId}', is referenced in route: {route.RouteKey}");
        tx.Delete(keys.Authorizer(request.AuthorizerId));
        return Empty.Value;
    });

    public static Authorizer Make(AuthorizerRequest request, string id)
    {
        if (request.AuthorizerType is null) throw Errors.Missing("authorizerType");
        if (string.IsNullOrEmpty(request.Name)) throw Errors.Missing("name");
        if (!string.IsNullOrEmpty(request.IdentityValidationExpression)) throw Errors.Unsupported("the parameter identityValidationExpression, which AWS does not use either");
        return request.AuthorizerType switch
        {
            "JWT" => MakeJwt(request, id, request.Name),
            "REQUEST" => MakeRequest(request, id, request.Name),
            _ => throw Errors.BadRequest($"Invalid authorizer type {request.AuthorizerType}. Must be one of [REQUEST, JWT]"),
        };
    }

    private static Authorizer MakeJwt(AuthorizerRequest request, string id, string name)
    {
        if (request.AuthorizerUri is not null || request.AuthorizerCredentialsArn is not null || request.AuthorizerPayloadFormatVersion is not null
            || request.AuthorizerResultTtlInSeconds is > 0 || request.EnableSimpleResponses is true)
            throw Errors.BadRequest("JWT authorizers take no authorizerUri, authorizerCredentialsArn, authorizerPayloadFormatVersion, authorizerResultTtlInSeconds or enableSimpleResponses");
        if (request.IdentitySource is not { Count: 1 } sources) throw Errors.BadRequest("JWT authorizers must have exactly one identity source");
        if (!Invoke.IdentitySource.IsOfRequest(sources[0])) throw Errors.BadRequest($"Identity source {sources[0]} is not valid");
        if (request.JwtConfiguration?.Issuer is not { Length: > 0 } issuer) throw Errors.BadRequest("JWT authorizers must have an issuer");
        if (request.JwtConfiguration.Audience is not { Count: > 0 } audience) throw Errors.BadRequest("JWT authorizers must have at least one audience");
        if (audience.Count > MaxAudiences) throw Errors.BadRequest($"No more than {MaxAudiences} audiences are allowed");
        return new Authorizer
        {
            AuthorizerId = id,
            AuthorizerType = "JWT",
            Name = name,
            IdentitySource = sources,
            JwtConfiguration = new JwtConfiguration { Audience = audience, Issuer = issuer },
        };
    }

    private static Authorizer MakeRequest(AuthorizerRequest request, string id, string name)
    {
        if (request.JwtConfiguration is not null) throw Errors.BadRequest("REQUEST authorizers take no jwtConfiguration");
        if (request.AuthorizerUri is not { Length: > 0 } uri) throw Errors.BadRequest("REQUEST authorizers must have an authorizerUri");
        if (!uri.StartsWith("arn:aws:apigateway:", StringComparison.Ordinal) || Integrations.FunctionOf(uri) is null) throw Errors.BadRequest($"Invalid Authorizer URI: {uri}. Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation.");
        if (request.AuthorizerPayloadFormatVersion is not { Length: > 0 } format) throw Errors.BadRequest("AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer");
        if (format is not ("1.0" or "2.0")) throw Errors.BadRequest($"Invalid authorizerPayloadFormatVersion {format}. Must be one of [1.0, 2.0]");
        if (request.EnableSimpleResponses is true && format != "2.0") throw Errors.BadRequest("EnableSimpleResponses is only supported for authorizers with the payload format version 2.0");
        if (request.AuthorizerResultTtlInSeconds is < 0 or > MaxTtl) throw Errors.BadRequest($"Authorizer result TTL should be between 0 and {MaxTtl} seconds");
        var sources = request.IdentitySource ?? [];
        foreach (var source in sources)
            if (!Invoke.IdentitySource.IsValid(source)) throw Errors.BadRequest($"Identity source {source} is not valid");
        if (request.AuthorizerResultTtlInSeconds is > 0 && sources.Count == 0) throw Errors.BadRequest("Identity source is required when authorizer caching is enabled");
        return new Authorizer
        {
            AuthorizerId = id,
            AuthorizerType = "REQUEST",
            Name = name,
            IdentitySource = sources,
            AuthorizerUri = uri,
            AuthorizerPayloadFormatVersion = format,
            AuthorizerResultTtlInSeconds = request.AuthorizerResultTtlInSeconds ?? 0,
            AuthorizerCredentialsArn = Integrations.CheckRole(request.AuthorizerCredentialsArn),
            EnableSimpleResponses = request.EnableSimpleResponses ?? false,
        };
    }

    private async ValueTask RequireReachable(Authorizer authorizer, Call call)
    {
        await roles.Require(call, authorizer.AuthorizerCredentialsArn);
        if (authorizer.JwtConfiguration?.Issuer is { } issuer) await issuers.Require(issuer, call.Cancellation);
    }

    private static Authorizer Put(ITransaction tx, ApiKeys keys, Authorizer authorizer, List<Authorizer> others)
    {
        if (others.Any(other => other.Name == authorizer.Name && other.AuthorizerId != authorizer.AuthorizerId)) throw Errors.BadRequest("Authorizer name must be unique. Authorizer " + authorizer.Name + " already exists in this API.");
        tx.Put(keys.Authorizer(authorizer.AuthorizerId), authorizer, Json.Authorizer);
        return authorizer;
    }

    private static async ValueTask<Authorizer> Require(ISnapshot tx, ApiKeys keys, string id) => await tx.Get(keys.Authorizer(id), Json.Authorizer) ?? throw Errors.NoAuthorizer(id);
}

/// <summary>CreateAuthorizer and UpdateAuthorizer.</summary>
internal sealed record AuthorizerRequest
{
    public required string ApiId { get; init; }
    public string? AuthorizerCredentialsArn { get; init; }
    public string? AuthorizerId { get; init; }
    public string? AuthorizerPayloadFormatVersion { get; init; }
    public int? AuthorizerResultTtlInSeconds { get; init; }
    public string? AuthorizerType { get; init; }
    public string? AuthorizerUri { get; init; }
    public bool? EnableSimpleResponses { get; init; }
    public List<string>? IdentitySource { get; init; }
    public string? IdentityValidationExpression { get; init; }
    public JwtConfiguration? JwtConfiguration { get; init; }
    public string? Name { get; init; }
}

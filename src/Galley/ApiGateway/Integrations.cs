using Galley.ApiGateway.Mapping;
using Galley.Store;
using Galley.Wire;

namespace Galley.ApiGateway;

/// <summary>Integrations of an HTTP API: a function (AWS_PROXY) or an HTTP address (HTTP_PROXY).</summary>
internal sealed class Integrations(ApiStore store, PassedRoles roles)
{
    private const int MaxIntegrations = 300, MinTimeout = 50, MaxTimeout = 30_000;
    private static readonly ApiGatewayJson Json = ApiGatewayJson.Default;

    public async ValueTask<Integration> CreateIntegration(IntegrationRequest request, Call call)
    {
        await roles.Require(call, request.CredentialsArn);
        return await store.Deploy(call, request.ApiId, async (tx, keys, _) =>
        {
            if ((await tx.List(keys.Integrations, Json.Integration)).Count >= MaxIntegrations)
                throw new AwsError("TooManyRequestsException", $"Maximum number of Integrations for this API has been reached. The limit is {MaxIntegrations}", 429);
            return Put(tx, keys, Make(request, store.NewId()));
        });
    }

    public ValueTask<Integration> GetIntegration(PartRef request, Call call) => store.Read(call, request.ApiId, (tx, keys, _) => Require(tx, keys, request.IntegrationId));

    public ValueTask<Page<Integration>> GetIntegrations(ListRequest request, Call call)
        => store.Read(call, request.ApiId, async (tx, keys, _) => request.Page(await tx.List(keys.Integrations, Json.Integration)));

    public async ValueTask<Integration> UpdateIntegration(IntegrationRequest request, Call call)
    {
        await roles.Require(call, request.CredentialsArn);
        return await store.Deploy(call, request.ApiId, async (tx, keys, _) =>
        {
            var old = await Require(tx, keys, request.IntegrationId ?? "");
            return Put(tx, keys, Make(Changed(old, request), old.IntegrationId) with { ApiGatewayManaged = old.ApiGatewayManaged });
        });
    }

    /// <summary>Replaces all that a template says about an integration.</summary>
    public async ValueTask<Integration> Replace(IntegrationRequest request, string integrationId, Call call)
    {
        await roles.Require(call, request.CredentialsArn);
        return await store.Deploy(call, request.ApiId, async (tx, keys, _) =>
        {
            await Require(tx, keys, integrationId);
            return Put(tx, keys, Make(request, integrationId));
        });
    }

    private static IntegrationRequest Changed(Integration old, IntegrationRequest request) => request with
    {
        IntegrationType = request.IntegrationType ?? old.IntegrationType,
        IntegrationUri = request.IntegrationUri ?? old.IntegrationUri,
        IntegrationMethod = request.IntegrationMethod ?? old.IntegrationMethod,
        Description = request.Description ?? old.Description,
        PayloadFormatVersion = request.PayloadFormatVersion ?? old.PayloadFormatVersion,
        TimeoutInMillis = request.TimeoutInMillis ?? old.TimeoutInMillis,
        CredentialsArn = request.CredentialsArn ?? old.CredentialsArn,
        RequestParameters = Merge(old.RequestParameters, request.RequestParameters),
        ResponseParameters = Merge(old.ResponseParameters, request.ResponseParameters),
    };

    public async ValueTask<Empty> DeleteIntegration(PartRef request, Call call) => await store.Deploy(call, request.ApiId, async (tx, keys, _) =>
    {
        await Require(tx, keys, request.IntegrationId);
        await foreach (var route in tx.All(keys.Routes, Json.Route))
            if (route.Target == "integrations/" + request.IntegrationId)
                throw Errors.Conflict($"Cannot delete Integration '{request.IntegrationId}' because it is referenced by Route '{route.RouteKey}'");
        tx.Delete(keys.Integration(request.IntegrationId));
        return Empty.Value;
    });

    public static Integration Make(IntegrationRequest request, string id)
    {
        if (request.IntegrationSubtype is not null) throw Errors.Unsupported("AWS service integrations (integrationSubtype)");
        if (request.ConnectionType is not (null or "INTERNET") || request.ConnectionId is not null) throw Errors.Unsupported("VPC links (connectionType VPC_LINK)");
        if (request.TlsConfig is not null) throw Errors.Unsupported("tlsConfig, which goes with VPC links only");
        if (request.ContentHandlingStrategy is not null || request.PassthroughBehavior is not null || request.RequestTemplates is not null || request.TemplateSelectionExpression is not null)
            throw Errors.BadRequest("contentHandlingStrategy, passthroughBehavior, requestTemplates and templateSelectionExpression are only for WebSocket APIs");
        if (request.CredentialsArn is not null && request.IntegrationType != "AWS_PROXY") throw Errors.BadRequest("CredentialsArn is only for AWS_PROXY integrations");
        var toFunction = request.IntegrationType == "AWS_PROXY";
        if (request.IntegrationType is null) throw Errors.Missing("integrationType");
        if (request.IntegrationType is "AWS" or "HTTP" or "MOCK") throw Errors.BadRequest("HTTP APIs support only the integration types AWS_PROXY and HTTP_PROXY");
        if (request.IntegrationType is not ("AWS_PROXY" or "HTTP_PROXY")) throw Errors.BadRequest($"Invalid integration type {request.IntegrationType}");
        if (request.IntegrationUri is not { Length: > 0 } uri) throw Errors.BadRequest("IntegrationUri must be specified");
        if (toFunction ? FunctionOf(uri) is null : !IsHttpAddress(uri)) throw Errors.BadRequest($"Invalid integration URI specified: {uri}");
        if (!toFunction && request.IntegrationMethod is null) throw Errors.BadRequest("IntegrationMethod must be specified for HTTP_PROXY integrations");
        var format = request.PayloadFormatVersion ?? "1.0";
        if (format is not ("1.0" or "2.0")) throw Errors.BadRequest("Invalid payloadFormatVersion specified. Must be one of [1.0, 2.0]");
        if (!toFunction && format != "1.0") throw Errors.BadRequest("HTTP_PROXY integrations support only the payload format version 1.0");
        if (request.TimeoutInMillis is < MinTimeout or > MaxTimeout) throw Errors.BadRequest($"Timeout should be between {MinTimeout} ms and {MaxTimeout} ms");
        return new Integration
        {
            IntegrationId = id,
            IntegrationType = request.IntegrationType,
            IntegrationUri = uri,
            IntegrationMethod = request.IntegrationMethod ?? "POST",
            Description = request.Description,
            PayloadFormatVersion = format,
            TimeoutInMillis = request.TimeoutInMillis ?? MaxTimeout,
            CredentialsArn = CheckRole(request.CredentialsArn),
            RequestParameters = Mapped(request.RequestParameters, rules => MappingRules.Request(rules)),
            ResponseParameters = Mapped(request.ResponseParameters, rules => MappingRules.Response(rules)),
        };
    }

    /// <summary>A role that API Gateway can take; the caller's own credentials cannot be passed through.</summary>
    public static string? CheckRole(string? arn)
    {
        if (string.IsNullOrEmpty(arn)) return null;
        if (arn.EndsWith(":user/*", StringComparison.Ordinal)) throw Errors.Unsupported("passing the caller's credentials through (arn:aws:iam::*:user/*)");
        return Arn.TryParse(arn, out var role) && role.Service == "iam" && role.Resource.StartsWith("role/", StringComparison.Ordinal) ? arn : throw Errors.BadRequest($"Invalid ARN specified in the request: {arn}");
    }

    /// <summary>Checks the mappings; none is stored as nothing.</summary>
    private static T? Mapped<T>(T? mappings, Func<T, object> check) where T : class, System.Collections.ICollection
    {
        if (mappings is not { Count: > 0 }) return null;
        check(mappings);
        return mappings;
    }

    /// <summary>UpdateIntegration changes the mappings that it names; an empty value takes one away, as Terraform does it.</summary>
    private static Dictionary<string, string>? Merge(Dictionary<string, string>? old, Dictionary<string, string>? changes)
    {
        if (changes is null) return old;
        var merged = new Dictionary<string, string>(old ?? []);
        foreach (var (key, value) in changes)
            if (value.Length == 0 && !key.StartsWith("remove:", StringComparison.Ordinal)) merged.Remove(key);
            else if (value.Length == 0 && old?.ContainsKey(key) is true) merged.Remove(key);
            else merged[key] = value;
        return merged;
    }

    private static Dictionary<string, Dictionary<string, string>>? Merge(Dictionary<string, Dictionary<string, string>>? old, Dictionary<string, Dictionary<string, string>>? changes)
    {
        if (changes is null) return old;
        var merged = new Dictionary<string, Dictionary<string, string>>(old ?? []);
        foreach (var (status, mappings) in changes)
            if (mappings.Count == 0) merged.Remove(status);
            else merged[status] = mappings;
        return merged;
    }

    /// <summary>The function's ARN in `arn:…:lambda:…` or `arn:aws:apigateway:r:lambda:path/2015-03-31/functions/&lt;arn&gt;/invocations`; null for anything else.</summary>
    public static string? FunctionOf(string uri)
    {
        const string before = ":lambda:path/2015-03-31/functions/", after = "/invocations";
        var at = uri.IndexOf(before, StringComparison.Ordinal);
        var arn = at > 0 && uri.EndsWith(after, StringComparison.Ordinal) ? uri[(at + before.Length)..^after.Length] : uri;
        return Arn.TryParse(arn, out var parsed) && parsed.Service == "lambda" && parsed.Resource.StartsWith("function:", StringComparison.Ordinal) ? arn : null;
    }

    private static bool IsHttpAddress(string uri)
        => Uri.TryCreate(uri.Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal), UriKind.Absolute, out var parsed)
           && parsed.Scheme is "http" or "https" && parsed.UserInfo.Length == 0;

    private static Integration Put(ITransaction tx, ApiKeys keys, Integration integration)
    {
        tx.Put(keys.Integration(integration.IntegrationId), integration, Json.Integration);
        return integration;
    }

    private static async ValueTask<Integration> Require(ISnapshot tx, ApiKeys keys, string id) => await tx.Get(keys.Integration(id), Json.Integration) ?? throw Errors.NoIntegration(id);
}

/// <summary>CreateIntegration and UpdateIntegration.</summary>
internal sealed record IntegrationRequest
{
    public string ApiId { get; init; } = "";
    public string? ConnectionId { get; init; }
    public string? ConnectionType { get; init; }
    public string? ContentHandlingStrategy { get; init; }
    public string? CredentialsArn { get; init; }
    public string? Description { get; init; }
    public string? IntegrationId { get; init; }
    public string? IntegrationMethod { get; init; }
    public string? IntegrationSubtype { get; init; }
    public string? IntegrationType { get; init; }
    public string? IntegrationUri { get; init; }
    public string? PassthroughBehavior { get; init; }
    public string? PayloadFormatVersion { get; init; }
    public Dictionary<string, string>? RequestParameters { get; init; }
    public Dictionary<string, string>? RequestTemplates { get; init; }
    public Dictionary<string, Dictionary<string, string>>? ResponseParameters { get; init; }
    public string? TemplateSelectionExpression { get; init; }
    public int? TimeoutInMillis { get; init; }
    public TlsConfig? TlsConfig { get; init; }
}

internal sealed record TlsConfig
{
    public string? ServerNameToVerify { get; init; }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Galley.ApiGateway.Invoke;
using Galley.Store;
using Galley.Wire;
using YamlDotNet.Core;

namespace Galley.ApiGateway.OpenApi;

/// <summary>
/// ImportApi and ReimportApi: an OpenAPI 3.0 document becomes the API, whole or not at all; what cannot be had is an error, and
/// what is merely wrong a warning, which `failOnWarnings` makes an error too. Also the `Body` of templates.
/// </summary>
internal sealed class Import(ApiStore store, IssuerKeys issuers, PassedRoles roles)
{
    private static readonly ApiGatewayJson Json = ApiGatewayJson.Default;
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 128 };

    public ValueTask<Api> ImportApi(ImportRequest request, Call call) => Create(Parse(request.Body), call, basepath: request.Basepath, failOnWarnings: request.FailOnWarnings);

    public ValueTask<Api> ReimportApi(ImportRequest request, Call call) => Replace(request.ApiId ?? "", Parse(request.Body), call, basepath: request.Basepath, failOnWarnings: request.FailOnWarnings);

    /// <summary>A new API out of a document.</summary>
    public async ValueTask<Api> Create(JsonObject document, Call call, Func<Api, Api>? adjust = null, string? basepath = null, bool failOnWarnings = false)
    {
        var read = await Read(document, call, basepath, failOnWarnings);
        var api = Describe(read, store.NewId(10), call);
        return await store.Create(call, adjust?.Invoke(api) ?? api, (tx, keys) => Put(tx, keys, read));
    }

    /// <summary>The document takes the place of everything the API had; its id, stages and deployments stay.</summary>
    public async ValueTask<Api> Replace(string apiId, JsonObject document, Call call, Func<Api, Api>? adjust = null, string? basepath = null, bool failOnWarnings = false)
    {
        await store.Read(call, apiId, (_, _, api) => new ValueTask<Api>(api));
        var read = await Read(document, call, basepath, failOnWarnings);
        return await store.Deploy(call, apiId, async (tx, keys, old) =>
        {
            var api = Describe(read, apiId, call) with { CreatedDate = old.CreatedDate, DisableExecuteApiEndpoint = read.DisableExecuteApiEndpoint ?? old.DisableExecuteApiEndpoint, IpAddressType = old.IpAddressType };
            foreach (var (key, value) in old.Tags) api.Tags.TryAdd(key, value);
            api = adjust?.Invoke(api) ?? api;
            tx.Put(keys.Api, api, Json.Api);
            await tx.DeleteAll(keys.Routes);
            await tx.DeleteAll(keys.Integrations);
            await tx.DeleteAll(keys.Authorizers);
            await Put(tx, keys, read);
            return api;
        });
    }

    /// <summary>JSON or YAML.</summary>
    public static JsonObject Parse(string? text)
    {
        if (text is not { Length: > 0 } body) throw Errors.Missing("body");
        try
        {
            if (!body.AsSpan().TrimStart().StartsWith("{")) return Yaml.Read(body) as JsonObject ?? throw new JsonException("not a mapping");
            using var document = JsonDocument.Parse(body, Strict);
            return JsonObject.Create(document.RootElement.Clone()) ?? throw new JsonException();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or YamlException)
        {
            throw Errors.BadRequest("Invalid OpenAPI input: " + e.Message);
        }
    }

    private async ValueTask<Document> Read(JsonObject document, Call call, string? basepath, bool failOnWarnings)
    {
        var read = Document.Read(document, store.NewId, basepath);
        if (failOnWarnings && read.Warnings.Count > 0) throw Errors.BadRequest("Warnings found during import:\n\t" + string.Join("\n\t", read.Warnings));
        await roles.Require(call, read.Authorizers.Select(authorizer => authorizer.AuthorizerCredentialsArn).Concat(read.Integrations.Select(integration => integration.CredentialsArn)));
        foreach (var authorizer in read.Authorizers)
            if (authorizer.JwtConfiguration?.Issuer is { } issuer)
                await issuers.Require(issuer, call.Cancellation);
        return read;
    }

    private Api Describe(Document read, string apiId, Call call) => new()
    {
        ApiId = apiId,
        ApiEndpoint = $"https://{apiId}.execute-api.{call.Region}.amazonaws.com",
        Name = read.Title,
        Description = read.Description,
        Version = read.Version,
        CorsConfiguration = read.Cors,
        DisableExecuteApiEndpoint = read.DisableExecuteApiEndpoint ?? false,
        Tags = new Dictionary<string, string>(read.Tags),
        CreatedDate = store.Now,
        Warnings = read.Warnings.Count > 0 ? read.Warnings : null,
    };

    private static ValueTask Put(ITransaction tx, ApiKeys keys, Document read)
    {
        foreach (var authorizer in read.Authorizers) tx.Put(keys.Authorizer(authorizer.AuthorizerId), authorizer, Json.Authorizer);
        foreach (var integration in read.Integrations) tx.Put(keys.Integration(integration.IntegrationId), integration, Json.Integration);
        foreach (var route in read.Routes) tx.Put(keys.Route(route.RouteId), route, Json.Route);
        return ValueTask.CompletedTask;
    }
}

internal sealed record ImportRequest
{
    public string? ApiId { get; init; }
    public string? Basepath { get; init; }
    public string? Body { get; init; }
    public bool FailOnWarnings { get; init; }
}

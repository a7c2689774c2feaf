using System.Text.Json.Nodes;
using Galley.Store;
using Galley.Wire;

namespace Galley.ApiGateway.Resources;

/// <summary>APIs and their parts, domains and mappings as the AWS::ApiGatewayV2 types.</summary>
internal sealed class ApiScan(Installation installation)
{
    private const string Prefix = "AWS::ApiGatewayV2::", Read = "apigateway:GET";

    private static ApiGatewayJson Json => ApiGatewayJson.Default;

    public IEnumerable<ResourceScanner> Scanners =>
    [
        new(Prefix + "Api", Read, Apis),
        Parts("Integration", (tx, keys) => tx.List(keys.Integrations, Json.Integration), part => part.IntegrationId, Integration),
        Parts("Authorizer", (tx, keys) => tx.List(keys.Authorizers, Json.Authorizer), part => part.AuthorizerId, part => Described.Pascal(Described.As(part, Json.Authorizer,
            "name", "authorizerType", "authorizerUri", "authorizerCredentialsArn", "authorizerPayloadFormatVersion", "authorizerResultTtlInSeconds", "enableSimpleResponses", "identitySource", "jwtConfiguration"))),
        Parts("Route", (tx, keys) => tx.List(keys.Routes, Json.Route), part => part.RouteId, Route),
        Parts("Stage", (tx, keys) => tx.List(keys.Stages, Json.Stage), part => part.StageName, Stage),
        new(Prefix + "DomainName", Read, Domains),
        new(Prefix + "ApiMapping", Read, Mappings),
    ];

    private async ValueTask<IReadOnlyList<ScannedResource>> Apis(Call call) => [.. (await All(call)).Select(api => new ScannedResource(api.ApiId, Described.Pascal(
        Described.As(api with { DisableExecuteApiEndpoint = false }, Json.Api, "name", "protocolType", "description", "version", "corsConfiguration", "tags"), "tags").Saying("DisableExecuteApiEndpoint", api.DisableExecuteApiEndpoint ? true : null))
    {
        Identifier = Described.Of(("ApiId", api.ApiId)),
        Attributes = Described.Of(("ApiId", api.ApiId), ("ApiEndpoint", api.ApiEndpoint)),
        Label = api.Name,
    })];

    private ResourceScanner Parts<T>(string type, Func<ISnapshot, ApiKeys, ValueTask<List<T>>> list, Func<T, string> id, Func<T, JsonObject> properties) => new(Prefix + type, Read, async call =>
    {
        var found = new List<ScannedResource>();
        foreach (var api in await All(call))
            foreach (var part in await installation.Store.Read(snapshot => list(snapshot, Keys.Api(call, api.ApiId))))
            {
                var said = new JsonObject { ["ApiId"] = api.ApiId };
                foreach (var (name, value) in properties(part)) said[name] = value?.DeepClone();
                found.Add(new ScannedResource(id(part), said)
                {
                    Identifier = Described.Of(("ApiId", api.ApiId), (type == "Stage" ? "StageName" : type + "Id", id(part))),
                    Attributes = type == "Stage" ? Described.Of() : Described.Of((type + "Id", id(part))),
                    Label = $"{api.Name} {(string?)(said["RouteKey"] ?? said["Name"] ?? said["StageName"]) ?? ""} {type}",
                    Parent = (Prefix + "Api", api.ApiId),
                });
            }

        return found;
    });

    private static JsonObject Integration(Integration part)
    {
        var said = Described.Pascal(Described.As(part with { ResponseParameters = null }, Json.Integration,
            "integrationType", "integrationUri", "integrationMethod", "payloadFormatVersion", "description", "credentialsArn", "requestParameters"), "requestParameters");
        if (part.TimeoutInMillis != 30_000) said["TimeoutInMillis"] = part.TimeoutInMillis;
        if (part.ResponseParameters is { Count: > 0 } statuses)
            said["ResponseParameters"] = new JsonObject(statuses.Select(status => KeyValuePair.Create(status.Key, (JsonNode?)new JsonObject
            {
                ["ResponseParameters"] = new JsonArray([.. status.Value.Select(mapping => (JsonNode)new JsonObject { ["Destination"] = mapping.Key, ["Source"] = mapping.Value })]),
            })));
        return said;
    }

    private static JsonObject Route(Route part)
    {
        var said = Described.Pascal(Described.As(part, Json.Route, "routeKey", "target", "authorizerId", "authorizationScopes", "operationName"));
        if (part.AuthorizationType != "NONE") said["AuthorizationType"] = part.AuthorizationType;
        return said;
    }

    private static JsonObject Stage(Stage part)
    {
        var said = Described.Pascal(Described.As(part with { DefaultRouteSettings = part.DefaultRouteSettings with { DetailedMetricsEnabled = null } }, Json.Stage,
            "stageName", "description", "accessLogSettings", "defaultRouteSettings", "stageVariables", "tags"), "stageVariables", "tags");
        // What a deployment froze cannot be had again: the stage follows the API as it is now.
        said["AutoDeploy"] = true;
        if (part.RouteSettings.Count > 0) said["RouteSettings"] = new JsonObject(part.RouteSettings.Select(route => KeyValuePair.Create(route.Key, (JsonNode?)Described.Pascal(Described.As(route.Value, Json.RouteSettings, "detailedMetricsEnabled", "throttlingBurstLimit", "throttlingRateLimit")))));
        return said;
    }

    private async ValueTask<IReadOnlyList<ScannedResource>> Domains(Call call) => [.. (await Names(call)).Select(domain => new ScannedResource(domain.Name, new JsonObject
    {
        ["DomainName"] = domain.Name,
        ["DomainNameConfigurations"] = new JsonArray([.. domain.DomainNameConfigurations.Select(one => (JsonNode)Described.Pascal(Described.As(one, Json.DomainNameConfiguration, "certificateArn", "endpointType", "securityPolicy")))]),
    })
    {
        Identifier = Described.Of(("DomainName", domain.Name)),
        Attributes = Described.Of(("RegionalDomainName", domain.DomainNameConfigurations[0].ApiGatewayDomainName ?? ""), ("RegionalHostedZoneId", domain.DomainNameConfigurations[0].HostedZoneId ?? "")),
        Label = domain.Name,
    })];

    private async ValueTask<IReadOnlyList<ScannedResource>> Mappings(Call call)
    {
        var found = new List<ScannedResource>();
        foreach (var domain in await Names(call))
            foreach (var mapping in await installation.Store.Read(snapshot => snapshot.List(Keys.Mappings(call.Account, domain.Name), Json.ApiMapping)))
                found.Add(new ScannedResource(mapping.ApiMappingId, Described.Pascal(Described.As(mapping, Json.ApiMapping, "apiId", "apiMappingKey", "stage")).Saying("DomainName", domain.Name))
                {
                    Identifier = Described.Of(("ApiMappingId", mapping.ApiMappingId), ("DomainName", domain.Name)),
                    Label = $"{domain.Name} {mapping.ApiMappingKey} Mapping",
                    Parent = (Prefix + "DomainName", domain.Name),
                });
        return found;
    }

    private ValueTask<List<Api>> All(Call call) => installation.Store.Read(snapshot => snapshot.List(Keys.Apis(call), Json.Api));

    private async ValueTask<List<DomainName>> Names(Call call)
        => [.. (await installation.Store.Read(snapshot => snapshot.List(Keys.Domains(call.Account), Json.DomainName))).Where(domain => domain.Region == call.Region)];
}

namespace Galley.ApiGateway.Resources;

/// <summary>The `AWS::ApiGatewayV2::…` types beside the API itself.</summary>
internal static class PartResources
{
    private static ApiGatewayJson Json => ApiGatewayJson.Default;

    public static IEnumerable<IResourceHandler> Of(Routes routes, Integrations integrations, Authorizers authorizers, Stages stages, Deployments deployments) =>
    [
        new PartResource<RouteRequest>("Route", () => Json.RouteRequest, new(
            async (request, call) => Made("RouteId", (await routes.CreateRoute(request, call)).RouteId),
            async (request, id, call) => Made("RouteId", (await routes.Replace(request, id, call)).RouteId),
            (apiId, id, call) => routes.DeleteRoute(new PartRef { ApiId = apiId, RouteId = id }, call)), "ApiId"),
        new PartResource<IntegrationRequest>("Integration", () => Json.IntegrationRequest, new(
            async (request, call) => Made("IntegrationId", (await integrations.CreateIntegration(request, call)).IntegrationId),
            async (request, id, call) => Made("IntegrationId", (await integrations.Replace(request, id, call)).IntegrationId),
            (apiId, id, call) => integrations.DeleteIntegration(new PartRef { ApiId = apiId, IntegrationId = id }, call)), "ApiId") { Maps = ["RequestParameters", "ResponseParameters"] },
        new PartResource<AuthorizerRequest>("Authorizer", () => Json.AuthorizerRequest, new(
            async (request, call) => Made("AuthorizerId", (await authorizers.CreateAuthorizer(request, call)).AuthorizerId),
            async (request, id, call) => Made("AuthorizerId", (await authorizers.Replace(request, id, call)).AuthorizerId),
            (apiId, id, call) => authorizers.DeleteAuthorizer(new PartRef { ApiId = apiId, AuthorizerId = id }, call)), "ApiId"),
        new PartResource<StageRequest>("Stage", () => Json.StageRequest, new(
            async (request, call) => Made("", (await stages.CreateStage(request, call)).StageName),
            async (request, _, call) => Made("", (await stages.Replace(request, call)).StageName),
            (apiId, name, call) => stages.DeleteStage(new PartRef { ApiId = apiId, StageName = name }, call)), "ApiId", "StageName") { Maps = ["Tags", "StageVariables", "RouteSettings"] },
        new PartResource<DeploymentRequest>("Deployment", () => Json.DeploymentRequest, new(
            async (request, call) => Made("DeploymentId", (await deployments.CreateDeployment(request, call)).DeploymentId),
            async (request, id, call) => Made("DeploymentId", (await deployments.Replace(request with { DeploymentId = id }, call)).DeploymentId),
            (apiId, id, call) => deployments.DeleteDeployment(new PartRef { ApiId = apiId, DeploymentId = id }, call)), "ApiId"),
    ];

    public static IEnumerable<IResourceHandler> Of(DomainNames domains, ApiMappings mappings) =>
    [
        new PartResource<DomainNameRequest>("DomainName", () => Json.DomainNameRequest, new(
            async (request, call) => Made(await domains.CreateDomainName(request, call)),
            async (request, _, call) => Made(await domains.Replace(request, call)),
            (_, name, call) => domains.DeleteDomainName(new DomainRef { DomainName = name }, call)), "DomainName") { Maps = ["Tags"] },
        new PartResource<ApiMappingRequest>("ApiMapping", () => Json.ApiMappingRequest, new(
            async (request, call) => Made("ApiMappingId", (await mappings.CreateApiMapping(request, call)).ApiMappingId),
            async (request, id, call) => Made("ApiMappingId", (await mappings.UpdateApiMapping(request with { ApiMappingId = id, ApiMappingKey = request.ApiMappingKey ?? "" }, call)).ApiMappingId),
            (domain, id, call) => mappings.DeleteApiMapping(new ApiMappingRef { DomainName = domain, ApiMappingId = id }, call)), "DomainName"),
    ];

    private static Resource Made(string attribute, string id) => new(id, attribute.Length == 0 ? new Dictionary<string, string>() : new Dictionary<string, string> { [attribute] = id });

    private static Resource Made(DomainName domain) => new(domain.Name, new Dictionary<string, string>
    {
        ["DomainNameArn"] = domain.DomainNameArn,
        ["RegionalDomainName"] = domain.DomainNameConfigurations[0].ApiGatewayDomainName ?? "",
        ["RegionalHostedZoneId"] = domain.DomainNameConfigurations[0].HostedZoneId ?? "",
    });
}

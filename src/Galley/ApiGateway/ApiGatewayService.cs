using Galley.ApiGateway.Invoke;
using Galley.ApiGateway.OpenApi;
using Galley.ApiGateway.Resources;
using Galley.Wire;

namespace Galley.ApiGateway;

/// <summary>API Gateway HTTP APIs (v2): the control plane under `/v2/`, and the door `&lt;api&gt;.execute-api.&lt;region&gt;`.</summary>
internal sealed class ApiGatewayService : IService
{
    private readonly ApiGatewayApi _api = new() { InvalidParameterCode = "BadRequestException" };
    private readonly HttpApi _door;
    private readonly AccessLog _accessLog;
    private readonly IssuerKeys _issuers;

    public ApiGatewayService(Installation installation, Ports ports)
    {
        var store = new ApiStore(installation);
        var outbound = new HttpMessageInvoker(new OutwardHandler(installation));
        var (domains, mappings) = (new DomainNames(installation), new ApiMappings(installation));
        _issuers = new IssuerKeys(installation, outbound, ports.SigningKeys);
        _accessLog = new AccessLog(installation, ports.Logs);
        _door = new HttpApi(installation, new Live(installation, _issuers, ports.Functions, ports.Invocations), new Target(installation, new FunctionTarget(ports.Functions), new HttpTarget(outbound)), new CustomDomains(domains, mappings), _accessLog);

        var roles = new PassedRoles(ports.Invocations);
        var nouns = new Nouns(new Apis(store, roles), new Routes(store), new Integrations(store, roles), new Authorizers(store, _issuers, roles), new Stages(store), new Deployments(store), new Import(store, _issuers, roles));
        var tags = new Tags(store, domains);
        _api.TagsOf = tags.TagsOf;
        _api.Later(() =>
        {
            AddApis(nouns, new Export(store));
            AddParts(nouns);
            AddStages(nouns);
            AddDomains(domains, mappings);
            AddTags(tags);
        });
        Scanners = new ApiScan(installation).Scanners;
        Resources = [new ApiResource(nouns.Apis, nouns.Import, ports.Definitions), .. PartResources.Of(nouns.Routes, nouns.Integrations, nouns.Authorizers, nouns.Stages, nouns.Deployments), .. PartResources.Of(domains, mappings)];
    }

    public IEnumerable<AwsService> Apis => [_api];

    public IEnumerable<IDoor> Doors => [_door];

    public IEnumerable<IResourceHandler> Resources { get; }

    public IEnumerable<ResourceScanner> Scanners { get; }

    public ValueTask Start(CancellationToken stopping)
    {
        _accessLog.Start();
        return ValueTask.CompletedTask;
    }

    public ValueTask Stop() => _accessLog.Stop();

    public ValueTask Reset()
    {
        _issuers.Forget();
        _door.Forget();
        return ValueTask.CompletedTask;
    }

    private void AddApis(Nouns nouns, Export export)
    {
        Add<ApiRequestBody, Api>("POST /v2/apis", 201, nouns.Apis.CreateApi, _ => "");
        Add<ListRequest, Page<Api>>("GET /v2/apis", 200, nouns.Apis.GetApis, _ => "");
        Add<ApiRef, Api>("GET /v2/apis/{apiId}", 200, nouns.Apis.GetApi, r => r.ApiId);
        Add<ApiRequestBody, Api>("PATCH /v2/apis/{apiId}", 200, nouns.Apis.UpdateApi, r => r.ApiId ?? "");
        Add<ApiRef, Empty>("DELETE /v2/apis/{apiId}", 204, nouns.Apis.DeleteApi, r => r.ApiId);
        Add<ApiRef, Empty>("DELETE /v2/apis/{apiId}/cors", 204, nouns.Apis.DeleteCorsConfiguration, r => r.ApiId + "/cors");
        Add<ImportRequest, Api>("PUT /v2/apis", 201, nouns.Import.ImportApi, _ => "");
        Add<ImportRequest, Api>("PUT /v2/apis/{apiId}", 201, nouns.Import.ReimportApi, r => r.ApiId ?? "");
        _api.AddRaw<ExportRequest>("GET /v2/apis/{apiId}/exports/{specification}", export.ExportApi, Path<ExportRequest>(r => $"{r.ApiId}/exports/{r.Specification}"), "apigateway:GET");
    }

    private void AddParts(Nouns nouns)
    {
        Add<RouteRequest, Route>("POST /v2/apis/{apiId}/routes", 201, nouns.Routes.CreateRoute, r => r.ApiId + "/routes");
        Add<ListRequest, Page<Route>>("GET /v2/apis/{apiId}/routes", 200, nouns.Routes.GetRoutes, r => r.ApiId + "/routes");
        Add<PartRef, Route>("GET /v2/apis/{apiId}/routes/{routeId}", 200, nouns.Routes.GetRoute, r => $"{r.ApiId}/routes/{r.RouteId}");
        Add<RouteRequest, Route>("PATCH /v2/apis/{apiId}/routes/{routeId}", 200, nouns.Routes.UpdateRoute, r => $"{r.ApiId}/routes/{r.RouteId}");
        Add<PartRef, Empty>("DELETE /v2/apis/{apiId}/routes/{routeId}", 204, nouns.Routes.DeleteRoute, r => $"{r.ApiId}/routes/{r.RouteId}");

        Add<IntegrationRequest, Integration>("POST /v2/apis/{apiId}/integrations", 201, nouns.Integrations.CreateIntegration, r => r.ApiId + "/integrations");
        Add<ListRequest, Page<Integration>>("GET /v2/apis/{apiId}/integrations", 200, nouns.Integrations.GetIntegrations, r => r.ApiId + "/integrations");
        Add<PartRef, Integration>("GET /v2/apis/{apiId}/integrations/{integrationId}", 200, nouns.Integrations.GetIntegration, r => $"{r.ApiId}/integrations/{r.IntegrationId}");
        Add<IntegrationRequest, Integration>("PATCH /v2/apis/{apiId}/integrations/{integrationId}", 200, nouns.Integrations.UpdateIntegration, r => $"{r.ApiId}/integrations/{r.IntegrationId}");
        Add<PartRef, Empty>("DELETE /v2/apis/{apiId}/integrations/{integrationId}", 204, nouns.Integrations.DeleteIntegration, r => $"{r.ApiId}/integrations/{r.IntegrationId}");

        Add<AuthorizerRequest, Authorizer>("POST /v2/apis/{apiId}/authorizers", 201, nouns.Authorizers.CreateAuthorizer, r => r.ApiId + "/authorizers");
        Add<ListRequest, Page<Authorizer>>("GET /v2/apis/{apiId}/authorizers", 200, nouns.Authorizers.GetAuthorizers, r => r.ApiId + "/authorizers");
        Add<PartRef, Authorizer>("GET /v2/apis/{apiId}/authorizers/{authorizerId}", 200, nouns.Authorizers.GetAuthorizer, r => $"{r.ApiId}/authorizers/{r.AuthorizerId}");
        Add<AuthorizerRequest, Authorizer>("PATCH /v2/apis/{apiId}/authorizers/{authorizerId}", 200, nouns.Authorizers.UpdateAuthorizer, r => $"{r.ApiId}/authorizers/{r.AuthorizerId}");
        Add<PartRef, Empty>("DELETE /v2/apis/{apiId}/authorizers/{authorizerId}", 204, nouns.Authorizers.DeleteAuthorizer, r => $"{r.ApiId}/authorizers/{r.AuthorizerId}");
    }

    private void AddStages(Nouns nouns)
    {
        Add<StageRequest, Stage>("POST /v2/apis/{apiId}/stages", 201, nouns.Stages.CreateStage, r => r.ApiId + "/stages");
        Add<ListRequest, Page<Stage>>("GET /v2/apis/{apiId}/stages", 200, nouns.Stages.GetStages, r => r.ApiId + "/stages");
        Add<PartRef, Stage>("GET /v2/apis/{apiId}/stages/{stageName}", 200, nouns.Stages.GetStage, r => $"{r.ApiId}/stages/{r.StageName}");
        Add<StageRequest, Stage>("PATCH /v2/apis/{apiId}/stages/{stageName}", 200, nouns.Stages.UpdateStage, r => $"{r.ApiId}/stages/{r.StageName}");
        Add<PartRef, Empty>("DELETE /v2/apis/{apiId}/stages/{stageName}", 204, nouns.Stages.DeleteStage, r => $"{r.ApiId}/stages/{r.StageName}");
        Add<PartRef, Empty>("DELETE /v2/apis/{apiId}/stages/{stageName}/accesslogsettings", 204, nouns.Stages.DeleteAccessLogSettings, r => $"{r.ApiId}/stages/{r.StageName}/accesslogsettings");
        Add<PartRef, Empty>("DELETE /v2/apis/{apiId}/stages/{stageName}/cache/authorizers", 204, nouns.Stages.ResetAuthorizersCache, r => $"{r.ApiId}/stages/{r.StageName}/cache/authorizers");
        Add<StagePart, Empty>("DELETE /v2/apis/{apiId}/stages/{stageName}/routesettings/{routeKey}", 204, nouns.Stages.DeleteRouteSettings, r => $"{r.ApiId}/stages/{r.StageName}/routesettings/{r.RouteKey}");

        Add<DeploymentRequest, Deployment>("POST /v2/apis/{apiId}/deployments", 201, nouns.Deployments.CreateDeployment, r => r.ApiId + "/deployments");
        Add<ListRequest, Page<Deployment>>("GET /v2/apis/{apiId}/deployments", 200, nouns.Deployments.GetDeployments, r => r.ApiId + "/deployments");
        Add<PartRef, Deployment>("GET /v2/apis/{apiId}/deployments/{deploymentId}", 200, nouns.Deployments.GetDeployment, r => $"{r.ApiId}/deployments/{r.DeploymentId}");
        Add<DeploymentRequest, Deployment>("PATCH /v2/apis/{apiId}/deployments/{deploymentId}", 200, nouns.Deployments.UpdateDeployment, r => $"{r.ApiId}/deployments/{r.DeploymentId}");
        Add<PartRef, Empty>("DELETE /v2/apis/{apiId}/deployments/{deploymentId}", 204, nouns.Deployments.DeleteDeployment, r => $"{r.ApiId}/deployments/{r.DeploymentId}");
    }

    private void AddDomains(DomainNames domains, ApiMappings mappings)
    {
        AddDomain<DomainNameRequest, DomainName>("POST /v2/domainnames", 201, domains.CreateDomainName, _ => "");
        AddDomain<ListRequest, Page<DomainName>>("GET /v2/domainnames", 200, domains.GetDomainNames, _ => "");
        AddDomain<DomainRef, DomainName>("GET /v2/domainnames/{domainName}", 200, domains.GetDomainName, r => r.DomainName);
        AddDomain<DomainNameRequest, DomainName>("PATCH /v2/domainnames/{domainName}", 200, domains.UpdateDomainName, r => r.DomainName);
        AddDomain<DomainRef, Empty>("DELETE /v2/domainnames/{domainName}", 204, domains.DeleteDomainName, r => r.DomainName);
        AddDomain<ApiMappingRequest, ApiMapping>("POST /v2/domainnames/{domainName}/apimappings", 201, mappings.CreateApiMapping, r => r.DomainName + "/apimappings");
        AddDomain<DomainPageRequest, Page<ApiMapping>>("GET /v2/domainnames/{domainName}/apimappings", 200, mappings.GetApiMappings, r => r.DomainName + "/apimappings");
        AddDomain<ApiMappingRef, ApiMapping>("GET /v2/domainnames/{domainName}/apimappings/{apiMappingId}", 200, mappings.GetApiMapping, r => $"{r.DomainName}/apimappings/{r.ApiMappingId}");
        AddDomain<ApiMappingRequest, ApiMapping>("PATCH /v2/domainnames/{domainName}/apimappings/{apiMappingId}", 200, mappings.UpdateApiMapping, r => $"{r.DomainName}/apimappings/{r.ApiMappingId}");
        AddDomain<ApiMappingRef, Empty>("DELETE /v2/domainnames/{domainName}/apimappings/{apiMappingId}", 204, mappings.DeleteApiMapping, r => $"{r.DomainName}/apimappings/{r.ApiMappingId}");
    }

    private void AddTags(Tags tags)
    {
        _api.Add<TagRequest, TagList>("GET /v2/tags/{resourceArn+}", 200, tags.GetTags, Tagged, "apigateway:GET");
        _api.Add<TagRequest, Empty>("POST /v2/tags/{resourceArn+}", 201, tags.TagResource, Tagged, "apigateway:POST");
        _api.Add<TagRequest, Empty>("DELETE /v2/tags/{resourceArn+}", 204, tags.UntagResource, Tagged, "apigateway:DELETE");

        static string Tagged(TagRequest request, Call call) => $"arn:aws:apigateway:{call.Region}::/tags/{Uri.EscapeDataString(request.ResourceArn)}";
    }

    /// <summary>IAM knows this API by HTTP method and path: `apigateway:PATCH` on `arn:aws:apigateway:r::/apis/id/routes/id`.</summary>
    private void Add<TRequest, TResponse>(
        string route, int status, Func<TRequest, Call, ValueTask<TResponse>> run,
        Func<TRequest, string> path, [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(run))] string name = "")
        => _api.Add(route, status, run, Path(path), "apigateway:" + route[..route.IndexOf(' ', StringComparison.Ordinal)], name: name);

    private void AddDomain<TRequest, TResponse>(
        string route, int status, Func<TRequest, Call, ValueTask<TResponse>> run,
        Func<TRequest, string> path, [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(run))] string name = "")
        => _api.Add(
            route, status, run, (r, call) => $"arn:aws:apigateway:{call.Region}::/domainnames/{path(r)}".TrimEnd('/'),
            "apigateway:" + route[..route.IndexOf(' ', StringComparison.Ordinal)], name: name);

    private static Func<T, Call, string> Path<T>(Func<T, string> path) => (request, call) => $"arn:aws:apigateway:{call.Region}::/apis/{path(request)}".TrimEnd('/');

    private sealed record Nouns(Apis Apis, Routes Routes, Integrations Integrations, Authorizers Authorizers, Stages Stages, Deployments Deployments, Import Import);
}

using System.Text.Json.Serialization.Metadata;
using Galley.ApiGateway.Invoke;
using Galley.ApiGateway.OpenApi;
using Galley.ApiGateway.Resources;
using Galley.Wire;

namespace Galley.ApiGateway;

/// <summary>API Gateway HTTP APIs (v2): the control plane under `/v2/`, and the door `&lt;api&gt;.execute-api.&lt;region&gt;`.</summary>
internal sealed class ApiGatewayService : IService
{
    private static readonly ApiGatewayJson Json = ApiGatewayJson.Default;
    private readonly ApiGatewayApi _api = new() { InvalidParameterCode = "BadRequestException" };
    private readonly HttpApi _door;
    private readonly AccessLog _accessLog;
    private readonly IssuerKeys _issuers;

    public ApiGatewayService(Installation installation, Ports ports)
    {
        var store = new ApiStore(installation);
        var outbound = new Outbound(installation);
        var (domains, mappings) = (new DomainNames(installation), new ApiMappings(installation));
        _issuers = new IssuerKeys(installation, outbound, ports.SigningKeys);
        _accessLog = new AccessLog(installation, ports.Logs);
        _door = new HttpApi(installation, new Live(installation, _issuers, ports.Functions, ports.Invocations), new Target(installation, new FunctionTarget(ports.Functions), new HttpTarget(outbound)), new CustomDomains(domains, mappings), _accessLog);

        var roles = new PassedRoles(ports.Invocations);
        var nouns = new Nouns(new Apis(store, roles), new Routes(store), new Integrations(store, roles), new Authorizers(store, _issuers, roles), new Stages(store), new Deployments(store), new Import(store, _issuers, roles));
        AddApis(nouns, new Export(store));
        AddParts(nouns);
        AddStages(nouns);
        AddDomains(domains, mappings);
        AddTags(new Tags(store, domains));
        Resources = [new ApiResource(nouns.Apis, nouns.Import, ports.Definitions), .. PartResources.Of(nouns.Routes, nouns.Integrations, nouns.Authorizers, nouns.Stages, nouns.Deployments), .. PartResources.Of(domains, mappings)];
    }

    public IEnumerable<AwsService> Apis => [_api];

    public IEnumerable<IDoor> Doors => [_door];

    public IEnumerable<IResourceHandler> Resources { get; }

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
        Add("POST /v2/apis", 201, Json.ApiRequestBody, Json.Api, nouns.Apis.CreateApi, _ => "");
        Add("GET /v2/apis", 200, Json.ListRequest, Json.ApiPage, nouns.Apis.GetApis, _ => "");
        Add("GET /v2/apis/{apiId}", 200, Json.ApiRef, Json.Api, nouns.Apis.GetApi, r => r.ApiId);
        Add("PATCH /v2/apis/{apiId}", 200, Json.ApiRequestBody, Json.Api, nouns.Apis.UpdateApi, r => r.ApiId ?? "");
        Add("DELETE /v2/apis/{apiId}", 204, Json.ApiRef, Json.Empty, nouns.Apis.DeleteApi, r => r.ApiId);
        Add("DELETE /v2/apis/{apiId}/cors", 204, Json.ApiRef, Json.Empty, nouns.Apis.DeleteCorsConfiguration, r => r.ApiId + "/cors");
        Add("PUT /v2/apis", 201, Json.ImportRequest, Json.Api, nouns.Import.ImportApi, _ => "");
        Add("PUT /v2/apis/{apiId}", 201, Json.ImportRequest, Json.Api, nouns.Import.ReimportApi, r => r.ApiId ?? "");
        _api.AddRaw("GET /v2/apis/{apiId}/exports/{specification}", Json.ExportRequest, export.ExportApi, Path<ExportRequest>(r => $"{r.ApiId}/exports/{r.Specification}"), "apigateway:GET");
    }

    private void AddParts(Nouns nouns)
    {
        Add("POST /v2/apis/{apiId}/routes", 201, Json.RouteRequest, Json.Route, nouns.Routes.CreateRoute, r => r.ApiId + "/routes");
        Add("GET /v2/apis/{apiId}/routes", 200, Json.ListRequest, Json.RoutePage, nouns.Routes.GetRoutes, r => r.ApiId + "/routes");
        Add("GET /v2/apis/{apiId}/routes/{routeId}", 200, Json.PartRef, Json.Route, nouns.Routes.GetRoute, r => $"{r.ApiId}/routes/{r.RouteId}");
        Add("PATCH /v2/apis/{apiId}/routes/{routeId}", 200, Json.RouteRequest, Json.Route, nouns.Routes.UpdateRoute, r => $"{r.ApiId}/routes/{r.RouteId}");
        Add("DELETE /v2/apis/{apiId}/routes/{routeId}", 204, Json.PartRef, Json.Empty, nouns.Routes.DeleteRoute, r => $"{r.ApiId}/routes/{r.RouteId}");

        Add("POST /v2/apis/{apiId}/integrations", 201, Json.IntegrationRequest, Json.Integration, nouns.Integrations.CreateIntegration, r => r.ApiId + "/integrations");
        Add("GET /v2/apis/{apiId}/integrations", 200, Json.ListRequest, Json.IntegrationPage, nouns.Integrations.GetIntegrations, r => r.ApiId + "/integrations");
        Add("GET /v2/apis/{apiId}/integrations/{integrationId}", 200, Json.PartRef, Json.Integration, nouns.Integrations.GetIntegration, r => $"{r.ApiId}/integrations/{r.IntegrationId}");
        Add("PATCH /v2/apis/{apiId}/integrations/{integrationId}", 200, Json.IntegrationRequest, Json.Integration, nouns.Integrations.UpdateIntegration, r => $"{r.ApiId}/integrations/{r.IntegrationId}");
        Add("DELETE /v2/apis/{apiId}/integrations/{integrationId}", 204, Json.PartRef, Json.Empty, nouns.Integrations.DeleteIntegration, r => $"{r.ApiId}/integrations/{r.IntegrationId}");

        Add("POST /v2/apis/{apiId}/authorizers", 201, Json.AuthorizerRequest, Json.Authorizer, nouns.Authorizers.CreateAuthorizer, r => r.ApiId + "/authorizers");
        Add("GET /v2/apis/{apiId}/authorizers", 200, Json.ListRequest, Json.AuthorizerPage, nouns.Authorizers.GetAuthorizers, r => r.ApiId + "/authorizers");
        Add("GET /v2/apis/{apiId}/authorizers/{authorizerId}", 200, Json.PartRef, Json.Authorizer, nouns.Authorizers.GetAuthorizer, r => $"{r.ApiId}/authorizers/{r.AuthorizerId}");
        Add("PATCH /v2/apis/{apiId}/authorizers/{authorizerId}", 200, Json.AuthorizerRequest, Json.Authorizer, nouns.Authorizers.UpdateAuthorizer, r => $"{r.ApiId}/authorizers/{r.AuthorizerId}");
        Add("DELETE /v2/apis/{apiId}/authorizers/{authorizerId}", 204, Json.PartRef, Json.Empty, nouns.Authorizers.DeleteAuthorizer, r => $"{r.ApiId}/authorizers/{r.AuthorizerId}");
    }

    private void AddStages(Nouns nouns)
    {
        Add("POST /v2/apis/{apiId}/stages", 201, Json.StageRequest, Json.Stage, nouns.Stages.CreateStage, r => r.ApiId + "/stages");
        Add("GET /v2/apis/{apiId}/stages", 200, Json.ListRequest, Json.StagePage, nouns.Stages.GetStages, r => r.ApiId + "/stages");
        Add("GET /v2/apis/{apiId}/stages/{stageName}", 200, Json.PartRef, Json.Stage, nouns.Stages.GetStage, r => $"{r.ApiId}/stages/{r.StageName}");
        Add("PATCH /v2/apis/{apiId}/stages/{stageName}", 200, Json.StageRequest, Json.Stage, nouns.Stages.UpdateStage, r => $"{r.ApiId}/stages/{r.StageName}");
        Add("DELETE /v2/apis/{apiId}/stages/{stageName}", 204, Json.PartRef, Json.Empty, nouns.Stages.DeleteStage, r => $"{r.ApiId}/stages/{r.StageName}");
        Add("DELETE /v2/apis/{apiId}/stages/{stageName}/accesslogsettings", 204, Json.PartRef, Json.Empty, nouns.Stages.DeleteAccessLogSettings, r => $"{r.ApiId}/stages/{r.StageName}/accesslogsettings");
        Add("DELETE /v2/apis/{apiId}/stages/{stageName}/cache/authorizers", 204, Json.PartRef, Json.Empty, nouns.Stages.ResetAuthorizersCache, r => $"{r.ApiId}/stages/{r.StageName}/cache/authorizers");
        Add("DELETE /v2/apis/{apiId}/stages/{stageName}/routesettings/{routeKey}", 204, Json.StagePart, Json.Empty, nouns.Stages.DeleteRouteSettings, r => $"{r.ApiId}/stages/{r.StageName}/routesettings/{r.RouteKey}");

        Add("POST /v2/apis/{apiId}/deployments", 201, Json.DeploymentRequest, Json.Deployment, nouns.Deployments.CreateDeployment, r => r.ApiId + "/deployments");
        Add("GET /v2/apis/{apiId}/deployments", 200, Json.ListRequest, Json.DeploymentPage, nouns.Deployments.GetDeployments, r => r.ApiId + "/deployments");
        Add("GET /v2/apis/{apiId}/deployments/{deploymentId}", 200, Json.PartRef, Json.Deployment, nouns.Deployments.GetDeployment, r => $"{r.ApiId}/deployments/{r.DeploymentId}");
        Add("PATCH /v2/apis/{apiId}/deployments/{deploymentId}", 200, Json.DeploymentRequest, Json.Deployment, nouns.Deployments.UpdateDeployment, r => $"{r.ApiId}/deployments/{r.DeploymentId}");
        Add("DELETE /v2/apis/{apiId}/deployments/{deploymentId}", 204, Json.PartRef, Json.Empty, nouns.Deployments.DeleteDeployment, r => $"{r.ApiId}/deployments/{r.DeploymentId}");
    }

    private void AddDomains(DomainNames domains, ApiMappings mappings)
    {
        AddDomain("POST /v2/domainnames", 201, Json.DomainNameRequest, Json.DomainName, domains.CreateDomainName, _ => "");
        AddDomain("GET /v2/domainnames", 200, Json.ListRequest, Json.DomainNamePage, domains.GetDomainNames, _ => "");
        AddDomain("GET /v2/domainnames/{domainName}", 200, Json.DomainRef, Json.DomainName, domains.GetDomainName, r => r.DomainName);
        AddDomain("PATCH /v2/domainnames/{domainName}", 200, Json.DomainNameRequest, Json.DomainName, domains.UpdateDomainName, r => r.DomainName);
        AddDomain("DELETE /v2/domainnames/{domainName}", 204, Json.DomainRef, Json.Empty, domains.DeleteDomainName, r => r.DomainName);
        AddDomain("POST /v2/domainnames/{domainName}/apimappings", 201, Json.ApiMappingRequest, Json.ApiMapping, mappings.CreateApiMapping, r => r.DomainName + "/apimappings");
        AddDomain("GET /v2/domainnames/{domainName}/apimappings", 200, Json.DomainPageRequest, Json.ApiMappingPage, mappings.GetApiMappings, r => r.DomainName + "/apimappings");
        AddDomain("GET /v2/domainnames/{domainName}/apimappings/{apiMappingId}", 200, Json.ApiMappingRef, Json.ApiMapping, mappings.GetApiMapping, r => $"{r.DomainName}/apimappings/{r.ApiMappingId}");
        AddDomain("PATCH /v2/domainnames/{domainName}/apimappings/{apiMappingId}", 200, Json.ApiMappingRequest, Json.ApiMapping, mappings.UpdateApiMapping, r => $"{r.DomainName}/apimappings/{r.ApiMappingId}");
        AddDomain("DELETE /v2/domainnames/{domainName}/apimappings/{apiMappingId}", 204, Json.ApiMappingRef, Json.Empty, mappings.DeleteApiMapping, r => $"{r.DomainName}/apimappings/{r.ApiMappingId}");
    }

    private void AddTags(Tags tags)
    {
        _api.Add("GET /v2/tags/{resourceArn+}", 200, Json.TagRequest, Json.TagList, tags.GetTags, Tagged, "apigateway:GET");
        _api.Add("POST /v2/tags/{resourceArn+}", 201, Json.TagRequest, Json.Empty, tags.TagResource, Tagged, "apigateway:POST");
        _api.Add("DELETE /v2/tags/{resourceArn+}", 204, Json.TagRequest, Json.Empty, tags.UntagResource, Tagged, "apigateway:DELETE");

        static string Tagged(TagRequest request, Call call) => $"arn:aws:apigateway:{call.Region}::/tags/{Uri.EscapeDataString(request.ResourceArn)}";
    }

    /// <summary>IAM knows this API by HTTP method and path: `apigateway:PATCH` on `arn:aws:apigateway:r::/apis/id/routes/id`.</summary>
    private void Add<TRequest, TResponse>(
        string route, int status, JsonTypeInfo<TRequest> request, JsonTypeInfo<TResponse> response, Func<TRequest, Call, ValueTask<TResponse>> run,
        Func<TRequest, string> path, [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(run))] string name = "")
        => _api.Add(route, status, request, response, run, Path(path), "apigateway:" + route[..route.IndexOf(' ', StringComparison.Ordinal)], name: name);

    private void AddDomain<TRequest, TResponse>(
        string route, int status, JsonTypeInfo<TRequest> request, JsonTypeInfo<TResponse> response, Func<TRequest, Call, ValueTask<TResponse>> run,
        Func<TRequest, string> path, [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(run))] string name = "")
        => _api.Add(
            route, status, request, response, run, (r, call) => $"arn:aws:apigateway:{call.Region}::/domainnames/{path(r)}".TrimEnd('/'),
            "apigateway:" + route[..route.IndexOf(' ', StringComparison.Ordinal)], name: name);

    private static Func<T, Call, string> Path<T>(Func<T, string> path) => (request, call) => $"arn:aws:apigateway:{call.Region}::/apis/{path(request)}".TrimEnd('/');

    private sealed record Nouns(Apis Apis, Routes Routes, Integrations Integrations, Authorizers Authorizers, Stages Stages, Deployments Deployments, Import Import);
}

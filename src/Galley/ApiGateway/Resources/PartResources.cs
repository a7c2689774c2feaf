using System.Text.Json.Nodes;
using Galley.Wire;

namespace Galley.ApiGateway.Resources;

/// <summary>AWS::ApiGatewayV2::Route.</summary>
internal sealed class RouteResource(Routes routes) : IResourceHandler
{
    public string Type => "AWS::ApiGatewayV2::Route";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "ApiId" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call) => Describe(await routes.CreateRoute(Read(request), call));

    public async ValueTask<Resource> Update(ResourceRequest request, Call call) => Describe(await routes.Replace(Read(request), request.PhysicalId, call));

    public async ValueTask Delete(ResourceRequest request, Call call) => await Parts.Delete(() => routes.DeleteRoute(Parts.Of(request) with { RouteId = request.PhysicalId }, call));

    private static RouteRequest Read(ResourceRequest request) => Properties.Read(request.Properties, ApiGatewayJson.Default.RouteRequest);

    private static Resource Describe(Route route) => new(route.RouteId, new Dictionary<string, string> { ["RouteId"] = route.RouteId });
}

/// <summary>AWS::ApiGatewayV2::Integration.</summary>
internal sealed class IntegrationResource(Integrations integrations) : IResourceHandler
{
    public string Type => "AWS::ApiGatewayV2::Integration";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "ApiId" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call) => Describe(await integrations.CreateIntegration(Read(request), call));

    public async ValueTask<Resource> Update(ResourceRequest request, Call call) => Describe(await integrations.Replace(Read(request), request.PhysicalId, call));

    public async ValueTask Delete(ResourceRequest request, Call call) => await Parts.Delete(() => integrations.DeleteIntegration(Parts.Of(request) with { IntegrationId = request.PhysicalId }, call));

    private static IntegrationRequest Read(ResourceRequest request) => Properties.Read(request.Properties, ApiGatewayJson.Default.IntegrationRequest, "RequestParameters", "ResponseParameters");

    private static Resource Describe(Integration integration) => new(integration.IntegrationId, new Dictionary<string, string> { ["IntegrationId"] = integration.IntegrationId });
}

/// <summary>AWS::ApiGatewayV2::Authorizer.</summary>
internal sealed class AuthorizerResource(Authorizers authorizers) : IResourceHandler
{
    public string Type => "AWS::ApiGatewayV2::Authorizer";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "ApiId" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call) => Describe(await authorizers.CreateAuthorizer(Read(request), call));

    public async ValueTask<Resource> Update(ResourceRequest request, Call call) => Describe(await authorizers.Replace(Read(request), request.PhysicalId, call));

    public async ValueTask Delete(ResourceRequest request, Call call) => await Parts.Delete(() => authorizers.DeleteAuthorizer(Parts.Of(request) with { AuthorizerId = request.PhysicalId }, call));

    private static AuthorizerRequest Read(ResourceRequest request) => Properties.Read(request.Properties, ApiGatewayJson.Default.AuthorizerRequest);

    private static Resource Describe(Authorizer authorizer) => new(authorizer.AuthorizerId, new Dictionary<string, string> { ["AuthorizerId"] = authorizer.AuthorizerId });
}

/// <summary>AWS::ApiGatewayV2::Stage.</summary>
internal sealed class StageResource(Stages stages) : IResourceHandler
{
    public string Type => "AWS::ApiGatewayV2::Stage";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "ApiId", "StageName" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call) => Describe(await stages.CreateStage(Read(request), call));

    public async ValueTask<Resource> Update(ResourceRequest request, Call call) => Describe(await stages.Replace(Read(request), call));

    public async ValueTask Delete(ResourceRequest request, Call call) => await Parts.Delete(() => stages.DeleteStage(Parts.Of(request) with { StageName = request.PhysicalId }, call));

    private static StageRequest Read(ResourceRequest request) => Properties.Read(request.Properties, ApiGatewayJson.Default.StageRequest, "Tags", "StageVariables", "RouteSettings");

    private static Resource Describe(Stage stage) => new(stage.StageName, new Dictionary<string, string>());
}

/// <summary>AWS::ApiGatewayV2::Deployment.</summary>
internal sealed class DeploymentResource(Deployments deployments) : IResourceHandler
{
    public string Type => "AWS::ApiGatewayV2::Deployment";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "ApiId", "StageName" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call) => Describe(await deployments.CreateDeployment(Read(request), call));

    public async ValueTask<Resource> Update(ResourceRequest request, Call call)
        => Describe(await deployments.UpdateDeployment(Read(request) with { DeploymentId = request.PhysicalId, StageName = null }, call));

    public async ValueTask Delete(ResourceRequest request, Call call) => await Parts.Delete(() => deployments.DeleteDeployment(Parts.Of(request) with { DeploymentId = request.PhysicalId }, call));

    private static DeploymentRequest Read(ResourceRequest request) => Properties.Read(request.Properties, ApiGatewayJson.Default.DeploymentRequest);

    private static Resource Describe(Deployment deployment) => new(deployment.DeploymentId, new Dictionary<string, string> { ["DeploymentId"] = deployment.DeploymentId });
}

internal static class Parts
{
    public static PartRef Of(ResourceRequest request) => new() { ApiId = Properties.Text(request.Properties, "ApiId") ?? "" };

    /// <summary>Deletes; what is gone already, with its API perhaps, is no error.</summary>
    public static async ValueTask Delete(Func<ValueTask<Empty>> delete)
    {
        try
        {
            await delete();
        }
        catch (AwsError e) when (e.Status == 404)
        {
            // gone already
        }
    }
}

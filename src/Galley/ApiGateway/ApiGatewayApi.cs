using Galley.Wire;

namespace Galley.ApiGateway;

/// <summary>
/// The wire side of API Gateway: v2 under `/v2/`. What is signed for it and is not among its operations is refused by its name: REST
/// APIs (v1), VPC links, portals, and the parts that only WebSocket APIs have.
/// </summary>
internal sealed class ApiGatewayApi() : JsonService("apigateway", Protocol.RestJson, () => ApiGatewayJson.Default, "/v2/")
{
    public override bool Claims(ApiRequest request) => base.Claims(request) || SigV4.ServiceOf(request) == SigningName;

    public override Operation Identify(ApiRequest request)
    {
        try
        {
            return base.Identify(request);
        }
        catch (AwsError unknown) when (unknown.Code == "UnknownOperationException")
        {
            throw What(request.RawPath) is { } what ? Errors.Unsupported(what) : unknown;
        }
    }

    private static string? What(string path) => path.Split('/') switch
    {
        [_, "v2", "vpclinks", ..] => "VPC links",
        [_, "v2", "portals" or "portalproducts", ..] => "portals",
        [_, "v2", "domainnames", _, "routingrules", ..] => "routing rules",
        [_, "v2", "apis", _, "models", ..] => "models, which HTTP APIs do not have",
        [_, "v2", "apis", _, "integrations", _, "integrationresponses", ..] => "integration responses, which only WebSocket APIs have; HTTP APIs map responses by responseParameters",
        [_, "v2", "apis", _, "routes", _, "routeresponses" or "requestparameters", ..] => "route responses and request parameters, which only WebSocket APIs have",
        [_, not "v2", ..] => "REST APIs (API Gateway v1)",
        _ => null,
    };
}

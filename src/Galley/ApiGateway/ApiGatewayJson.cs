using System.Text.Json.Serialization;
using Galley.ApiGateway.OpenApi;
using Galley.Wire;

namespace Galley.ApiGateway;

/// <summary>The compile-time JSON contracts: camelCase, times as ISO 8601, what is not declared is refused.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    NumberHandling = JsonNumberHandling.AllowReadingFromString,
    Converters = [typeof(TextBooleanConverter), typeof(IsoSecondsConverter)])]
[JsonSerializable(typeof(Empty))]
[JsonSerializable(typeof(Api))]
[JsonSerializable(typeof(Route))]
[JsonSerializable(typeof(Integration))]
[JsonSerializable(typeof(Authorizer))]
[JsonSerializable(typeof(Stage))]
[JsonSerializable(typeof(Cors))]
[JsonSerializable(typeof(Deployment))]
[JsonSerializable(typeof(Definition))]
[JsonSerializable(typeof(DomainName))]
[JsonSerializable(typeof(ApiMapping))]
[JsonSerializable(typeof(DomainRef))]
[JsonSerializable(typeof(DomainNameRequest))]
[JsonSerializable(typeof(DomainPageRequest))]
[JsonSerializable(typeof(ApiMappingRequest))]
[JsonSerializable(typeof(ApiMappingRef))]
[JsonSerializable(typeof(Page<DomainName>), TypeInfoPropertyName = "DomainNamePage")]
[JsonSerializable(typeof(Page<ApiMapping>), TypeInfoPropertyName = "ApiMappingPage")]
[JsonSerializable(typeof(Page<Api>), TypeInfoPropertyName = "ApiPage")]
[JsonSerializable(typeof(Page<Route>), TypeInfoPropertyName = "RoutePage")]
[JsonSerializable(typeof(Page<Integration>), TypeInfoPropertyName = "IntegrationPage")]
[JsonSerializable(typeof(Page<Authorizer>), TypeInfoPropertyName = "AuthorizerPage")]
[JsonSerializable(typeof(Page<Stage>), TypeInfoPropertyName = "StagePage")]
[JsonSerializable(typeof(Page<Deployment>), TypeInfoPropertyName = "DeploymentPage")]
[JsonSerializable(typeof(ApiRef))]
[JsonSerializable(typeof(PartRef))]
[JsonSerializable(typeof(ListRequest))]
[JsonSerializable(typeof(TagRequest))]
[JsonSerializable(typeof(TagList))]
[JsonSerializable(typeof(ApiRequestBody))]
[JsonSerializable(typeof(ImportRequest))]
[JsonSerializable(typeof(ExportRequest))]
[JsonSerializable(typeof(RouteRequest))]
[JsonSerializable(typeof(IntegrationRequest))]
[JsonSerializable(typeof(AuthorizerRequest))]
[JsonSerializable(typeof(StageRequest))]
[JsonSerializable(typeof(StagePart))]
[JsonSerializable(typeof(DeploymentRequest))]
internal sealed partial class ApiGatewayJson : JsonSerializerContext;

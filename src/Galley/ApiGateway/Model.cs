using System.Text.Json.Serialization;

namespace Galley.ApiGateway;

/// <summary>The resources of HTTP APIs as the wire has them; the same records are stored.</summary>
internal sealed record Api
{
    public required string ApiEndpoint { get; init; }
    public required string ApiId { get; init; }
    public string ApiKeySelectionExpression { get; init; } = "$request.header.x-api-key";
    public Cors? CorsConfiguration { get; init; }
    public DateTimeOffset CreatedDate { get; init; }
    public string? Description { get; init; }
    public bool DisableExecuteApiEndpoint { get; init; }
    public List<string>? ImportInfo { get; init; }
    public string IpAddressType { get; init; } = "ipv4";
    public required string Name { get; init; }
    public string ProtocolType { get; init; } = "HTTP";
    public string RouteSelectionExpression { get; init; } = "$request.method $request.path";
    public Dictionary<string, string> Tags { get; init; } = [];
    public string? Version { get; init; }
    public List<string>? Warnings { get; init; }
}

internal sealed record Cors
{
    public bool? AllowCredentials { get; init; }
    public List<string>? AllowHeaders { get; init; }
    public List<string>? AllowMethods { get; init; }
    public List<string>? AllowOrigins { get; init; }
    public List<string>? ExposeHeaders { get; init; }
    public int? MaxAge { get; init; }
}

internal sealed record Route
{
    public bool? ApiGatewayManaged { get; init; }
    public bool ApiKeyRequired { get; init; }
    public List<string>? AuthorizationScopes { get; init; }
    public string AuthorizationType { get; init; } = "NONE";
    public string? AuthorizerId { get; init; }
    public string? OperationName { get; init; }
    public required string RouteId { get; init; }
    public required string RouteKey { get; init; }
    public string? Target { get; init; }
}

internal sealed record Integration
{
    public bool? ApiGatewayManaged { get; init; }
    public string ConnectionType { get; init; } = "INTERNET";
    public string? CredentialsArn { get; init; }
    public string? Description { get; init; }
    public required string IntegrationId { get; init; }
    public string? IntegrationMethod { get; init; }
    public required string IntegrationType { get; init; }
    public required string IntegrationUri { get; init; }
    public string PayloadFormatVersion { get; init; } = "1.0";
    public Dictionary<string, string>? RequestParameters { get; init; }
    public Dictionary<string, Dictionary<string, string>>? ResponseParameters { get; init; }
    public int TimeoutInMillis { get; init; } = 30_000;
}

internal sealed record Authorizer
{
    public string? AuthorizerCredentialsArn { get; init; }
    public required string AuthorizerId { get; init; }
    public string? AuthorizerPayloadFormatVersion { get; init; }
    public int? AuthorizerResultTtlInSeconds { get; init; }
    public required string AuthorizerType { get; init; }
    public string? AuthorizerUri { get; init; }
    public bool? EnableSimpleResponses { get; init; }
    public List<string> IdentitySource { get; init; } = [];
    public JwtConfiguration? JwtConfiguration { get; init; }
    public required string Name { get; init; }
}

internal sealed record JwtConfiguration
{
    public List<string>? Audience { get; init; }
    public string? Issuer { get; init; }
}

internal sealed record Stage
{
    public AccessLogSettings? AccessLogSettings { get; init; }
    public bool? ApiGatewayManaged { get; init; }
    public bool AutoDeploy { get; init; }
    public DateTimeOffset CreatedDate { get; init; }
    public RouteSettings DefaultRouteSettings { get; init; } = new() { DetailedMetricsEnabled = false };
    public string? DeploymentId { get; init; }
    public string? Description { get; init; }
    public string? LastDeploymentStatusMessage { get; init; }
    public DateTimeOffset LastUpdatedDate { get; init; }
    public Dictionary<string, RouteSettings> RouteSettings { get; init; } = [];
    public required string StageName { get; init; }
    public Dictionary<string, string> StageVariables { get; init; } = [];
    public Dictionary<string, string> Tags { get; init; } = [];
}

internal sealed record AccessLogSettings
{
    public string? DestinationArn { get; init; }
    public string? Format { get; init; }
}

internal sealed record RouteSettings
{
    public bool? DetailedMetricsEnabled { get; init; }
    public int? ThrottlingBurstLimit { get; init; }
    public double? ThrottlingRateLimit { get; init; }
}

internal sealed record Deployment
{
    public bool AutoDeployed { get; init; }
    public DateTimeOffset CreatedDate { get; init; }
    public required string DeploymentId { get; init; }
    public string DeploymentStatus { get; init; } = "DEPLOYED";
    public string? Description { get; init; }
}

/// <summary>What a deployment freezes: everything that decides how a request is answered, except the stage itself.</summary>
internal sealed record Definition
{
    public Cors? Cors { get; init; }
    public required List<Route> Routes { get; init; }
    public required List<Integration> Integrations { get; init; }
    public required List<Authorizer> Authorizers { get; init; }
}

internal sealed record DomainName
{
    public string ApiMappingSelectionExpression { get; init; } = "$request.basepath";
    public required string DomainNameArn { get; init; }
    public required List<DomainNameConfiguration> DomainNameConfigurations { get; init; }

    [JsonPropertyName("domainName")]
    public required string Name { get; init; }

    public string RoutingMode { get; init; } = "API_MAPPING_ONLY";
    public Dictionary<string, string> Tags { get; init; } = [];

    /// <summary>Where it was made.</summary>
    [JsonIgnore]
    public string Region => DomainNameArn.Split(':')[3];
}

internal sealed record DomainNameConfiguration
{
    public string? ApiGatewayDomainName { get; init; }
    public string? CertificateArn { get; init; }
    public string? CertificateName { get; init; }
    public string? DomainNameStatus { get; init; }
    public string? EndpointType { get; init; }
    public string? HostedZoneId { get; init; }
    public string? IpAddressType { get; init; }
    public string? OwnershipVerificationCertificateArn { get; init; }
    public string? SecurityPolicy { get; init; }
}

internal sealed record ApiMapping
{
    public required string ApiId { get; init; }
    public required string ApiMappingId { get; init; }
    public string ApiMappingKey { get; init; } = "";
    public required string Stage { get; init; }
}

using System.Text.Json.Serialization;

namespace Galley.Cognito;

internal sealed record TokenValidityUnits
{
    public string? AccessToken { get; init; }
    public string? IdToken { get; init; }
    public string? RefreshToken { get; init; }
}

/// <summary>What CreateUserPoolClient and UpdateUserPoolClient have in common, and a client keeps.</summary>
internal record ClientSettings
{
    public int? RefreshTokenValidity { get; init; }
    public int? AccessTokenValidity { get; init; }
    public int? IdTokenValidity { get; init; }
    public TokenValidityUnits? TokenValidityUnits { get; init; }
    public IReadOnlyList<string>? ReadAttributes { get; init; }
    public IReadOnlyList<string>? WriteAttributes { get; init; }
    public IReadOnlyList<string>? ExplicitAuthFlows { get; init; }
    public IReadOnlyList<string>? SupportedIdentityProviders { get; init; }
    public IReadOnlyList<string>? CallbackURLs { get; init; }
    public IReadOnlyList<string>? LogoutURLs { get; init; }
    public string? DefaultRedirectURI { get; init; }
    public IReadOnlyList<string>? AllowedOAuthFlows { get; init; }
    public IReadOnlyList<string>? AllowedOAuthScopes { get; init; }
    public bool? AllowedOAuthFlowsUserPoolClient { get; init; }
    public string? PreventUserExistenceErrors { get; init; }
    public bool? EnableTokenRevocation { get; init; }
    public bool? EnablePropagateAdditionalUserContextData { get; init; }
    public int? AuthSessionValidity { get; init; }
    public AnalyticsConfiguration? AnalyticsConfiguration { get; init; }
    public RefreshTokenRotation? RefreshTokenRotation { get; init; }
}

internal sealed record RefreshTokenRotation
{
    public required string Feature { get; init; }
    public int? RetryGracePeriodSeconds { get; init; }
}

internal sealed record AnalyticsConfiguration
{
    public string? ApplicationId { get; init; }
    public string? ApplicationArn { get; init; }
    public string? RoleArn { get; init; }
    public string? ExternalId { get; init; }
    public bool? UserDataShared { get; init; }
}

internal sealed record CreateUserPoolClientRequest : ClientSettings, IOnPool
{
    public required string UserPoolId { get; init; }
    public required string ClientName { get; init; }
    public bool? GenerateSecret { get; init; }
    public string? ClientSecret { get; init; }
}

internal sealed record UpdateUserPoolClientRequest : ClientSettings, IOnPool
{
    public required string UserPoolId { get; init; }
    public required string ClientId { get; init; }
    public string? ClientName { get; init; }
}

/// <summary>A client as it is shown. Stored, <see cref="ClientSecret"/> holds the sealed secret.</summary>
internal sealed record UserPoolClient : ClientSettings
{
    public required string UserPoolId { get; init; }
    public required string ClientName { get; init; }
    public required string ClientId { get; init; }
    public string? ClientSecret { get; init; }
    public required DateTimeOffset LastModifiedDate { get; init; }
    public required DateTimeOffset CreationDate { get; init; }

    /// <summary>Name and age of the first secret when it is not the one the client was made with, and a second one; see <see cref="ClientSecrets"/>.</summary>
    public string? SecretId { get; init; }
    public DateTimeOffset? SecretSince { get; init; }
    public StoredSecret? SecondSecret { get; init; }

    /// <summary>The client as AWS describes it, its secret in clear.</summary>
    public UserPoolClient Described(string? secret) => this with { ClientSecret = secret, SecretId = null, SecretSince = null, SecondSecret = null };

    [JsonIgnore]
    public bool HidesUsers => PreventUserExistenceErrors == "ENABLED";

    [JsonIgnore]
    public bool Rotates => RefreshTokenRotation?.Feature == "ENABLED";

    [JsonIgnore]
    public TimeSpan Grace => TimeSpan.FromSeconds(RefreshTokenRotation?.RetryGracePeriodSeconds ?? 0);

    [JsonIgnore]
    public bool Revocable => EnableTokenRevocation != false;

    [JsonIgnore]
    public TimeSpan AccessLife => Life(AccessTokenValidity, TokenValidityUnits?.AccessToken, "hours", TimeSpan.FromHours(1));

    [JsonIgnore]
    public TimeSpan IdLife => Life(IdTokenValidity, TokenValidityUnits?.IdToken, "hours", TimeSpan.FromHours(1));

    [JsonIgnore]
    public TimeSpan RefreshLife => Life(RefreshTokenValidity, TokenValidityUnits?.RefreshToken, "days", TimeSpan.FromDays(30));

    [JsonIgnore]
    public TimeSpan StepLife => TimeSpan.FromMinutes(AuthSessionValidity ?? 3);

    /// <summary>Flows are `ALLOW_X`, or the old names without it; none given means the three defaults.</summary>
    public bool Allows(string flow) => ExplicitAuthFlows is { Count: > 0 } flows
        ? flows.Contains("ALLOW_" + flow) || flow switch
        {
            "USER_PASSWORD_AUTH" => flows.Contains("USER_PASSWORD_AUTH"),
            "ADMIN_USER_PASSWORD_AUTH" => flows.Contains("ADMIN_NO_SRP_AUTH"),
            // Clients with old names could always use SRP and refresh.
            "USER_SRP_AUTH" or "REFRESH_TOKEN_AUTH" => !flows.Any(name => name.StartsWith("ALLOW_", StringComparison.Ordinal)),
            _ => false,
        }
        : flow is "USER_SRP_AUTH" or "REFRESH_TOKEN_AUTH" or "CUSTOM_AUTH";

    public static TimeSpan Life(int? value, string? unit, string usual, TimeSpan fallback) => value is not > 0
        ? fallback
        : (unit ?? usual) switch
        {
            "seconds" => TimeSpan.FromSeconds(value.Value),
            "minutes" => TimeSpan.FromMinutes(value.Value),
            "hours" => TimeSpan.FromHours(value.Value),
            _ => TimeSpan.FromDays(value.Value),
        };
}

internal sealed record UserPoolClientResponse
{
    public required UserPoolClient UserPoolClient { get; init; }
}

internal sealed record OnClientRequest : IOnPool
{
    public required string UserPoolId { get; init; }
    public required string ClientId { get; init; }
}

internal sealed record ListUserPoolClientsRequest : IOnPool
{
    public required string UserPoolId { get; init; }
    public int? MaxResults { get; init; }
    public string? NextToken { get; init; }
}

internal sealed record UserPoolClientDescription
{
    public required string ClientId { get; init; }
    public required string UserPoolId { get; init; }
    public required string ClientName { get; init; }
}

internal sealed record ListUserPoolClientsResponse
{
    public required IReadOnlyList<UserPoolClientDescription> UserPoolClients { get; init; }
    public string? NextToken { get; init; }
}

internal sealed record UserPoolDomain
{
    public string? UserPoolId { get; init; }
    public string? AWSAccountId { get; init; }
    public string? Domain { get; init; }
    public string? S3Bucket { get; init; }
    public string? CloudFrontDistribution { get; init; }
    public string? Version { get; init; }
    public string? Status { get; init; }
    public CustomDomainConfig? CustomDomainConfig { get; init; }
    public int? ManagedLoginVersion { get; init; }
}

internal sealed record CustomDomainConfig
{
    public required string CertificateArn { get; init; }
}

internal sealed record UpdateUserPoolDomainRequest : IOnPool
{
    public required string Domain { get; init; }
    public required string UserPoolId { get; init; }
    public int? ManagedLoginVersion { get; init; }
    public CustomDomainConfig? CustomDomainConfig { get; init; }
}

internal sealed record CreateUserPoolDomainRequest : IOnPool
{
    public required string Domain { get; init; }
    public required string UserPoolId { get; init; }
    public int? ManagedLoginVersion { get; init; }
    public CustomDomainConfig? CustomDomainConfig { get; init; }
}

internal sealed record CreateUserPoolDomainResponse
{
    public string? CloudFrontDomain { get; init; }
    public int? ManagedLoginVersion { get; init; }
}

internal sealed record DescribeUserPoolDomainRequest
{
    public required string Domain { get; init; }
}

internal sealed record DescribeUserPoolDomainResponse
{
    public required UserPoolDomain DomainDescription { get; init; }
}

internal sealed record DeleteUserPoolDomainRequest : IOnPool
{
    public required string Domain { get; init; }
    public required string UserPoolId { get; init; }
}

internal sealed record ResourceServerScope
{
    public required string ScopeName { get; init; }
    public required string ScopeDescription { get; init; }
}

internal sealed record ResourceServer : IOnPool
{
    public required string UserPoolId { get; init; }
    public required string Identifier { get; init; }
    public string? Name { get; init; }
    public IReadOnlyList<ResourceServerScope>? Scopes { get; init; }
}

internal sealed record ResourceServerResponse
{
    public required ResourceServer ResourceServer { get; init; }
}

internal sealed record OnResourceServerRequest : IOnPool
{
    public required string UserPoolId { get; init; }
    public required string Identifier { get; init; }
}

internal sealed record ListResourceServersRequest : IOnPool
{
    public required string UserPoolId { get; init; }
    public int? MaxResults { get; init; }
    public string? NextToken { get; init; }
}

internal sealed record ListResourceServersResponse
{
    public required IReadOnlyList<ResourceServer> ResourceServers { get; init; }
    public string? NextToken { get; init; }
}

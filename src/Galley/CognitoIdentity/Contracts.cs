using System.Text.Json.Serialization;
using Galley.Wire;

namespace Galley.CognitoIdentity;

// Requests and answers, members as AWS names them (https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/).

internal sealed record IdentityPoolDocument
{
    public string? IdentityPoolId { get; init; }

    public string? IdentityPoolName { get; init; }

    public bool? AllowUnauthenticatedIdentities { get; init; }

    public bool? AllowClassicFlow { get; init; }

    public Dictionary<string, string>? SupportedLoginProviders { get; init; }

    public string? DeveloperProviderName { get; init; }

    public List<string>? OpenIdConnectProviderARNs { get; init; }

    public List<CognitoIdentityProvider>? CognitoIdentityProviders { get; init; }

    public List<string>? SamlProviderARNs { get; init; }

    public Dictionary<string, string>? IdentityPoolTags { get; init; }
}

internal sealed record CognitoIdentityProvider(string? ProviderName = null, string? ClientId = null, bool? ServerSideTokenCheck = null);

internal sealed record OnPoolRequest(string IdentityPoolId);

internal sealed record ListIdentityPoolsRequest(int MaxResults, string? NextToken = null);

internal sealed record ListIdentityPoolsResponse(IReadOnlyList<IdentityPoolShort> IdentityPools, string? NextToken);

internal sealed record IdentityPoolShort(string IdentityPoolId, string IdentityPoolName);

internal sealed record RoleMapping(string Type, string? AmbiguousRoleResolution = null, RulesConfiguration? RulesConfiguration = null);

internal sealed record RulesConfiguration(List<MappingRule> Rules);

internal sealed record MappingRule(string Claim, string MatchType, string Value, string RoleARN);

internal sealed record SetIdentityPoolRolesRequest(string IdentityPoolId, Dictionary<string, string> Roles, Dictionary<string, RoleMapping>? RoleMappings = null);

internal sealed record GetIdentityPoolRolesResponse(string IdentityPoolId, Dictionary<string, string>? Roles, Dictionary<string, RoleMapping>? RoleMappings);

internal sealed record PrincipalTagsRequest(string IdentityPoolId, string IdentityProviderName, bool? UseDefaults = null, Dictionary<string, string>? PrincipalTags = null);

internal sealed record OnProviderRequest(string IdentityPoolId, string IdentityProviderName);

internal sealed record PrincipalTagsResponse(string IdentityPoolId, string IdentityProviderName, bool UseDefaults, Dictionary<string, string>? PrincipalTags);

internal sealed record TagResourceRequest(string ResourceArn, Dictionary<string, string> Tags);

internal sealed record UntagResourceRequest(string ResourceArn, List<string> TagKeys);

internal sealed record OnArnRequest(string ResourceArn);

internal sealed record TagsResponse(Dictionary<string, string> Tags);

internal sealed record GetIdRequest(string IdentityPoolId, string? AccountId = null, Dictionary<string, string>? Logins = null);

internal sealed record IdentityIdResponse(string IdentityId);

internal sealed record OnIdentityRequest(string IdentityId);

internal sealed record WithLoginsRequest(string IdentityId, Dictionary<string, string>? Logins = null);

internal sealed record GetCredentialsRequest(string IdentityId, Dictionary<string, string>? Logins = null, string? CustomRoleArn = null);

internal sealed record GetCredentialsResponse(string IdentityId, IdentityCredentials Credentials);

internal sealed record TokenResponse(string IdentityId, string Token);

internal sealed record UnlinkIdentityRequest(string IdentityId, Dictionary<string, string> Logins, List<string> LoginsToRemove);

internal sealed record IdentityDescription(string IdentityId, IReadOnlyList<string>? Logins, DateTimeOffset CreationDate, DateTimeOffset LastModifiedDate);

internal sealed record ListIdentitiesRequest(string IdentityPoolId, int MaxResults, string? NextToken = null, bool? HideDisabled = null);

internal sealed record ListIdentitiesResponse(string IdentityPoolId, IReadOnlyList<IdentityDescription> Identities, string? NextToken);

internal sealed record DeleteIdentitiesRequest(List<string> IdentityIdsToDelete);

internal sealed record DeleteIdentitiesResponse(IReadOnlyList<UnprocessedIdentityId> UnprocessedIdentityIds);

internal sealed record UnprocessedIdentityId(string IdentityId, string ErrorCode);

internal sealed record DeveloperTokenRequest(
    string IdentityPoolId, Dictionary<string, string> Logins, string? IdentityId = null, Dictionary<string, string>? PrincipalTags = null, long? TokenDuration = null);

internal sealed record LookupDeveloperIdentityRequest(string IdentityPoolId, string? IdentityId = null, string? DeveloperUserIdentifier = null, int? MaxResults = null, string? NextToken = null);

internal sealed record LookupDeveloperIdentityResponse(string IdentityId, IReadOnlyList<string> DeveloperUserIdentifierList);

internal sealed record MergeDeveloperIdentitiesRequest(string SourceUserIdentifier, string DestinationUserIdentifier, string DeveloperProviderName, string IdentityPoolId);

internal sealed record UnlinkDeveloperIdentityRequest(string IdentityId, string IdentityPoolId, string DeveloperProviderName, string DeveloperUserIdentifier);

/// <summary>JSON of requests, answers and what is stored.</summary>
[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, NumberHandling = JsonNumberHandling.AllowReadingFromString,
    RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true, AllowDuplicateProperties = false, Converters = [typeof(EpochSecondsConverter), typeof(TextBooleanConverter)])]
[JsonSerializable(typeof(Empty))]
[JsonSerializable(typeof(IdentityPoolDocument))]
[JsonSerializable(typeof(OnPoolRequest))]
[JsonSerializable(typeof(ListIdentityPoolsRequest))]
[JsonSerializable(typeof(ListIdentityPoolsResponse))]
[JsonSerializable(typeof(SetIdentityPoolRolesRequest))]
[JsonSerializable(typeof(GetIdentityPoolRolesResponse))]
[JsonSerializable(typeof(PrincipalTagsRequest))]
[JsonSerializable(typeof(OnProviderRequest))]
[JsonSerializable(typeof(PrincipalTagsResponse))]
[JsonSerializable(typeof(TagResourceRequest))]
[JsonSerializable(typeof(UntagResourceRequest))]
[JsonSerializable(typeof(OnArnRequest))]
[JsonSerializable(typeof(TagsResponse))]
[JsonSerializable(typeof(GetIdRequest))]
[JsonSerializable(typeof(IdentityIdResponse))]
[JsonSerializable(typeof(OnIdentityRequest))]
[JsonSerializable(typeof(WithLoginsRequest))]
[JsonSerializable(typeof(GetCredentialsRequest))]
[JsonSerializable(typeof(GetCredentialsResponse))]
[JsonSerializable(typeof(TokenResponse))]
[JsonSerializable(typeof(UnlinkIdentityRequest))]
[JsonSerializable(typeof(IdentityDescription))]
[JsonSerializable(typeof(ListIdentitiesRequest))]
[JsonSerializable(typeof(ListIdentitiesResponse))]
[JsonSerializable(typeof(DeleteIdentitiesRequest))]
[JsonSerializable(typeof(DeleteIdentitiesResponse))]
[JsonSerializable(typeof(DeveloperTokenRequest))]
[JsonSerializable(typeof(LookupDeveloperIdentityRequest))]
[JsonSerializable(typeof(LookupDeveloperIdentityResponse))]
[JsonSerializable(typeof(MergeDeveloperIdentitiesRequest))]
[JsonSerializable(typeof(UnlinkDeveloperIdentityRequest))]
[JsonSerializable(typeof(Pool))]
[JsonSerializable(typeof(Identity))]
[JsonSerializable(typeof(StoredSigningKey))]
internal sealed partial class IdentityJson : JsonSerializerContext;

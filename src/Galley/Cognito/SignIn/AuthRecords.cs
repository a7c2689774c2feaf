using System.Text.Json;

namespace Galley.Cognito.SignIn;

internal sealed record InitiateAuthRequest : UserCall
{
    public required string AuthFlow { get; init; }
    public IReadOnlyDictionary<string, string>? AuthParameters { get; init; }
    public required string ClientId { get; init; }
    public string? Session { get; init; }
}

internal sealed record AdminInitiateAuthRequest : IOnPool
{
    public required string UserPoolId { get; init; }
    public required string ClientId { get; init; }
    public required string AuthFlow { get; init; }
    public IReadOnlyDictionary<string, string>? AuthParameters { get; init; }
    public IReadOnlyDictionary<string, string>? ClientMetadata { get; init; }
    public JsonElement? AnalyticsMetadata { get; init; }
    public JsonElement? ContextData { get; init; }
    public string? Session { get; init; }
}

internal sealed record RespondToAuthChallengeRequest : UserCall
{
    public required string ClientId { get; init; }
    public required string ChallengeName { get; init; }
    public string? Session { get; init; }
    public IReadOnlyDictionary<string, string>? ChallengeResponses { get; init; }
}

internal sealed record AdminRespondToAuthChallengeRequest : IOnPool
{
    public required string UserPoolId { get; init; }
    public required string ClientId { get; init; }
    public required string ChallengeName { get; init; }
    public string? Session { get; init; }
    public IReadOnlyDictionary<string, string>? ChallengeResponses { get; init; }
    public IReadOnlyDictionary<string, string>? ClientMetadata { get; init; }
    public JsonElement? AnalyticsMetadata { get; init; }
    public JsonElement? ContextData { get; init; }
}

internal sealed record AuthenticationResult
{
    public required string AccessToken { get; init; }
    public required int ExpiresIn { get; init; }
    public required string TokenType { get; init; }
    public string? RefreshToken { get; init; }
    public string? IdToken { get; init; }
    public NewDeviceMetadata? NewDeviceMetadata { get; init; }
}

internal sealed record AuthResponse
{
    public string? ChallengeName { get; init; }
    public string? Session { get; init; }
    public required IReadOnlyDictionary<string, string> ChallengeParameters { get; init; }
    public AuthenticationResult? AuthenticationResult { get; init; }
    public IReadOnlyList<string>? AvailableChallenges { get; init; }
}

internal sealed record GetTokensFromRefreshTokenRequest
{
    public required string RefreshToken { get; init; }
    public required string ClientId { get; init; }
    public string? ClientSecret { get; init; }
    public string? DeviceKey { get; init; }
    public IReadOnlyDictionary<string, string>? ClientMetadata { get; init; }
}

internal sealed record GetTokensFromRefreshTokenResponse
{
    public required AuthenticationResult AuthenticationResult { get; init; }
}

internal sealed record RevokeTokenRequest
{
    public required string Token { get; init; }
    public required string ClientId { get; init; }
    public string? ClientSecret { get; init; }
}

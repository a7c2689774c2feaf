using System.Text.Json;

namespace Galley.Cognito;

/// <summary>A pool's triggers: ARNs of functions by the trigger's name.</summary>
internal sealed record LambdaConfig
{
    public string? PreSignUp { get; init; }
    public string? CustomMessage { get; init; }
    public string? PostConfirmation { get; init; }
    public string? PreAuthentication { get; init; }
    public string? PostAuthentication { get; init; }
    public string? DefineAuthChallenge { get; init; }
    public string? CreateAuthChallenge { get; init; }
    public string? VerifyAuthChallengeResponse { get; init; }
    public string? PreTokenGeneration { get; init; }
    public string? UserMigration { get; init; }
    public VersionedTrigger? PreTokenGenerationConfig { get; init; }
    public VersionedTrigger? CustomSMSSender { get; init; }
    public VersionedTrigger? CustomEmailSender { get; init; }

    /// <summary>ARN of the key, or of an alias of it, that both senders get their codes under.</summary>
    public string? KMSKeyID { get; init; }
    public VersionedTrigger? InboundFederation { get; init; }
}

internal sealed record VersionedTrigger
{
    public required string LambdaVersion { get; init; }
    public required string LambdaArn { get; init; }
}

internal sealed record SmsConfiguration
{
    public required string SnsCallerArn { get; init; }
    public string? ExternalId { get; init; }
    public string? SnsRegion { get; init; }
}

internal sealed record DeviceConfiguration
{
    public bool? ChallengeRequiredOnNewDevice { get; init; }
    public bool? DeviceOnlyRememberedOnUserPrompt { get; init; }
}

internal sealed record UserPoolAddOns
{
    public required string AdvancedSecurityMode { get; init; }
    public JsonElement? AdvancedSecurityAdditionalFlows { get; init; }
}

internal sealed record SmsMfaConfig
{
    public string? SmsAuthenticationMessage { get; init; }
    public SmsConfiguration? SmsConfiguration { get; init; }
}

internal sealed record SoftwareTokenMfaConfig
{
    public bool? Enabled { get; init; }
}

internal sealed record EmailMfaConfig
{
    public string? Message { get; init; }
    public string? Subject { get; init; }
}

internal sealed record WebAuthnConfig
{
    public string? RelyingPartyId { get; init; }
    public string? UserVerification { get; init; }
    public string? FactorConfiguration { get; init; }
}

internal record MfaSettings
{
    public SmsMfaConfig? SmsMfaConfiguration { get; init; }
    public SoftwareTokenMfaConfig? SoftwareTokenMfaConfiguration { get; init; }
    public EmailMfaConfig? EmailMfaConfiguration { get; init; }
    public string? MfaConfiguration { get; init; }
    public WebAuthnConfig? WebAuthnConfiguration { get; init; }
}

internal sealed record SetUserPoolMfaConfigRequest : MfaSettings, IOnPool
{
    public required string UserPoolId { get; init; }
}

internal sealed record MfaConfigResponse : MfaSettings;

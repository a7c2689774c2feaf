using System.Text.Json;

namespace Galley.Functions;

/// <summary>
/// The event of every trigger of a user pool, and its answer: the event itself with <see cref="Response"/> filled in. Each trigger has those members
/// of request and response that Cognito gives it; the others are null.
/// </summary>
/// <param name="TriggerSource">`PreSignUp_SignUp`, `TokenGeneration_Authentication` and the like.</param>
/// <param name="UserPoolId">The pool.</param>
/// <param name="UserName">The user, or what was typed.</param>
/// <param name="Request">What the trigger is told.</param>
/// <param name="Response">What it decides.</param>
/// <param name="Version">Of the event.</param>
/// <param name="Region">The pool's.</param>
/// <param name="CallerContext">Who asked Cognito.</param>
public sealed record CognitoEvent(
    string TriggerSource, string UserPoolId, string? UserName, CognitoRequest Request, CognitoResponse? Response = null, string Version = "1", string Region = "", CognitoCaller? CallerContext = null)
{
    /// <summary>The answer.</summary>
    /// <param name="response">What the trigger decides.</param>
    public CognitoEvent Answer(CognitoResponse response) => this with { Response = response };
}

/// <summary>Who asked Cognito.</summary>
/// <param name="ClientId">The app client.</param>
/// <param name="AwsSdkVersion">What it said of itself.</param>
public sealed record CognitoCaller(string ClientId = "", string AwsSdkVersion = "");

/// <summary>What a trigger is told.</summary>
public sealed record CognitoRequest
{
    /// <summary>The user's attributes by name.</summary>
    public IReadOnlyDictionary<string, string>? UserAttributes { get; init; }

    /// <summary>What the app gave for a trigger of sign-up or authentication.</summary>
    public IReadOnlyDictionary<string, string>? ValidationData { get; init; }

    /// <summary>What the app gave for all other triggers.</summary>
    public IReadOnlyDictionary<string, string>? ClientMetadata { get; init; }

    /// <summary>The name is nobody's (where the client hides that).</summary>
    public bool? UserNotFound { get; init; }

    /// <summary>Post authentication: from a device that was not known.</summary>
    public bool? NewDeviceUsed { get; init; }

    /// <summary>User migration: what was typed.</summary>
    public string? Password { get; init; }

    /// <summary>Custom message: stands for the code.</summary>
    public string? CodeParameter { get; init; }

    /// <summary>Custom message: stands for the link.</summary>
    public string? LinkParameter { get; init; }

    /// <summary>Custom message to an invited user: stands for the name.</summary>
    public string? UsernameParameter { get; init; }

    /// <summary>Custom e-mail and SMS sender: the code, encrypted under the pool's KMS key, in Base64.</summary>
    public string? Code { get; init; }

    /// <summary>Custom e-mail and SMS sender: `customEmailSenderRequestV1`, `customSMSSenderRequestV1`.</summary>
    public string? Type { get; init; }

    /// <summary>Pre token generation: the user's groups.</summary>
    public CognitoGroups? GroupConfiguration { get; init; }

    /// <summary>Pre token generation, from its second version on: the access token's scopes.</summary>
    public IReadOnlyList<string>? Scopes { get; init; }

    /// <summary>Custom challenges: the rounds until now.</summary>
    public IReadOnlyList<CognitoRound>? Session { get; init; }

    /// <summary>Create auth challenge: `CUSTOM_CHALLENGE`.</summary>
    public string? ChallengeName { get; init; }

    /// <summary>Verify auth challenge: what create auth challenge kept for itself.</summary>
    public IReadOnlyDictionary<string, string>? PrivateChallengeParameters { get; init; }

    /// <summary>Verify auth challenge: what the user gave.</summary>
    public string? ChallengeAnswer { get; init; }

    /// <summary>Inbound federation: the identity provider's name in the pool.</summary>
    public string? ProviderName { get; init; }

    /// <summary>Inbound federation: `OIDC`, `Google` and the like.</summary>
    public string? ProviderType { get; init; }

    /// <summary>Inbound federation: what the identity provider said.</summary>
    public CognitoForeignAttributes? Attributes { get; init; }
}

/// <summary>What a trigger decides. What stays null is left as it is.</summary>
public sealed record CognitoResponse
{
    /// <summary>Pre sign-up: the user needs no confirmation.</summary>
    public bool? AutoConfirmUser { get; init; }

    /// <summary>Pre sign-up: the address counts as the user's.</summary>
    public bool? AutoVerifyEmail { get; init; }

    /// <summary>Pre sign-up: the number counts as the user's.</summary>
    public bool? AutoVerifyPhone { get; init; }

    /// <summary>Custom message.</summary>
    public string? SmsMessage { get; init; }

    /// <summary>Custom message.</summary>
    public string? EmailMessage { get; init; }

    /// <summary>Custom message.</summary>
    public string? EmailSubject { get; init; }

    /// <summary>Pre token generation, first version: the id token's claims.</summary>
    public CognitoClaims? ClaimsOverrideDetails { get; init; }

    /// <summary>Pre token generation, second and third version.</summary>
    public CognitoTokens? ClaimsAndScopeOverrideDetails { get; init; }

    /// <summary>Define auth challenge: which comes next.</summary>
    public string? ChallengeName { get; init; }

    /// <summary>Define auth challenge: the user is in.</summary>
    public bool? IssueTokens { get; init; }

    /// <summary>Define auth challenge: the user is not.</summary>
    public bool? FailAuthentication { get; init; }

    /// <summary>Create auth challenge: for the app.</summary>
    public IReadOnlyDictionary<string, string>? PublicChallengeParameters { get; init; }

    /// <summary>Create auth challenge: for verify auth challenge.</summary>
    public IReadOnlyDictionary<string, string>? PrivateChallengeParameters { get; init; }

    /// <summary>Create auth challenge: comes back in the session.</summary>
    public string? ChallengeMetadata { get; init; }

    /// <summary>Verify auth challenge.</summary>
    public bool? AnswerCorrect { get; init; }

    /// <summary>User migration: the user, by attributes.</summary>
    public IReadOnlyDictionary<string, string>? UserAttributes { get; init; }

    /// <summary>User migration: `CONFIRMED`, or `RESET_REQUIRED`.</summary>
    public string? FinalUserStatus { get; init; }

    /// <summary>User migration: `SUPPRESS` for no welcome.</summary>
    public string? MessageAction { get; init; }

    /// <summary>User migration: `EMAIL`, `SMS`.</summary>
    public IReadOnlyList<string>? DesiredDeliveryMediums { get; init; }

    /// <summary>User migration: takes an alias from whoever has it.</summary>
    public bool? ForceAliasCreation { get; init; }

    /// <summary>User migration: codes by SMS at sign-in.</summary>
    public bool? EnableSMSMFA { get; init; }

    /// <summary>Inbound federation: the claims that are mapped, and no others; empty for all that came.</summary>
    public IReadOnlyDictionary<string, string>? UserAttributesToMap { get; init; }
}

/// <summary>What an identity provider said of a user.</summary>
/// <param name="TokenResponse">Its token endpoint's answer, the tokens in it.</param>
/// <param name="IdToken">The id token's claims.</param>
/// <param name="UserInfo">Its userInfo endpoint.</param>
public sealed record CognitoForeignAttributes(
    IReadOnlyDictionary<string, string>? TokenResponse = null, IReadOnlyDictionary<string, string>? IdToken = null, IReadOnlyDictionary<string, string>? UserInfo = null);

/// <summary>Groups and roles of a user.</summary>
/// <param name="GroupsToOverride">Names of groups.</param>
/// <param name="IamRolesToOverride">ARNs of their roles.</param>
/// <param name="PreferredRole">The first of them.</param>
public sealed record CognitoGroups(IReadOnlyList<string>? GroupsToOverride = null, IReadOnlyList<string>? IamRolesToOverride = null, string? PreferredRole = null);

/// <summary>A round of custom challenges.</summary>
/// <param name="ChallengeName">`CUSTOM_CHALLENGE`, `SRP_A` and the like.</param>
/// <param name="ChallengeResult">Whether it was met.</param>
/// <param name="ChallengeMetadata">What create auth challenge wrote.</param>
public sealed record CognitoRound(string ChallengeName, bool ChallengeResult, string? ChallengeMetadata = null);

/// <summary>Changes to a token's claims.</summary>
/// <param name="ClaimsToAddOrOverride">By name; text in the first version of the trigger, any JSON later.</param>
/// <param name="ClaimsToSuppress">Names.</param>
/// <param name="GroupOverrideDetails">Only in the first version of the trigger.</param>
/// <param name="ScopesToAdd">Only for the access token.</param>
/// <param name="ScopesToSuppress">Only for the access token.</param>
public sealed record CognitoClaims(
    IReadOnlyDictionary<string, JsonElement>? ClaimsToAddOrOverride = null, IReadOnlyList<string>? ClaimsToSuppress = null, CognitoGroups? GroupOverrideDetails = null,
    IReadOnlyList<string>? ScopesToAdd = null, IReadOnlyList<string>? ScopesToSuppress = null);

/// <summary>Changes to both tokens.</summary>
/// <param name="IdTokenGeneration">The id token's.</param>
/// <param name="AccessTokenGeneration">The access token's.</param>
/// <param name="GroupOverrideDetails">Groups in both.</param>
public sealed record CognitoTokens(CognitoClaims? IdTokenGeneration = null, CognitoClaims? AccessTokenGeneration = null, CognitoGroups? GroupOverrideDetails = null);

namespace Galley.Cognito.SignIn;

/// <summary>Where somebody signs in, and what came with the request: the same for the API and for the hosted pages.</summary>
internal sealed record Visit
{
    public required UserPool Pool { get; init; }
    public required UserPoolClient Client { get; init; }

    /// <summary>The hosted pages: every first factor they show is allowed, names are never given away, scopes come from elsewhere.</summary>
    public bool Hosted { get; init; }

    /// <summary>AdminInitiateAuth and AdminRespondToAuthChallenge.</summary>
    public bool Admin { get; init; }

    /// <summary>ClientMetadata of this request, for the triggers.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    public bool HidesUsers => Hosted || Client.HidesUsers;
}

/// <summary>What a step of a sign-in leads to: a user who has proved everything, or the next challenge.</summary>
/// <param name="Done">Who is signed in, and what the tokens have to know.</param>
/// <param name="Challenge">What is asked next.</param>
internal sealed record Outcome(SignedIn? Done, Challenge? Challenge);

/// <param name="User">The user, every proof given.</param>
/// <param name="Source">`triggerSource` of the token trigger.</param>
/// <param name="DeviceKey">The device that proved itself; the access token names it.</param>
/// <param name="NewDevice">A device that was new here, when the pool remembers devices.</param>
internal sealed record SignedIn(User User, string Source, string? DeviceKey, NewDeviceMetadata? NewDevice);

/// <param name="Name">`NEW_PASSWORD_REQUIRED`, `SOFTWARE_TOKEN_MFA` …</param>
/// <param name="Session">Leads to the step; good for one right answer. Null only for SRP, where the secret block does that.</param>
/// <param name="Parameters">What the API shows of it.</param>
/// <param name="Available">SELECT_CHALLENGE: what may be chosen.</param>
internal sealed record Challenge(string Name, string? Session, IReadOnlyDictionary<string, string> Parameters, IReadOnlyList<string>? Available = null);

/// <summary>`NewDeviceMetadata` of an AuthenticationResult.</summary>
internal sealed record NewDeviceMetadata
{
    public required string DeviceKey { get; init; }
    public required string DeviceGroupKey { get; init; }
}

/// <summary>Challenge names of the API.</summary>
internal static class ChallengeNames
{
    public const string NewPassword = "NEW_PASSWORD_REQUIRED", Verifier = "PASSWORD_VERIFIER", Totp = "SOFTWARE_TOKEN_MFA", Sms = "SMS_MFA", Email = "EMAIL_OTP",
        SmsOtp = "SMS_OTP", SelectMfa = "SELECT_MFA_TYPE", MfaSetup = "MFA_SETUP", Select = "SELECT_CHALLENGE", Password = "PASSWORD", PasswordSrp = "PASSWORD_SRP",
        Custom = "CUSTOM_CHALLENGE", DeviceSrp = "DEVICE_SRP_AUTH", DeviceVerifier = "DEVICE_PASSWORD_VERIFIER", WebAuthn = "WEB_AUTHN";

    public static readonly string[] All =
    [
        "SMS_MFA", "EMAIL_OTP", "SOFTWARE_TOKEN_MFA", "SELECT_MFA_TYPE", "MFA_SETUP", "PASSWORD_VERIFIER", "CUSTOM_CHALLENGE", "SELECT_CHALLENGE", "DEVICE_SRP_AUTH",
        "DEVICE_PASSWORD_VERIFIER", "ADMIN_NO_SRP_AUTH", "NEW_PASSWORD_REQUIRED", "SMS_OTP", "PASSWORD", "WEB_AUTHN", "PASSWORD_SRP",
    ];
}

using Galley.Cognito.SignIn;
using Galley.Store;
using Galley.Wire;

namespace Galley.Cognito;

/// <summary>A pool's second factors, and which of them a user has switched on.</summary>
internal sealed class MfaConfigs(Installation installation, AccessTokens tokens)
{
    public ValueTask<MfaConfigResponse> GetUserPoolMfaConfig(OnPoolRequest request, Call call)
        => installation.Store.Read(async tx => Shown(await UserPools.Get(tx, call, request.UserPoolId)));

    public ValueTask<MfaConfigResponse> SetUserPoolMfaConfig(SetUserPoolMfaConfigRequest request, Call call)
    {
        if (request.MfaConfiguration is not (null or "OFF" or "ON" or "OPTIONAL")) throw Errors.Constraint(request.MfaConfiguration, "mfaConfiguration", "Member must satisfy enum value set: [OPTIONAL, OFF, ON]");
        if (request.WebAuthnConfiguration is not null) throw Errors.Unsupported("WebAuthnConfiguration (passkeys)");
        foreach (var (text, member) in (ReadOnlySpan<(string?, string)>)[(request.SmsMfaConfiguration?.SmsAuthenticationMessage, "smsMfaConfiguration.smsAuthenticationMessage"), (request.EmailMfaConfiguration?.Message, "emailMfaConfiguration.message")])
            if (text is not null && !text.Contains("{####}", StringComparison.Ordinal)) throw Errors.Constraint(text, member, @"Member must satisfy regular expression pattern: .*\{####\}.*");
        var none = request.SmsMfaConfiguration is null && request.SoftwareTokenMfaConfiguration?.Enabled != true && request.EmailMfaConfiguration is null;
        if (request.MfaConfiguration is "ON" or "OPTIONAL" && none) throw Errors.Parameter("Invalid MFA configuration given, can't disable all MFAs with a required or optional configuration.");
        if (request.MfaConfiguration == "OFF" && !none) throw Errors.Parameter("Invalid MFA configuration given, can't disable MFA and configure an MFA together.");
        return installation.Store.Write(async tx =>
        {
            var pool = await UserPools.Get(tx, call, request.UserPoolId);
            var changed = pool with
            {
                MfaConfiguration = request.MfaConfiguration ?? pool.MfaConfiguration,
                TotpMfa = request.SoftwareTokenMfaConfiguration ?? (none ? pool.TotpMfa : null),
                EmailMfa = request.EmailMfaConfiguration ?? (none && request.MfaConfiguration != "OFF" ? pool.EmailMfa : null),
                SmsMfa = request.SmsMfaConfiguration is not null ? true : none && request.MfaConfiguration != "OFF" ? pool.SmsMfa : null,
                SmsConfiguration = request.SmsMfaConfiguration?.SmsConfiguration ?? pool.SmsConfiguration,
                SmsAuthenticationMessage = request.SmsMfaConfiguration?.SmsAuthenticationMessage ?? pool.SmsAuthenticationMessage,
                LastModifiedDate = installation.Now,
            };
            tx.Put(Keys.Pool(pool.Ref), changed, CognitoJson.Default.UserPool);
            return Shown(changed);
        });
    }

    public async ValueTask<Empty> SetUserMFAPreference(SetUserMFAPreferenceRequest request, Call call)
    {
        var bearer = await tokens.Check(request.AccessToken, Tokens.SelfService);
        await installation.Store.Write(async tx => await Set(tx, bearer.Pool, await Users.Get(tx, bearer.Pool, bearer.User.Username), request));
        return Empty.Value;
    }

    public async ValueTask<Empty> AdminSetUserMFAPreference(AdminSetUserMFAPreferenceRequest request, Call call)
    {
        await installation.Store.Write(async tx =>
        {
            var pool = await UserPools.Get(tx, call, request.UserPoolId);
            await Set(tx, pool, await Users.Get(tx, pool, request.Username), request);
        });
        return Empty.Value;
    }

    public async ValueTask<GetUserAuthFactorsResponse> GetUserAuthFactors(AccessTokenRequest request, Call call)
    {
        var bearer = await tokens.Check(request.AccessToken, Tokens.SelfService);
        var first = FirstFactors.Of(bearer.Pool, bearer.User).Where(factor => factor != ChallengeNames.PasswordSrp).ToList();
        return new GetUserAuthFactorsResponse { Username = bearer.User.Username, PreferredMfaSetting = bearer.User.PreferredMfa, UserMFASettingList = bearer.User.Mfa, ConfiguredUserAuthFactors = first };
    }

    private async ValueTask Set(ITransaction tx, UserPool pool, User user, MfaPreference wanted)
    {
        var settings = new[] { (ChallengeNames.Sms, wanted.SMSMfaSettings), (ChallengeNames.Totp, wanted.SoftwareTokenMfaSettings), (ChallengeNames.Email, wanted.EmailMfaSettings) };
        if (wanted.WebAuthnMfaSettings is not null) throw Errors.Unsupported("WebAuthnMfaSettings (passkeys)");
        if (settings.Count(setting => setting.Item2?.PreferredMfa == true) > 1) throw Errors.Parameter("Only one MFA method can be preferred.");
        var on = (user.Mfa ?? []).ToList();
        var preferred = user.PreferredMfa;
        foreach (var (factor, setting) in settings)
        {
            if (setting is null) continue;
            if (setting.Enabled != true)
            {
                if (setting.PreferredMfa == true) throw Errors.Parameter("Preferred MFA must be enabled.");
                on.Remove(factor);
                if (preferred == factor) preferred = null;
                continue;
            }

            if (factor == ChallengeNames.Totp && user.Totp is null) throw Errors.Parameter("User has not verified software token mfa");
            if (factor == ChallengeNames.Sms && user["phone_number"] is null || factor == ChallengeNames.Email && !user.Proved("email"))
                throw Errors.Parameter($"User does not have delivery config set to turn on {factor}");
            if (!on.Contains(factor)) on.Add(factor);
            if (setting.PreferredMfa == true) preferred = factor;
            else if (preferred == factor) preferred = null;
        }

        await Users.Put(tx, pool, user, user with { Mfa = on.Count == 0 ? null : on, PreferredMfa = preferred }, installation.Now);
    }

    private static MfaConfigResponse Shown(UserPool pool) => new()
    {
        MfaConfiguration = pool.MfaConfiguration!,
        SoftwareTokenMfaConfiguration = pool.TotpMfa,
        EmailMfaConfiguration = pool.EmailMfa,
        SmsMfaConfiguration = pool.SmsMfa != true ? null : new SmsMfaConfig { SmsAuthenticationMessage = pool.SmsAuthenticationMessage, SmsConfiguration = pool.SmsConfiguration },
    };
}

internal sealed record MfaSetting
{
    public bool? Enabled { get; init; }
    public bool? PreferredMfa { get; init; }
}

internal record MfaPreference
{
    public MfaSetting? SMSMfaSettings { get; init; }
    public MfaSetting? SoftwareTokenMfaSettings { get; init; }
    public MfaSetting? EmailMfaSettings { get; init; }
    public MfaSetting? WebAuthnMfaSettings { get; init; }
}

internal sealed record SetUserMFAPreferenceRequest : MfaPreference
{
    public required string AccessToken { get; init; }
}

internal sealed record AdminSetUserMFAPreferenceRequest : MfaPreference, IOnUser
{
    public required string UserPoolId { get; init; }
    public required string Username { get; init; }
}

internal sealed record GetUserAuthFactorsResponse
{
    public required string Username { get; init; }
    public string? PreferredMfaSetting { get; init; }
    public IReadOnlyList<string>? UserMFASettingList { get; init; }
    public required IReadOnlyList<string> ConfiguredUserAuthFactors { get; init; }
}

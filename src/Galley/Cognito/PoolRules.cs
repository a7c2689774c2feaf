using System.Text.RegularExpressions;

namespace Galley.Cognito;

/// <summary>Checks a pool's settings and fills in AWS's defaults; what is not built yet is refused by name.</summary>
internal static partial class PoolRules
{
    private static readonly string[] AliasNames = ["phone_number", "email", "preferred_username"];

    public static void Check(CreateUserPoolRequest request)
    {
        Check((PoolSettings)request);
        if (request.MfaConfiguration is "ON" or "OPTIONAL" && request.SmsConfiguration is null) throw NoSms();
        if (request.PoolName.Length is 0 or > 128) throw Errors.Constraint(request.PoolName, "poolName", "Member must have length less than or equal to 128");
        if (request.AliasAttributes is { Count: > 0 } && request.UsernameAttributes is { Count: > 0 })
            throw Errors.Parameter("Only one of the aliasAttributes or usernameAttributes can be set in a user pool.");
        foreach (var name in request.AliasAttributes ?? [])
            if (!AliasNames.Contains(name)) throw Errors.Constraint($"[{name}]", "aliasAttributes", "Member must satisfy constraint: [Member must satisfy enum value set: [phone_number, email, preferred_username]]");
        foreach (var name in request.UsernameAttributes ?? [])
            if (name is not ("email" or "phone_number")) throw Errors.Constraint($"[{name}]", "usernameAttributes", "Member must satisfy constraint: [Member must satisfy enum value set: [phone_number, email]]");
    }

    /// <summary>AWS: CreateUserPool and UpdateUserPool know no other second factor; SetUserPoolMfaConfig does.</summary>
    public static Wire.AwsError NoSms() => Errors.Parameter("SMS configuration and Auto verification for phone_number are required when MFA is required/optional");

    public static void Check(PoolSettings settings)
    {
        CheckTriggers(settings.LambdaConfig);
        if (settings.MfaConfiguration is not (null or "OFF" or "ON" or "OPTIONAL")) throw Errors.Constraint(settings.MfaConfiguration, "mfaConfiguration", "Member must satisfy enum value set: [OPTIONAL, OFF, ON]");
        foreach (var name in settings.AutoVerifiedAttributes ?? [])
            if (name is not ("email" or "phone_number")) throw Errors.Constraint($"[{name}]", "autoVerifiedAttributes", "Member must satisfy constraint: [Member must satisfy enum value set: [phone_number, email]]");
        if (settings.UserPoolAddOns is { AdvancedSecurityMode: not "OFF" } addOns) throw Errors.Unsupported($"UserPoolAddOns.AdvancedSecurityMode {addOns.AdvancedSecurityMode} (threat protection)");
        if (settings.UserPoolTier is not (null or "LITE" or "ESSENTIALS" or "PLUS")) throw Errors.Constraint(settings.UserPoolTier, "userPoolTier", "Member must satisfy enum value set: [PLUS, LITE, ESSENTIALS]");
        foreach (var option in settings.AccountRecoverySetting?.RecoveryMechanisms ?? [])
            if (option.Name is not ("verified_email" or "verified_phone_number" or "admin_only"))
                throw Errors.Constraint(option.Name, "accountRecoverySetting.recoveryMechanisms.1.member.name", "Member must satisfy enum value set: [admin_only, verified_email, verified_phone_number]");
        if (settings.VerificationMessageTemplate?.DefaultEmailOption is not (null or "CONFIRM_WITH_CODE" or "CONFIRM_WITH_LINK"))
            throw Errors.Unsupported($"VerificationMessageTemplate.DefaultEmailOption {settings.VerificationMessageTemplate.DefaultEmailOption}");
        foreach (var (text, member) in (ReadOnlySpan<(string?, string)>)[(settings.EmailVerificationMessage, "emailVerificationMessage"), (settings.VerificationMessageTemplate?.EmailMessage, "verificationMessageTemplate.emailMessage")])
            if (text is not null && !text.Contains("{####}", StringComparison.Ordinal))
                throw Errors.Constraint(text, member, @"Member must satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*\{####\}[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*");
        foreach (var name in settings.UserAttributeUpdateSettings?.AttributesRequireVerificationBeforeUpdate ?? [])
            if (settings.AutoVerifiedAttributes?.Contains(name) != true)
                throw Errors.Parameter($"Invalid AttributesRequireVerificationBeforeUpdate attribute(s): {name} must be in AutoVerifiedAttributes.");
        foreach (var factor in settings.Policies?.SignInPolicy?.AllowedFirstAuthFactors ?? [])
            if (factor == "WEB_AUTHN") throw Errors.Unsupported("SignInPolicy.AllowedFirstAuthFactors WEB_AUTHN (passkeys)");
            else if (factor is not ("PASSWORD" or "EMAIL_OTP" or "SMS_OTP"))
                throw Errors.Constraint($"[{factor}]", "policies.signInPolicy.allowedFirstAuthFactors", "Member must satisfy constraint: [Member must satisfy enum value set: [PASSWORD, EMAIL_OTP, SMS_OTP, WEB_AUTHN]]");
        if (settings.DeletionProtection is not (null or "ACTIVE" or "INACTIVE"))
            throw Errors.Constraint(settings.DeletionProtection, "deletionProtection", "Member must satisfy enum value set: [ACTIVE, INACTIVE]");
        if (settings.Policies?.PasswordPolicy is { } policy)
        {
            if (policy.MinimumLength is < 6 or > 99) throw Errors.Constraint($"{policy.MinimumLength}", "policies.passwordPolicy.minimumLength", policy.MinimumLength < 6 ? "Member must have value greater than or equal to 6" : "Member must have value less than or equal to 99");
            if (policy.PasswordHistorySize is < 0 or > 24) throw Errors.Constraint($"{policy.PasswordHistorySize}", "policies.passwordPolicy.passwordHistorySize", policy.PasswordHistorySize < 0 ? "Member must have value greater than or equal to 0" : "Member must have value less than or equal to 24");
            if (policy.TemporaryPasswordValidityDays is < 0 or > 365) throw Errors.Constraint($"{policy.TemporaryPasswordValidityDays}", "policies.passwordPolicy.temporaryPasswordValidityDays", "Member must have value less than or equal to 365");
        }
    }

    /// <summary>AWS: either of the two settings for the token trigger names the same function.</summary>
    private static LambdaConfig Triggers(LambdaConfig? given)
    {
        if (given is null) return new LambdaConfig();
        if (given.PreTokenGenerationConfig is { } config) return given with { PreTokenGeneration = config.LambdaArn };
        return given.PreTokenGeneration is { } arn ? given with { PreTokenGenerationConfig = new VersionedTrigger { LambdaArn = arn, LambdaVersion = "V1_0" } } : given;
    }

    private static void CheckTriggers(LambdaConfig? config)
    {
        if (config is null) return;
        foreach (var (arn, member) in (ReadOnlySpan<(string?, string)>)[
            (config.PreSignUp, "preSignUp"), (config.CustomMessage, "customMessage"), (config.PostConfirmation, "postConfirmation"), (config.PreAuthentication, "preAuthentication"),
            (config.PostAuthentication, "postAuthentication"), (config.DefineAuthChallenge, "defineAuthChallenge"), (config.CreateAuthChallenge, "createAuthChallenge"),
            (config.VerifyAuthChallengeResponse, "verifyAuthChallengeResponse"), (config.PreTokenGeneration, "preTokenGeneration"), (config.UserMigration, "userMigration"),
            (config.PreTokenGenerationConfig?.LambdaArn, "preTokenGenerationConfig.lambdaArn"),
            (config.CustomEmailSender?.LambdaArn, "customEmailSender.lambdaArn"), (config.CustomSMSSender?.LambdaArn, "customSMSSender.lambdaArn"), (config.InboundFederation?.LambdaArn, "inboundFederation.lambdaArn"), (config.KMSKeyID, "kMSKeyID")])
            if (arn is not null && !Arn().IsMatch(arn))
                throw Errors.Constraint(arn, "lambdaConfig." + member, @"Member must satisfy regular expression pattern: arn:[\w+=/,.@-]+:[\w+=/,.@-]+:([\w+=/,.@-]*)?:[0-9]+:[\w+=/,.@-]+(:[\w+=/,.@-]+)?(:[\w+=/,.@-]+)?");
        foreach (var (trigger, member) in (ReadOnlySpan<(VersionedTrigger?, string)>)[(config.CustomEmailSender, "customEmailSender"), (config.CustomSMSSender, "customSMSSender"), (config.InboundFederation, "inboundFederation")])
            if (trigger is not (null or { LambdaVersion: "V1_0" }))
                throw Errors.Constraint(trigger.LambdaVersion, $"lambdaConfig.{member}.lambdaVersion", "Member must satisfy enum value set: [V1_0]");
        if ((config.CustomEmailSender ?? config.CustomSMSSender) is not null && config.KMSKeyID is null) throw Errors.Parameter("KMSKeyID is required when CustomEmailSender or CustomSMSSender is configured.");

        if (config.PreTokenGenerationConfig is not { } tokens) return;
        if (tokens.LambdaVersion is not ("V1_0" or "V2_0" or "V3_0")) throw Errors.Constraint(tokens.LambdaVersion, "lambdaConfig.preTokenGenerationConfig.lambdaVersion", "Member must satisfy enum value set: [V1_0, V2_0, V3_0]");
        if (config.PreTokenGeneration is { } plain && plain != tokens.LambdaArn) throw Errors.Parameter("PreTokenGeneration and PreTokenGenerationConfig must name the same function.");
    }

    [GeneratedRegex(@"^arn:[\w+=/,.@-]+:[\w+=/,.@-]+:([\w+=/,.@-]*)?:[0-9]+:[\w+=/,.@-]+(:[\w+=/,.@-]+)?(:[\w+=/,.@$-]+)?$")]
    private static partial Regex Arn();

    /// <summary>The settings with every default that AWS returns.</summary>
    public static UserPool Apply(UserPool pool, PoolSettings given)
    {
        var policy = given.Policies?.PasswordPolicy;
        // A policy that is given replaces the default as a whole: what it leaves out is off.
        var passwords = policy is null
            ? new PasswordPolicy { MinimumLength = 8, RequireUppercase = true, RequireLowercase = true, RequireNumbers = true, RequireSymbols = true, TemporaryPasswordValidityDays = 7 }
            : new PasswordPolicy
            {
                MinimumLength = policy.MinimumLength ?? 6,
                RequireUppercase = policy.RequireUppercase ?? false,
                RequireLowercase = policy.RequireLowercase ?? false,
                RequireNumbers = policy.RequireNumbers ?? false,
                RequireSymbols = policy.RequireSymbols ?? false,
                PasswordHistorySize = policy.PasswordHistorySize,
                TemporaryPasswordValidityDays = policy.TemporaryPasswordValidityDays ?? given.AdminCreateUserConfig?.UnusedAccountValidityDays ?? 7,
            };
        return pool with
        {
            Policies = new Policies
            {
                PasswordPolicy = passwords,
                SignInPolicy = given.Policies?.SignInPolicy ?? new SignInPolicy { AllowedFirstAuthFactors = ["PASSWORD"] },
            },
            DeletionProtection = given.DeletionProtection ?? "INACTIVE",
            LambdaConfig = Triggers(given.LambdaConfig),
            AutoVerifiedAttributes = given.AutoVerifiedAttributes,
            SmsVerificationMessage = given.SmsVerificationMessage,
            EmailVerificationMessage = given.EmailVerificationMessage,
            EmailVerificationSubject = given.EmailVerificationSubject,
            VerificationMessageTemplate = (given.VerificationMessageTemplate ?? new()) with { DefaultEmailOption = given.VerificationMessageTemplate?.DefaultEmailOption ?? "CONFIRM_WITH_CODE" },
            SmsAuthenticationMessage = given.SmsAuthenticationMessage,
            MfaConfiguration = given.MfaConfiguration ?? "OFF",
            DeviceConfiguration = given.DeviceConfiguration,
            SmsConfiguration = given.SmsConfiguration,
            SmsMfa = given.SmsConfiguration is not null && given.MfaConfiguration is ("ON" or "OPTIONAL") ? true : pool.SmsMfa,
            UserPoolAddOns = given.UserPoolAddOns,
            UserAttributeUpdateSettings = given.UserAttributeUpdateSettings,
            EmailConfiguration = (given.EmailConfiguration ?? new()) with { EmailSendingAccount = given.EmailConfiguration?.EmailSendingAccount ?? "COGNITO_DEFAULT" },
            UserPoolTags = given.UserPoolTags ?? new Dictionary<string, string>(),
            AdminCreateUserConfig = (given.AdminCreateUserConfig ?? new()) with
            {
                AllowAdminCreateUserOnly = given.AdminCreateUserConfig?.AllowAdminCreateUserOnly ?? false,
                UnusedAccountValidityDays = passwords.TemporaryPasswordValidityDays,
            },
            AccountRecoverySetting = given.AccountRecoverySetting,
            UserPoolTier = given.UserPoolTier ?? "ESSENTIALS",
        };
    }
}

namespace Galley.Cognito;

/// <summary>Checks a pool's settings and fills in AWS's defaults; what is not built yet is refused by name.</summary>
internal static class PoolRules
{
    private static readonly string[] AliasNames = ["phone_number", "email", "preferred_username"];

    public static void Check(CreateUserPoolRequest request)
    {
        Check((PoolSettings)request);
        if (request.PoolName.Length is 0 or > 128) throw Errors.Constraint(request.PoolName, "poolName", "Member must have length less than or equal to 128");
        if (request.AliasAttributes is { Count: > 0 } && request.UsernameAttributes is { Count: > 0 })
            throw Errors.Parameter("Only one of the aliasAttributes or usernameAttributes can be set in a user pool.");
        foreach (var name in request.AliasAttributes ?? [])
            if (!AliasNames.Contains(name)) throw Errors.Constraint($"[{name}]", "aliasAttributes", "Member must satisfy constraint: [Member must satisfy enum value set: [phone_number, email, preferred_username]]");
        foreach (var name in request.UsernameAttributes ?? [])
            if (name is not ("email" or "phone_number")) throw Errors.Constraint($"[{name}]", "usernameAttributes", "Member must satisfy constraint: [Member must satisfy enum value set: [phone_number, email]]");
    }

    public static void Check(PoolSettings settings)
    {
        foreach (var (trigger, value) in settings.LambdaConfig ?? new Dictionary<string, System.Text.Json.JsonElement>())
            if (value.ValueKind is not (System.Text.Json.JsonValueKind.Null or System.Text.Json.JsonValueKind.Undefined))
                throw Errors.Unsupported($"LambdaConfig.{trigger}");
        if (settings.MfaConfiguration is not (null or "OFF")) throw Errors.Unsupported($"MfaConfiguration {settings.MfaConfiguration}");
        foreach (var name in settings.AutoVerifiedAttributes ?? [])
            if (name == "phone_number") throw Errors.Unsupported("AutoVerifiedAttributes phone_number (there are no text messages)");
            else if (name != "email") throw Errors.Constraint($"[{name}]", "autoVerifiedAttributes", "Member must satisfy constraint: [Member must satisfy enum value set: [phone_number, email]]");
        if (settings.VerificationMessageTemplate?.DefaultEmailOption is not (null or "CONFIRM_WITH_CODE"))
            throw Errors.Unsupported($"VerificationMessageTemplate.DefaultEmailOption {settings.VerificationMessageTemplate.DefaultEmailOption}");
        foreach (var (text, member) in (ReadOnlySpan<(string?, string)>)[(settings.EmailVerificationMessage, "emailVerificationMessage"), (settings.VerificationMessageTemplate?.EmailMessage, "verificationMessageTemplate.emailMessage")])
            if (text is not null && !text.Contains("{####}", StringComparison.Ordinal))
                throw Errors.Constraint(text, member, @"Member must satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*\{####\}[\p{L}\p{M}\p{S}\p{N}\p{P}\s*]*");
        if (settings.UserAttributeUpdateSettings?.AttributesRequireVerificationBeforeUpdate is { Count: > 0 })
            throw Errors.Unsupported("UserAttributeUpdateSettings.AttributesRequireVerificationBeforeUpdate");
        if (settings.Policies?.SignInPolicy?.AllowedFirstAuthFactors is { } factors && factors.Any(factor => factor != "PASSWORD"))
            throw Errors.Unsupported("SignInPolicy.AllowedFirstAuthFactors other than PASSWORD");
        if (settings.DeletionProtection is not (null or "ACTIVE" or "INACTIVE"))
            throw Errors.Constraint(settings.DeletionProtection, "deletionProtection", "Member must satisfy enum value set: [ACTIVE, INACTIVE]");
        if (settings.Policies?.PasswordPolicy is { } policy)
        {
            if (policy.MinimumLength is < 6 or > 99) throw Errors.Constraint($"{policy.MinimumLength}", "policies.passwordPolicy.minimumLength", policy.MinimumLength < 6 ? "Member must have value greater than or equal to 6" : "Member must have value less than or equal to 99");
            if (policy.TemporaryPasswordValidityDays is < 0 or > 365) throw Errors.Constraint($"{policy.TemporaryPasswordValidityDays}", "policies.passwordPolicy.temporaryPasswordValidityDays", "Member must have value less than or equal to 365");
        }
    }

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
            LambdaConfig = new Dictionary<string, System.Text.Json.JsonElement>(),
            AutoVerifiedAttributes = given.AutoVerifiedAttributes,
            SmsVerificationMessage = given.SmsVerificationMessage,
            EmailVerificationMessage = given.EmailVerificationMessage,
            EmailVerificationSubject = given.EmailVerificationSubject,
            VerificationMessageTemplate = (given.VerificationMessageTemplate ?? new()) with { DefaultEmailOption = "CONFIRM_WITH_CODE" },
            SmsAuthenticationMessage = given.SmsAuthenticationMessage,
            MfaConfiguration = "OFF",
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

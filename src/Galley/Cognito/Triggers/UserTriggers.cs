using System.Text.Json;

namespace Galley.Cognito.Triggers;

/// <summary>The triggers around users and sign-ins: pre sign-up, post confirmation, pre and post authentication, user migration, inbound federation, custom message.</summary>
internal sealed class UserTriggers(TriggerCall triggers)
{
    public const string SignUp = "PreSignUp_SignUp", AdminCreate = "PreSignUp_AdminCreateUser", External = "PreSignUp_ExternalProvider";

    /// <summary>Whether the new user is confirmed at once, and with which proved addresses.</summary>
    public async ValueTask<PreSignUpAnswer> PreSignUp(
        UserPool pool, string? clientId, string source, User draft, IReadOnlyList<UserAttribute>? validation, IReadOnlyDictionary<string, string>? metadata)
    {
        if (pool.LambdaConfig?.PreSignUp is not { } arn) return new PreSignUpAnswer(false, false, false);
        var answer = await triggers.Run(new TriggerEvent("PreSignUp", source, pool, clientId, draft.Username, writer =>
        {
            TriggerCall.WriteMap(writer, "userAttributes", draft.Attributes.Select(known => KeyValuePair.Create(known.Name, known.Value ?? "")));
            WriteOrNull(writer, "validationData", validation?.Select(given => KeyValuePair.Create(given.Name, given.Value ?? "")));
            TriggerCall.WriteMap(writer, "clientMetadata", metadata);
        }, writer =>
        {
            writer.WriteBoolean("autoConfirmUser", false);
            writer.WriteBoolean("autoVerifyEmail", false);
            writer.WriteBoolean("autoVerifyPhone", false);
        }), arn);
        var result = new PreSignUpAnswer(
            TriggerCall.Flag(answer, "autoConfirmUser") == true, TriggerCall.Flag(answer, "autoVerifyEmail") == true, TriggerCall.Flag(answer, "autoVerifyPhone") == true);
        if (result.VerifyEmail && draft["email"] is null) throw Errors.Parameter("Cannot autoverify email because email is not present in the attributes");
        if (result.VerifyPhone && draft["phone_number"] is null) throw Errors.Parameter("Cannot autoverify phone because phone_number is not present in the attributes");
        return result;
    }

    /// <param name="pool">The pool.</param>
    /// <param name="clientId">The app client.</param>
    /// <param name="source">`PostConfirmation_ConfirmSignUp` or `PostConfirmation_ConfirmForgotPassword`.</param>
    /// <param name="user">The user, confirmed.</param>
    /// <param name="metadata">ClientMetadata.</param>
    public async ValueTask PostConfirmation(UserPool pool, string? clientId, string source, User user, IReadOnlyDictionary<string, string>? metadata)
    {
        if (pool.LambdaConfig?.PostConfirmation is not { } arn) return;
        await triggers.Run(new TriggerEvent("PostConfirmation", source, pool, clientId, user.Username, writer =>
        {
            WriteUser(writer, user);
            TriggerCall.WriteMap(writer, "clientMetadata", metadata);
        }), arn);
    }

    /// <param name="visit">Where.</param>
    /// <param name="name">The name that was typed.</param>
    /// <param name="user">Whom it means; null for nobody, which the trigger sees only where names are hidden.</param>
    public async ValueTask PreAuthentication(SignIn.Visit visit, string name, User? user)
    {
        if (visit.Pool.LambdaConfig?.PreAuthentication is not { } arn) return;
        await triggers.Run(new TriggerEvent("PreAuthentication", "PreAuthentication_Authentication", visit.Pool, visit.Client.ClientId, user?.Username ?? name, writer =>
        {
            if (user is not null) WriteUser(writer, user);
            else TriggerCall.WriteMap(writer, "userAttributes", []);
            WriteOrNull(writer, "validationData", visit.Metadata);
            if (user is null) writer.WriteBoolean("userNotFound", true);
        }), arn);
    }

    public async ValueTask PostAuthentication(SignIn.Visit visit, User user, bool newDevice)
    {
        if (visit.Pool.LambdaConfig?.PostAuthentication is not { } arn) return;
        await triggers.Run(new TriggerEvent("PostAuthentication", "PostAuthentication_Authentication", visit.Pool, visit.Client.ClientId, user.Username, writer =>
        {
            WriteUser(writer, user);
            writer.WriteBoolean("newDeviceUsed", newDevice);
            TriggerCall.WriteMap(writer, "clientMetadata", visit.Metadata);
        }), arn);
    }

    /// <summary>What another directory knows of a name; null without such a trigger.</summary>
    /// <param name="visit">Where.</param>
    /// <param name="name">The name that was typed.</param>
    /// <param name="password">The password, for a sign-in; null when it was forgotten.</param>
    public async ValueTask<MigratedUser?> Migrate(SignIn.Visit visit, string name, string? password)
    {
        if (visit.Pool.LambdaConfig?.UserMigration is not { } arn) return null;
        var answer = await triggers.Run(new TriggerEvent(
            "UserMigration", password is null ? "UserMigration_ForgotPassword" : "UserMigration_Authentication", visit.Pool, visit.Client.ClientId, name, writer =>
            {
                if (password is not null) writer.WriteString("password", password);
                WriteOrNull(writer, "validationData", visit.Metadata);
                WriteOrNull(writer, "userAttributes", null);
                TriggerCall.WriteMap(writer, "clientMetadata", visit.Metadata);
            }, writer =>
            {
                foreach (var member in (ReadOnlySpan<string>)["userAttributes", "forceAliasCreation", "enableSMSMFA", "finalUserStatus", "messageAction", "desiredDeliveryMediums"]) writer.WriteNull(member);
            }), arn);
        var attributes = TriggerCall.Map(answer, "userAttributes");
        if (attributes.Count == 0) return null;
        var mediums = answer.TryGetProperty("desiredDeliveryMediums", out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().Select(item => item.GetString() ?? "").ToList() : [];
        return new MigratedUser(
            [.. attributes.Select(pair => new UserAttribute { Name = pair.Key, Value = pair.Value })], TriggerCall.Text(answer, "finalUserStatus"), TriggerCall.Text(answer, "messageAction"), mediums,
            TriggerCall.Flag(answer, "forceAliasCreation") == true);
    }

    /// <summary>The provider's claims as the trigger would have them mapped: all that it names, and no others; an empty answer keeps them.</summary>
    public async ValueTask<IReadOnlyDictionary<string, string>> InboundFederation(UserPool pool, UserPoolClient client, IdentityProvider provider, string subject, Federation.ForeignUser found)
    {
        if (pool.LambdaConfig?.InboundFederation is not { LambdaArn: var arn }) return found.Claims;
        var answer = await triggers.Run(new TriggerEvent("InboundFederation", "InboundFederation_ExternalProvider", pool, client.ClientId, subject, writer =>
        {
            writer.WriteString("providerName", provider.ProviderName);
            writer.WriteString("providerType", provider.ProviderType);
            writer.WriteStartObject("attributes");
            TriggerCall.WriteMap(writer, "tokenResponse", found.TokenResponse);
            TriggerCall.WriteMap(writer, "idToken", found.IdToken);
            TriggerCall.WriteMap(writer, "userInfo", found.UserInfo);
            writer.WriteEndObject();
        }, writer => TriggerCall.WriteMap(writer, "userAttributesToMap", [])), arn);
        return TriggerCall.Map(answer, "userAttributesToMap") is { Count: > 0 } wanted ? wanted : found.Claims;
    }

    /// <summary>The pool's own words for a message; members it left out stay null.</summary>
    public async ValueTask<CustomWords?> CustomMessage(UserPool pool, string? clientId, string source, User user, string? usernameParameter, IReadOnlyDictionary<string, string>? metadata)
    {
        if (pool.LambdaConfig?.CustomMessage is not { } arn) return null;
        var answer = await triggers.Run(new TriggerEvent("CustomMessage", source, pool, clientId, user.Username, writer =>
        {
            WriteUser(writer, user);
            writer.WriteString("codeParameter", "{####}");
            writer.WriteString("linkParameter", "{##Click Here##}");
            writer.WriteString("usernameParameter", usernameParameter);
            TriggerCall.WriteMap(writer, "clientMetadata", metadata);
        }, writer =>
        {
            writer.WriteNull("smsMessage");
            writer.WriteNull("emailMessage");
            writer.WriteNull("emailSubject");
        }), arn);
        return new CustomWords(TriggerCall.Text(answer, "smsMessage"), TriggerCall.Text(answer, "emailMessage"), TriggerCall.Text(answer, "emailSubject"));
    }

    /// <summary>`userAttributes` as every trigger but the first sees them.</summary>
    public static void WriteUser(Utf8JsonWriter writer, User user) => TriggerCall.WriteMap(writer, "userAttributes",
    [
        KeyValuePair.Create("sub", user.Sub), KeyValuePair.Create("cognito:user_status", user.Status),
        .. user.Attributes.Select(known => KeyValuePair.Create(known.Name, known.Value ?? "")),
    ]);

    private static void WriteOrNull(Utf8JsonWriter writer, string name, IEnumerable<KeyValuePair<string, string>>? map)
    {
        if (map is null) writer.WriteNull(name);
        else TriggerCall.WriteMap(writer, name, map);
    }
}

internal sealed record PreSignUpAnswer(bool Confirm, bool VerifyEmail, bool VerifyPhone);

/// <param name="Attributes">What the user brings along.</param>
/// <param name="Status">`CONFIRMED`, or null for a password that must be set anew.</param>
/// <param name="MessageAction">`SUPPRESS`: no welcome.</param>
/// <param name="Mediums">`EMAIL`, `SMS`.</param>
/// <param name="ForceAlias">Take an alias away from whoever has it.</param>
internal sealed record MigratedUser(IReadOnlyList<UserAttribute> Attributes, string? Status, string? MessageAction, IReadOnlyList<string> Mediums, bool ForceAlias);

internal sealed record CustomWords(string? Sms, string? Email, string? Subject);

using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Galley.Cognito.Triggers;

namespace Galley.Cognito.SignIn;

/// <summary>Makes id and access tokens out of a grant, claim by claim as Cognito does; the token trigger has the last word on what it may change.</summary>
internal sealed class Tokens(Installation installation, SigningKeys signing, TokenTriggers triggers)
{
    public const string SelfService = "aws.cognito.signin.user.admin";

    /// <summary>Signs the tokens of a grant. No id token where a hosted log-in did not ask for `openid`.</summary>
    /// <param name="pool">The pool.</param>
    /// <param name="client">The app client.</param>
    /// <param name="user">Whose tokens.</param>
    /// <param name="grant">The log-in.</param>
    /// <param name="source">Why now, one of <see cref="TokenSource"/>; null for the usual reason of such a grant.</param>
    /// <param name="metadata">ClientMetadata for the trigger.</param>
    public async ValueTask<IssuedTokens> Issue(UserPool pool, UserPoolClient client, User user, Grant grant, string? source = null, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var groups = await installation.Store.Read(tx => Users.GroupsOf(tx, pool, user));
        var changes = await triggers.Ask(pool, client, user, source ?? (grant.Hosted ? TokenSource.HostedAuth : TokenSource.Authentication), groups, grant.Scopes, metadata);
        var now = installation.Now;
        // Where tokens cannot be revoked AWS leaves origin_jti out; the event id then leads to the log-in.
        var eventId = client.Revocable ? installation.Ids.Uuid() : grant.Origin;
        var names = changes?.Groups ?? [.. groups.Select(group => group.GroupName)];
        var scopes = changes is null ? grant.Scopes : [.. grant.Scopes.Except(changes.ScopesToSuppress).Concat(changes.ScopesToAdd.Where(IsScope)).Distinct()];
        var access = await signing.Sign(pool.Ref, accessToken: true, TokenTriggers.Apply(Json.Object(writer =>
        {
            writer.WriteString("sub", user.Sub);
            if (grant.DeviceKey is not null) writer.WriteString("device_key", grant.DeviceKey);
            WriteGroups(writer, names);
            writer.WriteString("iss", pool.Ref.Issuer);
            if (grant.Hosted) writer.WriteNumber("version", 2);
            writer.WriteString("client_id", client.ClientId);
            if (client.Revocable) writer.WriteString("origin_jti", grant.Origin);
            writer.WriteString("event_id", eventId);
            writer.WriteString("token_use", "access");
            writer.WriteString("scope", string.Join(' ', scopes));
            WriteTimes(writer, grant.AuthTime, now, client.AccessLife);
            writer.WriteString("username", user.Username);
        }), changes?.Access ?? Claims.None));
        var wantsId = !grant.Hosted || grant.Scopes.Contains("openid");
        var id = !wantsId ? null : await signing.Sign(pool.Ref, accessToken: false, TokenTriggers.Apply(Json.Object(writer =>
        {
            if (grant.Hosted) writer.WriteString("at_hash", Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(access)).AsSpan(0, 16)));
            writer.WriteString("sub", user.Sub);
            WriteGroups(writer, names);
            WriteRoles(writer, groups, changes);
            writer.WriteString("iss", pool.Ref.Issuer);
            writer.WriteString("cognito:username", user.Username);
            if (grant.Nonce is not null) writer.WriteString("nonce", grant.Nonce);
            if (client.Revocable) writer.WriteString("origin_jti", grant.Origin);
            writer.WriteString("aud", client.ClientId);
            writer.WriteString("event_id", eventId);
            writer.WriteString("token_use", "id");
            WriteTimes(writer, grant.AuthTime, now, client.IdLife);
            if (user.Identities is { Count: > 0 } linked)
            {
                writer.WritePropertyName("identities");
                LinkedAccounts.Write(writer, linked);
            }

            foreach (var attribute in Shown(client, user, grant))
                if (attribute.Name is "email_verified" or "phone_number_verified") writer.WriteBoolean(attribute.Name, attribute.Value == "true");
                else if (attribute.Name == "updated_at" && long.TryParse(attribute.Value, out var seconds)) writer.WriteNumber(attribute.Name, seconds);
                else writer.WriteString(attribute.Name, attribute.Value);
        }), changes?.Id ?? Claims.None));
        return new IssuedTokens(access, id, (int)client.AccessLife.TotalSeconds);
    }

    /// <summary>The token of a machine: its subject is the client itself.</summary>
    public async ValueTask<IssuedTokens> IssueForClient(UserPool pool, UserPoolClient client, IReadOnlyList<string> scopes, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var now = installation.Now;
        var changes = await triggers.Ask(pool, client, null, TokenSource.Machine, [], scopes, metadata);
        var kept = changes is null ? scopes : [.. scopes.Except(changes.ScopesToSuppress).Concat(changes.ScopesToAdd.Where(IsScope)).Distinct()];
        var access = await signing.Sign(pool.Ref, accessToken: true, TokenTriggers.Apply(Json.Object(writer =>
        {
            writer.WriteString("sub", client.ClientId);
            writer.WriteString("token_use", "access");
            writer.WriteString("scope", string.Join(' ', kept));
            writer.WriteString("iss", pool.Ref.Issuer);
            writer.WriteNumber("version", 2);
            WriteTimes(writer, now, now, client.AccessLife);
            writer.WriteString("client_id", client.ClientId);
        }), changes?.Access ?? Claims.None));
        return new IssuedTokens(access, null, (int)client.AccessLife.TotalSeconds);
    }

    /// <summary>Attributes that the client may read and, for a hosted log-in, the scopes ask for.</summary>
    private IEnumerable<UserAttribute> Shown(UserPoolClient client, User user, Grant grant)
        => user.Attributes.Where(attribute => AttributeRules.Readable(client, attribute.Name) && (!grant.Hosted || InScopes(grant.Scopes, attribute.Name, installation.Options.StrictOidc)));

    /// <summary>`openid` alone means everything readable; with others beside it each scope stands for its own claims.</summary>
    /// <param name="strict">OIDC Core §5.4 instead: every scope stands for its own claims, `openid` for none.</param>
    public static bool InScopes(IReadOnlyList<string> scopes, string attribute, bool strict)
    {
        var ofEmail = attribute is "email" or "email_verified";
        var ofPhone = attribute is "phone_number" or "phone_number_verified";
        if (scopes.Contains("email") && ofEmail || scopes.Contains("phone") && ofPhone) return true;
        if (strict) return attribute == "address" ? scopes.Contains("address") : !ofEmail && !ofPhone && scopes.Contains("profile");
        return scopes.Contains("profile") || !scopes.Any(scope => scope is "email" or "phone") && scopes.Contains("openid");
    }

    private void WriteTimes(Utf8JsonWriter writer, DateTimeOffset authTime, DateTimeOffset now, TimeSpan life)
    {
        writer.WriteNumber("auth_time", authTime.ToUnixTimeSeconds());
        writer.WriteNumber("exp", (now + life).ToUnixTimeSeconds());
        writer.WriteNumber("iat", now.ToUnixTimeSeconds());
        writer.WriteString("jti", installation.Ids.Uuid());
    }

    /// <summary>A trigger may add any scope but the one that opens the user's own account.</summary>
    private static bool IsScope(string text) => text.Length > 0 && text != SelfService && !text.Contains(' ');

    private static void WriteGroups(Utf8JsonWriter writer, IReadOnlyList<string> groups)
    {
        if (groups.Count == 0) return;
        writer.WriteStartArray("cognito:groups");
        foreach (var group in groups) writer.WriteStringValue(group);
        writer.WriteEndArray();
    }

    private static void WriteRoles(Utf8JsonWriter writer, IReadOnlyList<Group> groups, TokenChanges? changes)
    {
        var withRole = groups.Where(group => group.RoleArn is not null).ToList();
        var roles = changes?.Roles ?? [.. withRole.Select(group => group.RoleArn!).Distinct()];
        if (roles.Count > 0)
        {
            writer.WriteStartArray("cognito:roles");
            foreach (var role in roles) writer.WriteStringValue(role);
            writer.WriteEndArray();
        }

        // Two groups of equal precedence with different roles leave none preferred.
        var best = withRole.Where(group => group.Precedence == withRole[0].Precedence).Select(group => group.RoleArn!).Distinct().ToList();
        if ((changes?.PreferredRole ?? (changes?.Roles is null && best.Count == 1 ? best[0] : null)) is { } preferred) writer.WriteString("cognito:preferred_role", preferred);
    }
}

internal sealed record IssuedTokens(string AccessToken, string? IdToken, int ExpiresIn);

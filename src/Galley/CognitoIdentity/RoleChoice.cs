using System.Text.Json;

namespace Galley.CognitoIdentity;

/// <summary>
/// Which role an identity gets: the guests', the signed-in users', or the one that the provider's mapping chooses by the token's claims.
/// https://docs.aws.amazon.com/cognito/latest/developerguide/role-based-access-control.html
/// </summary>
internal static class RoleChoice
{
    public static string For(Pool pool, IReadOnlyList<ProvenLogin> proven, string? custom)
    {
        if (proven.Count == 0)
            return custom is null ? Usual(pool, "unauthenticated") : throw Errors.NotAuthorized("Custom role is not allowed for unauthenticated identities.");
        var login = proven[0];
        var mapping = pool.RoleMappings?.GetValueOrDefault($"{login.Provider}:{login.ClientId}") ?? pool.RoleMappings?.GetValueOrDefault(login.Provider);
        if (custom is not null && mapping?.Type != "Token") throw Errors.InvalidParameter("Custom role ARN is only allowed with role mappings of type Token.");
        return mapping?.Type switch
        {
            "Token" => ByToken(login.Claims, custom) ?? Ambiguous(pool, mapping),
            "Rules" => ByRules(login.Claims, mapping.RulesConfiguration!.Rules) ?? Ambiguous(pool, mapping),
            _ => Usual(pool, "authenticated"),
        };
    }

    private static string? ByToken(JsonElement claims, string? custom)
    {
        var allowed = claims.TryGetProperty("cognito:roles", out var roles) && roles.ValueKind == JsonValueKind.Array ? roles.EnumerateArray().Select(role => role.GetString()).ToList() : [];
        if (custom is not null) return allowed.Contains(custom) ? custom : throw Errors.NotAuthorized("The role is not among those of the token.");
        return claims.TryGetProperty("cognito:preferred_role", out var preferred) && preferred.ValueKind == JsonValueKind.String ? preferred.GetString()
            : allowed is [{ } only] ? only : null;
    }

    /// <summary>The first rule that matches.</summary>
    private static string? ByRules(JsonElement claims, List<MappingRule> rules)
        => rules.Find(rule => ValuesOf(claims, rule.Claim) is { } values && rule.MatchType switch
        {
            "Equals" => values.Contains(rule.Value),
            "Contains" => values.Any(value => value.Contains(rule.Value, StringComparison.Ordinal)),
            "StartsWith" => values.Any(value => value.StartsWith(rule.Value, StringComparison.Ordinal)),
            _ => !values.Contains(rule.Value),
        })?.RoleARN;

    private static List<string>? ValuesOf(JsonElement claims, string name) => !claims.TryGetProperty(name, out var value) ? null
        : value.ValueKind switch
        {
            JsonValueKind.Array => [.. value.EnumerateArray().Select(item => item.ToString())],
            JsonValueKind.String => [value.GetString()!],
            _ => [value.GetRawText()],
        };

    private static string Ambiguous(Pool pool, RoleMapping mapping)
        => mapping.AmbiguousRoleResolution == "AuthenticatedRole" ? Usual(pool, "authenticated") : throw Errors.NotAuthorized("Access denied by role mapping: no role matches the token.");

    private static string Usual(Pool pool, string kind) => pool.Roles?.GetValueOrDefault(kind) ?? throw Errors.BadConfiguration();
}

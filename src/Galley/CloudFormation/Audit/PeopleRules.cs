using System.Text.Json.Nodes;

namespace Galley.CloudFormation.Audit;

/// <summary>User pools, their clients, identity pools.</summary>
internal static class PeopleRules
{
    private const double LongestToken = 60, LongestRefresh = 30 * 24 * 60;
    private const int ShortestPassword = 8;

    public static IEnumerable<Finding> Check(AuditedTemplate template) => [.. Pools(template), .. Clients(template), .. IdentityPools(template)];

    private static IEnumerable<Finding> Pools(AuditedTemplate template)
    {
        foreach (var (id, pool) in template.Of("AWS::Cognito::UserPool"))
        {
            if (!pool["DeletionProtection"].Is("ACTIVE")) yield return new(Rules.PoolDeletion, id, "DeletionProtection is not ACTIVE");
            if (pool["MfaConfiguration"] is null || pool["MfaConfiguration"].Is("OFF")) yield return new(Rules.NoMfa, id, "MfaConfiguration is OFF");
            if (pool.At("Policies", "PasswordPolicy", "MinimumLength").Number() < ShortestPassword) yield return new(Rules.WeakPasswords, id, $"MinimumLength: {pool.At("Policies", "PasswordPolicy", "MinimumLength").Text()}");
        }
    }

    private static IEnumerable<Finding> Clients(AuditedTemplate template)
    {
        foreach (var (id, client) in template.Of("AWS::Cognito::UserPoolClient"))
        {
            if (client["AllowedOAuthFlows"].Texts().Contains("implicit")) yield return new(Rules.Implicit, id, "AllowedOAuthFlows: implicit");
            foreach (var url in client["CallbackURLs"].Texts().Concat(client["LogoutURLs"].Texts()).Where(IsPlain)) yield return new(Rules.PlainCallback, id, url);
            if (!client["PreventUserExistenceErrors"].Is("ENABLED")) yield return new(Rules.UserExistence, id, "PreventUserExistenceErrors is not ENABLED");
            if (client["EnableTokenRevocation"].Says(false)) yield return new(Rules.NoRevocation, id, "EnableTokenRevocation: false");
            foreach (var flow in client["ExplicitAuthFlows"].Texts().Where(flow => flow is "ALLOW_USER_PASSWORD_AUTH" or "USER_PASSWORD_AUTH")) yield return new(Rules.PasswordFlow, id, flow);
            foreach (var (name, unit, most) in ((string, string, double)[])[("AccessToken", "hours", LongestToken), ("IdToken", "hours", LongestToken), ("RefreshToken", "days", LongestRefresh)])
                if (Minutes(client, name, unit) is { } minutes && minutes > most)
                    yield return new(Rules.LongTokens, id, $"{name}Validity: {client[name + "Validity"].Text()} {client.At("TokenValidityUnits", name).Text() ?? unit}");
        }
    }

    private static IEnumerable<Finding> IdentityPools(AuditedTemplate template)
    {
        foreach (var (id, pool) in template.Of("AWS::Cognito::IdentityPool"))
        {
            if (pool["AllowUnauthenticatedIdentities"].Says(true)) yield return new(Rules.Guests, id, "AllowUnauthenticatedIdentities: true");
            if (pool["AllowClassicFlow"].Says(true)) yield return new(Rules.ClassicFlow, id, "AllowClassicFlow: true");
        }
    }

    private static double? Minutes(JsonObject client, string token, string usual)
        => client[token + "Validity"].Number() * (client.At("TokenValidityUnits", token).Text() ?? usual) switch { "seconds" => 1 / 60.0, "minutes" => 1, "hours" => 60, _ => 24 * 60 };

    private static bool IsPlain(string url) => url.StartsWith("http://", StringComparison.Ordinal) && Uri.TryCreate(url, UriKind.Absolute, out var uri) && !uri.IsLoopback && !uri.Host.EndsWith(".localhost", StringComparison.Ordinal);
}

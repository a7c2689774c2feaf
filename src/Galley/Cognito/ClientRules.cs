using System.Text.RegularExpressions;
using Galley.Store;
using Galley.Wire;

namespace Galley.Cognito;

/// <summary>Checks an app client's settings. AWS: "App client settings terms"; callback URLs are absolute, without fragment, and https except on localhost.</summary>
internal static partial class ClientRules
{
    private static readonly string[] Flows =
    [
        "ADMIN_NO_SRP_AUTH", "CUSTOM_AUTH_FLOW_ONLY", "USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_CUSTOM_AUTH",
        "ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_AUTH",
    ];

    public static readonly string[] OpenIdScopes = ["openid", "email", "phone", "profile", "aws.cognito.signin.user.admin"];

    public static async ValueTask Check(ISnapshot tx, UserPool pool, ClientSettings client, bool hasSecret)
    {
        foreach (var flow in client.ExplicitAuthFlows ?? [])
            if (!Flows.Contains(flow))
                throw Errors.Constraint($"[{string.Join(", ", client.ExplicitAuthFlows!)}]", "explicitAuthFlows", $"Member must satisfy constraint: [Member must satisfy enum value set: [{string.Join(", ", Flows)}]]");
        if (client.ExplicitAuthFlows is { } flows && flows.Any(flow => flow.StartsWith("ALLOW_", StringComparison.Ordinal)) && flows.Any(flow => !flow.StartsWith("ALLOW_", StringComparison.Ordinal)))
            throw Errors.Parameter("ExplicitAuthFlows values without ALLOW_ cannot be used together with values that start with ALLOW_.");
        if (client.PreventUserExistenceErrors is not (null or "LEGACY" or "ENABLED"))
            throw Errors.Constraint(client.PreventUserExistenceErrors, "preventUserExistenceErrors", "Member must satisfy enum value set: [LEGACY, ENABLED]");
        foreach (var provider in client.SupportedIdentityProviders ?? [])
            if (provider != "COGNITO" && await tx.Get(Keys.IdentityProvider(pool.Ref, provider)) is null) throw Errors.Parameter($"The provider {provider} does not exist for User Pool {pool.Id}.");
        if (client.AuthSessionValidity is < 3 or > 15) throw Errors.Constraint($"{client.AuthSessionValidity}", "authSessionValidity", client.AuthSessionValidity < 3 ? "Member must have value greater than or equal to 3" : "Member must have value less than or equal to 15");
        if (client.RefreshTokenRotation is { } rotation)
        {
            if (rotation.Feature is not ("ENABLED" or "DISABLED")) throw Errors.Constraint(rotation.Feature, "refreshTokenRotation.feature", "Member must satisfy enum value set: [ENABLED, DISABLED]");
            if (rotation.RetryGracePeriodSeconds is < 0 or > 60)
                throw Errors.Constraint($"{rotation.RetryGracePeriodSeconds}", "refreshTokenRotation.retryGracePeriodSeconds", rotation.RetryGracePeriodSeconds < 0 ? "Member must have value greater than or equal to 0" : "Member must have value less than or equal to 60");
        }

        if (client.AnalyticsConfiguration is not null) throw Errors.Unsupported("AnalyticsConfiguration (Amazon Pinpoint)");
        CheckLives(client);
        CheckAttributes(pool, client);
        CheckUrls(client);
        await CheckOAuth(tx, pool, client, hasSecret);
    }

    /// <summary>Whether a URL may be registered as a callback or logout URL.</summary>
    public static bool IsCallback(string url)
    {
        if (url.Length is 0 or > 1024 || url.Contains('#') || url.Any(c => char.IsControl(c) || char.IsWhiteSpace(c) || c == '\\')) return false;
        if (!Scheme().IsMatch(url) || !Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.UserInfo.Length > 0) return false;
        return uri.Scheme switch
        {
            "https" => uri.Host.Length > 0 && !uri.Host.Contains('*'),
            // `localhost` itself is AWS's rule; names under it, and the loopback addresses, are this machine just as well.
            "http" => uri.Host is "localhost" or "127.0.0.1" or "[::1]" || uri.Host.EndsWith(".localhost", StringComparison.Ordinal) && !uri.Host.Contains('*'),
            "javascript" or "data" or "vbscript" or "file" or "blob" or "about" => false,
            _ => true, // custom schemes of mobile apps
        };
    }

    private static void CheckLives(ClientSettings client)
    {
        var units = client.TokenValidityUnits;
        foreach (var unit in (ReadOnlySpan<string?>)[units?.AccessToken, units?.IdToken, units?.RefreshToken])
            if (unit is not (null or "seconds" or "minutes" or "hours" or "days"))
                throw Errors.Constraint(unit, "tokenValidityUnits", "Member must satisfy enum value set: [hours, seconds, minutes, days]");
        Range(client.AccessTokenValidity, units?.AccessToken, "hours", TimeSpan.FromMinutes(5), TimeSpan.FromDays(1));
        Range(client.IdTokenValidity, units?.IdToken, "hours", TimeSpan.FromMinutes(5), TimeSpan.FromDays(1));
        Range(client.RefreshTokenValidity, units?.RefreshToken, "days", TimeSpan.FromHours(1), TimeSpan.FromDays(3650));

        static void Range(int? value, string? unit, string usual, TimeSpan min, TimeSpan max)
        {
            if (value is null or 0) return;
            if (value < 0 || value > 315360000) throw Errors.Parameter("Invalid range for token validity.");
            var life = UserPoolClient.Life(value, unit, usual, min);
            if (life < min || life > max) throw Errors.Parameter("Invalid range for token validity.");
        }
    }

    private static void CheckAttributes(UserPool pool, ClientSettings client)
    {
        foreach (var name in client.ReadAttributes ?? [])
            if (pool.SchemaAttributes.All(attribute => attribute.Name != name)) throw Errors.Parameter("Invalid read attributes specified while creating a client");
        foreach (var name in client.WriteAttributes ?? [])
            if (pool.SchemaAttributes.All(attribute => attribute.Name != name) || name is "sub" or "email_verified" or "phone_number_verified" or "identities")
                throw Errors.Parameter("Invalid write attributes specified while creating a client");
        if (client.WriteAttributes is { Count: > 0 } writable)
            foreach (var required in pool.SchemaAttributes)
                if (required.Required == true && required.Name != "sub" && !writable.Contains(required.Name)) throw Errors.Parameter("Invalid write attributes specified while creating a client");
    }

    private static void CheckUrls(ClientSettings client)
    {
        foreach (var url in client.CallbackURLs ?? [])
            if (!IsCallback(url)) throw Errors.Parameter($"{url} is not a valid callback URL: it must be absolute, have no fragment, and use https unless the host is localhost.");
        foreach (var url in client.LogoutURLs ?? [])
            if (!IsCallback(url)) throw Errors.Parameter($"{url} is not a valid logout URL: it must be absolute, have no fragment, and use https unless the host is localhost.");
        if (client.DefaultRedirectURI is { } main && client.CallbackURLs?.Contains(main) != true)
            throw Errors.Parameter("DefaultRedirectURI must be in the list of CallbackURLs.");
    }

    private static async ValueTask CheckOAuth(ISnapshot tx, UserPool pool, ClientSettings client, bool hasSecret)
    {
        var flows = client.AllowedOAuthFlows ?? [];
        var scopes = client.AllowedOAuthScopes ?? [];
        foreach (var flow in flows)
            if (flow is not ("code" or "implicit" or "client_credentials"))
                throw Errors.Constraint($"[{string.Join(", ", flows)}]", "allowedOAuthFlows", "Member must satisfy constraint: [Member must satisfy enum value set: [implicit, client_credentials, code]]");
        var machine = flows.Contains("client_credentials");
        if (machine && flows.Count > 1) throw new AwsError("InvalidOAuthFlowException", "client_credentials flow can not be selected along with code flow or implicit flow");
        if (machine && !hasSecret) throw new AwsError("InvalidOAuthFlowException", "client_credentials flow can not be selected if client does not have a client secret.");
        foreach (var scope in scopes)
        {
            if (OpenIdScopes.Contains(scope))
            {
                if (machine) throw new AwsError("InvalidOAuthFlowException", $"{scope} is not supported with client_credentials flow");
                continue;
            }

            var slash = scope.LastIndexOf('/');
            var server = slash < 0 ? null : await tx.Get(Keys.ResourceServer(pool.Ref, scope[..slash]), CognitoJson.Default.ResourceServer);
            if (server?.Scopes?.Any(known => known.ScopeName == scope[(slash + 1)..]) != true)
                throw new AwsError("ScopeDoesNotExistException", $"Invalid scope requested: {scope}");
        }

        if (client.AllowedOAuthFlowsUserPoolClient != true) return;
        if (flows.Count == 0 || scopes.Count == 0) throw Errors.Parameter("AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.");
        if (!machine && client.CallbackURLs is not { Count: > 0 }) throw new AwsError("InvalidOAuthFlowException", "CallbackUrls can not be empty when code flow or implicit flow is selected");
    }

    [GeneratedRegex(@"^[a-zA-Z][a-zA-Z0-9+.-]*:(?://[^/]|/?[^/])")]
    private static partial Regex Scheme();
}

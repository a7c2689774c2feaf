using Microsoft.AspNetCore.Http;

namespace Galley.ApiGateway.Invoke;

/// <summary>
/// The JWT authorizer of an HTTP API, in AWS's order: token present, form, algorithm, key and signature, then iss, aud or client_id,
/// exp, nbf, iat, and last the route's scopes. Everything unclear is refused.
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
/// </summary>
internal sealed class JwtAuthorizer(Authorizer authorizer, IssuerKeys issuers, TimeProvider time)
{
    private const string Header = "$request.header.", Query = "$request.querystring.";
    private readonly string _issuer = authorizer.JwtConfiguration?.Issuer ?? "";
    private readonly List<string> _audience = authorizer.JwtConfiguration?.Audience ?? [];

    /// <summary>What to answer instead of going on.</summary>
    /// <param name="Status">401 or 403.</param>
    /// <param name="Challenge">The `www-authenticate` header.</param>
    /// <param name="Why">For the access log.</param>
    public sealed record Refusal(int Status, string Challenge, string Why);

    /// <summary>Null when the request may go on; its claims are then in the exchange.</summary>
    public async ValueTask<Refusal?> Check(Exchange exchange)
    {
        var required = exchange.Route?.Route.AuthorizationScopes ?? [];
        if (Find(exchange) is not { } token) return new Refusal(StatusCodes.Status401Unauthorized, "Bearer", "no identity source");

        var hash = TokenHash.Of(token);
        var verified = issuers.Tokens.Find(hash, _issuer);
        if (verified is not null && !ReferenceEquals(await issuers.Find(_issuer, verified.Kid), verified.Key)) verified = null; // its key is gone
        if (verified is null)
        {
            if (Jwt.Read(token, out var problem) is not { } jwt) return Invalid(problem, required);
            if (await issuers.Find(_issuer, jwt.Kid) is not { } key)
                return Invalid(Jwt.IsPlain(jwt.Kid) ? $"unable to find key '{jwt.Kid}'" : "unable to find key", required);
            if (!key.Verifies(jwt)) return Invalid("crypto/rsa: verification error", required);
            verified = jwt.Claims;
            verified.Key = key;
            verified.Kid = jwt.Kid;
            issuers.Tokens.Keep(hash, _issuer, verified);
        }

        if (ProblemOf(verified) is { } wrong) return Invalid(wrong, required);
        if (required.Count > 0 && !required.Any(scope => verified.Scopes.Contains(scope)))
            return new Refusal(
                StatusCodes.Status403Forbidden,
                $"Bearer scope=\"{string.Join(' ', required)}\" error=\"insufficient_scope\" error_description=\"the token does not have any of the required scopes\"",
                "insufficient scope");
        exchange.Token = verified;
        return null;
    }

    private string? ProblemOf(VerifiedToken token)
    {
        if (token.Issuer != _issuer) return "invalid issuer";
        // `client_id` counts only for a token that has no `aud`, as Cognito's access tokens have none
        if (!(token.Audience ?? (token.ClientId is { } client ? [client] : [])).Any(_audience.Contains)) return "the token does not have a valid audience";
        var now = (time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;
        if (token.Expires is not { } expires || double.IsNaN(expires)) return "the token has no valid expiration";
        if (now >= expires) return "the token has expired";
        if (token.NotBefore is { } notBefore && !(notBefore <= now)) return "the token is not valid yet";
        if (token.IssuedAt is { } issuedAt && !(issuedAt <= now)) return "the token was issued in the future";
        return null;
    }

    private string? Find(Exchange exchange)
    {
        foreach (var source in authorizer.IdentitySource)
        {
            var value = source.StartsWith(Header, StringComparison.OrdinalIgnoreCase)
                ? exchange.Request.Headers[source[Header.Length..]].ToString()
                : source.StartsWith(Query, StringComparison.OrdinalIgnoreCase)
                    ? exchange.Query.FirstOrDefault(pair => pair.Key == source[Query.Length..]).Value
                    : null;
            if (string.IsNullOrEmpty(value)) continue;
            return value.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? value["Bearer ".Length..].Trim() : value.Trim();
        }

        return null;
    }

    private static Refusal Invalid(string why, List<string> required) => new(
        StatusCodes.Status401Unauthorized, $"Bearer scope=\"{string.Join(' ', required)}\" error=\"invalid_token\" error_description=\"{why}\"", why);
}

using Microsoft.AspNetCore.Http;

namespace Galley.ApiGateway.Invoke;

/// <summary>
/// The JWT authorizer of an HTTP API, in AWS's order: token present, form, algorithm, key and signature, then iss, aud or client_id,
/// exp, nbf, iat, and last the route's scopes. Everything unclear is refused.
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
/// </summary>
internal sealed class JwtAuthorizer(Authorizer authorizer, IssuerKeys issuers, TimeProvider time) : IAuthorizer
{
    private const string NoAudience = "the token does not have a valid audience";
    private readonly string? _source = authorizer.IdentitySource.FirstOrDefault();
    private readonly string _issuer = authorizer.JwtConfiguration?.Issuer ?? "";
    private readonly List<string> _audience = authorizer.JwtConfiguration?.Audience ?? [];

    public string Name => "token";

    public async ValueTask<Refusal?> Check(Exchange exchange)
    {
        var required = exchange.Route?.Route.AuthorizationScopes ?? [];
        if (Find(exchange) is not { } token) return new Refusal(StatusCodes.Status401Unauthorized, "Bearer", "no identity source") { Detail = $"there is no token at {_source}", Fix = "send the token there, with or without `Bearer `" };

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
        else
        {
            exchange.Remembered = true;
        }

        if (ProblemOf(verified) is { } wrong) return Invalid(wrong, required) with { Detail = Detail(wrong, verified) };
        if (required.Count > 0 && !required.Any(scope => verified.Scopes.Contains(scope)))
            return new Refusal(
                StatusCodes.Status403Forbidden,
                $"Bearer scope=\"{string.Join(' ', required)}\" error=\"insufficient_scope\" error_description=\"the token does not have any of the required scopes\"",
                "insufficient scope")
            {
                Check = "scope",
                Detail = $"the token has the scopes [{string.Join(' ', verified.Scopes)}], the route wants one of [{string.Join(' ', required)}]",
                Fix = "ask for a token with one of the route's authorizationScopes (an ID token has none)",
            };
        exchange.Token = verified;
        return null;
    }

    private string? ProblemOf(VerifiedToken token)
    {
        if (token.Issuer != token.Key?.Issuer) return "invalid issuer";
        // `client_id` counts only for a token that has no `aud`, as Cognito's access tokens have none
        if (!(token.Audience ?? (token.ClientId is { } client ? [client] : [])).Any(_audience.Contains)) return NoAudience;
        var now = (time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;
        if (token.Expires is not { } expires || double.IsNaN(expires)) return "the token has no valid expiration";
        if (now >= expires) return "the token has expired";
        if (token.NotBefore is { } notBefore && !(notBefore <= now)) return "the token is not valid yet";
        if (token.IssuedAt is { } issuedAt && !(issuedAt <= now)) return "the token was issued in the future";
        return null;
    }

    private string Detail(string problem, VerifiedToken token) => problem switch
    {
        NoAudience => token.Audience is { } audience
            ? $"the token's aud is [{string.Join(' ', audience)}], the authorizer's audience is [{string.Join(' ', _audience)}]"
            : $"the token's client_id is {token.ClientId ?? "missing"}, the authorizer's audience is [{string.Join(' ', _audience)}]",
        "invalid issuer" => $"the token's iss is {token.Issuer}, the authorizer's issuer is {_issuer}",
        _ => problem,
    };

    private string? Find(Exchange exchange)
        => _source is not null && IdentitySource.Of(_source, exchange) is { Length: > 0 } value
            ? value.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? value["Bearer ".Length..] : value
            : null;

    private static Refusal Invalid(string why, List<string> required) => new(
        StatusCodes.Status401Unauthorized, $"Bearer scope=\"{string.Join(' ', required)}\" error=\"invalid_token\" error_description=\"{why}\"", why);
}

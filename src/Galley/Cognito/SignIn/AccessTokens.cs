using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Galley.Store;
using Galley.Wire;

namespace Galley.Cognito.SignIn;

/// <summary>Checks an access token that a user presents to Cognito itself: signature, issuer, use, time, log-in still open.</summary>
internal sealed class AccessTokens(Installation installation, SigningKeys signing)
{
    private readonly SeenTokens _seen = new();

    /// <summary>Who presents the token. Throws NotAuthorizedException with AWS's words.</summary>
    /// <param name="token">The token.</param>
    /// <param name="scope">A scope it must carry; null for any.</param>
    /// <param name="read">The pool that the request has read already, if any.</param>
    public async ValueTask<Bearer> Check(string token, string? scope, UserPool? read = null)
    {
        var claims = await Read(token) ?? throw Errors.NotAuthorized("Invalid Access Token");
        if (claims.Expires <= installation.Now) throw Errors.NotAuthorized("Access Token has expired");
        if (scope is not null && !claims.Scopes.Contains(scope)) throw Errors.NotAuthorized("Access Token does not have required scopes");
        return await installation.Store.Read(async tx =>
        {
            if ((read?.Id == claims.Pool.Id ? read : await UserPools.Find(tx, claims.Pool)) is not { } pool) throw Errors.NotAuthorized("Invalid Access Token");
            if (await Clients.Find(tx, pool.Ref, claims.ClientId) is not { } client) throw Errors.NotAuthorized("Invalid Access Token");
            if (await Users.At(tx, pool, pool.Fold(claims.Username)) is not { } user || user.Sub != claims.Sub) throw Errors.UserNotFound();
            if (!await Grants.IsLive(tx, pool, user.Username, claims.Origin)) throw Errors.NotAuthorized("Access Token has been revoked");
            if (!user.Enabled) throw Errors.NotAuthorized("User is disabled.");
            return new Bearer(pool, client, user, claims.Origin, claims.Scopes);
        });
    }

    /// <summary>Whether the user is there, enabled, and the log-in that a token is of still open.</summary>
    public async ValueTask<bool> IsSignedIn(string poolId, string username, string sub, string origin) => await installation.Store.Read(async tx =>
        await UserPools.Pointer(tx, Keys.PoolPointer(poolId)) is { } at && await UserPools.Get(tx, at.Pool) is var pool
        && await Users.At(tx, pool, pool.Fold(username)) is { Enabled: true } user && user.Sub == sub && await Grants.IsLive(tx, pool, user.Username, origin));

    /// <summary>Whether the text is one of our access tokens, whatever its state.</summary>
    public async ValueTask<bool> IsOne(string token) => await Read(token) is not null;

    private async ValueTask<AccessClaims?> Read(string token)
    {
        if (token.Length > 16_384) return null;
        var hash = SeenTokens.Hash(token);
        if (_seen.Find(hash) is { } seen) return seen;
        var claims = await Verified(token);
        if (claims is not null) _seen.Keep(hash, claims);
        return claims;
    }

    private async ValueTask<AccessClaims?> Verified(string token)
    {
        var parts = token.Split('.');
        if (parts.Length != 3) return null;
        try
        {
            // what our key has signed we have written: no member stands twice in it
            using var body = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1]));
            if (Text(body, "iss") is not { } issuer) return null;
            var poolId = issuer[(issuer.LastIndexOf('/') + 1)..];
            var region = poolId.Split('_')[0];
            if (issuer != new PoolRef("", region, poolId).Issuer || Text(body, "token_use") != "access") return null;
            if (await signing.VerifyAccess(poolId, parts[0], Encoding.ASCII.GetBytes(token[..token.LastIndexOf('.')]), Base64Url.DecodeFromChars(parts[2])) is not { } pool) return null;
            // A machine's token has no user name, and no place here.
            if (Text(body, "username") is not { } username || (Text(body, "origin_jti") ?? Text(body, "event_id")) is not { } origin) return null;
            return new AccessClaims(pool, Text(body, "client_id")!, username, Text(body, "sub")!, origin,
                DateTimeOffset.FromUnixTimeSeconds(body.RootElement.GetProperty("exp").GetInt64()), (Text(body, "scope") ?? "").Split(' '));
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return null;
        }
    }

    private static string? Text(JsonDocument json, string name)
        => json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty(name, out var value) ? value.GetString() : null;
}

/// <summary>A user that showed a good access token.</summary>
internal sealed record Bearer(UserPool Pool, UserPoolClient Client, User User, string Origin, IReadOnlyList<string> Scopes);

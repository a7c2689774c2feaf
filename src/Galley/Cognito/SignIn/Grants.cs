using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Galley.Store;

namespace Galley.Cognito.SignIn;

/// <summary>One log-in: what its tokens are made from. Stored behind the hash of its refresh token.</summary>
internal sealed record Grant
{
    public required string Username { get; init; }
    public required string ClientId { get; init; }

    /// <summary>`origin_jti`: as long as its row is there, the log-in's tokens are good.</summary>
    public required string Origin { get; init; }
    public required DateTimeOffset AuthTime { get; init; }
    public required DateTimeOffset Expires { get; init; }
    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>Came from the hosted pages: attributes follow the scopes, and the tokens carry `version` and `at_hash`.</summary>
    public bool Hosted { get; init; }
    public string? Nonce { get; init; }

    /// <summary>The device that signed in; a refresh must name it.</summary>
    public string? DeviceKey { get; init; }

    /// <summary>When this refresh token was exchanged for its successor (rotation); it is good for the grace period after that.</summary>
    public DateTimeOffset? Rotated { get; init; }
}

/// <summary>Log-ins in the store: opened with their refresh token, found by it, ended.</summary>
internal sealed class Grants(Installation installation)
{
    /// <summary>A refresh token's text. Opaque; only its hash is kept.</summary>
    public string NewToken() => Base64Url.EncodeToString(installation.Ids.Bytes(48));

    public static string Hash(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    /// <summary>Opens a log-in in the caller's write.</summary>
    public async ValueTask Open(ITransaction tx, UserPool pool, Grant grant, string refreshToken)
    {
        var user = pool.Fold(grant.Username);
        var origin = Keys.Origin(pool.Ref, user, grant.Origin);
        var refresh = Keys.Refresh(pool.Ref, Hash(refreshToken));
        tx.Put(origin, Users.Bytes(grant.ClientId));
        tx.Put(refresh, grant, CognitoJson.Default.Grant);
        // The access token may outlive the refresh token.
        await Ends.Put(tx, pool.Ref, grant.Expires + TimeSpan.FromDays(1), origin, installation.Now);
        await Ends.Put(tx, pool.Ref, grant.Expires, refresh, installation.Now);
    }

    /// <summary>Puts a successor beside a refresh token, which lives as long as the first one would have.</summary>
    public async ValueTask Rotate(ITransaction tx, UserPool pool, string token, Grant grant, string next)
    {
        var fresh = Keys.Refresh(pool.Ref, Hash(next));
        tx.Put(Keys.Refresh(pool.Ref, Hash(token)), grant with { Rotated = grant.Rotated ?? installation.Now }, CognitoJson.Default.Grant);
        tx.Put(fresh, grant with { Rotated = null }, CognitoJson.Default.Grant);
        await Ends.Put(tx, pool.Ref, grant.Expires, fresh, installation.Now);
    }

    public Grant For(UserPoolClient client, User user, string origin, IReadOnlyList<string> scopes, bool hosted, string? nonce = null, DateTimeOffset? authTime = null) => new()
    {
        Username = user.Username,
        ClientId = client.ClientId,
        Origin = origin,
        AuthTime = authTime ?? installation.Now,
        Expires = installation.Now + client.RefreshLife,
        Scopes = scopes,
        Hosted = hosted,
        Nonce = nonce,
    };

    /// <summary>The grant of a refresh token whatever its state; null for a token we never gave.</summary>
    public static ValueTask<Grant?> Find(ISnapshot tx, UserPool pool, string refreshToken) => tx.Get(Keys.Refresh(pool.Ref, Hash(refreshToken)), CognitoJson.Default.Grant);

    public static async ValueTask<bool> IsLive(ISnapshot tx, UserPool pool, string username, string origin)
        => await tx.Kept(Keys.Origin(pool.Ref, pool.Fold(username), origin), static stored => stored) is not null;

    public static void End(ITransaction tx, UserPool pool, string username, string origin) => tx.Delete(Keys.Origin(pool.Ref, pool.Fold(username), origin));
}

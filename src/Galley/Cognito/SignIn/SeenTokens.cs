using System.Runtime.InteropServices;
using System.Text;
using Galley.Wire;

namespace Galley.Cognito.SignIn;

/// <summary>
/// Access tokens whose signature was right, by the hash of their text, so that it is verified once. Only the signature: time, log-in, user and
/// scopes are looked at every time. Two generations keep the number bounded.
/// </summary>
internal sealed class SeenTokens
{
    private readonly Generations<(UInt128, UInt128), AccessClaims> _claims = new(4096);

    public static (UInt128, UInt128) Hash(string token)
    {
        Span<byte> text = stackalloc byte[2048];
        Span<byte> hash = stackalloc byte[32];
        if (token.Length <= text.Length && Encoding.ASCII.TryGetBytes(token, text, out var length)) Digest.Sha256(text[..length], hash);
        else Digest.Sha256(Encoding.UTF8.GetBytes(token), hash);
        var halves = MemoryMarshal.Cast<byte, UInt128>(hash);
        return (halves[0], halves[1]);
    }

    public AccessClaims? Find((UInt128, UInt128) hash) => _claims.TryGet(hash, out var claims) ? claims : null;

    public void Keep((UInt128, UInt128) hash, AccessClaims claims) => _claims.Keep(hash, claims);
}

/// <summary>What an access token of ours says.</summary>
internal sealed record AccessClaims(PoolRef Pool, string ClientId, string Username, string Sub, string Origin, DateTimeOffset Expires, IReadOnlyList<string> Scopes);

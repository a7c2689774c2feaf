using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Galley.Wire;

namespace Galley.ApiGateway.Invoke;

/// <summary>SHA-256 of a token: what a verified one is remembered by.</summary>
internal readonly record struct TokenHash(UInt128 High, UInt128 Low)
{
    public static TokenHash Of(string token)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Digest.Sha256(Encoding.UTF8.GetBytes(token), hash);
        return new TokenHash(BinaryPrimitives.ReadUInt128BigEndian(hash), BinaryPrimitives.ReadUInt128BigEndian(hash[16..]));
    }
}

/// <summary>
/// Tokens whose signature was verified, so that the next request with the same one need not do it again. Only form and signature are
/// remembered: key, times, audience and scopes are judged anew each time.
/// </summary>
internal sealed class VerifiedTokens
{
    private readonly Generations<(TokenHash, string), VerifiedToken> _tokens = new(4096);

    public VerifiedToken? Find(TokenHash hash, string issuer) => _tokens.TryGet((hash, issuer), out var token) ? token : null;

    public void Keep(TokenHash hash, string issuer, VerifiedToken token) => _tokens.Keep((hash, issuer), token);

    public void Forget() => _tokens.Clear();
}

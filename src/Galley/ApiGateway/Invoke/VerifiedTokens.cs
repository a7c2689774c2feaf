using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Galley.ApiGateway.Invoke;

/// <summary>SHA-256 of a token: what a verified one is remembered by.</summary>
internal readonly record struct TokenHash(UInt128 High, UInt128 Low)
{
    public static TokenHash Of(string token)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(token), hash);
        return new TokenHash(BinaryPrimitives.ReadUInt128BigEndian(hash), BinaryPrimitives.ReadUInt128BigEndian(hash[16..]));
    }
}

/// <summary>
/// Tokens whose signature was verified, so that the next request with the same one need not do it again. Only form and signature are
/// remembered: key, times, audience and scopes are judged anew each time. Bounded: two generations, the older one is dropped.
/// </summary>
internal sealed class VerifiedTokens
{
    private const int GenerationSize = 4096;
    private ConcurrentDictionary<(TokenHash, string), VerifiedToken> _young = new(), _old = new();

    public VerifiedToken? Find(TokenHash hash, string issuer)
    {
        if (_young.TryGetValue((hash, issuer), out var token)) return token;
        if (!_old.TryGetValue((hash, issuer), out token)) return null;
        Keep(hash, issuer, token);
        return token;
    }

    public void Keep(TokenHash hash, string issuer, VerifiedToken token)
    {
        if (_young.Count >= GenerationSize)
        {
            _old = _young;
            _young = new();
        }

        _young[(hash, issuer)] = token;
    }

    public void Forget()
    {
        _young = new();
        _old = new();
    }
}

using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Galley.Wire;

/// <summary>Signing keys: HMAC over day, region and service, kept because a client signs with the same one all day.</summary>
internal static class SigningKeys
{
    private const int Kept = 2048;
    private static readonly ConcurrentDictionary<(string Secret, string Scope), byte[]> Cache = new();

    public static byte[] Get(SigV4Credential credential, string secret)
    {
        if (credential.Signing is { } last && ReferenceEquals(last.Secret, secret)) return last.Key;
        var key = Find(credential, secret);
        credential.Signing = new(secret, key);
        return key;
    }

    private static byte[] Find(SigV4Credential credential, string secret)
    {
        if (Cache.TryGetValue((secret, credential.Scope), out var key)) return key;
        if (Cache.Count >= Kept) Cache.Clear(); // a new day, or somebody tries scopes: begin again
        return Cache[(secret, credential.Scope)] = Derive(secret, credential.Date, credential.Region, credential.Service);
    }

    public static byte[] Derive(string secret, string date, string region, string service)
    {
        var key = Encoding.UTF8.GetBytes("AWS4" + secret);
        foreach (var part in (ReadOnlySpan<string>)[date, region, service, "aws4_request"]) key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        return key;
    }
}

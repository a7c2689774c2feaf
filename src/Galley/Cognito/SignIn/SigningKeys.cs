using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using Galley.Store;

namespace Galley.Cognito.SignIn;

/// <summary>Two RSA-2048 keys per pool, one for id tokens and one for access tokens. Private keys are sealed at rest and never leave this class.</summary>
internal sealed class SigningKeys(Installation installation)
{
    // Opened keys, so that a signature costs neither a read nor an import. A copy only: the store has the truth.
    private readonly ConcurrentDictionary<string, OpenKeys> _open = new();

    public async ValueTask<StoredKeys> Make(PoolRef pool)
    {
        var id = Task.Run(() => MakeOne(pool));
        var access = Task.Run(() => MakeOne(pool));
        return new StoredKeys(await id, await access);
    }

    /// <summary>Public keys of the pool; null when there is no such pool.</summary>
    public async ValueTask<IReadOnlyList<SigningKey>?> Public(string poolId) => (await Open(poolId))?.Public;

    /// <summary>The signed token, `header.payload.signature`.</summary>
    public async ValueTask<string> Sign(PoolRef pool, bool accessToken, byte[] payload)
    {
        var keys = await Open(pool.Id) ?? throw Errors.PoolNotFound(pool.Id);
        var key = accessToken ? keys.Access : keys.Id;
        var signed = $"{key.Head}.{Base64Url.EncodeToString(payload)}";
        return $"{signed}.{Base64Url.EncodeToString(key.Sign(System.Text.Encoding.ASCII.GetBytes(signed)))}";
    }

    /// <summary>The pool, if its access-token key made this signature. Such a token has the one head that the key writes.</summary>
    public async ValueTask<PoolRef?> VerifyAccess(string poolId, string head, byte[] signed, byte[] signature)
        => await Open(poolId) is { } keys && keys.Access.Head == head && keys.Access.Verify(signed, signature) ? keys.Pool : null;

    /// <summary>Whether the id-token key of the pool made this signature.</summary>
    public async ValueTask<bool> VerifyId(string poolId, string kid, byte[] signed, byte[] signature)
        => await Open(poolId) is { } keys && keys.Id.Kid == kid && keys.Id.Verify(signed, signature);

    public void Forget(string poolId) => _open.TryRemove(poolId, out _);

    public void Clear() => _open.Clear();

    private async ValueTask<OpenKeys?> Open(string poolId)
    {
        if (_open.TryGetValue(poolId, out var open)) return open;
        return await installation.Store.Read(async tx =>
        {
            if (await tx.Get(Keys.PoolPointer(poolId), CognitoJson.Default.PoolPointer) is not { } at) return null;
            if (await tx.Get(Keys.SigningKeys(at.Pool), CognitoJson.Default.StoredKeys) is not { } stored) return null;
            return _open.GetOrAdd(poolId, new OpenKeys(at.Pool, [Public(stored.Id), Public(stored.Access)], Private(poolId, stored.Id), Private(poolId, stored.Access)));
        });
    }

    private StoredKey MakeOne(PoolRef pool)
    {
        using var rsa = ReadyKeys.Take();
        var shown = rsa.ExportParameters(includePrivateParameters: false);
        var kid = Convert.ToBase64String(installation.Ids.Bytes(32));
        return new StoredKey(kid, Base64Url.EncodeToString(shown.Modulus), Base64Url.EncodeToString(shown.Exponent), installation.Secrets.Seal(Purpose(pool.Id, kid), rsa.ExportPkcs8PrivateKey()));
    }

    private OpenKey Private(string poolId, StoredKey stored) => new(stored.Kid, installation.Secrets.Open(Purpose(poolId, stored.Kid), stored.Private));

    private static SigningKey Public(StoredKey stored)
        => new(stored.Kid, new RSAParameters { Modulus = Base64Url.DecodeFromChars(stored.Modulus), Exponent = Base64Url.DecodeFromChars(stored.Exponent) });

    private static string Purpose(string poolId, string kid) => $"cognito-signing-key/{poolId}/{kid}";

    private sealed record OpenKeys(PoolRef Pool, IReadOnlyList<SigningKey> Public, OpenKey Id, OpenKey Access);

    /// <summary>An RSA object serves one caller at a time, so each caller takes one out of a bag.</summary>
    private sealed class OpenKey(string kid, byte[] pkcs8)
    {
        private readonly ConcurrentBag<RSA> _idle = [];

        public string Kid => kid;

        /// <summary>The head of every token it signs (RFC 7515 §4), as it stands there.</summary>
        public string Head { get; } = Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes($$"""{"kid":"{{kid}}","alg":"RS256"}"""));

        public byte[] Sign(byte[] data) => With(rsa => rsa.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));

        public bool Verify(byte[] data, byte[] signature) => With(rsa => rsa.VerifyData(data, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));

        private T With<T>(Func<RSA, T> use)
        {
            if (!_idle.TryTake(out var rsa))
            {
                rsa = RSA.Create();
                rsa.ImportPkcs8PrivateKey(pkcs8, out _);
            }

            var result = use(rsa);
            _idle.Add(rsa);
            return result;
        }
    }
}

/// <param name="Id">Signs id tokens.</param>
/// <param name="Access">Signs access tokens.</param>
internal sealed record StoredKeys(StoredKey Id, StoredKey Access);

/// <param name="Kid">Base64 of 32 random bytes.</param>
/// <param name="Modulus">base64url.</param>
/// <param name="Exponent">base64url.</param>
/// <param name="Private">Sealed PKCS #8.</param>
internal sealed record StoredKey(string Kid, string Modulus, string Exponent, string Private);

using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Galley.Store;

namespace Galley.CognitoIdentity;

/// <summary>Tokens that identity pools make themselves, `iss` https://cognito-identity.amazonaws.com, for AssumeRoleWithWebIdentity and for developers' users. The key is sealed at rest.</summary>
internal sealed class OpenIdTokens(Installation installation)
{
    public const string Issuer = "https://" + Logins.Own;
    private const string Purpose = "cognito-identity-signing-key";
    private readonly SemaphoreSlim _once = new(1, 1);
    private StoredSigningKey? _key;

    public long Now => installation.Now.ToUnixTimeSeconds();

    /// <summary>Whether an address is one of this installation's own.</summary>
    public bool IsHere(string address)
        => Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Port == installation.Port && uri.UserInfo.Length == 0 && (uri.IsLoopback || uri.Host.EndsWith(".localhost", StringComparison.Ordinal));

    public void Forget() => _key = null;

    public async ValueTask<string> Sign(string poolId, string identityId, IEnumerable<string> methods, TimeSpan life, IReadOnlyDictionary<string, string>? tags = null)
    {
        var key = await Key();
        var head = Base64Url.EncodeToString(Encoding.UTF8.GetBytes($$"""{"kid":"{{key.Kid}}","typ":"JWS","alg":"RS256"}"""));
        var text = $"{head}.{Base64Url.EncodeToString(Payload(poolId, identityId, methods, life, tags))}";
        using var rsa = RSA.Create();
        rsa.ImportPkcs8PrivateKey(installation.Secrets.Open(Purpose, key.Private), out _);
        return $"{text}.{Base64Url.EncodeToString(rsa.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    /// <summary>Key id and public key.</summary>
    public async ValueTask<(string Kid, RSAParameters Key)> Public()
    {
        var key = await Key();
        return (key.Kid, new RSAParameters { Modulus = Base64Url.DecodeFromChars(key.Modulus), Exponent = Base64Url.DecodeFromChars(key.Exponent) });
    }

    private byte[] Payload(string poolId, string identityId, IEnumerable<string> methods, TimeSpan life, IReadOnlyDictionary<string, string>? tags)
    {
        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("sub", identityId);
            json.WriteString("aud", poolId);
            json.WriteStartArray("amr");
            foreach (var method in methods) json.WriteStringValue(method);
            json.WriteEndArray();
            json.WriteString("iss", Issuer);
            if (tags is { Count: > 0 })
            {
                json.WriteStartObject("https://aws.amazon.com/tags");
                json.WriteStartObject("principal_tags");
                foreach (var (name, value) in tags)
                {
                    json.WriteStartArray(name);
                    json.WriteStringValue(value);
                    json.WriteEndArray();
                }

                json.WriteEndObject();
                json.WriteEndObject();
            }

            json.WriteNumber("exp", Now + (long)life.TotalSeconds);
            json.WriteNumber("iat", Now);
            json.WriteEndObject();
        }

        return body.ToArray();
    }

    private async ValueTask<StoredSigningKey> Key()
    {
        if (_key is { } known) return known;
        await _once.WaitAsync();
        try
        {
            var stored = await installation.Store.Read(tx => tx.Get(Keys.SigningKey(installation.Account), IdentityJson.Default.StoredSigningKey));
            if (stored is not null) return _key = stored;
            using var rsa = RSA.Create(2048);
            var shown = rsa.ExportParameters(includePrivateParameters: false);
            var made = new StoredSigningKey(installation.Ids.Uuid(), Base64Url.EncodeToString(shown.Modulus), Base64Url.EncodeToString(shown.Exponent), installation.Secrets.Seal(Purpose, rsa.ExportPkcs8PrivateKey()));
            await installation.Store.Write(tx =>
            {
                tx.Put(Keys.SigningKey(installation.Account), made, IdentityJson.Default.StoredSigningKey);
                return ValueTask.CompletedTask;
            });
            return _key = made;
        }
        finally
        {
            _once.Release();
        }
    }
}

using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;

namespace Galley.ApiGateway.Invoke;

/// <summary>
/// The public keys of token issuers: our own user pools by port, any other OpenID issuer by its discovery document, within AWS's
/// limits (1,500 ms, 150,000 bytes, keys kept for two hours). What cannot be fetched has no keys, so its tokens are refused.
/// </summary>
internal sealed class IssuerKeys(Installation installation, HttpMessageInvoker outbound, IFetchSigningKeys pools)
{
    private const int MaxBytes = 150_000, MinModulusBytes = 256;
    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(1500), ForeignLife = TimeSpan.FromHours(2), OwnLife = TimeSpan.FromMinutes(1), Retry = TimeSpan.FromSeconds(10);
    private readonly ConcurrentDictionary<string, Issuer> _issuers = new();
    private readonly ConcurrentDictionary<string, Lazy<Task<Issuer>>> _asking = new();

    public VerifiedTokens Tokens { get; } = new();

    public void Forget()
    {
        _issuers.Clear();
        Tokens.Forget();
    }

    /// <summary>The issuer's key of this name, fetched again when it is unknown; null when there is none.</summary>
    public async ValueTask<PublicKey?> Find(string issuer, string kid)
    {
        _issuers.TryGetValue(issuer, out var known);
        if (known is not null && Age(known.Fetched) < known.Life && known.Keys.TryGetValue(kid, out var key)) return key;
        // an unknown key may be a new one; a foreign issuer is asked at most once in ten seconds
        if (known is not null && Age(known.Asked) < (known.Own ? TimeSpan.Zero : Retry)) return null;
        return (await RenewOnce(issuer, known)).Keys.GetValueOrDefault(kid);
    }

    /// <summary>However many requests wait for an issuer's keys, it is asked once.</summary>
    private async ValueTask<Issuer> RenewOnce(string issuer, Issuer? known)
    {
        var mine = new Lazy<Task<Issuer>>(() => Renew(issuer, known).AsTask());
        try
        {
            return await _asking.GetOrAdd(issuer, mine).Value;
        }
        finally
        {
            _asking.TryRemove(new(issuer, mine));
        }
    }

    /// <summary>CreateAuthorizer's check that the issuer answers.</summary>
    public async ValueTask Require(string issuer, CancellationToken cancel)
    {
        if (await pools.Fetch(issuer) is not null) return;
        try
        {
            await Discover(issuer, cancel);
        }
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            throw Errors.BadRequest(
                $"Caught exception when connecting to {Discovery(issuer)} for issuer {issuer}. Please try again later. Error: Invalid issuer: {issuer}. {(e is OperationCanceledException ? "Timed out" : e.Message)}");
        }
    }

    private TimeSpan Age(long since) => installation.Time.GetElapsedTime(since);

    private async ValueTask<Issuer> Renew(string issuer, Issuer? known)
    {
        var pool = await pools.Fetch(issuer);
        IReadOnlyList<IssuerKey> fetched = pool?.Keys ?? [];
        var now = installation.Time.GetTimestamp();
        if (pool is null)
        {
            try
            {
                fetched = await FetchForeign(issuer);
            }
            catch (Exception e)
            {
                installation.Log($"warning: keys of {issuer} could not be fetched: {e.Message}");
                // keys that are still good stay so: who sends unknown ones must not be able to lock everybody else out
                if (known is { Own: false } && Age(known.Fetched) < ForeignLife) return _issuers[issuer] = known with { Asked = now };
            }
        }

        // the same key stays the same object: tokens that it verified stay verified
        var keys = new Dictionary<string, PublicKey>(StringComparer.Ordinal);
        foreach (var key in fetched)
            keys[key.Kid] = known is not null && known.Keys.TryGetValue(key.Kid, out var same) && same.Is(key.Key) ? same : new PublicKey(key.Key, pool?.Issuer ?? issuer);
        return _issuers[issuer] = new Issuer(keys, now, now, pool is not null);
    }

    private async ValueTask<IReadOnlyList<IssuerKey>> FetchForeign(string issuer)
    {
        using var limit = new CancellationTokenSource(Timeout, installation.Time);
        var jwks = await Discover(issuer, limit.Token);
        using var document = await Get(jwks, limit.Token);
        var keys = new List<IssuerKey>();
        foreach (var key in document.RootElement.GetProperty("keys").EnumerateArray())
            if (Read(key) is { } usable)
                keys.Add(usable);
        return keys;
    }

    /// <summary>The address of the issuer's keys.</summary>
    private async ValueTask<Uri> Discover(string issuer, CancellationToken cancel)
    {
        using var timeout = new CancellationTokenSource(Timeout, installation.Time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel, timeout.Token);
        using var document = await Get(Address(Discovery(issuer)), limit.Token);
        if (document.RootElement.GetProperty("issuer").GetString() != issuer) throw new InvalidDataException("The issuer in its discovery document is another one.");
        return Address(document.RootElement.GetProperty("jwks_uri").GetString() ?? "");
    }

    private static string Discovery(string issuer) => issuer.TrimEnd('/') + "/.well-known/openid-configuration";

    /// <summary>https anywhere, http only on this machine.</summary>
    private static Uri Address(string text)
        => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.UserInfo.Length == 0
           && (uri.Scheme == "https" || uri.Scheme == "http" && (uri.IsLoopback || uri.Host.EndsWith(".localhost", StringComparison.Ordinal)))
            ? uri
            : throw new InvalidDataException($"{text} is not an https address.");

    private async ValueTask<JsonDocument> Get(Uri address, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        using var response = await outbound.SendAsync(request, cancel);
        if ((int)response.StatusCode != 200) throw new InvalidDataException($"{address} answered {(int)response.StatusCode}.");
        await using var stream = await response.Content.ReadAsStreamAsync(cancel);
        var bytes = new byte[MaxBytes + 1];
        var length = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancel);
        if (length > MaxBytes) throw new InvalidDataException($"{address} answered more than {MaxBytes} bytes.");
        return JsonDocument.Parse(bytes.AsMemory(0, length), new JsonDocumentOptions { AllowDuplicateProperties = false });
    }

    private static IssuerKey? Read(JsonElement key)
    {
        if (Text("kty") != "RSA" || Text("kid") is not { Length: > 0 } kid || Text("use") is not (null or "sig") || Text("n") is not { } n || Text("e") is not { } e) return null;
        if (Text("alg") is not (null or "RS256" or "RS384" or "RS512")) return null;
        var modulus = System.Buffers.Text.Base64Url.DecodeFromChars(n);
        return modulus.Length < MinModulusBytes ? null : new IssuerKey(kid, new RSAParameters { Modulus = modulus, Exponent = System.Buffers.Text.Base64Url.DecodeFromChars(e) });

        string? Text(string name) => key.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }

    /// <param name="Keys">By their id.</param>
    /// <param name="Fetched">When these keys came.</param>
    /// <param name="Asked">When it was last asked, with or without success.</param>
    /// <param name="Own">A user pool of ours.</param>
    private sealed record Issuer(Dictionary<string, PublicKey> Keys, long Fetched, long Asked, bool Own)
    {
        public TimeSpan Life => Own ? OwnLife : ForeignLife;
    }
}

/// <summary>An RSA key ready to verify with.</summary>
/// <param name="parameters">Modulus and exponent.</param>
/// <param name="issuer">What tokens that it signs must have as `iss`.</param>
internal sealed class PublicKey(RSAParameters parameters, string issuer)
{
    public string Issuer => issuer;

    private readonly RSA _rsa = RSA.Create(new RSAParameters { Modulus = parameters.Modulus, Exponent = parameters.Exponent });

    public bool Is(RSAParameters other) => parameters.Modulus.AsSpan().SequenceEqual(other.Modulus) && parameters.Exponent.AsSpan().SequenceEqual(other.Exponent);

    public bool Verifies(Jwt jwt)
    {
        lock (_rsa) return _rsa.VerifyData(jwt.Signed, jwt.Signature, jwt.Hash, RSASignaturePadding.Pkcs1);
    }
}

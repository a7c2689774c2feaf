using System.Collections.Concurrent;
using System.Text.Json;

namespace Galley.Iam.Federation;

/// <summary>
/// Whether an identity token is what it says: signed by its issuer and in time. The keys of our own pools come by port, those of any other
/// issuer from its discovery document; what cannot be fetched verifies nothing.
/// </summary>
internal sealed class IdentityTokens(Installation installation, IFetchOwnKeys own)
{
    private const int MaxBytes = 150_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5), Life = TimeSpan.FromHours(1), Retry = TimeSpan.FromSeconds(10);
    private readonly Lazy<HttpClient> _http = new(() => new HttpClient(new OutwardHandler(installation)) { Timeout = Patience, MaxResponseContentBufferSize = MaxBytes });
    private readonly ConcurrentDictionary<string, (JsonElement Keys, long Fetched)> _foreign = new();

    public void Forget() => _foreign.Clear();

    public async ValueTask<TokenProblem> Check(IdentityToken token)
    {
        var now = installation.Now.ToUnixTimeSeconds();
        if (!await IsSigned(token)) return TokenProblem.Signature;
        if (token.Expires <= now) return TokenProblem.Expired;
        const int skew = 300;
        return token.IssuedAt > now + skew || token.Subject.Length == 0 ? TokenProblem.Signature : TokenProblem.None;
    }

    private async ValueTask<bool> IsSigned(IdentityToken token)
    {
        if (await own.Fetch(token.Issuer) is { } keys)
            return keys.Any(key => key.Kid == token.Kid && token.IsSignedBy(key.Key));
        if (_foreign.TryGetValue(token.Issuer, out var known) && installation.Time.GetElapsedTime(known.Fetched) is var age && age < Life)
        {
            if (SignedByOne(token, known.Keys)) return true;
            if (age < Retry) return false; // a key unknown to us may be a new one
        }

        try
        {
            var fetched = await Fetch(token.Issuer);
            _foreign[token.Issuer] = (fetched, installation.Time.GetTimestamp());
            return SignedByOne(token, fetched);
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or OperationCanceledException or InvalidDataException or InvalidOperationException or KeyNotFoundException)
        {
            installation.Log($"warning: keys of {token.Issuer} could not be fetched: {e.Message}");
            return false;
        }
    }

    private static bool SignedByOne(IdentityToken token, JsonElement keys)
    {
        foreach (var key in keys.EnumerateArray())
            if (key.ValueKind == JsonValueKind.Object && token.IsSignedBy(key))
                return true;
        return false;
    }

    private async Task<JsonElement> Fetch(string issuer)
    {
        using var discovery = JsonDocument.Parse(await _http.Value.GetStringAsync(Address(issuer.TrimEnd('/') + "/.well-known/openid-configuration")));
        if (discovery.RootElement.GetProperty("issuer").GetString() != issuer) throw new InvalidDataException("The issuer in its discovery document is another one.");
        using var keys = JsonDocument.Parse(await _http.Value.GetStringAsync(Address(discovery.RootElement.GetProperty("jwks_uri").GetString() ?? "")));
        return keys.RootElement.GetProperty("keys").Clone();
    }

    /// <summary>https anywhere, http only on this machine.</summary>
    private static Uri Address(string text)
        => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.UserInfo.Length == 0 && (uri.Scheme == "https" || uri.Scheme == "http" && uri.IsLoopback)
            ? uri
            : throw new InvalidDataException($"{text} is not an https address.");
}

internal enum TokenProblem
{
    None,
    Signature,
    Expired,
}

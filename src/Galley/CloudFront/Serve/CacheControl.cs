using System.Globalization;

namespace Galley.CloudFront.Serve;

/// <summary>A Cache-Control field, all its lines joined (RFC 9111 §5.2). A lifetime that is no number counts as none left; of two, the shorter.</summary>
internal sealed class CacheControl
{
    public static readonly CacheControl None = new();

    public bool NoStore { get; private set; }

    public bool Private { get; private set; }

    public bool NoCache { get; private set; }

    public bool MustRevalidate { get; private set; }

    public bool ProxyRevalidate { get; private set; }

    public bool Public { get; private set; }

    public bool MustUnderstand { get; private set; }

    public TimeSpan? MaxAge { get; private set; }

    public TimeSpan? SharedMaxAge { get; private set; }

    public TimeSpan? StaleWhileRevalidate { get; private set; }

    public TimeSpan? StaleIfError { get; private set; }

    /// <summary>Fields of `no-cache="…"` and `private="…"`: they are for this viewer alone, the rest may be kept.</summary>
    public List<string> Fields { get; } = [];

    public static CacheControl Of(string? text)
    {
        if (string.IsNullOrEmpty(text)) return None;
        var control = new CacheControl();
        for (var at = 0; at < text.Length;)
        {
            var end = End(text, at);
            control.Take(text.AsSpan(at, end - at).Trim());
            at = end + 1;
        }

        return control;
    }

    private void Take(ReadOnlySpan<char> directive)
    {
        var equals = directive.IndexOf('=');
        var name = equals < 0 ? directive : directive[..equals];
        var value = equals < 0 ? "" : directive[(equals + 1)..].ToString();
        Span<char> lower = stackalloc char[32];
        if (name.Length > lower.Length) return;
        switch (lower[..name.ToLowerInvariant(lower)])
        {
            case "no-store": NoStore = true; break;
            case "private" when value.Length == 0: Private = true; break;
            case "no-cache" when value.Length == 0: NoCache = true; break;
            case "private" or "no-cache": Fields.AddRange(value.Trim('"').Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)); break;
            case "must-revalidate": MustRevalidate = true; break;
            case "proxy-revalidate": ProxyRevalidate = true; break;
            case "public": Public = true; break;
            case "must-understand": MustUnderstand = true; break;
            case "max-age": MaxAge = Shorter(MaxAge, value); break;
            case "s-maxage": SharedMaxAge = Shorter(SharedMaxAge, value); break;
            case "stale-while-revalidate": StaleWhileRevalidate = Shorter(StaleWhileRevalidate, value); break;
            case "stale-if-error": StaleIfError = Shorter(StaleIfError, value); break;
        }
    }

    private static TimeSpan Shorter(TimeSpan? earlier, string value)
    {
        const long Century = 3_153_600_000;
        if (value.Length > 1 && value[0] == '"' && value[^1] == '"') value = value[1..^1];
        var plain = value.Length > 0 && !value.AsSpan().ContainsAnyExceptInRange('0', '9');
        var seconds = !plain ? 0 : long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? Math.Min(number, Century) : Century;
        var age = TimeSpan.FromSeconds(seconds);
        return earlier is { } shorter && shorter < age ? shorter : age;
    }

    /// <summary>The next comma outside a quoted string.</summary>
    private static int End(string text, int at)
    {
        var quoted = false;
        for (; at < text.Length; at++)
            if (text[at] == '"') quoted = !quoted;
            else if (quoted && text[at] == '\\') at++;
            else if (!quoted && text[at] == ',') return at;
        return Math.Min(at, text.Length);
    }
}

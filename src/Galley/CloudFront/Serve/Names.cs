using System.Xml.Linq;

namespace Galley.CloudFront.Serve;

/// <summary>Which headers, cookies or query parameters a policy means.</summary>
/// <param name="All">Everything but <paramref name="Listed"/>; otherwise nothing but it.</param>
/// <param name="Listed">Names; headers are compared without case.</param>
internal sealed record Names(bool All, HashSet<string> Listed)
{
    public static readonly Names None = new(false, []), Every = new(true, []);

    public bool IsNone => !All && Listed.Count == 0;

    public bool Includes(string name) => All != Listed.Contains(name);

    /// <summary>`HeadersConfig`, `CookiesConfig`, `QueryStringsConfig` of a policy.</summary>
    public static Names Of(XElement policy, string what)
    {
        var config = policy.Element(what + "sConfig");
        var names = config?.Element(what + "s")?.Element("Items")?.Elements("Name").Select(name => name.Value) ?? [];
        return (config?.Element(what + "Behavior")?.Value ?? "none") switch
        {
            "none" => None,
            "all" or "allViewer" => Every,
            "allExcept" => new(true, Set(names, what)),
            _ => new(false, Set(names, what)),
        };
    }

    /// <summary>The pairs of a raw query that are meant, as sent.</summary>
    public string Query(string raw)
    {
        if (raw.Length == 0 || IsNone) return "";
        if (All && Listed.Count == 0) return raw;
        return string.Join('&', raw.Split('&').Where(pair => Includes(Uri.UnescapeDataString(pair.Split('=')[0]))));
    }

    /// <summary>The cookies of a `Cookie` header that are meant.</summary>
    public string Cookies(string header)
    {
        if (header.Length == 0 || IsNone) return "";
        if (All && Listed.Count == 0) return header;
        return string.Join("; ", header.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Where(pair => Includes(pair.Split('=')[0])));
    }

    public static HashSet<string> Set(IEnumerable<string> names, string what) => new(names, what == "Header" ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
}

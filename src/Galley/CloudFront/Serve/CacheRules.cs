using System.Globalization;
using System.Xml.Linq;
using Microsoft.AspNetCore.Http;

namespace Galley.CloudFront.Serve;

/// <summary>A cache policy, or the `ForwardedValues` and TTLs of a behaviour without one.</summary>
internal sealed record CacheRules(TimeSpan Least, TimeSpan Usual, TimeSpan Most, bool Gzip, bool Brotli, Names Headers, Names Cookies, Names Query)
{
    /// <summary>What legacy `QueryString=true` with `QueryStringCacheKeys` sends on beyond the key.</summary>
    public Names ForwardedQuery { get; init; } = Query;

    /// <summary>Never looked up and never kept (CachingDisabled, or every header in the key).</summary>
    public bool Disabled => Most == TimeSpan.Zero || Headers.All;

    private bool IsPathOnly => Headers.IsNone && Cookies.IsNone && Query.IsNone;

    public static CacheRules OfPolicy(XElement policy)
    {
        var key = policy.Element("ParametersInCacheKeyAndForwardedToOrigin")!;
        return new(Seconds(policy, "MinTTL"), Seconds(policy, "DefaultTTL"), Seconds(policy, "MaxTTL"),
            key.Element("EnableAcceptEncodingGzip")!.Value == "true", key.Element("EnableAcceptEncodingBrotli")!.Value == "true",
            Names.Of(key, "Header"), Names.Of(key, "Cookie"), Names.Of(key, "QueryString"));
    }

    public static CacheRules OfBehavior(XElement behavior)
    {
        var forwarded = behavior.Element("ForwardedValues")!;
        var headers = Listed(forwarded.Element("Headers"), "Header");
        var cookies = forwarded.Element("Cookies")!;
        var query = forwarded.Element("QueryString")!.Value == "true" ? Names.Every : Names.None;
        var keys = Listed(forwarded.Element("QueryStringCacheKeys"), "QueryString");
        return new(Seconds(behavior, "MinTTL"), Seconds(behavior, "DefaultTTL"), Seconds(behavior, "MaxTTL"),
            behavior.Element("Compress")!.Value == "true", false,
            headers.Contains("*") ? Names.Every : new Names(false, headers),
            cookies.Element("Forward")!.Value switch
            {
                "all" => Names.Every,
                "whitelist" => new Names(false, Listed(cookies.Element("WhitelistedNames"), "Cookie")),
                _ => Names.None,
            },
            query.All && keys.Count > 0 ? new Names(false, keys) : query)
        { ForwardedQuery = query };
    }

    /// <summary>`br`, `gzip` or empty: what the viewer takes and the policy allows.</summary>
    public string Encoding(IHeaderDictionary headers)
    {
        if (!Gzip && !Brotli || headers.AcceptEncoding.Count == 0) return "";
        var accepted = headers.AcceptEncoding.ToString();
        return Brotli && Accepts(accepted, "br") ? "br" : Gzip && Accepts(accepted, "gzip") ? "gzip" : "";
    }

    /// <summary>The cache key. One concatenation when the path alone decides.</summary>
    public string Key(string site, string method, string path, string query, string encoding, IHeaderDictionary headers)
    {
        var prefix = method == "OPTIONS" ? "o" : encoding switch { "br" => "b", "gzip" => "g", _ => "i" };
        if (IsPathOnly) return string.Concat(site, prefix, path);
        var key = new System.Text.StringBuilder(site).Append(prefix).Append(path).Append('?').Append(Query.Query(query));
        foreach (var name in Headers.Listed.Order(StringComparer.OrdinalIgnoreCase)) key.Append('\n').Append(name).Append(':').Append(headers[name].ToString());
        return key.Append('\n').Append(Cookies.Cookies(headers.Cookie.ToString())).ToString();
    }

    /// <summary>The key of one variant of an answer that varies (RFC 9111 §4.1).</summary>
    public static string Variant(string key, string[] names, IHeaderDictionary headers)
    {
        var variant = new System.Text.StringBuilder(key).Append('\v');
        foreach (var name in names.Order(StringComparer.OrdinalIgnoreCase))
            variant.Append(name.ToLowerInvariant()).Append(headers.ContainsKey(name) ? ':' : '-')
                .AppendJoin(',', headers[name].SelectMany(value => (value ?? "").Split(',', StringSplitOptions.TrimEntries))).Append('\n');
        return variant.ToString();
    }

    private static bool Accepts(string header, string encoding)
    {
        foreach (var part in header.AsSpan().Split(','))
        {
            var item = header.AsSpan()[part].Trim();
            var end = item.IndexOf(';');
            if (!(end < 0 ? item : item[..end].Trim()).Equals(encoding, StringComparison.OrdinalIgnoreCase)) continue;
            return end < 0 || item[end..].IndexOf("q=") is not (>= 0 and var q)
                || !double.TryParse(item[(end + q + 2)..], CultureInfo.InvariantCulture, out var weight) || weight > 0;
        }

        return false;
    }

    private static HashSet<string> Listed(XElement? list, string what) => Names.Set(list?.Element("Items")?.Elements("Name").Select(name => name.Value) ?? [], what);

    private static TimeSpan Seconds(XElement from, string name) => TimeSpan.FromSeconds(long.Parse(from.Element(name)!.Value, CultureInfo.InvariantCulture));
}

/// <summary>An origin request policy: what goes to the origin beyond the cache key.</summary>
internal sealed record ForwardRules(Names Headers, Names Cookies, Names Query)
{
    public static readonly ForwardRules None = new(Names.None, Names.None, Names.None);

    public static ForwardRules Of(XElement policy) => new(Names.Of(policy, "Header"), Names.Of(policy, "Cookie"), Names.Of(policy, "QueryString"));
}

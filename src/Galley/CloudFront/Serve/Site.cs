using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Galley.CloudFront.Serve;

/// <summary>A distribution made ready for serving: everything that a request needs, looked up once.</summary>
internal sealed record Site(string Id, string Arn, string Label, bool Enabled, string RootObject, Behavior[] Behaviors, Dictionary<string, ErrorRule> Errors)
{
    /// <summary>First match of the path, the default behaviour last; the query takes no part.</summary>
    public Behavior BehaviorOf(string path)
    {
        foreach (var behavior in Behaviors)
            if (behavior.Matches(path))
                return behavior;
        return Behaviors[^1];
    }

    /// <param name="distribution">As stored.</param>
    /// <param name="account">Account.</param>
    /// <param name="settings">Configuration of a policy or an origin access control by kind and id; null when it is gone.</param>
    public static Site Of(Distribution distribution, string account, Func<string, string, XElement?> settings)
    {
        var config = Xml.Stored(distribution.Config);
        var arn = distribution.Arn(account);
        var origins = config.Element("Origins")!.Element("Items")!.Elements().ToDictionary(origin => origin.Element("Id")!.Value, origin => Origin.Of(origin, arn, settings));
        var errors = (config.Element("CustomErrorResponses")!.Element("Items")?.Elements() ?? []).ToDictionary(error => error.Element("ErrorCode")!.Value, error => new ErrorRule(
            error.Element("ResponsePagePath")!.Value,
            error.Element("ResponseCode")!.Value is { Length: > 0 } code ? int.Parse(code, CultureInfo.InvariantCulture) : 0,
            error.Element("ErrorCachingMinTTL") is { } ttl ? TimeSpan.FromSeconds(long.Parse(ttl.Value, CultureInfo.InvariantCulture)) : ErrorRule.UsualCaching));
        return new Site(distribution.Id, arn, distribution.Label, distribution.Enabled, config.Element("DefaultRootObject")!.Value,
            [.. DistributionConfig.Behaviors(config).Select(behavior => Behavior.Of(behavior, origins, settings))], errors);
    }
}

/// <summary>A custom error response.</summary>
/// <param name="PagePath">Empty for none.</param>
/// <param name="Status">Status that the viewer sees with the page.</param>
/// <param name="Caching">Least time the error is kept.</param>
internal sealed record ErrorRule(string PagePath, int Status, TimeSpan Caching)
{
    public static readonly TimeSpan UsualCaching = TimeSpan.FromSeconds(10);
}

/// <summary>A cache behaviour with its origin and policies.</summary>
internal sealed record Behavior(Regex? Pattern, Origin Origin, string ViewerProtocol, HashSet<string> Allowed, bool CachesOptions, bool Compress, CacheRules Cache, ForwardRules Forward)
{
    public ResponseHeaders? Response { get; init; }

    public bool Matches(string path) => Pattern is null || Pattern.IsMatch(path);

    public bool ForwardsHeader(string name) => Cache.Headers.Includes(name) || Forward.Headers.Includes(name);

    public bool Caches(string method) => !Cache.Disabled && (method is "GET" or "HEAD" || method == "OPTIONS" && CachesOptions);

    public static Behavior Of(XElement behavior, Dictionary<string, Origin> origins, Func<string, string, XElement?> settings)
    {
        XElement? Policy(string kind) => behavior.Element(kind + "Id") is { } id ? settings(kind, id.Value) : null;
        var methods = behavior.Element("AllowedMethods")!;
        return new Behavior(
            behavior.Element("PathPattern") is { } pattern ? Compile(pattern.Value) : null,
            origins[behavior.Element("TargetOriginId")!.Value],
            behavior.Element("ViewerProtocolPolicy")!.Value,
            [.. methods.Element("Items")!.Elements().Select(method => method.Value)],
            methods.Element("CachedMethods")!.Element("Items")!.Elements().Any(method => method.Value == "OPTIONS"),
            behavior.Element("Compress")!.Value == "true",
            Policy("CachePolicy") is { } policy ? CacheRules.OfPolicy(policy) : CacheRules.OfBehavior(behavior),
            Policy("OriginRequestPolicy") is { } forward ? ForwardRules.Of(forward) : ForwardRules.None)
        {
            Response = Policy("ResponseHeadersPolicy") is { } response ? ResponseHeaders.Of(response) : null,
        };
    }

    /// <summary>`*` takes any characters, `/` too, `?` one; the leading `/` may be left out; case counts. Linear time whatever the pattern.</summary>
    private static Regex Compile(string pattern)
        => new("^" + Regex.Escape(pattern.StartsWith('/') || pattern.StartsWith('*') ? pattern : "/" + pattern).Replace("\\*", ".*", StringComparison.Ordinal).Replace("\\?", ".", StringComparison.Ordinal) + "$",
            RegexOptions.NonBacktracking | RegexOptions.Singleline | RegexOptions.CultureInvariant);
}

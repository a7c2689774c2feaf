using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Galley.CloudFront.Code;

namespace Galley.CloudFront.Serve;

/// <summary>A distribution made ready for serving: everything that a request needs, looked up once.</summary>
internal sealed record Site(string Id, string Arn, string Label, bool Enabled, string RootObject, Behavior[] Behaviors, Dictionary<string, ErrorRule> Errors)
{
    /// <summary>Standard logs; null for none.</summary>
    public LogTarget? Log { get; init; }

    public string DomainName => Label + ".cloudfront.net";

    /// <summary>First match of the path, the default behaviour last; the query takes no part.</summary>
    public Behavior BehaviorOf(string path)
    {
        foreach (var behavior in Behaviors)
            if (behavior.Matches(path))
                return behavior;
        return Behaviors[^1];
    }

    public bool HasPageFor(int status) => Errors.Count > 0 && Errors.TryGetValue(status.ToString(CultureInfo.InvariantCulture), out var rule) && rule.PagePath.Length > 0;

    /// <param name="distribution">As stored.</param>
    /// <param name="account">Account.</param>
    /// <param name="parts">Policies, keys and functions that it refers to.</param>
    public static Site Of(Distribution distribution, string account, SiteParts parts)
    {
        var config = Xml.Stored(distribution.Config);
        var arn = distribution.Arn(account);
        var origins = config.Element("Origins")!.Element("Items")!.Elements().ToDictionary(origin => origin.Element("Id")!.Value, origin => Origin.Of(origin, arn, parts.Setting));
        var groups = (config.Element("OriginGroups")!.Element("Items")?.Elements() ?? []).ToDictionary(group => group.Element("Id")!.Value, group => Failover.Of(group, origins));
        var errors = (config.Element("CustomErrorResponses")!.Element("Items")?.Elements() ?? []).ToDictionary(error => error.Element("ErrorCode")!.Value, error => new ErrorRule(
            error.Element("ResponsePagePath")!.Value,
            error.Element("ResponseCode")!.Value is { Length: > 0 } code ? int.Parse(code, CultureInfo.InvariantCulture) : 0,
            error.Element("ErrorCachingMinTTL") is { } ttl ? TimeSpan.FromSeconds(long.Parse(ttl.Value, CultureInfo.InvariantCulture)) : ErrorRule.UsualCaching));
        return new Site(distribution.Id, arn, distribution.Label, distribution.Enabled, config.Element("DefaultRootObject")!.Value,
            [.. DistributionConfig.Behaviors(config).Select(behavior => Behavior.Of(behavior, origins, groups, parts))], errors)
        {
            Log = LogTarget.Of(config.Element("Logging")!),
        };
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

/// <summary>An origin group's second member, and the answers of the first for which it is asked.</summary>
internal sealed record Failover(Origin First, Origin Second, HashSet<int> Statuses)
{
    public static Failover Of(XElement group, Dictionary<string, Origin> origins)
    {
        var members = group.Element("Members")!.Element("Items")!.Elements().Select(member => origins[member.Element("OriginId")!.Value]).ToList();
        return new(members[0], members[1], [.. group.Element("FailoverCriteria")!.Element("StatusCodes")!.Element("Items")!.Elements().Select(code => int.Parse(code.Value, CultureInfo.InvariantCulture))]);
    }
}

/// <summary>A cache behaviour with its origin and policies.</summary>
internal sealed record Behavior(Regex? Pattern, Origin Origin, string ViewerProtocol, HashSet<string> Allowed, bool CachesOptions, bool Compress, CacheRules Cache, ForwardRules Forward)
{
    public string PatternText { get; init; } = "*";

    public ResponseHeaders? Response { get; init; }

    /// <summary>For an origin group.</summary>
    public Failover? Failover { get; init; }

    /// <summary>Signed URLs and cookies are asked for; whose.</summary>
    public Signers? Signers { get; init; }

    public Attached Code { get; init; } = Attached.Nothing;

    public bool Matches(string path) => Pattern is null || Pattern.IsMatch(path);

    public bool ForwardsHeader(string name) => Cache.Headers.Includes(name) || Forward.Headers.Includes(name);

    public bool Caches(string method) => !Cache.Disabled && (method is "GET" or "HEAD" || method == "OPTIONS" && CachesOptions);

    public static Behavior Of(XElement behavior, Dictionary<string, Origin> origins, Dictionary<string, Failover> groups, SiteParts parts)
    {
        XElement? Policy(string kind) => behavior.Element(kind + "Id") is { } id ? parts.Setting(kind, id.Value) : null;
        var methods = behavior.Element("AllowedMethods")!;
        var group = groups.GetValueOrDefault(behavior.Element("TargetOriginId")!.Value);
        return new Behavior(
            behavior.Element("PathPattern") is { } pattern ? Compile(pattern.Value) : null,
            group?.First ?? origins[behavior.Element("TargetOriginId")!.Value],
            behavior.Element("ViewerProtocolPolicy")!.Value,
            [.. methods.Element("Items")!.Elements().Select(method => method.Value)],
            methods.Element("CachedMethods")!.Element("Items")!.Elements().Any(method => method.Value == "OPTIONS"),
            behavior.Element("Compress")!.Value == "true",
            Policy("CachePolicy") is { } policy ? CacheRules.OfPolicy(policy) : CacheRules.OfBehavior(behavior),
            Policy("OriginRequestPolicy") is { } forward ? ForwardRules.Of(forward) : ForwardRules.None)
        {
            PatternText = behavior.Element("PathPattern")?.Value ?? "*",
            Response = Policy("ResponseHeadersPolicy") is { } response ? ResponseHeaders.Of(response) : null,
            Failover = group,
            Signers = Signers.Of(behavior, parts),
            Code = Attached.Of(behavior, parts),
        };
    }

    /// <summary>`*` takes any characters, `/` too, `?` one; the leading `/` may be left out; case counts. Linear time whatever the pattern.</summary>
    private static Regex Compile(string pattern)
        => new("^" + Regex.Escape(pattern.StartsWith('/') || pattern.StartsWith('*') ? pattern : "/" + pattern).Replace("\\*", ".*", StringComparison.Ordinal).Replace("\\?", ".", StringComparison.Ordinal) + "$",
            RegexOptions.NonBacktracking | RegexOptions.Singleline | RegexOptions.CultureInvariant);
}

using System.Xml.Linq;

namespace Galley.CloudFront;

/// <summary>The policies that AWS keeps for everybody, under AWS's own ids. Those that need the viewer's country or device are left out.</summary>
internal static class ManagedPolicies
{
    private const string KeyHeaders = "Host,Origin,X-HTTP-Method-Override,X-HTTP-Method,X-Method-Override";
    private static readonly DateTimeOffset Since = new(2020, 7, 22, 0, 0, 0, TimeSpan.Zero);

    private static readonly Dictionary<string, Dictionary<string, Setting>> Known = new()
    {
        ["CachePolicy"] = Index(SettingKind.CachePolicy,
        [
            Cache("658327ea-f89d-4fab-a63d-7e88639e58f6", "Managed-CachingOptimized", 1, 86_400, true, true),
            Cache("b2884449-e4de-46a7-ac36-70bc7f1ddd6d", "Managed-CachingOptimizedForUncompressedObjects", 1, 86_400),
            Cache("4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "Managed-CachingDisabled", 0, 0, most: 0),
            Cache("08627262-05a9-4f76-9ded-b50ca2e3a84f", "Managed-Elemental-MediaPackage", 0, 86_400, true, headers: "Origin", query: "aws.manifestfilter,start,end,m"),
            Cache("83da9c7e-98b4-4e11-a168-04f0df8e2c65", "UseOriginCacheControlHeaders", 0, 0, true, true, KeyHeaders, cookies: "*"),
            Cache("4cc15a8a-d715-48a4-82b8-cc0b614638fe", "UseOriginCacheControlHeaders-QueryStrings", 0, 0, true, true, KeyHeaders, cookies: "*", query: "*"),
        ]),
        ["OriginRequestPolicy"] = Index(SettingKind.OriginRequestPolicy,
        [
            Request("216adef6-5c7f-47e4-b989-5492eafa07d3", "Managed-AllViewer", "allViewer", "", "all", "all"),
            Request("b689b0a8-53d0-40ab-baf2-68738e2966ac", "Managed-AllViewerExceptHostHeader", "allExcept", "Host", "all", "all"),
            Request("88a5eaf4-2fd4-4709-b370-b4c650ea3fcf", "Managed-CORS-S3Origin", "whitelist", "Origin,Access-Control-Request-Headers,Access-Control-Request-Method", "none", "none"),
            Request("59781a5b-3903-41f3-afcb-af62929ccde1", "Managed-CORS-CustomOrigin", "whitelist", "Origin", "none", "none"),
            Request("acba4595-bd28-49b8-b9fe-13317c0390fa", "Managed-UserAgentRefererHeaders", "whitelist", "User-Agent,Referer", "none", "none"),
            Request("bf0718e1-ba1e-49d1-88b1-f726733018ae", "Managed-HostHeaderOnly", "whitelist", "Host", "none", "none"),
        ]),
        ["ResponseHeadersPolicy"] = Index(SettingKind.ResponseHeadersPolicy,
        [
            Response("60669652-455b-4ae9-85a4-c4c02393f86c", "Managed-SimpleCORS", Cors("GET,HEAD,POST")),
            Response("5cc3b908-e619-4b99-88e5-2cf7f45965bd", "Managed-CORS-With-Preflight", Cors("GET,HEAD,PUT,POST,PATCH,DELETE,OPTIONS", "*")),
            Response("67f7725c-6f97-4210-82d7-5512b31e9d03", "Managed-SecurityHeadersPolicy", Security()),
            Response("e61eb60c-9c35-4d20-a928-2b84e02af89c", "Managed-CORS-and-SecurityHeadersPolicy", Cors("GET,HEAD,POST"), Security()),
            Response("eaab4381-ed33-4a86-88ca-d9558dc6cd63", "Managed-CORS-with-preflight-and-SecurityHeadersPolicy", Cors("GET,HEAD,PUT,POST,PATCH,DELETE,OPTIONS", "*"), Security()),
        ]),
    };

    public static Setting? Find(SettingKind kind, string id) => Known.GetValueOrDefault(kind.Name)?.GetValueOrDefault(id);

    public static IReadOnlyCollection<Setting> Of(SettingKind kind) => Known.TryGetValue(kind.Name, out var known) ? known.Values : [];

    private static Dictionary<string, Setting> Index(SettingKind kind, (string Id, XElement Config)[] policies) => policies.ToDictionary(policy => policy.Id, policy => new Setting
    {
        Id = policy.Id,
        Name = policy.Config.Element("Name")!.Value,
        ETag = "E23ZP02F085DFQ",
        Modified = Since,
        Config = Xml.Text(kind.Read(policy.Config)),
    });

    private static (string, XElement) Cache(
        string id, string name, long least, long usual, bool gzip = false, bool brotli = false, string headers = "", string cookies = "", string query = "", long most = 31_536_000)
        => (id, new XElement("CachePolicyConfig",
            new XElement("Name", name), new XElement("DefaultTTL", usual), new XElement("MaxTTL", most), new XElement("MinTTL", least),
            new XElement("ParametersInCacheKeyAndForwardedToOrigin",
                new XElement("EnableAcceptEncodingGzip", gzip), new XElement("EnableAcceptEncodingBrotli", brotli),
                Chosen("Header", headers.Length > 0 ? "whitelist" : "none", headers),
                Chosen("Cookie", cookies == "*" ? "all" : "none", ""),
                Chosen("QueryString", query switch { "*" => "all", "" => "none", _ => "whitelist" }, query == "*" ? "" : query))));

    private static (string, XElement) Request(string id, string name, string headerBehavior, string headers, string cookies, string query)
        => (id, new XElement("OriginRequestPolicyConfig", new XElement("Name", name), Chosen("Header", headerBehavior, headers), Chosen("Cookie", cookies, ""), Chosen("QueryString", query, "")));

    private static (string, XElement) Response(string id, string name, params XElement[] sections)
        => (id, new XElement("ResponseHeadersPolicyConfig", new XElement("Name", name), sections));

    private static XElement Chosen(string what, string behavior, string names) => new(what + "sConfig",
        new XElement(what + "Behavior", behavior), names.Length == 0 ? null : Names(what + "s", "Name", names));

    private static XElement Names(string list, string item, string names) => new(list, Xml.Items([.. names.Split(',').Select(name => new XElement(item, name))]));

    private static XElement Cors(string methods, string? expose = null) => new("CorsConfig",
        Names("AccessControlAllowOrigins", "Origin", "*"), Names("AccessControlAllowHeaders", "Header", "*"), Names("AccessControlAllowMethods", "Method", methods),
        new XElement("AccessControlAllowCredentials", "false"), expose is null ? null : Names("AccessControlExposeHeaders", "Header", expose), new XElement("OriginOverride", "false"));

    private static XElement Security() => new("SecurityHeadersConfig",
        new XElement("XSSProtection", new XElement("Override", "false"), new XElement("Protection", "true"), new XElement("ModeBlock", "true")),
        new XElement("FrameOptions", new XElement("Override", "false"), new XElement("FrameOption", "SAMEORIGIN")),
        new XElement("ReferrerPolicy", new XElement("Override", "false"), new XElement("ReferrerPolicy", "strict-origin-when-cross-origin")),
        new XElement("ContentTypeOptions", new XElement("Override", "true")),
        new XElement("StrictTransportSecurity", new XElement("Override", "false"), new XElement("IncludeSubdomains", "false"), new XElement("Preload", "false"), new XElement("AccessControlMaxAgeSec", 31_536_000)));
}

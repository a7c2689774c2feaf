using System.Xml.Linq;
using static Galley.CloudFront.Shape;

namespace Galley.CloudFront;

/// <summary>The kinds of named configuration that distributions refer to: what they hold and how AWS spells them.</summary>
/// <param name="Name">`CachePolicy`</param>
/// <param name="Path">`cache-policy`</param>
/// <param name="Config">Shape of the configuration.</param>
/// <param name="NewId">How AWS's ids look.</param>
internal sealed record SettingKind(string Name, string Path, Structure Config, Func<Wire.Ids, string> NewId)
{
    private const long Year = 31_536_000;

    public static readonly SettingKind OriginAccessControl = new("OriginAccessControl", "origin-access-control", Structure("OriginAccessControlConfig", false,
        Text("Name") with { Required = true }, Text("Description", ""),
        Text("SigningProtocol", null, "sigv4") with { Required = true },
        Text("SigningBehavior", null, "always", "never", "no-override") with { Required = true },
        Text("OriginAccessControlOriginType", null, "s3") with { Required = true }), ids => "E" + ids.Next(13, Wire.Ids.UpperAlphanumeric));

    public static readonly SettingKind CachePolicy = new("CachePolicy", "cache-policy", Structure("CachePolicyConfig", false,
        Text("Comment", ""), Text("Name") with { Required = true },
        Number("DefaultTTL", 86_400, 0, Year * 100), Number("MaxTTL", Year, 0, Year * 100), Number("MinTTL", null, 0, Year * 100) with { Required = true },
        Structure("ParametersInCacheKeyAndForwardedToOrigin", true,
            Flag("EnableAcceptEncodingGzip", "false"), Flag("EnableAcceptEncodingBrotli", "false"),
            Structure("HeadersConfig", true, Text("HeaderBehavior", "none", "none", "whitelist"), List("Headers", "Name", always: false)),
            Structure("CookiesConfig", true, Text("CookieBehavior", "none", "none", "whitelist", "allExcept", "all"), List("Cookies", "Name", always: false)),
            Structure("QueryStringsConfig", true, Text("QueryStringBehavior", "none", "none", "whitelist", "allExcept", "all"), List("QueryStrings", "Name", always: false)))), ids => ids.Uuid());

    public static readonly SettingKind OriginRequestPolicy = new("OriginRequestPolicy", "origin-request-policy", Structure("OriginRequestPolicyConfig", false,
        Text("Comment", ""), Text("Name") with { Required = true },
        Structure("HeadersConfig", true, Text("HeaderBehavior", "none", "none", "whitelist", "allViewer", "allExcept"), List("Headers", "Name", always: false)),
        Structure("CookiesConfig", true, Text("CookieBehavior", "none", "none", "whitelist", "allExcept", "all"), List("Cookies", "Name", always: false)),
        Structure("QueryStringsConfig", true, Text("QueryStringBehavior", "none", "none", "whitelist", "allExcept", "all"), List("QueryStrings", "Name", always: false))), ids => ids.Uuid());

    public static readonly SettingKind ResponseHeadersPolicy = new("ResponseHeadersPolicy", "response-headers-policy", Structure("ResponseHeadersPolicyConfig", false,
        Text("Comment", ""), Text("Name") with { Required = true },
        Structure("CorsConfig", false,
            List("AccessControlAllowOrigins", "Origin") with { Required = true }, List("AccessControlAllowHeaders", "Header") with { Required = true },
            List("AccessControlAllowMethods", "Method") with { Required = true }, Flag("AccessControlAllowCredentials") with { Required = true },
            List("AccessControlExposeHeaders", "Header", always: false), Number("AccessControlMaxAgeSec", null, 0, Year), Flag("OriginOverride") with { Required = true }),
        Structure("SecurityHeadersConfig", false,
            Structure("XSSProtection", false, Flag("Override"), Flag("Protection"), Flag("ModeBlock"), Text("ReportUri")),
            Structure("FrameOptions", false, Flag("Override"), Text("FrameOption", null, "DENY", "SAMEORIGIN") with { Required = true }),
            Structure("ReferrerPolicy", false, Flag("Override"), Text("ReferrerPolicy") with { Required = true }),
            Structure("ContentSecurityPolicy", false, Flag("Override"), Text("ContentSecurityPolicy") with { Required = true }),
            Structure("ContentTypeOptions", false, Flag("Override")),
            Structure("StrictTransportSecurity", false, Flag("Override"), Flag("IncludeSubdomains"), Flag("Preload"), Number("AccessControlMaxAgeSec", null, 0, Year * 100) with { Required = true })),
        Structure("ServerTimingHeadersConfig", false, Flag("Enabled") with { Required = true }, Text("SamplingRate", "100")),
        List("CustomHeadersConfig", Structure("ResponseHeadersPolicyCustomHeader", false, Text("Header") with { Required = true }, Text("Value") with { Required = true }, Flag("Override") with { Required = true }), always: false),
        List("RemoveHeadersConfig", Structure("ResponseHeadersPolicyRemoveHeader", false, Text("Header") with { Required = true }), always: false)), ids => ids.Uuid());

    public static readonly SettingKind OriginAccessIdentity = new("CloudFrontOriginAccessIdentity", "origin-access-identity/cloudfront", Structure("CloudFrontOriginAccessIdentityConfig", false,
        Text("CallerReference") with { Required = true }, Text("Comment", "") with { Required = true }), ids => "E" + ids.Next(13, Wire.Ids.UpperAlphanumeric));

    public static readonly SettingKind PublicKey = new("PublicKey", "public-key", Structure("PublicKeyConfig", false,
        Text("CallerReference") with { Required = true }, Text("Name") with { Required = true }, Text("EncodedKey") with { Required = true }, Text("Comment", "")), ids => "K" + ids.Next(13, Wire.Ids.UpperAlphanumeric));

    public static readonly SettingKind KeyGroup = new("KeyGroup", "key-group", Structure("KeyGroupConfig", false,
        Text("Name") with { Required = true }, new Plain("Items", "PublicKey"), Text("Comment", "")), ids => ids.Uuid());

    public static readonly SettingKind[] Policies = [CachePolicy, OriginRequestPolicy, ResponseHeadersPolicy], Referred = [OriginAccessControl, .. Policies], All = [.. Referred, OriginAccessIdentity, PublicKey, KeyGroup];

    public bool IsPolicy => Name.EndsWith("Policy", StringComparison.Ordinal);

    /// <summary>Where the configuration is put: these paths end in `/config`.</summary>
    public bool UpdatesConfig => this == OriginAccessControl || this == OriginAccessIdentity || this == PublicKey;

    /// <summary>The element that tells of time; null for none.</summary>
    public string? Stamp => this == PublicKey ? "CreatedTime" : IsPolicy || this == KeyGroup ? "LastModifiedTime" : null;

    /// <summary>AWS's word in errors: key groups are plain resources there.</summary>
    public string ErrorName => this == KeyGroup ? "Resource" : Name;

    /// <summary>The configuration with defaults; throws for what CloudFront, or Galley, does not take.</summary>
    public XElement Read(XElement given)
    {
        var config = Config.Read(given, Config.Name)!;
        foreach (var name in config.Descendants("Headers").Elements("Items").Elements("Name"))
            if (name.Value.StartsWith("CloudFront-", StringComparison.OrdinalIgnoreCase))
                throw Errors.NotSupported($"the header {name.Value}");
        if (this == PublicKey && PublicKeys.Parse(config.Element("EncodedKey")!.Value) is null)
            throw Errors.InvalidArgument("Your request contains empty/invalid/out of limits RSA Encoded Key");
        return config;
    }
}

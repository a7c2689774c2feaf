using Galley.Store;

namespace Galley.CloudFront;

/// <summary>CloudFront is global: keyed by account, without a region.</summary>
internal static class Keys
{
    public static byte[] Distributions(string account) => Key.Of("cloudfront", account, "distribution");

    public static byte[] Distribution(string account, string id) => Key.Of("cloudfront", account, "distribution", id);

    /// <summary>Domain label (`d111111abcdef8`) → distribution id.</summary>
    public static byte[] Domain(string account, string label) => Key.Of("cloudfront", account, "domain", label);

    /// <summary>Caller reference → distribution id.</summary>
    public static byte[] Reference(string account, string reference) => Key.Of("cloudfront", account, "reference", reference);

    public static byte[] Invalidations(string account, string distribution) => Key.Of("cloudfront", account, "invalidation", distribution);

    public static byte[] Invalidation(string account, string distribution, string id) => Key.Of("cloudfront", account, "invalidation", distribution, id);

    /// <summary>Origin access controls and policies: kind is AWS's noun, `CachePolicy`.</summary>
    public static byte[] Settings(string account, string kind) => Key.Of("cloudfront", account, "setting", kind);

    public static byte[] Setting(string account, string kind, string id) => Key.Of("cloudfront", account, "setting", kind, id);
}

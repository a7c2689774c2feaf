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

    public static byte[] Functions(string account) => Key.Of("cloudfront", account, "function");

    public static byte[] Function(string account, string name) => Key.Of("cloudfront", account, "function", name);

    public static byte[] Stores(string account) => Key.Of("cloudfront", account, "store");

    public static byte[] Store(string account, string name) => Key.Of("cloudfront", account, "store", name);

    /// <summary>Items of a key-value store, by the store's id.</summary>
    public static byte[] StoreItems(string id) => Key.Of("cloudfront-items", id);

    public static byte[] StoreItem(string id, string key) => Key.Of("cloudfront-items", id, key);

    /// <summary>Alternate domain name → domain label.</summary>
    public static byte[] Alias(string account, string name) => Key.Of("cloudfront", account, "alias", name);
}

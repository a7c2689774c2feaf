using System.Globalization;
using Galley.Store;

namespace Galley.Iam;

/// <summary>What IAM stores, and where. Names are unique without regard to case, as in AWS.</summary>
internal static class Keys
{
    public static byte[] Identity(string account, IdentityKind kind, string name) => Key.Of("iam", account, kind.ToString(), name.ToLowerInvariant());

    public static byte[] Identities(string account, IdentityKind kind) => Key.Of("iam", account, kind.ToString());

    public static byte[] Policy(string account, string name) => Key.Of("iam", account, "Policy", name.ToLowerInvariant());

    public static byte[] Policies(string account) => Key.Of("iam", account, "Policy");

    public static byte[] AccessKey(string account, string id) => Key.Of("iam", account, "AccessKey", id);

    public static byte[] AccessKeysOf(string account, string user) => Key.Of("iam", account, "AccessKeyOf", user.ToLowerInvariant());

    public static byte[] AccessKeyOf(string account, string user, string id) => Key.Of("iam", account, "AccessKeyOf", user.ToLowerInvariant(), id);

    public static byte[] Session(string account, string id) => Key.Of("iam", account, "Session", id);

    /// <summary>Everything about sessions.</summary>
    public static IReadOnlyList<byte[]> Sessions(string account) => [Key.Of("iam", account, "Session"), Key.Of("iam", account, "SessionEnd")];

    /// <summary>Sessions by their end, so that old ones can be swept.</summary>
    public static byte[] SessionEnd(string account, DateTimeOffset end, string id) => Key.Of("iam", account, "SessionEnd", Sortable(end), id);

    public static (byte[] From, byte[] To) SessionsEndedBefore(string account, DateTimeOffset end)
        => (Key.Of("iam", account, "SessionEnd"), Key.Of("iam", account, "SessionEnd", Sortable(end)));

    public static byte[] Observed(string account, string caller, string action, string resource) => Key.Of("iam", account, "Observed", caller, action, resource);

    public static byte[] ObservedOf(string account, string caller) => Key.Of("iam", account, "Observed", caller);

    public static byte[] LastUse(string account, string subject) => Key.Of("iam", account, "LastUse", subject);

    public static byte[] LoginProfile(string account, string user) => Key.Of("iam", account, "LoginProfile", user.ToLowerInvariant());

    public static byte[] OidcProvider(string account, string url) => Key.Of("iam", account, "OidcProvider", url);

    public static byte[] OidcProviders(string account) => Key.Of("iam", account, "OidcProvider");

    public static byte[] Generation(string account, string id) => Key.Of("iam", account, "PolicyGeneration", id);

    public static byte[] PasswordPolicy(string account) => Key.Of("iam", account, "PasswordPolicy");

    public static byte[] Alias(string account) => Key.Of("iam", account, "Alias");

    private static string Sortable(DateTimeOffset time) => time.UtcDateTime.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture);
}

internal enum IdentityKind
{
    User,
    Role,
    Group,
}

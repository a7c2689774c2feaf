using Galley.Store;

namespace Galley.CognitoIdentity;

/// <summary>What is stored where. Calls of browsers carry no account, so ids alone lead to a pool or an identity.</summary>
internal static class Keys
{
    private const string Root = "cognito-identity";

    public static byte[] Pools(string account) => Key.Of(Root, account, "Pool");

    public static byte[] Pool(string account, string id) => Key.Of(Root, account, "Pool", id);

    public static byte[] Identities(string account, string poolId) => Key.Of(Root, account, "Identity", poolId);

    public static byte[] Identity(string account, string poolId, string id) => Key.Of(Root, account, "Identity", poolId, id);

    /// <summary>The pool that an identity is in.</summary>
    public static byte[] PoolOf(string account, string id) => Key.Of(Root, account, "PoolOf", id);

    /// <summary>The identity that a login belongs to.</summary>
    public static byte[] Link(string account, string poolId, string provider, string subject) => Key.Of(Root, account, "Link", poolId, provider, subject);

    public static byte[] SigningKey(string account) => Key.Of(Root, account, "SigningKey");
}

using Galley.Store;

namespace Galley.Cognito;

/// <summary>What is stored where. Pools by account and region; everything of a pool behind one prefix; three indexes for calls that carry no account.</summary>
internal static class Keys
{
    private const string Root = "cognito", Index = "cognito-index";

    public static byte[] Pools(string account, string region) => Key.Of(Root, account, region, "pool");

    public static byte[] Pool(PoolRef pool) => Key.Of(Root, pool.Account, pool.Region, "pool", pool.Id);

    /// <summary>Everything that goes when the pool goes.</summary>
    public static byte[] Inside(PoolRef pool) => Key.Of(Root, pool.Account, pool.Region, "in", pool.Id);

    public static byte[] SigningKeys(PoolRef pool) => In(pool, "signing-keys");

    public static byte[] Clients(PoolRef pool) => In(pool, "client");

    public static byte[] Client(PoolRef pool, string clientId) => In(pool, "client", clientId);

    public static byte[] ResourceServers(PoolRef pool) => In(pool, "resource-server");

    public static byte[] ResourceServer(PoolRef pool, string identifier) => In(pool, "resource-server", identifier);

    public static byte[] Domain(PoolRef pool) => In(pool, "domain");

    public static byte[] CustomDomain(PoolRef pool) => In(pool, "custom-domain");

    public static byte[] IdentityProviders(PoolRef pool) => In(pool, "identity-provider");

    public static byte[] IdentityProvider(PoolRef pool, string name) => In(pool, "identity-provider", name);

    /// <summary>By client id, or `ALL`.</summary>
    public static byte[] UiCustomization(PoolRef pool, string clientId) => In(pool, "ui-customization", clientId);

    public static byte[] Users(PoolRef pool) => In(pool, "user");

    public static byte[] User(PoolRef pool, string folded) => In(pool, "user", folded);

    public static byte[] Sub(PoolRef pool, string sub) => In(pool, "sub", sub);

    public static byte[] Alias(PoolRef pool, string attribute, string folded) => In(pool, "alias", attribute, folded);

    public static byte[] Groups(PoolRef pool) => In(pool, "group");

    public static byte[] Group(PoolRef pool, string name) => In(pool, "group", name);

    public static byte[] Members(PoolRef pool, string group) => In(pool, "member", group);

    public static byte[] Member(PoolRef pool, string group, string user) => In(pool, "member", group, user);

    public static byte[] GroupsOf(PoolRef pool, string user) => In(pool, "groups-of", user);

    public static byte[] GroupOf(PoolRef pool, string user, string group) => In(pool, "groups-of", user, group);

    /// <summary>The live mailed code of a user for one purpose.</summary>
    public static byte[] Code(PoolRef pool, string user, string purpose) => In(pool, "code", user, purpose);

    public static byte[] Codes(PoolRef pool, string user) => In(pool, "code", user);

    /// <summary>Failed sign-ins of a name, known or not.</summary>
    public static byte[] Attempts(PoolRef pool, string name) => In(pool, "attempts", name);

    public static byte[] Limit(PoolRef pool, string user, string operation) => In(pool, "limit", user, operation);

    /// <summary>One row per log-in; its tokens are good as long as the row is there.</summary>
    public static byte[] Origins(PoolRef pool, string user) => In(pool, "origin", user);

    public static byte[] Origin(PoolRef pool, string user, string origin) => In(pool, "origin", user, origin);

    public static byte[] Refresh(PoolRef pool, string hash) => In(pool, "refresh", hash);

    public static byte[] Devices(PoolRef pool, string user) => In(pool, "device", user);

    public static byte[] Device(PoolRef pool, string user, string device) => In(pool, "device", user, device);

    /// <summary>A device that a sign-in named and that has not been confirmed yet.</summary>
    public static byte[] NewDevice(PoolRef pool, string user, string device) => In(pool, "new-device", user, device);

    public static byte[] Imports(PoolRef pool) => In(pool, "import");

    public static byte[] Import(PoolRef pool, string job) => In(pool, "import", job);

    /// <summary>Written for users who do not exist, so that they cost what others cost.</summary>
    public static byte[] Nobody(PoolRef pool) => In(pool, "nobody");

    /// <summary>A browser that is away at an identity provider.</summary>
    public static byte[] Trip(PoolRef pool, string hash) => In(pool, "trip", hash);

    /// <summary>Which user an account at an identity provider signs in as.</summary>
    public static byte[] Linked(PoolRef pool, string provider, string account) => In(pool, "linked", provider, account);

    public static byte[] AuthorizationCode(PoolRef pool, string hash) => In(pool, "authorization-code", hash);

    public static byte[] BrowserSession(PoolRef pool, string hash) => In(pool, "browser", hash);

    public static byte[] BrowserSessionsOf(PoolRef pool, string user) => In(pool, "browser-of", user);

    public static byte[] BrowserSessionOf(PoolRef pool, string user, string hash) => In(pool, "browser-of", user, hash);

    /// <summary>A step between two requests: an auth challenge or a page of the hosted UI.</summary>
    public static byte[] Step(PoolRef pool, string hash) => In(pool, "step", hash);

    /// <summary>Rows with an end, in order of that end; the value is the key that goes.</summary>
    public static byte[] Ends(PoolRef pool) => In(pool, "ends");

    public static byte[] End(PoolRef pool, DateTimeOffset at, byte[] key) => Key.From(Ends(pool)).Add(at.ToUnixTimeSeconds()).Add(key).ToArray();

    public static byte[] PoolPointer(string poolId) => Key.Of(Index, "pool", poolId);

    public static byte[] ClientPointer(string clientId) => Key.Of(Index, "client", clientId);

    /// <summary>Custom domains, whose names are whole and stand for themselves in every region.</summary>
    public static byte[] HostPointer(string host) => Key.Of(Index, "host", host);

    public static byte[] DomainPointer(string region, string prefix) => Key.Of(Index, "domain", region, prefix);

    private static byte[] In(PoolRef pool, string kind) => Key.Of(Root, pool.Account, pool.Region, "in", pool.Id, kind);

    private static byte[] In(PoolRef pool, string kind, string id) => Key.Of(Root, pool.Account, pool.Region, "in", pool.Id, kind, id);

    private static byte[] In(PoolRef pool, string kind, string id, string second) => Key.Of(Root, pool.Account, pool.Region, "in", pool.Id, kind, id, second);
}

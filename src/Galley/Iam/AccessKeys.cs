using System.Collections.Concurrent;
using System.Text;
using Galley.Store;
using Galley.Wire;

namespace Galley.Iam;

/// <summary>Long-term access keys of users. The secret is shown once and kept sealed.</summary>
internal sealed class AccessKeys(Installation installation, Observations observations)
{
    private const int MostPerUser = 2;

    public async ValueTask<CreateAccessKeyResponse> CreateAccessKey(CreateAccessKeyRequest request, Call call)
    {
        var name = UserOf(request.UserName, call);
        var (id, secret) = ("AKIA" + installation.Ids.Next(16, Ids.Base32), NewSecret(installation.Ids));
        var key = new StoredAccessKey(id, name, installation.Secrets.SealText(Purpose(id), secret), installation.Now, Active: true);
        await installation.Store.Write(async tx =>
        {
            var user = await Identities.Get(tx, call, IdentityKind.User, name);
            if ((await Of(tx, call.Account, user.Name)).Count >= MostPerUser) throw Errors.LimitExceeded($"Cannot exceed quota for AccessKeysPerUser: {MostPerUser}");
            tx.Put(Keys.AccessKey(call.Account, id), key, IamStoreJson.Default.StoredAccessKey);
            tx.Put(Keys.AccessKeyOf(call.Account, user.Name, id), Encoding.UTF8.GetBytes(id));
        });
        return new(new AccessKey(name, id, "Active", secret, key.Created));
    }

    public async ValueTask<ListAccessKeysResponse> ListAccessKeys(ListAccessKeysRequest request, Call call)
    {
        var name = UserOf(request.UserName, call);
        var keys = await installation.Store.Read(async tx =>
        {
            _ = await Identities.Get(tx, call, IdentityKind.User, name);
            return await Of(tx, call.Account, name);
        });
        var (page, truncated, marker) = Pages.Page(keys, key => key.Id, key => new AccessKeyMetadata(key.User, key.Id, key.Active ? "Active" : "Inactive", key.Created), request.Marker, request.MaxItems);
        return new(name, page, truncated, marker);
    }

    public async ValueTask<Empty> UpdateAccessKey(UpdateAccessKeyRequest request, Call call)
    {
        if (request.Status is not ("Active" or "Inactive"))
            throw Errors.Constraint(request.Status, "status", "Member must satisfy enum value set: [Active, Inactive]");
        await installation.Store.Write(async tx =>
        {
            var key = await Get(tx, call, request.AccessKeyId, request.UserName);
            tx.Put(Keys.AccessKey(call.Account, key.Id), key with { Active = request.Status == "Active" }, IamStoreJson.Default.StoredAccessKey);
        });
        return Empty.Value;
    }

    public async ValueTask<Empty> DeleteAccessKey(AccessKeyRequest request, Call call)
    {
        await installation.Store.Write(async tx =>
        {
            var key = await Get(tx, call, request.AccessKeyId, request.UserName);
            tx.Delete(Keys.AccessKey(call.Account, key.Id));
            tx.Delete(Keys.AccessKeyOf(call.Account, key.User, key.Id));
        });
        return Empty.Value;
    }

    public async ValueTask<GetAccessKeyLastUsedResponse> GetAccessKeyLastUsed(GetAccessKeyLastUsedRequest request, Call call) => await installation.Store.Read(async tx =>
    {
        var key = await tx.Get(Keys.AccessKey(call.Account, request.AccessKeyId), IamStoreJson.Default.StoredAccessKey)
            ?? throw Errors.AccessDenied($"User: {call.Principal.Arn} is not authorized to perform: iam:GetAccessKeyLastUsed on resource: access key {request.AccessKeyId}");
        var use = await observations.LastUseOf(tx, key.Id);
        return new GetAccessKeyLastUsedResponse(key.User, use is null ? new(null, "N/A", "N/A") : new(use.Time, use.Service, use.Region));
    });

    /// <summary>The secret of a key, for the stack that made it.</summary>
    internal async ValueTask<string> Secret(string id, string user, Call call)
        => installation.Secrets.OpenText(Purpose(id), (await installation.Store.Read(tx => Get(tx, call, id, user))).SealedSecret);

    internal static string Purpose(string id) => "iam-access-key/" + id;

    internal static string NewSecret(Ids ids) => ids.Next(40, Ids.Alphanumeric + "+/");

    internal static async ValueTask<List<StoredAccessKey>> Of(ISnapshot tx, string account, string user)
    {
        var keys = new List<StoredAccessKey>();
        var prefix = Keys.AccessKeysOf(account, user);
        await foreach (var entry in tx.Range(prefix, Key.After(prefix)))
            if (await tx.Get(Keys.AccessKey(account, Encoding.UTF8.GetString(entry.Value)), IamStoreJson.Default.StoredAccessKey) is { } key)
                keys.Add(key);
        return keys;
    }

    private static async ValueTask<StoredAccessKey> Get(ISnapshot tx, Call call, string id, string? user)
        => await tx.Get(Keys.AccessKey(call.Account, id), IamStoreJson.Default.StoredAccessKey) is { } key && key.User == UserOf(user, call, key.User)
            ? key
            : throw Errors.NoSuchEntity($"The Access Key with id {id} cannot be found.");

    /// <summary>The user meant: named, or the caller. The root may leave it out where the key tells.</summary>
    private static string UserOf(string? name, Call call, string? ofKey = null) => name ?? call.Principal.Kind switch
    {
        PrincipalKind.User => Users.NameOf(call.Principal),
        PrincipalKind.Root when ofKey is not null => ofKey,
        _ => throw Errors.Validation("Must specify userName when calling with non-User credentials"),
    };
}

/// <summary>Whose key is it: the root's, a user's, a session's. Read from the store each time; only opening the seal is remembered.</summary>
internal sealed class CallerKeys(Installation installation, WatchedStore store)
{
    private const int Kept = 4096;
    private readonly ConcurrentDictionary<string, string> _opened = new();
    private readonly Kept<CallerKey> _kept = new(store);
    private readonly CallerKey _root = new(
        installation.RootKey.SecretAccessKey,
        new Principal(PrincipalKind.Root, $"arn:aws:iam::{installation.Account}:root", installation.Account, installation.RootKey.AccessKeyId));

    public async ValueTask<CallerKey?> Find(string id)
    {
        if (id == installation.RootKey.AccessKeyId)
            return _root;
        return await _kept.Get(id, async tx => id.StartsWith("ASIA", StringComparison.Ordinal) ? await Session(tx, id) : await LongTerm(tx, id));
    }

    public void Forget()
    {
        _opened.Clear();
        _kept.Forget();
    }

    private async ValueTask<CallerKey?> LongTerm(ISnapshot tx, string id)
    {
        if (await tx.Get(Keys.AccessKey(installation.Account, id), IamStoreJson.Default.StoredAccessKey) is not { Active: true } key) return null;
        if (await Identities.Find(tx, installation.Account, IdentityKind.User, key.User) is not { } user) return null;
        return new CallerKey(Open(AccessKeys.Purpose(id), key.SealedSecret), new Principal(PrincipalKind.User, user.Arn, user.Id, id));
    }

    private async ValueTask<CallerKey?> Session(ISnapshot tx, string id)
    {
        if (await tx.Get(Keys.Session(installation.Account, id), IamStoreJson.Default.StoredSession) is not { } session) return null;
        var principal = new Principal(session.Kind, session.Arn, session.UserId, id)
        {
            RoleArn = session.RoleArn,
            SessionPolicies = session.SessionPolicies,
            Keys = session.Keys,
            Issuer = session is { IssuerArn: { } arn, IssuerId: { } issuer } ? new(arn, issuer) : null,
        };
        return new CallerKey(Open(AccessKeys.Purpose(id), session.SealedSecret), principal, Open(Sessions.TokenPurpose(id), session.SealedToken), session.Expires);
    }

    private string Open(string purpose, string value)
    {
        if (_opened.TryGetValue(value, out var secret)) return secret;
        if (_opened.Count >= Kept) _opened.Clear();
        return _opened[value] = installation.Secrets.OpenText(purpose, value);
    }
}

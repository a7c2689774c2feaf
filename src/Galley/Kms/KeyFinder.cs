using Galley.Store;
using Galley.Wire;

namespace Galley.Kms;

/// <summary>
/// Which key a request means: an id, an alias, or the ARN of either. A key whose time has come is not there any more; it and its aliases are taken out
/// of the store when somebody next asks for it or for the list.
/// </summary>
internal sealed class KeyFinder(Installation installation)
{
    private const string Prefix = "alias/";

    public static string ArnOf(string keyId, Call call) => call.Arn("kms", "key/" + keyId);

    public static string AliasArn(string name, Call call) => call.Arn("kms", name);

    public static bool IsAlias(string given) => Named(given).StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>The ARN of what is named, a key or an alias, without a look at what there is.</summary>
    public static string Resource(string given, Call call) => given.StartsWith("arn:", StringComparison.Ordinal) ? given : call.Arn("kms", IsAlias(given) ? given : "key/" + given);

    /// <summary>The ARN of the key behind an alias's; any other stays as it is.</summary>
    public async ValueTask<string> Resolve(string arn, Call call)
        => IsAlias(arn) && await installation.Store.Read(snapshot => snapshot.Get(Keys.Alias(call, Named(arn)), KmsJson.Default.AliasRecord)) is { } alias ? ArnOf(alias.KeyId, call) : arn;

    /// <summary>The policy of a key by its ARN; null for what is no key.</summary>
    public async ValueTask<string?> PolicyOf(string arn, Call call)
        => !Arn.TryParse(arn, out var read) || read.Service != "kms" || read.Account != call.Account || read.Region != call.Region || !read.Resource.StartsWith("key/", StringComparison.Ordinal) ? null
            : (await installation.Store.Read(snapshot => snapshot.Get(Keys.OneKey(call, Named(arn)), KmsJson.Default.KeyRecord)))?.Policy;

    public async ValueTask<KeyRecord> Find(string given, Call call, bool aliases = true)
    {
        var record = await installation.Store.Read(snapshot => Read(snapshot, given, call, aliases));
        if (!IsGone(record)) return record;
        await Purge(call);
        throw Errors.KeyNotFound(ArnOf(record.KeyId, call));
    }

    /// <summary>The same, where the key must be one that works.</summary>
    public async ValueTask<KeyRecord> FindUsable(string given, Call call)
    {
        var record = await Find(given, call);
        if (record.DeletionDate is not null) throw Errors.PendingDeletion(ArnOf(record.KeyId, call));
        return record.Enabled ? record : throw Errors.Disabled(ArnOf(record.KeyId, call));
    }

    /// <summary>Changes a key, named by id or ARN as AWS wants it here.</summary>
    public ValueTask<KeyRecord> Change(string given, Call call, Func<KeyRecord, KeyRecord> change, bool pendingToo = false) => installation.Store.Write(async transaction =>
    {
        var record = await Read(transaction, given, call, aliases: false);
        var arn = ArnOf(record.KeyId, call);
        if (IsGone(record)) throw Errors.KeyNotFound(arn);
        if (record.DeletionDate is not null && !pendingToo) throw Errors.PendingDeletion(arn);
        var changed = change(record);
        transaction.Put(Keys.OneKey(call, record.KeyId), changed, KmsJson.Default.KeyRecord);
        return changed;
    });

    /// <summary>All keys there are.</summary>
    public async ValueTask<IReadOnlyList<KeyRecord>> All(Call call)
    {
        var all = await installation.Store.Read(snapshot => snapshot.List(Keys.AllKeys(call), KmsJson.Default.KeyRecord));
        if (!all.Any(IsGone)) return all;
        await Purge(call);
        return [.. all.Where(record => !IsGone(record))];
    }

    public async ValueTask<IReadOnlyList<AliasRecord>> Aliases(Call call)
    {
        var keys = (await All(call)).Select(record => record.KeyId).ToHashSet();
        return [.. (await installation.Store.Read(snapshot => snapshot.List(Keys.Aliases(call), KmsJson.Default.AliasRecord))).Where(alias => keys.Contains(alias.KeyId))];
    }

    private async ValueTask<KeyRecord> Read(ISnapshot snapshot, string given, Call call, bool aliases)
    {
        if (given.Length is 0 or > 2048) throw Errors.Constraint(given, "keyId", "Member must have length between 1 and 2048, inclusive");
        if (given.StartsWith("arn:", StringComparison.Ordinal))
        {
            if (!Arn.TryParse(given, out var arn) || arn.Service != "kms" || !arn.Resource.StartsWith("key/", StringComparison.Ordinal) && !arn.Resource.StartsWith(Prefix, StringComparison.Ordinal)) throw Errors.InvalidArn(given);
            if (arn.Region != call.Region) throw Errors.OtherRegion(arn.Region);
            if (arn.Account != call.Account) throw Errors.KeyNotFound(given);
        }

        var name = Named(given);
        if (IsAlias(given))
        {
            if (!aliases) throw Errors.InvalidKeyId(given);
            var alias = await snapshot.Get(Keys.Alias(call, name), KmsJson.Default.AliasRecord) ?? throw Errors.AliasNotFound(AliasArn(name, call));
            name = alias.KeyId;
        }

        if (!Guid.TryParseExact(name, "D", out _)) throw Errors.InvalidKeyId(given);
        return await snapshot.Get(Keys.OneKey(call, name), KmsJson.Default.KeyRecord) ?? throw Errors.KeyNotFound(ArnOf(name, call));
    }

    private ValueTask Purge(Call call) => installation.Store.Write(async transaction =>
    {
        var gone = (await transaction.List(Keys.AllKeys(call), KmsJson.Default.KeyRecord)).Where(IsGone).Select(record => record.KeyId).ToHashSet();
        foreach (var keyId in gone) transaction.Delete(Keys.OneKey(call, keyId));
        foreach (var alias in await transaction.List(Keys.Aliases(call), KmsJson.Default.AliasRecord))
            if (gone.Contains(alias.KeyId))
                transaction.Delete(Keys.Alias(call, alias.Name));
    });

    private bool IsGone(KeyRecord record) => record.DeletionDate <= installation.Now;

    /// <summary>`alias/x` or a key's id, out of an ARN too.</summary>
    private static string Named(string given)
    {
        if (!given.StartsWith("arn:", StringComparison.Ordinal)) return given;
        var resource = given[(given.LastIndexOf(':') + 1)..];
        return resource.StartsWith("key/", StringComparison.Ordinal) ? resource["key/".Length..] : resource;
    }
}

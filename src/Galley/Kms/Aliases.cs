using System.Text.RegularExpressions;
using Galley.Store;
using Galley.Wire;

namespace Galley.Kms;

/// <summary>Names of keys, `alias/…`. Those of AWS (`alias/aws/…`) nobody can make.</summary>
internal sealed partial class Aliases(Installation installation, KeyFinder finder)
{
    public async ValueTask<Empty> CreateAlias(CreateAliasRequest request, Call call)
    {
        Check(request.AliasName);
        var record = await Target(request.TargetKeyId, call);
        await installation.Store.Write(async transaction =>
        {
            if (await transaction.Get(Keys.Alias(call, request.AliasName)) is not null) throw Errors.AliasExists(KeyFinder.AliasArn(request.AliasName, call));
            Put(transaction, new AliasRecord(request.AliasName, record.KeyId, installation.Now, installation.Now), call);
        });
        return Empty.Value;
    }

    public async ValueTask<Empty> UpdateAlias(CreateAliasRequest request, Call call)
    {
        Check(request.AliasName);
        var record = await Target(request.TargetKeyId, call);
        await installation.Store.Write(async transaction => Put(transaction, await Get(transaction, request.AliasName, call) with { KeyId = record.KeyId, Updated = installation.Now }, call));
        return Empty.Value;
    }

    public async ValueTask<Empty> DeleteAlias(AliasRequest request, Call call)
    {
        Check(request.AliasName);
        await installation.Store.Write(async transaction =>
        {
            await Get(transaction, request.AliasName, call);
            transaction.Delete(Keys.Alias(call, request.AliasName));
        });
        return Empty.Value;
    }

    public async ValueTask<ListAliasesResponse> ListAliases(ListAliasesRequest request, Call call)
    {
        var key = request.KeyId is null ? null : (await finder.Find(request.KeyId, call, aliases: false)).KeyId;
        var all = (await finder.Aliases(call)).Where(alias => key is null || alias.KeyId == key).ToList();
        var (page, next) = Page.Of(all, alias => alias.Name, request.Limit ?? 50, 100, request.Marker);
        return new ListAliasesResponse([.. page.Select(alias => new AliasListEntry
        {
            AliasName = alias.Name, AliasArn = KeyFinder.AliasArn(alias.Name, call), TargetKeyId = alias.KeyId, CreationDate = alias.Created, LastUpdatedDate = alias.Updated,
        })], next, next is not null);
    }

    private async ValueTask<KeyRecord> Target(string keyId, Call call)
    {
        var record = await finder.Find(keyId, call, aliases: false);
        return record.DeletionDate is null ? record : throw Errors.PendingDeletion(KeyFinder.ArnOf(record.KeyId, call));
    }

    private static async ValueTask<AliasRecord> Get(ISnapshot snapshot, string name, Call call)
        => await snapshot.Get(Keys.Alias(call, name), KmsJson.Default.AliasRecord) ?? throw Errors.AliasNotFound(KeyFinder.AliasArn(name, call));

    private static void Put(ITransaction transaction, AliasRecord alias, Call call) => transaction.Put(Keys.Alias(call, alias.Name), alias, KmsJson.Default.AliasRecord);

    private static void Check(string name)
    {
        if (!name.StartsWith("alias/", StringComparison.Ordinal)) throw Errors.Validation("Alias must start with the prefix \"alias/\".");
        if (!Name().IsMatch(name) || name.Length > 256) throw Errors.InvalidAliasName("Alias contains invalid characters. Alias may only contain alphanumeric characters, forward slashes, underscores and dashes");
        if (name.StartsWith("alias/aws/", StringComparison.Ordinal)) throw new AwsError("NotAuthorizedException", "");
    }

    [GeneratedRegex("^alias/[a-zA-Z0-9/_-]+$")]
    private static partial Regex Name();
}

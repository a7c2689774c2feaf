using Galley.Store;
using Galley.Wire;

namespace Galley.Iam;

/// <summary>The account's alias and its counts.</summary>
internal sealed class Account(Identities identities)
{
    public async ValueTask<Empty> CreateAccountAlias(AccountAliasRequest request, Call call)
    {
        if (request.AccountAlias.Length is < 3 or > 63) throw Errors.Constraint(request.AccountAlias, "accountAlias", "Member must satisfy regular expression pattern: ^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$");
        await identities.Store.Write(tx =>
        {
            tx.Put(Keys.Alias(call.Account), new StoredAlias(request.AccountAlias), IamStoreJson.Default.StoredAlias);
            return ValueTask.CompletedTask;
        });
        return Empty.Value;
    }

    public async ValueTask<Empty> DeleteAccountAlias(AccountAliasRequest request, Call call)
    {
        await identities.Store.Write(async tx =>
        {
            if ((await tx.Get(Keys.Alias(call.Account), IamStoreJson.Default.StoredAlias))?.Name != request.AccountAlias)
                throw Errors.NoSuchEntity($"The account alias with name {request.AccountAlias} cannot be found.");
            tx.Delete(Keys.Alias(call.Account));
        });
        return Empty.Value;
    }

    public async ValueTask<ListAccountAliasesResponse> ListAccountAliases(ListAccountAliasesRequest request, Call call)
        => new(await identities.Store.Read(tx => tx.Get(Keys.Alias(call.Account), IamStoreJson.Default.StoredAlias)) is { } alias ? [alias.Name] : [], false);
}

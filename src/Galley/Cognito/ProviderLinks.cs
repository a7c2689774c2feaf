using Galley.Store;
using Galley.Wire;

namespace Galley.Cognito;

/// <summary>AdminLinkProviderForUser and AdminDisableProviderForUser: an account at a provider signs in as a user of the pool, or no longer.</summary>
internal sealed class ProviderLinks(Installation installation)
{
    private const string Subject = "Cognito_Subject";

    public async ValueTask<Empty> AdminLinkProviderForUser(AdminLinkProviderForUserRequest request, Call call)
    {
        var (to, from) = (request.DestinationUser, request.SourceUser);
        if (to.ProviderName is not ("Cognito" or "COGNITO")) throw Errors.Parameter("The DestinationUser must be a user of the pool: its ProviderName is Cognito.");
        if (from.ProviderName is null or "Cognito" or "COGNITO") throw Errors.Parameter("The SourceUser must be a user of an identity provider.");
        var account = from.ProviderAttributeValue is { Length: > 0 } value ? value : throw Errors.Parameter("ProviderAttributeValue of the SourceUser is required.");
        if (from.ProviderAttributeName is not (null or Subject)) throw Errors.Unsupported("SourceUser.ProviderAttributeName other than Cognito_Subject");
        await installation.Store.Write(async tx =>
        {
            var pool = await UserPools.Get(tx, call, request.UserPoolId);
            var provider = await tx.Get(Keys.IdentityProvider(pool.Ref, from.ProviderName), CognitoJson.Default.IdentityProvider)
                ?? throw Errors.Parameter($"The provider {from.ProviderName} does not exist for User Pool {pool.Id}.");
            var user = await Users.Get(tx, pool, to.ProviderAttributeValue ?? "");
            var key = Keys.Linked(pool.Ref, provider.ProviderName, account);
            if (await tx.Get(key) is { } holder)
                throw Errors.Parameter(Users.Text(holder) == pool.Fold(user.Username) ? "SourceUser is already linked to DestinationUser" : "SourceUser is already linked to another user");
            if (await Users.Find(tx, pool, $"{provider.ProviderName}_{account}") is not null) throw Errors.Parameter("Merging is not currently supported, provide a SourceUser that has not been signed up in order to link");
            var linked = (user.Identities ?? []).ToList();
            if (linked.Count >= 5) throw new AwsError("LimitExceededException", "A user can be linked to at most five accounts.");
            linked.Add(new LinkedAccount { UserId = account, ProviderName = provider.ProviderName, ProviderType = provider.ProviderType, Primary = false, DateCreated = installation.Now });
            tx.Put(key, Users.Bytes(pool.Fold(user.Username)));
            await Users.Put(tx, pool, user, user with { Identities = linked }, installation.Now);
        });
        return Empty.Value;
    }

    public async ValueTask<Empty> AdminDisableProviderForUser(AdminDisableProviderForUserRequest request, Call call)
    {
        var given = request.User;
        var account = given.ProviderAttributeValue ?? "";
        await installation.Store.Write(async tx =>
        {
            var pool = await UserPools.Get(tx, call, request.UserPoolId);
            if (given.ProviderName is "Cognito" or "COGNITO") throw Errors.Unsupported("AdminDisableProviderForUser for a user of the pool itself");
            var key = Keys.Linked(pool.Ref, given.ProviderName ?? "", account);
            if (await tx.Get(key) is not { } holder || await tx.Get(Keys.User(pool.Ref, Users.Text(holder)), CognitoJson.Default.User) is not { } user) throw Errors.UserNotFound();
            tx.Delete(key);
            var rest = user.Identities?.Where(linked => linked.ProviderName != given.ProviderName || linked.UserId != account).ToList();
            await Users.Put(tx, pool, user, user with { Identities = rest is { Count: > 0 } ? rest : null }, installation.Now);
        });
        return Empty.Value;
    }
}

internal sealed record ProviderUserIdentifier
{
    public string? ProviderName { get; init; }
    public string? ProviderAttributeName { get; init; }
    public string? ProviderAttributeValue { get; init; }
}

internal sealed record AdminLinkProviderForUserRequest : IOnPool
{
    public required string UserPoolId { get; init; }
    public required ProviderUserIdentifier DestinationUser { get; init; }
    public required ProviderUserIdentifier SourceUser { get; init; }
}

internal sealed record AdminDisableProviderForUserRequest : IOnPool
{
    public required string UserPoolId { get; init; }
    public required ProviderUserIdentifier User { get; init; }
}

using Galley.Cognito.Triggers;
using Galley.Store;
using Galley.Wire;

namespace Galley.Cognito.Federation;

/// <summary>
/// The pool's user behind an account at a provider: the one it is linked to, else `&lt;provider&gt;_&lt;subject&gt;`, made at the first sign-in and
/// brought up to date at each by the attribute mapping, over what the inbound federation trigger makes of the claims. Who it is only the provider says. Such users are in the group `&lt;pool&gt;_&lt;provider&gt;`.
/// </summary>
internal sealed class FederatedUsers(Installation installation, UserTriggers triggers)
{
    public async ValueTask<User> Come(UserPool pool, UserPoolClient client, IdentityProvider provider, ForeignUser found)
    {
        var subject = Value(found.Claims, provider.AttributeMapping?.GetValueOrDefault("username") ?? "sub") ?? found.Claims["sub"];
        var name = $"{provider.ProviderName}_{subject}";
        if (name.Length > 128) throw new FederationFailed("the user's name at the provider is too long");
        try
        {
            // The trigger may link the account to a user of the pool, so it goes first.
            var mapped = Mapped(provider, await triggers.InboundFederation(pool, client, provider, subject, found));
            var existing = await installation.Store.Read(async tx => await tx.Get(Keys.Linked(pool.Ref, provider.ProviderName, subject)) is { } linked
                ? await tx.Get(Keys.User(pool.Ref, Users.Text(linked)), CognitoJson.Default.User)
                : await tx.Get(Keys.User(pool.Ref, pool.Fold(name)), CognitoJson.Default.User));
            if (existing is null) return await Make(pool, client, provider, subject, name, mapped);
            if (!existing.Enabled) throw new FederationFailed("User is disabled.");
            var user = await Update(pool, existing, mapped);
            await triggers.PostAuthentication(new SignIn.Visit { Pool = pool, Client = client, Hosted = true }, user, newDevice: false);
            return user;
        }
        catch (AwsError e)
        {
            throw new FederationFailed(e.Message.TrimEnd());
        }
    }

    private async ValueTask<User> Make(UserPool pool, UserPoolClient client, IdentityProvider provider, string subject, string name, IReadOnlyList<UserAttribute> mapped)
    {
        var now = installation.Now;
        var draft = new User
        {
            Username = name,
            Sub = installation.Ids.Uuid(),
            Attributes = [],
            Enabled = true,
            Status = UserStatus.External,
            Created = now,
            Modified = now,
            Identities = [new LinkedAccount { UserId = subject, ProviderName = provider.ProviderName, ProviderType = provider.ProviderType, Primary = true, DateCreated = now }],
        }.With(mapped);
        var missing = pool.SchemaAttributes.Where(schema => schema.Required == true && schema.Name != "sub" && draft[schema.Name] is null).Select(schema => schema.Name).ToList();
        if (missing.Count > 0) throw new FederationFailed($"attributes required: [{string.Join(", ", missing)}]");
        AttributeRules.Check(pool, draft.Attributes);
        var decided = await triggers.PreSignUp(pool, client.ClientId, UserTriggers.External, draft, null, null);
        if (decided.VerifyEmail) draft = draft.With("email_verified", "true");
        if (decided.VerifyPhone) draft = draft.With("phone_number_verified", "true");
        var user = await installation.Store.Write(async tx =>
        {
            var key = pool.Fold(name);
            // Two first sign-ins at once are one user.
            if (await tx.Get(Keys.User(pool.Ref, key), CognitoJson.Default.User) is { } quicker) return quicker;
            await Users.Put(tx, pool, null, draft, now);
            tx.Put(Keys.Linked(pool.Ref, provider.ProviderName, subject), Users.Bytes(key));
            await Join(tx, pool, provider, key, now);
            return draft;
        });
        await triggers.PostConfirmation(pool, client.ClientId, "PostConfirmation_ConfirmSignUp", user, null);
        return user;
    }

    private ValueTask<User> Update(UserPool pool, User existing, IReadOnlyList<UserAttribute> mapped) => installation.Store.Write(async tx =>
    {
        var old = await Users.Get(tx, pool, existing.Username);
        // A user of the pool keeps what the pool knows; the provider only proved who it is.
        if (old.Status != UserStatus.External) return old;
        var changed = mapped.Where(attribute => old[attribute.Name] != attribute.Value).ToList();
        foreach (var attribute in changed)
            if (pool.SchemaAttributes.FirstOrDefault(schema => schema.Name == attribute.Name)?.Mutable == false && old[attribute.Name] is not null)
                throw new FederationFailed($"user.{attribute.Name}: Attribute cannot be updated.");
        if (changed.Count == 0) return old;
        var user = old.With(changed);
        AttributeRules.Check(pool, user.Attributes);
        await Users.Put(tx, pool, old, user, installation.Now);
        return user;
    });

    private static async ValueTask Join(ITransaction tx, UserPool pool, IdentityProvider provider, string user, DateTimeOffset now)
    {
        var group = $"{pool.Id}_{provider.ProviderName}";
        if (await tx.Get(Keys.Group(pool.Ref, group)) is null)
            tx.Put(Keys.Group(pool.Ref, group), new Group
            {
                GroupName = group,
                UserPoolId = pool.Id,
                Description = $"Autogenerated group for users who sign in using {provider.ProviderName}",
                CreationDate = now,
                LastModifiedDate = now,
            }, CognitoJson.Default.Group);
        tx.Put(Keys.Member(pool.Ref, group, user), Users.Bytes(user));
        tx.Put(Keys.GroupOf(pool.Ref, user, group), Users.Bytes(group));
    }

    /// <summary>What the mapping makes of the claims. An address that no mapping calls proved is not.</summary>
    private static List<UserAttribute> Mapped(IdentityProvider provider, IReadOnlyDictionary<string, string> claims)
    {
        var result = new List<UserAttribute>();
        foreach (var (attribute, claim) in provider.AttributeMapping ?? new Dictionary<string, string>())
            if (attribute is not ("username" or "sub" or "identities") && Value(claims, claim) is { } value)
                result.Add(new UserAttribute { Name = attribute, Value = value.Length > 2048 ? value[..2048] : value });
        foreach (var address in (ReadOnlySpan<string>)["email", "phone_number"])
            if (result.Exists(known => known.Name == address) && !result.Exists(known => known.Name == address + "_verified"))
                result.Add(new UserAttribute { Name = address + "_verified", Value = "false" });
        return result;
    }

    private static string? Value(IReadOnlyDictionary<string, string> claims, string claim) => claims.GetValueOrDefault(claim) is { Length: > 0 } value ? value : null;
}

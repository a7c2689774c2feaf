using System.Text.Json;
using Galley.Store;

namespace Galley.Cognito;

/// <summary>A pool's users inside a transaction: found by name, alias or sub; their aliases kept unique.</summary>
internal static class Users
{
    /// <summary>The user with this name as <see cref="UserPool.Fold"/> makes it; null for none.</summary>
    public static ValueTask<User?> At(ISnapshot tx, UserPool pool, string folded) => tx.Kept(Keys.User(pool.Ref, folded), static stored => JsonSerializer.Deserialize(stored, CognitoJson.Default.User)!);

    /// <summary>The user that a sign-in name or `sub` means; null for none.</summary>
    public static async ValueTask<User?> Find(ISnapshot tx, UserPool pool, string name)
    {
        var folded = pool.Fold(name);
        if (await At(tx, pool, folded) is { } user) return user;
        foreach (var attribute in pool.UsernameAttributes ?? pool.AliasAttributes ?? [])
            if (await Holder(tx, pool, attribute, folded) is { } holder) return await At(tx, pool, holder);
        return await tx.Get(Keys.Sub(pool.Ref, name)) is { } sub ? await At(tx, pool, Text(sub)) : null;
    }

    public static async ValueTask<User> Get(ISnapshot tx, UserPool pool, string name) => await Find(tx, pool, name) ?? throw Errors.UserNotFound();

    /// <summary>Puts a user that is new or changed, and moves its aliases.</summary>
    /// <param name="old">The user as it was; null for a new one.</param>
    /// <param name="force">Take an alias away from whoever has it.</param>
    public static async ValueTask Put(ITransaction tx, UserPool pool, User? old, User user, DateTimeOffset now, bool force = false)
    {
        var key = pool.Fold(user.Username);
        var before = old is null ? [] : Aliases(pool, old).ToList();
        var after = Aliases(pool, user).ToList();
        foreach (var (attribute, value) in before.Except(after)) tx.Delete(Keys.Alias(pool.Ref, attribute, value));
        foreach (var (attribute, value) in after)
        {
            if (await Holder(tx, pool, attribute, value) is { } holder && holder != key)
            {
                if (pool.SignInByAttribute) throw Errors.UserExists($"An account with the given {attribute} already exists.");
                if (!force) throw Errors.AliasExists(attribute);
                if (await tx.Get(Keys.User(pool.Ref, holder), CognitoJson.Default.User) is { } loser)
                    tx.Put(Keys.User(pool.Ref, holder), loser.With(attribute is "preferred_username" ? attribute : attribute + "_verified", attribute is "preferred_username" ? null : "false"), CognitoJson.Default.User);
            }

            tx.Put(Keys.Alias(pool.Ref, attribute, value), Bytes(key));
        }

        if (old is null) tx.Put(Keys.Sub(pool.Ref, user.Sub), Bytes(key));
        tx.Put(Keys.User(pool.Ref, key), user with { Modified = now }, CognitoJson.Default.User);
    }

    public static async ValueTask Delete(ITransaction tx, UserPool pool, User user)
    {
        var key = pool.Fold(user.Username);
        foreach (var (attribute, value) in Aliases(pool, user)) tx.Delete(Keys.Alias(pool.Ref, attribute, value));
        foreach (var group in await GroupsOf(tx, pool, user)) tx.Delete(Keys.Member(pool.Ref, group.GroupName, key));
        await tx.DeleteAll(Keys.GroupsOf(pool.Ref, key));
        await tx.DeleteAll(Keys.Codes(pool.Ref, key));
        await tx.DeleteAll(Keys.Devices(pool.Ref, key));
        foreach (var account in user.Identities ?? []) tx.Delete(Keys.Linked(pool.Ref, account.ProviderName, account.UserId));
        await SignOut(tx, pool, user);
        tx.Delete(Keys.Attempts(pool.Ref, key));
        tx.Delete(Keys.Sub(pool.Ref, user.Sub));
        tx.Delete(Keys.User(pool.Ref, key));
    }

    /// <summary>Ends every log-in of the user: refresh tokens, access tokens towards Cognito, browser sessions.</summary>
    public static async ValueTask SignOut(ITransaction tx, UserPool pool, User user)
    {
        var key = pool.Fold(user.Username);
        await tx.DeleteAll(Keys.Origins(pool.Ref, key));
        var sessions = new List<string>();
        await foreach (var entry in tx.Range(Keys.BrowserSessionsOf(pool.Ref, key), Key.After(Keys.BrowserSessionsOf(pool.Ref, key)))) sessions.Add(Text(entry.Value));
        foreach (var hash in sessions)
        {
            tx.Delete(Keys.BrowserSession(pool.Ref, hash));
            tx.Delete(Keys.BrowserSessionOf(pool.Ref, key, hash));
        }
    }

    /// <summary>The user's groups, those with precedence first, lowest number first.</summary>
    public static async ValueTask<IReadOnlyList<Group>> GroupsOf(ISnapshot tx, UserPool pool, User user)
    {
        var groups = new List<Group>();
        var prefix = Keys.GroupsOf(pool.Ref, pool.Fold(user.Username));
        await foreach (var entry in tx.Range(prefix, Key.After(prefix)))
            if (await tx.Get(Keys.Group(pool.Ref, Text(entry.Value)), CognitoJson.Default.Group) is { } group)
                groups.Add(group);
        return [.. groups.OrderBy(group => group.Precedence ?? int.MaxValue).ThenBy(group => group.GroupName, StringComparer.Ordinal)];
    }

    public static string Text(byte[] value) => System.Text.Encoding.UTF8.GetString(value);

    public static byte[] Bytes(string value) => System.Text.Encoding.UTF8.GetBytes(value);

    /// <summary>What the user can sign in with beside the name: any value where it is the name, only verified ones where it is an alias.</summary>
    private static IEnumerable<(string Attribute, string Folded)> Aliases(UserPool pool, User user)
    {
        // A provider's user signs in there; the address may belong to a user of the pool as well.
        if (user.Status == UserStatus.External) yield break;
        foreach (var attribute in pool.UsernameAttributes ?? [])
            if (user[attribute] is { } value) yield return (attribute, pool.Fold(value));
        foreach (var attribute in pool.AliasAttributes ?? [])
            if (user[attribute] is { } value && (attribute == "preferred_username" ? user.Status != UserStatus.Unconfirmed : user[attribute + "_verified"] == "true"))
                yield return (attribute, pool.Fold(value));
    }

    private static async ValueTask<string?> Holder(ISnapshot tx, UserPool pool, string attribute, string folded)
        => await tx.Get(Keys.Alias(pool.Ref, attribute, folded)) is { } holder ? Text(holder) : null;
}

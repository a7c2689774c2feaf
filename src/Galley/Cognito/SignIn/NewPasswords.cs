using Galley.Store;

namespace Galley.Cognito.SignIn;

/// <summary>NEW_PASSWORD_REQUIRED: a password of one's own instead of the temporary one, and required attributes that are missing.</summary>
internal sealed class NewPasswords(Installation installation, Credentials credentials, Passwords passwords, Steps steps)
{
    /// <summary>The user with the new password; the step is used up with it.</summary>
    public async ValueTask<(User User, Passage Passage)> Set(Visit visit, string session, string kind, string password, IReadOnlyDictionary<string, string> given)
    {
        var (pool, client) = (visit.Pool, visit.Client);
        var attributes = given.Where(pair => pair.Key.StartsWith("userAttributes.", StringComparison.Ordinal))
            .Select(pair => new UserAttribute { Name = pair.Key["userAttributes.".Length..], Value = pair.Value }).ToList();
        var before = await installation.Store.Read(async tx => await Users.Get(tx, pool, (await steps.Look(tx, pool, client, session, kind)).Username));
        credentials.RequireReady(before);
        PasswordRules.Check(pool, password, "newPassword");
        AttributeRules.CheckWritable(pool, client, attributes, isNew: false);
        AttributeRules.CheckRequired(pool, before.With(attributes));
        var hashed = await passwords.Set(pool, before, password);
        return await installation.Store.Write(async tx =>
        {
            var step = await steps.Take(tx, pool, client, session, kind);
            var old = await Users.Get(tx, pool, before.Username);
            var user = old.With(attributes).WithPassword(hashed) with { Status = UserStatus.Confirmed, PasswordExpires = null };
            await Users.Put(tx, pool, old, user, installation.Now);
            return (user, step.Passage ?? new Passage());
        });
    }
}

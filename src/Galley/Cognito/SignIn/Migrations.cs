using Galley.Cognito.Triggers;
using Galley.Store;

namespace Galley.Cognito.SignIn;

/// <summary>Users who come over from another directory at their first sign-in or forgotten password: the user migration trigger.</summary>
internal sealed class Migrations(Installation installation, Passwords passwords, UserTriggers triggers)
{
    /// <summary>The user whom the trigger vouched for, who has this password now; null when there is no trigger, or it knows nobody.</summary>
    public async ValueTask<User?> SignIn(Visit visit, string name, string password)
    {
        if (await triggers.Migrate(visit, name, password) is not { } found) return null;
        var confirmed = found.Status == UserStatus.Confirmed;
        var user = await passwords.Set(visit.Pool, Draft(visit, name, found) with { Status = confirmed ? UserStatus.Confirmed : UserStatus.ResetRequired }, password);
        return await Keep(visit, user, found);
    }

    public async ValueTask<User?> Forgot(Visit visit, string name)
        => await triggers.Migrate(visit, name, null) is { } found ? await Keep(visit, Draft(visit, name, found) with { Status = UserStatus.ResetRequired }, found) : null;

    private User Draft(Visit visit, string name, MigratedUser found)
    {
        var attributes = found.Attributes.Where(given => given.Name is not ("sub" or "username" or "cognito:user_status")).ToList();
        AttributeRules.Check(visit.Pool, attributes);
        var user = NewUsers.Draft(installation, visit.Pool, name, attributes);
        AttributeRules.CheckRequired(visit.Pool, user);
        return user;
    }

    private async ValueTask<User> Keep(Visit visit, User user, MigratedUser found) => await installation.Store.Write(async tx =>
    {
        // Two first sign-ins at once: the first one stays.
        if (await Users.Find(tx, visit.Pool, user.Username) is { } there) return there;
        await Users.Put(tx, visit.Pool, null, user, installation.Now, found.ForceAlias);
        return user;
    });
}

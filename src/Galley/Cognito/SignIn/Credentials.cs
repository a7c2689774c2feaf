using System.Security.Cryptography;
using System.Text;
using Galley.Store;
using Galley.Wire;

namespace Galley.Cognito.SignIn;

/// <summary>Name and password against the pool, the same for the API and the hosted page; and the client's own proof, SECRET_HASH.</summary>
internal sealed class Credentials(Installation installation, Clients clients, Passwords passwords, Attempts attempts)
{
    /// <summary>The user, whose password was right. Throws NotAuthorizedException, or UserNotFoundException where the client shows that.</summary>
    public async ValueTask<User> Check(Visit visit, User? user, string name, string password)
    {
        var pool = visit.Pool;
        if (user is null && !visit.HidesUsers) throw Errors.UserNotFound();
        if (password.Length > 256) throw Errors.NotAuthorized();
        if (!await attempts.Try(pool, user, name, () => passwords.Verify(user, password))) throw Errors.NotAuthorized();
        if (await passwords.Refresh(pool, user!, password) is { } fresh) await Keep(pool, user!, fresh);
        return user!;
    }

    private async ValueTask Keep(UserPool pool, User before, User fresh) => await installation.Store.Write(async tx =>
    {
        // Another request may have set a new password meanwhile; that one wins.
        if (await Users.Find(tx, pool, fresh.Username) is { } stored && stored.Sub == before.Sub && stored.PasswordHash == before.PasswordHash)
            await Users.Put(tx, pool, stored, stored with { PasswordHash = fresh.PasswordHash, SrpSalt = fresh.SrpSalt, SrpVerifier = fresh.SrpVerifier }, installation.Now);
    });

    /// <summary>What stands between a right password and tokens; the caller turns FORCE_CHANGE_PASSWORD into its next step.</summary>
    public void RequireReady(User user)
    {
        if (!user.Enabled) throw Errors.NotAuthorized("User is disabled.");
        if (user.Status == UserStatus.Unconfirmed) throw Errors.NotConfirmed();
        if (user.Status == UserStatus.ResetRequired) throw Errors.PasswordResetRequired();
        if (user.Status == UserStatus.ForceChangePassword && user.PasswordExpires <= installation.Now)
            throw Errors.NotAuthorized("Temporary password has expired and must be reset by an administrator.");
    }

    /// <summary>SECRET_HASH: base64 of HMAC-SHA256 over name and client id, the name exactly as sent.</summary>
    public void CheckSecretHash(UserPoolClient client, string name, string? given)
    {
        if (client.ClientSecret is null)
        {
            if (given is not null) throw Errors.NotAuthorized($"Unable to verify secret hash for client {client.ClientId}");
            return;
        }

        if (given is null) throw Errors.NotAuthorized($"Client {client.ClientId} is configured with secret but SECRET_HASH was not received");
        var right = false;
        foreach (var secret in clients.SecretsOf(client)) right |= CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(SecretHash(secret, name, client.ClientId)), Encoding.UTF8.GetBytes(given));
        if (!right) throw Errors.NotAuthorized($"Unable to verify secret hash for client {client.ClientId}");
    }

    public static string SecretHash(string secret, string name, string clientId)
        => Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(name + clientId)));
}

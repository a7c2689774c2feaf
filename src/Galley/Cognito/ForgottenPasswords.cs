using Galley.Cognito.SignIn;
using Galley.Cognito.Triggers;
using Galley.Store;
using Galley.Wire;

namespace Galley.Cognito;

/// <summary>ForgotPassword and ConfirmForgotPassword: a code to a proved address, and with it a new password.</summary>
internal sealed class ForgottenPasswords(
    Installation installation, Clients clients, Credentials credentials, Passwords passwords, Codes codes, Messages messages, Migrations migrations, UserTriggers triggers)
{
    public async ValueTask<CodeDeliveryResponse> ForgotPassword(NamedUserRequest request, Call call)
    {
        var (pool, client) = await clients.Find(request.ClientId);
        credentials.CheckSecretHash(client, request.Username, request.SecretHash);
        return await Forgot(pool, client, request.Username, request.ClientMetadata);
    }

    public async ValueTask<CodeDeliveryResponse> Forgot(UserPool pool, UserPoolClient client, string name, IReadOnlyDictionary<string, string>? metadata = null)
    {
        if (await installation.Store.Read(tx => Users.Find(tx, pool, name)) is null)
            await migrations.Forgot(new Visit { Pool = pool, Client = client, Metadata = metadata }, name);
        var code = codes.Make();
        var (problem, user) = await installation.Store.Write(async tx =>
        {
            if (await Users.Find(tx, pool, name) is not { } found)
            {
                messages.PutNothing(tx, pool);
                return ((AwsError?)null, (User?)null);
            }

            if (await Limits.Count(tx, pool, found, "ForgotPassword", 5, installation.Now) is { } limited) return (limited, null);
            if (!found.Enabled) return (Errors.NotAuthorized("User is disabled."), null);
            if (found.Status is not (UserStatus.Confirmed or UserStatus.ResetRequired)) return (Errors.NotAuthorized("User password cannot be reset in the current state."), null);
            if (AdminOnly(pool)) return (Errors.NotAuthorized("Contact administrator to reset password."), null);
            if (RecoverBy(pool, found) is not { } attribute) return (Errors.Parameter("Cannot reset password for the user as there is no registered/verified email or phone_number"), null);
            codes.Put(tx, pool, found, Codes.Reset, code, attribute);
            return (null, found);
        });
        if (problem is not null) throw problem;
        if (user is null) return client.HidesUsers ? new CodeDeliveryResponse { CodeDeliveryDetails = await messages.Simulate(pool, name) } : throw Errors.UserAndClientNotFound();
        return new CodeDeliveryResponse
        {
            CodeDeliveryDetails = await messages.Send(new Letter { Pool = pool, User = user, Source = Messages.Forgot, Code = code, Attribute = RecoverBy(pool, user)!, ClientId = client.ClientId, Metadata = metadata }),
        };
    }

    public async ValueTask<Empty> ConfirmForgotPassword(ConfirmForgotPasswordRequest request, Call call)
    {
        var (pool, client) = await clients.Find(request.ClientId);
        credentials.CheckSecretHash(client, request.Username, request.SecretHash);
        await Reset(pool, client, request.Username, request.ConfirmationCode, request.Password, request.ClientMetadata);
        return Empty.Value;
    }

    public async ValueTask Reset(UserPool pool, UserPoolClient client, string name, string code, string password, IReadOnlyDictionary<string, string>? metadata = null)
    {
        PasswordRules.Check(pool, password);
        var before = await installation.Store.Read(tx => Users.Find(tx, pool, name));
        if (before is null) throw client.HidesUsers ? Errors.CodeMismatch() : Errors.UserAndClientNotFound();
        // The code is looked at before the hash is made: without a code nobody makes us hash.
        var (problem, taken) = await installation.Store.Write(async tx =>
        {
            if (await Limits.Count(tx, pool, before, "ConfirmForgotPassword", 15, installation.Now) is { } limited) return (limited, null);
            return await codes.Take(tx, pool, before, Codes.Reset, code);
        });
        if (problem is not null) throw problem;
        var hashed = await passwords.Set(pool, before, password);
        var user = await installation.Store.Write(async tx =>
        {
            var old = await Users.Get(tx, pool, before.Username);
            await Users.SignOut(tx, pool, old);
            tx.Delete(Keys.Attempts(pool.Ref, pool.Fold(old.Username)));
            var changed = old.With((taken!.Attribute ?? "email") + "_verified", "true").WithPassword(hashed) with { Status = UserStatus.Confirmed };
            await Users.Put(tx, pool, old, changed, installation.Now);
            return changed;
        });
        await triggers.PostConfirmation(pool, client.ClientId, "PostConfirmation_ConfirmForgotPassword", user, metadata);
    }

    /// <summary>The proved address that a code may go to, in the order of the pool's recovery setting; by default the telephone first, as of old.</summary>
    public static string? RecoverBy(UserPool pool, User user)
    {
        var order = pool.AccountRecoverySetting?.RecoveryMechanisms is { Count: > 0 } options
            ? options.OrderBy(option => option.Priority).Select(option => option.Name == "verified_phone_number" ? "phone_number" : option.Name == "verified_email" ? "email" : "")
            : ["phone_number", "email"];
        return order.FirstOrDefault(attribute => attribute.Length > 0 && user.Proved(attribute));
    }

    private static bool AdminOnly(UserPool pool) => pool.AccountRecoverySetting?.RecoveryMechanisms is { Count: > 0 } options && options.All(option => option.Name == "admin_only");
}

using Galley.Cognito.SignIn;
using Galley.Store;
using Galley.Wire;

namespace Galley.Cognito;

/// <summary>A user's way into a pool and back in after a forgotten password. No signature; SECRET_HASH where the client has a secret.</summary>
internal sealed class SignUps(Installation installation, Clients clients, Credentials credentials, Passwords passwords, Codes codes)
{
    public async ValueTask<SignUpResponse> SignUp(SignUpRequest request, Call call)
    {
        var (pool, client) = await clients.Find(request.ClientId);
        credentials.CheckSecretHash(client, request.Username, request.SecretHash);
        return await SignUp(pool, client, request.Username, request.Password, request.UserAttributes ?? []);
    }

    /// <summary>As the operation, for a caller that has proved which client it is.</summary>
    public async ValueTask<SignUpResponse> SignUp(UserPool pool, UserPoolClient client, string name, string password, IReadOnlyList<UserAttribute> attributes)
    {
        if (pool.AdminCreateUserConfig?.AllowAdminCreateUserOnly == true) throw Errors.NotAuthorized("SignUp is not permitted for this user pool");
        PasswordRules.Check(pool, password);
        AttributeRules.CheckWritable(pool, client, attributes, isNew: true);
        var draft = NewUsers.Draft(installation, pool, name, attributes);
        AttributeRules.Check(pool, draft.Attributes);
        AttributeRules.CheckRequired(pool, draft);
        if (draft["email"] is not null) draft = draft.With("email_verified", "false");
        if (draft["phone_number"] is not null) draft = draft.With("phone_number_verified", "false");
        // A taken name costs no hash.
        if (!pool.SignInByAttribute && await installation.Store.Read(tx => tx.Get(Keys.User(pool.Ref, pool.Fold(name)))) is not null) throw Errors.UserExists();
        var user = await passwords.Set(pool, draft, password);
        var code = pool.AutoVerifies("email") && user["email"] is not null ? codes.Make() : null;
        await installation.Store.Write(async tx =>
        {
            if (await tx.Get(Keys.User(pool.Ref, pool.Fold(user.Username))) is not null) throw Errors.UserExists();
            await Users.Put(tx, pool, null, user, installation.Now);
            if (code is not null) codes.Put(tx, pool, user, Codes.SignUp, code);
        });
        var delivery = code is null ? null : await codes.Send(pool, user, Codes.SignUp, code);
        return new SignUpResponse { UserConfirmed = false, UserSub = user.Sub, CodeDeliveryDetails = delivery };
    }

    public async ValueTask<Empty> ConfirmSignUp(ConfirmSignUpRequest request, Call call)
    {
        var (pool, client) = await clients.Find(request.ClientId);
        credentials.CheckSecretHash(client, request.Username, request.SecretHash);
        await Confirm(pool, client, request.Username, request.ConfirmationCode, request.ForceAliasCreation == true);
        return Empty.Value;
    }

    public async ValueTask<User> Confirm(UserPool pool, UserPoolClient client, string name, string code, bool forceAlias = false)
    {
        var (problem, user) = await installation.Store.Write(async tx =>
        {
            if (await Users.Find(tx, pool, name) is not { } old) return (client.HidesUsers ? Errors.CodeExpired() : Errors.UserAndClientNotFound(), null);
            if (await Limits.Count(tx, pool, old, "ConfirmSignUp", 15, installation.Now) is { } limited) return (limited, null);
            if (old.Status != UserStatus.Unconfirmed) return (Errors.NotAuthorized($"User cannot be confirmed. Current status is {old.Status}"), null);
            if (await codes.Take(tx, pool, old, Codes.SignUp, code) is { } wrong) return (wrong, null);
            var confirmed = old.With("email_verified", "true") with { Status = UserStatus.Confirmed };
            await Users.Put(tx, pool, old, confirmed, installation.Now, forceAlias);
            return ((AwsError?)null, (User?)confirmed);
        });
        return problem is null ? user! : throw problem;
    }

    public async ValueTask<CodeDeliveryResponse> ResendConfirmationCode(NamedUserRequest request, Call call)
    {
        var (pool, client) = await clients.Find(request.ClientId);
        credentials.CheckSecretHash(client, request.Username, request.SecretHash);
        return await Resend(pool, client, request.Username);
    }

    public ValueTask<CodeDeliveryResponse> Resend(UserPool pool, UserPoolClient client, string name) => MailCode(pool, client, name, Codes.SignUp, "ResendConfirmationCode", user =>
        user.Status != UserStatus.Unconfirmed ? Errors.Parameter("User is already confirmed.")
        : user["email"] is null || !pool.AutoVerifies("email") ? Errors.Parameter("Auto verification not turned on.") : null);

    public async ValueTask<CodeDeliveryResponse> ForgotPassword(NamedUserRequest request, Call call)
    {
        var (pool, client) = await clients.Find(request.ClientId);
        credentials.CheckSecretHash(client, request.Username, request.SecretHash);
        return await Forgot(pool, client, request.Username);
    }

    public ValueTask<CodeDeliveryResponse> Forgot(UserPool pool, UserPoolClient client, string name) => MailCode(pool, client, name, Codes.Reset, "ForgotPassword", user =>
        !user.Enabled ? Errors.NotAuthorized("User is disabled.")
        : user.Status is not (UserStatus.Confirmed or UserStatus.ResetRequired) ? Errors.NotAuthorized("User password cannot be reset in the current state.")
        : !user.EmailVerified || user["email"] is null ? Errors.Parameter("Cannot reset password for the user as there is no registered/verified email or phone_number") : null);

    public async ValueTask<Empty> ConfirmForgotPassword(ConfirmForgotPasswordRequest request, Call call)
    {
        var (pool, client) = await clients.Find(request.ClientId);
        credentials.CheckSecretHash(client, request.Username, request.SecretHash);
        await Reset(pool, client, request.Username, request.ConfirmationCode, request.Password);
        return Empty.Value;
    }

    public async ValueTask Reset(UserPool pool, UserPoolClient client, string name, string code, string password)
    {
        PasswordRules.Check(pool, password);
        var before = await installation.Store.Read(tx => Users.Find(tx, pool, name));
        if (before is null) throw client.HidesUsers ? Errors.CodeMismatch() : Errors.UserAndClientNotFound();
        // The code is looked at before the hash is made: without a code nobody makes us hash.
        var problem = await installation.Store.Write(async tx =>
        {
            if (await Limits.Count(tx, pool, before, "ConfirmForgotPassword", 15, installation.Now) is { } limited) return limited;
            return await codes.Take(tx, pool, before, Codes.Reset, code);
        });
        if (problem is not null) throw problem;
        var hashed = await passwords.Set(pool, before, password);
        await installation.Store.Write(async tx =>
        {
            var old = await Users.Get(tx, pool, before.Username);
            await Users.SignOut(tx, pool, old);
            tx.Delete(Keys.Attempts(pool.Ref, pool.Fold(old.Username)));
            await Users.Put(tx, pool, old, old.With("email_verified", "true") with
            {
                Status = UserStatus.Confirmed,
                PasswordHash = hashed.PasswordHash,
                SrpSalt = hashed.SrpSalt,
                SrpVerifier = hashed.SrpVerifier,
            }, installation.Now);
        });
    }

    private async ValueTask<CodeDeliveryResponse> MailCode(UserPool pool, UserPoolClient client, string name, string purpose, string operation, Func<User, AwsError?> refuse)
    {
        var code = codes.Make();
        var (problem, user) = await installation.Store.Write(async tx =>
        {
            if (await Users.Find(tx, pool, name) is not { } found) return ((AwsError?)null, (User?)null);
            if (await Limits.Count(tx, pool, found, operation, 5, installation.Now) is { } limited) return (limited, null);
            if (refuse(found) is { } refused) return (refused, null);
            codes.Put(tx, pool, found, purpose, code);
            return (null, found);
        });
        if (problem is not null) throw problem;
        if (user is not null) return new CodeDeliveryResponse { CodeDeliveryDetails = await codes.Send(pool, user, purpose, code) };
        return client.HidesUsers ? new CodeDeliveryResponse { CodeDeliveryDetails = codes.SimulatedDelivery(pool, name) } : throw Errors.UserAndClientNotFound();
    }
}

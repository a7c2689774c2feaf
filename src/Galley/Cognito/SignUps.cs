using Galley.Cognito.SignIn;
using Galley.Cognito.Triggers;
using Galley.Store;
using Galley.Wire;

namespace Galley.Cognito;

/// <summary>A user's way into a pool: sign-up, its code, the code once more. No signature; SECRET_HASH where the client has a secret.</summary>
internal sealed class SignUps(Installation installation, Clients clients, Credentials credentials, Passwords passwords, Codes codes, Messages messages, UserTriggers triggers, Steps steps)
{
    public async ValueTask<SignUpResponse> SignUp(SignUpRequest request, Call call)
    {
        var (pool, client) = await clients.Find(request.ClientId);
        credentials.CheckSecretHash(client, request.Username, request.SecretHash);
        return await SignUp(pool, client, request.Username, string.IsNullOrEmpty(request.Password) ? null : request.Password, request.UserAttributes ?? [], request.ValidationData, request.ClientMetadata);
    }

    /// <summary>As the operation, for a caller that has proved which client it is.</summary>
    public async ValueTask<SignUpResponse> SignUp(
        UserPool pool, UserPoolClient client, string name, string? password, IReadOnlyList<UserAttribute> attributes,
        IReadOnlyList<UserAttribute>? validation = null, IReadOnlyDictionary<string, string>? metadata = null)
    {
        if (pool.AdminCreateUserConfig?.AllowAdminCreateUserOnly == true) throw Errors.NotAuthorized("SignUp is not permitted for this user pool");
        if (password is not null) PasswordRules.Check(pool, password);
        AttributeRules.CheckWritable(pool, client, attributes, isNew: true);
        var draft = NewUsers.Draft(installation, pool, name, attributes);
        AttributeRules.Check(pool, draft.Attributes);
        AttributeRules.CheckRequired(pool, draft);
        if (password is null) RequireOtherFactor(pool, client, draft);
        // A taken name costs no hash, and no trigger.
        if (!pool.SignInByAttribute && await installation.Store.Read(tx => tx.Get(Keys.User(pool.Ref, pool.Fold(name)))) is not null) throw Errors.UserExists();
        var decided = await triggers.PreSignUp(pool, client.ClientId, UserTriggers.SignUp, draft, validation, metadata);
        if (draft["email"] is not null) draft = draft.With("email_verified", decided.VerifyEmail ? "true" : "false");
        if (draft["phone_number"] is not null) draft = draft.With("phone_number_verified", decided.VerifyPhone ? "true" : "false");
        if (decided.Confirm) draft = draft with { Status = UserStatus.Confirmed };
        var user = password is null ? draft : await passwords.Set(pool, draft, password);
        var attribute = decided.Confirm ? null : ProvedBy(pool, user);
        var code = attribute is null ? null : codes.Make();
        var session = code is not null && GoesOn(pool, client, attribute!) ? steps.Session(pool) : null;
        await installation.Store.Write(async tx =>
        {
            if (await tx.Get(Keys.User(pool.Ref, pool.Fold(user.Username))) is not null) throw Errors.UserExists();
            await Users.Put(tx, pool, null, user, installation.Now);
            if (code is not null) codes.Put(tx, pool, user, Codes.SignUp, code, attribute!);
            if (session is not null) await steps.Put(tx, pool, session, Onward(client, user, Step.SignedUp));
        });
        if (decided.Confirm) await triggers.PostConfirmation(pool, client.ClientId, "PostConfirmation_ConfirmSignUp", user, metadata);
        var delivery = code is null
            ? null
            : await messages.Send(new Letter { Pool = pool, User = user, Source = Messages.SignUp, Code = code, Attribute = attribute!, ClientId = client.ClientId, Metadata = metadata });
        return new SignUpResponse { UserConfirmed = decided.Confirm, UserSub = user.Sub, CodeDeliveryDetails = delivery, Session = session };
    }

    public async ValueTask<ConfirmSignUpResponse> ConfirmSignUp(ConfirmSignUpRequest request, Call call)
    {
        var (pool, client) = await clients.Find(request.ClientId);
        credentials.CheckSecretHash(client, request.Username, request.SecretHash);
        return new ConfirmSignUpResponse { Session = (await Confirm(pool, client, request.Username, request.ConfirmationCode, request)).Session };
    }

    /// <summary>As the operation, for a caller that has proved which client it is; the user, and a session that goes on to USER_AUTH where that may be.</summary>
    public async ValueTask<(User User, string? Session)> Confirm(UserPool pool, UserPoolClient client, string name, string code, ConfirmSignUpRequest? more = null)
    {
        var next = steps.Session(pool);
        var (problem, user, goesOn) = await installation.Store.Write(async tx =>
        {
            if (await Users.Find(tx, pool, name) is not { } old) return (client.HidesUsers ? Errors.CodeExpired() : Errors.UserAndClientNotFound(), null, false);
            if (await Limits.Count(tx, pool, old, "ConfirmSignUp", 15, installation.Now) is { } limited) return (limited, null, false);
            if (old.Status != UserStatus.Unconfirmed) return (Errors.NotAuthorized($"User cannot be confirmed. Current status is {old.Status}"), null, false);
            var (wrong, taken) = await codes.Take(tx, pool, old, Codes.SignUp, code);
            if (wrong is not null) return (wrong, null, false);
            var confirmed = old.With((taken!.Attribute ?? "email") + "_verified", "true") with { Status = UserStatus.Confirmed };
            await Users.Put(tx, pool, old, confirmed, installation.Now, more?.ForceAliasCreation == true);
            if (more?.Session is { } spent && (await steps.Take(tx, pool, client, spent, Step.SignedUp)).Username != confirmed.Username) throw Errors.NotAuthorized("Invalid session for the user.");
            var onward = more is not null && GoesOn(pool, client, taken.Attribute ?? "email");
            if (onward) await steps.Put(tx, pool, next, Onward(client, confirmed, Step.Confirmed));
            return ((AwsError?)null, (User?)confirmed, onward);
        });
        if (problem is not null) throw problem;
        await triggers.PostConfirmation(pool, client.ClientId, "PostConfirmation_ConfirmSignUp", user!, more?.ClientMetadata);
        return (user!, goesOn ? next : null);
    }

    public async ValueTask<CodeDeliveryResponse> ResendConfirmationCode(NamedUserRequest request, Call call)
    {
        var (pool, client) = await clients.Find(request.ClientId);
        credentials.CheckSecretHash(client, request.Username, request.SecretHash);
        return await Resend(pool, client, request.Username, request.ClientMetadata);
    }

    public async ValueTask<CodeDeliveryResponse> Resend(UserPool pool, UserPoolClient client, string name, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var code = codes.Make();
        var (problem, user) = await installation.Store.Write(async tx =>
        {
            if (await Users.Find(tx, pool, name) is not { } found)
            {
                messages.PutNothing(tx, pool);
                return ((AwsError?)null, (User?)null);
            }

            if (await Limits.Count(tx, pool, found, "ResendConfirmationCode", 5, installation.Now) is { } limited) return (limited, null);
            if (found.Status != UserStatus.Unconfirmed) return (Errors.Parameter("User is already confirmed."), null);
            if (ProvedBy(pool, found) is not { } attribute) return (Errors.Parameter("Auto verification not turned on."), null);
            codes.Put(tx, pool, found, Codes.SignUp, code, attribute);
            return (null, found);
        });
        if (problem is not null) throw problem;
        if (user is null) return client.HidesUsers ? new CodeDeliveryResponse { CodeDeliveryDetails = await messages.Simulate(pool, name) } : throw Errors.UserAndClientNotFound();
        return new CodeDeliveryResponse
        {
            CodeDeliveryDetails = await messages.Send(new Letter { Pool = pool, User = user, Source = Messages.Resend, Code = code, Attribute = ProvedBy(pool, user)!, ClientId = client.ClientId, Metadata = metadata }),
        };
    }

    /// <summary>AWS: without a password only where the pool and the client let one sign in by a code, to an address that the pool proves.</summary>
    private static void RequireOtherFactor(UserPool pool, UserPoolClient client, User draft)
    {
        if (!client.Allows("USER_AUTH") || !FirstFactors.WithoutPassword(pool).Any(address => draft[address] is not null && pool.AutoVerifies(address)))
            throw Errors.Parameter("Password is required: passwordless sign-in is not available for this user.");
    }

    /// <summary>Whether the code that proves an address may be a first factor of USER_AUTH as well.</summary>
    private static bool GoesOn(UserPool pool, UserPoolClient client, string address) => client.Allows("USER_AUTH") && FirstFactors.WithoutPassword(pool).Contains(address);

    private Step Onward(UserPoolClient client, User user, string kind)
        => new() { Kind = kind, Username = user.Username, ClientId = client.ClientId, Expires = installation.Now + client.StepLife, Passage = new Passage() };

    /// <summary>Where a new user's code goes. AWS: with both addresses to be verified, to the telephone.</summary>
    private static string? ProvedBy(UserPool pool, User user)
    {
        foreach (var attribute in (ReadOnlySpan<string>)["phone_number", "email"])
            if (pool.AutoVerifies(attribute) && user[attribute] is not null)
                return attribute;
        return null;
    }
}

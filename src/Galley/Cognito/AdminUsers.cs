using Galley.Cognito.SignIn;
using Galley.Cognito.Triggers;
using Galley.Store;
using Galley.Wire;

namespace Galley.Cognito;

/// <summary>Users as an administrator handles them.</summary>
internal sealed class AdminUsers(Installation installation, Passwords passwords, Codes codes, Messages messages, UserTriggers triggers)
{
    public async ValueTask<AdminCreateUserResponse> AdminCreateUser(AdminCreateUserRequest request, Call call)
    {
        foreach (var medium in request.DesiredDeliveryMediums ?? [])
            if (medium is not ("EMAIL" or "SMS")) throw Errors.Constraint($"[{medium}]", "desiredDeliveryMediums", "Member must satisfy constraint: [Member must satisfy enum value set: [SMS, EMAIL]]");
        if (request.MessageAction is not (null or "SUPPRESS" or "RESEND")) throw Errors.Constraint(request.MessageAction, "messageAction", "Member must satisfy enum value set: [RESEND, SUPPRESS]");
        var pool = await installation.Store.Read(tx => UserPools.Get(tx, call, request.UserPoolId));
        var resend = request.MessageAction == "RESEND";
        var old = await installation.Store.Read(tx => Users.Find(tx, pool, request.Username));
        if (resend && old is null) throw Errors.UserNotFound();
        if (resend && old!.Status != UserStatus.ForceChangePassword) throw Errors.WrongState($"Resend not possible. {request.Username} status is not FORCE_CHANGE_PASSWORD");
        if (!resend && old is not null && !pool.SignInByAttribute) throw Errors.UserExists("User account already exists");
        var draft = resend ? old! : Draft(pool, request);
        // AWS makes a password up only where one is needed to sign in.
        var password = !string.IsNullOrEmpty(request.TemporaryPassword) ? request.TemporaryPassword : FirstFactors.WithoutPassword(pool).Any() ? null : Temporary(pool.PasswordPolicy);
        if (password is null) draft = draft with { Status = UserStatus.Confirmed };
        else PasswordRules.Check(pool, password, "temporaryPassword");
        if (!resend)
        {
            // An administrator's user is not confirmed by the trigger; it may refuse, and prove addresses.
            var decided = await triggers.PreSignUp(pool, null, UserTriggers.AdminCreate, draft, request.ValidationData, request.ClientMetadata);
            if (decided.VerifyEmail) draft = draft.With("email_verified", "true");
            if (decided.VerifyPhone) draft = draft.With("phone_number_verified", "true");
        }

        var ways = (request.MessageAction == "SUPPRESS" ? [] : request.DesiredDeliveryMediums ?? ["SMS"]).Select(medium => medium == "EMAIL" ? "email" : "phone_number").Where(name => draft[name] is not null).ToList();
        // AWS's default medium is SMS; a user without a telephone is told by mail rather than not at all.
        if (ways.Count == 0 && request.MessageAction != "SUPPRESS" && draft["email"] is not null) ways.Add("email");
        // An invitation that speaks of a password is nothing for who has none.
        if (password is null && pool.AdminCreateUserConfig?.InviteMessageTemplate?.EmailMessage?.Contains("{####}", StringComparison.Ordinal) != false) ways.Clear();
        var ready = password is null ? draft : await passwords.Set(pool, draft, password) with { PasswordExpires = installation.Now + TimeSpan.FromDays(pool.PasswordPolicy.TemporaryPasswordValidityDays is > 0 and var days ? days : 7) };
        var user = await installation.Store.Write(async tx =>
        {
            if (resend) old = await Users.Get(tx, pool, request.Username);
            else if (await tx.Get(Keys.User(pool.Ref, pool.Fold(ready.Username))) is not null) throw Errors.UserExists("User account already exists");
            await Users.Put(tx, pool, resend ? old : null, ready, installation.Now, request.ForceAliasCreation == true);
            return ready;
        });
        foreach (var way in ways) await messages.Send(new Letter { Pool = pool, User = user, Source = Messages.Invite, Code = password ?? "", Attribute = way, Metadata = request.ClientMetadata });
        return new AdminCreateUserResponse { User = UserType.Of(user) };
    }

    public ValueTask<AdminGetUserResponse> AdminGetUser(OnUserRequest request, Call call) => installation.Store.Read(async tx =>
    {
        var user = await Users.Get(tx, await UserPools.Get(tx, call, request.UserPoolId), request.Username);
        return new AdminGetUserResponse
        {
            Username = user.Username,
            UserAttributes = user.Shown(),
            UserCreateDate = user.Created,
            UserLastModifiedDate = user.Modified,
            Enabled = user.Enabled,
            UserStatus = user.Status,
            PreferredMfaSetting = user.PreferredMfa,
            UserMFASettingList = user.Mfa,
        };
    });

    public async ValueTask<Empty> AdminSetUserPassword(AdminSetUserPasswordRequest request, Call call)
    {
        var (pool, before) = await Both(request, call);
        PasswordRules.Check(pool, request.Password);
        var hashed = await passwords.Set(pool, before, request.Password);
        return await Change(request, call, (_, user) => user.WithPassword(hashed) with
        {
            Status = request.Permanent == true ? UserStatus.Confirmed : UserStatus.ForceChangePassword,
            PasswordExpires = request.Permanent == true ? null : installation.Now + TimeSpan.FromDays(pool.PasswordPolicy.TemporaryPasswordValidityDays is > 0 and var days ? days : 7),
        });
    }

    public async ValueTask<Empty> AdminConfirmSignUp(OnUserRequest request, Call call)
    {
        await Change(request, call, (_, user) => user.Status == UserStatus.Unconfirmed
            ? user with { Status = UserStatus.Confirmed }
            : throw Errors.NotAuthorized($"User cannot be confirmed. Current status is {user.Status}"));
        var (pool, confirmed) = await Both(request, call);
        await triggers.PostConfirmation(pool, null, "PostConfirmation_ConfirmSignUp", confirmed, request.ClientMetadata);
        return Empty.Value;
    }

    public ValueTask<Empty> AdminUpdateUserAttributes(AdminUpdateUserAttributesRequest request, Call call) => Change(request, call, (pool, user) =>
    {
        AttributeRules.CheckAdmin(pool, request.UserAttributes, isNew: false);
        var changed = user.With(request.UserAttributes);
        // A new address has not been proved, unless the administrator says so.
        foreach (var name in (ReadOnlySpan<string>)["email", "phone_number"])
            if (changed[name] != user[name] && request.UserAttributes.All(given => given.Name != name + "_verified")) changed = changed.With(name + "_verified", changed[name] is null ? null : "false");
        AttributeRules.CheckRequired(pool, changed);
        return changed;
    });

    public ValueTask<Empty> AdminDeleteUserAttributes(AdminDeleteUserAttributesRequest request, Call call) => Change(request, call, (pool, user) =>
    {
        var gone = request.UserAttributeNames.Select(name => new UserAttribute { Name = name }).ToList();
        AttributeRules.CheckAdmin(pool, gone, isNew: false);
        var changed = user.With(gone);
        AttributeRules.CheckRequired(pool, changed);
        return changed;
    });

    public ValueTask<Empty> AdminEnableUser(OnUserRequest request, Call call) => Change(request, call, (_, user) => user with { Enabled = true });

    public async ValueTask<Empty> AdminDisableUser(OnUserRequest request, Call call)
    {
        await installation.Store.Write(async tx =>
        {
            var pool = await UserPools.Get(tx, call, request.UserPoolId);
            var user = await Users.Get(tx, pool, request.Username);
            await Users.SignOut(tx, pool, user);
            await Users.Put(tx, pool, user, user with { Enabled = false }, installation.Now);
        });
        return Empty.Value;
    }

    public async ValueTask<Empty> AdminDeleteUser(OnUserRequest request, Call call)
    {
        await installation.Store.Write(async tx =>
        {
            var pool = await UserPools.Get(tx, call, request.UserPoolId);
            await Users.Delete(tx, pool, await Users.Get(tx, pool, request.Username));
        });
        return Empty.Value;
    }

    public async ValueTask<Empty> AdminUserGlobalSignOut(OnUserRequest request, Call call)
    {
        await installation.Store.Write(async tx =>
        {
            var pool = await UserPools.Get(tx, call, request.UserPoolId);
            await Users.SignOut(tx, pool, await Users.Get(tx, pool, request.Username));
        });
        return Empty.Value;
    }

    public async ValueTask<Empty> AdminResetUserPassword(OnUserRequest request, Call call)
    {
        var code = codes.Make();
        var (pool, user) = await installation.Store.Write(async tx =>
        {
            var pool = await UserPools.Get(tx, call, request.UserPoolId);
            var user = await Users.Get(tx, pool, request.Username);
            if (user.Status is not (UserStatus.Confirmed or UserStatus.ResetRequired)) throw Errors.NotAuthorized("User password cannot be reset in the current state.");
            if (ForgottenPasswords.RecoverBy(pool, user) is not { } by) throw Errors.Parameter("Cannot reset password for the user as there is no registered/verified email or phone_number");
            var changed = user with { Status = UserStatus.ResetRequired };
            await Users.Put(tx, pool, user, changed, installation.Now);
            codes.Put(tx, pool, changed, Codes.Reset, code, by);
            return (pool, changed);
        });
        await messages.Send(new Letter { Pool = pool, User = user, Source = Messages.Forgot, Code = code, Attribute = ForgottenPasswords.RecoverBy(pool, user)!, Metadata = request.ClientMetadata });
        return Empty.Value;
    }

    public ValueTask<ListUsersResponse> ListUsers(ListUsersRequest request, Call call)
    {
        var matches = UserFilter.Parse(request.Filter);
        return installation.Store.Read(async tx =>
        {
            var pool = await UserPools.Get(tx, call, request.UserPoolId);
            var page = await Page.Read(tx, Keys.Users(pool.Ref), CognitoJson.Default.User, request.Limit, request.PaginationToken, matches);
            return new ListUsersResponse
            {
                Users = [.. page.Items.Select(UserType.Of).Select(user => request.AttributesToGet is null ? user : user with { Attributes = [.. user.Attributes.Where(attribute => request.AttributesToGet.Contains(attribute.Name))] })],
                PaginationToken = page.Next,
            };
        });
    }

    private User Draft(UserPool pool, AdminCreateUserRequest request)
    {
        var attributes = request.UserAttributes ?? [];
        AttributeRules.CheckAdmin(pool, attributes, isNew: true);
        // AWS: what the pool requires and is not given here, the user gives when setting the first password.
        return NewUsers.Draft(installation, pool, request.Username, attributes) with { Status = UserStatus.ForceChangePassword };
    }

    private string Temporary(PasswordPolicy policy)
    {
        var ids = installation.Ids;
        // One of each kind first, so that every policy is met; the order is of no use to a guesser.
        return ids.Next(1, "abcdefghijkmnopqrstuvwxyz") + ids.Next(1, "ABCDEFGHJKLMNPQRSTUVWXYZ") + ids.Next(1, "23456789") + ids.Next(1, "!@#%*-_=+") + ids.Next(Math.Max(policy.MinimumLength ?? 8, 12) - 4, "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789");
    }

    private ValueTask<(UserPool Pool, User User)> Both(IOnUser request, Call call) => installation.Store.Read(async tx =>
    {
        var pool = await UserPools.Get(tx, call, request.UserPoolId);
        return (pool, await Users.Get(tx, pool, request.Username));
    });

    private async ValueTask<Empty> Change(IOnUser request, Call call, Func<UserPool, User, User> change)
    {
        await installation.Store.Write(async tx =>
        {
            var pool = await UserPools.Get(tx, call, request.UserPoolId);
            var user = await Users.Get(tx, pool, request.Username);
            await Users.Put(tx, pool, user, change(pool, user), installation.Now);
        });
        return Empty.Value;
    }
}

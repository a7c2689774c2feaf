using Galley.Cognito.SignIn;
using Galley.Store;
using Galley.Wire;

namespace Galley.Cognito;

/// <summary>What users do with their own account, by their access token.</summary>
internal sealed class SelfService(Installation installation, Clients clients, AccessTokens tokens, Passwords passwords, Attempts attempts, Codes codes, Messages messages)
{
    public async ValueTask<GetUserResponse> GetUser(AccessTokenRequest request, Call call)
    {
        var bearer = await Who(request.AccessToken);
        return new GetUserResponse
        {
            Username = bearer.User.Username,
            UserAttributes = [.. bearer.User.Shown().Where(attribute => AttributeRules.Readable(bearer.Client, attribute.Name))],
            PreferredMfaSetting = bearer.User.PreferredMfa,
            UserMFASettingList = bearer.User.Mfa,
        };
    }

    public async ValueTask<Empty> ChangePassword(ChangePasswordRequest request, Call call)
    {
        var bearer = await Who(request.AccessToken);
        PasswordRules.Check(bearer.Pool, request.ProposedPassword, "proposedPassword");
        if (await installation.Store.Write(tx => Limits.Count(tx, bearer.Pool, bearer.User, "ChangePassword", 5, installation.Now)) is { } limited) throw limited;
        if (!await attempts.Try(bearer.Pool, bearer.User, bearer.User.Username, () => passwords.Verify(bearer.User, request.PreviousPassword))) throw Errors.NotAuthorized();
        var hashed = await passwords.Set(bearer.Pool, bearer.User, request.ProposedPassword);
        await installation.Store.Write(async tx =>
        {
            var old = await Users.Get(tx, bearer.Pool, bearer.User.Username);
            await Users.Put(tx, bearer.Pool, old, old.WithPassword(hashed), installation.Now);
        });
        return Empty.Value;
    }

    public async ValueTask<UpdateUserAttributesResponse> UpdateUserAttributes(UpdateUserAttributesRequest request, Call call)
    {
        var bearer = await Who(request.AccessToken);
        var pool = bearer.Pool;
        AttributeRules.CheckWritable(pool, bearer.Client, request.UserAttributes, isNew: false);
        var now = installation.Now;
        var made = new Dictionary<string, string>();
        var user = await installation.Store.Write(async tx =>
        {
            made.Clear();
            var old = await Users.Get(tx, pool, bearer.User.Username);
            var changes = request.UserAttributes.ToList();
            var pending = (old.Pending ?? []).Where(waiting => changes.All(change => change.Name != waiting.Name)).ToList();
            foreach (var change in request.UserAttributes.Where(change => change.Name is "email" or "phone_number" && !string.IsNullOrEmpty(change.Value) && change.Value != old[change.Name]))
            {
                // The old address stays until the new one is proved, where the pool says so.
                if (Waits(pool, change.Name) && old[change.Name] is not null)
                {
                    changes.Remove(change);
                    pending.Add(change);
                }

                if (pool.AutoVerifies(change.Name) || pending.Contains(change)) made[change.Name] = codes.Make();
            }

            var changed = old.With(changes);
            foreach (var name in (ReadOnlySpan<string>)["email", "phone_number"])
                if (changed[name] != old[name]) changed = changed.With(name + "_verified", changed[name] is null ? null : "false");
            AttributeRules.CheckRequired(pool, changed);
            changed = changed with { Pending = pending.Count == 0 ? null : pending };
            await Users.Put(tx, pool, old, changed, now);
            foreach (var (name, code) in made) codes.Put(tx, pool, changed, name, code, name, Address(changed, name));
            return changed;
        });
        var sent = new List<CodeDeliveryDetails>();
        foreach (var (name, code) in made)
            sent.Add(await messages.Send(new Letter
            {
                Pool = pool,
                User = user,
                Source = Messages.Update,
                Code = code,
                Attribute = name,
                Address = Address(user, name),
                ClientId = bearer.Client.ClientId,
                Metadata = request.ClientMetadata,
            }));
        return new UpdateUserAttributesResponse { CodeDeliveryDetailsList = sent };
    }

    public async ValueTask<Empty> DeleteUserAttributes(DeleteUserAttributesRequest request, Call call)
    {
        var bearer = await Who(request.AccessToken);
        var gone = request.UserAttributeNames.Select(name => new UserAttribute { Name = name }).ToList();
        AttributeRules.CheckWritable(bearer.Pool, bearer.Client, gone, isNew: false);
        await installation.Store.Write(async tx =>
        {
            var old = await Users.Get(tx, bearer.Pool, bearer.User.Username);
            var changed = old.With(gone);
            AttributeRules.CheckRequired(bearer.Pool, changed);
            await Users.Put(tx, bearer.Pool, old, changed, installation.Now);
        });
        return Empty.Value;
    }

    public async ValueTask<CodeDeliveryResponse> GetUserAttributeVerificationCode(AttributeCodeRequest request, Call call)
    {
        var bearer = await Who(request.AccessToken);
        var name = Checked(request.AttributeName);
        var to = Address(bearer.User, name) ?? throw Errors.Parameter($"User does not have {name} registered.");
        var code = codes.Make();
        var limited = await installation.Store.Write(async tx =>
        {
            var user = await Users.Get(tx, bearer.Pool, bearer.User.Username);
            var problem = await Limits.Count(tx, bearer.Pool, user, "GetUserAttributeVerificationCode", 5, installation.Now);
            if (problem is null) codes.Put(tx, bearer.Pool, user, name, code, name, to);
            return problem;
        });
        if (limited is not null) throw limited;
        return new CodeDeliveryResponse
        {
            CodeDeliveryDetails = await messages.Send(new Letter
            {
                Pool = bearer.Pool,
                User = bearer.User,
                Source = Messages.Verify,
                Code = code,
                Attribute = name,
                Address = to,
                ClientId = bearer.Client.ClientId,
                Metadata = request.ClientMetadata,
            }),
        };
    }

    public async ValueTask<Empty> VerifyUserAttribute(VerifyUserAttributeRequest request, Call call)
    {
        var bearer = await Who(request.AccessToken);
        var name = Checked(request.AttributeName);
        var problem = await installation.Store.Write(async tx =>
        {
            var old = await Users.Get(tx, bearer.Pool, bearer.User.Username);
            if (await Limits.Count(tx, bearer.Pool, old, "VerifyUserAttribute", 15, installation.Now) is { } limited) return limited;
            var (wrong, taken) = await codes.Take(tx, bearer.Pool, old, name, request.Code);
            if (wrong is not null) return wrong;
            var rest = old.Pending?.Where(waiting => waiting.Name != name).ToList();
            var proved = old.With(name, taken!.Email).With(name + "_verified", "true") with { Pending = rest is { Count: > 0 } ? rest : null };
            await Users.Put(tx, bearer.Pool, old, proved, installation.Now);
            return null;
        });
        return problem is null ? Empty.Value : throw problem;
    }

    public async ValueTask<Empty> DeleteUser(AccessTokenRequest request, Call call)
    {
        var bearer = await Who(request.AccessToken);
        await installation.Store.Write(async tx => await Users.Delete(tx, bearer.Pool, await Users.Get(tx, bearer.Pool, bearer.User.Username)));
        return Empty.Value;
    }

    public async ValueTask<Empty> GlobalSignOut(AccessTokenRequest request, Call call)
    {
        var bearer = await Who(request.AccessToken);
        await installation.Store.Write(tx => Users.SignOut(tx, bearer.Pool, bearer.User));
        return Empty.Value;
    }

    public async ValueTask<Empty> RevokeToken(RevokeTokenRequest request, Call call)
    {
        var (pool, client) = await clients.Find(request.ClientId);
        if (!clients.IsSecret(client, request.ClientSecret)) throw Errors.NotAuthorized("Invalid client secret");
        if (!client.Revocable) throw new AwsError("UnsupportedOperationException", "Token revocation is not enabled for this client");
        await Revoke(installation, tokens, pool, client, request.Token);
        return Empty.Value;
    }

    /// <summary>Ends the log-in of a refresh token. An unknown token is no error.</summary>
    public static async ValueTask Revoke(Installation installation, AccessTokens tokens, UserPool pool, UserPoolClient client, string token)
    {
        if (await tokens.IsOne(token)) throw new AwsError("UnsupportedTokenTypeException", "Unsupported token type");
        await installation.Store.Write(async tx =>
        {
            if (await Grants.Find(tx, pool, token) is not { } grant) return;
            if (grant.ClientId != client.ClientId) throw new AwsError("UnauthorizedException", "The token was not issued to this client.");
            Grants.End(tx, pool, grant.Username, grant.Origin);
        });
    }

    private static string Checked(string attribute)
        => attribute is "email" or "phone_number" ? attribute : throw Errors.Parameter("Invalid attribute name specified: only email and phone_number can be verified.");

    private static bool Waits(UserPool pool, string attribute) => pool.UserAttributeUpdateSettings?.AttributesRequireVerificationBeforeUpdate?.Contains(attribute) == true;

    private static string? Address(User user, string attribute) => user.Pending?.FirstOrDefault(pending => pending.Name == attribute)?.Value ?? user[attribute];

    private ValueTask<Bearer> Who(string accessToken) => tokens.Check(accessToken, Tokens.SelfService);
}

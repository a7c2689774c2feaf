using Galley.Cognito.SignIn;
using Galley.Store;
using Galley.Wire;

namespace Galley.Cognito;

/// <summary>What users do with their own account, by their access token.</summary>
internal sealed class SelfService(Installation installation, Clients clients, AccessTokens tokens, Passwords passwords, Attempts attempts, Codes codes)
{
    public async ValueTask<GetUserResponse> GetUser(AccessTokenRequest request, Call call)
    {
        var bearer = await Who(request.AccessToken);
        return new GetUserResponse
        {
            Username = bearer.User.Username,
            UserAttributes = [.. bearer.User.Shown().Where(attribute => AttributeRules.Readable(bearer.Client, attribute.Name))],
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
            await Users.Put(tx, bearer.Pool, old, old with { PasswordHash = hashed.PasswordHash, SrpSalt = hashed.SrpSalt, SrpVerifier = hashed.SrpVerifier }, installation.Now);
        });
        return Empty.Value;
    }

    public async ValueTask<UpdateUserAttributesResponse> UpdateUserAttributes(UpdateUserAttributesRequest request, Call call)
    {
        var bearer = await Who(request.AccessToken);
        var pool = bearer.Pool;
        AttributeRules.CheckWritable(pool, bearer.Client, request.UserAttributes, isNew: false);
        var code = codes.Make();
        var (user, mails) = await installation.Store.Write(async tx =>
        {
            var old = await Users.Get(tx, pool, bearer.User.Username);
            var changed = old.With(request.UserAttributes);
            foreach (var name in (ReadOnlySpan<string>)["email", "phone_number"])
                if (changed[name] != old[name]) changed = changed.With(name + "_verified", changed[name] is null ? null : "false");
            AttributeRules.CheckRequired(pool, changed);
            await Users.Put(tx, pool, old, changed, installation.Now);
            var moved = changed["email"] is not null && changed["email"] != old["email"] && pool.AutoVerifies("email");
            if (moved) codes.Put(tx, pool, changed, Codes.Email, code);
            return (changed, moved);
        });
        return new UpdateUserAttributesResponse { CodeDeliveryDetailsList = mails ? [await codes.Send(pool, user, Codes.Email, code)] : [] };
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
        if (request.AttributeName != "email") throw Errors.Unsupported("verification of " + request.AttributeName);
        if (bearer.User["email"] is null) throw Errors.Parameter("User does not have email registered.");
        var code = codes.Make();
        var limited = await installation.Store.Write(async tx =>
        {
            var user = await Users.Get(tx, bearer.Pool, bearer.User.Username);
            var problem = await Limits.Count(tx, bearer.Pool, user, "GetUserAttributeVerificationCode", 5, installation.Now);
            if (problem is null) codes.Put(tx, bearer.Pool, user, Codes.Email, code);
            return problem;
        });
        if (limited is not null) throw limited;
        return new CodeDeliveryResponse { CodeDeliveryDetails = await codes.Send(bearer.Pool, bearer.User, Codes.Email, code) };
    }

    public async ValueTask<Empty> VerifyUserAttribute(VerifyUserAttributeRequest request, Call call)
    {
        var bearer = await Who(request.AccessToken);
        if (request.AttributeName != "email") throw Errors.Unsupported("verification of " + request.AttributeName);
        var problem = await installation.Store.Write(async tx =>
        {
            var old = await Users.Get(tx, bearer.Pool, bearer.User.Username);
            if (await Limits.Count(tx, bearer.Pool, old, "VerifyUserAttribute", 15, installation.Now) is { } limited) return limited;
            if (await codes.Take(tx, bearer.Pool, old, Codes.Email, request.Code) is { } wrong) return wrong;
            await Users.Put(tx, bearer.Pool, old, old.With("email_verified", "true"), installation.Now);
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

    private ValueTask<Bearer> Who(string accessToken) => tokens.Check(accessToken, Tokens.SelfService);
}

using Galley.Store;
using Galley.Wire;

namespace Galley.Iam;

/// <summary>Users' console passwords. There is no console here to use one at, so a password is looked at and not kept, not even as a hash.</summary>
internal sealed class LoginProfiles(Installation installation)
{
    private const int Shortest = 8, Longest = 128;

    public async ValueTask<LoginProfileResponse> CreateLoginProfile(LoginProfileRequest request, Call call)
    {
        var name = NameOf(request.UserName, call);
        Check(request.Password ?? "");
        var profile = new StoredLoginProfile(name, request.PasswordResetRequired == true, installation.Now);
        await installation.Store.Write(async tx =>
        {
            _ = await Identities.Get(tx, call, IdentityKind.User, name);
            if (await tx.Get(Keys.LoginProfile(call.Account, name)) is not null) throw Errors.EntityAlreadyExists($"Login Profile for user {name} already exists.");
            Put(tx, call, profile);
        });
        return new(Show(profile));
    }

    public async ValueTask<LoginProfileResponse> GetLoginProfile(LoginProfileName request, Call call)
        => new(Show(await installation.Store.Read(tx => Get(tx, call, NameOf(request.UserName, call)))));

    public async ValueTask<Empty> UpdateLoginProfile(LoginProfileRequest request, Call call)
    {
        var name = NameOf(request.UserName, call);
        if (request.Password is { } password) Check(password);
        await installation.Store.Write(async tx =>
        {
            var old = await Get(tx, call, name);
            Put(tx, call, old with { ResetRequired = request.PasswordResetRequired ?? old.ResetRequired });
        });
        return Empty.Value;
    }

    public async ValueTask<Empty> DeleteLoginProfile(LoginProfileName request, Call call)
    {
        await installation.Store.Write(async tx => tx.Delete(Keys.LoginProfile(call.Account, (await Get(tx, call, NameOf(request.UserName, call))).User)));
        return Empty.Value;
    }

    private static void Check(string password)
    {
        if (password.Length is < Shortest or > Longest) throw new AwsError("PasswordPolicyViolation", "Password does not conform to the account password policy.");
    }

    private static string NameOf(string? name, Call call) => name ?? (call.Principal.Kind == PrincipalKind.User ? Users.NameOf(call.Principal) : throw Errors.Validation("Must specify userName when calling with non-User credentials"));

    private static async ValueTask<StoredLoginProfile> Get(ISnapshot tx, Call call, string name)
    {
        _ = await Identities.Get(tx, call, IdentityKind.User, name);
        return await tx.Get(Keys.LoginProfile(call.Account, name), IamStoreJson.Default.StoredLoginProfile) ?? throw Errors.NoSuchEntity($"Login Profile for User {name} cannot be found.");
    }

    private static void Put(ITransaction tx, Call call, StoredLoginProfile profile) => tx.Put(Keys.LoginProfile(call.Account, profile.User), profile, IamStoreJson.Default.StoredLoginProfile);

    private static LoginProfile Show(StoredLoginProfile profile) => new(profile.User, profile.Created, profile.ResetRequired);
}

using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Galley.Cognito;
using Galley.Cognito.SignIn;
using Galley.Store;
using Galley.Tests.Server;

namespace Galley.Tests.Cognito;

/// <summary>How passwords are kept (security §4): PHC strings, by PBKDF2 or Argon2id, made anew at sign-in when the other is chosen.</summary>
public partial class PasswordHashTests
{
    /// <summary>RFC 9106 §5.3.</summary>
    [Fact]
    public void Argon2id_gives_the_tag_of_its_RFC()
        => Assert.Equal(
            "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659",
            Convert.ToHexStringLower(Argon2id.Derive(Of(1, 32), Of(2, 16), kibibytes: 32, passes: 3, lanes: 4, length: 32, secret: Of(3, 8), associated: Of(4, 12))));

    /// <summary>What libsodium 1.0.18 makes of the same.</summary>
    [Theory]
    [InlineData("password", "somesaltsomesalt", 2, 19_456, "2b5dc4054886ec957ef59c73b661c54dd6fb274590b278f657c6d96aac8fa6d1")]
    [InlineData("password", "somesaltsomesalt", 2, 19_456, "4651426c391e7472e34b6e5544c088e4ed613fa6e9dca0dec2ddf45837ddd7d4a0c2228dd0fcdc51a658353617c744bd809976950791849dc47fc419e188c69f")]
    [InlineData("", "0123456789abcdef", 3, 64, "32ace10f7d5011d9f7e9b4ae95efbd52b016e3d4abe2238ed15629668d8ce1ed760750a4bc26d44f8e2cd87a6ed302454b725d583efcf7d93bb7369adb4013dc")]
    [InlineData("correct horse battery staple", "0123456789abcdef", 4, 1000, "495d0e226e7b498149e17cbb3230816dc5b8b38dcdc91accf028c284edae54eec0b36ad2ae412fc3e6e9b2d6f47f2178b059c79c2b8e323c15f65e09e68eeaf63d499765c06005c2c8dbc02f0153abb892dc048e16827516864c5c83d21339fc6ad1b4f0")]
    public void Argon2id_gives_what_libsodium_gives(string password, string salt, int passes, int kibibytes, string hash)
        => Assert.Equal(hash, Convert.ToHexStringLower(Argon2id.Derive(Encoding.UTF8.GetBytes(password), Encoding.UTF8.GetBytes(salt), kibibytes, passes, lanes: 1, hash.Length / 2)));

    /// <summary>RFC 7693 appendix A, and two more by Python's hashlib: of nothing, and over several blocks.</summary>
    [Theory]
    [InlineData("abc", 1, "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923")]
    [InlineData("", 1, "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8")]
    [InlineData("0123456789abcdef", 16, "4f80f72c74568a05b21fb9d989975904a14af65321ee0fdaa02340fb22cb6482b511d741669334711214dc9293588066")]
    public void Blake2b_gives_its_known_values(string text, int times, string hash)
    {
        var digest = new byte[hash.Length / 2];
        Blake2b.Hash(digest, Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(text, times))));
        Assert.Equal(hash, Convert.ToHexStringLower(digest));
    }

    [Fact]
    public async Task A_password_is_hashed_anew_at_sign_in_when_the_other_way_is_chosen()
    {
        using var folder = new TemporaryFolder();
        var (hashes, pooled) = (0, 0);
        var options = new GalleyOptions
        {
            Port = 0,
            DataFolder = folder.Path,
            Account = "123456789012",
            PasswordRounds = 10,
            BeforeHash = () =>
            {
                Interlocked.Increment(ref hashes);
                if (Thread.CurrentThread.IsThreadPoolThread) Interlocked.Increment(ref pooled);
            },
        };
        string pool, client;
        await using (var server = await GalleyServer.StartAsync(options))
        {
            var js = new AwsJs(server);
            pool = (string)(await js.Call("cognito-identity-provider", "CreateUserPool", new { PoolName = "p" }))["UserPool"]!["Id"]!;
            client = (string)(await js.Call("cognito-identity-provider", "CreateUserPoolClient", new { UserPoolId = pool, ClientName = "c", ExplicitAuthFlows = new[] { "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH" } }))["UserPoolClient"]!["ClientId"]!;
            await js.Call("cognito-identity-provider", "AdminCreateUser", new { UserPoolId = pool, Username = "ann", MessageAction = "SUPPRESS" });
            await js.Call("cognito-identity-provider", "AdminSetUserPassword", new { UserPoolId = pool, Username = "ann", Fixture.Password, Permanent = true });
            Assert.Matches(ByPbkdf2(), await Kept(server, pool));
        }

        foreach (var (way, form) in ((PasswordHash, Regex)[])[(PasswordHash.Argon2id, ByArgon2id()), (PasswordHash.Argon2id, ByArgon2id()), (PasswordHash.Pbkdf2, ByPbkdf2())])
        {
            await using var server = await GalleyServer.StartAsync(options with { PasswordHash = way });
            var js = new AwsJs(server);
            var before = await Kept(server, pool);
            await js.Fails("cognito-identity-provider", "InitiateAuth", new { ClientId = client, AuthFlow = "USER_PASSWORD_AUTH", AuthParameters = new { USERNAME = "ann", PASSWORD = "Wr0ng-one!" } });
            Assert.Equal(before, await Kept(server, pool));
            hashes = 0;
            Assert.NotNull((await js.Call("cognito-identity-provider", "InitiateAuth", new { ClientId = client, AuthFlow = "USER_PASSWORD_AUTH", AuthParameters = new { USERNAME = "ann", PASSWORD = Fixture.Password } }))["AuthenticationResult"]);
            var after = await Kept(server, pool);
            Assert.Matches(form, after);
            Assert.Equal(form.IsMatch(before) ? 1 : 2, hashes);
            Assert.Equal(form.IsMatch(before), before == after);
            Assert.NotNull((await js.Call("cognito-identity-provider", "InitiateAuth", new { ClientId = client, AuthFlow = "USER_PASSWORD_AUTH", AuthParameters = new { USERNAME = "ann", PASSWORD = Fixture.Password } }))["AuthenticationResult"]);
        }

        Assert.Equal(0, pooled); // behind the same gate, whichever way
        Assert.Equal(PasswordHash.Pbkdf2, new GalleyOptions().PasswordHash);
        Assert.Equal(210_000, new GalleyOptions().PasswordRounds);
    }

    /// <summary>Security §4, of a fresh installation: the default's rounds and salt; an SRP verifier only where some client can use it, sealed for its user.</summary>
    [Fact]
    public async Task A_fresh_installation_keeps_210000_rounds_and_a_verifier_only_for_SRP_and_sealed()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0 });
        var js = new AwsJs(server);
        foreach (var (flow, kept) in ((string, bool)[])[("ALLOW_USER_PASSWORD_AUTH", false), ("ALLOW_USER_SRP_AUTH", true)])
        {
            var pool = (string)(await js.Call("cognito-identity-provider", "CreateUserPool", new { PoolName = "p" }))["UserPool"]!["Id"]!;
            await js.Call("cognito-identity-provider", "CreateUserPoolClient", new { UserPoolId = pool, ClientName = "c", ExplicitAuthFlows = new[] { flow, "ALLOW_REFRESH_TOKEN_AUTH" } });
            await js.Call("cognito-identity-provider", "AdminCreateUser", new { UserPoolId = pool, Username = "ann", MessageAction = "SUPPRESS" });
            await js.Call("cognito-identity-provider", "AdminSetUserPassword", new { UserPoolId = pool, Username = "ann", Fixture.Password, Permanent = true });
            var ann = (await server.Installation.Store.Read(tx => tx.Get(Keys.User(new PoolRef(server.Account, server.Region, pool), "ann"), CognitoJson.Default.User)))!;
            Assert.Matches("^\\$pbkdf2-sha512\\$i=210000\\$[A-Za-z0-9+/]{22}==\\$", ann.PasswordHash!);
            Assert.Equal(kept, ann.SrpVerifier is not null);
            if (ann.SrpVerifier is not { } verifier) continue;
            Assert.NotEmpty(server.Installation.Secrets.Open($"cognito-srp/{pool}/ann", verifier));
            Assert.ThrowsAny<CryptographicException>(() => { _ = server.Installation.Secrets.Open($"cognito-srp/{pool}/bob", verifier); }); // not good in another's place
        }
    }

    private static async Task<string> Kept(GalleyServer server, string pool)
        => (await server.Installation.Store.Read(tx => tx.Get(Keys.User(new PoolRef(server.Account, server.Region, pool), "ann"), CognitoJson.Default.User)))!.PasswordHash!;

    private static byte[] Of(byte value, int count) => [.. Enumerable.Repeat(value, count)];

    [GeneratedRegex("^\\$argon2id\\$v=19\\$m=19456,t=2,p=1\\$[A-Za-z0-9+/]{22}\\$[A-Za-z0-9+/]{43}$")]
    private static partial Regex ByArgon2id();

    [GeneratedRegex("^\\$pbkdf2-sha512\\$i=10\\$[A-Za-z0-9+/]{22}==\\$[A-Za-z0-9+/]{43}=$")]
    private static partial Regex ByPbkdf2();
}

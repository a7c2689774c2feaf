using System.Text.Json.Nodes;

namespace Galley.Tests.Cognito;

/// <summary>Bad calls of the user-pool API with their exact answers; each test is a row of group B of the list of negative tests, with its positive twin.</summary>
public class SignInRowsTests
{
    private static readonly object Hiding = new { PreventUserExistenceErrors = "ENABLED" };

    [Fact]
    public async Task Row_30_a_wrong_password()
    {
        await using var fixture = await Fixture.Start();
        await fixture.User();
        Is("NotAuthorizedException", "Incorrect username or password.", await fixture.SignInFails(password: "Wr0ng-one!"));
        Assert.NotNull((await fixture.SignIn())["AuthenticationResult"]);
    }

    [Fact]
    public async Task Row_31_an_unknown_user_answers_in_the_same_bytes()
    {
        await using var fixture = await Fixture.Start(client: Hiding, secret: false);
        await fixture.User();
        object Password(string name) => new { fixture.ClientId, AuthFlow = "USER_PASSWORD_AUTH", AuthParameters = new { USERNAME = name, PASSWORD = "Wr0ng-one!" } };
        var real = await fixture.Raw("InitiateAuth", Password("alice"));
        Assert.Equal((400, """{"__type":"NotAuthorizedException","message":"Incorrect username or password."}"""), real);
        Assert.Equal(real, await fixture.Raw("InitiateAuth", Password("ghost")));

        async Task<(JsonNode Challenge, (int, string) Answer)> Srp(string name)
        {
            var begun = await fixture.Raw("InitiateAuth", new { fixture.ClientId, AuthFlow = "USER_SRP_AUTH", AuthParameters = new { USERNAME = name, SRP_A = "abcdef" } });
            var challenge = JsonNode.Parse(begun.Body)!["ChallengeParameters"]!;
            return (challenge, await fixture.Raw("RespondToAuthChallenge", new { fixture.ClientId, ChallengeName = "PASSWORD_VERIFIER", ChallengeResponses = new { USERNAME = name, PASSWORD_CLAIM_SECRET_BLOCK = (string)challenge["SECRET_BLOCK"]!, PASSWORD_CLAIM_SIGNATURE = Convert.ToBase64String(new byte[32]), TIMESTAMP = "Fri Jan 2 03:04:05 UTC 2026" } }));
        }

        var (alice, aliceAnswer) = await Srp("alice");
        var (ghost, ghostAnswer) = await Srp("ghost");
        Assert.Equal(real, aliceAnswer);
        Assert.Equal(real, ghostAnswer);
        Assert.Equal(alice.AsObject().Select(member => member.Key), ghost.AsObject().Select(member => member.Key));
        Assert.Equal((string)ghost["SALT"]!, (string)(await Srp("ghost")).Challenge["SALT"]!);
        Assert.NotEqual((string)ghost["SALT"]!, (string)(await Srp("ghoul")).Challenge["SALT"]!);
        Assert.InRange(((string)ghost["SALT"]!).Length, 28, 32);
        Assert.InRange(((string)ghost["SRP_B"]!).Length, 760, 768);

        var forgotten = JsonNode.Parse((await fixture.Raw("ForgotPassword", new { fixture.ClientId, Username = "alice" })).Body)!["CodeDeliveryDetails"]!;
        var simulated = JsonNode.Parse((await fixture.Raw("ForgotPassword", new { fixture.ClientId, Username = "ghost" })).Body)!["CodeDeliveryDetails"]!;
        Assert.Equal(((string)forgotten["DeliveryMedium"]!, (string)forgotten["AttributeName"]!), ((string)simulated["DeliveryMedium"]!, (string)simulated["AttributeName"]!));
        Assert.Matches("^.\\*\\*\\*@.\\*\\*\\*$", (string)simulated["Destination"]!);
        // where the client does not hide them, it says so
        await using var open = await Fixture.Start();
        Is("UserNotFoundException", "User does not exist.", await open.SignInFails("ghost"));
    }

    [Fact]
    public async Task Row_31_one_unknown_name_locks_no_other()
    {
        await using var fixture = await Fixture.Start(client: Hiding);
        await Task.WhenAll(Enumerable.Range(0, 200).Select(async i =>
        {
            for (var n = 0; n < 5; n++) await fixture.SignInFails("ghost" + i, "Wr0ng-one!");
        }));
        // A name that was never tried is not locked, as a user's would not be.
        for (var i = 0; i < 20; i++) Is("NotAuthorizedException", "Incorrect username or password.", await fixture.SignInFails("fresh" + i, "Wr0ng-one!"));
    }

    [Fact]
    public async Task Row_32_the_sixth_wrong_password_and_tries_inside_the_lock()
    {
        await using var fixture = await Fixture.Start();
        await fixture.User();
        for (var i = 0; i < 5; i++) Is("NotAuthorizedException", "Incorrect username or password.", await fixture.SignInFails(password: "Wr0ng-one!"));
        for (var i = 0; i < 9; i++) Is("NotAuthorizedException", "Password attempts exceeded", await fixture.SignInFails());
        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.NotNull((await fixture.SignIn())["AuthenticationResult"]);
        // the n-th failure locks for 2^(n-5) seconds
        for (var i = 0; i < 5; i++) await fixture.SignInFails(password: "Wr0ng-one!");
        for (var seconds = 1; seconds <= 4; seconds *= 2)
        {
            fixture.Time.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
            Is("NotAuthorizedException", "Password attempts exceeded", await fixture.SignInFails());
            fixture.Time.Advance(TimeSpan.FromMilliseconds(1));
            Is("NotAuthorizedException", "Incorrect username or password.", await fixture.SignInFails(password: "Wr0ng-one!"));
        }
    }

    [Fact]
    public async Task Row_33_a_hundred_wrong_passwords_at_once_by_four_ways_are_five()
    {
        var hashes = 0;
        await using var fixture = await Fixture.Start(secret: false, beforeHash: () => Interlocked.Increment(ref hashes));
        await fixture.User();
        Interlocked.Exchange(ref hashes, 0);
        var ways = new Func<Task<string>>[]
        {
            async () => (await fixture.SignInFails(password: "Wr0ng-one!")).Text,
            async () => (await fixture.Fails("AdminInitiateAuth", new { UserPoolId = fixture.PoolId, fixture.ClientId, AuthFlow = "ADMIN_USER_PASSWORD_AUTH", AuthParameters = fixture.Login(password: "Wr0ng-one!") })).Text,
            async () =>
            {
                var challenge = (await fixture.Call("InitiateAuth", new { fixture.ClientId, AuthFlow = "USER_SRP_AUTH", AuthParameters = new { USERNAME = "alice", SRP_A = "abcdef" } }))["ChallengeParameters"]!;
                return (await fixture.Fails("RespondToAuthChallenge", new { fixture.ClientId, ChallengeName = "PASSWORD_VERIFIER", ChallengeResponses = new { USERNAME = "alice", PASSWORD_CLAIM_SECRET_BLOCK = (string)challenge["SECRET_BLOCK"]!, PASSWORD_CLAIM_SIGNATURE = Convert.ToBase64String(new byte[32]), TIMESTAMP = "Fri Jan 2 03:04:05 UTC 2026" } })).Text;
            },
            async () =>
            {
                using var browser = fixture.Browser();
                await browser.Get("/login?" + fixture.LoginQuery());
                var body = (await browser.Submit(("username", "alice"), ("password", "Wr0ng-one!"))).Body;
                return body.Contains("Incorrect username or password.", StringComparison.Ordinal) ? "Incorrect username or password." : body.Contains("Password attempts exceeded", StringComparison.Ordinal) ? "Password attempts exceeded" : body;
            },
        };
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => ways[i % 4]()));
        Assert.Equal(5, answers.Count(text => text == "Incorrect username or password."));
        Assert.Equal(95, answers.Count(text => text == "Password attempts exceeded"));
        Assert.InRange(hashes, 0, 5);
        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.NotNull((await fixture.SignIn())["AuthenticationResult"]);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF")]
    [InlineData("no number")]
    public async Task Row_34_a_public_value_of_zero_is_refused_before_any_proof(string value)
    {
        await using var fixture = await Fixture.Start();
        await fixture.User();
        object Ask(string a) => new { fixture.ClientId, AuthFlow = "USER_SRP_AUTH", AuthParameters = new { USERNAME = "alice", SRP_A = a, SECRET_HASH = fixture.Hash("alice") } };
        Assert.Equal("InvalidParameterException", (await fixture.Fails("InitiateAuth", Ask(value))).Code);
        Assert.Equal("PASSWORD_VERIFIER", (string)(await fixture.Call("InitiateAuth", Ask("abcdef")))["ChallengeName"]!);
    }

    [Fact]
    public async Task Row_35_a_secret_hash_absent_or_wrong()
    {
        await using var fixture = await Fixture.Start();
        await fixture.User();
        object With(string? hash) => new { fixture.ClientId, AuthFlow = "USER_PASSWORD_AUTH", AuthParameters = hash is null ? new Dictionary<string, string> { ["USERNAME"] = "alice", ["PASSWORD"] = Fixture.Password } : new() { ["USERNAME"] = "alice", ["PASSWORD"] = Fixture.Password, ["SECRET_HASH"] = hash } };
        Is("NotAuthorizedException", $"Client {fixture.ClientId} is configured with secret but SECRET_HASH was not received", await fixture.Fails("InitiateAuth", With(null)));
        Is("NotAuthorizedException", $"Unable to verify secret hash for client {fixture.ClientId}", await fixture.Fails("InitiateAuth", With(fixture.Hash("bob"))));
        Is("NotAuthorizedException", $"Unable to verify secret hash for client {fixture.ClientId}", await fixture.Fails("ForgotPassword", new { fixture.ClientId, Username = "alice", SecretHash = "x" }));
        Assert.NotNull((await fixture.Call("InitiateAuth", With(fixture.Hash("alice"))))["AuthenticationResult"]);
    }

    [Fact]
    public async Task Rows_36_and_37_a_wrong_code_a_far_one_and_one_used_twice()
    {
        await using var fixture = await MfaTests.Start("OPTIONAL");
        await fixture.User();
        var seed = await MfaTests.SetUp(fixture);
        fixture.Time.Advance(TimeSpan.FromMinutes(2));
        var challenge = await fixture.SignIn();
        foreach (var steps in (int[])[-2, 2]) Assert.Equal("CodeMismatchException", (await MfaTests.Fails(fixture, challenge, "SOFTWARE_TOKEN_MFA_CODE", MfaTests.Code(fixture, seed, steps))).Code);
        Assert.Equal("CodeMismatchException", (await MfaTests.Fails(fixture, challenge, "SOFTWARE_TOKEN_MFA_CODE", "nonsense")).Code);
        Assert.NotNull((await MfaTests.Answer(fixture, challenge, "SOFTWARE_TOKEN_MFA_CODE", MfaTests.Code(fixture, seed, -1)))["AuthenticationResult"]);
        Assert.NotNull((await MfaTests.Answer(fixture, await fixture.SignIn(), "SOFTWARE_TOKEN_MFA_CODE", MfaTests.Code(fixture, seed, 1)))["AuthenticationResult"]);
        Is("ExpiredCodeException", "Your software token has already been used once.", await MfaTests.Fails(fixture, await fixture.SignIn(), "SOFTWARE_TOKEN_MFA_CODE", MfaTests.Code(fixture, seed, 1)));
        fixture.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.NotNull((await MfaTests.Answer(fixture, await fixture.SignIn(), "SOFTWARE_TOKEN_MFA_CODE", MfaTests.Code(fixture, seed)))["AuthenticationResult"]);
    }

    [Fact]
    public async Task Row_38_a_session_twice_and_after_its_life()
    {
        await using var fixture = await Fixture.Start(client: new { AuthSessionValidity = 5 });
        foreach (var name in (string[])["tom", "tim"]) await fixture.Call("AdminCreateUser", new { UserPoolId = fixture.PoolId, Username = name, TemporaryPassword = "Temp0rary!", MessageAction = "SUPPRESS", UserAttributes = new[] { new { Name = "email", Value = name + "@example.com" } } });
        object Answer(string name, JsonObject challenge) => new { fixture.ClientId, ChallengeName = "NEW_PASSWORD_REQUIRED", Session = (string)challenge["Session"]!, ChallengeResponses = new { USERNAME = name, NEW_PASSWORD = Fixture.Password, SECRET_HASH = fixture.Hash(name) } };
        var tom = await fixture.SignIn("tom", "Temp0rary!");
        var tim = await fixture.SignIn("tim", "Temp0rary!");
        Is("NotAuthorizedException", "Invalid session for the user.", await fixture.Fails("RespondToAuthChallenge", Answer("tim", tom)));
        fixture.Time.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromSeconds(1));
        Assert.NotNull((await fixture.Call("RespondToAuthChallenge", Answer("tom", tom)))["AuthenticationResult"]);
        Is("NotAuthorizedException", "Invalid session for the user, session can only be used once.", await fixture.Fails("RespondToAuthChallenge", Answer("tom", tom)));
        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        Is("NotAuthorizedException", "Invalid session for the user, session is expired.", await fixture.Fails("RespondToAuthChallenge", Answer("tim", tim)));
    }

    [Fact]
    public async Task Row_39_a_confirmation_code_wrong_old_or_of_another_user()
    {
        await using var fixture = await Fixture.Start();
        foreach (var name in (string[])["bob", "eve", "old"]) await SignUp(fixture, name);
        var (bob, eve) = (await fixture.MailedCode("bob@example.com"), await fixture.MailedCode("eve@example.com"));
        Assert.SkipWhen(bob == eve, "one in a million");
        Is("CodeMismatchException", "Invalid verification code provided, please try again.", await fixture.Fails("ConfirmSignUp", Confirm(fixture, "bob", eve)));
        Is("CodeMismatchException", "Invalid verification code provided, please try again.", await fixture.Fails("ConfirmSignUp", Confirm(fixture, "bob", "x")));
        await fixture.Call("ConfirmSignUp", Confirm(fixture, "bob", bob));
        fixture.Time.Advance(TimeSpan.FromHours(24) - TimeSpan.FromSeconds(1));
        await fixture.Call("ConfirmSignUp", Confirm(fixture, "eve", eve));
        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        Is("ExpiredCodeException", "Invalid code provided, please request a code again.", await fixture.Fails("ConfirmSignUp", Confirm(fixture, "old", await fixture.MailedCode("old@example.com"))));

        object Reset(string code) => new { fixture.ClientId, SecretHash = fixture.Hash("bob"), Username = "bob", ConfirmationCode = code, Password = "N3w-password!" };
        await fixture.Call("ForgotPassword", new { fixture.ClientId, SecretHash = fixture.Hash("bob"), Username = "bob" });
        var late = await fixture.MailedCode("bob@example.com");
        fixture.Time.Advance(TimeSpan.FromHours(1));
        Is("ExpiredCodeException", "Invalid code provided, please request a code again.", await fixture.Fails("ConfirmForgotPassword", Reset(late)));
        await fixture.Call("ForgotPassword", new { fixture.ClientId, SecretHash = fixture.Hash("bob"), Username = "bob" });
        await fixture.Call("ConfirmForgotPassword", Reset(await fixture.MailedCode("bob@example.com")));
    }

    [Fact]
    public async Task Row_40_too_many_in_an_hour()
    {
        await using var fixture = await Fixture.Start();
        await fixture.User();
        await SignUp(fixture, "bob");
        for (var i = 0; i < 15; i++) await fixture.Fails("ConfirmSignUp", Confirm(fixture, "bob", "x"));
        Limited(await fixture.Fails("ConfirmSignUp", Confirm(fixture, "bob", "x")));
        var resend = new { fixture.ClientId, SecretHash = fixture.Hash("bob"), Username = "bob" };
        for (var i = 0; i < 5; i++) await fixture.Call("ResendConfirmationCode", resend);
        Limited(await fixture.Fails("ResendConfirmationCode", resend));
        var token = (string)(await fixture.SignIn())["AuthenticationResult"]!["AccessToken"]!;
        var passwords = new[] { Fixture.Password, "N3w-password!" };
        object Change(int i) => new { AccessToken = token, PreviousPassword = passwords[i % 2], ProposedPassword = passwords[(i + 1) % 2] };
        for (var i = 0; i < 5; i++) await fixture.Call("ChangePassword", Change(i));
        Limited(await fixture.Fails("ChangePassword", Change(5)));
        fixture.Time.Advance(TimeSpan.FromHours(1));
        await fixture.Call("ResendConfirmationCode", resend);
        await fixture.Call("ConfirmSignUp", Confirm(fixture, "bob", await fixture.MailedCode("bob@example.com")));
        static void Limited(AwsJsError error) => Is("LimitExceededException", "Attempt limit exceeded, please try after some time.", error);
    }

    [Fact]
    public async Task Row_41_a_password_against_the_policy_too_long_or_alike_in_its_first_72_bytes()
    {
        await using var fixture = await Fixture.Start();
        object Make(string name, string password) => new { fixture.ClientId, SecretHash = fixture.Hash(name), Username = name, Password = password, UserAttributes = new[] { new { Name = "email", Value = name + "@example.com" } } };
        Is("InvalidPasswordException", "Password did not conform with policy: Password must have numeric characters", await fixture.Fails("SignUp", Make("bob", "Password!")));
        Assert.Equal("InvalidParameterException", (await fixture.Fails("SignUp", Make("bob", "Aa1!" + new string('x', 253)))).Code);
        var start = "Aa1!" + new string('x', 68);
        await fixture.Call("SignUp", Make("bob", start + "one"));
        await fixture.Call("AdminConfirmSignUp", new { UserPoolId = fixture.PoolId, Username = "bob" });
        Is("NotAuthorizedException", "Incorrect username or password.", await fixture.SignInFails("bob", start + "two"));
        Assert.NotNull((await fixture.SignIn("bob", start + "one"))["AuthenticationResult"]);
        await fixture.Call("SignUp", Make("long", "Aa1!" + new string('x', 252)));
    }

    [Fact]
    public async Task Row_42_a_taken_name_at_once_and_a_taken_alias_at_the_proof()
    {
        await using var fixture = await Fixture.Start(pool: new { AliasAttributes = new[] { "email" } });
        await SignUp(fixture, "one", "same@example.com");
        var first = await fixture.MailedCode("same@example.com");
        Is("UsernameExistsException", "User already exists", await fixture.Fails("SignUp", NewUser(fixture, "one", "other@example.com")));
        fixture.Time.Advance(TimeSpan.FromSeconds(1)); // the inbox is in order of time
        await SignUp(fixture, "two", "same@example.com");
        var second = await fixture.MailedCode("same@example.com");
        await fixture.Call("ConfirmSignUp", Confirm(fixture, "one", first));
        Is("AliasExistsException", "An account with the email already exists.", await fixture.Fails("ConfirmSignUp", Confirm(fixture, "two", second)));
        await fixture.Call("ConfirmSignUp", new { fixture.ClientId, SecretHash = fixture.Hash("two"), Username = "two", ConfirmationCode = second, ForceAliasCreation = true });
        Assert.Equal("two", (string)Fixture.Claims((string)(await fixture.SignIn("same@example.com"))["AuthenticationResult"]!["IdToken"]!)["cognito:username"]!);
    }

    [Fact]
    public async Task Row_43_an_access_token_of_another_pool_an_ended_one_or_an_id_token()
    {
        await using var fixture = await Fixture.Start();
        await fixture.User();
        async Task<JsonNode> Login() => (await fixture.SignIn())["AuthenticationResult"]!;
        object Token(JsonNode login, string kind = "AccessToken") => new { AccessToken = (string)login[kind]! };
        var login = await Login();
        Assert.Equal("alice", (string)(await fixture.Call("GetUser", Token(login)))["Username"]!);
        Is("NotAuthorizedException", "Invalid Access Token", await fixture.Fails("GetUser", Token(login, "IdToken")));
        // the other pool's issuer over this pool's signature
        var other = (string)(await fixture.Call("CreateUserPool", new { PoolName = "other" }))["UserPool"]!["Id"]!;
        var parts = ((string)login["AccessToken"]!).Split('.');
        var forged = System.Buffers.Text.Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes(System.Text.Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(parts[1])).Replace(fixture.PoolId, other, StringComparison.Ordinal)));
        Is("NotAuthorizedException", "Invalid Access Token", await fixture.Fails("GetUser", new { AccessToken = $"{parts[0]}.{forged}.{parts[2]}" }));
        await fixture.Call("RevokeToken", new { fixture.ClientId, ClientSecret = fixture.Secret, Token = (string)login["RefreshToken"]! });
        Is("NotAuthorizedException", "Access Token has been revoked", await fixture.Fails("GetUser", Token(login)));
        login = await Login();
        await fixture.Call("GlobalSignOut", Token(login));
        Is("NotAuthorizedException", "Access Token has been revoked", await fixture.Fails("GetUser", Token(login)));
    }

    [Fact]
    public async Task Row_44_RevokeToken_with_an_access_token_without_revocation_or_for_another_client()
    {
        await using var fixture = await Fixture.Start();
        await fixture.User();
        var login = (await fixture.SignIn())["AuthenticationResult"]!;
        object Revoke(string token) => new { fixture.ClientId, ClientSecret = fixture.Secret, Token = token };
        Assert.Equal("UnsupportedTokenTypeException", (await fixture.Fails("RevokeToken", Revoke((string)login["AccessToken"]!))).Code);
        var other = (await fixture.Call("CreateUserPoolClient", new { UserPoolId = fixture.PoolId, ClientName = "other" }))["UserPoolClient"]!;
        Assert.Equal("UnauthorizedException", (await fixture.Fails("RevokeToken", new { ClientId = (string)other["ClientId"]!, Token = (string)login["RefreshToken"]! })).Code);
        var off = (await fixture.Call("CreateUserPoolClient", new { UserPoolId = fixture.PoolId, ClientName = "off", EnableTokenRevocation = false }))["UserPoolClient"]!;
        Is("UnsupportedOperationException", "Token revocation is not enabled for this client", await fixture.Fails("RevokeToken", new { ClientId = (string)off["ClientId"]!, Token = (string)login["RefreshToken"]! }));
        Assert.Equal("alice", (string)(await fixture.Call("GetUser", new { AccessToken = (string)login["AccessToken"]! }))["Username"]!);
        await fixture.Call("RevokeToken", Revoke((string)login["RefreshToken"]!));
        Assert.Equal("NotAuthorizedException", (await fixture.Fails("GetUser", new { AccessToken = (string)login["AccessToken"]! })).Code);
    }

    [Fact]
    public async Task Row_45_a_user_writes_what_the_client_may_not_or_what_never_changes()
    {
        await using var fixture = await Fixture.Start(
            pool: new { Schema = new object[] { new { Name = "email", Required = true, Mutable = true }, new { Name = "role", AttributeDataType = "String", Mutable = true }, new { Name = "badge", AttributeDataType = "String", Mutable = false } } },
            client: new { WriteAttributes = new[] { "email", "name", "custom:badge" } });
        await fixture.Call("SignUp", new { fixture.ClientId, SecretHash = fixture.Hash("bob"), Username = "bob", Fixture.Password, UserAttributes = new[] { new { Name = "email", Value = "bob@example.com" }, new { Name = "custom:badge", Value = "7" } } });
        await fixture.Call("AdminConfirmSignUp", new { UserPoolId = fixture.PoolId, Username = "bob" });
        var token = (string)(await fixture.SignIn("bob"))["AuthenticationResult"]!["AccessToken"]!;
        object Write(string name) => new { AccessToken = token, UserAttributes = new[] { new { Name = name, Value = "8" } } };
        foreach (var name in (string[])["custom:role", "custom:badge", "email_verified", "sub"])
            Is("NotAuthorizedException", "A client attempted to write unauthorized attribute", await fixture.Fails("UpdateUserAttributes", Write(name)));
        Is("NotAuthorizedException", "A client attempted to write unauthorized attribute", await fixture.Fails("SignUp", new { fixture.ClientId, SecretHash = fixture.Hash("eve"), Username = "eve", Fixture.Password, UserAttributes = new[] { new { Name = "email", Value = "eve@example.com" }, new { Name = "custom:role", Value = "admin" } } }));
        await fixture.Call("UpdateUserAttributes", Write("name"));
        var user = (await fixture.Call("GetUser", new { AccessToken = token }))["UserAttributes"]!.AsArray().ToDictionary(attribute => (string)attribute!["Name"]!, attribute => (string)attribute!["Value"]!);
        Assert.Equal(("8", "7", false), (user["name"], user["custom:badge"], user.ContainsKey("custom:role")));
    }

    private static Task SignUp(Fixture fixture, string name, string? email = null) => fixture.Call("SignUp", NewUser(fixture, name, email));

    private static object NewUser(Fixture fixture, string name, string? email = null)
        => new { fixture.ClientId, SecretHash = fixture.Hash(name), Username = name, Fixture.Password, UserAttributes = new[] { new { Name = "email", Value = email ?? name + "@example.com" } } };

    private static object Confirm(Fixture fixture, string name, string code) => new { fixture.ClientId, SecretHash = fixture.Hash(name), Username = name, ConfirmationCode = code };

    private static void Is(string code, string text, AwsJsError error) => Assert.Equal((code, text), (error.Code, error.Text));
}

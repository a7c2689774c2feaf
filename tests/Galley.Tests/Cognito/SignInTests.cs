using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Galley.Cognito.SignIn;

namespace Galley.Tests.Cognito;

public class SignInTests
{
    [Fact]
    public async Task SignUp_mails_a_code_and_ConfirmSignUp_takes_it_once()
    {
        await using var fixture = await Fixture.Start();
        var made = await fixture.Call("SignUp", new { fixture.ClientId, SecretHash = fixture.Hash("bob"), Username = "bob", Fixture.Password, UserAttributes = new[] { new { Name = "email", Value = "bob@example.com" } } });
        Assert.False((bool)made["UserConfirmed"]!);
        Assert.Equal("""{"Destination":"b***@e***","DeliveryMedium":"EMAIL","AttributeName":"email"}""", Sorted(made["CodeDeliveryDetails"]!, "Destination", "DeliveryMedium", "AttributeName"));
        var mail = (await fixture.Server.Mail.List("bob@example.com"))[0];
        Assert.Equal(("no-reply@verificationemail.com", "Your verification code"), (mail.From, mail.Subject));
        Assert.Matches("^Your verification code is [0-9]{6}", mail.Text);
        Assert.Equal("UserNotConfirmedException", (await fixture.SignInFails("bob")).Code);

        var code = await fixture.MailedCode("bob@example.com");
        var wrong = await Confirm(fixture, "bob", code == "000000" ? "000001" : "000000");
        Assert.Equal(("CodeMismatchException", "Invalid verification code provided, please try again."), (wrong!.Code, wrong.Text));
        Assert.Null(await Confirm(fixture, "bob", code));
        Assert.Equal("User cannot be confirmed. Current status is CONFIRMED", (await Confirm(fixture, "bob", code))!.Text);
        var user = await fixture.Call("AdminGetUser", new { UserPoolId = fixture.PoolId, Username = "bob" });
        Assert.Equal("CONFIRMED", (string)user["UserStatus"]!);
        Assert.Equal("true", (string)user["UserAttributes"]!.AsArray().Single(attribute => (string)attribute!["Name"]! == "email_verified")!["Value"]!);
        Assert.Equal("UsernameExistsException", (await fixture.Fails("SignUp", new { fixture.ClientId, SecretHash = fixture.Hash("bob"), Username = "bob", Fixture.Password, UserAttributes = new[] { new { Name = "email", Value = "b2@example.com" } } })).Code);
    }

    [Fact]
    public async Task A_code_dies_after_a_day_after_five_wrong_tries_and_for_other_users()
    {
        await using var fixture = await Fixture.Start();
        foreach (var name in (string[])["bob", "eve", "old"]) await fixture.Call("SignUp", new { fixture.ClientId, SecretHash = fixture.Hash(name), Username = name, Fixture.Password, UserAttributes = new[] { new { Name = "email", Value = name + "@example.com" } } });
        var code = await fixture.MailedCode("bob@example.com");
        var wrong = await fixture.MailedCode("eve@example.com") is var other && other != code ? other : "x";
        for (var i = 0; i < 5; i++) Assert.Equal("CodeMismatchException", (await Confirm(fixture, "bob", wrong))!.Code);
        Assert.Equal("ExpiredCodeException", (await Confirm(fixture, "bob", code))!.Code);
        for (var i = 0; i < 9; i++) Assert.Equal("ExpiredCodeException", (await Confirm(fixture, "bob", code))!.Code);
        Assert.Equal("LimitExceededException", (await Confirm(fixture, "bob", code))!.Code);
        var late = await fixture.MailedCode("old@example.com");
        fixture.Time.Advance(TimeSpan.FromHours(24));
        Assert.Equal(("ExpiredCodeException", "Invalid code provided, please request a code again."), (await Confirm(fixture, "old", late)) is { } expired ? (expired.Code, expired.Text) : default);
    }

    [Fact]
    public async Task InitiateAuth_gives_tokens_with_every_claim_and_refreshes_them()
    {
        await using var fixture = await Fixture.Start();
        await fixture.User();
        await fixture.Call("CreateGroup", new { UserPoolId = fixture.PoolId, GroupName = "cooks", RoleArn = "arn:aws:iam::123456789012:role/cook", Precedence = 1 });
        await fixture.Call("AdminAddUserToGroup", new { UserPoolId = fixture.PoolId, Username = "alice", GroupName = "cooks" });
        var result = (await fixture.SignIn())["AuthenticationResult"]!;
        Assert.Equal(3600, (int)result["ExpiresIn"]!);
        var access = Fixture.Claims((string)result["AccessToken"]!);
        var id = Fixture.Claims((string)result["IdToken"]!);
        Assert.Equal($"https://cognito-idp.eu-west-2.amazonaws.com/{fixture.PoolId}", (string)access["iss"]!);
        Assert.Equal(("access", "id"), ((string)access["token_use"]!, (string)id["token_use"]!));
        Assert.Null(access["aud"]);
        Assert.Equal((fixture.ClientId, fixture.ClientId), ((string)access["client_id"]!, (string)id["aud"]!));
        Assert.Equal("aws.cognito.signin.user.admin", (string)access["scope"]!);
        Assert.Equal("alice@example.com", (string)id["email"]!);
        Assert.True((bool)id["email_verified"]!);
        Assert.Equal("""["cooks"]""", access["cognito:groups"]!.ToJsonString());
        Assert.Equal("arn:aws:iam::123456789012:role/cook", (string)id["cognito:preferred_role"]!);
        Assert.Equal(3600, (long)access["exp"]! - (long)access["iat"]!);

        fixture.Time.Advance(TimeSpan.FromHours(2));
        var refresh = new { fixture.ClientId, AuthFlow = "REFRESH_TOKEN_AUTH", AuthParameters = new { REFRESH_TOKEN = (string)result["RefreshToken"]!, SECRET_HASH = fixture.Hash("alice") } };
        var again = (await fixture.Call("InitiateAuth", refresh))["AuthenticationResult"]!;
        Assert.Null(again["RefreshToken"]);
        Assert.Equal((long)access["auth_time"]!, (long)Fixture.Claims((string)again["AccessToken"]!)["auth_time"]!);
        var expired = await fixture.Fails("GetUser", new { AccessToken = (string)result["AccessToken"]! });
        Assert.Equal("Access Token has expired", expired.Text);
        Assert.Equal("alice", (string)(await fixture.Call("GetUser", new { AccessToken = (string)again["AccessToken"]! }))["Username"]!);
        Assert.Equal("Invalid Access Token", (await fixture.Fails("GetUser", new { AccessToken = (string)again["IdToken"]! })).Text);
        Assert.Equal("UnsupportedTokenTypeException", (await fixture.Fails("RevokeToken", new { fixture.ClientId, ClientSecret = fixture.Secret, Token = (string)again["AccessToken"]! })).Code);
        await fixture.Call("RevokeToken", new { fixture.ClientId, ClientSecret = fixture.Secret, Token = (string)result["RefreshToken"]! });
        Assert.Equal("Access Token has been revoked", (await fixture.Fails("GetUser", new { AccessToken = (string)again["AccessToken"]! })).Text);
        Assert.Equal("Refresh Token has been revoked", (await fixture.Fails("InitiateAuth", refresh)).Text);
    }

    [Fact]
    public async Task GlobalSignOut_ends_every_log_in_of_the_user()
    {
        await using var fixture = await Fixture.Start();
        await fixture.User();
        var one = (string)(await fixture.SignIn())["AuthenticationResult"]!["AccessToken"]!;
        var two = (string)(await fixture.SignIn())["AuthenticationResult"]!["AccessToken"]!;
        await fixture.Call("GlobalSignOut", new { AccessToken = one });
        Assert.Equal("Access Token has been revoked", (await fixture.Fails("GetUser", new { AccessToken = one })).Text);
        Assert.Equal("Access Token has been revoked", (await fixture.Fails("GetUser", new { AccessToken = two })).Text);
    }

    [Fact]
    public async Task A_temporary_password_must_be_replaced_and_its_session_is_good_once()
    {
        await using var fixture = await Fixture.Start();
        await fixture.Call("AdminCreateUser", new { UserPoolId = fixture.PoolId, Username = "tom", TemporaryPassword = "Temp0rary!", UserAttributes = new[] { new { Name = "email", Value = "tom@example.com" } } });
        Assert.Equal("Your username is tom and temporary password is Temp0rary!.", (await fixture.Server.Mail.List("tom@example.com"))[0].Text);
        var challenge = await fixture.SignIn("tom", "Temp0rary!");
        Assert.Equal("NEW_PASSWORD_REQUIRED", (string)challenge["ChallengeName"]!);
        Assert.Equal("[]", (string)challenge["ChallengeParameters"]!["requiredAttributes"]!);
        Assert.Equal("tom@example.com", (string)JsonNode.Parse((string)challenge["ChallengeParameters"]!["userAttributes"]!)!["email"]!);
        object Answer(string password) => new { fixture.ClientId, ChallengeName = "NEW_PASSWORD_REQUIRED", Session = (string)challenge["Session"]!, ChallengeResponses = new { USERNAME = "tom", NEW_PASSWORD = password, SECRET_HASH = fixture.Hash("tom") } };
        Assert.Equal("InvalidPasswordException", (await fixture.Fails("RespondToAuthChallenge", Answer("nodigitsHere!"))).Code);
        Assert.NotNull((await fixture.Call("RespondToAuthChallenge", Answer(Fixture.Password)))["AuthenticationResult"]!["IdToken"]);
        Assert.Equal("Invalid session for the user, session can only be used once.", (await fixture.Fails("RespondToAuthChallenge", Answer(Fixture.Password))).Text);
        Assert.NotNull((await fixture.SignIn("tom"))["AuthenticationResult"]);
    }

    [Fact]
    public async Task Secret_hash_is_demanded_and_checked()
    {
        await using var fixture = await Fixture.Start();
        await fixture.User();
        var without = await fixture.Fails("InitiateAuth", new { fixture.ClientId, AuthFlow = "USER_PASSWORD_AUTH", AuthParameters = new { USERNAME = "alice", PASSWORD = Fixture.Password } });
        Assert.Equal(("NotAuthorizedException", $"Client {fixture.ClientId} is configured with secret but SECRET_HASH was not received"), (without.Code, without.Text));
        var wrong = await fixture.Fails("InitiateAuth", new { fixture.ClientId, AuthFlow = "USER_PASSWORD_AUTH", AuthParameters = new { USERNAME = "alice", PASSWORD = Fixture.Password, SECRET_HASH = fixture.Hash("bob") } });
        Assert.Equal($"Unable to verify secret hash for client {fixture.ClientId}", wrong.Text);
        Assert.Equal("wQDn6o2XTDuWnX3AKgN7BHk05bfa7FjJZ3C1D4mOx1o=", Credentials.SecretHash("abcdef0123456789", "alice", "13ft34s2dt7nn0ef0k4p512hgp"));
    }

    [Fact]
    public async Task Five_wrong_passwords_lock_for_a_doubling_time()
    {
        await using var fixture = await Fixture.Start();
        await fixture.User();
        var tries = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => fixture.SignInFails(password: "Wr0ng-one!")));
        Assert.Equal(5, tries.Count(error => error.Text == "Incorrect username or password."));
        Assert.Equal(25, tries.Count(error => error.Text == "Password attempts exceeded"));
        Assert.Equal("Password attempts exceeded", (await fixture.SignInFails()).Text);
        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("Incorrect username or password.", (await fixture.SignInFails(password: "Wr0ng-one!")).Text);
        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("Password attempts exceeded", (await fixture.SignInFails()).Text);
        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.NotNull((await fixture.SignIn())["AuthenticationResult"]);
        Assert.Equal("Incorrect username or password.", (await fixture.SignInFails(password: "Wr0ng-one!")).Text);
    }

    [Fact]
    public async Task Unknown_users_look_like_wrong_passwords_where_the_client_hides_them()
    {
        await using var open = await Fixture.Start();
        Assert.Equal("UserNotFoundException", (await open.SignInFails("ghost")).Code);
        await using var hiding = await Fixture.Start(client: new { PreventUserExistenceErrors = "ENABLED" });
        await hiding.User();
        var ghost = await hiding.SignInFails("ghost");
        var real = await hiding.SignInFails("alice", "Wr0ng-one!");
        Assert.Equal((real.Code, real.Text), (ghost.Code, ghost.Text));
        Assert.Equal("NotAuthorizedException", ghost.Code);
        Assert.Matches("^.\\*\\*\\*@.\\*\\*\\*$", (string)(await hiding.Call("ForgotPassword", new { hiding.ClientId, SecretHash = hiding.Hash("ghost"), Username = "ghost" }))["CodeDeliveryDetails"]!["Destination"]!);
        var salts = new List<string>();
        for (var i = 0; i < 2; i++)
            salts.Add((string)(await hiding.Call("InitiateAuth", new { hiding.ClientId, AuthFlow = "USER_SRP_AUTH", AuthParameters = new { USERNAME = "ghost", SRP_A = "abcdef", SECRET_HASH = hiding.Hash("ghost") } }))["ChallengeParameters"]!["SALT"]!);
        Assert.Equal(salts[0], salts[1]);
    }

    [Fact]
    public async Task ForgotPassword_lets_in_with_the_mailed_code_only()
    {
        await using var fixture = await Fixture.Start();
        await fixture.User();
        object Reset(string code) => new { fixture.ClientId, SecretHash = fixture.Hash("alice"), Username = "alice", ConfirmationCode = code, Password = "N3w-password!" };
        Assert.Equal("ExpiredCodeException", (await fixture.Fails("ConfirmForgotPassword", Reset("123456"))).Code);
        await fixture.Call("ForgotPassword", new { fixture.ClientId, SecretHash = fixture.Hash("alice"), Username = "alice" });
        var mail = (await fixture.Server.Mail.List("alice@example.com"))[0];
        Assert.Equal("Your password reset code", mail.Subject);
        var code = await fixture.MailedCode("alice@example.com");
        Assert.Equal("CodeMismatchException", (await fixture.Fails("ConfirmForgotPassword", Reset(code == "111111" ? "222222" : "111111"))).Code);
        Assert.NotNull((await fixture.SignIn())["AuthenticationResult"]);
        await fixture.Call("ConfirmForgotPassword", Reset(code));
        Assert.NotNull((await fixture.SignIn("alice", "N3w-password!"))["AuthenticationResult"]);
        Assert.Equal("NotAuthorizedException", (await fixture.SignInFails()).Code);
    }

    [Theory]
    [InlineData("short", "InvalidParameterException", "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must have length greater than or equal to 6")]
    [InlineData("Sh0rt!!", "InvalidPasswordException", "Password did not conform with policy: Password not long enough")]
    [InlineData("passw0rd!", "InvalidPasswordException", "Password did not conform with policy: Password must have uppercase characters")]
    [InlineData("PASSW0RD!", "InvalidPasswordException", "Password did not conform with policy: Password must have lowercase characters")]
    [InlineData("Password!", "InvalidPasswordException", "Password did not conform with policy: Password must have numeric characters")]
    [InlineData("Passw0rdd", "InvalidPasswordException", "Password did not conform with policy: Password must have symbol characters")]
    public async Task SignUp_refuses_a_weak_password_with_the_reason(string password, string code, string text)
    {
        await using var fixture = await Fixture.Start();
        var error = await fixture.Fails("SignUp", new { fixture.ClientId, SecretHash = fixture.Hash("bob"), Username = "bob", Password = password, UserAttributes = new[] { new { Name = "email", Value = "bob@example.com" } } });
        Assert.Equal((code, text), (error.Code, error.Text));
    }

    [Fact]
    public async Task A_user_cannot_write_what_the_client_may_not_write()
    {
        await using var fixture = await Fixture.Start(
            pool: new { Schema = new object[] { new { Name = "email", Required = true, Mutable = true }, new { Name = "role", AttributeDataType = "String", Mutable = true } } },
            client: new { WriteAttributes = new[] { "email", "name" } });
        await fixture.User();
        var token = (string)(await fixture.SignIn())["AuthenticationResult"]!["AccessToken"]!;
        var refused = await fixture.Fails("UpdateUserAttributes", new { AccessToken = token, UserAttributes = new[] { new { Name = "custom:role", Value = "admin" } } });
        Assert.Equal(("NotAuthorizedException", "A client attempted to write unauthorized attribute"), (refused.Code, refused.Text));
        Assert.Equal("NotAuthorizedException", (await fixture.Fails("UpdateUserAttributes", new { AccessToken = token, UserAttributes = new[] { new { Name = "email_verified", Value = "true" } } })).Code);
        await fixture.Call("UpdateUserAttributes", new { AccessToken = token, UserAttributes = new[] { new { Name = "name", Value = "Alice" } } });
        Assert.Contains((await fixture.Call("GetUser", new { AccessToken = token }))["UserAttributes"]!.AsArray(), attribute => (string)attribute!["Name"]! == "name" && (string)attribute["Value"]! == "Alice");
    }

    [Fact]
    public void Srp_computes_the_known_vector()
    {
        var salt = Convert.FromHexString("a1b2c3d4e5f60718293a4b5c6d7e8f90");
        var b = Convert.FromHexString(string.Concat(Enumerable.Repeat("fedcba0987654321", 16)));
        var a = Number(Convert.FromHexString(string.Concat(Enumerable.Repeat("1234567890abcdef", 16))));
        var verifier = Srp.Verifier("AbCdEf123", "alice", "Passw0rd!", salt);
        Assert.Equal("2bbc1391e3c68d5ea86bfd678e8eabd2f43995b3f5b196f0249a09d8929df719", TextHash(Number(verifier)));
        var n = Srp.ClientValue("FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF");
        Assert.Null(n); // the prime itself is 0 modulo the prime
        var server = Srp.ServerValue(verifier, b);
        Assert.Equal("0d798b200c7f57de6b2828349e818970212378dbc880b03c165b33e76662b992", TextHash(server));
        // A = g^a of the vector, made with the public value of a one-off server whose verifier is 0
        var clientValue = Srp.ServerValue([], a.ToByteArray(isUnsigned: true, isBigEndian: true));
        Assert.Equal("6a67826c6d79fce38b50e8001818b5c6aed8a0a8be158fd879fc29014fef2397", TextHash(clientValue));
        var key = Srp.SharedKey(clientValue, b, server, verifier)!;
        Assert.Equal("7f4ce62f21a1b9e71a9f67cc50518d3d", Convert.ToHexStringLower(key));
        Assert.Equal("sgomaEAJMXn8WUECqwyH1NIXbSd29PA5rp894MHa8e8=", Convert.ToBase64String(Srp.Signature(key, "AbCdEf123", "alice", "secret-block-bytes"u8, "Sun Nov 22 16:05:09 UTC 2026")));
    }

    [Fact]
    public async Task Srp_logs_in_with_the_right_password_only_and_each_challenge_once()
    {
        await using var fixture = await Fixture.Start();
        await fixture.User();
        var a = Number(RandomNumberGenerator.GetBytes(32));
        async Task<object> Answer(string password)
        {
            var clientValue = Srp.ServerValue([], a.ToByteArray(isUnsigned: true, isBigEndian: true));
            var challenge = (await fixture.Call("InitiateAuth", new { fixture.ClientId, AuthFlow = "USER_SRP_AUTH", AuthParameters = new { USERNAME = "alice", SRP_A = Srp.Hex(clientValue), SECRET_HASH = fixture.Hash("alice") } }))["ChallengeParameters"]!;
            var key = ClientKey(fixture.PoolId.Split('_')[1], password, (string)challenge["SALT"]!, a, clientValue, (string)challenge["SRP_B"]!);
            var block = (string)challenge["SECRET_BLOCK"]!;
            var signature = Srp.Signature(key, fixture.PoolId.Split('_')[1], "alice", Convert.FromBase64String(block), "Fri Jan 2 03:04:05 UTC 2026");
            return new { fixture.ClientId, ChallengeName = "PASSWORD_VERIFIER", ChallengeResponses = new { USERNAME = "alice", PASSWORD_CLAIM_SECRET_BLOCK = block, PASSWORD_CLAIM_SIGNATURE = Convert.ToBase64String(signature), TIMESTAMP = "Fri Jan 2 03:04:05 UTC 2026", SECRET_HASH = fixture.Hash("alice") } };
        }

        var right = await Answer(Fixture.Password);
        Assert.NotNull((await fixture.Call("RespondToAuthChallenge", right))["AuthenticationResult"]!["AccessToken"]);
        Assert.Equal("NotAuthorizedException", (await fixture.Fails("RespondToAuthChallenge", right)).Code);
        Assert.Equal("Incorrect username or password.", (await fixture.Fails("RespondToAuthChallenge", await Answer("Wr0ng-one!"))).Text);
        Assert.Equal("InvalidParameterException", (await fixture.Fails("InitiateAuth", new { fixture.ClientId, AuthFlow = "USER_SRP_AUTH", AuthParameters = new { USERNAME = "alice", SRP_A = "0", SECRET_HASH = fixture.Hash("alice") } })).Code);
    }

    [Fact]
    public async Task Email_pools_sign_in_by_email_and_name_users_by_their_sub()
    {
        await using var fixture = await Fixture.Start(pool: new { UsernameAttributes = new[] { "email" }, UsernameConfiguration = new { CaseSensitive = false } });
        Assert.Equal("Username should be an email.", (await fixture.Fails("SignUp", new { fixture.ClientId, SecretHash = fixture.Hash("bob"), Username = "bob", Fixture.Password })).Text);
        var made = await fixture.Call("SignUp", new { fixture.ClientId, SecretHash = fixture.Hash("Bob@example.com"), Username = "Bob@example.com", Fixture.Password });
        await fixture.Call("AdminConfirmSignUp", new { UserPoolId = fixture.PoolId, Username = "bob@EXAMPLE.com" });
        var id = Fixture.Claims((string)(await fixture.SignIn("bob@example.com"))["AuthenticationResult"]!["IdToken"]!);
        Assert.Equal(((string)made["UserSub"]!, (string)made["UserSub"]!), ((string)id["sub"]!, (string)id["cognito:username"]!));
        var taken = await fixture.Fails("SignUp", new { fixture.ClientId, SecretHash = fixture.Hash("bob@example.com"), Username = "bob@example.com", Fixture.Password });
        Assert.Equal(("UsernameExistsException", "An account with the given email already exists."), (taken.Code, taken.Text));
    }

    [Fact]
    public async Task Aliases_belong_to_whoever_proves_them()
    {
        await using var fixture = await Fixture.Start(pool: new { AliasAttributes = new[] { "email" } });
        foreach (var name in (string[])["one", "two"])
        {
            await fixture.Call("SignUp", new { fixture.ClientId, SecretHash = fixture.Hash(name), Username = name, Fixture.Password, UserAttributes = new[] { new { Name = "email", Value = "same@example.com" } } });
            fixture.Time.Advance(TimeSpan.FromSeconds(1)); // the inbox is in order of time
        }

        var mails = await fixture.Server.Mail.List("same@example.com");
        string CodeOf(int at) => System.Text.RegularExpressions.Regex.Match(mails[at].Text, "[0-9]{6}").Value;
        Assert.Null(await Confirm(fixture, "one", CodeOf(1)));
        var taken = await Confirm(fixture, "two", CodeOf(0));
        Assert.Equal(("AliasExistsException", "An account with the email already exists."), (taken!.Code, taken.Text));
        Assert.Equal("one", (string)Fixture.Claims((string)(await fixture.SignIn("same@example.com"))["AuthenticationResult"]!["IdToken"]!)["cognito:username"]!);
    }

    [Fact]
    public async Task ListUsers_filters_and_pages()
    {
        await using var fixture = await Fixture.Start();
        foreach (var name in (string[])["ann", "abe", "bob"]) await fixture.User(name, name + "@example.com");
        async Task<string> Names(string filter) => string.Join(' ', (await fixture.Call("ListUsers", new { UserPoolId = fixture.PoolId, Filter = filter }))["Users"]!.AsArray().Select(user => (string)user!["Username"]!));
        Assert.Equal("abe ann", await Names("username ^= \"a\""));
        Assert.Equal("bob", await Names("email = \"bob@example.com\""));
        Assert.Equal("abe ann bob", await Names("cognito:user_status = \"CONFIRMED\""));
        Assert.Equal("InvalidParameterException", (await fixture.Fails("ListUsers", new { UserPoolId = fixture.PoolId, Filter = "password = \"x\"" })).Code);
        var first = await fixture.Call("ListUsers", new { UserPoolId = fixture.PoolId, Limit = 2 });
        var rest = await fixture.Call("ListUsers", new { UserPoolId = fixture.PoolId, Limit = 2, PaginationToken = (string)first["PaginationToken"]! });
        Assert.Equal("bob", (string)rest["Users"]!.AsArray().Single()!["Username"]!);
        Assert.Null(rest["PaginationToken"]);
    }

    private static async Task<AwsJsError?> Confirm(Fixture fixture, string name, string code)
    {
        try
        {
            await fixture.Call("ConfirmSignUp", new { fixture.ClientId, SecretHash = fixture.Hash(name), Username = name, ConfirmationCode = code });
            return null;
        }
        catch (AwsJsError e)
        {
            return e;
        }
    }

    /// <summary>The client's half of SRP, written apart from the server's.</summary>
    private static byte[] ClientKey(string pool, string password, string salt, System.Numerics.BigInteger a, System.Numerics.BigInteger clientValue, string serverHex)
    {
        var n = System.Numerics.BigInteger.Parse("0" + "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF", System.Globalization.NumberStyles.HexNumber);
        var server = Number(Convert.FromHexString(serverHex.Length % 2 == 0 ? serverHex : "0" + serverHex));
        byte[] Pad(System.Numerics.BigInteger value) => value.ToByteArray(isUnsigned: false, isBigEndian: true);
        var u = Number(SHA256.HashData([.. Pad(clientValue), .. Pad(server)]));
        var inner = SHA256.HashData(Encoding.UTF8.GetBytes($"{pool}alice:{password}"));
        var x = Number(SHA256.HashData([.. Pad(Number(Convert.FromHexString(salt.Length % 2 == 0 ? salt : "0" + salt))), .. inner]));
        var k = Number(SHA256.HashData([.. Pad(n), 2]));
        var s = System.Numerics.BigInteger.ModPow(((server - k * System.Numerics.BigInteger.ModPow(2, x, n)) % n + n) % n, a + u * x, n);
        var prk = HMACSHA256.HashData(Pad(u), Pad(s));
        return HMACSHA256.HashData(prk, (byte[])[.. "Caldera Derived Key"u8, 1])[..16];
    }

    private static System.Numerics.BigInteger Number(byte[] bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    private static string TextHash(System.Numerics.BigInteger value) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Srp.Hex(value))));

    private static string Sorted(JsonNode node, params string[] names) => "{" + string.Join(',', names.Select(name => $"\"{name}\":{node[name]!.ToJsonString()}")) + "}";
}

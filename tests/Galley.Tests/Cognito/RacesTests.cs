namespace Galley.Tests.Cognito;

/// <summary>What is good once is good once, also when sixteen come with it at the same moment. Codes of OAuth, refresh tokens and time steps: OAuthRowsTests, RefreshTests, MfaTests.</summary>
public class RacesTests
{
    [Fact]
    public async Task A_confirmation_code_confirms_once()
    {
        await using var fixture = await Fixture.Start(
            client: new { ExplicitAuthFlows = new[] { "ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH" } },
            pool: new { Policies = new { SignInPolicy = new { AllowedFirstAuthFactors = new[] { "PASSWORD", "EMAIL_OTP" } } } });
        var made = await fixture.Call("SignUp", new { fixture.ClientId, SecretHash = fixture.Hash("bob"), Username = "bob", Fixture.Password, UserAttributes = new[] { new { Name = "email", Value = "bob@example.com" } } });
        var code = await fixture.MailedCode("bob@example.com");
        var confirm = new { fixture.ClientId, SecretHash = fixture.Hash("bob"), Username = "bob", ConfirmationCode = code, Session = (string)made["Session"]! };
        var won = await Sixteen(() => fixture.Call("ConfirmSignUp", confirm));
        // and so does the session that goes on from there
        await Sixteen(() => fixture.Call("InitiateAuth", new { fixture.ClientId, AuthFlow = "USER_AUTH", AuthParameters = new { USERNAME = "bob", SECRET_HASH = fixture.Hash("bob") }, Session = (string)won["Session"]! }));
    }

    [Fact]
    public async Task A_reset_code_resets_once()
    {
        await using var fixture = await Fixture.Start();
        await fixture.User();
        await fixture.Call("ForgotPassword", new { fixture.ClientId, SecretHash = fixture.Hash("alice"), Username = "alice" });
        var code = await fixture.MailedCode("alice@example.com");
        var i = 0;
        string Password(int n) => $"N3w-password-{n}!";
        var passwords = new System.Collections.Concurrent.ConcurrentBag<string>();
        await Sixteen(async () =>
        {
            var mine = Password(Interlocked.Increment(ref i));
            var answer = await fixture.Call("ConfirmForgotPassword", new { fixture.ClientId, SecretHash = fixture.Hash("alice"), Username = "alice", ConfirmationCode = code, Password = mine });
            passwords.Add(mine);
            return answer;
        });
        Assert.NotNull((await fixture.SignIn(password: passwords.Single()))["AuthenticationResult"]);
    }

    [Fact]
    public async Task An_attributes_code_proves_once()
    {
        await using var fixture = await Fixture.Start();
        await fixture.User();
        var token = (string)(await fixture.SignIn())["AuthenticationResult"]!["AccessToken"]!;
        await fixture.Call("GetUserAttributeVerificationCode", new { AccessToken = token, AttributeName = "email" });
        var code = await fixture.MailedCode("alice@example.com");
        await Sixteen(() => fixture.Call("VerifyUserAttribute", new { AccessToken = token, AttributeName = "email", Code = code }));
    }

    [Fact]
    public async Task A_session_sets_one_new_password()
    {
        await using var fixture = await Fixture.Start();
        await fixture.Call("AdminCreateUser", new { UserPoolId = fixture.PoolId, Username = "tom", TemporaryPassword = "Temp0rary!", MessageAction = "SUPPRESS", UserAttributes = new[] { new { Name = "email", Value = "tom@example.com" } } });
        var session = (string)(await fixture.SignIn("tom", "Temp0rary!"))["Session"]!;
        await Sixteen(() => fixture.Call("RespondToAuthChallenge", new { fixture.ClientId, ChallengeName = "NEW_PASSWORD_REQUIRED", Session = session, ChallengeResponses = new { USERNAME = "tom", NEW_PASSWORD = Fixture.Password, SECRET_HASH = fixture.Hash("tom") } }));
    }

    [Fact]
    public async Task A_mailed_factor_lets_in_once()
    {
        await using var fixture = await Fixture.Start();
        await fixture.Call("SetUserPoolMfaConfig", new { UserPoolId = fixture.PoolId, MfaConfiguration = "ON", EmailMfaConfiguration = new { Message = "Code: {####}", Subject = "Hello" } });
        await fixture.User();
        var challenge = await fixture.SignIn();
        Assert.Equal("EMAIL_OTP", (string)challenge["ChallengeName"]!);
        var code = await fixture.MailedCode("alice@example.com");
        await Sixteen(() => MfaTests.Answer(fixture, challenge, "EMAIL_OTP_CODE", code));
    }

    [Fact]
    public async Task A_mailed_code_on_the_pages_confirms_once()
    {
        await using var fixture = await Fixture.Start();
        await fixture.Call("SignUp", new { fixture.ClientId, SecretHash = fixture.Hash("bob"), Username = "bob", Fixture.Password, UserAttributes = new[] { new { Name = "email", Value = "bob@example.com" } } });
        var code = await fixture.MailedCode("bob@example.com");
        var browsers = new List<Browser>();
        for (var i = 0; i < 16; i++)
        {
            browsers.Add(fixture.Browser());
            await browsers[i].Get("/login?" + fixture.LoginQuery());
            await browsers[i].Follow((await browsers[i].Submit(("username", "bob"), ("password", Fixture.Password))).Location!);
        }

        var answers = await Task.WhenAll(browsers.Select(browser => browser.Submit(("code", code))));
        Assert.Single(answers, answer => answer.Location?.StartsWith(Fixture.Callback + "?code=", StringComparison.Ordinal) == true);
        browsers.ForEach(browser => browser.Dispose());
    }

    /// <summary>Sixteen at once, of which one may win; what it won.</summary>
    private static async Task<System.Text.Json.Nodes.JsonObject> Sixteen(Func<Task<System.Text.Json.Nodes.JsonObject>> act)
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(async _ =>
        {
            try
            {
                return await act();
            }
            catch (AwsJsError)
            {
                return null;
            }
        }));
        return Assert.Single(answers, answer => answer is not null)!;
    }
}

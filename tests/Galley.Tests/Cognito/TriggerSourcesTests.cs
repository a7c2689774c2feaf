using System.Text.Json.Nodes;

namespace Galley.Tests.Cognito;

/// <summary>
/// Which triggers run at what, by the API and on the hosted pages; their events' members are TriggersTests'. Those of devices: DevicesTests, of other
/// providers' users: FederationTests, of machines: TriggersTests, of senders: SendersTests. https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-identity-pools-working-with-aws-lambda-triggers.html
/// </summary>
public class TriggerSourcesTests
{
    private const string SignedIn = "PreAuthentication_Authentication PostAuthentication_Authentication TokenGeneration_Authentication";

    [Fact]
    public async Task The_API_runs_each_trigger_in_its_place()
    {
        await using var fixture = await Fixture.Start(new { ExplicitAuthFlows = new[] { "ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_CUSTOM_AUTH" } });
        using var triggers = await Triggers(fixture);
        JsonObject answer = [];
        async Task Runs(string sources, string operation, object input) => Assert.Equal((operation, sources), (operation, await triggers.During(async () => answer = await fixture.Call(operation, input))));
        object Named(string name) => new { fixture.ClientId, SecretHash = fixture.Hash(name), Username = name };
        object SignIn(string name, string password) => new { fixture.ClientId, AuthFlow = "USER_PASSWORD_AUTH", AuthParameters = fixture.Login(name, password) };
        object Answer(string challenge, string name, string value, string user) => new
        {
            fixture.ClientId,
            ChallengeName = challenge,
            Session = (string)answer["Session"]!,
            ChallengeResponses = new Dictionary<string, string> { ["USERNAME"] = user, [name] = value, ["SECRET_HASH"] = fixture.Hash(user)! },
        };

        await Runs("PreSignUp_SignUp CustomMessage_SignUp", "SignUp", new { fixture.ClientId, SecretHash = fixture.Hash("bob"), Username = "bob", Fixture.Password, UserAttributes = new[] { new { Name = "email", Value = "bob@example.com" } } });
        await Runs("CustomMessage_ResendCode", "ResendConfirmationCode", Named("bob"));
        await Runs("PostConfirmation_ConfirmSignUp", "ConfirmSignUp", new { fixture.ClientId, SecretHash = fixture.Hash("bob"), Username = "bob", ConfirmationCode = await fixture.MailedCode("bob@example.com") });
        await Runs(SignedIn, "InitiateAuth", SignIn("bob", Fixture.Password));
        var (access, refresh) = ((string)answer["AuthenticationResult"]!["AccessToken"]!, (string)answer["AuthenticationResult"]!["RefreshToken"]!);
        await Runs("TokenGeneration_RefreshTokens", "InitiateAuth", new { fixture.ClientId, AuthFlow = "REFRESH_TOKEN_AUTH", AuthParameters = new { REFRESH_TOKEN = refresh, SECRET_HASH = fixture.Hash("bob") } });
        await Runs(SignedIn, "AdminInitiateAuth", new { UserPoolId = fixture.PoolId, fixture.ClientId, AuthFlow = "ADMIN_USER_PASSWORD_AUTH", AuthParameters = fixture.Login("bob") });
        await Runs("CustomMessage_VerifyUserAttribute", "GetUserAttributeVerificationCode", new { AccessToken = access, AttributeName = "email" });
        await Runs("CustomMessage_UpdateUserAttribute", "UpdateUserAttributes", new { AccessToken = access, UserAttributes = new[] { new { Name = "email", Value = "robert@example.com" } } });
        await fixture.Call("VerifyUserAttribute", new { AccessToken = access, AttributeName = "email", Code = await fixture.MailedCode("robert@example.com") });
        await Runs("CustomMessage_ForgotPassword", "ForgotPassword", Named("bob"));
        await Runs("PostConfirmation_ConfirmForgotPassword", "ConfirmForgotPassword", new { fixture.ClientId, SecretHash = fixture.Hash("bob"), Username = "bob", ConfirmationCode = await fixture.MailedCode("robert@example.com"), Password = "N3w-Passw0rd!" });

        await Runs("PreSignUp_AdminCreateUser CustomMessage_AdminCreateUser", "AdminCreateUser", new { UserPoolId = fixture.PoolId, Username = "tom", TemporaryPassword = "Temp0rary!", DesiredDeliveryMediums = new[] { "EMAIL" }, UserAttributes = new[] { new { Name = "email", Value = "tom@example.com" } } });
        await Runs("CustomMessage_AdminCreateUser", "AdminCreateUser", new { UserPoolId = fixture.PoolId, Username = "tom", MessageAction = "RESEND", TemporaryPassword = "Temp0rary!", DesiredDeliveryMediums = new[] { "EMAIL" } });
        await Runs("PreAuthentication_Authentication", "InitiateAuth", SignIn("tom", "Temp0rary!"));
        await Runs("PostAuthentication_Authentication TokenGeneration_NewPasswordChallenge", "RespondToAuthChallenge", Answer("NEW_PASSWORD_REQUIRED", "NEW_PASSWORD", Fixture.Password, "tom"));
        await fixture.Call("SignUp", new { fixture.ClientId, SecretHash = fixture.Hash("eve"), Username = "eve", Fixture.Password, UserAttributes = new[] { new { Name = "email", Value = "eve@example.com" } } });
        await Runs("PostConfirmation_ConfirmSignUp", "AdminConfirmSignUp", new { UserPoolId = fixture.PoolId, Username = "eve" });

        await Runs("UserMigration_Authentication PostAuthentication_Authentication TokenGeneration_Authentication", "InitiateAuth", SignIn("migrant", Fixture.Password));
        await Runs(SignedIn, "InitiateAuth", SignIn("migrant", Fixture.Password));
        await Runs("UserMigration_ForgotPassword CustomMessage_ForgotPassword", "ForgotPassword", Named("forgetful"));
        await Runs("PreAuthentication_Authentication DefineAuthChallenge_Authentication CreateAuthChallenge_Authentication", "InitiateAuth", new { fixture.ClientId, AuthFlow = "CUSTOM_AUTH", AuthParameters = new { USERNAME = "tom", SECRET_HASH = fixture.Hash("tom") } });
        await Runs("VerifyAuthChallengeResponse_Authentication DefineAuthChallenge_Authentication PostAuthentication_Authentication TokenGeneration_Authentication", "RespondToAuthChallenge", Answer("CUSTOM_CHALLENGE", "ANSWER", "42", "tom"));

        await fixture.Call("SetUserPoolMfaConfig", new { UserPoolId = fixture.PoolId, MfaConfiguration = "ON", EmailMfaConfiguration = new { Message = "Your code is {####}", Subject = "A code" } });
        await Runs("PreAuthentication_Authentication CustomMessage_Authentication", "InitiateAuth", SignIn("migrant", Fixture.Password));
        await Runs("PostAuthentication_Authentication TokenGeneration_Authentication", "RespondToAuthChallenge", Answer("EMAIL_OTP", "EMAIL_OTP_CODE", await fixture.MailedCode("migrant@example.com"), "migrant"));
    }

    [Fact]
    public async Task The_hosted_pages_run_the_same_ones()
    {
        await using var fixture = await Fixture.Start();
        using var triggers = await Triggers(fixture);
        using var browser = fixture.Browser();
        (int Status, string? Location, string Body) answer = (0, null, "");
        async Task Runs(string sources, Func<Task<(int Status, string? Location, string Body)>> act) => Assert.Equal(sources, await triggers.During(async () => answer = await act()));
        async Task Open(string page) => Assert.Equal(200, (await browser.Get($"{page}?{fixture.LoginQuery("&prompt=login")}")).Status);
        string Code() => System.Text.RegularExpressions.Regex.Match(answer.Location!, "[?&]code=([0-9a-f-]{36})").Groups[1].Value;

        await Open("/signup");
        await Runs("PreSignUp_SignUp CustomMessage_SignUp", () => browser.Submit(("username", "bob"), ("requiredAttributes[email]", "bob@example.com"), ("password", Fixture.Password)));
        var confirm = (await browser.Follow(answer.Location!)).Body;
        var csrf = System.Text.RegularExpressions.Regex.Match(confirm, "name=\"_csrf\" value=\"([^\"]+)\"").Groups[1].Value;
        await Runs("CustomMessage_ResendCode", () => browser.Send(HttpMethod.Post, "/resendcode?" + fixture.LoginQuery(), new FormUrlEncodedContent(new Dictionary<string, string> { ["_csrf"] = csrf })));
        var code = await fixture.MailedCode("bob@example.com");
        await Runs("PostConfirmation_ConfirmSignUp PostAuthentication_Authentication", () => browser.Submit(("code", code)));
        await Runs("TokenGeneration_HostedAuth", async () => (await fixture.Exchange(Code())) is var tokens ? (tokens.Status, null, tokens.Body.ToJsonString()) : (0, null, ""));
        var refresh = (string)JsonNode.Parse(answer.Body!)!["refresh_token"]!;
        await Runs("TokenGeneration_RefreshTokens", async () => (await fixture.Token(new() { ["grant_type"] = "refresh_token", ["refresh_token"] = refresh })) is var tokens ? (tokens.Status, null, tokens.Body.ToJsonString()) : (0, null, ""));

        await Open("/login");
        await Runs("PreAuthentication_Authentication PostAuthentication_Authentication", () => browser.Submit(("username", "bob"), ("password", Fixture.Password)));
        Assert.StartsWith(Fixture.Callback + "?code=", answer.Location);
        await Open("/forgotPassword");
        await Runs("CustomMessage_ForgotPassword", () => browser.Submit(("username", "bob")));
        await browser.Follow(answer.Location!);
        code = await fixture.MailedCode("bob@example.com");
        await Runs("PostConfirmation_ConfirmForgotPassword", () => browser.Submit(("code", code), ("password", "N3w-Passw0rd!"), ("confirm_password", "N3w-Passw0rd!")));

        await fixture.Call("AdminCreateUser", new { UserPoolId = fixture.PoolId, Username = "tom", TemporaryPassword = "Temp0rary!", MessageAction = "SUPPRESS", UserAttributes = new[] { new { Name = "email", Value = "tom@example.com" } } });
        await Open("/login");
        await Runs("PreAuthentication_Authentication", () => browser.Submit(("username", "tom"), ("password", "Temp0rary!")));
        await browser.Follow(answer.Location!);
        await Runs("PostAuthentication_Authentication", () => browser.Submit(("password", Fixture.Password), ("confirm_password", Fixture.Password)));
        await Open("/login");
        await Runs("UserMigration_Authentication PostAuthentication_Authentication", () => browser.Submit(("username", "migrant"), ("password", Fixture.Password)));
        await Open("/forgotPassword");
        await Runs("UserMigration_ForgotPassword CustomMessage_ForgotPassword", () => browser.Submit(("username", "forgetful")));

        await fixture.Call("SetUserPoolMfaConfig", new { UserPoolId = fixture.PoolId, MfaConfiguration = "ON", EmailMfaConfiguration = new { Message = "Your code is {####}", Subject = "A code" } });
        await Open("/login");
        await Runs("PreAuthentication_Authentication CustomMessage_Authentication", () => browser.Submit(("username", "migrant"), ("password", Fixture.Password)));
        await browser.Follow(answer.Location!);
        code = await fixture.MailedCode("migrant@example.com");
        await Runs("PostAuthentication_Authentication", () => browser.Submit(("code", code)));
        Assert.StartsWith(Fixture.Callback + "?code=", answer.Location);
    }

    /// <summary>On a page a trigger that fails is told in its own words, and nothing has happened.</summary>
    [Theory]
    [InlineData("PreSignUp_SignUp", "/signup", "PreSignUp failed with error not today.")]
    [InlineData("PreAuthentication_Authentication", "/login", "PreAuthentication failed with error not today.")]
    [InlineData("PostAuthentication_Authentication", "/login", "PostAuthentication failed with error not today.")]
    public async Task A_page_says_what_a_failing_trigger_says(string source, string page, string text)
    {
        await using var fixture = await Fixture.Start();
        await fixture.User();
        using var triggers = await Triggers(fixture);
        triggers.Failing = source;
        using var browser = fixture.Browser();
        await browser.Get($"{page}?{fixture.LoginQuery()}");
        var answer = page == "/login" ? await browser.Submit(("username", "alice"), ("password", Fixture.Password)) : await browser.Submit(("username", "bob"), ("requiredAttributes[email]", "bob@example.com"), ("password", Fixture.Password));
        Assert.Equal(200, answer.Status);
        Assert.Contains(text, answer.Body, StringComparison.Ordinal);
        Assert.Equal("UserNotFoundException", (await fixture.Fails("AdminGetUser", new { UserPoolId = fixture.PoolId, Username = "bob" })).Code);
    }

    [Theory]
    [InlineData("{}", "Unrecognizable lambda output")]
    [InlineData("""{"response":[]}""", "Unrecognizable lambda output")]
    [InlineData("""{"response":{"autoConfirmUser":"yes"}}""", "Unrecognizable lambda output")]
    [InlineData("[]", "Invalid lambda function output : Invalid JSON")]
    [InlineData("null", "Invalid lambda function output : Invalid JSON")]
    public async Task An_answer_of_another_form_is_refused(string answer, string text)
    {
        await using var fixture = await Fixture.Start();
        using var triggers = await Triggers(fixture);
        triggers.Saying = answer;
        var error = await fixture.Fails("SignUp", new { fixture.ClientId, SecretHash = fixture.Hash("bob"), Username = "bob", Fixture.Password, UserAttributes = new[] { new { Name = "email", Value = "bob@example.com" } } });
        Assert.Equal(("InvalidLambdaResponseException", text), (error.Code, error.Text));
    }

    private static async Task<RecordedTriggers> Triggers(Fixture fixture)
    {
        var triggers = await RecordedTriggers.Start(fixture.Server, fixture.PoolId);
        var config = new JsonObject();
        foreach (var name in (string[])["PreSignUp", "PostConfirmation", "PreAuthentication", "PostAuthentication", "CustomMessage", "PreTokenGeneration", "UserMigration", "DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse"])
            config[name] = triggers.Arn;
        await fixture.Call("UpdateUserPool", new JsonObject { ["UserPoolId"] = fixture.PoolId, ["LambdaConfig"] = config, ["AutoVerifiedAttributes"] = new JsonArray("email") });
        return triggers;
    }
}

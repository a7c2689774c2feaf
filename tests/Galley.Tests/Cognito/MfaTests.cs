using System.Text.Json.Nodes;
using Galley.Cognito.SignIn;

namespace Galley.Tests.Cognito;

public class MfaTests
{
    [Fact]
    public void Totp_computes_the_vectors_of_rfc_6238()
    {
        var seed = "12345678901234567890"u8;
        Assert.Equal("287082", Totp.Code(seed, 59 / 30));
        Assert.Equal("081804", Totp.Code(seed, 1111111109 / 30));
        Assert.Equal("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", Totp.Text(seed));
        Assert.Equal(52, Totp.Text(new byte[32]).Length);
    }

    [Fact]
    public async Task A_user_sets_an_authenticator_app_up_and_spends_each_code_once()
    {
        await using var fixture = await Start("OPTIONAL");
        await fixture.User();
        var token = (string)(await fixture.SignIn())["AuthenticationResult"]!["AccessToken"]!;
        var seed = (string)(await fixture.Call("AssociateSoftwareToken", new { AccessToken = token }))["SecretCode"]!;
        Assert.Matches("^[A-Z2-7]{52}$", seed);
        var unverified = await fixture.Fails("SetUserMFAPreference", new { AccessToken = token, SoftwareTokenMfaSettings = new { Enabled = true, PreferredMfa = true } });
        Assert.Equal(("InvalidParameterException", "User has not verified software token mfa"), (unverified.Code, unverified.Text));
        var wrong = await fixture.Fails("VerifySoftwareToken", new { AccessToken = token, UserCode = Code(fixture, seed, 5) });
        Assert.Equal(("EnableSoftwareTokenMFAException", "Code mismatch"), (wrong.Code, wrong.Text));
        Assert.Equal("SUCCESS", (string)(await fixture.Call("VerifySoftwareToken", new { AccessToken = token, UserCode = Code(fixture, seed) }))["Status"]!);
        Assert.NotNull((await fixture.SignIn())["AuthenticationResult"]);
        await fixture.Call("SetUserMFAPreference", new { AccessToken = token, SoftwareTokenMfaSettings = new { Enabled = true, PreferredMfa = true } });
        var user = await fixture.Call("GetUser", new { AccessToken = token });
        Assert.Equal(("SOFTWARE_TOKEN_MFA", "[\"SOFTWARE_TOKEN_MFA\"]"), ((string)user["PreferredMfaSetting"]!, user["UserMFASettingList"]!.ToJsonString()));

        var challenge = await fixture.SignIn();
        Assert.Equal("SOFTWARE_TOKEN_MFA", (string)challenge["ChallengeName"]!);
        var used = await Fails(fixture, challenge, "SOFTWARE_TOKEN_MFA_CODE", Code(fixture, seed));
        Assert.Equal(("ExpiredCodeException", "Your software token has already been used once."), (used.Code, used.Text));
        var far = await Fails(fixture, challenge, "SOFTWARE_TOKEN_MFA_CODE", Code(fixture, seed, 2));
        Assert.Equal(("CodeMismatchException", "Invalid code received for user"), (far.Code, far.Text));
        Assert.NotNull((await Answer(fixture, challenge, "SOFTWARE_TOKEN_MFA_CODE", Code(fixture, seed, 1)))["AuthenticationResult"]);
        Assert.Equal("Invalid session for the user, session can only be used once.", (await Fails(fixture, challenge, "SOFTWARE_TOKEN_MFA_CODE", Code(fixture, seed, 1))).Text);
        fixture.Time.Advance(TimeSpan.FromSeconds(90));
        var late = await fixture.SignIn();
        fixture.Time.Advance(TimeSpan.FromMinutes(3));
        Assert.Equal("Invalid session for the user, session is expired.", (await Fails(fixture, late, "SOFTWARE_TOKEN_MFA_CODE", Code(fixture, seed))).Text);
    }

    [Fact]
    public async Task One_code_in_sixteen_sessions_at_once_lets_one_in()
    {
        await using var fixture = await Start("OPTIONAL");
        await fixture.User();
        var seed = await SetUp(fixture);
        fixture.Time.Advance(TimeSpan.FromMinutes(2));
        var challenges = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => fixture.SignIn()));
        var code = Code(fixture, seed);
        // Four sessions, each answered four times over.
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(async i =>
        {
            try
            {
                return (await Answer(fixture, challenges[i % 4], "SOFTWARE_TOKEN_MFA_CODE", code))["AuthenticationResult"] is not null;
            }
            catch (AwsJsError)
            {
                return false;
            }
        }));
        Assert.Single(answers, won => won);
    }

    [Fact]
    public async Task A_pool_that_demands_a_second_factor_sets_it_up_in_the_sign_in()
    {
        await using var fixture = await Start("ON");
        await fixture.User();
        var setup = await fixture.SignIn();
        Assert.Equal("MFA_SETUP", (string)setup["ChallengeName"]!);
        Assert.Equal("[\"SOFTWARE_TOKEN_MFA\"]", (string)setup["ChallengeParameters"]!["MFAS_CAN_SETUP"]!);
        Assert.Equal("SoftwareTokenMFANotFoundException", (await Fails(fixture, setup)).Code);
        var associated = await fixture.Call("AssociateSoftwareToken", new { Session = (string)setup["Session"]! });
        var seed = (string)associated["SecretCode"]!;
        Assert.Equal("EnableSoftwareTokenMFAException", (await fixture.Fails("VerifySoftwareToken", new { Session = (string)associated["Session"]!, UserCode = Code(fixture, seed, 9) })).Code);
        var verified = await fixture.Call("VerifySoftwareToken", new { Session = (string)associated["Session"]!, UserCode = Code(fixture, seed) });
        setup["Session"] = (string)verified["Session"]!;
        Assert.NotNull((await Answer(fixture, setup))["AuthenticationResult"]!["IdToken"]);
        Assert.Equal("SOFTWARE_TOKEN_MFA", (string)(await fixture.SignIn())["ChallengeName"]!);
        Assert.Equal("NotAuthorizedException", (await fixture.Fails("AssociateSoftwareToken", new { Session = (string)setup["Session"]! })).Code);
    }

    [Fact]
    public async Task Codes_come_by_text_message_or_mail_and_a_user_with_several_factors_chooses()
    {
        await using var fixture = await Fixture.Start(pool: new { MfaConfiguration = "OPTIONAL", SmsConfiguration = new { SnsCallerArn = "arn:aws:iam::123456789012:role/sms" } });
        await fixture.Call("SetUserPoolMfaConfig", new
        {
            UserPoolId = fixture.PoolId,
            MfaConfiguration = "OPTIONAL",
            SmsMfaConfiguration = new { SmsConfiguration = new { SnsCallerArn = "arn:aws:iam::123456789012:role/sms" } },
            EmailMfaConfiguration = new { Message = "Code: {####}", Subject = "Hello" },
        });
        await fixture.User();
        await fixture.Call("AdminUpdateUserAttributes", new { UserPoolId = fixture.PoolId, Username = "alice", UserAttributes = new[] { new { Name = "phone_number", Value = "+15550001234" } } });
        await fixture.Call("AdminSetUserMFAPreference", new { UserPoolId = fixture.PoolId, Username = "alice", SMSMfaSettings = new { Enabled = true }, EmailMfaSettings = new { Enabled = true } });
        var select = await fixture.SignIn();
        Assert.Equal("SELECT_MFA_TYPE", (string)select["ChallengeName"]!);
        Assert.Equal("[\"SMS_MFA\",\"EMAIL_OTP\"]", (string)select["ChallengeParameters"]!["MFAS_CAN_CHOOSE"]!);
        var sms = await Answer(fixture, select, "ANSWER", "SMS_MFA");
        Assert.Equal(("SMS_MFA", "SMS", "+*******1234"), ((string)sms["ChallengeName"]!, (string)sms["ChallengeParameters"]!["CODE_DELIVERY_DELIVERY_MEDIUM"]!, (string)sms["ChallengeParameters"]!["CODE_DELIVERY_DESTINATION"]!));
        var code = await fixture.MailedCode("+15550001234");
        var wrong = await Fails(fixture, sms, "SMS_MFA_CODE", code == "000000" ? "000001" : "000000");
        Assert.Equal("CodeMismatchException", wrong.Code);
        Assert.NotNull((await Answer(fixture, sms, "SMS_MFA_CODE", code))["AuthenticationResult"]);

        await fixture.Call("AdminSetUserMFAPreference", new { UserPoolId = fixture.PoolId, Username = "alice", SMSMfaSettings = new { Enabled = false }, EmailMfaSettings = new { Enabled = true, PreferredMfa = true } });
        var mail = await fixture.SignIn();
        Assert.Equal(("EMAIL_OTP", "a***@e***"), ((string)mail["ChallengeName"]!, (string)mail["ChallengeParameters"]!["CODE_DELIVERY_DESTINATION"]!));
        Assert.Equal("Hello", (await fixture.Server.Mail.List("alice@example.com"))[0].Subject);
        var right = await fixture.MailedCode("alice@example.com");
        for (var i = 0; i < 4; i++) Assert.Equal("CodeMismatchException", (await Fails(fixture, mail, "EMAIL_OTP_CODE", "x")).Code);
        Assert.NotNull((await Answer(fixture, mail, "EMAIL_OTP_CODE", right))["AuthenticationResult"]);
    }

    [Fact]
    public async Task USER_AUTH_lets_the_user_choose_the_first_factor()
    {
        await using var fixture = await Fixture.Start(
            pool: new { Policies = new { SignInPolicy = new { AllowedFirstAuthFactors = new[] { "PASSWORD", "EMAIL_OTP" } } } },
            client: new { ExplicitAuthFlows = new[] { "ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH" } });
        await fixture.User();
        Dictionary<string, string> With(params (string, string)[] more)
        {
            var parameters = new Dictionary<string, string> { ["USERNAME"] = "alice", ["SECRET_HASH"] = fixture.Hash("alice")! };
            foreach (var (name, value) in more) parameters[name] = value;
            return parameters;
        }

        Task<JsonObject> Begin(params (string, string)[] more) => fixture.Call("InitiateAuth", new { fixture.ClientId, AuthFlow = "USER_AUTH", AuthParameters = With(more) });
        var select = await Begin();
        Assert.Equal(("SELECT_CHALLENGE", "[\"PASSWORD\",\"PASSWORD_SRP\",\"EMAIL_OTP\"]"), ((string)select["ChallengeName"]!, select["AvailableChallenges"]!.ToJsonString()));
        var otp = await Answer(fixture, select, "ANSWER", "EMAIL_OTP");
        Assert.Equal("EMAIL_OTP", (string)otp["ChallengeName"]!);
        Assert.NotNull((await Answer(fixture, otp, "EMAIL_OTP_CODE", await fixture.MailedCode("alice@example.com")))["AuthenticationResult"]);
        Assert.NotNull((await Begin(("PREFERRED_CHALLENGE", "PASSWORD"), ("PASSWORD", Fixture.Password)))["AuthenticationResult"]);
        var password = await Begin(("PREFERRED_CHALLENGE", "PASSWORD"));
        Assert.Equal("PASSWORD", (string)password["ChallengeName"]!);
        Assert.NotNull((await Answer(fixture, password, "PASSWORD", Fixture.Password))["AuthenticationResult"]);
        Assert.Equal("SELECT_CHALLENGE", (string)(await Begin(("PREFERRED_CHALLENGE", "SMS_OTP")))["ChallengeName"]!);
        Assert.Equal("PASSWORD_VERIFIER", (string)(await Begin(("PREFERRED_CHALLENGE", "PASSWORD_SRP"), ("SRP_A", "abcdef")))["ChallengeName"]!);
        var passkey = await fixture.Fails("InitiateAuth", new { fixture.ClientId, AuthFlow = "USER_AUTH", AuthParameters = With(("PREFERRED_CHALLENGE", "WEB_AUTHN")) });
        Assert.Contains("passkeys", passkey.Text);
        Assert.Equal("USER_PASSWORD_AUTH flow not enabled for this client", (await fixture.SignInFails()).Text);
    }

    internal static Task<Fixture> Start(string mfa) => Begin(mfa);

    private static async Task<Fixture> Begin(string mfa)
    {
        var fixture = await Fixture.Start();
        var set = await fixture.Call("SetUserPoolMfaConfig", new { UserPoolId = fixture.PoolId, MfaConfiguration = mfa, SoftwareTokenMfaConfiguration = new { Enabled = true } });
        Assert.Equal(mfa, (string)set["MfaConfiguration"]!);
        return fixture;
    }

    /// <summary>An authenticator app for alice, preferred; its seed.</summary>
    internal static async Task<string> SetUp(Fixture fixture)
    {
        var token = (string)(await fixture.SignIn())["AuthenticationResult"]!["AccessToken"]!;
        var seed = (string)(await fixture.Call("AssociateSoftwareToken", new { AccessToken = token }))["SecretCode"]!;
        await fixture.Call("VerifySoftwareToken", new { AccessToken = token, UserCode = Code(fixture, seed) });
        await fixture.Call("SetUserMFAPreference", new { AccessToken = token, SoftwareTokenMfaSettings = new { Enabled = true, PreferredMfa = true } });
        return seed;
    }

    /// <summary>What an authenticator app shows, some steps from now.</summary>
    internal static string Code(Fixture fixture, string seed, int steps = 0)
    {
        var bits = string.Concat(seed.Select(c => Convert.ToString("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".IndexOf(c), 2).PadLeft(5, '0')));
        var bytes = Enumerable.Range(0, bits.Length / 8).Select(i => Convert.ToByte(bits.Substring(i * 8, 8), 2)).ToArray();
        return Totp.Code(bytes, fixture.Time.GetUtcNow().ToUnixTimeSeconds() / 30 + steps);
    }

    private static object Reply(Fixture fixture, JsonObject challenge, string? name, string value)
    {
        var responses = new Dictionary<string, string> { ["USERNAME"] = "alice", ["SECRET_HASH"] = fixture.Hash("alice")! };
        if (name is not null) responses[name] = value;
        return new { fixture.ClientId, ChallengeName = (string)challenge["ChallengeName"]!, Session = (string)challenge["Session"]!, ChallengeResponses = responses };
    }

    internal static Task<JsonObject> Answer(Fixture fixture, JsonObject challenge, string? name = null, string value = "") => fixture.Call("RespondToAuthChallenge", Reply(fixture, challenge, name, value));

    internal static Task<AwsJsError> Fails(Fixture fixture, JsonObject challenge, string? name = null, string value = "") => fixture.Fails("RespondToAuthChallenge", Reply(fixture, challenge, name, value));
}

using System.Text.Json.Nodes;
using Galley.Cognito.Triggers;
using Galley.Wire;
using Microsoft.Extensions.Time.Testing;

namespace Galley.Tests.Cognito;

/// <summary>Sign-up without a password, sessions that go on from a sign-up, second factors without text messages, and functions that do not answer.</summary>
public class PasswordlessTests
{
    private static readonly object Pool = new { Policies = new { SignInPolicy = new { AllowedFirstAuthFactors = new[] { "PASSWORD", "EMAIL_OTP" } } } };
    private static readonly object Client = new { ExplicitAuthFlows = new[] { "ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH" } };

    [Fact]
    public async Task A_user_signs_up_without_a_password_and_the_code_is_the_first_sign_in()
    {
        await using var fixture = await Fixture.Start(Client, Pool);
        var made = await fixture.Call("SignUp", SignUp(fixture, "bob"));
        object Confirm(string code, string? session) => new { fixture.ClientId, SecretHash = fixture.Hash("bob"), Username = "bob", ConfirmationCode = code, Session = session };
        object Onward(string session) => new { fixture.ClientId, AuthFlow = "USER_AUTH", AuthParameters = new { USERNAME = "bob", SECRET_HASH = fixture.Hash("bob") }, Session = session };
        var session = (string)made["Session"]!;
        var code = await fixture.MailedCode("bob@example.com");
        // the sign-up's session alone lets nobody in, and a wrong code leaves it
        Assert.Equal(("NotAuthorizedException", "Invalid session for the user."), (await fixture.Fails("InitiateAuth", Onward(session))) is { } early ? (early.Code, early.Text) : default);
        Assert.Equal("CodeMismatchException", (await fixture.Fails("ConfirmSignUp", Confirm("x", session))).Code);
        Assert.Equal("NotAuthorizedException", (await fixture.Fails("ConfirmSignUp", Confirm(code, "a session that nobody gave"))).Code);
        var confirmed = (string)(await fixture.Call("ConfirmSignUp", Confirm(code, session)))["Session"]!;
        Assert.Equal("NotAuthorizedException", (await fixture.Fails("InitiateAuth", new { fixture.ClientId, AuthFlow = "USER_PASSWORD_AUTH", AuthParameters = fixture.Login("bob"), Session = confirmed })).Code);
        var tokens = (await fixture.Call("InitiateAuth", Onward(confirmed)))["AuthenticationResult"]!;
        Assert.Equal("bob@example.com", (string)Fixture.Claims((string)tokens["IdToken"]!)["email"]!);
        Assert.Equal("Invalid session for the user, session can only be used once.", (await fixture.Fails("InitiateAuth", Onward(confirmed))).Text);

        // afterwards by a mailed code; there is no password to be right
        var begun = await fixture.Call("InitiateAuth", new { fixture.ClientId, AuthFlow = "USER_AUTH", AuthParameters = new { USERNAME = "bob", SECRET_HASH = fixture.Hash("bob") } });
        Assert.Equal("""["EMAIL_OTP"]""", begun["AvailableChallenges"]!.ToJsonString());
        Assert.Equal("NotAuthorizedException", (await fixture.SignInFails("bob")).Code);
    }

    [Fact]
    public async Task A_session_of_a_sign_up_ends_with_its_time_and_needs_USER_AUTH()
    {
        await using var fixture = await Fixture.Start(Client, Pool);
        var session = (string)(await fixture.Call("SignUp", SignUp(fixture, "bob")))["Session"]!;
        fixture.Time.Advance(TimeSpan.FromMinutes(3));
        var late = await fixture.Fails("ConfirmSignUp", new { fixture.ClientId, SecretHash = fixture.Hash("bob"), Username = "bob", ConfirmationCode = await fixture.MailedCode("bob@example.com"), Session = session });
        Assert.Equal("Invalid session for the user, session is expired.", late.Text);
        // the code is still good, and gives a session of its own: Amplify sends none and goes on with it
        Assert.NotNull((await fixture.Call("ConfirmSignUp", new { fixture.ClientId, SecretHash = fixture.Hash("bob"), Username = "bob", ConfirmationCode = await fixture.MailedCode("bob@example.com") }))["Session"]);
        await using var old = await Fixture.Start(pool: Pool);
        Assert.Equal("InvalidParameterException", (await old.Fails("SignUp", SignUp(old, "bob"))).Code);
        await using var usual = await Fixture.Start(Client);
        Assert.Equal("InvalidParameterException", (await usual.Fails("SignUp", SignUp(usual, "bob"))).Code);
        await usual.Call("SignUp", new { usual.ClientId, SecretHash = usual.Hash("bob"), Username = "bob", Fixture.Password, UserAttributes = new[] { new { Name = "email", Value = "bob@example.com" } } });
        Assert.Null((await usual.Call("ConfirmSignUp", new { usual.ClientId, SecretHash = usual.Hash("bob"), Username = "bob", ConfirmationCode = await usual.MailedCode("bob@example.com") }))["Session"]);
    }

    [Fact]
    public async Task An_administrator_makes_a_user_without_a_password_where_the_pool_needs_none()
    {
        await using var fixture = await Fixture.Start(Client, Pool);
        var user = (await fixture.Call("AdminCreateUser", new { UserPoolId = fixture.PoolId, Username = "tom", UserAttributes = new[] { new { Name = "email", Value = "tom@example.com" }, new { Name = "email_verified", Value = "true" } } }))["User"]!;
        Assert.Equal("CONFIRMED", (string)user["UserStatus"]!);
        Assert.Empty(await fixture.Server.Mail.List("tom@example.com"));
        var challenge = await fixture.Call("InitiateAuth", new { fixture.ClientId, AuthFlow = "USER_AUTH", AuthParameters = new { USERNAME = "tom", PREFERRED_CHALLENGE = "EMAIL_OTP", SECRET_HASH = fixture.Hash("tom") } });
        var answer = new { fixture.ClientId, ChallengeName = "EMAIL_OTP", Session = (string)challenge["Session"]!, ChallengeResponses = new { USERNAME = "tom", EMAIL_OTP_CODE = await fixture.MailedCode("tom@example.com"), SECRET_HASH = fixture.Hash("tom") } };
        Assert.NotNull((await fixture.Call("RespondToAuthChallenge", answer))["AuthenticationResult"]);
        Assert.Equal("FORCE_CHANGE_PASSWORD", (string)(await fixture.Call("AdminCreateUser", new { UserPoolId = fixture.PoolId, Username = "tim", TemporaryPassword = "Temp0rary!", MessageAction = "SUPPRESS" }))["User"]!["UserStatus"]!);
    }

    [Fact]
    public async Task A_second_factor_without_text_messages_is_set_by_its_own_operation()
    {
        const string refusal = "SMS configuration and Auto verification for phone_number are required when MFA is required/optional";
        await using var fixture = await Fixture.Start();
        foreach (var mode in (string[])["ON", "OPTIONAL"])
            Assert.Equal(("InvalidParameterException", refusal), (await fixture.Fails("CreateUserPool", new { PoolName = "p", MfaConfiguration = mode })) is { } error ? (error.Code, error.Text) : default);
        Assert.Equal(refusal, (await fixture.Fails("UpdateUserPool", new { UserPoolId = fixture.PoolId, MfaConfiguration = "ON" })).Text);
        Assert.Equal("Invalid MFA configuration given, can't disable all MFAs with a required or optional configuration.", (await fixture.Fails("SetUserPoolMfaConfig", new { UserPoolId = fixture.PoolId, MfaConfiguration = "ON" })).Text);
        await fixture.Call("SetUserPoolMfaConfig", new { UserPoolId = fixture.PoolId, MfaConfiguration = "ON", SoftwareTokenMfaConfiguration = new { Enabled = true } });
        await fixture.Call("UpdateUserPool", new { UserPoolId = fixture.PoolId, MfaConfiguration = "ON" });
        var sms = new { SnsCallerArn = "arn:aws:iam::123456789012:role/sms" };
        Assert.Equal("ON", (string)(await fixture.Call("CreateUserPool", new { PoolName = "p", MfaConfiguration = "ON", SmsConfiguration = sms }))["UserPool"]!["MfaConfiguration"]!);
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("slow", 2)]
    [InlineData("slow slow", 3)]
    [InlineData("slow slow slow", 3)]
    [InlineData("TooManyRequestsException", 2)]
    [InlineData("ResourceNotFoundException", 1)]
    public async Task A_trigger_that_does_not_answer_is_tried_three_times(string mishaps, int tries)
    {
        var time = new FakeTimeProvider();
        await using var installation = Installations.Open(new GalleyOptions { Time = time });
        var functions = new Unwilling(time, mishaps.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        var pool = Galley.Cognito.PoolRules.Apply(new Galley.Cognito.UserPool { Id = "eu-west-2_a", Name = "p", Arn = "arn:aws:cognito-idp:eu-west-2:123456789012:userpool/eu-west-2_a", CreationDate = default, LastModifiedDate = default, SchemaAttributes = [] }, new Galley.Cognito.PoolSettings());
        var run = new TriggerCall(installation, functions).Run(new TriggerEvent("PreSignUp", "PreSignUp_SignUp", pool, "c", "bob", _ => { }), "arn:aws:lambda:eu-west-2:123456789012:function:f");
        if (mishaps is "slow slow slow") Assert.Equal("PreSignUp invocation failed due to error Socket timeout while invoking Lambda function.", (await Assert.ThrowsAsync<AwsError>(() => run.AsTask())).Message);
        else if (mishaps is "ResourceNotFoundException") Assert.Equal("UnexpectedLambdaException", (await Assert.ThrowsAsync<AwsError>(() => run.AsTask())).Code);
        else await run;
        Assert.Equal(tries, functions.Tried);
    }

    private static object SignUp(Fixture fixture, string name)
        => new { fixture.ClientId, SecretHash = fixture.Hash(name), Username = name, UserAttributes = new[] { new { Name = "email", Value = name + "@example.com" } } };

    private sealed class Unwilling(FakeTimeProvider time, string[] mishaps) : Galley.Cognito.IInvokeTriggers
    {
        public int Tried { get; private set; }

        public async ValueTask<Galley.Cognito.TriggerResult> Invoke(string functionArn, string poolArn, ReadOnlyMemory<byte> payload, CancellationToken cancel)
        {
            var mishap = mishaps.ElementAtOrDefault(Tried++);
            if (mishap == "slow") time.Advance(TimeSpan.FromSeconds(5));
            else if (mishap is not null) throw new AwsError(mishap, "");
            await Task.Delay(0, cancel);
            cancel.ThrowIfCancellationRequested();
            return new Galley.Cognito.TriggerResult("""{"response":{}}"""u8.ToArray(), Failed: false);
        }

        public ValueTask Enqueue(string functionArn, string poolArn, ReadOnlyMemory<byte> payload) => throw new NotSupportedException();
    }
}

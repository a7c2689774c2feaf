using System.Text.Json.Nodes;

namespace Galley.Tests.Cognito;

/// <summary>Cognito's own words: code and text of each refusal that clients show or match on, and the default letters. The security rows' are in SignInRowsTests.</summary>
public class WordsTests
{
    [Fact]
    public async Task Refusals_say_what_AWS_says()
    {
        await using var fixture = await Fixture.Start(new { ExplicitAuthFlows = new[] { "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH" }, PreventUserExistenceErrors = "LEGACY" });
        var (poolId, clientId) = (fixture.PoolId, fixture.ClientId);
        await fixture.User();
        await User("unproved", verified: false, permanent: true);
        await User("temporary", verified: true, permanent: false);
        await User("disabled", verified: true, permanent: true);
        await fixture.Call("AdminDisableUser", new { UserPoolId = poolId, Username = "disabled" });
        await User("reset", verified: true, permanent: true);
        await fixture.Call("AdminResetUserPassword", new { UserPoolId = poolId, Username = "reset" });
        await fixture.Call("SignUp", SignUp("new", "new@example.com"));
        await fixture.Call("CreateGroup", new { UserPoolId = poolId, GroupName = "cooks" });
        var aliases = await Client(new { PoolName = "aliases", AliasAttributes = new[] { "email", "phone_number" } });
        var either = await Client(new { PoolName = "either", UsernameAttributes = new[] { "email", "phone_number" } });
        var closed = await Client(new { PoolName = "closed", AdminCreateUserConfig = new { AllowAdminCreateUserOnly = true } });
        var hosted = (string)(await fixture.Exchange(await fixture.Code())).Body["access_token"]!;
        var refresh = (string)(await fixture.SignIn())["AuthenticationResult"]!["RefreshToken"]!;

        await Says("InvalidParameterException", "Username cannot be of email format, since user pool is configured for email alias.", "SignUp", new { ClientId = aliases, Username = "a@example.com", Fixture.Password });
        await Says("InvalidParameterException", "Username cannot be of phone number format, since user pool is configured for phone number alias.", "SignUp", new { ClientId = aliases, Username = "+441632960001", Fixture.Password });
        await Says("InvalidParameterException", "Username should be either an email or a phone number.", "SignUp", new { ClientId = either, Username = "bob", Fixture.Password });
        await Says("NotAuthorizedException", "SignUp is not permitted for this user pool", "SignUp", new { ClientId = closed, Username = "bob", Fixture.Password });
        await Says("InvalidParameterException", "Attributes did not conform to the schema: email: The attribute is required\n", "SignUp", new { ClientId = clientId, SecretHash = fixture.Hash("bob"), Username = "bob", Fixture.Password });
        await Says("UsernameExistsException", "User already exists", "SignUp", SignUp("alice", "other@example.com"));
        await Says("UsernameExistsException", "User account already exists", "AdminCreateUser", new { UserPoolId = poolId, Username = "alice" });
        await Says("UnsupportedUserStateException", "Resend not possible. alice status is not FORCE_CHANGE_PASSWORD", "AdminCreateUser", new { UserPoolId = poolId, Username = "alice", MessageAction = "RESEND" });
        await Says("UserNotFoundException", "Username/client id combination not found.", "ConfirmSignUp", new { ClientId = clientId, SecretHash = fixture.Hash("nobody"), Username = "nobody", ConfirmationCode = "123456" });
        await Says("UserNotFoundException", "Username/client id combination not found.", "ResendConfirmationCode", Named("nobody"));
        await Says("InvalidParameterException", "User is already confirmed.", "ResendConfirmationCode", Named("alice"));
        await Says("NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED", "AdminConfirmSignUp", new { UserPoolId = poolId, Username = "alice" });
        await Says("InvalidParameterException", "Cannot reset password for the user as there is no registered/verified email or phone_number", "ForgotPassword", Named("unproved"));
        await Says("NotAuthorizedException", "User password cannot be reset in the current state.", "ForgotPassword", Named("temporary"));
        await Says("NotAuthorizedException", "Access Token does not have required scopes", "GetUser", new { AccessToken = hosted });
        await Says("NotAuthorizedException", "Invalid Access Token", "GetUser", new { AccessToken = "a.b.c" });
        await Says("ResourceNotFoundException", "User pool client 00000000000000000000000000 does not exist.", "DescribeUserPoolClient", new { UserPoolId = poolId, ClientId = "00000000000000000000000000" });
        await Says("ResourceNotFoundException", "User pool eu-west-2_nopool123 does not exist.", "DescribeUserPool", new { UserPoolId = "eu-west-2_nopool123" });
        await Says("GroupExistsException", "A group with the name already exists.", "CreateGroup", new { UserPoolId = poolId, GroupName = "cooks" });
        await Says("ResourceNotFoundException", "Group not found.", "GetGroup", new { UserPoolId = poolId, GroupName = "guests" });
        await Says("InvalidParameterException", "Error while parsing filter. Please check your filter syntax and try again.", "ListUsers", new { UserPoolId = poolId, Filter = "custom:a = \"b\"" });
        await Says("NotAuthorizedException", "User is disabled.", "InitiateAuth", SignIn("disabled"));
        await Says("PasswordResetRequiredException", "Password reset required for the user", "InitiateAuth", SignIn("reset"));
        await Says("UserNotConfirmedException", "User is not confirmed.", "InitiateAuth", SignIn("new"));
        await Says("NotAuthorizedException", "Incorrect username or password.", "InitiateAuth", SignIn("new", "Wr0ng-one!"));
        await Says("UserNotFoundException", "User does not exist.", "InitiateAuth", SignIn("nobody"));
        await Says("InvalidParameterException", "Missing required parameter USERNAME", "InitiateAuth", new { ClientId = clientId, AuthFlow = "USER_PASSWORD_AUTH", AuthParameters = new { PASSWORD = "x" } });
        await Says("InvalidParameterException", "USER_SRP_AUTH flow not enabled for this client", "InitiateAuth", new { ClientId = clientId, AuthFlow = "USER_SRP_AUTH", AuthParameters = new { USERNAME = "alice", SRP_A = "1" } });
        await Says("NotAuthorizedException", "Invalid Refresh Token", "InitiateAuth", Refresh("x"));
        await Says("InvalidOAuthFlowException", "openid is not supported with client_credentials flow", "CreateUserPoolClient", new { UserPoolId = poolId, ClientName = "machine", GenerateSecret = true, AllowedOAuthFlows = new[] { "client_credentials" }, AllowedOAuthScopes = new[] { "openid" }, AllowedOAuthFlowsUserPoolClient = true });
        await Says("InvalidParameterException", "1 validation error detected: Value '[code, token]' at 'allowedOAuthFlows' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [implicit, client_credentials, code]]", "CreateUserPoolClient", new { UserPoolId = poolId, ClientName = "c", AllowedOAuthFlows = new[] { "code", "token" } });

        fixture.Time.Advance(TimeSpan.FromDays(7));
        await Says("NotAuthorizedException", "Temporary password has expired and must be reset by an administrator.", "InitiateAuth", SignIn("temporary"));
        fixture.Time.Advance(TimeSpan.FromDays(23));
        await Says("NotAuthorizedException", "Refresh Token has expired", "InitiateAuth", Refresh(refresh));

        async Task Says(string code, string text, string operation, object input)
        {
            var error = await fixture.Fails(operation, input);
            Assert.Equal((operation, 400, code, text), (operation, error.Status, error.Code, error.Text));
        }

        async Task User(string name, bool verified, bool permanent)
        {
            await fixture.Call("AdminCreateUser", new { UserPoolId = poolId, Username = name, MessageAction = "SUPPRESS", TemporaryPassword = Fixture.Password, UserAttributes = new[] { new { Name = "email", Value = name + "@example.com" }, new { Name = "email_verified", Value = verified ? "true" : "false" } } });
            if (permanent) await fixture.Call("AdminSetUserPassword", new { UserPoolId = poolId, Username = name, Fixture.Password, Permanent = true });
        }

        async Task<string> Client(object pool)
        {
            var id = (string)(await fixture.Call("CreateUserPool", pool))["UserPool"]!["Id"]!;
            return (string)(await fixture.Call("CreateUserPoolClient", new { UserPoolId = id, ClientName = "c" }))["UserPoolClient"]!["ClientId"]!;
        }

        object Named(string name) => new { ClientId = clientId, SecretHash = fixture.Hash(name), Username = name };
        object SignUp(string name, string email) => new { ClientId = clientId, SecretHash = fixture.Hash(name), Username = name, Fixture.Password, UserAttributes = new[] { new { Name = "email", Value = email } } };
        object SignIn(string name, string password = Fixture.Password) => new { ClientId = clientId, AuthFlow = "USER_PASSWORD_AUTH", AuthParameters = fixture.Login(name, password) };
        object Refresh(string token) => new { ClientId = clientId, AuthFlow = "REFRESH_TOKEN_AUTH", AuthParameters = new { REFRESH_TOKEN = token, SECRET_HASH = fixture.Hash("alice") } };
    }

    [Fact]
    public async Task Letters_have_AWSs_words_unless_the_pool_has_its_own()
    {
        await using var fixture = await Fixture.Start();
        object SignUp(string name) => new { fixture.ClientId, SecretHash = fixture.Hash(name), Username = name, Fixture.Password, UserAttributes = new[] { new { Name = "email", Value = name + "@example.com" } } };
        object Admin(string name) => new { UserPoolId = fixture.PoolId, Username = name, TemporaryPassword = "Temp0rary!", DesiredDeliveryMediums = new[] { "EMAIL" }, UserAttributes = new[] { new { Name = "email", Value = name + "@example.com" } } };
        await fixture.Call("SignUp", SignUp("bob"));
        await Letter("bob", "Your verification code", "^Your verification code is [0-9]{6}\\.$");
        await fixture.Call("ConfirmSignUp", new { fixture.ClientId, SecretHash = fixture.Hash("bob"), Username = "bob", ConfirmationCode = await fixture.MailedCode("bob@example.com") });
        await fixture.Call("ForgotPassword", new { fixture.ClientId, SecretHash = fixture.Hash("bob"), Username = "bob" });
        await Letter("bob", "Your password reset code", "^Your password reset code is [0-9]{6}\\.$");
        await fixture.Call("AdminCreateUser", Admin("tom"));
        await Letter("tom", "Your temporary password", "^Your username is tom and temporary password is Temp0rary!\\.$");
        await fixture.Call("SetUserPoolMfaConfig", new { UserPoolId = fixture.PoolId, MfaConfiguration = "ON", EmailMfaConfiguration = new { } });
        await fixture.SignIn("bob");
        await Letter("bob", "Your authentication code", "^Your authentication code is [0-9]{6}\\.$");

        await fixture.Call("SetUserPoolMfaConfig", new { UserPoolId = fixture.PoolId, MfaConfiguration = "OFF" });
        var settings = new JsonObject
        {
            ["UserPoolId"] = fixture.PoolId,
            ["AutoVerifiedAttributes"] = new JsonArray("email"),
            ["VerificationMessageTemplate"] = new JsonObject { ["DefaultEmailOption"] = "CONFIRM_WITH_LINK" },
            ["AdminCreateUserConfig"] = new JsonObject { ["InviteMessageTemplate"] = new JsonObject { ["EmailSubject"] = "Welcome", ["EmailMessage"] = "{username}, use {####}" } },
            ["EmailConfiguration"] = new JsonObject { ["EmailSendingAccount"] = "COGNITO_DEFAULT" },
        };
        await fixture.Call("UpdateUserPool", settings);
        await fixture.Call("SignUp", SignUp("eve"));
        await Letter("eve", "Your verification link", "Please click the link below to verify your email address\\. .*Verify Email");
        await fixture.Call("AdminCreateUser", Admin("kim"));
        await Letter("kim", "Welcome", "^kim, use Temp0rary!$");

        async Task Letter(string name, string subject, string text)
        {
            var mail = (await fixture.Server.Mail.List(name + "@example.com"))[0];
            Assert.Equal(("no-reply@verificationemail.com", subject), (mail.From, mail.Subject));
            Assert.Matches(text, mail.Text.Trim());
        }
    }
}

using System.Diagnostics;
using System.Text.Json.Nodes;
using Galley.Tests.Lambda;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Galley.Tests.Cognito;

/// <summary>Amplify JS v6 and boto3, with nothing but their configuration: every flow they have.</summary>
public class AmplifyTests(Tutorial.Browser browser) : IClassFixture<Tutorial.Browser>
{
    private const string CustomTriggers = """
        def lambda_handler(event, context):
            source, request, response = event["triggerSource"], event["request"], event["response"]
            if source.startswith("Define"):
                rounds = [(r["challengeName"], r["challengeResult"]) for r in request["session"]]
                response.update(issueTokens=False, failAuthentication=False)
                if rounds == [("SRP_A", True)]: response["challengeName"] = "PASSWORD_VERIFIER"
                elif rounds and rounds[-1] == ("CUSTOM_CHALLENGE", True): response["issueTokens"] = True
                elif len(rounds) >= 4: response["failAuthentication"] = True
                else: response["challengeName"] = "CUSTOM_CHALLENGE"
            if source.startswith("Create"): response.update(publicChallengeParameters={"q": "6*7"}, privateChallengeParameters={"answer": "42"})
            if source.startswith("Verify"): response["answerCorrect"] = request["challengeAnswer"] == request["privateChallengeParameters"]["answer"]
            return event
        """;

    [Fact]
    public async Task Amplify_signs_up_in_and_out_unchanged()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, PasswordRounds = 10 });
        var js = new AwsJs(server);
        Task<JsonObject> Call(string command, object input) => js.Call("cognito-identity-provider", command, input);
        var pool = (string)(await Call("CreateUserPool", new
        {
            PoolName = "p",
            AutoVerifiedAttributes = new[] { "email" },
            Policies = new { SignInPolicy = new { AllowedFirstAuthFactors = new[] { "PASSWORD", "EMAIL_OTP" } } },
            DeviceConfiguration = new { ChallengeRequiredOnNewDevice = false, DeviceOnlyRememberedOnUserPrompt = true },
        }))["UserPool"]!["Id"]!;
        await Call("SetUserPoolMfaConfig", new { UserPoolId = pool, MfaConfiguration = "OPTIONAL", SoftwareTokenMfaConfiguration = new { Enabled = true } });
        var client = (string)(await Call("CreateUserPoolClient", new { UserPoolId = pool, ClientName = "c", PreventUserExistenceErrors = "ENABLED", ExplicitAuthFlows = new[] { "ALLOW_USER_SRP_AUTH", "ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH" } }))["UserPoolClient"]!["ClientId"]!;
        await Call("AdminCreateUser", new { UserPoolId = pool, Username = "tom", TemporaryPassword = "Temp0rary!", MessageAction = "SUPPRESS" });
        var told = await Amplify(server, pool, client);
        Assert.Equal("""
            {"signUp":["CONFIRM_SIGN_UP","COMPLETE_AUTO_SIGN_IN","DONE"],"srp":"DONE","user":"bob","email":"bob@example.com","refreshed":true,"attributes":["email","email_verified","name","sub"],"device":"DONE","devices":1,"mfa":{"preferred":"TOTP","enabled":["TOTP"]},"totp":["CONFIRM_SIGN_IN_WITH_TOTP_CODE","DONE"],"signedOut":"UserUnAuthenticatedException","reset":"CONFIRM_RESET_PASSWORD_WITH_CODE","wrong":"NotAuthorizedException","password":"DONE","code":["CONFIRM_SIGN_IN_WITH_EMAIL_CODE","DONE"],"temporary":["CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED","DONE"]}
            """, told);
        Assert.Equal("UserNotFoundException", (await js.Fails("cognito-identity-provider", "AdminGetUser", new { UserPoolId = pool, Username = "bob" })).Code);
    }

    [Fact]
    public async Task Amplify_answers_custom_challenges_after_a_password_and_without_one()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012", PasswordRounds = 10 });
        var js = new AwsJs(server);
        Task<JsonObject> Call(string command, object input) => js.Call("cognito-identity-provider", command, input);
        var functions = new TestFunctions(server);
        var function = (string)(await functions.Python("custom", CustomTriggers, await functions.Role("custom-role")))["FunctionArn"]!;
        var made = (await Call("CreateUserPool", new { PoolName = "p", LambdaConfig = new { DefineAuthChallenge = function, CreateAuthChallenge = function, VerifyAuthChallengeResponse = function } }))["UserPool"]!;
        await js.Call("lambda", "AddPermission", new { FunctionName = "custom", StatementId = "pool", Action = "lambda:InvokeFunction", Principal = "cognito-idp.amazonaws.com", SourceArn = (string)made["Arn"]! });
        var pool = (string)made["Id"]!;
        var client = (string)(await Call("CreateUserPoolClient", new { UserPoolId = pool, ClientName = "c", ExplicitAuthFlows = new[] { "ALLOW_CUSTOM_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH" } }))["UserPoolClient"]!["ClientId"]!;
        await Call("AdminCreateUser", new { UserPoolId = pool, Username = "alice", MessageAction = "SUPPRESS" });
        await Call("AdminSetUserPassword", new { UserPoolId = pool, Username = "alice", Fixture.Password, Permanent = true });
        Assert.Equal("""
            {"withPassword":["CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE","DONE"],"wrongPassword":"NotAuthorizedException","without":["CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE","CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE","DONE"]}
            """, await Amplify(server, pool, client, "custom"));
    }

    [Fact]
    public async Task Amplify_goes_to_the_sign_in_pages_and_comes_back()
    {
        var app = $"http://localhost:{FreePort.Next()}/";
        await using var fixture = await Fixture.Start(client: new { CallbackURLs = new[] { app }, LogoutURLs = new[] { app }, AllowedOAuthScopes = new[] { "openid", "email", "profile", "aws.cognito.signin.user.admin" } }, secret: false);
        fixture.Time.SetUtcNow(DateTimeOffset.UtcNow); // Amplify lives by the machine's clock
        await fixture.User();
        var script = await Bundle();
        await using var site = ForeignClientsTests.Site(app, $$$"""
            <!doctype html><title>app</title><script>{{{script}}}</script><script>
            amplify.Amplify.configure({ Auth: { Cognito: { userPoolId: '{{{fixture.PoolId}}}', userPoolClientId: '{{{fixture.ClientId}}}', userPoolEndpoint: 'http://localhost:{{{fixture.Server.Port}}}/',
              loginWith: { oauth: { domain: 'cook-recipes-app.auth.eu-west-2.localhost:{{{fixture.Server.Port}}}', scopes: ['openid', 'email', 'profile', 'aws.cognito.signin.user.admin'], redirectSignIn: ['{{{app}}}'], redirectSignOut: ['{{{app}}}'], responseType: 'code' } } } } });
            </script>
            """);
        await site.StartAsync();
        // Amplify always takes https to the pages; the certificate is our own authority's.
        var page = await (await browser.NewContext(https: true)).NewPageAsync();
        await page.GotoAsync(app);
        await page.EvaluateAsync("() => { amplify.signInWithRedirect(); }");
        await page.WaitForURLAsync("**/login?**");
        await page.FillAsync("#username", "alice");
        await page.FillAsync("#password", Fixture.Password);
        await page.ClickAsync("button.submitButton-customizable");
        await page.WaitForURLAsync(app + "**");
        Assert.Equal("alice@example.com", await page.EvaluateAsync<string>("amplify.fetchAuthSession().then(session => session.tokens.idToken.payload.email)"));
        Assert.Equal("alice", await page.EvaluateAsync<string>("amplify.fetchAuthSession({ forceRefresh: true }).then(() => amplify.getCurrentUser()).then(user => user.username)"));
        // Amplify forgets its tokens first, and then goes to the pages to end the log-in there.
        var loggedOut = page.WaitForResponseAsync(response => new Uri(response.Url).AbsolutePath == "/logout");
        await page.EvaluateAsync("() => { amplify.signOut(); }");
        await loggedOut;
        await page.WaitForURLAsync(app + "**");
        await page.WaitForFunctionAsync("async () => !(await amplify.fetchAuthSession()).tokens");
        await page.GotoAsync($"https://cook-recipes-app.auth.eu-west-2.localhost:{fixture.Server.Port}/login?{fixture.LoginQuery(redirect: Uri.EscapeDataString(app))}");
        Assert.Equal(1, await page.Locator("#password").CountAsync());
    }

    [Fact]
    public async Task Boto3_signs_in()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, PasswordRounds = 10 });
        if ((await Run("python3", ["-c", "import boto3"], server)).Code != 0) Assert.Skip("boto3 is not installed");
        var (code, printed, error) = await Run("python3", ["cognito.py"], server);
        Assert.True(code == 0, error);
        Assert.Equal("""
            Bearer 3600 ann
            False ann
            SUCCESS
            SOFTWARE_TOKEN_MFA ['AccessToken', 'ExpiresIn', 'IdToken', 'RefreshToken', 'TokenType']
            400 NotAuthorizedException 400 NotAuthorizedException
            FORCE_CHANGE_PASSWORD NEW_PASSWORD_REQUIRED Bearer
            [3, 3, 1] [4, 3]
            [['ann'], ['tom']] ['tom']
            400 InvalidSignatureException
            """, printed);
    }

    private static async Task<string> Amplify(GalleyServer server, string pool, string client, params string[] more)
    {
        var (code, printed, error) = await Run("node", ["amplify.mjs", server.Endpoint.ToString(), pool, client, .. more], server);
        Assert.True(code == 0, error);
        return printed;
    }

    private static async Task<string> Bundle()
    {
        var (code, printed, error) = await Run(Path.Combine(Repository.Root, "tests", "clients", "node_modules", ".bin", "esbuild"), ["amplify-site.mjs", "--bundle", "--minify", "--format=iife", "--global-name=amplify", "--log-level=error"], null);
        Assert.True(code == 0, error);
        return printed.Replace("</script", "<\\/script", StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Out, string Error)> Run(string program, string[] arguments, GalleyServer? server)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = Path.Combine(Repository.Root, "tests", "clients"), RedirectStandardOutput = true, RedirectStandardError = true };
        if (server is not null)
            foreach (var (name, value) in ((string, string)[])[("AWS_ENDPOINT_URL", server.Endpoint.ToString()), ("AWS_REGION", server.Region), ("AWS_DEFAULT_REGION", server.Region), ("AWS_ACCESS_KEY_ID", server.AccessKeyId), ("AWS_SECRET_ACCESS_KEY", server.SecretAccessKey)])
                start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var printed = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, printed.Trim(), await error);
    }
}

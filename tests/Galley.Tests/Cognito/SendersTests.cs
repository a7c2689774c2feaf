using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Galley.Tests.CloudFormation;
using Galley.Tests.Iam;
using Galley.Tests.Lambda;

namespace Galley.Tests.Cognito;

/// <summary>
/// The custom e-mail and SMS senders: functions that get every code encrypted under the pool's KMS key and deliver it themselves.
/// https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-custom-sender-triggers.html
/// </summary>
public class SendersTests
{
    private const string Phone = "+15550001234", Wrong = "arn:aws:kms:eu-west-2:123456789012:key/00000000-0000-4000-8000-000000000000";

    /// <summary>The whole of it with nothing of ours inside: an ordinary Node function with the AWS Encryption SDK and a role of its own.</summary>
    [Fact]
    public async Task A_node_function_opens_the_code_and_the_user_confirms_with_it()
    {
        await using var functions = await TestFunctions.Start();
        var (js, server) = (functions.Js, functions.Server);
        var key = (string)(await js.Call("kms", "CreateKey"))["KeyMetadata"]!["Arn"]!;
        await js.Call("s3", "CreateBucket", new { Bucket = "delivered", CreateBucketConfiguration = new { LocationConstraint = server.Region } });
        var role = await functions.Role("sender", "kms:Decrypt", "s3:PutObject");
        var arn = (string)(await functions.Create("sender", "nodejs20.x", "index.handler", TestFunctions.Zip(("index.js", await Bundle())), role, made =>
        {
            made["Timeout"] = 60;
            made["Environment"] = new JsonObject { ["Variables"] = new JsonObject { ["KEY_ARN"] = key, ["BUCKET"] = "delivered" } };
        }))["FunctionArn"]!;
        var pool = (string)(await js.Call("cognito-identity-provider", "CreateUserPool", new JsonObject { ["PoolName"] = "p", ["AutoVerifiedAttributes"] = new JsonArray("email"), ["LambdaConfig"] = Senders.Config(arn, key, "CustomEmailSender") }))["UserPool"]!["Id"]!;
        await js.Call("lambda", "AddPermission", new { FunctionName = "sender", StatementId = "pool", Action = "lambda:InvokeFunction", Principal = "cognito-idp.amazonaws.com", SourceArn = $"arn:aws:cognito-idp:eu-west-2:123456789012:userpool/{pool}" });
        var client = (string)(await js.Call("cognito-identity-provider", "CreateUserPoolClient", new { UserPoolId = pool, ClientName = "c" }))["UserPoolClient"]!["ClientId"]!;
        var answer = await js.Call("cognito-identity-provider", "SignUp", new { ClientId = client, Username = "bob", Fixture.Password, UserAttributes = new[] { new { Name = "email", Value = "bob@example.com" } }, ClientMetadata = new { lang = "fr" } });
        Assert.Equal(("EMAIL", "b***@e***"), ((string)answer["CodeDeliveryDetails"]!["DeliveryMedium"]!, (string)answer["CodeDeliveryDetails"]!["Destination"]!));

        var delivered = JsonNode.Parse(await Delivered("CustomEmailSender_SignUp"))!;
        var @event = delivered["event"]!;
        Assert.Equal(("1", "CustomEmailSender_SignUp", server.Region, pool, "bob", client),
            ((string)@event["version"]!, (string)@event["triggerSource"]!, (string)@event["region"]!, (string)@event["userPoolId"]!, (string)@event["userName"]!, (string)@event["callerContext"]!["clientId"]!));
        var request = @event["request"]!.AsObject();
        Assert.Equal(["type", "code", "clientMetadata", "userAttributes"], request.Select(member => member.Key));
        Assert.Equal(("customEmailSenderRequestV1", "fr", "bob@example.com", "UNCONFIRMED"), ((string)request["type"]!, (string)request["clientMetadata"]!["lang"]!, (string)request["userAttributes"]!["email"]!, (string)request["userAttributes"]!["cognito:user_status"]!));
        // what AWS writes itself: AES-256-GCM, HKDF and ECDSA P-384, bound to the pool
        Assert.Equal(0x0378, (int)delivered["suite"]!);
        Assert.Equal(pool, (string)delivered["context"]!["userpool-id"]!);
        Assert.StartsWith("AYADe", (string)request["code"]!, StringComparison.Ordinal);
        Assert.Matches("^[0-9]{6}$", (string)delivered["code"]!);
        Assert.Empty(await server.Mail.List("bob@example.com"));
        await js.Call("cognito-identity-provider", "ConfirmSignUp", new { ClientId = client, Username = "bob", ConfirmationCode = (string)delivered["code"]! });

        await js.Call("cognito-identity-provider", "AdminCreateUser", new { UserPoolId = pool, Username = "tom", TemporaryPassword = "Temp0rary!", DesiredDeliveryMediums = new[] { "EMAIL" }, UserAttributes = new[] { new { Name = "email", Value = "tom@example.com" } } });
        Assert.Equal("Temp0rary!", (string)JsonNode.Parse(await Delivered("CustomEmailSender_AdminCreateUser"))!["code"]!);

        async Task<string> Delivered(string source)
        {
            for (var i = 0; i < 1500; i++)
                try
                {
                    return await functions.Text("delivered", source);
                }
                catch (AwsJsError e) when (e.Code == "NoSuchKey")
                {
                    await Task.Delay(20); // it runs asynchronously
                }

            throw new TimeoutException((await js.Call("cloudwatch-logs", "FilterLogEvents", new { logGroupName = "/aws/lambda/sender" })).ToJsonString());
        }
    }

    [Fact]
    public async Task Every_mail_of_the_API_goes_to_the_function_and_none_to_the_inbox()
    {
        await using var fixture = await Fixture.Start();
        await using var senders = await Senders.Start(fixture);
        object Named(string name) => new { fixture.ClientId, SecretHash = fixture.Hash(name), Username = name };
        async Task SignUp(string name) => await fixture.Call("SignUp", new { fixture.ClientId, SecretHash = fixture.Hash(name), Username = name, Fixture.Password, UserAttributes = new[] { new { Name = "email", Value = name + "@example.com" } } });

        await SignUp("bob");
        await senders.Code("CustomEmailSender_SignUp");
        await fixture.Call("ResendConfirmationCode", Named("bob"));
        var resent = await senders.Next();
        Assert.Equal(("CustomEmailSender_ResendCode", "bob@example.com", fixture.PoolId), ((string)resent["triggerSource"]!, (string)resent["request"]!["userAttributes"]!["email"]!, (string)resent["opened"]!["context"]!["userpool-id"]!));
        Assert.True(resent["request"]!.AsObject().ContainsKey("clientMetadata"));
        await fixture.Call("ConfirmSignUp", new { fixture.ClientId, SecretHash = fixture.Hash("bob"), Username = "bob", ConfirmationCode = (string)resent["opened"]!["text"]! });
        var access = (string)(await fixture.SignIn("bob"))["AuthenticationResult"]!["AccessToken"]!;
        await fixture.Call("GetUserAttributeVerificationCode", new { AccessToken = access, AttributeName = "email" });
        await fixture.Call("VerifyUserAttribute", new { AccessToken = access, AttributeName = "email", Code = await senders.Code("CustomEmailSender_VerifyUserAttribute") });
        await fixture.Call("UpdateUserAttributes", new { AccessToken = access, UserAttributes = new[] { new { Name = "email", Value = "robert@example.com" } } });
        var update = await senders.Next();
        Assert.Equal(("CustomEmailSender_UpdateUserAttribute", "robert@example.com"), ((string)update["triggerSource"]!, (string)update["request"]!["userAttributes"]!["email"]!));
        await fixture.Call("VerifyUserAttribute", new { AccessToken = access, AttributeName = "email", Code = (string)update["opened"]!["text"]! });
        await fixture.Call("ForgotPassword", Named("bob"));
        await fixture.Call("ConfirmForgotPassword", new { fixture.ClientId, SecretHash = fixture.Hash("bob"), Username = "bob", ConfirmationCode = await senders.Code("CustomEmailSender_ForgotPassword"), Password = "N3w-Passw0rd!" });
        await fixture.Call("AdminCreateUser", new { UserPoolId = fixture.PoolId, Username = "tom", TemporaryPassword = "Temp<0>rary!", DesiredDeliveryMediums = new[] { "EMAIL" }, UserAttributes = new[] { new { Name = "email", Value = "tom@example.com" } } });
        var invited = await senders.Next();
        Assert.Equal(("CustomEmailSender_AdminCreateUser", "Temp<0>rary!", "CLIENT_ID_NOT_APPLICABLE"), ((string)invited["triggerSource"]!, (string)invited["opened"]!["text"]!, (string)invited["callerContext"]!["clientId"]!));

        await fixture.Call("SetUserPoolMfaConfig", new { UserPoolId = fixture.PoolId, MfaConfiguration = "ON", EmailMfaConfiguration = new { Message = "Your code is {####}", Subject = "A code" } });
        var challenge = await fixture.SignIn("bob", "N3w-Passw0rd!");
        await fixture.Call("RespondToAuthChallenge", new
        {
            fixture.ClientId,
            ChallengeName = "EMAIL_OTP",
            Session = (string)challenge["Session"]!,
            ChallengeResponses = new Dictionary<string, string> { ["USERNAME"] = "bob", ["EMAIL_OTP_CODE"] = await senders.Code("CustomEmailSender_Authentication"), ["SECRET_HASH"] = fixture.Hash("bob")! },
        });
        // nobody is told of one who is not there
        await fixture.Call("UpdateUserPoolClient", new { UserPoolId = fixture.PoolId, fixture.ClientId, PreventUserExistenceErrors = "ENABLED" });
        await fixture.Call("ForgotPassword", Named("nobody"));
        await fixture.Call("ForgotPassword", Named("bob"));
        Assert.Equal("bob", (string)(await senders.Next())["userName"]!);
        foreach (var address in (string[])["bob@example.com", "robert@example.com", "tom@example.com"]) Assert.Empty(await fixture.Server.Mail.List(address));
        Assert.True(senders.IsSilent);
    }

    [Fact]
    public async Task Every_text_message_goes_to_the_function()
    {
        await using var fixture = await Fixture.Start(pool: new { Schema = Array.Empty<object>(), AutoVerifiedAttributes = new[] { "phone_number" }, SmsConfiguration = new { SnsCallerArn = "arn:aws:iam::123456789012:role/sms" } });
        await using var senders = await Senders.Start(fixture);
        object Named(string name) => new { fixture.ClientId, SecretHash = fixture.Hash(name), Username = name };
        await fixture.Call("SignUp", new { fixture.ClientId, SecretHash = fixture.Hash("bob"), Username = "bob", Fixture.Password, UserAttributes = new[] { new { Name = "phone_number", Value = Phone } } });
        var first = await senders.Next();
        Assert.Equal(("CustomSMSSender_SignUp", "customSMSSenderRequestV1", Phone), ((string)first["triggerSource"]!, (string)first["request"]!["type"]!, (string)first["request"]!["userAttributes"]!["phone_number"]!));
        await fixture.Call("ResendConfirmationCode", Named("bob"));
        await fixture.Call("ConfirmSignUp", new { fixture.ClientId, SecretHash = fixture.Hash("bob"), Username = "bob", ConfirmationCode = await senders.Code("CustomSMSSender_ResendCode") });
        var access = (string)(await fixture.SignIn("bob"))["AuthenticationResult"]!["AccessToken"]!;
        await fixture.Call("GetUserAttributeVerificationCode", new { AccessToken = access, AttributeName = "phone_number" });
        await senders.Code("CustomSMSSender_VerifyUserAttribute");
        await fixture.Call("UpdateUserAttributes", new { AccessToken = access, UserAttributes = new[] { new { Name = "phone_number", Value = "+15550009999" } } });
        var update = await senders.Next();
        Assert.Equal(("CustomSMSSender_UpdateUserAttribute", "+15550009999"), ((string)update["triggerSource"]!, (string)update["request"]!["userAttributes"]!["phone_number"]!));
        await fixture.Call("VerifyUserAttribute", new { AccessToken = access, AttributeName = "phone_number", Code = (string)update["opened"]!["text"]! });
        await fixture.Call("ForgotPassword", Named("bob"));
        await senders.Code("CustomSMSSender_ForgotPassword");
        await fixture.Call("AdminCreateUser", new { UserPoolId = fixture.PoolId, Username = "tom", TemporaryPassword = "Temp0rary!", UserAttributes = new[] { new { Name = "phone_number", Value = "+15550001111" } } });
        Assert.Equal("Temp0rary!", await senders.Code("CustomSMSSender_AdminCreateUser"));
        await fixture.Call("SetUserPoolMfaConfig", new { UserPoolId = fixture.PoolId, MfaConfiguration = "ON", SmsMfaConfiguration = new { SmsConfiguration = new { SnsCallerArn = "arn:aws:iam::123456789012:role/sms" } } });
        var challenge = await fixture.SignIn("bob");
        await fixture.Call("RespondToAuthChallenge", new
        {
            fixture.ClientId,
            ChallengeName = "SMS_MFA",
            Session = (string)challenge["Session"]!,
            ChallengeResponses = new Dictionary<string, string> { ["USERNAME"] = "bob", ["SMS_MFA_CODE"] = await senders.Code("CustomSMSSender_Authentication"), ["SECRET_HASH"] = fixture.Hash("bob")! },
        });
        foreach (var number in (string[])[Phone, "+15550009999", "+15550001111"]) Assert.Empty(await fixture.Server.Mail.List(number));
        Assert.True(senders.IsSilent);
    }

    [Fact]
    public async Task The_hosted_pages_leave_their_codes_to_the_function_too()
    {
        await using var fixture = await Fixture.Start();
        await using var senders = await Senders.Start(fixture);
        using var browser = fixture.Browser();
        async Task Open(string page) => Assert.Equal(200, (await browser.Get($"{page}?{fixture.LoginQuery("&prompt=login")}")).Status);
        await Open("/signup");
        var answer = await browser.Submit(("username", "bob"), ("requiredAttributes[email]", "bob@example.com"), ("password", Fixture.Password));
        await senders.Code("CustomEmailSender_SignUp");
        var confirm = (await browser.Follow(answer.Location!)).Body;
        var csrf = Regex.Match(confirm, "name=\"_csrf\" value=\"([^\"]+)\"").Groups[1].Value;
        await browser.Send(HttpMethod.Post, "/resendcode?" + fixture.LoginQuery(), new FormUrlEncodedContent(new Dictionary<string, string> { ["_csrf"] = csrf }));
        answer = await browser.Submit(("code", await senders.Code("CustomEmailSender_ResendCode")));
        Assert.StartsWith(Fixture.Callback + "?code=", answer.Location);
        await Open("/forgotPassword");
        answer = await browser.Submit(("username", "bob"));
        await browser.Follow(answer.Location!);
        answer = await browser.Submit(("code", await senders.Code("CustomEmailSender_ForgotPassword")), ("password", "N3w-Passw0rd!"), ("confirm_password", "N3w-Passw0rd!"));
        Assert.Equal(302, answer.Status);
        await fixture.Call("SetUserPoolMfaConfig", new { UserPoolId = fixture.PoolId, MfaConfiguration = "ON", EmailMfaConfiguration = new { Message = "Your code is {####}", Subject = "A code" } });
        await Open("/login");
        answer = await browser.Submit(("username", "bob"), ("password", "N3w-Passw0rd!"));
        await browser.Follow(answer.Location!);
        answer = await browser.Submit(("code", await senders.Code("CustomEmailSender_Authentication")));
        Assert.StartsWith(Fixture.Callback + "?code=", answer.Location);
        Assert.Empty(await fixture.Server.Mail.List("bob@example.com"));
        Assert.True(senders.IsSilent);
    }

    [Fact]
    public async Task A_sender_without_a_key_that_works_is_refused()
    {
        await using var fixture = await Fixture.Start();
        await using var senders = await Senders.Start(fixture);
        async Task<(string, string)> Refused(JsonObject config) => await fixture.Fails("UpdateUserPool", new JsonObject { ["UserPoolId"] = fixture.PoolId, ["LambdaConfig"] = config }) is var error ? (error.Code, error.Text) : default;
        foreach (var name in (string[])["CustomEmailSender", "CustomSMSSender"])
        {
            Assert.Equal(("InvalidParameterException", "KMSKeyID is required when CustomEmailSender or CustomSMSSender is configured."), await Refused(Senders.Config(senders.FunctionArn, null, name)));
            var config = Senders.Config(senders.FunctionArn, senders.KeyArn, name);
            config[name]!["LambdaVersion"] = "V2_0";
            var (code, text) = await Refused(config);
            Assert.Equal("InvalidParameterException", code);
            Assert.EndsWith("Member must satisfy enum value set: [V1_0]", text);
        }

        Assert.Equal("InvalidParameterException", (await Refused(Senders.Config(senders.FunctionArn, "alias/x", "CustomEmailSender"))).Item1);
        Assert.Equal(("InvalidParameterException", $"LambdaConfig.KMSKeyID cannot be used: Key '{Wrong}' does not exist"), await Refused(Senders.Config(senders.FunctionArn, Wrong, "CustomEmailSender")));
        var kept = (await fixture.Call("DescribeUserPool", new { UserPoolId = fixture.PoolId }))["UserPool"]!["LambdaConfig"]!;
        Assert.Equal((senders.KeyArn, senders.FunctionArn, "V1_0"), ((string)kept["KMSKeyID"]!, (string)kept["CustomSMSSender"]!["LambdaArn"]!, (string)kept["CustomEmailSender"]!["LambdaVersion"]!));

        // a key that is disabled later: the code cannot be delivered, and says why
        await fixture.User();
        await fixture.Js.Call("kms", "DisableKey", new { KeyId = senders.KeyArn });
        object forgot = new { fixture.ClientId, SecretHash = fixture.Hash("alice"), Username = "alice" };
        var failed = await fixture.Fails("ForgotPassword", forgot);
        Assert.Equal(("CodeDeliveryFailureException", senders.KeyArn + " is disabled."), (failed.Code, failed.Text));
        await fixture.Js.Call("kms", "EnableKey", new { KeyId = senders.KeyArn });
        await fixture.Js.Call("lambda", "RemovePermission", new { FunctionName = "sender", StatementId = "pool" });
        Assert.Equal("UnexpectedLambdaException", (await fixture.Fails("ForgotPassword", forgot)).Code);
        Assert.True(senders.IsSilent);
    }

    /// <summary>AWS makes a grant for the pool, so whoever gives it a key must be allowed to make one.</summary>
    [Fact]
    public async Task Only_who_may_grant_a_key_gives_it_to_a_pool()
    {
        await using var server = await Start.Server();
        var root = new AwsJs(server);
        var key = (string)(await root.Call("kms", "CreateKey"))["KeyMetadata"]!["Arn"]!;
        await root.Call("kms", "CreateAlias", new { AliasName = "alias/pool", TargetKeyId = key });
        const string function = "arn:aws:lambda:eu-west-2:123456789012:function:f";
        var without = await Start.User(server, "without", Start.Policy("Allow", "cognito-idp:*", "*"));
        JsonObject Pool(string keyArn) => new() { ["PoolName"] = "p", ["LambdaConfig"] = Senders.Config(function, keyArn, "CustomEmailSender") };
        var refused = await Assert.ThrowsAsync<AwsJsError>(() => without.Call("cognito-identity-provider", "CreateUserPool", Pool(key)));
        Assert.Equal("AccessDeniedException", refused.Code);
        Assert.Contains("kms:CreateGrant on resource: " + key, refused.Text);
        var with = await Start.User(server, "with", Start.Policy("Allow", "cognito-idp:*\",\"kms:CreateGrant", "*").Replace("\"cognito-idp:*\",\"kms:CreateGrant\"", "[\"cognito-idp:*\",\"kms:CreateGrant\"]", StringComparison.Ordinal));
        var pool = (string)(await with.Call("cognito-identity-provider", "CreateUserPool", Pool("arn:aws:kms:eu-west-2:123456789012:alias/pool")))["UserPool"]!["Id"]!;
        // a key that the pool has already, it keeps
        await without.Call("cognito-identity-provider", "UpdateUserPool", new JsonObject { ["UserPoolId"] = pool, ["LambdaConfig"] = Senders.Config(function, "arn:aws:kms:eu-west-2:123456789012:alias/pool", "CustomSMSSender") });
    }

    [Fact]
    public async Task A_stack_makes_a_pool_with_its_sender_and_key()
    {
        const string template = """
            Resources:
              Key: {Type: 'AWS::KMS::Key', Properties: {Description: codes}}
              Role:
                Type: AWS::IAM::Role
                Properties: {AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}]}}
              Sender: {Type: 'AWS::Lambda::Function', Properties: {FunctionName: sender, Runtime: python3.12, Handler: index.handler, Role: !GetAtt Role.Arn, Code: {ZipFile: ''}}}
              May: {Type: 'AWS::Lambda::Permission', Properties: {FunctionName: !Ref Sender, Action: 'lambda:InvokeFunction', Principal: cognito-idp.amazonaws.com, SourceArn: !GetAtt Pool.Arn}}
              Pool:
                Type: AWS::Cognito::UserPool
                Properties:
                  UserPoolName: p
                  AutoVerifiedAttributes: [email]
                  LambdaConfig:
                    KMSKeyID: !GetAtt Key.Arn
                    CustomEmailSender: {LambdaVersion: V1_0, LambdaArn: !GetAtt Sender.Arn}
                    CustomSMSSender: {LambdaVersion: V1_0, LambdaArn: !GetAtt Sender.Arn}
              Client: {Type: 'AWS::Cognito::UserPoolClient', Properties: {UserPoolId: !Ref Pool}}
            Outputs: {Pool: {Value: !Ref Pool}, Client: {Value: !Ref Client}, Key: {Value: !GetAtt Key.Arn}}
            """;
        await using var server = await Start.Server();
        var js = new AwsJs(server);
        await js.Call("cloudformation", "CreateStack", new { StackName = "s", TemplateBody = template, Capabilities = new[] { "CAPABILITY_IAM" } });
        var stack = await StacksTests.Settled(js, "s");
        Assert.Equal("CREATE_COMPLETE", (string)stack["StackStatus"]!);
        var outputs = stack["Outputs"]!.AsArray().ToDictionary(output => (string)output!["OutputKey"]!, output => (string)output!["OutputValue"]!);
        var config = (await js.Call("cognito-identity-provider", "DescribeUserPool", new { UserPoolId = outputs["Pool"] }))["UserPool"]!["LambdaConfig"]!;
        Assert.Equal((outputs["Key"], "V1_0"), ((string)config["KMSKeyID"]!, (string)config["CustomEmailSender"]!["LambdaVersion"]!));
        var called = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var sender = server.UseFunction("sender", (@event, _) =>
        {
            called.TrySetResult((string)JsonNode.Parse(@event.Span)!["triggerSource"]!);
            return Task.FromResult<ReadOnlyMemory<byte>>("null"u8.ToArray());
        });
        await js.Call("cognito-identity-provider", "SignUp", new { ClientId = outputs["Client"], Username = "bob", Fixture.Password, UserAttributes = new[] { new { Name = "email", Value = "bob@example.com" } } });
        Assert.Equal("CustomEmailSender_SignUp", await called.Task.WaitAsync(TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public async Task Terraform_applies_a_pool_with_senders_and_finds_nothing_to_change()
    {
        await using var server = await Start.Server();
        using var terraform = await Terraform.Of(server, """
            resource "aws_kms_key" "codes" { deletion_window_in_days = 7 }
            resource "aws_cognito_user_pool" "people" {
              name = "people"
              lambda_config {
                kms_key_id = aws_kms_key.codes.arn
                custom_email_sender {
                  lambda_arn     = "arn:aws:lambda:eu-west-2:123456789012:function:mail"
                  lambda_version = "V1_0"
                }
                custom_sms_sender {
                  lambda_arn     = "arn:aws:lambda:eu-west-2:123456789012:function:text"
                  lambda_version = "V1_0"
                }
              }
            }
            output "pool" { value = aws_cognito_user_pool.people.id }
            """);
        await terraform.Apply();
        await terraform.PlanNothing();
        var pool = (string)(await terraform.Outputs())["pool"]!["value"]!;
        var config = (await new AwsJs(server).Call("cognito-identity-provider", "DescribeUserPool", new { UserPoolId = pool }))["UserPool"]!["LambdaConfig"]!;
        Assert.EndsWith(":function:mail", (string)config["CustomEmailSender"]!["LambdaArn"]!);
        Assert.EndsWith(":function:text", (string)config["CustomSMSSender"]!["LambdaArn"]!);
        await terraform.Destroy();
    }

    /// <summary>The function's code in one file, the AWS Encryption SDK inside.</summary>
    private static async Task<string> Bundle()
    {
        var folder = Path.Combine(Repository.Root, "tests", "clients");
        using var process = Process.Start(new ProcessStartInfo(Path.Combine(folder, "node_modules", ".bin", "esbuild"), ["sender.mjs", "--bundle", "--platform=node", "--format=cjs", "--log-level=error"]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (code, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await errors);
        return await code;
    }
}

using System.Text.Json.Nodes;
using Galley.Tests.Lambda;

namespace Galley.Tests.Cognito;

public class TriggersTests
{
    /// <summary>One function for all triggers: what it was called with comes back as a claim or in the error.</summary>
    private const string Code = """
        import json
        def lambda_handler(event, context):
            source, request, response = event["triggerSource"], event["request"], event["response"]
            if source == "PreSignUp_SignUp":
                assert event["version"] == "1" and event["region"] == "eu-west-2" and event["callerContext"]["awsSdkVersion"] == "aws-sdk-unknown-unknown"
                assert response == {"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False}, response
                if request["validationData"] and request["validationData"].get("invite") != "42": raise Exception("no invitation")
                if event["userName"] == "nobody": return "text"
                response["autoConfirmUser"] = response["autoVerifyEmail"] = event["userName"] == "auto"
            if source.startswith("PostConfirmation"):
                assert request["userAttributes"]["cognito:user_status"] == "CONFIRMED"
            if source == "PreAuthentication_Authentication":
                if (request["validationData"] or {}).get("block"): raise Exception("blocked")
            if source == "PostAuthentication_Authentication": assert request["newDeviceUsed"] is False
            if source.startswith("CustomMessage"):
                response["emailSubject"] = source
                response["emailMessage"] = "Custom {####} for " + event["userName"]
            if source == "UserMigration_Authentication":
                if event["userName"] != "mig" or request["password"] != "Passw0rd!": raise Exception("unknown")
                response.update(userAttributes={"email": "mig@example.com", "email_verified": "true"}, finalUserStatus="CONFIRMED", messageAction="SUPPRESS")
            if source == "UserMigration_ForgotPassword":
                if event["userName"] != "lost": raise Exception("unknown")
                response.update(userAttributes={"email": "lost@example.com", "email_verified": "true"}, messageAction="SUPPRESS")
            if source.startswith("TokenGeneration"):
                if event["version"] == "1":
                    response["claimsOverrideDetails"] = {"claimsToAddOrOverride": {"source": source, "sub": "evil"}, "claimsToSuppress": ["email"], "groupOverrideDetails": {"groupsToOverride": ["from-trigger"]}}
                elif event["version"] == "3":
                    machine = source == "TokenGeneration_ClientCredentials"
                    assert machine == (event.get("userName") is None) and machine == ("userAttributes" not in request), event
                    response["claimsAndScopeOverrideDetails"] = {"accessTokenGeneration": {
                        "claimsToAddOrOverride": {"tenant": (request.get("clientMetadata") or {}).get("tenant"), "sub": "evil"}, "scopesToAdd": ["extra/scope"], "scopesToSuppress": ["api/write"]}}
                else:
                    assert request["scopes"] == ["aws.cognito.signin.user.admin"]
                    response["claimsAndScopeOverrideDetails"] = {
                        "idTokenGeneration": {"claimsToAddOrOverride": {"list": [1, {"a": True}]}},
                        "accessTokenGeneration": {"claimsToAddOrOverride": {"tenant": {"id": 7}}, "scopesToAdd": ["api/read"], "scopesToSuppress": []},
                        "groupOverrideDetails": {"groupsToOverride": ["v2"]}}
            if source == "DefineAuthChallenge_Authentication":
                rounds = request["session"]
                if rounds and rounds[-1]["challengeName"] == "CUSTOM_CHALLENGE" and rounds[-1]["challengeResult"]: response.update(issueTokens=True, failAuthentication=False)
                elif len(rounds) >= 3: response.update(issueTokens=False, failAuthentication=True)
                else: response.update(challengeName="CUSTOM_CHALLENGE", issueTokens=False, failAuthentication=False)
            if source == "CreateAuthChallenge_Authentication":
                response.update(publicChallengeParameters={"question": "6*7"}, privateChallengeParameters={"answer": "42"}, challengeMetadata="SUM")
            if source == "VerifyAuthChallengeResponse_Authentication":
                response["answerCorrect"] = request["privateChallengeParameters"]["answer"] == request["challengeAnswer"]
            return event
        """;

    [Fact]
    public async Task Sign_up_and_messages_go_through_the_pools_functions()
    {
        await using var fixture = await Start(["PreSignUp", "PostConfirmation", "CustomMessage"]);
        object SignUp(string name, string? invite = null) => new
        {
            fixture.ClientId,
            SecretHash = fixture.Hash(name),
            Username = name,
            Fixture.Password,
            UserAttributes = new[] { new { Name = "email", Value = name + "@example.com" } },
            ValidationData = invite is null ? null : new[] { new { Name = "invite", Value = invite } },
        };
        var refused = await fixture.Fails("SignUp", SignUp("bob", "41"));
        Assert.Equal(("UserLambdaValidationException", "PreSignUp failed with error no invitation."), (refused.Code, refused.Text));
        Assert.Equal(("InvalidLambdaResponseException", "Invalid lambda function output : Invalid JSON"), (await fixture.Fails("SignUp", SignUp("nobody"))) is { } odd ? (odd.Code, odd.Text) : default);
        Assert.False((bool)(await fixture.Call("SignUp", SignUp("bob", "42")))["UserConfirmed"]!);
        var mail = (await fixture.Server.Mail.List("bob@example.com"))[0];
        Assert.Equal("CustomMessage_SignUp", mail.Subject);
        Assert.Matches("^Custom [0-9]{6} for bob", mail.Text);
        await fixture.Call("ConfirmSignUp", new { fixture.ClientId, SecretHash = fixture.Hash("bob"), Username = "bob", ConfirmationCode = await fixture.MailedCode("bob@example.com") });
        Assert.True((bool)(await fixture.Call("SignUp", SignUp("auto")))["UserConfirmed"]!);
        Assert.NotNull((await fixture.SignIn("auto"))["AuthenticationResult"]);
    }

    [Fact]
    public async Task Signing_in_migrating_and_tokens_go_through_the_pools_functions()
    {
        await using var fixture = await Start(["PreAuthentication", "PostAuthentication", "UserMigration", "PreTokenGeneration"]);
        await fixture.User();
        var id = Fixture.Claims((string)(await fixture.SignIn())["AuthenticationResult"]!["IdToken"]!);
        Assert.Equal(("TokenGeneration_Authentication", null, "[\"from-trigger\"]"), ((string)id["source"]!, id["email"], id["cognito:groups"]!.ToJsonString()));
        Assert.NotEqual("evil", (string)id["sub"]!);
        var blocked = await fixture.Fails("InitiateAuth", new { fixture.ClientId, AuthFlow = "USER_PASSWORD_AUTH", AuthParameters = fixture.Login(), ClientMetadata = new { block = "1" } });
        Assert.Equal(("UserLambdaValidationException", "PreAuthentication failed with error blocked."), (blocked.Code, blocked.Text));
        Assert.Equal("UserLambdaValidationException", (await fixture.SignInFails("mig", "Wr0ng-one!")).Code);
        Assert.NotNull((await fixture.SignIn("mig"))["AuthenticationResult"]);
        Assert.Equal("CONFIRMED", (string)(await fixture.Call("AdminGetUser", new { UserPoolId = fixture.PoolId, Username = "mig" }))["UserStatus"]!);
        Assert.Equal("l***@e***", (string)(await fixture.Call("ForgotPassword", new { fixture.ClientId, SecretHash = fixture.Hash("lost"), Username = "lost" }))["CodeDeliveryDetails"]!["Destination"]!);
        // The hosted page goes the same way.
        var tokens = (await fixture.Exchange(await fixture.Code())).Body;
        Assert.Equal("TokenGeneration_HostedAuth", (string)Fixture.Claims((string)tokens["id_token"]!)["source"]!);
    }

    [Fact]
    public async Task A_second_version_token_trigger_changes_both_tokens_and_the_scopes()
    {
        await using var fixture = await Start(["V2_0"]);
        await fixture.User();
        var result = (await fixture.SignIn())["AuthenticationResult"]!;
        var access = Fixture.Claims((string)result["AccessToken"]!);
        Assert.Equal(("aws.cognito.signin.user.admin api/read", 7), ((string)access["scope"]!, (int)access["tenant"]!["id"]!));
        Assert.Equal("""[1,{"a":true}]""", Fixture.Claims((string)result["IdToken"]!)["list"]!.ToJsonString());
        Assert.Equal("""["v2"]""", access["cognito:groups"]!.ToJsonString());
    }

    [Fact]
    public async Task A_third_version_token_trigger_sees_machines_too()
    {
        await using var fixture = await Start(["V3_0"]);
        await fixture.Call("CreateResourceServer", new { UserPoolId = fixture.PoolId, Identifier = "api", Name = "api", Scopes = new[] { new { ScopeName = "read", ScopeDescription = "r" }, new { ScopeName = "write", ScopeDescription = "w" } } });
        var client = (await fixture.Call("CreateUserPoolClient", new { UserPoolId = fixture.PoolId, ClientName = "machine", GenerateSecret = true, AllowedOAuthFlows = new[] { "client_credentials" }, AllowedOAuthScopes = new[] { "api/read", "api/write" }, AllowedOAuthFlowsUserPoolClient = true }))["UserPoolClient"]!;
        var form = new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_id"] = (string)client["ClientId"]!, ["client_secret"] = (string)client["ClientSecret"]!, ["aws_client_metadata"] = """{"tenant":"t1"}""" };
        var (status, body) = await fixture.Token(form, basic: false);
        Assert.Equal(200, status);
        var claims = Fixture.Claims((string)body["access_token"]!);
        Assert.Equal(("api/read extra/scope", "t1", (string)client["ClientId"]!), ((string)claims["scope"]!, (string)claims["tenant"]!, (string)claims["sub"]!));
        await fixture.User();
        Assert.Equal("aws.cognito.signin.user.admin extra/scope", (string)Fixture.Claims((string)(await fixture.SignIn())["AuthenticationResult"]!["AccessToken"]!)["scope"]!);
        // metadata that is no map of text is refused before the function sees it
        foreach (var bad in (string[])["[1]", "{", """{"a":1}"""])
            Assert.Equal((400, """{"error":"invalid_request"}"""), (await fixture.Token(new(form) { ["aws_client_metadata"] = bad }, basic: false)) is var refused ? (refused.Status, refused.Body.ToJsonString()) : default);
    }

    [Fact]
    public async Task Custom_auth_asks_what_the_functions_ask()
    {
        await using var fixture = await Start(["DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse"], new { ExplicitAuthFlows = new[] { "ALLOW_CUSTOM_AUTH" } });
        await fixture.User();
        Task<JsonObject> Begin() => fixture.Call("InitiateAuth", new { fixture.ClientId, AuthFlow = "CUSTOM_AUTH", AuthParameters = new { USERNAME = "alice", SECRET_HASH = fixture.Hash("alice") } });
        object Answer(JsonObject challenge, string answer) => new { fixture.ClientId, ChallengeName = "CUSTOM_CHALLENGE", Session = (string)challenge["Session"]!, ChallengeResponses = new { USERNAME = "alice", ANSWER = answer, SECRET_HASH = fixture.Hash("alice") } };
        var challenge = await Begin();
        Assert.Equal(("CUSTOM_CHALLENGE", "6*7", "alice"), ((string)challenge["ChallengeName"]!, (string)challenge["ChallengeParameters"]!["question"]!, (string)challenge["ChallengeParameters"]!["USERNAME"]!));
        var again = await fixture.Call("RespondToAuthChallenge", Answer(challenge, "41"));
        Assert.Equal("CUSTOM_CHALLENGE", (string)again["ChallengeName"]!);
        Assert.Equal("NotAuthorizedException", (await fixture.Fails("RespondToAuthChallenge", Answer(challenge, "42"))).Code);
        Assert.NotNull((await fixture.Call("RespondToAuthChallenge", Answer(again, "42")))["AuthenticationResult"]!["AccessToken"]);
        var losing = await Begin();
        for (var i = 0; i < 2; i++) losing = await fixture.Call("RespondToAuthChallenge", Answer(losing, "0"));
        Assert.Equal("Incorrect username or password.", (await fixture.Fails("RespondToAuthChallenge", Answer(losing, "0"))).Text);
    }

    [Fact]
    public async Task A_function_that_does_not_let_the_pool_in_is_not_invoked()
    {
        await using var fixture = await Start(["PreAuthentication"], allowed: false);
        await fixture.User();
        var error = await fixture.SignInFails();
        Assert.Equal(("UnexpectedLambdaException", "PreAuthentication invocation failed due to error AccessDeniedException."), (error.Code, error.Text));
    }

    private static async Task<Fixture> Start(string[] triggers, object? client = null, bool allowed = true)
    {
        var fixture = await Fixture.Start(client);
        var functions = new TestFunctions(fixture.Server);
        var function = (string)(await functions.Python("trigger", Code, await functions.Role("trigger-role")))["FunctionArn"]!;
        if (allowed)
            await fixture.Js.Call("lambda", "AddPermission", new
            {
                FunctionName = "trigger",
                StatementId = "pool",
                Action = "lambda:InvokeFunction",
                Principal = "cognito-idp.amazonaws.com",
                SourceArn = $"arn:aws:cognito-idp:eu-west-2:123456789012:userpool/{fixture.PoolId}",
            });
        var config = new JsonObject();
        foreach (var trigger in triggers)
            if (trigger is "V2_0" or "V3_0") config["PreTokenGenerationConfig"] = new JsonObject { ["LambdaVersion"] = trigger, ["LambdaArn"] = function };
            else config[trigger] = function;
        await fixture.Call("UpdateUserPool", new JsonObject { ["UserPoolId"] = fixture.PoolId, ["LambdaConfig"] = config, ["AutoVerifiedAttributes"] = new JsonArray("email") });
        return fixture;
    }
}

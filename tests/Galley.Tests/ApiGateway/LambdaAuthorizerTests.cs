using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;

namespace Galley.Tests.ApiGateway;

/// <summary>Authorizers that are functions: both events, both answers, their memory, and every way to fail.</summary>
public class LambdaAuthorizerTests
{
    private const string Guard = """
        calls = 0
        def lambda_handler(event, context):
            global calls
            calls += 1
            who = (event.get("identitySource") or ["nobody"])[0]
            if who == "boom": raise Exception("Unauthorized")
            if who == "shape": return {"isAuthorized": "yes"}
            return {"isAuthorized": who == "good", "context": {"calls": calls, "list": [1, "a"], "event": event}}
        """;

    private const string PolicyGuard = """
        calls = 0
        def lambda_handler(event, context):
            global calls
            calls += 1
            who = event["authorizationToken"].split(",")[0]
            if who == "boom": raise Exception("Unauthorized")
            if who == "fail": raise Exception("no")
            if who == "shape": return {"principalId": "me", "policyDocument": "Allow"}
            if who == "object": return {"principalId": "me", "policyDocument": {"Version": "2012-10-17", "Statement": []}, "context": {"a": {}}}
            allowed = event["methodArn"].rsplit("/", 1)[0] + "/open*"
            return {"principalId": "me", "policyDocument": {"Version": "2012-10-17", "Statement": [{"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": allowed}]},
                    "context": {"calls": calls, "text": "t", "truth": True, "type": event["type"], "version": event["version"], "method": event["httpMethod"], "resource": event["resource"], "source": event["identitySource"]}}
        """;

    private const string Echo = "def lambda_handler(event, context): return event";
    private const string EchoV1 = "import json\ndef lambda_handler(event, context): return {'statusCode': 200, 'body': json.dumps(event)}";
    private const string Unauthorized = "401 {\"message\":\"Unauthorized\"}", Forbidden = "403 {\"message\":\"Forbidden\"}", Broken = "500 {\"message\":\"Internal Server Error\"}";

    private static async Task<string> Authorizer(HttpApiFixture fixture, string function, object settings)
    {
        var input = System.Text.Json.JsonSerializer.SerializeToNode(settings)!.AsObject();
        input["ApiId"] = fixture.ApiId;
        input["Name"] ??= "guard";
        input["AuthorizerType"] = "REQUEST";
        input["AuthorizerUri"] = fixture.InvocationUri(function);
        return (string)(await fixture.Aws.Call("apigatewayv2", "CreateAuthorizer", input))["AuthorizerId"]!;
    }

    [Fact]
    public async Task A_simple_answer_lets_pass_or_not_and_its_context_reaches_the_function()
    {
        await using var fixture = await HttpApiFixture.Start();
        var id = await Authorizer(fixture, await fixture.Function("guard", Guard), new { AuthorizerPayloadFormatVersion = "2.0", EnableSimpleResponses = true, IdentitySource = new[] { "$request.header.X-Key", "$request.querystring.q" } });
        await fixture.FunctionRoute("GET /pets/{id}", await fixture.Function("echo", Echo), authorization: new { AuthorizationType = "CUSTOM", AuthorizerId = id });

        var seen = await fixture.Json("/pets/a%20b?q=1&q=2", ("X-Key", "good"), ("Cookie", "a=1; b=2"));
        var context = seen["requestContext"]!["authorizer"]!["lambda"]!;
        Assert.Equal("""[1,"a"]""", context["list"]!.ToJsonString());
        var asked = context["event"]!.AsObject();
        Assert.Equal(("2.0", "REQUEST", $"arn:aws:execute-api:eu-west-2:123456789012:{fixture.ApiId}/$default/GET/pets/a b"), ((string)asked["version"]!, (string)asked["type"]!, (string)asked["routeArn"]!));
        Assert.Equal("""["good","1"]""", asked["identitySource"]!.ToJsonString());
        Assert.Equal("""{"id":"a b"}""", asked["pathParameters"]!.ToJsonString());
        // all else is what the integration's event has, but for the body and what came out of this very answer
        foreach (var name in (string[])["routeKey", "rawPath", "rawQueryString", "cookies", "headers", "queryStringParameters", "pathParameters"]) Assert.True(JsonNode.DeepEquals(asked[name], seen[name]), name);
        Assert.False(asked.ContainsKey("body"));
        Assert.False(asked.ContainsKey("isBase64Encoded"));
        Assert.Null(asked["requestContext"]!["authorizer"]);
        foreach (var name in (string[])["accountId", "apiId", "domainName", "domainPrefix", "http", "requestId", "routeKey", "stage", "time", "timeEpoch"]) Assert.True(JsonNode.DeepEquals(asked["requestContext"]![name], seen["requestContext"]![name]), name);

        Assert.Equal(Forbidden, await fixture.Says("/pets/1?q=1", ("X-Key", "bad")));
        Assert.Equal(Unauthorized, await fixture.Says("/pets/1?q=1"));
        Assert.Equal(Unauthorized, await fixture.Says("/pets/1", ("X-Key", "good")));
        Assert.Equal(Unauthorized, await fixture.Says("/pets/1?q=", ("X-Key", "good")));
        Assert.Equal(Broken, await fixture.Says("/pets/1?q=1", ("X-Key", "shape")));
        Assert.Equal(Broken, await fixture.Says("/pets/1?q=1", ("X-Key", "boom")));
        // without a time to live it is asked anew each time
        Assert.NotEqual((int)context["calls"]!, (int)(await fixture.Json("/pets/1?q=1", ("X-Key", "good")))["requestContext"]!["authorizer"]!["lambda"]!["calls"]!);
    }

    [Fact]
    public async Task A_policy_is_judged_for_each_route_and_kept_by_identity_until_it_expires()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var fixture = await HttpApiFixture.Start(time);
        var id = await Authorizer(fixture, await fixture.Function("guard", PolicyGuard), new { AuthorizerPayloadFormatVersion = "1.0", AuthorizerResultTtlInSeconds = 60, IdentitySource = new[] { "$request.header.X-Key" } });
        var echo = await fixture.Function("echo", EchoV1);
        await fixture.FunctionRoute("GET /open", echo, "1.0", new { AuthorizationType = "CUSTOM", AuthorizerId = id });
        await fixture.FunctionRoute("GET /openly", echo, "1.0", new { AuthorizationType = "CUSTOM", AuthorizerId = id });
        await fixture.FunctionRoute("GET /closed", echo, "1.0", new { AuthorizationType = "CUSTOM", AuthorizerId = id });

        var authorizer = (await fixture.Json("/open", ("X-Key", "me")))["requestContext"]!["authorizer"]!;
        Assert.Equal("""{"principalId":"me","calls":"1","text":"t","truth":"true","type":"REQUEST","version":"1.0","method":"GET","resource":"/open","source":"me"}""", authorizer.ToJsonString());
        Assert.Equal("1", (string)(await fixture.Json("/openly", ("X-Key", "me")))["requestContext"]!["authorizer"]!["calls"]!);
        Assert.Equal(Forbidden, await fixture.Says("/closed", ("X-Key", "me")));
        Assert.Equal("2", (string)(await fixture.Json("/open", ("X-Key", "another")))["requestContext"]!["authorizer"]!["calls"]!);
        time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal("3", (string)(await fixture.Json("/open", ("X-Key", "me")))["requestContext"]!["authorizer"]!["calls"]!);
        await fixture.Call("ResetAuthorizersCache", new { fixture.ApiId, StageName = "$default" });
        Assert.Equal("4", (string)(await fixture.Json("/open", ("X-Key", "me")))["requestContext"]!["authorizer"]!["calls"]!);

        Assert.Equal(Unauthorized, await fixture.Says("/open", ("X-Key", "boom")));
        foreach (var bad in (string[])["fail", "shape", "object"]) Assert.Equal(Broken, await fixture.Says("/open", ("X-Key", bad)));
        Assert.Equal(Unauthorized, await fixture.Says("/open"));
    }

    [Fact]
    public async Task An_authorizer_that_may_not_be_invoked_lets_nobody_pass_and_a_role_that_may_does()
    {
        await using var fixture = await HttpApiFixture.Start();
        var guard = await fixture.Function("guard", Guard, permission: false);
        var id = await Authorizer(fixture, guard, new { AuthorizerPayloadFormatVersion = "2.0", EnableSimpleResponses = true, IdentitySource = new[] { "$request.header.X-Key" } });
        await fixture.Route("GET /x", authorization: new { AuthorizationType = "CUSTOM", AuthorizerId = id });
        Assert.Equal(Broken, await fixture.Says("/x", ("X-Key", "good")));
        await fixture.Permit("guard", "*/GET/x", "route"); // a route's permission is not the authorizer's
        Assert.Equal(Broken, await fixture.Says("/x", ("X-Key", "good")));
        await fixture.Permit("guard", "authorizers/" + id, "authorizer");
        Assert.StartsWith("200", await fixture.Says("/x", ("X-Key", "good")), StringComparison.Ordinal);
        await fixture.Aws.Call("lambda", "RemovePermission", new { FunctionName = "guard", StatementId = "authorizer" });
        Assert.Equal(Broken, await fixture.Says("/x", ("X-Key", "good")));

        await fixture.Aws.Call("iam", "CreateRole", new { RoleName = "gateway", AssumeRolePolicyDocument = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"apigateway.amazonaws.com"},"Action":"sts:AssumeRole"}]}""" });
        await fixture.Call("UpdateAuthorizer", new { fixture.ApiId, AuthorizerId = id, AuthorizerCredentialsArn = "arn:aws:iam::123456789012:role/gateway" });
        Assert.Equal(Broken, await fixture.Says("/x", ("X-Key", "good")));
        await fixture.Aws.Call("iam", "PutRolePolicy", new { RoleName = "gateway", PolicyName = "p", PolicyDocument = $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"lambda:InvokeFunction","Resource":"{{guard}}"}]}""" });
        Assert.StartsWith("200", await fixture.Says("/x", ("X-Key", "good")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateAuthorizer_refuses_what_cannot_work()
    {
        await using var fixture = await HttpApiFixture.Start();
        var uri = fixture.InvocationUri("arn:aws:lambda:eu-west-2:123456789012:function:f");
        foreach (var bad in (object[])[
                     new { AuthorizerPayloadFormatVersion = "2.0" },
                     new { AuthorizerUri = "https://example.com", AuthorizerPayloadFormatVersion = "2.0" },
                     new { AuthorizerUri = uri },
                     new { AuthorizerUri = uri, AuthorizerPayloadFormatVersion = "3.0" },
                     new { AuthorizerUri = uri, AuthorizerPayloadFormatVersion = "1.0", EnableSimpleResponses = true },
                     new { AuthorizerUri = uri, AuthorizerPayloadFormatVersion = "2.0", AuthorizerResultTtlInSeconds = 3601 },
                     new { AuthorizerUri = uri, AuthorizerPayloadFormatVersion = "2.0", AuthorizerResultTtlInSeconds = 10 },
                     new { AuthorizerUri = uri, AuthorizerPayloadFormatVersion = "2.0", IdentitySource = new[] { "$request.body.x" } },
                     new { AuthorizerUri = uri, AuthorizerPayloadFormatVersion = "2.0", AuthorizerCredentialsArn = "arn:aws:iam::*:user/*" },
                     new { AuthorizerUri = uri, AuthorizerPayloadFormatVersion = "2.0", JwtConfiguration = new { Issuer = "https://x" } }])
        {
            var input = System.Text.Json.JsonSerializer.SerializeToNode(bad)!.AsObject();
            input["ApiId"] = fixture.ApiId;
            input["Name"] = "guard";
            input["AuthorizerType"] = "REQUEST";
            input["IdentitySource"] ??= new JsonArray();
            Assert.Equal("BadRequestException", (await fixture.Fails("CreateAuthorizer", input)).Code);
        }

        var made = await fixture.Call("CreateAuthorizer", new { fixture.ApiId, Name = "guard", AuthorizerType = "REQUEST", AuthorizerUri = uri, AuthorizerPayloadFormatVersion = "2.0", IdentitySource = Array.Empty<string>() });
        Assert.Equal(0, (int)made["AuthorizerResultTtlInSeconds"]!);
        Assert.False((bool)made["EnableSimpleResponses"]!);
    }
}

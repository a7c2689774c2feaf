using System.Text.Json.Nodes;

namespace Galley.Tests.ApiGateway;

/// <summary>Access logs: every variable that AWS documents, for each kind of route, and no line that a request could forge.</summary>
public class AccessLogTests
{
    /// <summary>https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html</summary>
    private static readonly string[] Variables =
    [
        "accountId", "apiId", "authorizer.claims.sub", "authorizer.error", "authorizer.principalId", "authorizer.number", "awsEndpointRequestId", "awsEndpointRequestId2", "customDomain.basePathMatched",
        "dataProcessed", "domainName", "domainPrefix", "error.message", "error.messageString", "error.responseType", "extendedRequestId", "httpMethod", "identity.accountId", "identity.caller",
        "identity.cognitoIdentityId", "identity.principalOrgId", "identity.sourceIp", "identity.user", "identity.userAgent", "identity.userArn", "integration.error", "integration.integrationStatus", "integration.latency",
        "integration.requestId", "integration.status", "integrationErrorMessage", "integrationLatency", "integrationStatus", "path", "protocol", "requestId", "requestTime", "requestTimeEpoch", "responseLatency",
        "responseLength", "routeKey", "stage", "status", "nothing",
    ];

    private const string Guard = """
        def lambda_handler(event, context):
            return {"principalId": "me", "policyDocument": {"Version": "2012-10-17", "Statement": [{"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": "*"}]}, "context": {"number": 1}}
        """;

    [Fact]
    public async Task Every_variable_is_told_and_what_is_absent_is_a_dash()
    {
        await using var fixture = await HttpApiFixture.Start();
        var function = await fixture.Function("f", "import json\ndef lambda_handler(event, context):\n    if event['rawPath'] == '/fail': raise Exception('x')\n    return {'statusCode': 201, 'body': context.aws_request_id}");
        var custom = (string)(await fixture.Call("CreateAuthorizer", new { fixture.ApiId, Name = "guard", AuthorizerType = "REQUEST", AuthorizerUri = fixture.InvocationUri(await fixture.Function("guard", Guard)), AuthorizerPayloadFormatVersion = "2.0", IdentitySource = new[] { "$request.header.X-Key" } }))["AuthorizerId"]!;
        var jwt = (string)(await fixture.Call("CreateAuthorizer", new { fixture.ApiId, Name = "jwt", AuthorizerType = "JWT", IdentitySource = new[] { "$request.header.Authorization" }, JwtConfiguration = new { Issuer = fixture.Backend.Address + "/issuer", Audience = new[] { "me" } } }))["AuthorizerId"]!;
        await fixture.FunctionRoute("POST /custom/{id}", function, authorization: new { AuthorizationType = "CUSTOM", AuthorizerId = custom });
        await fixture.FunctionRoute("GET /fail", function);
        await fixture.Route("GET /jwt", authorization: new { AuthorizationType = "JWT", AuthorizerId = jwt });
        await fixture.Route("GET /iam", authorization: new { AuthorizationType = "AWS_IAM" });
        var format = "{" + string.Join(',', Variables.Select(name => $"\"{name}\":\"$context.{name}\"")) + "}";
        await fixture.Call("UpdateStage", new { fixture.ApiId, StageName = "$default", AccessLogSettings = new { DestinationArn = "arn:aws:logs:eu-west-2:123456789012:log-group:all:*", Format = format } });

        using var posted = await fixture.Send(HttpMethod.Post, "/custom/1?a=b", new StringContent("12345"), ("X-Key", "k"), ("User-Agent", "me/1.0"));
        Assert.Equal(201, (int)posted.StatusCode);
        var requestId = await posted.Content.ReadAsStringAsync();
        Assert.Matches("^[0-9a-f-]{36}$", requestId);
        Assert.StartsWith("200", await fixture.Says("/jwt", ("Authorization", fixture.Backend.Token(new { iss = fixture.Backend.Address + "/issuer", client_id = "me", sub = "ann", exp = 4102444800 }))), StringComparison.Ordinal);
        Assert.StartsWith("401", await fixture.Says("/jwt"), StringComparison.Ordinal);
        Assert.StartsWith("500", await fixture.Says("/fail"), StringComparison.Ordinal);
        Assert.StartsWith("404", await fixture.Says("/nope"), StringComparison.Ordinal);
        using var owner = new Server.SignedHttp(fixture.Server.Endpoint, "eu-west-2", fixture.Server.AccessKeyId, fixture.Server.SecretAccessKey);
        Assert.Equal(System.Net.HttpStatusCode.OK, (await owner.Send("execute-api", HttpMethod.Get, $"/_galley/execute-api/{fixture.ApiId}/iam", null)).Status);

        var lines = (await Lines(fixture, "all", 6)).ConvertAll(line => JsonNode.Parse(line)!.AsObject());
        var common = new Dictionary<string, string>
        {
            ["accountId"] = "123456789012",
            ["apiId"] = fixture.ApiId,
            ["domainName"] = fixture.Host,
            ["domainPrefix"] = fixture.ApiId,
            ["stage"] = "$default",
            ["identity.sourceIp"] = "127.0.0.1",
            ["protocol"] = "HTTP/1.1",
            ["httpMethod"] = "GET",
            ["responseLatency"] = "0",
        };
        Is(lines[0], new()
        {
            ["authorizer.principalId"] = "me",
            ["authorizer.number"] = "1",
            ["awsEndpointRequestId"] = requestId,
            ["integration.requestId"] = requestId,
            ["dataProcessed"] = "41",
            ["httpMethod"] = "POST",
            ["identity.userAgent"] = "me/1.0",
            ["integration.integrationStatus"] = "200",
            ["integration.status"] = "201",
            ["integrationStatus"] = "200",
            ["integration.latency"] = "0",
            ["integrationLatency"] = "0",
            ["path"] = "/custom/1",
            ["responseLength"] = "36",
            ["routeKey"] = "POST /custom/{id}",
            ["status"] = "201",
        });
        var passed = new Dictionary<string, string> { ["integration.integrationStatus"] = "200", ["integration.status"] = "200", ["integrationStatus"] = "200", ["integration.latency"] = "0", ["integrationLatency"] = "0", ["status"] = "200" };
        Is(lines[1], new(passed) { ["authorizer.claims.sub"] = "ann", ["path"] = "/jwt", ["routeKey"] = "GET /jwt" }, "dataProcessed", "responseLength");
        Is(lines[2], new() { ["authorizer.error"] = "no identity source", ["path"] = "/jwt", ["routeKey"] = "GET /jwt", ["error.message"] = "Unauthorized", ["error.messageString"] = "\"Unauthorized\"", ["error.responseType"] = "UNAUTHORIZED", ["responseLength"] = "26", ["dataProcessed"] = "26", ["status"] = "401" });
        Is(lines[3], new(passed)
        {
            ["path"] = "/fail",
            ["routeKey"] = "GET /fail",
            ["error.message"] = "Internal Server Error",
            ["error.messageString"] = "\"Internal Server Error\"",
            ["error.responseType"] = "INTEGRATION_FAILURE",
            ["integration.error"] = "The function failed.",
            ["integrationErrorMessage"] = "The function failed.",
            ["responseLength"] = "35",
            ["dataProcessed"] = "35",
            ["status"] = "500",
        }, "awsEndpointRequestId", "integration.requestId");
        Is(lines[4], new() { ["path"] = "/nope", ["error.message"] = "Not Found", ["error.messageString"] = "\"Not Found\"", ["error.responseType"] = "RESOURCE_NOT_FOUND", ["responseLength"] = "23", ["dataProcessed"] = "23", ["status"] = "404" });
        Is(lines[5], new(passed)
        {
            ["path"] = "/iam",
            ["routeKey"] = "GET /iam",
            ["identity.accountId"] = "123456789012",
            ["identity.caller"] = "123456789012",
            ["identity.user"] = "123456789012",
            ["identity.userArn"] = "arn:aws:iam::123456789012:root",
        }, "dataProcessed", "responseLength");

        void Is(JsonObject line, Dictionary<string, string> said, params string[] some)
        {
            foreach (var name in Variables)
            {
                var value = (string)line[name]!;
                if (some.Contains(name) || name is "requestTime" or "requestTimeEpoch" or "requestId" or "extendedRequestId") Assert.True(value.Length > 1, $"{name}: {value}");
                else Assert.Equal((name, said.GetValueOrDefault(name) ?? common.GetValueOrDefault(name) ?? "-"), (name, value));
            }
        }
    }

    [Fact]
    public async Task No_line_can_be_forged()
    {
        await using var fixture = await HttpApiFixture.Start();
        await fixture.Route("GET /x/{id}");
        await fixture.Call("UpdateStage", new { fixture.ApiId, StageName = "$default", AccessLogSettings = new { DestinationArn = "arn:aws:logs:eu-west-2:123456789012:log-group:json", Format = """{"agent":"$context.identity.userAgent","path":"$context.path"}""" } });
        Assert.StartsWith("200", await fixture.Says("/x/1", ("User-Agent", "a\"b\\c")), StringComparison.Ordinal);
        Assert.StartsWith("404", await fixture.Says("/nope%0a%22}"), StringComparison.Ordinal);
        var lines = await Lines(fixture, "json", 2);
        Assert.Equal("""{"agent":"a\"b\\c","path":"/x/1"}""", lines[0]);
        Assert.Equal("/nope \"}", (string)JsonNode.Parse(lines[1])!["path"]!); // still one line of JSON
    }

    private static async Task<List<string>> Lines(HttpApiFixture fixture, string group, int wanted)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                var events = (await fixture.Aws.Call("cloudwatch-logs", "FilterLogEvents", new { logGroupName = group }))["events"]!.AsArray();
                if (events.Count >= wanted) return [.. events.Select(one => (string)one!["message"]!)];
            }
            catch (AwsJsError) when (attempt < 2000)
            {
                // the log is written behind the answer
            }

            Assert.True(attempt < 2000, "no log lines");
        }
    }
}

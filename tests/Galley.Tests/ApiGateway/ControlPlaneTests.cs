using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Galley.Tests.Server;

namespace Galley.Tests.ApiGateway;

/// <summary>
/// The control plane on the wire: the whole answer of every call, AWS's limits, and what is refused by its name.
/// https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/operations.html
/// </summary>
public sealed partial class ControlPlaneTests
{
    [Fact]
    public async Task Every_answer_is_whole()
    {
        await using var fixture = await HttpApiFixture.Start(stage: false);
        await fixture.Function("f", "def lambda_handler(event, context): return 1");
        using var api = new Wire(fixture);
        const string apiJson = """{"apiEndpoint":"https://API.execute-api.eu-west-2.amazonaws.com","apiId":"API","apiKeySelectionExpression":"$request.header.x-api-key","createdDate":"TIME","disableExecuteApiEndpoint":false,"ipAddressType":"ipv4","name":"recipes","protocolType":"HTTP","routeSelectionExpression":"$request.method $request.path","tags":{}}""";
        const string function = "arn:aws:lambda:eu-west-2:123456789012:function:f";

        await api.Says("GET /v2/apis/API", "", $"200 {apiJson}");
        await api.Says("GET /v2/apis", "", $$"""200 {"items":[{{apiJson}}]}""");
        await api.Says("PATCH /v2/apis/API", """{"description":"d","version":"2"}""", "200 " + apiJson.Replace("\"disable", "\"description\":\"d\",\"disable", StringComparison.Ordinal).Replace("\"tags\":{}", "\"tags\":{},\"version\":\"2\"", StringComparison.Ordinal));
        await api.Says("POST /v2/apis/API/integrations", $$"""{"integrationType":"AWS_PROXY","integrationUri":"{{function}}","payloadFormatVersion":"2.0"}""",
            $$"""201 {"connectionType":"INTERNET","integrationId":"INTEGRATION","integrationMethod":"POST","integrationType":"AWS_PROXY","integrationUri":"{{function}}","payloadFormatVersion":"2.0","timeoutInMillis":30000}""");
        await api.Says("PATCH /v2/apis/API/integrations/INTEGRATION", """{"timeoutInMillis":50,"requestParameters":{"append:header.a":"b"}}""",
            $$"""200 {"connectionType":"INTERNET","integrationId":"INTEGRATION","integrationMethod":"POST","integrationType":"AWS_PROXY","integrationUri":"{{function}}","payloadFormatVersion":"2.0","requestParameters":{"append:header.a":"b"},"timeoutInMillis":50}""");
        await api.Says("POST /v2/apis/API/authorizers", $$$"""{"name":"jwt","authorizerType":"JWT","identitySource":["$request.header.Authorization"],"jwtConfiguration":{"issuer":"{{{fixture.Backend.Address}}}/issuer","audience":["me"]}}""",
            $$"""201 {"authorizerId":"AUTHORIZER","authorizerType":"JWT","identitySource":["$request.header.Authorization"],"jwtConfiguration":{"audience":["me"],"issuer":"{{fixture.Backend.Address}}/issuer"},"name":"jwt"}""");
        await api.Says("POST /v2/apis/API/authorizers", $$"""{"name":"guard","authorizerType":"REQUEST","identitySource":["$request.header.A"],"authorizerUri":"{{fixture.InvocationUri(function)}}","authorizerPayloadFormatVersion":"2.0","authorizerResultTtlInSeconds":60,"enableSimpleResponses":true}""",
            $$"""201 {"authorizerId":"GUARD","authorizerPayloadFormatVersion":"2.0","authorizerResultTtlInSeconds":60,"authorizerType":"REQUEST","authorizerUri":"{{fixture.InvocationUri(function)}}","enableSimpleResponses":true,"identitySource":["$request.header.A"],"name":"guard"}""");
        await api.Says("POST /v2/apis/API/routes", """{"routeKey":"GET /x","target":"integrations/INTEGRATION","authorizationType":"JWT","authorizerId":"AUTHORIZER","authorizationScopes":["a"],"operationName":"read"}""",
            """201 {"apiKeyRequired":false,"authorizationScopes":["a"],"authorizationType":"JWT","authorizerId":"AUTHORIZER","operationName":"read","routeId":"ROUTE","routeKey":"GET /x","target":"integrations/INTEGRATION"}""");
        await api.Says("PATCH /v2/apis/API/routes/ROUTE", """{"authorizationType":"NONE"}""", """200 {"apiKeyRequired":false,"authorizationType":"NONE","operationName":"read","routeId":"ROUTE","routeKey":"GET /x","target":"integrations/INTEGRATION"}""");
        await api.Says("POST /v2/apis/API/stages", """{"stageName":"dev"}""",
            """201 {"autoDeploy":false,"createdDate":"TIME","defaultRouteSettings":{"detailedMetricsEnabled":false},"lastUpdatedDate":"TIME","routeSettings":{},"stageName":"dev","stageVariables":{},"tags":{}}""");
        await api.Says("POST /v2/apis/API/deployments", """{"stageName":"dev","description":"first"}""", """201 {"autoDeployed":false,"createdDate":"TIME","deploymentId":"DEPLOYMENT","deploymentStatus":"DEPLOYED","description":"first"}""");
        await api.Says("PATCH /v2/apis/API/stages/dev", """{"stageVariables":{"a":"b"},"routeSettings":{"GET /x":{"throttlingBurstLimit":1,"throttlingRateLimit":0.5}},"accessLogSettings":{"destinationArn":"arn:aws:logs:eu-west-2:123456789012:log-group:l","format":"$context.status"}}""",
            """200 {"accessLogSettings":{"destinationArn":"arn:aws:logs:eu-west-2:123456789012:log-group:l","format":"$context.status"},"autoDeploy":false,"createdDate":"TIME","defaultRouteSettings":{"detailedMetricsEnabled":false},"deploymentId":"DEPLOYMENT","lastDeploymentStatusMessage":"Successfully deployed stage with deployment ID 'DEPLOYMENT'","lastUpdatedDate":"TIME","routeSettings":{"GET /x":{"throttlingBurstLimit":1,"throttlingRateLimit":0.5}},"stageName":"dev","stageVariables":{"a":"b"},"tags":{}}""");
        await api.Says("POST /v2/apis/API/stages", """{"stageName":"live","autoDeploy":true}""",
            """201 {"autoDeploy":true,"createdDate":"TIME","defaultRouteSettings":{"detailedMetricsEnabled":false},"deploymentId":"LIVE","lastDeploymentStatusMessage":"Successfully deployed stage with deployment ID 'LIVE'","lastUpdatedDate":"TIME","routeSettings":{},"stageName":"live","stageVariables":{},"tags":{}}""");
        await api.Says("POST /v2/domainnames", """{"domainName":"api.recipes.test","domainNameConfigurations":[{"certificateArn":"arn:aws:acm:eu-west-2:123456789012:certificate/c","endpointType":"REGIONAL","securityPolicy":"TLS_1_2"}]}""",
            """201 {"apiMappingSelectionExpression":"$request.basepath","domainName":"api.recipes.test","domainNameArn":"arn:aws:apigateway:eu-west-2::/domainnames/api.recipes.test","domainNameConfigurations":[{"apiGatewayDomainName":"d-GATEWAY.execute-api.eu-west-2.amazonaws.com","certificateArn":"arn:aws:acm:eu-west-2:123456789012:certificate/c","domainNameStatus":"AVAILABLE","endpointType":"REGIONAL","hostedZoneId":"Z1UJRXOUMOOFQ8","ipAddressType":"ipv4","securityPolicy":"TLS_1_2"}],"routingMode":"API_MAPPING_ONLY","tags":{}}""");
        await api.Says("POST /v2/domainnames/api.recipes.test/apimappings", """{"apiId":"API","stage":"dev","apiMappingKey":"v1"}""", """201 {"apiId":"API","apiMappingId":"MAPPING","apiMappingKey":"v1","stage":"dev"}""");
        await api.Says("POST /v2/tags/arn%3Aaws%3Aapigateway%3Aeu-west-2%3A%3A%2fapis%2fAPI", """{"tags":{"a":"b"}}""", "201 ");
        await api.Says("GET /v2/tags/arn%3Aaws%3Aapigateway%3Aeu-west-2%3A%3A%2fapis%2fAPI", "", """200 {"tags":{"a":"b"}}""");
        await api.Says("DELETE /v2/tags/arn%3Aaws%3Aapigateway%3Aeu-west-2%3A%3A%2fapis%2fAPI?tagKeys=a", "", "204 ");
        foreach (var path in (string[])["domainnames/api.recipes.test/apimappings/MAPPING", "domainnames/api.recipes.test", "apis/API/stages/dev/routesettings/GET%20%2Fx", "apis/API/stages/dev/accesslogsettings", "apis/API/stages/dev", "apis/API/deployments/DEPLOYMENT", "apis/API/routes/ROUTE", "apis/API/integrations/INTEGRATION", "apis/API/authorizers/GUARD", "apis/API/cors", "apis/API"])
            await api.Says("DELETE /v2/" + path, "", "204 ");
        await api.Says("GET /v2/apis/API", "", """404 {"message":"Invalid API identifier specified 123456789012:API"}""");
    }

    [Fact]
    public async Task What_is_not_there_is_named()
    {
        await using var fixture = await HttpApiFixture.Start();
        using var api = new Wire(fixture);
        await api.Says("GET /v2/apis/nosuch", "", """404 {"message":"Invalid API identifier specified 123456789012:nosuch"}""");
        foreach (var (path, what) in ((string, string)[])[("routes", "Route"), ("integrations", "Integration"), ("authorizers", "Authorizer"), ("deployments", "Deployment")])
            foreach (var method in (string[])["GET", "DELETE"])
                await api.Says($"{method} /v2/apis/API/{path}/nosuch", "", $$"""404 {"message":"Invalid {{what}} identifier specified nosuch"}""");
        await api.Says("GET /v2/apis/API/stages/nosuch", "", """404 {"message":"Invalid stage identifier specified"}""");
        await api.Says("GET /v2/domainnames/no.such", "", """404 {"message":"Invalid domain name identifier specified"}""");
        await api.Says("POST /v2/apis/API/stages", """{"stageName":"$default"}""", """409 {"message":"Stage already exists"}""");
        await api.Says("POST /v2/apis/API/deployments", """{"stageName":"$default"}""", """400 {"message":"Deployment cannot be created for a stage with auto deploy enabled"}""");
        await api.Says("PATCH /v2/apis/API", """{"corsConfiguration":{"allowOrigins":["*"],"allowCredentials":true}}""", """400 {"message":"allowCredentials is not supported for origin *"}""");
    }

    [Theory]
    [InlineData("POST /v2/apis", """{"name":"w","protocolType":"WEBSOCKET","routeSelectionExpression":"$request.body.action"}""", "WebSocket APIs")]
    [InlineData("POST /v2/vpclinks", """{"name":"v","subnetIds":["subnet-1"]}""", "VPC links")]
    [InlineData("GET /v2/vpclinks", "", "VPC links")]
    [InlineData("POST /v2/apis/API/integrations", """{"integrationType":"HTTP_PROXY","integrationMethod":"ANY","connectionType":"VPC_LINK","connectionId":"v"}""", "VPC links")]
    [InlineData("POST /v2/apis/API/integrations", """{"integrationType":"AWS_PROXY","integrationSubtype":"SQS-SendMessage","payloadFormatVersion":"1.0"}""", "AWS service integrations")]
    [InlineData("POST /v2/apis/API/integrations", """{"integrationType":"HTTP_PROXY","integrationMethod":"ANY","integrationUri":"https://a.example","tlsConfig":{"serverNameToVerify":"a"}}""", "tlsConfig")]
    [InlineData("POST /v2/domainnames", """{"domainName":"a.recipes.test","mutualTlsAuthentication":{"truststoreUri":"s3://b/k"},"domainNameConfigurations":[]}""", "mutual TLS")]
    [InlineData("POST /v2/apis/API/models", """{"name":"m","schema":"{}"}""", "models")]
    [InlineData("GET /v2/apis/API/routes/r/routeresponses", "", "route responses")]
    [InlineData("GET /v2/apis/API/integrations/i/integrationresponses", "", "integration responses")]
    [InlineData("GET /restapis", "", "REST APIs (API Gateway v1)")]
    [InlineData("POST /restapis", """{"name":"r"}""", "REST APIs (API Gateway v1)")]
    [InlineData("GET /apikeys", "", "REST APIs (API Gateway v1)")]
    public async Task What_there_is_not_is_an_error_that_names_it(string call, string body, string name)
    {
        await using var fixture = await HttpApiFixture.Start();
        using var api = new Wire(fixture);
        var (status, text) = await api.Ask(call, body);
        Assert.Equal(400, status);
        Assert.Matches($"^\\{{\"message\":\"Galley does not support {Regex.Escape(name)}", text);
    }

    [Fact]
    public async Task Limits_are_AWSs()
    {
        await using var fixture = await HttpApiFixture.Start(stage: false);
        using var api = new Wire(fixture);
        var integration = $$"""{"integrationType":"HTTP_PROXY","integrationMethod":"ANY","integrationUri":"{{fixture.Backend.Address}}"}""";
        await Last(10, "stages", i => $$"""{"stageName":"s{{i}}"}""", "Stages");
        var jwt = $$$"""{"name":"NAME","authorizerType":"JWT","identitySource":["$request.header.Authorization"],"jwtConfiguration":{"issuer":"{{{fixture.Backend.Address}}}/issuer","audience":[AUDIENCE]}}""";
        await Last(10, "authorizers", i => jwt.Replace("NAME", $"a{i}", StringComparison.Ordinal).Replace("AUDIENCE", Many(50), StringComparison.Ordinal), "Authorizers");
        Assert.Equal((400, """{"message":"No more than 50 audiences are allowed"}"""), await api.Ask("POST /v2/apis/API/authorizers", jwt.Replace("AUDIENCE", Many(51), StringComparison.Ordinal)));
        foreach (var (bad, why) in ((string, string)[])[("\"timeoutInMillis\":30001", "Timeout should be between 50 ms and 30000 ms"), ("\"timeoutInMillis\":49", "Timeout should be between 50 ms and 30000 ms"), ("\"payloadFormatVersion\":\"2.0\"", "HTTP_PROXY integrations support only the payload format version 1.0")])
            Assert.Equal((400, $$"""{"message":"{{why}}"}"""), await api.Ask("POST /v2/apis/API/integrations", integration[..^1] + "," + bad + "}"));
        await Last(300, "integrations", _ => integration, "Integrations");
        await Last(300, "routes", i => $$"""{"routeKey":"GET /{{i}}"}""", "Routes");
        Assert.Equal(400, (await api.Ask("PATCH /v2/apis/API/stages/s0", $$$"""{"accessLogSettings":{"destinationArn":"arn:aws:logs:eu-west-2:123456789012:log-group:l","format":"{{{new string('x', 3073)}}}"}}""")).Status);

        async Task Last(int limit, string path, Func<int, string> body, string what)
        {
            for (var i = 0; i < limit; i++)
            {
                var (status, text) = await api.Ask("POST /v2/apis/API/" + path, body(i));
                Assert.True(status == 201, text);
            }

            Assert.Equal((429, $$"""{"message":"Maximum number of {{what}} for this API has been reached. The limit is {{limit}}"}"""), await api.Ask("POST /v2/apis/API/" + path, body(limit)));
        }

        static string Many(int count) => string.Join(',', Enumerable.Range(0, count).Select(i => $"\"{i}\""));
    }

    /// <summary>Signed JSON calls; the ids that answers bring get names, which later calls and answers then have.</summary>
    private sealed partial class Wire(HttpApiFixture fixture) : IDisposable
    {
        private readonly SignedHttp _http = new(fixture.Server.Endpoint, fixture.Server.Region, fixture.Server.AccessKeyId, fixture.Server.SecretAccessKey);
        private readonly Dictionary<string, string> _ids = new() { ["API"] = fixture.ApiId };

        public async Task<(int Status, string Text)> Ask(string call, string body)
        {
            foreach (var (name, id) in _ids) (call, body) = (Name(name).Replace(call, id), Name(name).Replace(body, id));
            var space = call.IndexOf(' ', StringComparison.Ordinal);
            var (status, text) = await _http.Send("apigateway", new HttpMethod(call[..space]), call[(space + 1)..], body.Length == 0 ? null : Encoding.UTF8.GetBytes(body), body.Length == 0 ? [] : [("Content-Type", "application/json")]);
            return ((int)status, text);
        }

        public async Task Says(string call, string body, string expected)
        {
            var (status, text) = await Ask(call, body);
            // a name that is new stands for whatever is in its place
            foreach (Match id in NewId().Matches(expected))
                if (!_ids.ContainsKey(id.Groups[2].Value) && Regex.Match(text, Regex.Escape(id.Groups[1].Value) + "([a-z0-9]{6,10})") is { Success: true } found)
                    _ids[id.Groups[2].Value] = found.Groups[1].Value;
            foreach (var (name, id) in _ids) text = text.Replace(id, name, StringComparison.Ordinal);
            text = Time().Replace(text, "\"TIME\"");
            if (JsonNode.Parse(expected[4..] is { Length: > 0 } json ? json : "null") is { } whole && status != 204) Assert.True(JsonNode.DeepEquals(whole, JsonNode.Parse(text)) && status == int.Parse(expected[..3], System.Globalization.CultureInfo.InvariantCulture), $"{call}\n{expected}\n{status} {text}");
            else Assert.Equal((call, expected), (call, $"{status} {text}"));
        }

        private static Regex Name(string name) => new($"(?<![A-Z]){name}(?![A-Z])");

        [GeneratedRegex("(\"[a-zA-Z]+\":\"(?:d-)?)([A-Z]{3,})(?=[\".])")]
        private static partial Regex NewId();

        [GeneratedRegex("\"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z\"")]
        private static partial Regex Time();

        public void Dispose() => _http.Dispose();
    }
}

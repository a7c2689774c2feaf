using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Galley.Tests.Edge;
using Galley.Tests.Server;

namespace Galley.Tests.ApiGateway;

/// <summary>
/// Events whole, each beside the document in `Events/` that says what AWS sends: both payload formats, every kind of authorizer, binary
/// bodies, cookies and repeated values. What differs from run to run (ids, times, keys) has a name in capitals there.
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
/// </summary>
public sealed partial class EventDocumentsTests(EventDocumentsTests.Place place) : IClassFixture<EventDocumentsTests.Place>
{
    private const string Body = "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 5\r\n\r\nhello";
    private const string Lists = "Cookie: c1=v1; c2=v2\r\nCookie: c3=v3\r\nX-Many: 1\r\nX-MANY: 2\r\nX-Forwarded-For: 6.6.6.6\r\nX-Amzn-Evil: 1\r\nKeep-Alive: 5\r\n";

    [Theory]
    [InlineData("2.0", "POST /v2/a%20b?a=1&a=2&b=x%20y&c", Lists + Body)]
    [InlineData("2.0-bare", "GET /bare/", "\r\n")]
    [InlineData("2.0-binary", "POST /v2/x", "Content-Type: image/png\r\nContent-Length: 3\r\n\r\n\u0000\u00ff\n")]
    [InlineData("1.0", "POST /v1/a%20b?a=1&a=2&b=x%20y&c", Lists + Body)]
    [InlineData("1.0-bare", "GET /bare/v1", "\r\n")]
    [InlineData("1.0-binary", "POST /v1/x", "Content-Type: image/png\r\nContent-Length: 3\r\n\r\n\u0000\u00ff\n")]
    [InlineData("2.0-jwt", "GET /jwt/v2", "Authorization: Bearer TOKEN\r\n\r\n")]
    [InlineData("1.0-jwt", "GET /jwt/v1", "Authorization: TOKEN\r\n\r\n")]
    [InlineData("2.0-jwt-scopes", "GET /scoped/v2", "Authorization: Bearer TOKEN\r\n\r\n")]
    [InlineData("1.0-jwt-scopes", "GET /scoped/v1", "Authorization: Bearer TOKEN\r\n\r\n")]
    public Task An_integration_gets(string document, string line, string rest) => Is(document, () => place.Raw(line, rest.Replace("TOKEN", place.Token, StringComparison.Ordinal)));

    /// <summary>The authorizer's own event comes back in its context; here it is looked at apart.</summary>
    [Theory]
    [InlineData("2.0-lambda", "GET /custom/v2/a%20b?q=1&q=2")]
    [InlineData("2.0-policy", "GET /policy/v2")]
    [InlineData("1.0-lambda", "GET /custom/v1/a%20b?q=1&q=2")]
    public async Task An_authorizer_and_its_integration_get(string document, string line)
    {
        var integration = await place.Raw(line, "X-Key: good\r\nCookie: c1=v1\r\n\r\n");
        var authorizer = integration["requestContext"]!["authorizer"]!;
        var context = (authorizer["lambda"] ?? authorizer).AsObject();
        var asked = context["event"]!;
        context.Remove("event");
        await Is(document, () => Task.FromResult(integration));
        await Is(document + "-asked", () => Task.FromResult(asked is JsonValue text ? JsonNode.Parse((string)text!)! : asked));
    }

    [Theory]
    [InlineData("2.0-iam", "/iam/v2", false)]
    [InlineData("1.0-iam", "/iam/v1", false)]
    [InlineData("2.0-identity-pool", "/iam/v2", true)]
    [InlineData("1.0-identity-pool", "/iam/v1", true)]
    public Task A_signed_request_tells_who_signed(string document, string path, bool identityPool) => Is(document, () => place.Signed(path, identityPool));

    private async Task Is(string document, Func<Task<JsonNode>> ask)
    {
        var actual = JsonNode.Parse(place.Plain((await ask()).ToJsonString(Readable)))!;
        var expected = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "tests", "Galley.Tests", "ApiGateway", "Events", document + ".json")))!;
        Assert.True(JsonNode.DeepEquals(expected, actual), $"{document}:\n{actual.ToJsonString(Readable)}");
    }

    private static readonly System.Text.Json.JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>One API with a route for each kind of event.</summary>
    public sealed partial class Place : IAsyncLifetime
    {
        private const string Echo = "def lambda_handler(event, context): return event";
        private const string EchoV1 = "import json\ndef lambda_handler(event, context): return {'statusCode': 200, 'body': json.dumps(event)}";
        private const string Guard = "def lambda_handler(event, context): return {'isAuthorized': True, 'context': {'text': 't', 'number': 1, 'truth': True, 'list': [1, 'a'], 'map': {'a': None}, 'event': event}}";

        private const string PolicyGuard = """
            import json
            def lambda_handler(event, context):
                arn = event.get("routeArn") or event["methodArn"]
                return {"principalId": "me", "policyDocument": {"Version": "2012-10-17", "Statement": [{"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": arn}]},
                        "context": {"text": "t", "number": 1, "truth": True, "event": json.dumps(event)}}
            """;

        private const string Password = "Passw0rd!";
        private HttpApiFixture _fixture = null!;
        private SignedHttp _ann = null!, _user = null!;
        private string _sessionToken = "", _identity = "", _identityPool = "", _userPool = "", _sub = "";

        internal string Token { get; private set; } = "";

        public async ValueTask InitializeAsync()
        {
            _fixture = await HttpApiFixture.Start();
            await _fixture.Call("UpdateStage", new { _fixture.ApiId, StageName = "$default", StageVariables = new { k = "v" } });
            await _fixture.Call("CreateStage", new { _fixture.ApiId, StageName = "bare", AutoDeploy = true });
            var (echo, echoV1, guard, policyGuard) = (await _fixture.Function("echo", Echo), await _fixture.Function("echo1", EchoV1), await _fixture.Function("guard", Guard), await _fixture.Function("policy-guard", PolicyGuard));
            var jwt = await Authorizer(new { AuthorizerType = "JWT", IdentitySource = new[] { "$request.header.Authorization" }, JwtConfiguration = new { Issuer = _fixture.Backend.Address + "/issuer", Audience = new[] { "me" } } });
            var sources = new[] { "$request.header.X-Key", "$stageVariables.k" };
            var simple = await Authorizer(new { AuthorizerType = "REQUEST", AuthorizerUri = _fixture.InvocationUri(guard), AuthorizerPayloadFormatVersion = "2.0", EnableSimpleResponses = true, IdentitySource = sources });
            var policy = await Authorizer(new { AuthorizerType = "REQUEST", AuthorizerUri = _fixture.InvocationUri(policyGuard), AuthorizerPayloadFormatVersion = "2.0", IdentitySource = Array.Empty<string>() });
            var first = await Authorizer(new { AuthorizerType = "REQUEST", AuthorizerUri = _fixture.InvocationUri(policyGuard), AuthorizerPayloadFormatVersion = "1.0", IdentitySource = sources });
            await _fixture.FunctionRoute("$default", echo);
            await _fixture.FunctionRoute("POST /v2/{code}", echo);
            await _fixture.FunctionRoute("POST /v1/{code}", echoV1, "1.0");
            await _fixture.FunctionRoute("ANY /v1", echoV1, "1.0");
            foreach (var (version, function) in ((string, string)[])[("v2", echo), ("v1", echoV1)])
            {
                var format = version == "v2" ? "2.0" : "1.0";
                await _fixture.FunctionRoute("GET /jwt/" + version, function, format, new { AuthorizationType = "JWT", AuthorizerId = jwt });
                await _fixture.FunctionRoute("GET /scoped/" + version, function, format, new { AuthorizationType = "JWT", AuthorizerId = jwt, AuthorizationScopes = new[] { "r", "w" } });
                await _fixture.FunctionRoute("GET /iam/" + version, function, format, new { AuthorizationType = "AWS_IAM" });
                await _fixture.FunctionRoute($"GET /custom/{version}/{{id}}", function, format, new { AuthorizationType = "CUSTOM", AuthorizerId = version == "v2" ? simple : first });
            }

            await _fixture.FunctionRoute("GET /policy/v2", echo, authorization: new { AuthorizationType = "CUSTOM", AuthorizerId = policy });
            Token = _fixture.Backend.Token(new Dictionary<string, object> { ["iss"] = _fixture.Backend.Address + "/issuer", ["client_id"] = "me", ["exp"] = 4102444800, ["scope"] = "w x", ["cognito:groups"] = new[] { "admin", "users" }, ["email_verified"] = true, ["n"] = 1.5, ["map"] = new { a = 1 } });
            await MakeSigners();
        }

        private async Task<string> Authorizer(object settings)
        {
            var input = System.Text.Json.JsonSerializer.SerializeToNode(settings)!.AsObject();
            input["ApiId"] = _fixture.ApiId;
            input["Name"] = Guid.NewGuid().ToString();
            return (string)(await _fixture.Aws.Call("apigatewayv2", "CreateAuthorizer", input))["AuthorizerId"]!;
        }

        /// <summary>A user of IAM, and a user of a user pool with keys of an identity pool.</summary>
        private async Task MakeSigners()
        {
            var aws = _fixture.Aws;
            var policy = $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"arn:aws:execute-api:eu-west-2:123456789012:{{_fixture.ApiId}}/*"}]}""";
            await aws.Call("iam", "CreateUser", new { UserName = "ann" });
            await aws.Call("iam", "PutUserPolicy", new { UserName = "ann", PolicyName = "p", PolicyDocument = policy });
            var key = (await aws.Call("iam", "CreateAccessKey", new { UserName = "ann" }))["AccessKey"]!;
            _ann = new SignedHttp(_fixture.Server.Endpoint, "eu-west-2", (string)key["AccessKeyId"]!, (string)key["SecretAccessKey"]!);

            _userPool = (string)(await aws.Call("cognito-identity-provider", "CreateUserPool", new { PoolName = "p" }))["UserPool"]!["Id"]!;
            var client = (string)(await aws.Call("cognito-identity-provider", "CreateUserPoolClient", new { UserPoolId = _userPool, ClientName = "c", ExplicitAuthFlows = new[] { "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH" } }))["UserPoolClient"]!["ClientId"]!;
            var user = await aws.Call("cognito-identity-provider", "AdminCreateUser", new { UserPoolId = _userPool, Username = "bob", MessageAction = "SUPPRESS" });
            _sub = (string)user["User"]!["Attributes"]!.AsArray().Single(one => (string)one!["Name"]! == "sub")!["Value"]!;
            await aws.Call("cognito-identity-provider", "AdminSetUserPassword", new { UserPoolId = _userPool, Username = "bob", Password, Permanent = true });
            var token = (string)(await aws.Call("cognito-identity-provider", "InitiateAuth", new { ClientId = client, AuthFlow = "USER_PASSWORD_AUTH", AuthParameters = new { USERNAME = "bob", PASSWORD = Password } }))["AuthenticationResult"]!["IdToken"]!;
            var provider = "cognito-idp.eu-west-2.amazonaws.com/" + _userPool;
            _identityPool = (string)(await aws.Call("cognito-identity", "CreateIdentityPool", new { IdentityPoolName = "app", AllowUnauthenticatedIdentities = false, CognitoIdentityProviders = new[] { new { ProviderName = provider, ClientId = client } } }))["IdentityPoolId"]!;
            await aws.Call("iam", "CreateRole", new { RoleName = "users", AssumeRolePolicyDocument = CognitoIdentity.Place.Trust(_identityPool, "authenticated") });
            await aws.Call("iam", "PutRolePolicy", new { RoleName = "users", PolicyName = "p", PolicyDocument = policy });
            await aws.Call("cognito-identity", "SetIdentityPoolRoles", new { IdentityPoolId = _identityPool, Roles = new { authenticated = "arn:aws:iam::123456789012:role/users" } });
            var logins = new Dictionary<string, string> { [provider] = token };
            _identity = (string)(await aws.Call("cognito-identity", "GetId", new { IdentityPoolId = _identityPool, Logins = logins }))["IdentityId"]!;
            var keys = (await aws.Call("cognito-identity", "GetCredentialsForIdentity", new { IdentityId = _identity, Logins = logins }))["Credentials"]!;
            _user = new SignedHttp(_fixture.Server.Endpoint, "eu-west-2", (string)keys["AccessKeyId"]!, (string)keys["SecretKey"]!);
            _sessionToken = (string)keys["SessionToken"]!;
        }

        /// <summary>The request byte for byte, so that lines stay apart and names keep their case.</summary>
        internal async Task<JsonNode> Raw(string line, string rest)
        {
            var answer = await RawHttp.Send(_fixture.Server.Port, $"{line} HTTP/1.1\r\nHost: {_fixture.Host}\r\nUser-Agent: me/1.0\r\nConnection: close\r\n{rest}");
            Assert.True(RawHttp.Status(answer) == 200, answer);
            return JsonNode.Parse(answer[answer.IndexOf('{', StringComparison.Ordinal)..])!;
        }

        internal async Task<JsonNode> Signed(string path, bool identityPool)
        {
            (string, string)[] headers = identityPool ? [("X-Amz-Security-Token", _sessionToken), ("User-Agent", "me/1.0")] : [("User-Agent", "me/1.0")];
            var (status, body) = await (identityPool ? _user : _ann).Send("execute-api", HttpMethod.Get, $"/_galley/execute-api/{_fixture.ApiId}{path}", null, headers);
            Assert.True(status == System.Net.HttpStatusCode.OK, body);
            return JsonNode.Parse(body)!;
        }

        /// <summary>Names for what differs from run to run.</summary>
        internal string Plain(string json)
        {
            foreach (var (given, name) in ((string, string)[])[
                         (_fixture.ApiId, "API"), (_fixture.Backend.Address, "BACKEND"), (Token, "TOKEN"), (_sessionToken, "SESSION_TOKEN"), (_identity, "IDENTITY"), (_identityPool, "IDENTITY_POOL"),
                         (_userPool, "USER_POOL"), (_sub, "SUB"), ($"127.0.0.1:{_fixture.Server.Port}", "GALLEY"), ($"\"{_fixture.Server.Port}\"", "\"PORT\"")])
                json = json.Replace(given, name, StringComparison.Ordinal);
            foreach (var (form, name) in ((Regex, string)[])[(Trace(), "TRACE"), (Key(), "KEY"), (Id(), "ID"), (Signature(), "SIGNATURE"), (Date(), "DATE")]) json = form.Replace(json, name);
            return Epoch().Replace(Time().Replace(RequestId().Replace(json, "$1\"REQUEST\""), "$1\"TIME\""), "$1 0");
        }

        [GeneratedRegex("Root=1-[0-9a-f]{8}-[0-9a-f]{24}")]
        private static partial Regex Trace();

        [GeneratedRegex("A[KS]IA[A-Z0-9]{16}")]
        private static partial Regex Key();

        [GeneratedRegex("A(?:IDA|ROA)[A-Z0-9]{17}")]
        private static partial Regex Id();

        [GeneratedRegex("AWS4-HMAC-SHA256 [^\"]*")]
        private static partial Regex Signature();

        [GeneratedRegex("[0-9]{8}T[0-9]{6}Z")]
        private static partial Regex Date();

        [GeneratedRegex("(\"(?:extendedR|r)equestId\": )\"[A-Za-z0-9+/]{15}=\"")]
        private static partial Regex RequestId();

        [GeneratedRegex("(\"(?:time|requestTime)\": )\"[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9]{2}:[0-9]{2}:[0-9]{2} \\+0000\"")]
        private static partial Regex Time();

        [GeneratedRegex("(\"(?:timeEpoch|requestTimeEpoch)\":) [0-9]{13}")]
        private static partial Regex Epoch();

        public async ValueTask DisposeAsync()
        {
            _ann.Dispose();
            _user.Dispose();
            await _fixture.DisposeAsync();
        }
    }
}

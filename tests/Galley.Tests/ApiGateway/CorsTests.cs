namespace Galley.Tests.ApiGateway;

/// <summary>
/// CORS as the gateway does it, a row for each fact. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
/// </summary>
public sealed class CorsTests(CorsTests.Place place) : IClassFixture<CorsTests.Place>
{
    private const string App = "https://app.test", Foreign = "https://evil.test";

    /// <summary>What the answer has of the headers that a browser asks about; `=` stands for the origin as sent.</summary>
    [Theory]
    // the gateway answers by itself, before any authorizer, for paths whose routes name a method, and where there is no route at all
    [InlineData("exact", "OPTIONS /open", App, "204", "allow-credentials: true|allow-headers: authorization,X-A|allow-methods: GET,POST|allow-origin: =|expose-headers: x-b|max-age: 60|vary: Origin")]
    [InlineData("exact", "OPTIONS /guarded", App, "204", "allow-credentials: true|allow-headers: authorization,X-A|allow-methods: GET,POST|allow-origin: =|expose-headers: x-b|max-age: 60|vary: Origin")]
    [InlineData("exact", "OPTIONS /nowhere", App, "204", "allow-credentials: true|allow-headers: authorization,X-A|allow-methods: GET,POST|allow-origin: =|expose-headers: x-b|max-age: 60|vary: Origin")]
    [InlineData("exact", "OPTIONS /open", Foreign, "204", "")]
    [InlineData("exact", "OPTIONS /open", "http://app.test", "204", "")]
    [InlineData("exact", "OPTIONS /open", "https://app.test.evil.test", "204", "")]
    [InlineData("exact", "OPTIONS /open", "null", "204", "")]
    [InlineData("exact", "OPTIONS /open DELETE", App, "204", "")]
    [InlineData("exact", "OPTIONS /open GET x-other", App, "204", "")]
    [InlineData("exact", "OPTIONS /open GET x-a", App, "204", "allow-credentials: true|allow-headers: authorization,X-A|allow-methods: GET,POST|allow-origin: =|expose-headers: x-b|max-age: 60|vary: Origin")]
    // it is a preflight only with Origin and Access-Control-Request-Method
    [InlineData("exact", "OPTIONS /open", "", "404", "")]
    [InlineData("exact", "OPTIONS /open -", App, "404", "allow-credentials: true|allow-origin: =|expose-headers: x-b|vary: Origin")]
    // a route that takes OPTIONS takes the preflight too: its authorizer asks for a token
    [InlineData("exact", "OPTIONS /any/x", App, "401", "allow-credentials: true|allow-origin: =|expose-headers: x-b|vary: Origin")]
    [InlineData("exact", "OPTIONS /own", App, "200", "allow-credentials: true|allow-origin: =|expose-headers: x-b|vary: Origin")]
    // answers of integrations lose their own headers, for whichever origin; the gateway's own answers have the API's
    [InlineData("exact", "GET /open", App, "200", "allow-credentials: true|allow-origin: =|expose-headers: x-b|vary: Origin")]
    [InlineData("exact", "GET /open", Foreign, "200", "")]
    [InlineData("exact", "GET /open", "", "200", "")]
    [InlineData("exact", "GET /guarded", App, "401", "allow-credentials: true|allow-origin: =|expose-headers: x-b|vary: Origin")]
    [InlineData("exact", "GET /nowhere", App, "404", "allow-credentials: true|allow-origin: =|expose-headers: x-b|vary: Origin")]
    [InlineData("exact", "GET /nothing", App, "500", "allow-credentials: true|allow-origin: =|expose-headers: x-b|vary: Origin")]
    [InlineData("exact", "GET /guarded", Foreign, "401", "")]
    // kinds of origins
    [InlineData("star", "OPTIONS /open DELETE x-any", Foreign, "204", "allow-headers: *|allow-methods: *|allow-origin: *")]
    [InlineData("star", "GET /open", Foreign, "200", "allow-origin: *")]
    [InlineData("https", "GET /open", Foreign, "200", "allow-origin: =|vary: Origin")]
    [InlineData("https", "GET /open", "http://evil.test", "200", "")]
    [InlineData("https", "OPTIONS /open GET", Foreign, "204", "allow-origin: =|vary: Origin")]
    // without a configuration the integration's own headers stand, and a preflight is a request like any other
    [InlineData("none", "GET /open", App, "200", "allow-origin: https://backend.example")]
    [InlineData("none", "OPTIONS /open", App, "404", "")]
    public async Task Each_request_is_answered(string api, string line, string origin, string status, string expected)
    {
        var parts = line.Split(' ');
        var headers = new List<(string, string)>();
        if (origin.Length > 0) headers.Add(("Origin", origin));
        if (parts[0] == "OPTIONS" && parts.ElementAtOrDefault(2) != "-") headers.Add(("Access-Control-Request-Method", parts.ElementAtOrDefault(2) ?? "GET"));
        if (parts.ElementAtOrDefault(3) is { } asked) headers.Add(("Access-Control-Request-Headers", asked));
        using var answer = await place.Apis[api].Send(new HttpMethod(parts[0]), parts[1], null, [.. headers]);
        const string prefix = "access-control-";
        var said = answer.Headers.Where(header => header.Key.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) || header.Key == "Vary")
            .Select(header => $"{header.Key.ToLowerInvariant().Replace(prefix, "", StringComparison.Ordinal)}: {string.Join('&', header.Value)}").Order(StringComparer.Ordinal);
        Assert.Equal((status, expected.Replace("=", origin, StringComparison.Ordinal)), ($"{(int)answer.StatusCode}", string.Join('|', said)));
        if (status == "204") Assert.Equal("", await answer.Content.ReadAsStringAsync());
    }

    public sealed class Place : IAsyncLifetime
    {
        private HttpApiFixture _fixture = null!;

        internal Dictionary<string, HttpApiFixture> Apis { get; } = [];

        public async ValueTask InitializeAsync()
        {
            _fixture = await HttpApiFixture.Start();
            foreach (var (name, cors) in ((string, object?)[])[
                         ("exact", new { AllowOrigins = new[] { App }, AllowMethods = new[] { "GET", "POST" }, AllowHeaders = new[] { "authorization", "X-A" }, ExposeHeaders = new[] { "x-b" }, MaxAge = 60, AllowCredentials = true }),
                         ("star", new { AllowOrigins = new[] { "*" }, AllowMethods = new[] { "*" }, AllowHeaders = new[] { "*" } }),
                         ("https", new { AllowOrigins = new[] { "https://*" } }),
                         ("none", null)])
            {
                var made = await _fixture.Aws.Call("apigatewayv2", "CreateApi", cors is null ? new { Name = name, ProtocolType = "HTTP" } : new { Name = name, ProtocolType = "HTTP", CorsConfiguration = cors });
                var api = Apis[name] = _fixture.Beside((string)made["ApiId"]!);
                await api.Call("CreateStage", new { api.ApiId, StageName = "$default", AutoDeploy = true });
                await api.Route("GET /open");
                if (name != "exact") continue;
                var authorizer = await api.Call("CreateAuthorizer", new { api.ApiId, Name = "jwt", AuthorizerType = "JWT", IdentitySource = new[] { "$request.header.Authorization" }, JwtConfiguration = new { Issuer = api.Backend.Address + "/issuer", Audience = new[] { "me" } } });
                var guarded = new { AuthorizationType = "JWT", AuthorizerId = (string)authorizer["AuthorizerId"]! };
                await api.Route("GET /guarded", authorization: guarded);
                await api.Route("ANY /any/{proxy+}", authorization: guarded);
                await api.Route("OPTIONS /own");
                await api.Call("CreateRoute", new { api.ApiId, RouteKey = "GET /nothing" });
            }
        }

        public async ValueTask DisposeAsync() => await _fixture.DisposeAsync();
    }
}

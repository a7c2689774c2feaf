using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Galley.Cognito.SignIn;
using Microsoft.Extensions.Time.Testing;

namespace Galley.Tests.Cognito;

/// <summary>A server with one pool of the tutorial's kind, its client and its domain; and a browser for the pages.</summary>
internal sealed class Fixture : IAsyncDisposable
{
    public const string Callback = "https://www.google.com/authenticate";
    public const string Password = "Passw0rd!";

    public required GalleyServer Server { get; init; }
    public required AwsJs Js { get; init; }
    public required FakeTimeProvider Time { get; init; }
    public string PoolId { get; private set; } = "";
    public string ClientId { get; private set; } = "";
    public string Secret { get; private set; } = "";

    public static async Task<Fixture> Start(object? client = null, object? pool = null, bool secret = true, bool strict = false, Action? beforeHash = null)
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
        // The SDK signs with the clock of the machine; these tests are about Cognito, and their clock stands still.
        var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012", PasswordRounds = 10, Time = time, AnyCredentials = true, StrictOidc = strict, BeforeHash = beforeHash });
        var fixture = new Fixture { Server = server, Js = new AwsJs(server), Time = time };
        var made = await fixture.Call("CreateUserPool", Merge(new
        {
            PoolName = "CookRecipePool",
            AutoVerifiedAttributes = new[] { "email" },
            Schema = new[] { new { Name = "email", Required = true, Mutable = true } },
        }, pool));
        fixture.PoolId = (string)made["UserPool"]!["Id"]!;
        var created = await fixture.Call("CreateUserPoolClient", Merge(new
        {
            UserPoolId = fixture.PoolId,
            ClientName = "CookRecipeApp",
            GenerateSecret = secret,
            ExplicitAuthFlows = new[] { "ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH" },
            SupportedIdentityProviders = new[] { "COGNITO" },
            CallbackURLs = new[] { Callback },
            LogoutURLs = new[] { Callback },
            AllowedOAuthFlows = new[] { "code" },
            AllowedOAuthScopes = new[] { "openid", "email" },
            AllowedOAuthFlowsUserPoolClient = true,
        }, client));
        fixture.ClientId = (string)created["UserPoolClient"]!["ClientId"]!;
        fixture.Secret = (string?)created["UserPoolClient"]!["ClientSecret"] ?? "";
        await fixture.Call("CreateUserPoolDomain", new { UserPoolId = fixture.PoolId, Domain = "cook-recipes-app" });
        return fixture;
    }

    /// <summary>An operation as a browser calls it, without a signature: status and body, byte for byte.</summary>
    public async Task<(int Status, string Body)> Raw(string operation, object input)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Server.Endpoint) { Content = new StringContent(System.Text.Json.JsonSerializer.Serialize(input), new System.Net.Http.Headers.MediaTypeHeaderValue("application/x-amz-json-1.1")) };
        request.Headers.Add("X-Amz-Target", "AWSCognitoIdentityProviderService." + operation);
        using var response = await Plain.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private static readonly HttpClient Plain = new();

    public Task<JsonObject> Call(string command, object input) => Js.Call("cognito-identity-provider", command, input);

    public Task<AwsJsError> Fails(string command, object input) => Js.Fails("cognito-identity-provider", command, input);

    public string? Hash(string name) => Secret.Length == 0 ? null : Credentials.SecretHash(Secret, name, ClientId);

    /// <summary>A confirmed user with <see cref="Password"/>.</summary>
    public async Task User(string name = "alice", string email = "alice@example.com")
    {
        await Call("AdminCreateUser", new { UserPoolId = PoolId, Username = name, MessageAction = "SUPPRESS", UserAttributes = new[] { new { Name = "email", Value = email }, new { Name = "email_verified", Value = "true" } } });
        await Call("AdminSetUserPassword", new { UserPoolId = PoolId, Username = name, Password, Permanent = true });
    }

    public Dictionary<string, string> Login(string name = "alice", string password = Password)
    {
        var parameters = new Dictionary<string, string> { ["USERNAME"] = name, ["PASSWORD"] = password };
        if (Hash(name) is { } hash) parameters["SECRET_HASH"] = hash;
        return parameters;
    }

    public Task<JsonObject> SignIn(string name = "alice", string password = Password)
        => Call("InitiateAuth", new { ClientId, AuthFlow = "USER_PASSWORD_AUTH", AuthParameters = Login(name, password) });

    public Task<AwsJsError> SignInFails(string name = "alice", string password = Password)
        => Fails("InitiateAuth", new { ClientId, AuthFlow = "USER_PASSWORD_AUTH", AuthParameters = Login(name, password) });

    /// <summary>The newest code mailed to an address.</summary>
    public async Task<string> MailedCode(string to) => Regex.Match((await Server.Mail.List(to))[0].Text, "[0-9]{6}").Value;

    public string LoginQuery(string more = "", string redirect = Callback) => $"response_type=code&client_id={ClientId}&redirect_uri={redirect}{more}";

    public Browser Browser(string? host = null) => new(Server, host ?? $"cook-recipes-app.auth.{Server.Region}.amazoncognito.com");

    /// <summary>A code for a signed-in user.</summary>
    public async Task<string> Code(string more = "", string name = "alice")
    {
        using var browser = Browser();
        await browser.Get("/login?" + LoginQuery(more));
        var (status, location, body) = await browser.Submit(("username", name), ("password", Password));
        Assert.True(status == 302, body);
        return Regex.Match(location!, "[?&]code=([0-9a-f-]{36})").Groups[1].Value;
    }

    public async Task<(int Status, JsonObject Body)> Token(Dictionary<string, string> form, bool basic = true, string? secret = null)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, Server.Endpoint + "oauth2/token") { Content = new FormUrlEncodedContent(form) };
        request.Headers.Host = $"cook-recipes-app.auth.{Server.Region}.amazoncognito.com";
        if (basic) request.Headers.Authorization = new("Basic", Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{ClientId}:{secret ?? Secret}")));
        using var response = await http.SendAsync(request);
        return ((int)response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject());
    }

    /// <summary>The endpoint's answer to a token: status, what it challenges with, and the body.</summary>
    public async Task<(int Status, string? Challenge, string Body)> UserInfo(string? token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Server.Endpoint + "oauth2/userInfo");
        request.Headers.Host = $"cook-recipes-app.auth.{Server.Region}.amazoncognito.com";
        if (token is not null) request.Headers.Authorization = new("Bearer", token);
        using var response = await Plain.SendAsync(request);
        return ((int)response.StatusCode, response.Headers.NonValidated.TryGetValues("WWW-Authenticate", out var challenge) ? challenge.ToString() : null, await response.Content.ReadAsStringAsync());
    }

    public Task<(int Status, JsonObject Body)> Exchange(string code, string redirect = Callback, string? verifier = null)
    {
        var form = new Dictionary<string, string> { ["grant_type"] = "authorization_code", ["code"] = code, ["redirect_uri"] = redirect };
        if (verifier is not null) form["code_verifier"] = verifier;
        return Token(form);
    }

    public static JsonObject Claims(string token) => JsonNode.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(token.Split('.')[1]))!.AsObject();

    public async ValueTask DisposeAsync() => await Server.DisposeAsync();

    private static JsonNode Merge(object usual, object? over)
    {
        var node = System.Text.Json.JsonSerializer.SerializeToNode(usual)!.AsObject();
        if (over is not null)
            foreach (var (name, value) in System.Text.Json.JsonSerializer.SerializeToNode(over)!.AsObject()) node[name] = value?.DeepClone();
        return node;
    }
}

/// <summary>As much of a browser as the pages need: cookies, forms, no following of redirects.</summary>
internal sealed class Browser(GalleyServer server, string host) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
    private string _body = "";

    public Dictionary<string, string> Cookies { get; } = [];

    public HttpResponseMessage? Last { get; private set; }

    public async Task<(int Status, string? Location, string Body)> Get(string path) => await Send(HttpMethod.Get, path, null);

    /// <summary>Sends the first form of the page with its hidden fields and these values.</summary>
    public async Task<(int Status, string? Location, string Body)> Submit(params (string Name, string Value)[] values)
    {
        var form = Regex.Match(_body, "<form method=\"post\" action=\"([^\"]*)\">(.*?)</form>", RegexOptions.Singleline);
        Assert.True(form.Success, _body);
        var fields = Regex.Matches(form.Groups[2].Value, "<input type=\"hidden\" name=\"([^\"]*)\" value=\"([^\"]*)\">")
            .Select(match => KeyValuePair.Create(match.Groups[1].Value, WebUtility.HtmlDecode(match.Groups[2].Value)))
            .Concat(values.Select(value => KeyValuePair.Create(value.Name, value.Value)));
        return await Send(HttpMethod.Post, WebUtility.HtmlDecode(form.Groups[1].Value), new FormUrlEncodedContent(fields));
    }

    public async Task<(int Status, string? Location, string Body)> Follow(string location) => await Get(location);

    public async Task<(int Status, string? Location, string Body)> Send(HttpMethod method, string path, HttpContent? content, string? origin = null)
    {
        using var request = new HttpRequestMessage(method, server.Endpoint.ToString().TrimEnd('/') + path) { Content = content };
        request.Headers.Host = host;
        if (origin is not null) request.Headers.Add("Origin", origin);
        if (Cookies.Count > 0) request.Headers.Add("Cookie", string.Join("; ", Cookies.Select(pair => $"{pair.Key}={pair.Value}")));
        Last = await _http.SendAsync(request);
        if (Last.Headers.TryGetValues("Set-Cookie", out var set))
            foreach (var cookie in set)
            {
                var pair = cookie.Split(';')[0].Split('=', 2);
                if (pair[1].Length == 0) Cookies.Remove(pair[0]);
                else Cookies[pair[0]] = pair[1];
            }

        _body = await Last.Content.ReadAsStringAsync();
        return ((int)Last.StatusCode, Last.Headers.TryGetValues("Location", out var location) ? location.First() : null, _body);
    }

    public void Dispose() => _http.Dispose();
}

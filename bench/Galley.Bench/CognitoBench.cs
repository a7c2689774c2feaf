using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Galley.Bench;

/// <summary>
/// `bench/run cognito [rounds] [seconds]`: documents, user calls, tokens and log-ins of a user pool, beside a bare Kestrel that answers the same
/// bytes, and beside what the machine signs and hashes by itself.
/// </summary>
internal sealed class CognitoBench(int rounds, TimeSpan seconds)
{
    private const string GalleyProgram = "artifacts/galley/galley", FloorProgram = "artifacts/floor/Floor", Password = "Passw0rd!", Callback = "https://app.example.com/cb";
    private const int KeptTokens = 400;

    /// <summary>More than Galley remembers (8,192): taken in turn, each is new whenever it comes.</summary>
    private const int NewTokens = 12_500;

    private readonly StringBuilder _report = new();
    private readonly string _data = Directory.CreateTempSubdirectory("galley-bench-").FullName;

    public async Task Run()
    {
        try
        {
            using var galley = await Server.Start(GalleyProgram, port => ["start", "--port", $"{port}", "--data", _data], "/_galley/health");
            var pool = await Pool.Make(await Aws.Of(GalleyProgram, galley.Port), galley.Port);
            var (sign, hash) = Floors();
            Line(Text($"one core by itself: {sign:0} RS256 signatures /s ({1e6 / sign:0} µs), {hash:0.0} password hashes /s ({1e3 / hash:0} ms)"));
            Line("\n| work | connections | galley /s | floor /s | ratio | p50 / p99 ms | CPU µs a request | floor CPU µs |\n|---|---|---|---|---|---|---|---|");
            foreach (var shot in await pool.Reads(KeptTokens, NewTokens)) await Beside(shot, galley, 16);
            Line("\n| work | connections | galley /s | CPU µs a request | made of | CPU over that |\n|---|---|---|---|---|---|");
            await Made(await pool.Refresh(), galley, 16, 2 / sign, "2 signatures");
            await Made(pool.Machine(), galley, 16, 1 / sign, "1 signature");
            await Made(pool.Authorize(), galley, 16, 0, "a durable code");
            await Made(pool.LogIn(), galley, 4, 2 / sign + 1 / hash, "2 signatures, 1 hash");
            await Meanwhile(pool, galley);
            Line(Text($"\nmemory after the load: {Proc.Memory(galley.Id):0} MiB"));
        }
        finally
        {
            Directory.Delete(_data, recursive: true);
        }

        Directory.CreateDirectory("artifacts/bench");
        await File.WriteAllTextAsync("artifacts/bench/cognito.md", _report.ToString());
    }

    /// <summary>Signatures and hashes that one core makes in a second of its own time, whoever else has the machine meanwhile.</summary>
    private static (double Sign, double Hash) Floors()
    {
        using var rsa = RSA.Create(2048);
        var data = new byte[700];
        return (PerSecond(() => rsa.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)), PerSecond(() => Rfc2898DeriveBytes.Pbkdf2(data, data.AsSpan(0, 16), 210_000, HashAlgorithmName.SHA512, 64)));

        static double PerSecond(Action act)
        {
            act(); // the key is made at its first use
            var (start, watch, done) = (Environment.CpuUsage.TotalTime, Stopwatch.StartNew(), 0);
            for (; watch.Elapsed < TimeSpan.FromSeconds(1); done++) act();
            return done / (Environment.CpuUsage.TotalTime - start).TotalSeconds;
        }
    }

    private async Task Beside(Shot shot, Server galley, int connections)
    {
        using var floor = await Server.Start(FloorProgram, port => [$"{port}", $"{Length(shot)}", "application/json"], "/");
        List<Round> ours = [], theirs = [];
        for (var round = 0; round <= rounds; round++) // the first warms up
        {
            var (a, b) = (await Load.Run(shot, connections, seconds, galley.Id), await Load.Run(shot with { Port = floor.Port, Status = 200 }, connections, seconds, floor.Id));
            if (round > 0) (ours, theirs) = ([.. ours, a], [.. theirs, b]);
        }

        Line(Text($"| {shot.Name} | {connections} | {Median(ours, r => r.PerSecond):0} | {Median(theirs, r => r.PerSecond):0} | {Median(ours, r => r.PerSecond) / Median(theirs, r => r.PerSecond):0.00} | {Median(ours, r => r.P50):0.00} / {Median(ours, r => r.P99):0.00} | {Median(ours, r => r.CpuMicroseconds):0.0} | {Median(theirs, r => r.CpuMicroseconds):0.0} |"));
    }

    private async Task Made(Shot shot, Server galley, int connections, double coreSeconds, string of)
    {
        var list = new List<Round>();
        for (var round = 0; round <= rounds; round++)
        {
            var figure = await Load.Run(shot, connections, seconds, galley.Id);
            if (round > 0) list.Add(figure);
        }

        var cpu = Median(list, r => r.CpuMicroseconds);
        Line(Text($"| {shot.Name} | {connections} | {Median(list, r => r.PerSecond):0} | {cpu:0} | {of}: {coreSeconds * 1e6:0} µs | {(coreSeconds > 0 ? Text($"{cpu / (coreSeconds * 1e6):0.00}") : "")} |"));
    }

    /// <summary>What everybody else feels while as many people sign in as the machine can take.</summary>
    private async Task Meanwhile(Pool pool, Server galley)
    {
        var jwks = pool.Jwks();
        var alone = await Load.Run(jwks, 4, seconds, galley.Id);
        var logIns = Load.Run(pool.LogIn(), 16, seconds * 3, galley.Id);
        var beside = await Load.Run(jwks, 4, seconds, galley.Id);
        await logIns;
        Line(Text($"\nJWKS over 4 connections: p50 / p99 {alone.P50:0.00} / {alone.P99:0.00} ms alone, {beside.P50:0.00} / {beside.P99:0.00} ms while 16 connections sign in"));
    }

    private static int Length(Shot shot)
    {
        using var http = new System.Net.Sockets.TcpClient("127.0.0.1", shot.Port);
        http.GetStream().Write(shot.Requests[0]);
        var buffer = new byte[64 << 10];
        var head = Encoding.ASCII.GetString(buffer, 0, http.GetStream().Read(buffer));
        return int.Parse(Regex.Match(head, "content-length: ([0-9]+)", RegexOptions.IgnoreCase).Groups[1].Value, CultureInfo.InvariantCulture);
    }

    private void Line(string text)
    {
        Console.WriteLine(text);
        _report.AppendLine(text);
    }

    private static double Median(List<Round> list, Func<Round, double> figure) => list.Select(figure).Order().ElementAt(list.Count / 2);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>A pool with a domain, an application, a machine and a user; and the requests that the load repeats.</summary>
    private sealed class Pool(Aws aws, int port)
    {
        private static readonly HttpClient Http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
        private readonly string _host = $"bench.auth.{aws.Region}.amazoncognito.com";
        private string _pool = "", _client = "", _machine = "", _cookie = "";

        public static async Task<Pool> Make(Aws aws, int port)
        {
            var made = new Pool(aws, port);
            await made.Make();
            return made;
        }

        public Shot Jwks() => new("JWKS", port, Request("GET", "127.0.0.1", $"/{_pool}/.well-known/jwks.json"));

        public async Task<List<Shot>> Reads(int kept, int many)
        {
            var token = await Code();
            var seen = await UserToken();
            var fresh = new byte[many][];
            await Parallel.ForAsync(0, many, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) => fresh[i] = GetUser((string)(await Refreshed(seen.Refresh))!));
            return
            [
                Jwks(),
                new("discovery", port, Request("GET", "127.0.0.1", $"/{_pool}/.well-known/openid-configuration")),
                new("userInfo", port, Request("GET", _host, "/oauth2/userInfo", $"Authorization: Bearer {token.Access}\r\n")),
                new("GetUser, one token", port, GetUser(seen.Access)),
                new(string.Create(CultureInfo.InvariantCulture, $"GetUser, {kept} tokens in turn"), port, fresh[..kept]),
                new("GetUser, a new token each time", port, fresh),
                new("log-in page", port, Request("GET", _host, "/login?" + Query)),
                new("DescribeUserPoolClient", port, aws.Bytes("cognito-idp", "AWSCognitoIdentityProviderService.DescribeUserPoolClient", "1.1", new() { ["UserPoolId"] = _pool, ["ClientId"] = _client })),
            ];
        }

        public async Task<Shot> Refresh() => new("token endpoint, refresh", port, Form("/oauth2/token", $"grant_type=refresh_token&client_id={_client}&refresh_token={(await Code()).Refresh}"));

        public Shot Machine() => new("token endpoint, machine", port, Form("/oauth2/token", $"grant_type=client_credentials&client_id={_machine.Split(':')[0]}&client_secret={_machine.Split(':')[1]}"));

        public Shot Authorize() => new("authorize with a session", port, Request("GET", _host, "/oauth2/authorize?" + Query, $"Cookie: {_cookie}\r\n"), 302);

        public Shot LogIn() => new("log-in, password", port, aws.Bytes("cognito-idp", "AWSCognitoIdentityProviderService.AdminInitiateAuth", "1.1", LogInInput()));

        private string Query => $"response_type=code&client_id={_client}&redirect_uri={Callback}&scope=openid%20email";

        private JsonObject LogInInput() => new() { ["UserPoolId"] = _pool, ["ClientId"] = _client, ["AuthFlow"] = "ADMIN_USER_PASSWORD_AUTH", ["AuthParameters"] = new JsonObject { ["USERNAME"] = "bench", ["PASSWORD"] = Password } };

        private async Task Make()
        {
            _pool = (string)(await Cognito("CreateUserPool", new() { ["PoolName"] = "bench" }))["UserPool"]!["Id"]!;
            await Cognito("CreateUserPoolDomain", new() { ["UserPoolId"] = _pool, ["Domain"] = "bench" });
            await Cognito("CreateResourceServer", new() { ["UserPoolId"] = _pool, ["Identifier"] = "api", ["Name"] = "api", ["Scopes"] = new JsonArray(new JsonObject { ["ScopeName"] = "read", ["ScopeDescription"] = "r" }) });
            JsonObject Client(string name, string flow, params string[] scopes) => new()
            {
                ["UserPoolId"] = _pool,
                ["ClientName"] = name,
                ["ExplicitAuthFlows"] = new JsonArray("ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"),
                ["GenerateSecret"] = flow != "code",
                ["SupportedIdentityProviders"] = new JsonArray("COGNITO"),
                ["CallbackURLs"] = new JsonArray(Callback),
                ["AllowedOAuthFlows"] = new JsonArray(flow),
                ["AllowedOAuthScopes"] = new JsonArray([.. scopes.Select(scope => JsonValue.Create(scope))]),
                ["AllowedOAuthFlowsUserPoolClient"] = true,
            };
            _client = (string)(await Cognito("CreateUserPoolClient", Client("app", "code", "openid", "email")))["UserPoolClient"]!["ClientId"]!;
            var machine = (await Cognito("CreateUserPoolClient", Client("machine", "client_credentials", "api/read")))["UserPoolClient"]!;
            _machine = $"{(string)machine["ClientId"]!}:{(string)machine["ClientSecret"]!}";
            await Cognito("AdminCreateUser", new() { ["UserPoolId"] = _pool, ["Username"] = "bench", ["MessageAction"] = "SUPPRESS", ["UserAttributes"] = new JsonArray(new JsonObject { ["Name"] = "email", ["Value"] = "bench@example.com" }) });
            await Cognito("AdminSetUserPassword", new() { ["UserPoolId"] = _pool, ["Username"] = "bench", ["Password"] = Password, ["Permanent"] = true });
            var page = await Send(HttpMethod.Get, "/login?" + Query);
            var csrf = Regex.Match(page.Body, "name=\"_csrf\" value=\"([^\"]*)\"").Groups[1].Value;
            var signedIn = await Send(HttpMethod.Post, "/login?" + Query, new FormUrlEncodedContent(new Dictionary<string, string> { ["_csrf"] = csrf, ["username"] = "bench", ["password"] = Password }), "XSRF-TOKEN=" + csrf);
            _cookie = Regex.Match(string.Join('\n', signedIn.Cookies), "^cognito=[^;]+", RegexOptions.Multiline).Value;
        }

        private async Task<(string Access, string Refresh)> Code()
        {
            var back = await Send(HttpMethod.Get, "/oauth2/authorize?" + Query, null, _cookie);
            var code = Regex.Match(back.Location, "code=([0-9a-f-]+)").Groups[1].Value;
            var tokens = JsonNode.Parse((await Send(HttpMethod.Post, "/oauth2/token", new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = "authorization_code", ["client_id"] = _client, ["redirect_uri"] = Callback, ["code"] = code }))).Body)!;
            return ((string)tokens["access_token"]!, (string)tokens["refresh_token"]!);
        }

        private async Task<(string Access, string Refresh)> UserToken()
        {
            var result = (await Cognito("AdminInitiateAuth", LogInInput()))["AuthenticationResult"]!;
            return ((string)result["AccessToken"]!, (string)result["RefreshToken"]!);
        }

        private async Task<JsonNode?> Refreshed(string refresh)
            => (await Cognito("AdminInitiateAuth", new() { ["UserPoolId"] = _pool, ["ClientId"] = _client, ["AuthFlow"] = "REFRESH_TOKEN_AUTH", ["AuthParameters"] = new JsonObject { ["REFRESH_TOKEN"] = refresh } }))["AuthenticationResult"]!["AccessToken"];

        private byte[] GetUser(string token)
        {
            var body = $$"""{"AccessToken":"{{token}}"}""";
            return Encoding.ASCII.GetBytes($"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-amz-json-1.1\r\nX-Amz-Target: AWSCognitoIdentityProviderService.GetUser\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        }

        private byte[] Form(string path, string body)
            => Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: {_host}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {body.Length}\r\n\r\n{body}");

        private static byte[] Request(string method, string host, string path, string headers = "") => Encoding.ASCII.GetBytes($"{method} {path} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n");

        private Task<JsonNode> Cognito(string operation, JsonObject input) => aws.Json("cognito-idp", "AWSCognitoIdentityProviderService." + operation, "1.1", input);

        private async Task<(string Location, string Body, IReadOnlyList<string> Cookies)> Send(HttpMethod method, string path, HttpContent? content = null, string? cookie = null)
        {
            using var request = new HttpRequestMessage(method, $"http://127.0.0.1:{port}{path}") { Content = content };
            request.Headers.Host = _host;
            if (cookie is not null) request.Headers.Add("Cookie", cookie);
            using var answer = await Http.SendAsync(request);
            return (answer.Headers.Location?.OriginalString ?? "", await answer.Content.ReadAsStringAsync(), answer.Headers.TryGetValues("Set-Cookie", out var set) ? [.. set] : []);
        }
    }
}

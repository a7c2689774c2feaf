using System.Diagnostics;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;

namespace Galley.Tests.Tutorial;

/// <summary>
/// The tutorial done once, by hand and in its order, through the AWS SDK for JavaScript and plain HTTP under AWS's own names.
/// Every act leaves what was seen under a name; the tests of the rows read it there.
/// </summary>
public sealed partial class TutorialByHand : IAsyncLifetime
{
    internal const string Region = "eu-west-2", Account = "123456789012", Google = "https://www.google.com/authenticate";

    private readonly Clock _clock = new();
    private readonly Dictionary<string, JsonObject> _answers = [];
    private readonly Dictionary<string, Page> _pages = [];
    private GalleyServer? _server;
    private AwsJs? _js;
    private HttpClient? _http;

    internal GalleyServer Server => _server!;

    internal bool HasBoto3 { get; private set; }

    internal bool HasRequests { get; private set; }

    public async ValueTask InitializeAsync()
    {
        _server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = Account, PasswordRounds = 10, Time = _clock });
        _js = new AwsJs(_server);
        _http = Client(_server);
        (HasBoto3, HasRequests) = (await Imports("boto3"), await Imports("requests"));
        await MakeTable();
        await MakeGetRecipes();
        await MakeApi();
        await MakePool();
        await SignUp();
        await MakeTokenExchange();
        await AddTokenRoute();
        await PublishSite();
        await MakeDistribution();
        await AllowOrigin();
        await MoveCallback();
        await UploadAgain();
        await Authorize();
        await OutliveCache();
    }

    public async ValueTask DisposeAsync()
    {
        _http?.Dispose();
        if (_server is not null) await _server.DisposeAsync();
    }

    /// <summary>The answer of an SDK call that was kept under this name; for a refusal `code`, `status` and `message`.</summary>
    internal JsonObject Answer(string name) => _answers[name];

    internal (string Code, int Status, string Message) Refusal(string name)
        => ((string)_answers[name]["code"]!, (int)_answers[name]["status"]!, (string)_answers[name]["message"]!);

    /// <summary>The HTTP answer that was kept under this name.</summary>
    internal Page At(string name) => _pages[name];

    internal void NeedsBoto3() => Assert.SkipUnless(HasBoto3, "needs boto3: pip install boto3");

    internal void NeedsRequests() => Assert.SkipUnless(HasRequests, "needs requests: pip install requests");

    private async Task<JsonObject> Do(string name, string client, string command, object? input = null) => _answers[name] = await _js!.Call(client, command, input);

    private async Task<JsonObject> Do(string name, string client, string command, JsonNode input) => _answers[name] = await _js!.Call(client, command, input);

    private async Task Refused(string name, string client, string command, object input)
    {
        var error = await Assert.ThrowsAsync<AwsJsError>(() => input is JsonNode json ? _js!.Call(client, command, json) : _js!.Call(client, command, input));
        _answers[name] = new JsonObject { ["code"] = error.Code, ["status"] = error.Status, ["message"] = error.Text };
    }

    private async Task<Page> Open(string name, string url, string method = "GET", params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), url);
        foreach (var (header, value) in headers) Assert.True(request.Headers.TryAddWithoutValidation(header, value));
        using var response = await _http!.SendAsync(request);
        var seen = response.Headers.Concat(response.Content.Headers).ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
        return _pages[name] = new Page((int)response.StatusCode, await response.Content.ReadAsStringAsync(), seen);
    }

    /// <summary>AWS's names over http and https lead to this server; its authority is trusted and nothing else is.</summary>
    private static HttpClient Client(GalleyServer server)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPem(server.AuthorityPem);
        return new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy },
            ConnectCallback = async (_, cancel) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync("127.0.0.1", server.Port, cancel);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
    }

    private static async Task<bool> Imports(string module) => (await Python($"import {module}")).Ok;

    private static async Task<(bool Ok, string Output)> Python(string program)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("python3", ["-c", program]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            _ = process.StandardError.ReadToEndAsync();
            var output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            return (process.ExitCode == 0, output);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return (false, "");
        }
    }

    internal static JsonNode Claims(string token) => JsonNode.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(token.Split('.')[1]))!;

    internal sealed record Page(int Status, string Body, IReadOnlyDictionary<string, string> Headers)
    {
        public JsonNode Json => JsonNode.Parse(Body)!;

        public string this[string header] => Headers.GetValueOrDefault(header, "");
    }

    /// <summary>The machine's clock, which may be put forward: codes and tokens grow old, a distribution gets deployed.</summary>
    private sealed class Clock : TimeProvider
    {
        private TimeSpan _ahead;

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _ahead;

        public void Advance(TimeSpan by) => _ahead += by;
    }
}

[CollectionDefinition(nameof(TutorialByHand))]
public sealed class TutorialByHandCollection : ICollectionFixture<TutorialByHand>;

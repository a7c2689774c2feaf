using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Galley.Tests.ApiGateway;

/// <summary>One server with one HTTP API, a back end that shows what reached it, and requests to the API by its host name.</summary>
internal sealed class HttpApiFixture : IAsyncDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false });

    public required GalleyServer Server { get; init; }

    public required Backend Backend { get; init; }

    public required string ApiId { get; init; }

    public AwsJs Aws => new(Server);

    public string Host => $"{ApiId}.execute-api.{Server.Region}.amazonaws.com";

    public static async Task<HttpApiFixture> Start(TimeProvider? time = null, object? api = null, bool stage = true)
    {
        // A clock that stands still: no limit of ours can run out because the machine is busy.
        time ??= new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UtcNow);
        var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012", Time = time });
        var made = await new AwsJs(server).Call("apigatewayv2", "CreateApi", api ?? new { Name = "recipes", ProtocolType = "HTTP" });
        var fixture = new HttpApiFixture { Server = server, Backend = await Backend.Start(), ApiId = (string)made["ApiId"]! };
        if (stage) await fixture.Call("CreateStage", new { fixture.ApiId, StageName = "$default", AutoDeploy = true });
        return fixture;
    }

    /// <summary>Another API of the same server.</summary>
    public HttpApiFixture Beside(string apiId) => new() { Server = Server, Backend = Backend, ApiId = apiId };

    public Task<JsonObject> Call(string command, object input) => Aws.Call("apigatewayv2", command, input);

    public Task<AwsJsError> Fails(string command, object input) => Aws.Fails("apigatewayv2", command, input);

    /// <summary>A route to the back end; gives its id.</summary>
    public async Task<string> Route(string key, string path = "/", object? authorization = null)
    {
        var integration = await Call("CreateIntegration", new { ApiId, IntegrationType = "HTTP_PROXY", IntegrationMethod = "ANY", IntegrationUri = Backend.Address + path });
        var input = System.Text.Json.JsonSerializer.SerializeToNode(authorization ?? new { })!.AsObject();
        input["ApiId"] = ApiId;
        input["RouteKey"] = key;
        input["Target"] = "integrations/" + (string)integration["IntegrationId"]!;
        return (string)(await Aws.Call("apigatewayv2", "CreateRoute", input))["RouteId"]!;
    }

    /// <summary>A Python function; gives its ARN. Unless told otherwise the API may invoke it, for routes and authorizers alike.</summary>
    public async Task<string> Function(string name, string code, bool permission = true)
    {
        var functions = new Lambda.TestFunctions(Server);
        try
        {
            await functions.Role("functions");
        }
        catch (AwsJsError e) when (e.Code == "EntityAlreadyExistsException")
        {
            // made for an earlier function
        }

        await functions.Python(name, code, "arn:aws:iam::123456789012:role/functions", f => f["Timeout"] = 60);
        if (permission) await Permit(name, "*");
        return $"arn:aws:lambda:{Server.Region}:123456789012:function:{name}";
    }

    public Task Permit(string function, string what, string id = "api") => Aws.Call("lambda", "AddPermission", new
    {
        FunctionName = function,
        StatementId = id,
        Action = "lambda:InvokeFunction",
        Principal = "apigateway.amazonaws.com",
        SourceArn = $"arn:aws:execute-api:{Server.Region}:123456789012:{ApiId}/{what}",
    });

    /// <summary>A route to a function; gives its id.</summary>
    public async Task<string> FunctionRoute(string key, string functionArn, string format = "2.0", object? authorization = null, object? integration = null)
    {
        var made = System.Text.Json.JsonSerializer.SerializeToNode(integration ?? new { })!.AsObject();
        made["ApiId"] = ApiId;
        made["IntegrationType"] = "AWS_PROXY";
        made["IntegrationUri"] = functionArn;
        made["PayloadFormatVersion"] = format;
        var id = (string)(await Aws.Call("apigatewayv2", "CreateIntegration", made))["IntegrationId"]!;
        var input = System.Text.Json.JsonSerializer.SerializeToNode(authorization ?? new { })!.AsObject();
        input["ApiId"] = ApiId;
        input["RouteKey"] = key;
        input["Target"] = "integrations/" + id;
        return (string)(await Aws.Call("apigatewayv2", "CreateRoute", input))["RouteId"]!;
    }

    public string InvocationUri(string functionArn) => $"arn:aws:apigateway:{Server.Region}:lambda:path/2015-03-31/functions/{functionArn}/invocations";

    public async Task<JsonNode> Json(string path, params (string Name, string Value)[] headers)
    {
        using var response = await Get(path, headers);
        var body = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == 200, $"{(int)response.StatusCode} {body}");
        return JsonNode.Parse(body)!;
    }

    public Task<HttpResponseMessage> Get(string path, params (string Name, string Value)[] headers) => Send(HttpMethod.Get, path, null, headers);

    public async Task<HttpResponseMessage> Send(HttpMethod method, string path, HttpContent? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, $"http://127.0.0.1:{Server.Port}{path}") { Content = body };
        request.Headers.Host = Host;
        foreach (var (name, value) in headers) Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        return await _http.SendAsync(request);
    }

    /// <summary>Status and body in one line.</summary>
    public async Task<string> Says(string path, params (string Name, string Value)[] headers)
    {
        using var response = await Get(path, headers);
        return $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}";
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await Backend.DisposeAsync();
        await Server.DisposeAsync();
    }
}

/// <summary>A web server in the test: a back end that echoes, and an OpenID issuer with its own keys.</summary>
internal sealed class Backend : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Backend(WebApplication app) => _app = app;

    public string Address { get; private set; } = "";

    public ConcurrentQueue<string> Seen { get; } = new();

    public RSA Key { get; set; } = RSA.Create(2048);

    public string Kid { get; set; } = "key-1";

    /// <summary>The key document never comes.</summary>
    public bool Slow { get; set; }

    /// <summary>Replaces the answer of the key document.</summary>
    public Func<string>? Jwks { get; set; }

    public static async Task<Backend> Start()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(System.Net.IPAddress.Loopback, 0);
        });
        var backend = new Backend(builder.Build());
        backend._app.Run(backend.Answer);
        await backend._app.StartAsync();
        backend.Address = backend._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return backend;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        Key.Dispose();
    }

    /// <summary>A token of this issuer.</summary>
    public string Token(object claims, object? header = null)
    {
        var head = System.Text.Json.JsonSerializer.Serialize(header ?? new { alg = "RS256", kid = Kid, typ = "JWT" });
        return Sign(head, System.Text.Json.JsonSerializer.Serialize(claims));
    }

    public string Sign(string header, string payload)
    {
        var signed = Encode(Encoding.UTF8.GetBytes(header)) + "." + Encode(Encoding.UTF8.GetBytes(payload));
        return signed + "." + Encode(Key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
    }

    public static string Encode(ReadOnlySpan<byte> bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);

    /// <summary>Completes when a request to `/hang` has come.</summary>
    public TaskCompletionSource Hanging { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the first bytes of a body for `/stream` have come.</summary>
    public TaskCompletionSource FirstPiece { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Lets an answer of `/stream` end.</summary>
    public TaskCompletionSource Gate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Paths with a behaviour of their own; false for all others.</summary>
    private async Task<bool> Special(HttpContext http)
    {
        var buffer = new byte[64 << 10];
        switch (http.Request.Path.Value)
        {
            case "/stream":
                var all = new List<byte>();
                for (int read; (read = await http.Request.Body.ReadAsync(buffer)) > 0; FirstPiece.TrySetResult()) all.AddRange(buffer.AsSpan(0, read));
                await http.Response.Body.WriteAsync(all.ToArray());
                await http.Response.Body.FlushAsync();
                await Gate.Task;
                await http.Response.WriteAsync("end");
                return true;
            case "/swallow":
                long total = 0;
                for (int read; (read = await http.Request.Body.ReadAsync(buffer)) > 0;) total += read;
                await http.Response.WriteAsync($"swallowed {total}");
                return true;
            case "/hang":
                Hanging.TrySetResult();
                await Task.Delay(Timeout.Infinite, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
                return true;
            case "/fixed":
                http.Response.ContentLength = 5;
                if (!HttpMethods.IsHead(http.Request.Method)) await http.Response.WriteAsync("fixed");
                return true;
            case "/none":
                http.Response.StatusCode = 204;
                return true;
            case "/hop":
                http.Response.Headers.Connection = "X-One-Hop";
                http.Response.Headers["X-One-Hop"] = "1";
                return false;
            default:
                return false;
        }
    }

    private async Task Answer(HttpContext http)
    {
        Seen.Enqueue(http.Request.Path);
        if (Slow && http.Request.Path == "/issuer/keys") http.Request.Path = "/hang";
        if (await Special(http)) return;
        var parameters = Key.ExportParameters(false);
        var body = http.Request.Path.Value switch
        {
            "/issuer/.well-known/openid-configuration" => $$"""{"issuer":"{{Address}}/issuer","jwks_uri":"{{Address}}/issuer/keys"}""",
            "/issuer/keys" => Jwks?.Invoke() ?? $$"""{"keys":[{"kty":"RSA","use":"sig","alg":"RS256","kid":"{{Kid}}","n":"{{Encode(parameters.Modulus)}}","e":"{{Encode(parameters.Exponent)}}"}]}""",
            _ => null,
        };
        if (body is null)
        {
            http.Response.Headers["X-Backend"] = "yes";
            http.Response.Headers["Access-Control-Allow-Origin"] = "https://backend.example";
            body = new JsonObject
            {
                ["method"] = http.Request.Method,
                ["target"] = http.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget,
                ["headers"] = new JsonObject(http.Request.Headers.Select(header => new KeyValuePair<string, JsonNode?>(header.Key.ToLowerInvariant(), header.Value.ToString()))),
            }.ToJsonString();
        }

        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync(body);
    }
}

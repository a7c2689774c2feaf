using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Galley.Tests.CloudFront;

/// <summary>An origin in the test's own process, with a list of what it was asked.</summary>
internal sealed class TestOrigin : IAsyncDisposable
{
    private readonly WebApplication _http;

    private TestOrigin(WebApplication http) => _http = http;

    public List<(string Method, string Target, Dictionary<string, string> Headers)> Asked { get; } = [];

    public int Port { get; private set; }

    public static async Task<TestOrigin> Start(Func<HttpContext, Task> answer)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var http = builder.Build();
        var origin = new TestOrigin(http);
        http.Run(async context =>
        {
            lock (origin.Asked)
                origin.Asked.Add((context.Request.Method, context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget,
                    context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
            await answer(context);
        });
        await http.StartAsync();
        origin.Port = new Uri(http.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
        return origin;
    }

    public async ValueTask DisposeAsync() => await _http.DisposeAsync();
}

/// <summary>A viewer: one address for every host name, no redirects, no cookies.</summary>
internal sealed class TestViewer(GalleyServer server, string domain) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });

    public async Task<Seen> Get(string path, params (string Name, string Value)[] headers) => await Send("GET", path, headers);

    public async Task<Seen> Send(string method, string path, params (string Name, string Value)[] headers)
    {
        var uri = new Uri(server.Endpoint.ToString().TrimEnd('/') + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(new HttpMethod(method), uri) { Headers = { Host = domain } };
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using var response = await _http.SendAsync(request);
        var all = response.Headers.Concat(response.Content.Headers).ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase);
        return new Seen((int)response.StatusCode, all, await response.Content.ReadAsByteArrayAsync());
    }

    public void Dispose() => _http.Dispose();

    internal sealed record Seen(int Status, Dictionary<string, string> Headers, byte[] Body)
    {
        public string Text => Encoding.UTF8.GetString(Body);

        public string XCache => this["X-Cache"];

        public string this[string header] => Headers.GetValueOrDefault(header, "");
    }
}

internal static class Configs
{
    public const string CachingOptimized = "658327ea-f89d-4fab-a63d-7e88639e58f6", CachingDisabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";

    /// <summary>A distribution before an HTTP origin on this machine.</summary>
    public static JsonObject Custom(int port, string cachePolicy = CachingOptimized) => new()
    {
        ["CallerReference"] = "r-" + port,
        ["Comment"] = "",
        ["Enabled"] = true,
        ["Origins"] = new JsonObject
        {
            ["Quantity"] = 1,
            ["Items"] = new JsonArray(new JsonObject
            {
                ["Id"] = "site",
                ["DomainName"] = "localhost",
                ["CustomOriginConfig"] = new JsonObject { ["HTTPPort"] = port, ["HTTPSPort"] = 443, ["OriginProtocolPolicy"] = "http-only" },
            }),
        },
        ["DefaultCacheBehavior"] = new JsonObject { ["TargetOriginId"] = "site", ["ViewerProtocolPolicy"] = "allow-all", ["CachePolicyId"] = cachePolicy },
    };

    /// <summary>The tutorial's distribution before a bucket (checklist 68-71).</summary>
    public static JsonObject Bucket(string bucket) => new()
    {
        ["CallerReference"] = "r-" + bucket,
        ["Comment"] = "",
        ["Enabled"] = true,
        ["DefaultRootObject"] = "index.html",
        ["Origins"] = new JsonObject
        {
            ["Quantity"] = 1,
            ["Items"] = new JsonArray(new JsonObject { ["Id"] = "site", ["DomainName"] = bucket + ".s3.eu-west-2.amazonaws.com", ["S3OriginConfig"] = new JsonObject { ["OriginAccessIdentity"] = "" } }),
        },
        ["DefaultCacheBehavior"] = new JsonObject
        {
            ["TargetOriginId"] = "site",
            ["ViewerProtocolPolicy"] = "redirect-to-https",
            ["CachePolicyId"] = CachingOptimized,
            ["Compress"] = true,
            ["AllowedMethods"] = new JsonObject
            {
                ["Quantity"] = 3,
                ["Items"] = new JsonArray("GET", "HEAD", "OPTIONS"),
                ["CachedMethods"] = new JsonObject { ["Quantity"] = 2, ["Items"] = new JsonArray("GET", "HEAD") },
            },
        },
        ["CustomErrorResponses"] = new JsonObject
        {
            ["Quantity"] = 2,
            ["Items"] = new JsonArray(
                new JsonObject { ["ErrorCode"] = 403, ["ResponsePagePath"] = "/index.html", ["ResponseCode"] = "200", ["ErrorCachingMinTTL"] = 10 },
                new JsonObject { ["ErrorCode"] = 404, ["ResponsePagePath"] = "/index.html", ["ResponseCode"] = "200", ["ErrorCachingMinTTL"] = 10 }),
        },
    };

    /// <summary>Creates the distribution and gives its domain name.</summary>
    public static async Task<(string Id, string Domain)> Create(AwsJs js, JsonObject config)
    {
        var created = await js.Call("cloudfront", "CreateDistribution", new JsonObject { ["DistributionConfig"] = config });
        return ((string)created["Distribution"]!["Id"]!, (string)created["Distribution"]!["DomainName"]!);
    }

    public static JsonObject With(this JsonObject json, string path, JsonNode? value)
    {
        JsonNode at = json;
        var parts = path.Split('/');
        foreach (var part in parts[..^1]) at = int.TryParse(part, out var index) ? at[index]! : at[part]!;
        at[parts[^1]] = value;
        return json;
    }
}

using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;

namespace Galley.Tests.ApiGateway;

/// <summary>Custom domain names: whose host names they are, which mapping answers, and under which certificate.</summary>
public class CustomDomainTests
{
    private const string Certificate = "arn:aws:acm:eu-west-2:123456789012:certificate/1b1b1b1b-1111-2222-3333-444455556666";

    private static async Task<JsonObject> Domain(HttpApiFixture fixture, string name)
        => await fixture.Call("CreateDomainName", new { DomainName = name, DomainNameConfigurations = new[] { new { CertificateArn = Certificate, EndpointType = "REGIONAL", SecurityPolicy = "TLS_1_2" } }, Tags = new { a = "1" } });

    private static async Task<string> Ask(HttpApiFixture fixture, string host, string path)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{fixture.Server.Port}{path}");
        request.Headers.Host = host;
        using var response = await http.SendAsync(request);
        return $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}";
    }

    [Fact]
    public async Task The_mapping_with_the_longest_key_answers_and_the_event_names_the_domain()
    {
        await using var fixture = await HttpApiFixture.Start();
        await fixture.FunctionRoute("ANY /{proxy+}", await fixture.Function("echo", "def lambda_handler(event, context): return event"));
        await fixture.FunctionRoute("ANY /", "arn:aws:lambda:eu-west-2:123456789012:function:echo");
        await fixture.Call("CreateStage", new { fixture.ApiId, StageName = "dev", AutoDeploy = true });
        Assert.StartsWith("403", await Ask(fixture, "api.shop.test", "/x"), StringComparison.Ordinal); // nobody's name

        var made = await Domain(fixture, "API.shop.test");
        Assert.Equal(("api.shop.test", "AVAILABLE", "$request.basepath", "API_MAPPING_ONLY"), ((string)made["DomainName"]!, (string)made["DomainNameConfigurations"]![0]!["DomainNameStatus"]!, (string)made["ApiMappingSelectionExpression"]!, (string)made["RoutingMode"]!));
        Assert.Matches(@"^d-[a-z0-9]{10}\.execute-api\.eu-west-2\.amazonaws\.com$", (string)made["DomainNameConfigurations"]![0]!["ApiGatewayDomainName"]!);
        Assert.Equal("403 {\"message\":\"Forbidden\"}", await Ask(fixture, "api.shop.test", "/x")); // no mapping yet

        await fixture.Call("CreateApiMapping", new { DomainName = "api.shop.test", fixture.ApiId, Stage = "dev", ApiMappingKey = "v1/orders" });
        var all = await fixture.Call("CreateApiMapping", new { DomainName = "api.shop.test", fixture.ApiId, Stage = "$default", ApiMappingKey = "v1" });
        var v1 = JsonNode.Parse((await Ask(fixture, "api.shop.test:1234", "/v1/things/1?a=b"))[4..])!;
        Assert.Equal(("$default", "/v1/things/1", "api.shop.test", "api", "things/1"), ((string)v1["requestContext"]!["stage"]!, (string)v1["rawPath"]!, (string)v1["requestContext"]!["domainName"]!, (string)v1["requestContext"]!["domainPrefix"]!, (string)v1["pathParameters"]!["proxy"]!));
        Assert.Equal("dev", (string)JsonNode.Parse((await Ask(fixture, "api.shop.test", "/v1/orders"))[4..])!["requestContext"]!["stage"]!);
        Assert.StartsWith("403", await Ask(fixture, "api.shop.test", "/v1x"), StringComparison.Ordinal);
        Assert.StartsWith("403", await Ask(fixture, "api.shop.test", "/"), StringComparison.Ordinal);

        await fixture.Call("UpdateApiMapping", new { DomainName = "api.shop.test", ApiMappingId = (string)all["ApiMappingId"]!, fixture.ApiId, ApiMappingKey = "" });
        Assert.Equal("/", (string)JsonNode.Parse((await Ask(fixture, "api.shop.test", "/"))[4..])!["rawPath"]!);
        await fixture.Call("UpdateApi", new { fixture.ApiId, DisableExecuteApiEndpoint = true });
        Assert.Equal("403 {\"message\":\"Forbidden\"}", await fixture.Says("/x"));
        Assert.StartsWith("200", await Ask(fixture, "api.shop.test", "/x"), StringComparison.Ordinal);

        Assert.Equal(2, (await fixture.Call("GetApiMappings", new { DomainName = "api.shop.test" }))["Items"]!.AsArray().Count);
        await fixture.Call("DeleteApiMapping", new { DomainName = "api.shop.test", ApiMappingId = (string)all["ApiMappingId"]! });
        Assert.StartsWith("403", await Ask(fixture, "api.shop.test", "/x"), StringComparison.Ordinal);
        await fixture.Call("DeleteDomainName", new { DomainName = "api.shop.test" });
        Assert.Equal("NotFoundException", (await fixture.Fails("GetDomainName", new { DomainName = "api.shop.test" })).Code);
    }

    [Fact]
    public async Task Its_certificate_comes_from_our_own_authority_and_a_wildcard_covers_one_label()
    {
        await using var fixture = await HttpApiFixture.Start(time: TimeProvider.System);
        await fixture.Route("GET /x");
        await Domain(fixture, "*.shop.test");
        await fixture.Call("CreateApiMapping", new { DomainName = "*.shop.test", fixture.ApiId, Stage = "$default" });
        Assert.StartsWith("200", await Ask(fixture, "a.shop.test", "/x"), StringComparison.Ordinal);
        Assert.StartsWith("403", await Ask(fixture, "a.b.shop.test", "/x"), StringComparison.Ordinal);
        Assert.StartsWith("403", await Ask(fixture, "shop.test", "/x"), StringComparison.Ordinal);

        using var authority = X509Certificate2.CreateFromPem(fixture.Server.AuthorityPem);
        using var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { authority }, RevocationMode = X509RevocationMode.NoCheck } },
            ConnectCallback = async (_, cancel) =>
            {
                var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
                await socket.ConnectAsync("127.0.0.1", fixture.Server.Port, cancel);
                return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
            },
        };
        using var http = new HttpClient(handler);
        using var response = await http.GetAsync(new Uri("https://www.shop.test/x"));
        Assert.Equal(200, (int)response.StatusCode);
    }

    [Fact]
    public async Task What_cannot_be_a_domain_or_a_mapping_is_refused()
    {
        await using var fixture = await HttpApiFixture.Start();
        foreach (var name in (string[])["localhost", "shop", "a..test", "-a.test", "d1.cloudfront.net", "x.execute-api.eu-west-2.amazonaws.com", "a b.test", "1.2.3.4"])
            Assert.Equal("BadRequestException", (await fixture.Fails("CreateDomainName", new { DomainName = name, DomainNameConfigurations = new[] { new { CertificateArn = Certificate } } })).Code);
        foreach (var configuration in (object[])[new { }, new { CertificateArn = "x" }, new { CertificateArn = Certificate.Replace("eu-west-2", "us-east-1", StringComparison.Ordinal) }, new { CertificateArn = Certificate, EndpointType = "EDGE" }, new { CertificateArn = Certificate, SecurityPolicy = "TLS_1_0" }])
            Assert.Equal("BadRequestException", (await fixture.Fails("CreateDomainName", new { DomainName = "b.shop.test", DomainNameConfigurations = new[] { configuration } })).Code);
        Assert.Contains("mutual TLS", (await fixture.Fails("CreateDomainName", new { DomainName = "b.shop.test", DomainNameConfigurations = new[] { new { CertificateArn = Certificate } }, MutualTlsAuthentication = new { TruststoreUri = "s3://b/k" } })).Text, StringComparison.Ordinal);

        await Domain(fixture, "c.shop.test");
        Assert.Equal("ConflictException", (await fixture.Fails("CreateDomainName", new { DomainName = "c.shop.test", DomainNameConfigurations = new[] { new { CertificateArn = Certificate } } })).Code);
        foreach (var key in (string[])["/a", "a/", "a//b", "a b", "a?b"])
            Assert.Equal("BadRequestException", (await fixture.Fails("CreateApiMapping", new { DomainName = "c.shop.test", fixture.ApiId, Stage = "$default", ApiMappingKey = key })).Code);
        Assert.Equal("BadRequestException", (await fixture.Fails("CreateApiMapping", new { DomainName = "c.shop.test", fixture.ApiId, Stage = "nope" })).Code);
        Assert.Equal("NotFoundException", (await fixture.Fails("CreateApiMapping", new { DomainName = "c.shop.test", ApiId = "nope", Stage = "$default" })).Code);
        await fixture.Call("CreateApiMapping", new { DomainName = "c.shop.test", fixture.ApiId, Stage = "$default", ApiMappingKey = "a" });
        Assert.Equal("ConflictException", (await fixture.Fails("CreateApiMapping", new { DomainName = "c.shop.test", fixture.ApiId, Stage = "$default", ApiMappingKey = "a" })).Code);

        const string arn = "arn:aws:apigateway:eu-west-2::/domainnames/c.shop.test";
        await fixture.Call("TagResource", new { ResourceArn = arn, Tags = new { b = "2" } });
        await fixture.Call("UntagResource", new { ResourceArn = arn, TagKeys = new[] { "a" } });
        Assert.Equal("""{"b":"2"}""", (await fixture.Call("GetTags", new { ResourceArn = arn }))["Tags"]!.ToJsonString());
    }
}

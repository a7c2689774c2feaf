using System.Net;
using System.Net.NetworkInformation;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Galley.Tests.Server;

namespace Galley.Tests.Edge;

/// <summary>`--listen`, `--host` and `--insecure-lan` (security §4, decision 0032): what another machine gets, which here is who comes by an address that is not loopback's.</summary>
public class ListenTests
{
    private static readonly IPAddress? Lan = NetworkInterface.GetAllNetworkInterfaces().SelectMany(network => network.GetIPProperties().UnicastAddresses).Select(found => found.Address)
        .FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address));

    private const string Health = "GET /_galley/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")] // browsers try this first for a name below localhost
    public async Task A_free_port_is_Galleys_on_every_address_of_this_machines_own(string own)
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0 });
        var address = IPAddress.Parse(own);
        Assert.SkipUnless(NetworkInterface.GetAllNetworkInterfaces().Any(network => network.GetIPProperties().UnicastAddresses.Any(found => found.Address.Equals(address))), $"This machine has no {own}.");
        Assert.Equal(200, RawHttp.Status(await Raw(server.Port, Health, address)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task There_TLS_is_demanded_under_an_authority_that_vouches_for_that_address(bool all)
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Listen = all ? IPAddress.Any : Needed(), HostNames = ["galley.internal"] });
        Assert.Contains($"https://{Needed()}:{server.Port}", server.Elsewhere);
        using var authority = X509Certificate2.CreateFromPem(server.AuthorityPem);
        using var trusting = Client(server.Port, authority);
        foreach (var host in (string[])[Needed().ToString(), "galley.internal", "localhost"])
            Assert.Contains("ready", await trusting.GetStringAsync(new Uri($"https://{host}:{server.Port}/_galley/health")), StringComparison.Ordinal);
        foreach (var host in (string[])["10.99.99.99", "evil.example", "0.0.0.0"])
        {
            using var lax = Client(server.Port, null);
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"https://localhost:{server.Port}/_galley/health")) { Headers = { Host = host } };
            using var refused = await lax.SendAsync(request);
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        }

        var unknown = await Assert.ThrowsAsync<HttpRequestException>(() => trusting.GetAsync(new Uri($"https://www.example.edu:{server.Port}/")));
        Assert.IsType<AuthenticationException>(unknown.InnerException);

        // plain HTTP, and plain HTTP in a tunnel: to this machine's own address only
        foreach (var plain in (string[])[Health, $"CONNECT localhost:{server.Port} HTTP/1.1\r\nHost: localhost\r\n\r\n" + Health])
        {
            var answer = await Raw(server.Port, plain);
            Assert.Contains("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
            Assert.Contains("TLS only", answer, StringComparison.Ordinal);
            Assert.DoesNotContain("ready", answer, StringComparison.Ordinal);
        }

        Assert.Equal(200, RawHttp.Status(await RawHttp.Send(server.Port, Health)));
    }

    [Fact]
    public async Task Plain_HTTP_is_taken_there_only_when_it_is_asked_for_and_does_not_count_as_TLS()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Listen = Needed(), InsecureLan = true, Account = "123456789012" });
        Assert.Equal(200, RawHttp.Status(await Raw(server.Port, Health)));
        var user = await User(server, """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"dynamodb:ListTables","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}]}""");
        using var here = Signed(server, server.Endpoint, user);
        using var elsewhere = Signed(server, There(server), user);
        Assert.Equal(HttpStatusCode.OK, (await here.TryJson("dynamodb", "DynamoDB_20120810.ListTables", new { })).Status);
        Assert.Contains("AccessDenied", (await elsewhere.TryJson("dynamodb", "DynamoDB_20120810.ListTables", new { })).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_generated_keys_of_the_root_are_refused_there_and_a_users_are_taken()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Listen = Needed(), InsecureLan = true, Account = "123456789012" });
        var js = new AwsJs(server);
        await js.Call("s3", "CreateBucket", new { Bucket = "bucket", CreateBucketConfiguration = new { LocationConstraint = server.Region } });
        var user = await User(server, """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"dynamodb:*","Resource":"*"}]}""");
        using var root = Signed(server, There(server), (server.AccessKeyId, server.SecretAccessKey));
        using var other = Signed(server, There(server), user);
        Assert.Equal(HttpStatusCode.OK, (await other.TryJson("dynamodb", "DynamoDB_20120810.ListTables", new { })).Status);
        var (status, body) = await root.TryJson("dynamodb", "DynamoDB_20120810.ListTables", new { });
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("UnrecognizedClientException", body, StringComparison.Ordinal);
        Assert.Contains("<Code>InvalidClientTokenId</Code>", (await root.Query("sts", "Action=GetCallerIdentity&Version=2011-06-15")).Body, StringComparison.Ordinal);
        Assert.Contains("<Code>InvalidAccessKeyId</Code>", (await root.Send("s3", HttpMethod.Get, "/bucket", null)).Body, StringComparison.Ordinal);

        // a link of the root's, version 2 too, and its session
        using var http = new HttpClient();
        var until = DateTimeOffset.UtcNow.AddMinutes(5).ToUnixTimeSeconds();
#pragma warning disable CA5350 // what S3 defines for these links
        var old = Convert.ToBase64String(System.Security.Cryptography.HMACSHA1.HashData(Encoding.UTF8.GetBytes(server.SecretAccessKey), Encoding.UTF8.GetBytes($"GET\n\n\n{until}\n/bucket")));
#pragma warning restore CA5350
        var link = $"/bucket?AWSAccessKeyId={server.AccessKeyId}&Expires={until}&Signature={Uri.EscapeDataString(old)}";
        Assert.Contains("InvalidAccessKeyId", await (await http.GetAsync(new Uri(There(server), link))).Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri(server.Endpoint, link))).StatusCode);
        var session = (await js.Call("sts", "GetSessionToken"))["Credentials"]!;
        using var ofSession = Signed(server, There(server), ((string)session["AccessKeyId"]!, (string)session["SecretAccessKey"]!));
        var token = ("X-Amz-Security-Token", (string)session["SessionToken"]!);
        (string, string)[] list = [("Content-Type", "application/x-amz-json-1.0"), ("X-Amz-Target", "DynamoDB_20120810.ListTables"), token];
        Assert.Contains("UnrecognizedClientException", (await ofSession.Send("dynamodb", HttpMethod.Post, "/", "{}"u8.ToArray(), list)).Body, StringComparison.Ordinal);

        using var local = Signed(server, server.Endpoint, (server.AccessKeyId, server.SecretAccessKey));
        var trail = (await local.Send("galley", HttpMethod.Get, "/_galley/explain", null)).Body;
        Assert.Contains("by the one of --listen", trail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Galleys_own_pages_and_reset_are_not_there()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Listen = Needed(), InsecureLan = true, Account = "123456789012" });
        await new AwsJs(server).Call("dynamodb", "CreateTable", new { TableName = "things", BillingMode = "PAY_PER_REQUEST", KeySchema = new[] { new { AttributeName = "k", KeyType = "HASH" } }, AttributeDefinitions = new[] { new { AttributeName = "k", AttributeType = "S" } } });
        var (inbox, console) = (await server.NewLink("inbox"), await server.NewLink("console"));
        foreach (var (host, target) in ((string, string)[])[
                     ($"inbox.galley.localhost:{server.Port}", "GET " + inbox.PathAndQuery), ($"console.galley.localhost:{server.Port}", "GET " + console.PathAndQuery), ("console.galley.localhost", "GET /"),
                     ("localhost", "POST /_galley/reset"), (Needed().ToString(), "POST /_galley/reset")])
            Assert.Equal(403, RawHttp.Status(await Raw(server.Port, $"{target} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")));
        Assert.Single((await new AwsJs(server).Call("dynamodb", "ListTables"))["TableNames"]!.AsArray());
        using var browser = new OwnPage(server);
        Assert.Equal(303, (await browser.Open(inbox)).Status); // nobody spent it

        // programs sign, as here; what they may is IAM's to say
        var user = await User(server, """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"galley:ReadMail","Resource":"*"}]}""");
        using var other = Signed(server, There(server), user);
        Assert.Equal(HttpStatusCode.OK, (await other.Send("galley", HttpMethod.Get, "/_galley/inbox/messages", null)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await other.Send("galley", HttpMethod.Get, "/_galley/explain", null)).Status);
    }

    [Fact]
    public async Task What_would_let_everybody_in_does_not_start()
    {
        var there = new GalleyOptions { Port = 0, Listen = Needed() };
        await Refused(there with { DemoCredentials = true }, "--demo-credentials");
        await Refused(there with { AnyCredentials = true }, "--credentials any");
        await Refused(there with { IamAudit = true }, "--iam audit");
        await Refused(there with { Listen = IPAddress.Any, DemoCredentials = true }, "--demo-credentials");
        await Refused(there with { HostNames = ["d1.cloudfront.net"] }, "--host");
        await Refused(there with { HostNames = ["no name"] }, "--host");
        await Refused(there with { Listen = null, InsecureLan = true }, "--listen");
        await Refused(there with { Listen = IPAddress.Loopback, HostNames = ["galley"] }, "--listen");
        await Refused(there with { Listen = IPAddress.Parse("198.51.100.77") }, "no address 198.51.100.77");

        static async Task Refused(GalleyOptions options, string named)
            => Assert.Contains(named, (await Assert.ThrowsAsync<GalleyStartException>(() => GalleyServer.StartAsync(options))).Message, StringComparison.Ordinal);
    }

    /// <summary>Who trusts the authority of an installation goes on doing so when it listens elsewhere; only then is the address vouched for.</summary>
    [Fact]
    public async Task The_authority_is_written_anew_for_an_address_under_its_old_key()
    {
        using var folder = new TemporaryFolder();
        var options = new GalleyOptions { Port = 0, DataFolder = folder.Path };
        string before;
        await using (var server = await GalleyServer.StartAsync(options)) before = server.AuthorityPem;
        await using var there = await GalleyServer.StartAsync(options with { Listen = Needed() });
        Assert.NotEqual(before, there.AuthorityPem);
        using var old = X509Certificate2.CreateFromPem(before);
        using var current = X509Certificate2.CreateFromPem(there.AuthorityPem);
        Assert.Equal(old.PublicKey.ExportSubjectPublicKeyInfo(), current.PublicKey.ExportSubjectPublicKeyInfo());
        using var trustsOld = Client(there.Port, old, IPAddress.Loopback);
        Assert.Contains("ready", await trustsOld.GetStringAsync(new Uri($"https://localhost:{there.Port}/_galley/health")), StringComparison.Ordinal);
        using var trustsOldThere = Client(there.Port, old);
        Assert.IsType<AuthenticationException>((await Assert.ThrowsAsync<HttpRequestException>(() => trustsOldThere.GetAsync(new Uri($"https://{Needed()}:{there.Port}/_galley/health")))).InnerException);
    }

    [Fact]
    public async Task The_program_says_where_it_is_reached_and_warns()
    {
        using var place = new Workplace();
        await using var program = await place.Start("--listen", Needed().ToString(), "--insecure-lan", "--password-hash", "argon2id");
        await program.Says($"http://{Needed()}:{program.Port}");
        await program.Says("WARNING: --insecure-lan");
        var refused = await place.Galley("start", "--port", "0", "--in-memory", "--listen", Needed().ToString(), "--demo-credentials");
        Assert.Equal(1, refused.Code);
        Assert.Contains("--demo-credentials", refused.Error, StringComparison.Ordinal);
        Assert.NotEqual(0, (await place.Galley("start", "--port", "0", "--in-memory", "--listen", "localhost")).Code);
    }

    private static IPAddress Needed()
    {
        Assert.SkipWhen(Lan is null, "this machine has no address but loopback's");
        return Lan!;
    }

    private static Uri There(GalleyServer server) => new($"http://{Needed()}:{server.Port}");

    private static SignedHttp Signed(GalleyServer server, Uri endpoint, (string Id, string Secret) key) => new(endpoint, server.Region, key.Id, key.Secret);

    private static async Task<(string Id, string Secret)> User(GalleyServer server, string policy)
    {
        var js = new AwsJs(server);
        await js.Call("iam", "CreateUser", new { UserName = "u" });
        await js.Call("iam", "PutUserPolicy", new { UserName = "u", PolicyName = "p", PolicyDocument = policy });
        var key = (await js.Call("iam", "CreateAccessKey", new { UserName = "u" }))["AccessKey"]!;
        return ((string)key["AccessKeyId"]!, (string)key["SecretAccessKey"]!);
    }

    /// <summary>Bytes by the address that is not loopback's, and all that comes back.</summary>
    private static async Task<string> Raw(int port, string bytes, IPAddress? to = null)
    {
        using var socket = new Socket((to ?? Needed()).AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(to ?? Needed(), port);
        await socket.SendAsync(Encoding.Latin1.GetBytes(bytes));
        return await RawHttp.Read(socket);
    }

    /// <summary>Every name leads to that address; without an authority any certificate is taken.</summary>
    private static HttpClient Client(int port, X509Certificate2? authority, IPAddress? to = null)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancel) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(to ?? Needed(), port, cancel);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        if (authority is null) handler.SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, _, _, _) => true };
        else
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.Add(authority);
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        }

        return new HttpClient(handler);
    }
}

using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using Galley.Tests.Lambda;
using Galley.Tests.Server;

namespace Galley.Tests.Edge;

/// <summary>What holds in a fresh installation without any option: group L, rows 143 and 145–149, and the limits of the listener. (146's addresses: HttpsTests.)</summary>
public sealed partial class DefaultsTests
{
    [Theory]
    [InlineData("evil.example")]
    [InlineData("127.evil.example")]
    [InlineData("localhost.evil.example")]
    [InlineData("0.0.0.0")]
    [InlineData("169.254.169.254")]
    [InlineData("xn--localhost-.example")]
    public async Task Row_143_A_host_that_is_not_ours_gets_403_and_an_empty_body(string host)
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0 });
        foreach (var target in (string[])["GET /_galley/health", "GET /_galley/inbox/messages", "GET /_galley/explain", "POST /_galley/reset", "GET /", "POST /"])
        {
            var answer = await RawHttp.Send(server.Port, $"{target} HTTP/1.1\r\nHost: {host}:{server.Port}\r\nContent-Length: 0\r\n\r\n", answers: 1);
            Assert.Equal(403, RawHttp.Status(answer));
            Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
            Assert.Contains("Content-Length: 0\r\n", answer, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("Origin: https://evil.example")]
    [InlineData("Origin: null")]
    [InlineData("Sec-Fetch-Site: cross-site")]
    [InlineData("Origin: http://evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")]
    public async Task Row_144_A_web_page_gets_nothing_of_Galleys_own(string headers)
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0 });
        foreach (var target in (string[])["GET /_galley/health", "GET /_galley/inbox/messages", "GET /_galley/explain", "POST /_galley/reset"])
        {
            var answer = await RawHttp.Send(server.Port, $"{target} HTTP/1.1\r\nHost: localhost:{server.Port}\r\nContent-Length: 0\r\n{headers}\r\n\r\n", answers: 1);
            Assert.Equal(403, RawHttp.Status(answer));
            Assert.DoesNotContain("Access-Control-Allow-Origin", answer, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task Row_145_What_a_page_can_send_without_asking_is_refused_and_makes_nothing()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012" });
        var aws = new AwsJs(server);
        await aws.Call("s3", "CreateBucket", new { Bucket = "bucket", CreateBucketConfiguration = new { LocationConstraint = "eu-west-2" } });
        using var http = new HttpClient();
        async Task<(int, string)> Post(string path, HttpContent content, string host = "localhost")
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Endpoint, path)) { Content = content, Headers = { { "Origin", "https://evil.example" }, { "Sec-Fetch-Site", "cross-site" } } };
            request.Headers.Host = $"{host}:{server.Port}";
            using var answer = await http.SendAsync(request);
            return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }

        var form = await Post("/", new FormUrlEncodedContent(new Dictionary<string, string> { ["Action"] = "CreateStack", ["Version"] = "2010-05-15", ["StackName"] = "evil", ["TemplateBody"] = "{}" }));
        Assert.Equal(403, form.Item1);
        Assert.Contains("MissingAuthenticationToken", form.Item2, StringComparison.Ordinal);
        var invoke = await Post("/2015-03-31/functions/f/invocations", new StringContent("{}", Encoding.UTF8, "text/plain"));
        Assert.Equal(403, invoke.Item1);
        var multipart = await Post("/bucket", new MultipartFormDataContent { { new StringContent("evil.html"), "key" }, { new StringContent("x"), "file", "evil.html" } });
        Assert.Equal(403, multipart.Item1);
        Assert.Contains("AccessDenied", multipart.Item2, StringComparison.Ordinal);

        Assert.Empty((await aws.Call("cloudformation", "ListStacks"))["StackSummaries"]?.AsArray() ?? []);
        Assert.Null((await aws.Call("s3", "ListObjectsV2", new { Bucket = "bucket" }))["Contents"]);
    }

    /// <summary>`--credentials any` is for programs: it gives a web page nothing.</summary>
    [Fact]
    public async Task Any_credentials_are_not_any_page()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, AnyCredentials = true });
        var signed = $"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=x%2F{DateTime.UtcNow:yyyyMMdd}%2Feu-west-2%2Fs3%2Faws4_request&X-Amz-Date={DateTime.UtcNow:yyyyMMddTHHmmssZ}&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=00";
        string Request(string header) => $"GET /?{signed} HTTP/1.1\r\nHost: localhost\r\n{header}Content-Length: 0\r\n\r\n";
        Assert.Equal(403, RawHttp.Status(await RawHttp.Send(server.Port, Request("Sec-Fetch-Site: cross-site\r\n"), 1)));
        Assert.Equal(403, RawHttp.Status(await RawHttp.Send(server.Port, Request("Origin: null\r\n"), 1)));
        Assert.Equal(200, RawHttp.Status(await RawHttp.Send(server.Port, Request(""), 1)));
    }

    [Theory]
    [InlineData("test", "test")]
    [InlineData("local", "local")]
    [InlineData("minioadmin", "minioadmin")]
    [InlineData("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")]
    public async Task Row_146_No_built_in_credentials(string id, string secret)
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0 });
        using var aws = new SignedHttp(server.Endpoint, server.Region, id, secret);
        var (status, body) = await aws.Query("sts", "Action=GetCallerIdentity&Version=2011-06-15");
        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Contains("<Code>InvalidClientTokenId</Code>", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Row_147_Folders_and_keys_are_their_owners_alone()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("POSIX file modes");
            return;
        }

        using var folder = new TemporaryFolder();
        var data = Path.Combine(folder.Path, "data");
        Directory.CreateDirectory(data, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        var keys = Installations.KeyFolder(data);
        try
        {
            await using (var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, DataFolder = data })) _ = server.AuthorityPem + server.TlsPin;
            const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            Assert.Equal(owner | UnixFileMode.UserExecute, File.GetUnixFileMode(data)); // made private where it was not
            Assert.Equal(owner | UnixFileMode.UserExecute, File.GetUnixFileMode(keys));
            Assert.Equal(["ca.key", "ca.pem", "master.key", "root.key", "tls.key"], Directory.GetFiles(keys).Select(Path.GetFileName).Order());
            foreach (var file in Directory.GetFiles(keys)) Assert.Equal(owner, File.GetUnixFileMode(file));
        }
        finally
        {
            Directory.Delete(keys, recursive: true);
        }
    }

    [Fact]
    public async Task Row_147_A_planted_link_is_not_followed_and_a_folder_serves_one()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "POSIX links");
        using var folder = new TemporaryFolder();
        var target = Directory.CreateDirectory(Path.Combine(folder.Path, "target")).FullName;
        foreach (var link in (string[])["data", "inner/blobs"])
        {
            var path = Path.Combine(folder.Path, link);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            Directory.CreateSymbolicLink(path, target);
            var data = link == "data" ? path : Path.GetDirectoryName(path)!;
            var error = await Assert.ThrowsAsync<GalleyStartException>(() => GalleyServer.StartAsync(new GalleyOptions { Port = 0, DataFolder = data }));
            Assert.Contains("symbolic link", error.Message, StringComparison.Ordinal);
            Directory.Delete(Installations.KeyFolder(data), recursive: true);
        }

        Assert.Empty(Directory.GetFileSystemEntries(target));

        // A file of ours is written beside a planted one, never through it.
        var victim = Path.Combine(folder.Path, "victim");
        var key = Path.Combine(folder.Path, "some.key");
        await File.WriteAllTextAsync(victim, "mine");
        File.CreateSymbolicLink(key + ".new", victim);
        File.CreateSymbolicLink(key, victim);
        PrivateFiles.Write(key, "secret");
        Assert.Equal(("mine", "secret"), (await File.ReadAllTextAsync(victim), await File.ReadAllTextAsync(key)));
        Assert.Null(new FileInfo(key).LinkTarget);

        await using var first = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, DataFolder = folder.Path });
        var second = await Assert.ThrowsAsync<GalleyStartException>(() => GalleyServer.StartAsync(new GalleyOptions { Port = 0, DataFolder = folder.Path }));
        Assert.Contains("in use", second.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Row_148_Two_installations_have_nothing_in_common_and_the_sources_no_key()
    {
        await using var one = await GalleyServer.StartAsync(new GalleyOptions { Port = 0 });
        await using var two = await GalleyServer.StartAsync(new GalleyOptions { Port = 0 });
        Assert.NotEqual(one.AccessKeyId, two.AccessKeyId);
        Assert.NotEqual(one.SecretAccessKey, two.SecretAccessKey);
        Assert.NotEqual(one.AuthorityPem, two.AuthorityPem);
        Assert.NotEqual(one.TlsPin, two.TlsPin);
        Assert.NotEqual(await SigningKeyOf(one), await SigningKeyOf(two));

        // what is published is made of these files
        var with = Directory.GetFiles(Path.Combine(Repository.Root, "src"), "*", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal) && PrivateKey().IsMatch(File.ReadAllText(file))).ToList();
        Assert.Empty(with);
    }

    [Fact]
    public async Task The_authority_may_vouch_for_our_names_and_for_names_that_nobody_owns_only()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0 });
        using var authority = X509Certificate2.CreateFromPem(server.AuthorityPem);
        var constraints = authority.Extensions.Single(extension => extension.Oid!.Value == "2.5.29.30");
        Assert.True(constraints.Critical);
        var names = Regex.Matches(Encoding.ASCII.GetString(constraints.RawData), "[a-z][a-z.]{3,}").Select(match => match.Value);
        Assert.Equal(["localhost", "amazonaws.com", "amazoncognito.com", "cloudfront.net", "on.aws", "api.aws", "test", "example", "invalid", "internal", "example.com", "example.net", "example.org"], names);
    }

    /// <summary>Half a head, nothing at all, half a handshake, half a CONNECT: each is closed when its time is up, and others are served meanwhile.</summary>
    [Fact]
    public async Task Slow_clients_are_closed_and_others_served()
    {
        Assert.Equal(TimeSpan.FromSeconds(30), new GalleyOptions().HeadTimeout);
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, HeadTimeout = TimeSpan.FromSeconds(1) });
        byte[][] beginnings = [[], "GET / HTTP/1.1\r\nHost: local"u8.ToArray(), "CONN"u8.ToArray(), "CONNECT d1.cloudfront.net:443 HTTP/1.1\r\nHost"u8.ToArray(), [0x16, 3, 1]];
        var slow = new List<Task<string>>();
        for (var i = 0; i < 200; i++)
        {
            var socket = await RawHttp.Connect(server.Port);
            if (beginnings[i % beginnings.Length] is { Length: > 0 } beginning) await socket.SendAsync(beginning);
            slow.Add(ReadAndClose(socket));
        }

        using var http = new HttpClient();
        Assert.Equal("{\"status\":\"ready\"}", await http.GetStringAsync(new Uri(server.Endpoint, "/_galley/health")));
        foreach (var answer in await Task.WhenAll(slow)) Assert.True(answer.Length == 0 || RawHttp.Status(answer) == 408, answer);

        static async Task<string> ReadAndClose(Socket socket)
        {
            using (socket) return await RawHttp.Read(socket);
        }
    }

    [Fact]
    public async Task More_connections_than_there_may_be_are_closed_at_once()
    {
        Assert.Equal(20_000, new GalleyOptions().MaxConnections);
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, MaxConnections = 3 });
        const string health = "GET /_galley/health HTTP/1.1\r\nHost: localhost\r\n\r\n";
        var kept = new List<Socket>();
        for (var i = 0; i < 3; i++)
        {
            kept.Add(await RawHttp.Connect(server.Port));
            await kept[i].SendAsync(Encoding.ASCII.GetBytes(health));
            Assert.Equal(200, RawHttp.Status(await RawHttp.Read(kept[i], 1)));
        }

        Assert.Equal("", await RawHttp.Send(server.Port, health));
        foreach (var socket in kept) socket.Dispose();
    }

    private static async Task<string> SigningKeyOf(GalleyServer server)
    {
        var pool = (string)(await new AwsJs(server).Call("cognito-identity-provider", "CreateUserPool", new { PoolName = "p" }))["UserPool"]!["Id"]!;
        using var http = new HttpClient();
        return await http.GetStringAsync(new Uri(server.Endpoint, $"/{pool}/.well-known/jwks.json"));
    }

    [GeneratedRegex("-----BEGIN [A-Z ]*PRIVATE KEY-----\\s*\n[A-Za-z0-9+/=\\s]{40,}")]
    private static partial Regex PrivateKey();
}

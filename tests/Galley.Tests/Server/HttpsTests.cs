using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Galley.Tests.Server;

/// <summary>HTTPS on the port of HTTP, with the authority that `galley trust` prints; and only on this machine's own addresses.</summary>
public class HttpsTests
{
    [Fact]
    public async Task Https_answers_on_the_same_port_to_those_who_trust_the_authority()
    {
        using var place = new Workplace();
        await using var program = await place.Start();
        var trust = await place.Galley("trust", "--port", program.PortText);
        Assert.Equal(0, trust.Code);
        using var authority = X509Certificate2.CreateFromPem(trust.Out);
        Assert.Equal("CN=Galley local authority", authority.Subject);
        Assert.DoesNotContain("PRIVATE KEY", trust.Out + trust.Error, StringComparison.Ordinal);

        using var trusting = Client(program.Port, authority);
        foreach (var host in (string[])["localhost", "d1.cloudfront.localhost", "127.0.0.1"])
            foreach (var version in (Version[])[HttpVersion.Version20, HttpVersion.Version11])
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, $"https://{host}:{program.PortText}/_galley/health") { Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
                using var answer = await trusting.SendAsync(request);
                Assert.Equal(version, answer.Version);
                if (!host.StartsWith("d1", StringComparison.Ordinal)) Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            }

        // Plain HTTP still answers there, and a big answer and a big question pass through TLS.
        using var aws = await program.Client();
        Assert.Contains("ready", await aws.Plain.GetStringAsync(new Uri(program.Endpoint, "/_galley/health")), StringComparison.Ordinal);

        using var stranger = Client(program.Port, null);
        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => stranger.GetAsync(new Uri($"https://localhost:{program.PortText}/_galley/health")));
        Assert.IsType<AuthenticationException>(refused.InnerException);
    }

    [Fact]
    public async Task The_authority_is_worth_nothing_for_other_names()
    {
        using var place = new Workplace();
        await using var program = await place.Start();
        using var authority = X509Certificate2.CreateFromPem((await place.Galley("trust", "--port", program.PortText)).Out);
        using var trusting = Client(program.Port, authority);
        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => trusting.GetAsync(new Uri($"https://www.example.com:{program.PortText}/")));
        Assert.IsType<AuthenticationException>(refused.InnerException);
    }

    [Fact]
    public async Task Row_146_only_loopback_addresses_answer()
    {
        using var place = new Workplace();
        await using var program = await place.Start("--port", FreePort.Next().ToString(CultureInfo.InvariantCulture));
        using var http = new HttpClient();
        foreach (var address in Socket.OSSupportsIPv6 ? (string[])["127.0.0.1", "[::1]"] : ["127.0.0.1"])
            Assert.Contains("ready", await http.GetStringAsync(new Uri($"http://{address}:{program.PortText}/_galley/health")), StringComparison.Ordinal);
        var others = NetworkInterface.GetAllNetworkInterfaces().SelectMany(network => network.GetIPProperties().UnicastAddresses).Select(found => found.Address)
            .Where(address => !IPAddress.IsLoopback(address) && !address.IsIPv6LinkLocal).ToList();
        foreach (var address in others)
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            await Assert.ThrowsAsync<SocketException>(() => socket.ConnectAsync(address, program.Port).WaitAsync(TimeSpan.FromSeconds(10)));
        }
    }

    /// <summary>Security §4: nothing is sent anywhere by itself, neither at the start nor by what a fresh installation does for an app.</summary>
    [Fact]
    public async Task A_fresh_installation_connects_to_nobody()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc");
        using var place = new Workplace();
        await using var program = await place.Start();
        using var aws = await program.Client();
        var pool = (string)(await aws.Json("cognito-idp", "AWSCognitoIdentityProviderService.CreateUserPool", new { PoolName = "p", AutoVerifiedAttributes = new[] { "email" } }))["UserPool"]!["Id"]!;
        var client = (string)(await aws.Json("cognito-idp", "AWSCognitoIdentityProviderService.CreateUserPoolClient", new { UserPoolId = pool, ClientName = "c" }))["UserPoolClient"]!["ClientId"]!;
        await aws.Json("cognito-idp", "AWSCognitoIdentityProviderService.SignUp", new { ClientId = client, Username = "ann", Password = "Passw0rd!", UserAttributes = new[] { new { Name = "email", Value = "ann@example.com" } } });
        Assert.Equal(HttpStatusCode.OK, (await aws.Query("cloudformation", "Action=CreateStack&Version=2010-05-15&StackName=s&TemplateBody=" + Uri.EscapeDataString("Resources: {B: {Type: 'AWS::S3::Bucket'}}"))).Status);
        Assert.NotEqual(HttpStatusCode.OK, (await aws.Query("cloudformation", "Action=CreateStack&Version=2010-05-15&StackName=t&TemplateURL=" + Uri.EscapeDataString("https://192.0.2.99/t.yaml"))).Status);
        var peers = program.Peers;
        Assert.Contains("0100007F", peers); // our own client, or this would find nothing at all
        Assert.All(peers, peer => Assert.True(peer is "0100007F" or "0000000000000000FFFF00000100007F" or "00000000000000000000000001000000", peer));
    }

    /// <summary>Every name leads to the loopback address; <paramref name="authority"/> is the only root, null takes the system's.</summary>
    private static HttpClient Client(int port, X509Certificate2? authority)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancel) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(IPAddress.Loopback, port, cancel);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        if (authority is not null)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.Add(authority);
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        }

        return new HttpClient(handler);
    }
}

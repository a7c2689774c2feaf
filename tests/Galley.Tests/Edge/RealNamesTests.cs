using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Galley.Cli;
using Galley.Cli.Deploy;
using Galley.Tests.Server;
using Galley.Tests.Tutorial;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Galley.Tests.Edge;

/// <summary>AWS's own names lead here: by the CONNECT proxy for any client, and in the browser of `galley browser` (decision 0017).</summary>
public class RealNamesTests
{
    [Theory]
    [InlineData("d1.cloudfront.net:443", 200)]
    [InlineData("D1.CloudFront.net:443", 200)]
    [InlineData("x.execute-api.eu-west-2.amazonaws.com:443", 200)]
    [InlineData("x.auth.eu-west-2.amazoncognito.com:443", 200)]
    [InlineData("x.lambda-url.eu-west-2.on.aws:443", 200)]
    [InlineData("dynamodb.eu-west-2.amazonaws.com:80", 200)]
    [InlineData("localhost:{port}", 200)]
    [InlineData("[::1]:{port}", 200)]
    [InlineData("localhost:22", 403)]
    [InlineData("localhost:443", 403)]
    [InlineData("127.0.0.1:22", 403)]
    [InlineData("[::1]:22", 403)]
    [InlineData("x.localhost:22", 403)]
    [InlineData("d1.cloudfront.net:22", 403)]
    [InlineData("d1.cloudfront.net", 403)]
    [InlineData("d1.cloudfront.net:0443x", 403)]
    [InlineData("www.example.com:443", 403)]
    [InlineData("169.254.169.254:80", 403)]
    [InlineData("10.0.0.1:443", 403)]
    [InlineData("console.aws.amazon.com:443", 403)]
    [InlineData("d1.cloudfront.net.evil.example:443", 403)]
    [InlineData("", 403)]
    public async Task The_proxy_leads_to_our_names_and_nowhere_else(string target, int status)
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0 });
        target = target.Replace("{port}", server.Port.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
        using var socket = await RawHttp.Connect(server.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes($"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\nProxy-Connection: keep-alive\r\n\r\n"));
        Assert.Equal(status, RawHttp.Status(await RawHttp.Read(socket, answers: 1)));
        if (status != 200) return;

        // the tunnel ends in this very server
        await socket.SendAsync("GET /_galley/health HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray());
        Assert.EndsWith("{\"status\":\"ready\"}", await RawHttp.Read(socket, answers: 1), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CONNECT\r\n\r\n")]
    [InlineData("CONNECT d1.cloudfront.net:443\r\n\r\n")]
    [InlineData("CONNECT d1.cloudfront.net:443 HTTP/2.0\r\n\r\n")]
    [InlineData("CONNECT d1.cloudfront.net:443 HTTP/1.1\nHost: x\n\n")]
    [InlineData("CONNECTED / HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    public async Task What_is_no_proper_CONNECT_opens_nothing(string request)
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0 });
        using var socket = await RawHttp.Connect(server.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes(request));
        socket.Shutdown(SocketShutdown.Send);
        Assert.DoesNotContain("200", await RawHttp.Read(socket), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_trusts_the_authority_reaches_AWS_names_through_the_proxy()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0 });
        using var authority = X509Certificate2.CreateFromPem(server.AuthorityPem);
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(authority);
        using var http = new HttpClient(new SocketsHttpHandler { Proxy = new WebProxy(server.Endpoint), UseProxy = true, SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy } });
        using var site = await http.GetAsync(new Uri("https://d0nosuch.cloudfront.net/"));
        Assert.Equal(HttpStatusCode.Forbidden, site.StatusCode);
        Assert.Equal("CloudFront", site.Headers.Server.ToString());
        using var api = await http.GetAsync(new Uri("https://nosuch.execute-api.eu-west-2.amazonaws.com/"));
        Assert.True(api.Headers.Contains("apigw-requestid"));
        using var plain = await http.GetAsync(new Uri("http://nosuch.execute-api.eu-west-2.amazonaws.com/"));
        Assert.True(plain.Headers.Contains("apigw-requestid"));
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(new Uri("https://www.example.com/")));
        using var foreign = await http.GetAsync(new Uri("http://www.example.com/"));
        Assert.Equal(HttpStatusCode.Forbidden, foreign.StatusCode);
    }

    [Fact]
    public async Task Curl_and_boto3_unchanged_reach_AWS_names_by_proxy_variables_alone()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012" });
        using var folder = new Galley.Tests.Server.Workplace();
        var pem = folder.Write("ca.pem", server.AuthorityPem);
        var ran = 0;
        if (await Run(server, pem, "curl", "-sS", "-o", "/dev/null", "-w", "%{http_code} %{http_version}", "https://sts.eu-west-2.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15") is { } curl)
        {
            Assert.Equal("403 2", curl);
            ran++;
        }

        if (await Run(server, pem, "python3", "-c", "import boto3; print(boto3.client('sts').get_caller_identity()['Account'], boto3.client('dynamodb').list_tables()['TableNames'], boto3.client('s3').list_buckets()['Buckets'])") is { } boto3)
        {
            Assert.Equal("123456789012 [] []", boto3);
            ran++;
        }

        Assert.SkipWhen(ran == 0, "neither curl nor boto3 is installed");
    }

    [Fact]
    public async Task Node_with_the_usual_agent_reaches_AWS_names_by_the_proxy()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012" });
        var aws = new AwsJs(server);
        await aws.Call("s3", "CreateBucket", new { Bucket = "proxied-bucket", CreateBucketConfiguration = new { LocationConstraint = "eu-west-2" } });
        await aws.Call("s3", "PutObject", new { Bucket = "proxied-bucket", Key = "k", Body = "through the tunnel" });
        using var folder = new Workplace();
        var pem = folder.Write("ca.pem", server.AuthorityPem);
        var told = (await Run(server, pem, "node", Path.Combine(Repository.Root, "tests", "clients", "proxied.mjs")))!.Split('\n');
        Assert.Equal(["123456789012", "[]", "through the tunnel", "403 CloudFront"], told[..4]);
        Assert.DoesNotMatch("^200", told[4]); // nowhere else
    }

    /// <summary>
    /// `galley browser` as a user starts it: the program itself starts Chromium (headless here, and with a door for the test), in a profile of
    /// its own, where AWS's real names lead to this Galley with certificates that are good there.
    /// </summary>
    [Fact]
    public async Task The_browser_that_galley_opens_reaches_the_apps_real_names()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "a shell script stands in for Chromium's own name");
        using var place = new Workplace();
        await using var program = await place.Start();
        using var aws = await program.Client();
        const string Idp = "AWSCognitoIdentityProviderService.";
        var pool = (string)(await aws.Json("cognito-idp", Idp + "CreateUserPool", new { PoolName = "p" }))["UserPool"]!["Id"]!;
        await aws.Json("cognito-idp", Idp + "CreateUserPoolDomain", new { UserPoolId = pool, Domain = "real-names" });
        var client = (string)(await aws.Json("cognito-idp", Idp + "CreateUserPoolClient", new
        {
            UserPoolId = pool,
            ClientName = "c",
            SupportedIdentityProviders = new[] { "COGNITO" },
            CallbackURLs = new[] { "https://app.example/cb" },
            AllowedOAuthFlows = new[] { "code" },
            AllowedOAuthScopes = new[] { "openid" },
            AllowedOAuthFlowsUserPoolClient = true,
        }))["UserPoolClient"]!["ClientId"]!;
        var login = $"https://real-names.auth.eu-west-2.amazoncognito.com/login?client_id={client}&response_type=code&redirect_uri=https%3A%2F%2Fapp.example%2Fcb";

        var script = place.Write("chromium", $$"""
            #!/bin/sh
            echo $$ > "{{place.Folder}}/pid"
            exec "{{Browser.Program()}}" --no-sandbox --headless=new --disable-gpu --disable-background-networking --remote-debugging-port=0 "$@" > /dev/null 2>&1
            """);
        Assert.Equal(0, (await place.Run("chmod", "+x", script)).Code);
        var opened = await place.Run("env", "GALLEY_CHROMIUM=" + script, Workplace.Program, "browser", login, "--port", program.PortText);
        Assert.True(opened.Code == 0, opened.Error);
        Assert.Contains("lead to Galley in that window", opened.Out, StringComparison.Ordinal);
        try
        {
            var door = Path.Combine(place.Folder, "config", "galley", "browser", "DevToolsActivePort");
            for (var i = 0; i < 1200 && !(File.Exists(door) && File.ReadAllLines(door).Length > 1); i++) await Task.Delay(50);
            using var playwright = await Playwright.CreateAsync();
            await using var browser = await playwright.Chromium.ConnectOverCDPAsync("http://127.0.0.1:" + File.ReadAllLines(door)[0]);
            var page = browser.Contexts[0].Pages.Single(open => open.Url.Contains("amazoncognito.com", StringComparison.Ordinal)); // the address that the command was given
            await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Sign in" })).ToBeVisibleAsync();
            Assert.True(await page.EvaluateAsync<bool>("isSecureContext"));
            Assert.Equal("CloudFront", (await page.GotoAsync("https://d0nosuch.cloudfront.net/"))!.Headers["server"]);
            Assert.True((await page.GotoAsync("https://nosuch.execute-api.eu-west-2.amazonaws.com/"))!.Headers.ContainsKey("apigw-requestid"));
            // its profile is its own, and only the owner's
            if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(door)!));
        }
        finally
        {
            await place.Run("kill", File.ReadAllText(Path.Combine(place.Folder, "pid")).Trim());
        }
    }

    /// <summary>The sample with AWS's addresses in its config, in a Chromium that has the flags of `galley browser` and no other help.</summary>
    [Fact]
    public async Task The_sample_signs_in_on_its_real_names_in_the_browser()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012" });
        var file = DeployFile.Read(Path.Combine(Repository.Root, "samples", "cook-recipes"));
        using var aws = AwsClient.Local(server.Endpoint, server.Region, server.AccessKeyId, server.SecretAccessKey, realNames: true);
        var outputs = await new Deployment(file, aws, new Galley.Cli.Deploy.Progress(TextWriter.Null)).Run(build: false, CancellationToken.None);
        Assert.Matches(@"^https://[a-z0-9]+\.cloudfront\.net$", outputs["SiteUrl"]);

        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Browser.Program(),
            Args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", .. BrowserCommand.Arguments(server.Port, server.TlsPin, [])],
        });
        await using var context = Tutorial.Browser.Told(await browser.NewContextAsync()); // https errors are not ignored
        var page = await context.NewPageAsync();
        var hosts = new HashSet<string>();
        page.Request += (_, request) => hosts.Add(new Uri(request.Url).Host);
        await page.GotoAsync(outputs["SiteUrl"]);
        await page.GetByRole(AriaRole.Link, new() { Name = "Please log-in" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Sign up" }).ClickAsync();
        await page.GetByLabel("Username").FillAsync("ann");
        await page.GetByLabel("Email").FillAsync("ann@example.com");
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync("Passw0rd!");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign up" }).ClickAsync();
        using var program = new SignedHttp(server.Endpoint, server.Region, server.AccessKeyId, server.SecretAccessKey);
        var (_, mail) = await program.Send("galley", HttpMethod.Get, "/_galley/inbox/messages/wait?to=ann%40example.com", null);
        await page.GetByLabel("Verification Code").FillAsync((string)JsonNode.Parse(mail)!["code"]!);
        await page.GetByRole(AriaRole.Button, new() { Name = "Confirm Account" }).ClickAsync();
        await Expect(page.GetByText("You are now logged-in, you can list all your recipes")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "List recipes" }).ClickAsync();
        await Expect(page.GetByText("Pizza - (Category: Fast Food)")).ToBeVisibleAsync();
        Assert.StartsWith(outputs["SiteUrl"], page.Url, StringComparison.Ordinal);
        Assert.Equal(3, hosts.Count);
        Assert.DoesNotContain(hosts, host => host.EndsWith("localhost", StringComparison.Ordinal));
    }

    private static async Task<string?> Run(GalleyServer server, string pem, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var name in (string[])["AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_SESSION_TOKEN", "NO_PROXY", "no_proxy"]) start.Environment.Remove(name);
        foreach (var (name, value) in ((string, string)[])
                 [
                     ("HTTPS_PROXY", server.Endpoint.ToString()), ("https_proxy", server.Endpoint.ToString()), ("AWS_CA_BUNDLE", pem), ("CURL_CA_BUNDLE", pem), ("NODE_EXTRA_CA_CERTS", pem),
                     ("AWS_REGION", server.Region), ("AWS_DEFAULT_REGION", server.Region), ("AWS_ACCESS_KEY_ID", server.AccessKeyId), ("AWS_SECRET_ACCESS_KEY", server.SecretAccessKey), ("AWS_EC2_METADATA_DISABLED", "true"),
                 ])
            start.Environment[name] = value;
        try
        {
            using var process = Process.Start(start)!;
            var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync();
            if (process.ExitCode != 0 && (await error).Contains("No module named", StringComparison.Ordinal)) return null;
            Assert.True(process.ExitCode == 0, await error);
            return (await output).Trim();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null; // not installed
        }
    }
}

using System.Net;
using System.Text;
using Galley.Tests.Server;
using Galley.Wire;

namespace Galley.Tests.Edge;

/// <summary>`--demo-credentials` (security §4): the key of AWS's documentation opens an installation that asks for it, to programs of this machine and to no web page.</summary>
public class DemoCredentialsTests
{
    private const string Id = "AKIAIOSFODNN7EXAMPLE", Secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    [Fact]
    public async Task The_program_warns_and_takes_the_key_of_the_tutorials_only_while_it_is_asked_to()
    {
        using var place = new Workplace();
        await using (var program = await place.Start("--demo-credentials"))
        {
            await program.Says("WARNING: --demo-credentials");
            using var aws = await program.Client(Id, Secret);
            Assert.Contains("arn:aws:iam::000000000000:root", (await aws.Query("sts", "Action=GetCallerIdentity&Version=2011-06-15")).Body, StringComparison.Ordinal);
            Assert.Contains($"AWS_ACCESS_KEY_ID='{Id}'", (await place.Galley("env", "--port", program.PortText)).Out, StringComparison.Ordinal);
        }

        await using var plain = await place.Start();
        using var refused = await plain.Client(Id, Secret);
        Assert.Contains("InvalidClientTokenId", (await refused.Query("sts", "Action=GetCallerIdentity&Version=2011-06-15")).Body, StringComparison.Ordinal);
        Assert.DoesNotContain(Id, (await place.Galley("env", "--port", plain.PortText)).Out, StringComparison.Ordinal);
        Assert.NotEqual(0, (await place.Galley("start", "--in-memory", "--port", "0", "--demo-credentials", "--credentials", "any")).Code);
    }

    /// <summary>Whoever wrote the page knows the key too.</summary>
    [Theory]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    public async Task A_web_page_gets_nothing_by_it(string header, string value)
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, DemoCredentials = true });
        Assert.Equal((Id, Secret), (server.AccessKeyId, server.SecretAccessKey));
        using var aws = new SignedHttp(server.Endpoint, server.Region, Id, Secret);
        const string create = "Action=CreateUser&Version=2010-05-08&UserName=evil";
        (string, string)[] page = [("Content-Type", "application/x-www-form-urlencoded"), (header, value)];
        var (status, body) = await aws.Send("iam", HttpMethod.Post, "/", Encoding.UTF8.GetBytes(create), page);
        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Contains("InvalidClientTokenId", body, StringComparison.Ordinal);
        Assert.DoesNotContain("evil", (await aws.Query("iam", "Action=ListUsers&Version=2010-05-08")).Body, StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.OK, (await aws.Send("s3", HttpMethod.Put, "/bucket", Encoding.UTF8.GetBytes($"<CreateBucketConfiguration><LocationConstraint>{server.Region}</LocationConstraint></CreateBucketConfiguration>"))).Status);
        Assert.Equal(HttpStatusCode.Forbidden, await Upload(server, (header, value)));
        Assert.Equal(HttpStatusCode.NoContent, await Upload(server, null));
    }

    /// <summary>A form whose policy the key signed: the one thing that a page sends with no question asked before.</summary>
    private static async Task<HttpStatusCode> Upload(GalleyServer server, (string Name, string Value)? header)
    {
        var now = DateTimeOffset.UtcNow;
        var date = now.ToString("yyyyMMdd", System.Globalization.CultureInfo.InvariantCulture);
        var credential = $"{Id}/{date}/{server.Region}/s3/aws4_request";
        var policy = Convert.ToBase64String(Encoding.UTF8.GetBytes($$"""{"expiration":"{{now.AddMinutes(5):yyyy-MM-ddTHH:mm:ssZ}}","conditions":[{"bucket":"bucket"},["starts-with","$key",""],{"x-amz-algorithm":"AWS4-HMAC-SHA256"},{"x-amz-credential":"{{credential}}"},{"x-amz-date":"{{date}}T000000Z"}]}"""));
        using var form = new MultipartFormDataContent();
        foreach (var (name, field) in ((string, string)[])[("key", "k"), ("x-amz-algorithm", "AWS4-HMAC-SHA256"), ("x-amz-credential", credential), ("x-amz-date", date + "T000000Z"), ("policy", policy), ("x-amz-signature", SigV4.SignText(Secret, PolicySignature.ReadCredential(credential)!, policy))])
            form.Add(new StringContent(field), name);
        form.Add(new StringContent("x"), "file", "f");
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Endpoint, "/bucket")) { Content = form };
        if (header is var (added, value)) request.Headers.TryAddWithoutValidation(added, value);
        using var http = new HttpClient();
        using var answer = await http.SendAsync(request);
        return answer.StatusCode;
    }
}

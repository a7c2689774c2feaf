using System.Text;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace Galley.Tests.S3;

public class ObjectsTests
{
    internal static Task<GalleyServer> Start() => GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012" });

    internal static AmazonS3Client Client(GalleyServer server, bool tls = false) => new(
        new BasicAWSCredentials(server.AccessKeyId, server.SecretAccessKey),
        new AmazonS3Config
        {
            ServiceURL = tls ? $"https://localhost:{server.Port}" : server.Endpoint.ToString(),
            ForcePathStyle = true,
            AuthenticationRegion = server.Region,
            MaxErrorRetry = 0,
            HttpClientFactory = tls ? new TrustingClients(server) : null,
        });

    /// <summary>Trusts this server's authority and no other.</summary>
    internal static HttpClientHandler Trusting(GalleyServer server) => new()
    {
        ServerCertificateCustomValidationCallback = (_, certificate, chain, _) =>
        {
            using var authority = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(server.AuthorityPem);
            chain!.ChainPolicy.TrustMode = System.Security.Cryptography.X509Certificates.X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.RevocationMode = System.Security.Cryptography.X509Certificates.X509RevocationMode.NoCheck;
            chain.ChainPolicy.CustomTrustStore.Add(authority);
            return chain.Build(certificate!);
        },
    };

    private sealed class TrustingClients(GalleyServer server) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(Trusting(server));
    }

    internal static async Task<AwsJs> Bucket(GalleyServer server, string name)
    {
        var js = new AwsJs(server);
        await js.Call("s3", "CreateBucket", new { Bucket = name, CreateBucketConfiguration = new { LocationConstraint = "eu-west-2" } });
        return js;
    }

    [Fact]
    public async Task PutObject_from_the_NET_SDK_with_signed_chunks_and_trailer_comes_back_byte_for_byte()
    {
        await using var server = await Start();
        await Bucket(server, "bucket-one");
        using var s3 = Client(server);
        var put = await s3.PutObjectAsync(new PutObjectRequest { BucketName = "bucket-one", Key = "a b+c/ü.txt", ContentBody = "hello", ContentType = "text/plain" });
        Assert.Equal("\"5d41402abc4b2a76b9719d911017c592\"", put.ETag);
        Assert.Equal("NhCmhg==", put.ChecksumCRC32);
        using var got = await s3.GetObjectAsync("bucket-one", "a b+c/ü.txt");
        Assert.Equal("hello", await new StreamReader(got.ResponseStream, Encoding.UTF8).ReadToEndAsync());
        Assert.Equal("text/plain", got.Headers.ContentType);
    }

    [Fact]
    public async Task PutObject_and_listing_from_the_JS_SDK()
    {
        await using var server = await Start();
        var js = await Bucket(server, "bucket-one");
        foreach (var key in (string[])["a.txt", "css/a.css", "css/b.css", "js/x/y.js"])
            await js.Call("s3", "PutObject", new { Bucket = "bucket-one", Key = key, Body = AwsJs.Bytes("data"u8), Metadata = new { who = "me" } });
        var list = await js.Call("s3", "ListObjectsV2", new { Bucket = "bucket-one", Delimiter = "/", MaxKeys = 2 });
        Assert.Equal("css/", (string?)list["CommonPrefixes"]![0]!["Prefix"]);
        Assert.True((bool)list["IsTruncated"]!);
        var rest = await js.Call("s3", "ListObjectsV2", new { Bucket = "bucket-one", Delimiter = "/", ContinuationToken = (string)list["NextContinuationToken"]! });
        Assert.Equal("js/", (string?)rest["CommonPrefixes"]![0]!["Prefix"]);
        Assert.Single(rest["CommonPrefixes"]!.AsArray());
        Assert.False((bool)rest["IsTruncated"]!);
        var head = await js.Call("s3", "HeadObject", new { Bucket = "bucket-one", Key = "a.txt" });
        Assert.Equal("me", (string?)head["Metadata"]!["who"]);
        Assert.Equal(4, (int)head["ContentLength"]!);
        var missing = await js.Fails("s3", "GetObject", new { Bucket = "bucket-one", Key = "none" });
        Assert.Equal(("NoSuchKey", 404), (missing.Code, missing.Status));
        await js.Call("s3", "DeleteObjects", new { Bucket = "bucket-one", Delete = new { Objects = (object[])[new { Key = "a.txt" }, new { Key = "css/a.css" }] } });
        Assert.Equal(2, (int)(await js.Call("s3", "ListObjectsV2", new { Bucket = "bucket-one" }))["KeyCount"]!);
    }
}

using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace Galley.Tests.CloudFront;

/// <summary>Signed URLs and cookies, made by AWS's own signers.</summary>
public class SignedTests
{
    private static readonly GalleyOptions Options = new() { Port = 0, Account = "123456789012" };

    [Fact]
    public async Task What_the_JavaScript_signer_signs_is_let_in_and_nothing_else()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var origin = await TestOrigin.Start(http => http.Response.WriteAsync("secret " + http.Request.QueryString));
        await using var server = await GalleyServer.StartAsync(Options with { Time = time });
        var js = new AwsJs(server);
        using var rsa = RSA.Create(2048);
        using var other = RSA.Create(2048);
        var (keyId, group) = await Key(js, "k", rsa.ExportSubjectPublicKeyInfoPem());
        var (_, domain) = await Configs.Create(js, Signed(Configs.Custom(origin.Port), group));
        using var viewer = new TestViewer(server, domain);
        var soon = time.GetUtcNow().AddMinutes(10).ToString("O");
        JsonObject Ask(string kind, RSA key) => new() { ["kind"] = kind, ["keyPairId"] = keyId, ["privateKey"] = key.ExportPkcs8PrivateKeyPem() };
        string Policy(string resource, string more = "") => $$$"""{"Statement":[{"Resource":"{{{resource}}}","Condition":{"DateLessThan":{"AWS:EpochTime":{{{time.GetUtcNow().AddMinutes(10).ToUnixTimeSeconds()}}} }{{{more}}} }}]}""";
        var signed = await Sign(
            Ask("url", rsa).With("url", $"https://{domain}/a?x=1").With("dateLessThan", soon),
            Ask("url", rsa).With("url", $"https://{domain}/b/c").With("policy", Policy($"http*://{domain}/b/*")),
            Ask("url", rsa).With("url", $"https://{domain}/a").With("policy", Policy("*", ",\"IpAddress\":{\"AWS:SourceIp\":\"10.0.0.0/8\"}")),
            Ask("url", rsa).With("url", $"https://{domain}/a").With("policy", Policy("*", $",\"DateGreaterThan\":{{\"AWS:EpochTime\":{time.GetUtcNow().AddMinutes(5).ToUnixTimeSeconds()}}}")),
            Ask("url", other).With("url", $"https://{domain}/a").With("dateLessThan", soon),
            Ask("url", rsa).With("url", $"https://{domain}/a").With("policy", """{"Statement":[]}"""));
        var paths = signed.Select(url => (string)url!).Select(url => url[(url.IndexOf(domain, StringComparison.Ordinal) + domain.Length)..]).ToList();

        Assert.Equal((200, "secret "), ((await viewer.Get(paths[0])).Status, (await viewer.Get(paths[0])).Text)); // neither key nor origin see the signature
        Assert.Equal(200, (await viewer.Get(paths[1])).Status);
        await Refused(viewer, "/a", 403, "MissingKey", "Missing Key-Pair-Id query parameter or cookie value");
        await Refused(viewer, paths[0].Replace("/a?", "/b?", StringComparison.Ordinal), 403, "AccessDenied", "Access denied");
        await Refused(viewer, paths[0].Replace("x=1", "x=2", StringComparison.Ordinal), 403, "AccessDenied", "Access denied");
        await Refused(viewer, paths[1].Replace("/b/", "/d/", StringComparison.Ordinal), 403, "AccessDenied", "Access denied");
        await Refused(viewer, paths[0].Replace(keyId, "KAAAAAAAAAAAAA", StringComparison.Ordinal), 403, "InvalidKey", "Unknown Key");
        await Refused(viewer, paths[2], 403, "AccessDenied", "Access denied");
        await Refused(viewer, paths[3], 403, "AccessDenied", "Access denied");
        await Refused(viewer, paths[4], 403, "AccessDenied", "Access denied");
        await Refused(viewer, paths[5], 400, "MalformedPolicy", "Malformed Policy");
        time.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal(200, (await viewer.Get(paths[3])).Status);
        time.Advance(TimeSpan.FromMinutes(5));
        await Refused(viewer, paths[0], 403, "AccessDenied", "Access denied");
        await Refused(viewer, paths[1], 403, "AccessDenied", "Access denied");
    }

    [Fact]
    public async Task Signed_cookies_open_what_they_name_and_an_ECDSA_key_signs_too()
    {
        await using var origin = await TestOrigin.Start(http => http.Response.WriteAsync("secret"));
        await using var server = await GalleyServer.StartAsync(Options);
        var js = new AwsJs(server);
        using var rsa = RSA.Create(2048);
        var (keyId, group) = await Key(js, "k", rsa.ExportSubjectPublicKeyInfoPem());
        var (_, domain) = await Configs.Create(js, Signed(Configs.Custom(origin.Port), group));
        using var viewer = new TestViewer(server, domain);
        var until = DateTimeOffset.UtcNow.AddMinutes(10).ToUnixTimeSeconds();
        var cookies = (await Sign(new JsonObject
        {
            ["kind"] = "cookies",
            ["keyPairId"] = keyId,
            ["privateKey"] = rsa.ExportPkcs8PrivateKeyPem(),
            ["policy"] = $$$"""{"Statement":[{"Resource":"http*://{{{domain}}}/in/*","Condition":{"DateLessThan":{"AWS:EpochTime":{{{until}}} } } }]}""",
        }))[0]!.AsObject();
        var header = string.Join("; ", cookies.Select(cookie => $"{cookie.Key}={cookie.Value}"));
        Assert.Equal("secret", (await viewer.Get("/in/x", ("Cookie", header))).Text);
        Assert.Equal(403, (await viewer.Get("/out/x", ("Cookie", header))).Status);
        Assert.Equal(403, (await viewer.Get("/in/x")).Status);

        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (curveId, curveGroup) = await Key(js, "ec", curve.ExportSubjectPublicKeyInfoPem());
        var (_, second) = await Configs.Create(js, Signed(Configs.Custom(origin.Port).With("CallerReference", "ec"), curveGroup));
        using var other = new TestViewer(server, second);
        var policy = System.Text.Encoding.UTF8.GetBytes("{\"Statement\":[{\"Resource\":\"https://" + second + "/x\",\"Condition\":{\"DateLessThan\":{\"AWS:EpochTime\":" + until + "}}}]}");
        static string Coded(byte[] bytes) => Convert.ToBase64String(bytes).Replace('+', '-').Replace('=', '_').Replace('/', '~');
        Assert.Equal("secret", (await other.Get($"/x?Expires={until}&Signature={Coded(curve.SignData(policy, HashAlgorithmName.SHA1, DSASignatureFormat.Rfc3279DerSequence))}&Key-Pair-Id={curveId}")).Text);
    }

    [Fact]
    public async Task What_boto3s_CloudFrontSigner_signs_is_let_in()
    {
        await using var origin = await TestOrigin.Start(http => http.Response.WriteAsync("secret"));
        await using var server = await GalleyServer.StartAsync(Options);
        var js = new AwsJs(server);
        using var rsa = RSA.Create(2048);
        var (keyId, group) = await Key(js, "k", rsa.ExportSubjectPublicKeyInfoPem());
        var (_, domain) = await Configs.Create(js, Signed(Configs.Custom(origin.Port), group));
        const string Program = """
            import sys, datetime
            from botocore.signers import CloudFrontSigner
            from cryptography.hazmat.primitives import hashes, serialization
            from cryptography.hazmat.primitives.asymmetric import padding
            key = serialization.load_pem_private_key(sys.argv[2].encode(), None)
            signer = CloudFrontSigner(sys.argv[1], lambda message: key.sign(message, padding.PKCS1v15(), hashes.SHA1()))
            print(signer.generate_presigned_url(sys.argv[3], date_less_than=datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=10)))
            """;
        var (code, output) = await Run("python3", "-c", Program, keyId, rsa.ExportPkcs8PrivateKeyPem(), $"https://{domain}/a");
        Assert.SkipUnless(code == 0, "python3 with botocore and cryptography is not there");
        using var viewer = new TestViewer(server, domain);
        Assert.Equal("secret", (await viewer.Get(output.Trim()[(output.IndexOf(domain, StringComparison.Ordinal) + domain.Length)..])).Text);
    }

    [Fact]
    public async Task Keys_and_groups_are_kept_changed_and_not_deleted_while_in_use()
    {
        await using var server = await GalleyServer.StartAsync(Options);
        var js = new AwsJs(server);
        using var rsa = RSA.Create(2048);
        using var small = RSA.Create(1024);
        var (keyId, group) = await Key(js, "k", rsa.ExportSubjectPublicKeyInfoPem());
        Assert.Matches("^K[A-Z0-9]{13}$", keyId);
        Assert.Equal("InvalidArgument", (await Assert.ThrowsAsync<AwsJsError>(() => Key(js, "small", small.ExportSubjectPublicKeyInfoPem()))).Code);
        var got = await js.Call("cloudfront", "GetPublicKey", new { Id = keyId });
        Assert.Equal("PublicKeyInUse", (await js.Fails("cloudfront", "DeletePublicKey", new { Id = keyId, IfMatch = (string)got["ETag"]! })).Code);
        var changed = got["PublicKey"]!["PublicKeyConfig"]!.DeepClone().AsObject().With("EncodedKey", small.ExportSubjectPublicKeyInfoPem());
        Assert.NotEmpty((await js.Fails("cloudfront", "UpdatePublicKey", new JsonObject { ["Id"] = keyId, ["IfMatch"] = (string)got["ETag"]!, ["PublicKeyConfig"] = changed })).Code);
        var (id, _) = await Configs.Create(js, Signed(Configs.Custom(1), group));
        var distribution = (await js.Call("cloudfront", "GetDistribution", new { Id = id }))["Distribution"]!;
        Assert.Equal(keyId, (string?)distribution["ActiveTrustedKeyGroups"]!["Items"]![0]!["KeyPairIds"]!["Items"]![0]);
        Assert.Equal(id, (string?)(await js.Call("cloudfront", "ListDistributionsByKeyGroup", new { KeyGroupId = group }))["DistributionIdList"]!["Items"]![0]);
        var etag = (string)(await js.Call("cloudfront", "GetKeyGroup", new { Id = group }))["ETag"]!;
        Assert.Equal(("ResourceInUse", 409), (await js.Fails("cloudfront", "DeleteKeyGroup", new { Id = group, IfMatch = etag })) is var used ? (used.Code, used.Status) : default);
        Assert.Equal("TrustedKeyGroupDoesNotExist", (await Assert.ThrowsAsync<AwsJsError>(() => Configs.Create(js, Signed(Configs.Custom(1).With("CallerReference", "2"), Guid.NewGuid().ToString())))).Code);
        Assert.Equal("NoSuchResource", (await js.Fails("cloudfront", "GetKeyGroup", new { Id = "none" })).Code);
        Assert.Single((await js.Call("cloudfront", "ListPublicKeys"))["PublicKeyList"]!["Items"]!.AsArray());
        Assert.Single((await js.Call("cloudfront", "ListKeyGroups"))["KeyGroupList"]!["Items"]!.AsArray());
    }

    private static JsonObject Signed(JsonObject config, string group)
        => config.With("DefaultCacheBehavior/TrustedKeyGroups", new JsonObject { ["Enabled"] = true, ["Quantity"] = 1, ["Items"] = new JsonArray(group) });

    private static async Task<(string KeyId, string Group)> Key(AwsJs js, string name, string pem)
    {
        var key = await js.Call("cloudfront", "CreatePublicKey", new { PublicKeyConfig = new { CallerReference = name, Name = name, EncodedKey = pem } });
        var id = (string)key["PublicKey"]!["Id"]!;
        var group = await js.Call("cloudfront", "CreateKeyGroup", new { KeyGroupConfig = new { Name = name, Items = new[] { id } } });
        return (id, (string)group["KeyGroup"]!["Id"]!);
    }

    private static async Task Refused(TestViewer viewer, string path, int status, string code, string message)
    {
        var seen = await viewer.Get(path);
        Assert.Equal((status, "Error from cloudfront", "text/xml"), (seen.Status, seen.XCache, seen["Content-Type"]));
        Assert.Equal($"<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>", seen.Text);
    }

    private static async Task<JsonArray> Sign(params JsonObject[] asked)
    {
        var (code, output) = await Run("node", [Path.Combine(Repository.Root, "tests", "clients", "sign.mjs"), .. asked.Select(ask => ask.ToJsonString())]);
        Assert.Equal(0, code);
        return JsonNode.Parse(output)!.AsArray();
    }

    private static async Task<(int Code, string Output)> Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        await errors;
        return (process.ExitCode, output);
    }
}

using System.Security.Cryptography;
using System.Text;

namespace Galley.Wire.Tests;

/// <summary>Version 4a: the key pair of AWS's own example, and what a signature must cover. Foreign signers: CloudFront's FunctionsTests.</summary>
public class SigV4ATests
{
    private const string Scope = Signed.AccessKeyId + "/20261122/service/aws4_request";

    [Fact]
    public void The_key_pair_is_the_one_that_AWS_derives()
    {
        using var key = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = SigV4A.Derive("AKISORANDOMAASORANDOM", "q+jcrXGc+0zWN6uzclKVhvMmUsIfRPa4rlRandom") });
        var point = key.ExportParameters(false).Q;
        Assert.Equal("15d242ceebf8d8169fd6a8b5a746c41140414c3b07579038da06af89190fffcb", Convert.ToHexStringLower(point.X!));
        Assert.Equal("0515242cedd82e94799482e4c0514b505afccf2c0c98d6a553bf539f424c5ec0", Convert.ToHexStringLower(point.Y!));
    }

    [Theory]
    [InlineData("*")]
    [InlineData("eu-west-2")]
    [InlineData("us-*, eu-west-2")]
    public async Task A_signature_for_a_set_of_regions_is_taken(string regions)
        => Assert.Equal(Signed.Owner.Arn, (await Request(regions).Verify(Signed.Rest("service"))).Arn);

    [Fact]
    public async Task What_was_not_signed_is_refused()
    {
        var good = Request("*");
        foreach (var (name, value) in ((string, string)[])[("X-Amz-Region-Set", "eu-west-2"), ("X-Amz-Date", "20261122T160001Z"), ("Host", "localhost:4567"), ("Authorization", good.Headers["Authorization"][..^2]), ("Authorization", good.Headers["Authorization"][..^2] + "zz")])
            Assert.Equal("InvalidSignatureException", (await (good with { Headers = new(good.Headers) { [name] = value } }).Refused(Signed.Rest("service"))).Code);
        Assert.Equal("InvalidSignatureException", (await (good with { Path = "/other" }).Refused(Signed.Rest("service"))).Code);
        Assert.Equal("InvalidSignatureException", (await (good with { Body = [1] }).Refused(Signed.Rest("service"))).Code);
        Assert.Equal("InvalidSignatureException", (await good.Refused(Signed.Rest("another"))).Code);
    }

    [Fact]
    public async Task The_regions_must_be_named_and_signed()
    {
        Assert.Equal("InvalidSignatureException", (await Request("not a region").Refused(Signed.Rest("service"))).Code);
        Assert.Equal("InvalidSignatureException", (await Request("*", "host;x-amz-date").Refused(Signed.Rest("service"))).Code);
    }

    [Fact]
    public async Task S3_takes_version_4_only()
        => Assert.Equal("InvalidRequest", (await Request("*").Refused(Signed.S3)).Code);

    /// <summary>Signed with the derived key, over a string to sign that is written out here.</summary>
    private static Signed Request(string regions, string names = "host;x-amz-date;x-amz-region-set")
    {
        var lines = "host:localhost:4566\nx-amz-date:20261122T160000Z\n" + (names.Contains("region", StringComparison.Ordinal) ? $"x-amz-region-set:{regions}\n" : "");
        var canonical = $"GET\n/a\n\n{lines}\n{names}\n{Convert.ToHexStringLower(SHA256.HashData([]))}";
        var text = $"AWS4-ECDSA-P256-SHA256\n20261122T160000Z\n{Scope[(Signed.AccessKeyId.Length + 1)..]}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        using var key = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = SigV4A.Derive(Signed.AccessKeyId, Signed.Secret) });
        var signature = Convert.ToHexStringLower(key.SignData(Encoding.UTF8.GetBytes(text), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        return new Signed("GET", "/a", "", new()
        {
            ["Host"] = "localhost:4566",
            ["X-Amz-Date"] = "20261122T160000Z",
            ["X-Amz-Region-Set"] = regions,
            ["Authorization"] = $"AWS4-ECDSA-P256-SHA256 Credential={Scope}, SignedHeaders={names}, Signature={signature}",
        }, []);
    }
}

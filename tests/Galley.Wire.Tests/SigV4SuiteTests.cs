using System.Text;

namespace Galley.Wire.Tests;

/// <summary>
/// Group D, row 71: the kinds of the public Signature Version 4 suite, signed by botocore 1.43, and the examples of AWS's own documentation.
/// Each is accepted, and each of its one-bit mutations is refused. (A header folded over two lines is no HTTP any more and has no vector.)
/// </summary>
public class SigV4SuiteTests
{
    private static readonly (string Name, Signed Request)[] Vectors =
    [
        Row("get-vanilla", "GET", "/", "", "service", "host;x-amz-date", "68fa97a5c072795523600e7a5c171d4de9412c465fe7e7588b02a7519bef9d70", ""),
        Row("get-vanilla-empty-query-key", "GET", "/", "Param1=value1", "service", "host;x-amz-date", "403a29c71f1f61a90262ef5e2bc3c6c6c32535dc1f81af1e6213d0a633cbc5f4", ""),
        Row("get-vanilla-query-order-key-case", "GET", "/", "Param2=value2&Param1=value1", "service", "host;x-amz-date", "563176e2bacd16667a103e963f14084f44bbd1da3184ed4ecb875b6226cb514b", ""),
        Row("get-vanilla-query-order-key", "GET", "/", "Param1=value2&Param1=Value1", "service", "host;x-amz-date", "738dac6789942276a8ada0d8fcd7ce74e6e5a454fdc8d2465433b97dfabd4689", ""),
        Row("get-vanilla-query-order-value", "GET", "/", "Param1=value2&Param1=value1", "service", "host;x-amz-date", "ca0229e92dace777d3363d0967e00a9b4fa93fa883ee459959402e256e98aec3", ""),
        Row("get-vanilla-query-unreserved", "GET", "/", "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz=-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "service", "host;x-amz-date", "72a8900a8e3596e85b04d47f1552fc77da88a054954c5f05421924dc380f53ea", ""),
        Row("get-vanilla-utf8-query", "GET", "/", "%E1%88%B4=bar", "service", "host;x-amz-date", "b03827d98d34e94850c0330853277905b3b7cfde8105546509dee3eeb2b5dd63", ""),
        Row("get-unreserved", "GET", "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "", "service", "host;x-amz-date", "9f1d72f3c687a5c60f36995ccf8fa48c2638ea567891e12ac961ecae310c1961", ""),
        Row("get-utf8", "GET", "/%E1%88%B4", "", "service", "host;x-amz-date", "86a144e10a35e8b1b41a4d54a3ed3930d5b4b0daf9509585ddcfe25da9f9fff7", ""),
        Row("get-space", "GET", "/example%20space/", "", "service", "host;x-amz-date", "08f7a263bc66d6fcfb533cc112409e4802c4176d127dfe03607b72cc6106a9bd", ""),
        Row("get-header-key-duplicate", "GET", "/", "", "service", "host;my-header1;x-amz-date", "123dc8a83364541ca53cbaa85614daa0c5f77ab33c31a52ed4343fb0a87cefbe", "", ("My-Header1", "value2\nvalue2\nvalue1")),
        Row("get-header-value-order", "GET", "/", "", "service", "host;my-header1;x-amz-date", "7a1715cc28f5509592fc4d5ada9165ce45f0ef0e1bbb32e8e4c1ed9e57e80092", "", ("My-Header1", "value4\nvalue1\nvalue3\nvalue2")),
        Row("get-header-value-trim", "GET", "/", "", "service", "host;my-header1;my-header2;x-amz-date", "29eb45ccf0b2e5dda2d2a10bdfc74c984048f908cad9ef784e86f0cad8c0949b", "", ("My-Header1", " value1"), ("My-Header2", " \"a   b   c\"")),
        Row("get-slash", "GET", "//", "", "service", "host;x-amz-date", "68fa97a5c072795523600e7a5c171d4de9412c465fe7e7588b02a7519bef9d70", ""),
        Row("get-slashes", "GET", "//example//", "", "service", "host;x-amz-date", "5574ad24234401478a61df18f3acbf47cd5ddd4e762d83328d5b137bc37552d6", ""),
        Row("get-slash-dot-slash", "GET", "/./", "", "service", "host;x-amz-date", "68fa97a5c072795523600e7a5c171d4de9412c465fe7e7588b02a7519bef9d70", ""),
        Row("get-slash-pointless-dot", "GET", "/./example", "", "service", "host;x-amz-date", "7ec2a62b0a539c713c232084b451a1705c196160b6afa3062be43be73e4e2d4c", ""),
        Row("get-relative", "GET", "/example/..", "", "service", "host;x-amz-date", "68fa97a5c072795523600e7a5c171d4de9412c465fe7e7588b02a7519bef9d70", ""),
        Row("get-relative-relative", "GET", "/example1/example2/../..", "", "service", "host;x-amz-date", "68fa97a5c072795523600e7a5c171d4de9412c465fe7e7588b02a7519bef9d70", ""),
        Row("post-vanilla", "POST", "/", "", "service", "host;x-amz-date", "4e8a74f2eab22a77d4b71fd64da403a358bdd4eef65de7eb22d5f66810820dbc", ""),
        Row("post-vanilla-query", "POST", "/", "Param1=value1", "service", "host;x-amz-date", "001cf305af76c7da63335ab3036f6f6c29ed86e498b3e63e24289c727f0d8842", ""),
        Row("post-vanilla-empty-query-value", "POST", "/", "Param1=", "service", "host;x-amz-date", "69d284b663eb68f4b742eb93b1892fbe1dbd7bb4d310df3528482e9bf735e742", ""),
        Row("post-header-key-sort", "POST", "/", "", "service", "host;my-header1;x-amz-date", "16e5929066d82b79820f4a89a44622893c151f2a84f903ed110e3599acdd2c3f", "", ("My-Header1", "value1")),
        Row("post-header-value-case", "POST", "/", "", "service", "host;my-header1;x-amz-date", "63513200bcfc0853db61c227a474b3daad3c5459e8eead053c7fffa50fd4595d", "", ("My-Header1", "VALUE1")),
        Row("post-x-www-form-urlencoded", "POST", "/", "", "service", "content-type;host;x-amz-date", "6624441e70d084866b66f1794fae9fd79338c3601de75254d469d18aa1857ff4", "Param1=value1", ("Content-Type", "application/x-www-form-urlencoded")),
        Row("post-x-www-form-urlencoded-parameters", "POST", "/", "", "service", "content-type;host;x-amz-date", "7f1f48c428f88416b3dc8d43bc0d1d73065d2b7ef7326ea41d80e7a07e721d41", "Param1=value1", ("Content-Type", "application/x-www-form-urlencoded; charset=utf8")),
        Row("s3-key-as-sent", "GET", "/bucket/a//b/../c%2Fd", "", "s3", "host;x-amz-content-sha256;x-amz-date", "6fa6a00b1bd2508e682f70d7b12a8f66e41851f8d83c432c6584bbab52445d12", "", ("X-Amz-Content-SHA256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")),
        Row("s3-put", "PUT", "/bucket/k%20%2B", "", "s3", "host;x-amz-content-sha256;x-amz-date;x-amz-meta-a", "2032c6d49fb5a2aac0ee1c2741bc0ef4ba30e5038d4a6533d620e97d97906e45", "hello", ("x-amz-meta-a", "b  c"), ("X-Amz-Content-SHA256", "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")),
    ];

    public static TheoryData<string> Names => [.. Vectors.Select(vector => vector.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Row_71_is_accepted_and_ten_thousand_changes_are_refused(string name)
    {
        var request = Vectors.Single(vector => vector.Name == name).Request;
        var service = ServiceOf(request);
        Assert.Equal(Signed.Owner.Arn, (await request.Verify(service)).Arn);
        // each of its bits, then bits of what came of that, until there are enough
        var once = Changes(request).ToList();
        Assert.True(once.Count > 500, $"only {once.Count}");
        var (mutations, twice) = (0, once.SelectMany(first => Changes(first.Changed).Where((change, at) => at % 97 == 0 && Text(change.Changed) != Text(request)).Select(second => ($"{first.What}, then {second.What}", second.Changed))));
        foreach (var (what, changed) in once.Concat(twice).Take(10_000))
        {
            var error = await changed.Refused(service);
            Assert.True(error.Status is 400 or 403, $"{what}: {error.Code}");
            mutations++;
        }

        Assert.Equal(10_000, mutations);

        IEnumerable<(string What, Signed Changed)> Changes(Signed of)
        {
            foreach (var (what, changed) in SigV4Tests.Mutations(of))
            {
                if (what == "body" && service.Protocol == Protocol.RestXml) continue; // S3 compares the body with the signed hash at its end (AwsChunkedStreamTests)
                // a path that is normalised before it is signed has many spellings
                if (what.StartsWith("path", StringComparison.Ordinal) && (of.Path.Contains("//", StringComparison.Ordinal) || of.Path.Contains("/.", StringComparison.Ordinal)) && service.Protocol != Protocol.RestXml) continue;
                yield return (what, changed);
            }
        }

        // blanks and commas between the parts of a header are all one
        static string Text(Signed request) => string.Join('\n', [request.Method, request.Path, request.Query.TrimEnd('&'), Convert.ToHexString(request.Body), .. request.Headers.OrderBy(header => header.Key, StringComparer.Ordinal).Select(header => string.Join(' ', header.Value.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries)))]);
    }

    [Theory]
    [InlineData("s3-key-as-sent", "/bucket/a/c%2Fd", "")]
    [InlineData("s3-key-as-sent", "/bucket/a/b/../c%2Fd", "")]
    [InlineData("s3-key-as-sent", "/bucket/a//b/../c/d", "")]
    [InlineData("get-vanilla-query-order-value", "/", "Param1=value1")]
    [InlineData("get-vanilla-query-order-value", "/", "Param1=value2&Param1=value1&Param1=value1")]
    [InlineData("get-space", "/example+space/", "")]
    [InlineData("get-vanilla", "/", "Param1")]
    public async Task Row_71_another_spelling_is_another_request(string name, string path, string query)
    {
        var request = Vectors.Single(vector => vector.Name == name).Request with { Path = path, Query = query };
        Assert.Contains((await request.Refused(ServiceOf(request))).Code, (string[])["SignatureDoesNotMatch", "InvalidSignatureException"]);
    }

    [Fact]
    public async Task Row_71_repeated_keys_may_come_in_any_order()
        => await (Vectors.Single(vector => vector.Name == "get-vanilla-query-order-value").Request with { Query = "Param1=value1&Param1=value2" }).Verify(Signed.QueryApi("service"));

    private static AwsService ServiceOf(Signed request) => request.Headers["Authorization"].Contains("/s3/", StringComparison.Ordinal) ? Signed.S3 : Signed.QueryApi("service");

    private static (string, Signed) Row(string name, string method, string path, string query, string service, string signedHeaders, string signature, string body, params (string, string)[] headers)
    {
        var request = Signed.Header(method, path, query, service, signedHeaders, signature, body, headers);
        return (name, request.With("Host", "host.example:4566"));
    }
}

/// <summary>The worked examples of AWS's documentation (S3: "Signature calculations for the Authorization header"; IAM: "Create a signed request").</summary>
public class SigV4DocumentationTests
{
    private const string Hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Theory]
    [InlineData("GET", "/test.txt", "", "host;range;x-amz-content-sha256;x-amz-date", "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41", Hash)]
    [InlineData("PUT", "/test%24file.text", "", "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class", "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072")]
    [InlineData("GET", "/", "lifecycle", "host;x-amz-content-sha256;x-amz-date", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543", Hash)]
    [InlineData("GET", "/", "max-keys=2&prefix=J", "host;x-amz-content-sha256;x-amz-date", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7", Hash)]
    public async Task S3_by_header(string method, string path, string query, string signedHeaders, string signature, string hash)
    {
        var request = new Signed(method, path, query, new()
        {
            ["Host"] = "examplebucket.s3.amazonaws.com",
            ["x-amz-content-sha256"] = hash,
            ["x-amz-date"] = "20130524T000000Z",
            ["Authorization"] = $"AWS4-HMAC-SHA256 Credential={Signed.AccessKeyId}/20130524/us-east-1/s3/aws4_request,SignedHeaders={signedHeaders},Signature={signature}",
        }, [])
        { At = new DateTimeOffset(2013, 5, 24, 0, 0, 0, TimeSpan.Zero) };
        if (signedHeaders.Contains("range", StringComparison.Ordinal)) request = request.With("Range", "bytes=0-9");
        if (signedHeaders.Contains("storage", StringComparison.Ordinal)) request = request.With("Date", "Fri, 24 May 2013 00:00:00 GMT").With("x-amz-storage-class", "REDUCED_REDUNDANCY");
        await request.Verify(Signed.S3);
        foreach (var (what, changed) in SigV4Tests.Mutations(request)) Assert.True((await changed.Refused(Signed.S3)).Status is 400 or 403, what);
    }

    [Fact]
    public async Task S3_by_query()
    {
        var request = new Signed("GET", "/test.txt",
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
            new() { ["Host"] = "examplebucket.s3.amazonaws.com" }, [])
        { At = new DateTimeOffset(2013, 5, 24, 0, 0, 0, TimeSpan.Zero) };
        await request.Verify(Signed.S3);
        foreach (var (what, changed) in SigV4Tests.Mutations(request)) Assert.True((await changed.Refused(Signed.S3)).Status is 400 or 403, what);
    }

    [Fact]
    public async Task IAM_by_header()
    {
        var request = new Signed("GET", "/", "Action=ListUsers&Version=2010-05-08", new()
        {
            ["Host"] = "iam.amazonaws.com",
            ["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8",
            ["X-Amz-Date"] = "20150830T123600Z",
            ["Authorization"] = $"AWS4-HMAC-SHA256 Credential={Signed.AccessKeyId}/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
        }, [])
        { At = new DateTimeOffset(2015, 8, 30, 12, 36, 0, TimeSpan.Zero), Key = new CallerKey("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", Signed.Owner) };
        await request.Verify(Signed.QueryApi("iam"));
        foreach (var (what, changed) in SigV4Tests.Mutations(request)) Assert.True((await changed.Refused(Signed.QueryApi("iam"))).Status is 400 or 403, what);
    }

    /// <summary>64 KB of `a` and then 1 KB, as the documentation's chunks are.</summary>
    [Theory]
    [InlineData("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9", "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648", "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497", "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9", null)]
    [InlineData("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e", "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2", "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7", "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992", "d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435")]
    public async Task S3_by_chunks(string mode, string seed, string first, string second, string last, string? trailer)
    {
        var a = new string('a', 65_536);
        var body = $"10000;chunk-signature={first}\r\n{a}\r\n400;chunk-signature={second}\r\n{a[..1024]}\r\n0;chunk-signature={last}\r\n"
            + (trailer is null ? "\r\n" : $"x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:{trailer}\r\n\r\n");
        var signedHeaders = trailer is null
            ? "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class"
            : "content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer";
        async Task<string> Upload(string sent)
        {
            var request = new Signed("PUT", "/examplebucket/chunkObject.txt", "", new()
            {
                ["Host"] = "s3.amazonaws.com",
                ["x-amz-date"] = "20130524T000000Z",
                ["x-amz-storage-class"] = "REDUCED_REDUNDANCY",
                ["x-amz-content-sha256"] = mode,
                ["Content-Encoding"] = "aws-chunked",
                ["x-amz-decoded-content-length"] = "66560",
                ["Authorization"] = $"AWS4-HMAC-SHA256 Credential={Signed.AccessKeyId}/20130524/us-east-1/s3/aws4_request,SignedHeaders={signedHeaders},Signature={seed}",
            }, Encoding.ASCII.GetBytes(sent))
            { At = new DateTimeOffset(2013, 5, 24, 0, 0, 0, TimeSpan.Zero) };
            request = trailer is null ? request.With("Content-Length", "66824") : request.With("x-amz-trailer", "x-amz-checksum-crc32c");
            var api = request.Request();
            await request.Verify(api, Signed.S3);
            using var reader = new StreamReader(ReadOnlyBodyStream.Open(api), Encoding.ASCII);
            return await reader.ReadToEndAsync();
        }

        Assert.Equal(a + a[..1024], await Upload(body));
        foreach (var part in (string?[])[first, second, last, trailer, trailer is null ? null : "sOO8/Q==", a[..1024] + "\r\n0"])
        {
            if (part is null) continue;
            var at = body.LastIndexOf(part, StringComparison.Ordinal);
            for (var bit = 0; bit < 5; bit++)
            {
                var changed = new StringBuilder(body) { [at] = (char)(body[at] ^ 1 << bit) }.ToString();
                Assert.Equal("SignatureDoesNotMatch", (await Assert.ThrowsAsync<AwsError>(() => Upload(changed))).Code);
            }
        }
    }
}

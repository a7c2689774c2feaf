using System.Text;

namespace Galley.Wire.Tests;

/// <summary>Vectors computed with botocore 1.43, and what must be refused.</summary>
public class SigV4Tests
{
    private const string EmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    private static readonly (string Name, AwsService Service, Signed Request)[] Vectors =
    [
        ("dynamodb", Signed.Json("dynamodb"), Signed.ListTables()),
        ("s3", Signed.S3, Signed.Header("GET", "/my-bucket/a%20b%2Bc", "list-type=2&prefix=", "s3", "host;x-amz-content-sha256;x-amz-date",
            "49c62d175df5eccc25f9ede860334c6b5d1f270eac3e75e0d039027470c946be", "", ("x-amz-content-sha256", EmptyHash))),
        ("lambda", Signed.Rest("lambda"), Signed.Header("GET", "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-2%3A123456789012%3Afunction%3Af", "", "lambda", "host;x-amz-date",
            "c386fdfd475af7c2fc83412e79f72bf53ae6f2f01c241d8203184e945b3d096e")),
        ("s3 presigned", Signed.S3, new Signed("GET", "/my-bucket/k",
            $"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={Signed.AccessKeyId}%2F20261122%2Feu-west-2%2Fs3%2Faws4_request&X-Amz-Date=20261122T160000Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=host&X-Amz-Signature=07e7aae999307328d6382fa679b9f048c49e092b508e309fd9cd6d13bd066a11",
            new() { ["Host"] = "localhost:4566" }, [])),
        ("execute-api", Signed.Rest("execute-api"), Signed.Header("GET", "/recipes", "b=2&a=1%202", "execute-api", "host;x-amz-date",
            "886b577cf607eff92f8c62ce9989d8a3e091c64c94b5e775d7e3845a42f979d3", "", ("Host", "x.execute-api.localhost:4566"))),
    ];

    [Fact]
    public async Task Vectors_of_botocore_are_accepted()
    {
        foreach (var (name, service, request) in Vectors)
        {
            var principal = await request.Verify(service);
            Assert.True(principal == Signed.Owner with { AccessKeyId = Signed.AccessKeyId }, name);
        }
    }

    [Theory]
    [InlineData(0, 0), InlineData(32, 140), InlineData(64, 1024), InlineData(65, 10), InlineData(32, 1025)]
    public void The_code_of_a_text_is_HMAC_SHA256(int keyLength, int textLength)
    {
        var key = Enumerable.Range(1, keyLength).Select(i => (byte)i).ToArray();
        var text = Enumerable.Range(7, textLength).Select(i => (byte)i).ToArray();
        Span<byte> mac = stackalloc byte[32];
        SigV4.Hmac(key, text, mac);
        Assert.Equal(System.Security.Cryptography.HMACSHA256.HashData(key, text), mac.ToArray());
    }

    [Fact]
    public async Task Row_63_every_changed_bit_of_a_signed_request_is_refused()
    {
        foreach (var (name, service, request) in Vectors)
            foreach (var (what, changed) in Mutations(request))
            {
                var error = await changed.Refused(service);
                Assert.True(error.Status is 400 or 403, $"{name}: {what}: {error.Code}");
            }
    }

    [Fact]
    public async Task The_key_and_its_owner_are_put_on_the_call_and_the_signature_is_kept_for_chunks()
    {
        var request = Signed.ListTables().Request();
        var principal = await Signed.ListTables().Verify(request, Signed.Json("dynamodb"));
        Assert.Equal(Signed.AccessKeyId, principal.AccessKeyId);
        Assert.Equal("20261122/eu-west-2/dynamodb/aws4_request", request.Signature!.Credential.Scope);
        Assert.StartsWith("23238d41", request.Signature.Seed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Row_58_an_unsigned_request_is_refused_in_the_words_of_each_protocol_and_anonymous_only_where_allowed()
    {
        var unsigned = Signed.ListTables().With("Authorization", null);
        await Is(unsigned, Signed.Json("dynamodb"), "MissingAuthenticationTokenException", 400, "Request is missing Authentication Token");
        await Is(unsigned, Signed.Rest("lambda"), "MissingAuthenticationTokenException", 403, "Missing Authentication Token");
        await Is(unsigned, Signed.QueryApi("iam"), "MissingAuthenticationToken", 403, "Request is missing Authentication Token");
        await Is(unsigned, Signed.S3, "AccessDenied", 403, "Access Denied");
        Assert.Equal(Principal.Anonymous, await unsigned.Verify(Signed.S3, anonymous: true));
        await Is(unsigned.With("Authorization", "Basic x"), Signed.Json("dynamodb"), "MissingAuthenticationTokenException", 400, "Request is missing Authentication Token");
        await Is(unsigned.With("Authorization", "AWS a:b"), Signed.S3, "InvalidRequest", 400, "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.");
    }

    [Fact]
    public async Task Row_62_an_unknown_key_is_refused_in_the_words_of_each_protocol()
    {
        var (s3, lambda) = (Vectors[1], Vectors[2]);
        await Is(Signed.ListTables() with { Key = null }, Signed.Json("dynamodb"), "UnrecognizedClientException", 400, "The security token included in the request is invalid.");
        await Is(lambda.Request with { Key = null }, lambda.Service, "UnrecognizedClientException", 403, "The security token included in the request is invalid.");
        await Is(Signed.ListTables() with { Key = null }, Signed.QueryApi("dynamodb"), "InvalidClientTokenId", 403, "The security token included in the request is invalid.");
        await Is(s3.Request with { Key = null }, s3.Service, "InvalidAccessKeyId", 403, "The AWS Access Key Id you provided does not exist in our records.");
    }

    [Fact]
    public async Task Row_63_a_wrong_secret_is_refused_and_tells_what_should_have_been_signed()
    {
        var wrong = new CallerKey("other", Signed.Owner);
        var json = await (Signed.ListTables() with { Key = wrong }).Refused(Signed.Json("dynamodb"));
        Assert.Equal("InvalidSignatureException", json.Code);
        Assert.StartsWith("The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.\n\nThe Canonical String for this request should have been\n'POST\n/\n\ncontent-type:application/x-amz-json-1.0\nhost:localhost:4566\n", json.Message, StringComparison.Ordinal);
        Assert.Contains("The String-to-Sign should have been\n'AWS4-HMAC-SHA256\n20261122T160000Z\n20261122/eu-west-2/dynamodb/aws4_request\n", json.Message, StringComparison.Ordinal);
        var query = await (Signed.ListTables() with { Key = wrong }).Refused(Signed.QueryApi("dynamodb"));
        Assert.Equal(("SignatureDoesNotMatch", 403), (query.Code, query.Status));
        var s3 = await (Vectors[1].Request with { Key = wrong }).Refused(Signed.S3);
        Assert.Equal(("SignatureDoesNotMatch", 403), (s3.Code, s3.Status));
        Assert.Equal(["AWSAccessKeyId", "StringToSign", "SignatureProvided", "StringToSignBytes", "CanonicalRequest", "CanonicalRequestBytes"], s3.Fields.Select(field => field.Key));
        Assert.Equal("41 57 53 34", s3.Fields[3].Value.ToString()![..11]);
    }

    [Fact]
    public async Task Row_64_a_request_signed_more_than_fifteen_minutes_away_is_refused()
    {
        var service = Signed.Json("dynamodb");
        await (Signed.ListTables() with { At = Signed.Now.AddMinutes(15) }).Verify(service);
        await Is(Signed.ListTables() with { At = Signed.Now.AddSeconds(901) }, service, "InvalidSignatureException", 400,
            "Signature expired: 20261122T160000Z is now earlier than 20261122T160001Z (20261122T161501Z - 15 min.)");
        await Is(Signed.ListTables() with { At = Signed.Now.AddSeconds(-901) }, service, "InvalidSignatureException", 400,
            "Signature not yet current: 20261122T160000Z is still later than 20261122T155959Z (20261122T154459Z + 15 min.)");
        await Is(Signed.ListTables() with { At = Signed.Now.AddSeconds(901) }, Signed.QueryApi("dynamodb"), "SignatureDoesNotMatch", 403,
            "Signature expired: 20261122T160000Z is now earlier than 20261122T160001Z (20261122T161501Z - 15 min.)");
        // the clock goes before the scope
        await Is(Signed.ListTables().Authorization("20261122/eu-west-2/dynamodb/aws4_request", "2/3/4/aws4_request") with { At = Signed.Now.AddSeconds(901) }, service, "InvalidSignatureException", 400,
            "Signature expired: 20261122T160000Z is now earlier than 20261122T160001Z (20261122T161501Z - 15 min.)");
        await Is(Vectors[1].Request with { At = Signed.Now.AddSeconds(901) }, Signed.S3, "RequestTimeTooSkewed", 403,
            "The difference between the request time and the current time is too large.");
    }

    [Fact]
    public async Task Rows_59_60_an_incomplete_header_names_what_is_missing()
    {
        var service = Signed.Json("dynamodb");
        var plain = Signed.ListTables().With("Authorization", "AWS4-HMAC-SHA256 Credential=a/b/c/d");
        await Is(plain, service, "IncompleteSignatureException", 400,
            "Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization=AWS4-HMAC-SHA256 Credential=a/b/c/d");
        await Is(plain.With("X-Amz-Date", null).With("Authorization", "AWS4-HMAC-SHA256 x"), service, "IncompleteSignatureException", 400,
            "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization=AWS4-HMAC-SHA256 x", startOnly: false);
        await Is(Signed.ListTables().With("X-Amz-Date", null), service, "IncompleteSignatureException", 400,
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4", startOnly: true);
        await Is(Signed.ListTables().Authorization($"{Signed.AccessKeyId}/20261122/eu-west-2/dynamodb/aws4_request", "a/b/c/d"), service, "IncompleteSignatureException", 400,
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'a/b/c/d'");
        await Is(plain.With("Authorization", "AWS4- Signature=b,Credential=a"), service, "IncompleteSignatureException", 400,
            "Authorization header requires 'SignedHeaders' parameter. Authorization=AWS4- Signature=b,Credential=a");
        await Is(plain.With("X-Amz-Date", null).With("Authorization", "AWS4-"), service, "IncompleteSignatureException", 400,
            "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. "
            + "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-");
        await Is(Signed.ListTables().Authorization("SHA256", "SHA25"), service, "IncompleteSignatureException", 400, "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA25'. ");
        await Is(Signed.ListTables().Authorization("SHA256", "SHA25"), Signed.QueryApi("dynamodb"), "IncompleteSignature", 400, "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA25'. ");
        await Is(Signed.ListTables().Authorization(", Signature=", ", Signature=00, Signature="), service, "IncompleteSignatureException", 400, "Authorization=AWS4", startOnly: true);
        await Is(Vectors[1].Request.Authorization("SignedHeaders", "Signed"), Signed.S3, "AuthorizationHeaderMalformed", 400, "The authorization header is malformed;", startOnly: true);
        await Is(Signed.ListTables() with { Query = "X-Amz-Algorithm=AWS4-HMAC-SHA256" }, service, "InvalidSignatureException", 400,
            "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.");
    }

    [Fact]
    public async Task Row_61_a_wrong_scope_is_refused_with_all_that_is_wrong_and_any_real_region_is_taken()
    {
        var service = Signed.Json("dynamodb");
        await Is(Signed.ListTables().Authorization("20261122/eu-west-2/dynamodb/aws4_request", "20261121/c/d/e"), service, "InvalidSignatureException", 400,
            "Credential should be scoped to a valid region, not 'c'. Credential should be scoped to correct service: 'dynamodb'. Credential should be scoped with a valid terminator: 'aws4_request', not 'e'. "
            + "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20261121' != '20261122', from '20261122T160000Z'.");
        await Is(Vectors[1].Request.Authorization("/eu-west-2/", "/X/"), Signed.S3, "AuthorizationHeaderMalformed", 400,
            "The authorization header is malformed; the region 'X' is wrong; expecting 'eu-west-2'");
        var signed = SigV4.Sign(new(Signed.AccessKeyId, Signed.Secret, "us-gov-east-1", "dynamodb"), "POST", new Uri("http://localhost:4566/"), [], SigV4.HashPayload("{}"u8), Signed.Now);
        await Request("POST", "/", signed, "{}"u8.ToArray()).Verify(service);
    }

    [Fact]
    public async Task Row_65_Host_must_be_signed()
    {
        await Is(Signed.ListTables().Authorization("content-type;host;", "content-type;"), Signed.Json("dynamodb"), "InvalidSignatureException", 400, "'Host' must be a 'SignedHeader' in the AWS Authorization.");
    }

    [Fact]
    public async Task Row_70_a_session_key_needs_its_token_until_it_expires()
    {
        var key = new CallerKey(Signed.Secret, Signed.Owner, "token", Signed.Now.AddMinutes(10));
        Signed At(string? token, string service = "dynamodb") => Request("POST", "/", SigV4.Sign(new(Signed.AccessKeyId, Signed.Secret, "eu-west-2", service, token), "POST", new Uri("http://localhost:4566/"), [], EmptyHash, Signed.Now), []) with { Key = key };
        var json = Signed.Json("dynamodb");
        await At("token").Verify(json);
        await Is(At(null), json, "UnrecognizedClientException", 400, "The security token included in the request is invalid.");
        await Is(At("tokem"), json, "UnrecognizedClientException", 400, "The security token included in the request is invalid.");
        await Is(At("token") with { Key = new CallerKey(Signed.Secret, Signed.Owner) }, json, "UnrecognizedClientException", 400, "The security token included in the request is invalid.");
        await Is(At("token") with { At = Signed.Now.AddMinutes(10) }, json, "ExpiredTokenException", 400, "The security token included in the request is expired");
        await Is(At("token") with { At = Signed.Now.AddMinutes(10) }, Signed.QueryApi("dynamodb"), "ExpiredToken", 403, "The security token included in the request is expired");
        await Is(At("x", "s3"), Signed.S3, "InvalidToken", 400, "The provided token is malformed or otherwise invalid.");
        await Is(At("token", "s3") with { At = Signed.Now.AddMinutes(10) }, Signed.S3, "ExpiredToken", 400, "The provided token has expired.");
    }

    [Fact]
    public async Task Any_credentials_are_the_root_when_the_installation_says_so()
    {
        var principal = await (Signed.ListTables() with { Any = true, Key = null, At = Signed.Now.AddYears(1) }).Verify(Signed.Json("dynamodb"));
        Assert.Equal((PrincipalKind.Root, "arn:aws:iam::123456789012:root"), (principal.Kind, principal.Arn));
    }

    [Fact]
    public async Task Paths_are_normalised_for_all_services_but_S3()
    {
        var signer = new SigV4.Signer(Signed.AccessKeyId, Signed.Secret, "eu-west-2", "lambda");
        var headers = SigV4.Sign(signer, "GET", new Uri("http://localhost:4566/a/c/"), [], EmptyHash, Signed.Now);
        await Request("GET", "/a//b/../c/", headers, []).Verify(Signed.Rest("lambda"));
        var s3 = SigV4.Sign(signer with { Service = "s3" }, "GET", new Uri("http://localhost:4566/a/c"), [], EmptyHash, Signed.Now);
        await Request("GET", "/a/c", s3, []).Verify(Signed.S3);
        Assert.Equal("SignatureDoesNotMatch", (await Request("GET", "/a//c", s3, []).Refused(Signed.S3)).Code);
        Assert.Equal("SignatureDoesNotMatch", (await Request("GET", "/b/../a/c", s3, []).Refused(Signed.S3)).Code);
    }

    internal static Signed Request(string method, string path, IReadOnlyDictionary<string, string> headers, byte[] body, string query = "")
        => new(method, path, query, new Dictionary<string, string>(headers) { ["Host"] = "localhost:4566" }, body);

    internal static async Task Is(Signed request, AwsService service, string code, int status, string text, bool startOnly = false)
    {
        var error = await request.Refused(service);
        Assert.Equal((code, status), (error.Code, error.Status));
        Assert.Equal(text, startOnly ? error.Message[..Math.Min(text.Length, error.Message.Length)] : error.Message);
    }

    /// <summary>Each with one bit of path, query, a signed header's value, the signature or the body turned; only what HTTP can carry.</summary>
    internal static IEnumerable<(string, Signed)> Mutations(Signed request)
    {
        foreach (var path in Flips(request.Path, from: 1)) yield return ("path " + path, request with { Path = path });
        foreach (var query in Flips(request.Query, from: 0).Where(query => !query.Contains('#') && query.TrimEnd('&') != request.Query)) yield return ("query " + query, request with { Query = query });
        var authorization = request.Headers.GetValueOrDefault("Authorization", "");
        foreach (var (name, value) in request.Headers)
        {
            if (name != "Authorization" && request.Headers.ContainsKey("Authorization") && !authorization.Contains(name.ToLowerInvariant(), StringComparison.Ordinal)) continue;
            foreach (var changed in Flips(value, from: 0).Where(changed => changed.Trim() != value && !(name == "Authorization" && changed.Replace(' ', ',') == value.Replace(' ', ','))))
                yield return ($"{name}: {changed}", request.With(name, changed));
        }

        for (var bit = 0; bit < request.Body.Length * 8; bit++)
        {
            var body = (byte[])request.Body.Clone();
            body[bit / 8] ^= (byte)(1 << bit % 8);
            yield return ("body", request with { Body = body });
        }
    }

    private static IEnumerable<string> Flips(string text, int from)
    {
        for (var at = from; at < text.Length; at++)
            for (var bit = 0; bit < 7; bit++)
            {
                var changed = (char)(text[at] ^ 1 << bit);
                if (changed is >= ' ' and < (char)127 and not '?') yield return new StringBuilder(text) { [at] = changed }.ToString();
            }
    }
}

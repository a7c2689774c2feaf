using System.Net;
using System.Text;
using Galley.Tests.Server;

namespace Galley.Tests.Edge;

/// <summary>
/// Group K, rows 135, 136, 141 and 142 (137 to 140 stand in CloudFormation/TemplateTests and StacksTests), and fuzzing with a kept corpus: whatever comes, signed and so read by the service itself, is answered with the
/// service's own 4xx (or a success), never with a 5xx, and for less than a second of computing. The server is a program of its own, so that its
/// time is its own.
/// </summary>
public sealed class HostileInputTests(HostileInputTests.Server server) : IClassFixture<HostileInputTests.Server>
{
    private static readonly TimeSpan LongestInput = TimeSpan.FromSeconds(1);

    /// <summary>JSON services: signing name, header or path, and a member that takes a string.</summary>
    private static readonly (string Service, HttpMethod Method, string Path, string Target, string Member)[] JsonServices =
    [
        ("dynamodb", HttpMethod.Post, "/", "DynamoDB_20120810.DescribeTable", "TableName"),
        ("cognito-idp", HttpMethod.Post, "/", "AWSCognitoIdentityProviderService.DescribeUserPool", "UserPoolId"),
        ("logs", HttpMethod.Post, "/", "Logs_20140328.CreateLogGroup", "logGroupName"),
        ("lambda", HttpMethod.Post, "/2015-03-31/functions", "", "FunctionName"),
        ("apigateway", HttpMethod.Post, "/v2/apis", "", "name"),
    ];

    /// <summary>The kinds of JSON that a parser must refuse, and some that it may take.</summary>
    private static IEnumerable<string> BadJson(string member)
    {
        string Value(string value) => $"{{\"{member}\":{value}}}";
        foreach (var value in (string[])
                 [
                     "\"\\uD800\"", "\"\\uDC00\\uD800\"", "\"\\uD83D\\u0041\"", "1e999", "-1e999", "NaN", "Infinity", "-Infinity", "+1", "01", "-01", ".1", "1.", "1e", "1e+", "0x1", "--1", "- 1", "1_0", "１",
                     "\"a", "a\"", "'a'", "\"\\x41\"", "\"\\u12\"", "\"\\uZZZZ\"", "\"\t\"", "\"\n\"", "\"\0\"", "\"\\", "\"\\\"", "[", "]", "[1", "[1,]", "[,1]", "[1,,2]", "[1 2]", "{", "{\"a\"", "{\"a\":}", "{\"a\":1,}", "{:1}", "{1:1}", "{a:1}", "{\"a\" 1}",
                     "True", "nul", "tru", "undefined", "//", "/**/1", "1//", "\"\ud83d\"", "<a/>", "1 1", "\"a\"\"b\"", "{\"a\":1}}", "[1]]",
                     string.Concat(Enumerable.Repeat("[", 1000)) + string.Concat(Enumerable.Repeat("]", 1000)), string.Concat(Enumerable.Repeat("{\"a\":", 1000)) + "1" + new string('}', 1000), new string('[', 100_000), "\"" + new string('a', 100_000) + "\"",
                 ])
            yield return Value(value);
        yield return $"{{\"{member}\":\"a\",\"{member}\":\"b\"}}";
        yield return "\ufeff" + Value("\"a\"");
        foreach (var whole in (string[])["", " ", "null", "1", "\"a\"", "[]", "[{}]", "{}{}", "{\"a\"", "\0", "{\"\\uD800\":1}", "{}x", "true", "{,}", "{\"\":1}"]) yield return whole;
    }

    public static TheoryData<string> JsonNames => [.. JsonServices.Select(service => service.Service)];

    [Theory]
    [MemberData(nameof(JsonNames))]
    public async Task Row_141_Bad_JSON_is_the_services_own_400(string service)
    {
        var (_, method, path, target, member) = JsonServices.Single(known => known.Service == service);
        foreach (var json in BadJson(member))
        {
            var (status, body) = await server.Root.Send(service, method, path, Utf8(json), target.Length == 0 ? [("Content-Type", "application/json")] : [("Content-Type", "application/x-amz-json-" + (service == "dynamodb" ? "1.0" : "1.1")), ("X-Amz-Target", target)]);
            Assert.True((int)status is >= 400 and < 500 && body.Length > 0, $"{json[..Math.Min(60, json.Length)]}: {status} {body}");
        }
    }

    [Theory]
    [InlineData("s3", "/bucket?website")]
    [InlineData("s3", "/bucket?policy")]
    [InlineData("s3", "/bucket?delete")]
    [InlineData("s3", "/bucket?cors")]
    [InlineData("cloudfront", "/2020-05-31/distribution")]
    [InlineData("cloudfront", "/2020-05-31/origin-access-control")]
    public async Task Row_135_XML_that_bites_is_refused(string service, string path)
    {
        var entity = string.Concat(Enumerable.Range(1, 20).Select(i => $"<!ENTITY a{i} \"{string.Concat(Enumerable.Repeat($"&a{i - 1};", 10))}\">"));
        foreach (var xml in (string[])
                 [
                     $"<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY a0 \"ha\">{entity}]><a>&a20;</a>",
                     "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>", "<!DOCTYPE a SYSTEM \"http://127.0.0.1:1/\"><a/>", "<!DOCTYPE a [<!ENTITY % p SYSTEM \"file:///etc/passwd\">%p;]><a/>",
                     string.Concat(Enumerable.Repeat("<a>", 200_000)), string.Concat(Enumerable.Repeat("<a>", 200_000)) + string.Concat(Enumerable.Repeat("</a>", 200_000)),
                     "<a", "<a></b>", "<a>&#0;</a>", "<a>\0</a>", "", "<a a='1' a='2'/>", "<?xml version='1.0' encoding='utf-7'?><a/>", "<a>" + new string('x', 300_000) + "</a>", "\ufeff<a/>", "<a xmlns:b=''/>", "]]>", "{}",
                 ])
        {
            var method = service == "s3" && !path.Contains("delete", StringComparison.Ordinal) ? HttpMethod.Put : HttpMethod.Post;
            var (status, body) = await server.Root.Send(service, method, path, Utf8(xml), ("Content-Type", "application/xml"));
            Assert.True((int)status is >= 400 and < 500, $"{xml[..Math.Min(60, xml.Length)]}: {status} {body}");
            Assert.DoesNotContain("root:", body, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Row_142_Forms_that_bite_are_refused()
    {
        const string version = "&Version=2010-05-08";
        foreach (var form in (string[])
                 [
                     "Action=TagUser" + version + "&UserName=u" + string.Concat(Enumerable.Range(1, 10_000).Select(i => $"&Tags.member.{i}.Key=k{i}")),
                     "Action=TagUser" + version + "&UserName=u&Tags.member.99999999.Key=k", "Action=TagUser" + version + "&UserName=u&Tags.member.-1.Key=k", "Action=TagUser" + version + "&UserName=u&Tags.member.1=a&Tags.member.1.Key=k",
                     "Action=TagUser" + version + "&UserName=u&Tags.member.01.Key=a&Tags.member.1.Key=b", "Action=TagUser" + version + "&UserName=u&Tags=a", "Action=TagUser" + version + "&UserName=u&" + string.Join('.', Enumerable.Repeat("a", 50_000)) + "=1",
                     "Action=ListUsers&Action=DeleteUser" + version, "Action=ListUsers" + version + "&MaxItems=1&MaxItems=2", "Action=" + version, "Action=Nothing" + version, "=&=&=", "Action=ListUsers&Version=1999-01-01", "Action=ListUsers" + version + "&MaxItems=99999999999999999999",
                     "Action=ListUsers" + version + "&MaxItems=%", "Action=GetUser" + version + "&UserName=%ff%fe", "Action=GetUser" + version + "&UserName=%00", "&&&&", "Action",
                 ])
        {
            var (status, body) = await server.Root.Query("iam", form);
            Assert.True((int)status is >= 400 and < 500, $"{form[..Math.Min(80, form.Length)]}: {status} {body}");
        }
    }

    [Fact]
    public async Task Row_136_YAML_that_bites_is_refused()
    {
        var bomb = "a0: &a0 [x, x]\n" + string.Concat(Enumerable.Range(1, 30).Select(i => $"a{i}: &a{i} [*a{i - 1}, *a{i - 1}, *a{i - 1}, *a{i - 1}]\n"));
        foreach (var yaml in (string[])
                 [
                     bomb, "Resources: &r\n  A: {Type: 'AWS::S3::Bucket'}\nOutputs: *r\n", "Base: &b {Type: 'AWS::S3::Bucket'}\nResources:\n  A:\n    <<: *b\n", "Resources:\n  A:\n    <<: {Type: 'AWS::S3::Bucket'}\n",
                     "Resources:\n  A: !!python/object/apply:os.system ['true']\n", "Resources:\n  A: !Evil {Type: 'AWS::S3::Bucket'}\n", "Resources:\n  A: !<tag:evil.example,2026:x> {}\n", "%TAG ! tag:evil.example,2026:\n---\nResources: !x {}\n",
                     "Resources: {A: {Type: 'AWS::S3::Bucket'}, A: {Type: 'AWS::S3::Bucket'}}\n", "Resources:\n\tA: x\n", "Resources: [\n", "--- a\n--- b\n", "\0", "Resources:\n" + string.Concat(Enumerable.Range(0, 400).Select(i => new string(' ', i + 1) + "a:\n")),
                     string.Concat(Enumerable.Repeat("[", 20_000)), string.Concat(Enumerable.Repeat("{a: ", 10_000)), "Resources: !Ref\n", "Resources: !Sub [!Sub [!Sub [a, {}], {}], {}]\n",
                 ])
        {
            var (status, body) = await server.Root.Query("cloudformation", $"Action=CreateStack&Version=2010-05-15&StackName=s&TemplateBody={Uri.EscapeDataString(yaml)}");
            Assert.True(status == HttpStatusCode.BadRequest && body.Contains("<Code>ValidationError</Code>", StringComparison.Ordinal), $"{yaml[..Math.Min(60, yaml.Length)]}: {status} {body}");
        }
    }

    /// <summary>
    /// Parsers fed with mutations of what is in `Corpus/`: a folder for each, its files the seeds. The mutations are the same in every run; an
    /// input that once did harm is kept there as a seed.
    /// </summary>
    [Theory]
    [InlineData("authorization")]
    [InlineData("query-signature")]
    [InlineData("json")]
    [InlineData("xml")]
    [InlineData("form")]
    [InlineData("sign-in-form")]
    [InlineData("policy")]
    [InlineData("template")]
    [InlineData("zip")]
    [InlineData("multipart")]
    [InlineData("jwt")]
    [InlineData("expression")]
    public async Task Fuzzed_input_is_never_a_5xx_and_never_takes_a_second(string parser)
    {
        const int rounds = 400;
        var seeds = Directory.GetFiles(Path.Combine(Repository.Root, "tests", "Galley.Tests", "Edge", "Corpus", parser)).Order(StringComparer.Ordinal).Select(file => Encoding.Latin1.GetString(File.ReadAllBytes(file))).ToList();
        Assert.NotEmpty(seeds);
        var random = new Random(20261128);
        foreach (var seed in seeds) await Give(parser, seed); // what is compiled at its first use is compiled now
        foreach (var input in seeds.Concat(Enumerable.Range(0, rounds).Select(_ => Mutate(seeds[random.Next(seeds.Count)], seeds, random))))
        {
            var before = server.CpuTime;
            var (status, body) = await Give(parser, input);
            var spent = server.CpuTime - before;
            Assert.True((int)status < 500 && spent < LongestInput, $"{parser}: {status} after {spent.TotalMilliseconds:0} ms of CPU: {body}\nfor {Convert.ToBase64String(Encoding.Latin1.GetBytes(input))}");
        }
    }

    private async Task<(HttpStatusCode Status, string Body)> Give(string parser, string input) => parser switch
    {
        "authorization" => await server.Plain(HttpMethod.Post, "localhost", "/", "{}", ("X-Amz-Target", "DynamoDB_20120810.ListTables"), ("X-Amz-Date", "20261122T160000Z"), ("Authorization", Line(input))),
        "query-signature" => await server.Plain(HttpMethod.Get, "localhost", "/bucket/key?" + Uri.EscapeDataString(Line(input)).Replace("%26", "&", StringComparison.Ordinal).Replace("%3D", "=", StringComparison.Ordinal).Replace("%25", "%", StringComparison.Ordinal), null),
        "json" => await server.Root.Send("dynamodb", HttpMethod.Post, "/", Encoding.Latin1.GetBytes(input), ("Content-Type", "application/x-amz-json-1.0"), ("X-Amz-Target", "DynamoDB_20120810.PutItem")),
        "xml" => await server.Root.Send("s3", HttpMethod.Put, "/bucket?website", Encoding.Latin1.GetBytes(input)),
        "form" => await server.Root.Query("iam", input),
        "multipart" => await server.Plain(HttpMethod.Post, "localhost", "/bucket", input, ("Content-Type", "multipart/form-data; boundary=b")),
        "jwt" => await server.Plain(HttpMethod.Get, "fuzzed.auth.eu-west-2.localhost", "/oauth2/userInfo", null, ("Authorization", "Bearer " + Line(input))),
        "expression" => await server.Root.Send("dynamodb", HttpMethod.Post, "/", System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(new
        {
            TableName = "things",
            FilterExpression = input,
            ExpressionAttributeNames = new Dictionary<string, string> { ["#a"] = "a", ["#b"] = "b" },
            ExpressionAttributeValues = new Dictionary<string, object> { [":v"] = new { S = "v" }, [":w"] = new { N = "1" } },
        }), ("Content-Type", "application/x-amz-json-1.0"), ("X-Amz-Target", "DynamoDB_20120810.Scan")),
        "policy" => await server.Root.Query("iam", "Action=CreatePolicy&Version=2010-05-08&PolicyName=p&PolicyDocument=" + Uri.EscapeDataString(input)),
        "template" => await server.Root.Query("cloudformation", "Action=ValidateTemplate&Version=2010-05-15&TemplateBody=" + Uri.EscapeDataString(input)),
        "zip" => await server.Root.Send("lambda", HttpMethod.Post, "/2015-03-31/functions", Utf8($$$"""{"FunctionName":"f{{{(uint)input.GetHashCode(StringComparison.Ordinal)}}}","Runtime":"python3.12","Handler":"a.b","Role":"arn:aws:iam::123456789012:role/r","Code":{"ZipFile":"{{{Convert.ToBase64String(Encoding.Latin1.GetBytes(input))}}}"}}"""), ("Content-Type", "application/json")),
        _ => await server.Plain(HttpMethod.Post, "fuzzed.auth.eu-west-2.localhost", "/oauth2/token", input, ("Content-Type", "application/x-www-form-urlencoded")),
    };

    /// <summary>What a client library sends in a line: printable ASCII.</summary>
    private static string Line(string input) => new([.. input.Select(letter => (char)(letter & 0x7f)).Select(letter => letter < ' ' || letter == 0x7f ? ' ' : letter)]);

    /// <summary>Flips, cuts, repeats, numbers at the edge, and pieces of other seeds.</summary>
    private static string Mutate(string seed, List<string> seeds, Random random)
    {
        string[] edges = ["", "0", "-1", "99999999999999999999", "%", "%00", "\0", "\"", "\\", "\\uD800", "{", "]", "<", "&", "=", ";", ",", "/", new string('A', 5000), "\u00ff", "AWS4-HMAC-SHA256", "X-Amz-Signature=", "null", "true", "1e999"];
        var text = new StringBuilder(seed);
        for (var i = random.Next(1, 5); i > 0 && text.Length > 0; i--)
        {
            var at = random.Next(text.Length);
            var length = random.Next(Math.Min(20, text.Length - at) + 1);
            switch (random.Next(6))
            {
                case 0:
                    text[at] = (char)(text[at] ^ 1 << random.Next(8));
                    break;
                case 1:
                    text.Remove(at, length);
                    break;
                case 2:
                    text.Insert(at, text.ToString(at, length));
                    break;
                case 3:
                    text.Insert(at, edges[random.Next(edges.Length)]);
                    break;
                case 4:
                    text.Remove(at, length).Insert(at, edges[random.Next(edges.Length)]);
                    break;
                default:
                    var other = seeds[random.Next(seeds.Count)];
                    text.Length = at;
                    text.Append(other.AsSpan(random.Next(other.Length)));
                    break;
            }
        }

        return new string([.. text.ToString().Select(letter => (char)(letter & 0xff))]);
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    public sealed class Server : IAsyncLifetime
    {
        private readonly HttpClient _http = new();
        private readonly Workplace _place = new();
        private RunningProgram _program = null!;

        internal SignedHttp Root { get; private set; } = null!;

        internal TimeSpan CpuTime => _program.CpuTime;

        public async ValueTask InitializeAsync()
        {
            const string iam = "&Version=2010-05-08&", pools = "AWSCognitoIdentityProviderService.";
            _program = await _place.Start("--account", "123456789012", "--sandbox", "off");
            Root = await _program.Client();
            Assert.Equal(HttpStatusCode.OK, (await Root.Send("s3", HttpMethod.Put, "/bucket", Utf8("<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>eu-west-2</LocationConstraint></CreateBucketConfiguration>"))).Status);
            Assert.Equal(HttpStatusCode.OK, (await Root.Query("iam", $"Action=CreateUser{iam}UserName=u")).Status);
            var trust = Uri.EscapeDataString(Iam.Start.Trust("{\"Service\":\"lambda.amazonaws.com\"}"));
            Assert.Equal(HttpStatusCode.OK, (await Root.Query("iam", $"Action=CreateRole{iam}RoleName=r&AssumeRolePolicyDocument={trust}")).Status);
            await Root.Json("dynamodb", "DynamoDB_20120810.CreateTable", new { TableName = "things", BillingMode = "PAY_PER_REQUEST", KeySchema = new[] { new { AttributeName = "k", KeyType = "HASH" } }, AttributeDefinitions = new[] { new { AttributeName = "k", AttributeType = "S" } } });
            var pool = (string)(await Root.Json("cognito-idp", pools + "CreateUserPool", new { PoolName = "p" }))["UserPool"]!["Id"]!;
            await Root.Json("cognito-idp", pools + "CreateUserPoolDomain", new { UserPoolId = pool, Domain = "fuzzed" });
        }

        public async ValueTask DisposeAsync()
        {
            _http.Dispose();
            Root.Dispose();
            await _program.DisposeAsync();
            _place.Dispose();
        }

        internal async Task<(HttpStatusCode Status, string Body)> Plain(HttpMethod method, string host, string target, string? body, params (string Name, string Value)[] headers)
        {
            using var request = new HttpRequestMessage(method, _program.Endpoint + target.TrimStart('/')) { Content = body is null ? null : new ByteArrayContent(Encoding.Latin1.GetBytes(body)) };
            request.Headers.Host = host;
            foreach (var (name, value) in headers)
                if (name == "Content-Type") request.Content!.Headers.TryAddWithoutValidation(name, value);
                else request.Headers.TryAddWithoutValidation(name, value);
            using var answer = await _http.SendAsync(request);
            return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Galley.Tests.DynamoDB.Judges;

/// <summary>
/// Bodies and expressions made wrong in every way: none takes over a second, none answers 5xx, none ends the server. The corpus lies in
/// `Corpus/`: one request a line, `Operation {body}`. GALLEY_FUZZ_SEED gives the same inputs again, GALLEY_FUZZ_SECONDS more of them.
/// An input that was found to hurt is added to the corpus.
/// </summary>
public class FuzzTests
{
    private static readonly int Seconds = Setting("GALLEY_FUZZ_SECONDS", 8);
    private static readonly int Seed = Setting("GALLEY_FUZZ_SEED", Random.Shared.Next(1_000_000_000));
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "Galley.Tests", "DynamoDB", "Judges", "Corpus");

    public static List<(string Operation, byte[] Body)> Corpus { get; } = [.. Directory.GetFiles(Folder, "*.txt").Order(StringComparer.Ordinal).SelectMany(File.ReadAllLines)
        .Where(line => line.Length > 0 && line[0] != '#').Select(line => (line[..line.IndexOf(' ', StringComparison.Ordinal)], Encoding.UTF8.GetBytes(line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..])))];

    [Fact]
    public async Task Every_request_of_the_corpus_is_answered()
    {
        await using var wire = await Start();
        foreach (var (operation, body) in Corpus) await Ask(wire, operation, body);
    }

    [Fact]
    public async Task No_mutation_hurts()
    {
        await using var wire = await Start();
        var deadline = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(async () =>
        {
            var mutations = new Mutations(new Random(Seed + worker), [.. Corpus.Select(line => line.Body)]);
            for (var i = 0; deadline.Elapsed.TotalSeconds < Seconds; i++)
            {
                var random = new Random(Seed + worker + i * 4);
                var (operation, body) = Corpus[random.Next(Corpus.Count)];
                await Ask(wire, operation, mutations.Of(body));
            }
        })));
    }

    [Theory]
    [MemberData(nameof(Extremes))]
    public async Task Extremes_are_answered(string name)
    {
        await using var wire = await Start();
        foreach (var (operation, body) in Extreme(name)) await Ask(wire, operation, body);
    }

    public static TheoryData<string> Extremes => ["nesting", "numbers", "utf8", "duplicates", "lengths", "expressions", "types"];

    private static IEnumerable<(string Operation, byte[] Body)> Extreme(string name)
    {
        string Put(string value) => $$$$$$"""{"TableName":"tab","Item":{"a":{"S":"k"},"b":{"N":"1"},"e":{{{{{{value}}}}}}}}""";
        string Update(string expression) => $$$$$$"""{"TableName":"tab","Key":{"a":{"S":"k"},"b":{"N":"1"}},"UpdateExpression":{{{{{{JsonValue.Create(expression).ToJsonString()}}}}}},"ExpressionAttributeValues":{":v":{"N":"1"}}}""";
        string Conditional(string expression) => $$$$$$"""{"TableName":"tab","Item":{"a":{"S":"k"},"b":{"N":"1"}},"ConditionExpression":{{{{{{JsonValue.Create(expression).ToJsonString()}}}}}},"ExpressionAttributeValues":{":v":{"N":"1"}}}""";
        string Many(string part, int times) => string.Concat(Enumerable.Repeat(part, times));
        return name switch
        {
            "nesting" => new[] { 30, 31, 32, 33, 60, 120, 126, 127, 128, 200, 255, 256, 1000, 100_000 }.SelectMany(depth => new[]
            {
                ("PutItem", Bytes(Put(Many("""{"L":[""", depth) + """{"S":""}""" + Many("]}", depth)))),
                ("PutItem", Bytes(Put(Many("""{"M":{"x":""", depth) + """{"S":""}""" + Many("}}", depth)))),
                ("PutItem", Bytes(Many("[", depth))),
                ("PutItem", Bytes(Many("""{"Item":""", depth))),
                ("GetItem", Bytes("""{"TableName":"tab","Unknown":""" + Many("[", depth) + Many("]", depth) + "}")),
            }),
            "numbers" => new[]
            {
                "1e400", "1e-400", "1e99999999999999999999", "-1e99999999999999999999", "1e-99999999999999999999", new string('9', 100_000), "0." + new string('0', 100_000) + "1", new string('0', 100_000) + "1",
                "1e+", "e", "--1", "+-1", "1e1e1", ".", "-.", "1..2", "0x10", "NaN", "Infinity", "1_000", "１", "1e2147483647", "1e-2147483648", "1e2147483648", " 1", "1 ", "", "-", "9.99999999999999999999999999999999999995E125",
            }.SelectMany(number => new[]
            {
                ("PutItem", Bytes(Put($$$$$$"""{"N":"{{{{{{number}}}}}}"}"""))),
                ("PutItem", Bytes(Put($$$$$$"""{"N":{{{{{{number}}}}}}}"""))),
                ("PutItem", Bytes(Put($$$$$$"""{"NS":["{{{{{{number}}}}}}","{{{{{{number}}}}}}","1"]}"""))),
                ("GetItem", Bytes($$$$$$"""{"TableName":"tab","Key":{"a":{"S":"k"},"b":{"N":"{{{{{{number}}}}}}"}}}""")),
                ("Query", Bytes($$$$$$"""{"TableName":"tab","Limit":{{{{{{(number.Length == 0 ? "null" : number)}}}}}}}""")),
                ("Scan", Bytes($$$$$$"""{"TableName":"tab","Segment":{{{{{{(number.Length == 0 ? "null" : number)}}}}}},"TotalSegments":2}""")),
            }),
            "utf8" => new byte[][] { [0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82], [0x80], [0], [0x1f], [0xef, 0xbb, 0xbf] }.SelectMany(bad => new (string, byte[])[]
            {
                ("PutItem", [.. Bytes("""{"TableName":"tab","Item":{"a":{"S":" """), .. bad, .. Bytes("""x"},"b":{"N":"1"}}}""")]),
                ("PutItem", [.. Bytes("""{"TableName":"tab","Item":{"a":{"S":"k"},"b":{"N":"1"},"x"""), .. bad, .. Bytes("\":{\"S\":\"y\"}}}")]),
                ("GetItem", [.. Bytes("{\"TableName\":\"tab"), .. bad, .. Bytes("\"}")]),
                ("Query", [.. Bytes("{\"TableName\":\"tab\",\"KeyConditionExpression\":\"a"), .. bad, .. Bytes(" = :v\"}")]),
                ("PutItem", [.. bad, .. Bytes("{}")]),
            }).Concat(new[] { @"\ud800", @"\udc00", @"\ud800\ud800", @"\u0000", @"\uffff" }.SelectMany(escape => new[]
            {
                ("PutItem", Bytes(Put($$$$$$"""{"S":"{{{{{{escape}}}}}}"}"""))),
                ("PutItem", Bytes(Put($$$$$$"""{"SS":["{{{{{{escape}}}}}}","{{{{{{escape}}}}}}"]}"""))),
                ("PutItem", Bytes(Put($$$$$$"""{"M":{"{{{{{{escape}}}}}}":{"S":""}}}"""))),
                ("GetItem", Bytes($$$$$$"""{"TableName":"tab{{{{{{escape}}}}}}","Key":{}}""")),
                ("GetItem", Bytes($$$$$$"""{"TableName":"tab","Key":{"a":{"S":"{{{{{{escape}}}}}}"},"b":{"N":"1"}}}""")),
                ("PutItem", Bytes($$$$$$"""{"TableName":"tab","Item":{"a":{"S":"{{{{{{escape}}}}}}"},"b":{"N":"1"}}}""")),
                ("PutItem", Bytes(Conditional("a = :v").Replace("a = :v", escape, StringComparison.Ordinal))),
                ("PutItem", Bytes($$$$$$"""{"TableName":"tab","{{{{{{escape}}}}}}":1}""")),
                ("ExecuteStatement", Bytes($$$$$$"""{"Statement":"SELECT * FROM tab WHERE a = '{{{{{{escape}}}}}}'"}""")),
            })),
            "duplicates" => new[]
            {
                ("PutItem", Bytes("""{"TableName":"tab","TableName":"other","Item":{"a":{"S":"k"},"b":{"N":"1"}}}""")),
                ("PutItem", Bytes("""{"TableName":"tab","Item":{"a":{"S":"k"},"a":{"S":"l"},"b":{"N":"1"}}}""")),
                ("PutItem", Bytes("""{"TableName":"tab","Item":{"a":{"S":"k"},"\u0061":{"S":"l"},"b":{"N":"1"}}}""")),
                ("PutItem", Bytes(Put("""{"S":"x","S":"y"}"""))),
                ("PutItem", Bytes(Put("""{"S":null,"S":"y"}"""))),
                ("PutItem", Bytes(Put("""{"M":{"x":{"S":""},"x":{"N":"1"}}}"""))),
                ("GetItem", Bytes("""{"TableName":"tab","Key":{"a":{"S":"k"},"b":{"N":"1"}},"ExpressionAttributeNames":{"#a":"a","#a":"b"},"ProjectionExpression":"#a"}""")),
                ("PutItem", Bytes("""{"TableName":"tab","Item":{"a":{"S":"k"},"b":{"N":"1"}},"ConditionExpression":"a=:v","ExpressionAttributeValues":{":v":{"S":"1"},":v":{"S":"2"}}}""")),
                ("BatchGetItem", Bytes("""{"RequestItems":{"tab":{"Keys":[{"a":{"S":"k"},"b":{"N":"1"}}]},"tab":{"Keys":[]}}}""")),
            },
            "lengths" => new[] { 254, 255, 256, 1024, 1025, 2048, 2049, 4096, 4097, 65_535, 65_536, 400_000, 409_600, 1_000_000 }.SelectMany(length => new[]
            {
                ("PutItem", Bytes(Put($$$$$$"""{"S":"{{{{{{new string('x', length)}}}}}}"}"""))),
                ("PutItem", Bytes($$$$$$"""{"TableName":"tab","Item":{"a":{"S":"{{{{{{new string('é', length / 2)}}}}}}"},"b":{"N":"1"}}}""")),
                ("PutItem", Bytes($$$$$$"""{"TableName":"tab","Item":{"a":{"S":"k"},"b":{"N":"1"},"{{{{{{new string('n', length)}}}}}}":{"S":"x"}}}""")),
                ("GetItem", Bytes($$$$$$"""{"TableName":"{{{{{{new string('t', length)}}}}}}","Key":{"a":{"S":"k"},"b":{"N":"1"}}}""")),
                ("UpdateItem", Bytes(Update("SET " + new string('n', length) + " = :v"))),
                ("UpdateItem", Bytes($$$$$$"""{"TableName":"tab","Key":{"a":{"S":"k"},"b":{"N":"1"}},"UpdateExpression":"ADD s :s","ConditionExpression":"attribute_not_exists(s) OR s <> :s","ExpressionAttributeValues":{":s":{"BS":[{{{{{{string.Join(',', Enumerable.Range(0, Math.Min(length, 60_000)).Select(i => $"\"{Convert.ToBase64String(BitConverter.GetBytes(i))}\""))}}}}}}]}}}""")),
                ("UpdateItem", Bytes($$$$$$"""{"TableName":"tab","Key":{"a":{"S":"k"},"b":{"N":"1"}},"UpdateExpression":"ADD t :s","ConditionExpression":"attribute_not_exists(t) OR t <> :s","ExpressionAttributeValues":{":s":{"SS":[{{{{{{string.Join(',', Enumerable.Range(0, Math.Min(length, 60_000)).Select(i => $"\"{i}\""))}}}}}}]}}}""")),
                ("PutItem", Bytes(Put($$$$$$"""{"B":"{{{{{{new string('A', length)}}}}}}"}"""))),
                ("PutItem", Bytes(Put($$$$$$"""{"SS":[{{{{{{string.Join(',', Enumerable.Range(0, Math.Min(length, 60_000)).Select(i => $"\"{i}\""))}}}}}}]}"""))),
                ("PutItem", Bytes(Put($$$$$$"""{"BS":[{{{{{{string.Join(',', Enumerable.Range(0, Math.Min(length, 60_000)).Select(i => $"\"{Convert.ToBase64String(BitConverter.GetBytes(i))}\""))}}}}}}]}"""))),
                ("PutItem", Bytes(Put($$$$$$"""{"SS":[{{{{{{string.Join(',', Enumerable.Range(0, Math.Min(length, 60_000)).Select(i => $"\"{i}\""))}}}}}},"0"]}"""))),
                ("PutItem", Bytes(Put($$$$$$"""{"NS":[{{{{{{string.Join(',', Enumerable.Range(0, Math.Min(length, 60_000)).Select(i => $"\"{i}\""))}}}}}}]}"""))),
            }),
            "expressions" => new[] { 1, 10, 100, 299, 300, 301, 1000, 1300, 4000, 100_000 }.SelectMany(times => new[]
            {
                ("PutItem", Bytes(Conditional(Many("(", times) + "a = :v" + Many(")", times)))),
                ("PutItem", Bytes(Conditional(Many("NOT ", times) + "a = :v"))),
                ("PutItem", Bytes(Conditional(Many("(NOT ", times) + "a = :v" + Many(")", times)))),
                ("PutItem", Bytes(Conditional("a = :v" + Many(" AND a = :v", times)))),
                ("PutItem", Bytes(Conditional("a = :v" + Many(" OR (a = :v", times) + Many(")", times)))),
                ("PutItem", Bytes(Conditional("a IN (:v" + Many(", :v", times) + ")"))),
                ("PutItem", Bytes(Conditional(Many("size(", times) + "a" + Many(")", times) + " = :v"))),
                ("PutItem", Bytes(Conditional("a" + Many(".a", times) + " = :v"))),
                ("PutItem", Bytes(Conditional("a" + Many("[0]", times) + " = :v"))),
                ("PutItem", Bytes(Conditional("a[" + new string('9', times) + "] = :v"))),
                ("UpdateItem", Bytes(Update("SET e = " + Many("if_not_exists(e, ", times) + ":v" + Many(")", times)))),
                ("UpdateItem", Bytes(Update("SET e = " + Many("(", times) + ":v" + Many(")", times)))),
                ("UpdateItem", Bytes(Update("SET e = :v" + Many(" + :v", times)))),
                ("UpdateItem", Bytes(Update("SET " + string.Join(',', Enumerable.Range(0, Math.Min(times, 5000)).Select(i => $"e{i}=:v"))))),
                ("UpdateItem", Bytes(Update("REMOVE " + string.Join(',', Enumerable.Range(0, Math.Min(times, 5000)).Select(i => $"e[{i}]"))))),
                ("UpdateItem", Bytes(Update(Many("SET e = :v ", times)))),
                ("Query", Bytes($$$$$$"""{"TableName":"tab","KeyConditionExpression":"{{{{{{Many("(", times)}}}}}}a = :v{{{{{{Many(")", times)}}}}}}","ExpressionAttributeValues":{":v":{"S":"k"}}}""")),
                ("GetItem", Bytes($$$$$$"""{"TableName":"tab","Key":{"a":{"S":"k"},"b":{"N":"1"}},"ProjectionExpression":"{{{{{{string.Join(',', Enumerable.Range(0, Math.Min(times, 5000)).Select(i => $"e{i}"))}}}}}}"}""")),
                ("ExecuteStatement", Bytes($$$$$$"""{"Statement":"SELECT * FROM tab WHERE {{{{{{Many("(", times)}}}}}}a = 'k'{{{{{{Many(")", times)}}}}}}"}""")),
                ("ExecuteStatement", Bytes($$$$$$"""{"Statement":"SELECT * FROM tab WHERE {{{{{{Many("NOT ", times)}}}}}}a = 'k'"}""")),
                ("ExecuteStatement", Bytes($$$$$$"""{"Statement":"INSERT INTO tab VALUE {'a':'k','b':1,'e':{{{{{{Many("[", times)}}}}}}{{{{{{Many("]", times)}}}}}}}"}""")),
                ("ExecuteStatement", Bytes($$$$$$"""{"Statement":"INSERT INTO tab VALUE {'a':'k','b':1,'e':{{{{{{Many("{'x':", times)}}}}}}1{{{{{{Many("}", times)}}}}}}}"}""")),
            }),
            _ => new[] { "null", "true", "1", "-1.5", "\"x\"", "[]", "{}", "[null]", "[1]", "{\"x\":null}", "{\"S\":\"x\"}", "[{}]", "[[]]", "{\"x\":[]}" }.SelectMany(value =>
                (value is "null" or "[null]" ? Corpus : Corpus.DistinctBy(line => line.Operation)).SelectMany(line => Mutations.Replaced(line.Body, value).Select(body => (line.Operation, body)))),
        };
    }

    private static async Task<DynamoDBWire> Start()
    {
        var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable(range: true);
        await wire.Call("PutItem", """{"TableName":"tab","Item":{"a":{"S":"k"},"b":{"N":"1"},"e":{"L":[{"N":"1"}]},"m":{"M":{"x":{"S":"y"}}}}}""");
        return wire;
    }

    private static async Task Ask(DynamoDBWire wire, string operation, byte[] body)
    {
        using var http = new HttpRequestMessage(HttpMethod.Post, wire.Server.Endpoint) { Content = new ByteArrayContent(body) };
        http.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-amz-json-1.0");
        http.Headers.Add("X-Amz-Target", (operation is "DescribeStream" or "GetShardIterator" or "GetRecords" or "ListStreams" ? "DynamoDBStreams_20120810." : "DynamoDB_20120810.") + operation);
        http.Headers.TryAddWithoutValidation("X-Amz-Date", "20260101T000000Z");
        http.Headers.TryAddWithoutValidation("Authorization", "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20260101/eu-west-2/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=0000");
        var cpu = Environment.CpuUsage.TotalTime;
        var watch = Stopwatch.StartNew();
        using var answer = await wire.Http.SendAsync(http);
        var text = await answer.Content.ReadAsStringAsync();
        // A busy machine makes everybody slow: what cost the process no second of work was not slow by itself.
        var slow = watch.Elapsed.TotalSeconds > 1 && (Environment.CpuUsage.TotalTime - cpu).TotalSeconds > 1 && !await QuickAlone(wire, operation, body);
        if (slow || (int)answer.StatusCode >= 500)
            Assert.Fail($"GALLEY_FUZZ_SEED={Seed}: {operation} {Shown(body)}\n{(int)answer.StatusCode} after {watch.Elapsed}: {text[..Math.Min(text.Length, 500)]}");
    }

    /// <summary>The best of three tries: was it the input, or the machine?</summary>
    private static async Task<bool> QuickAlone(DynamoDBWire wire, string operation, byte[] body)
    {
        for (var i = 0; i < 3; i++)
        {
            var watch = Stopwatch.StartNew();
            using var answer = await wire.Send(operation, Encoding.Latin1.GetString(body));
            if (watch.Elapsed.TotalSeconds < 1) return true;
        }

        return false;
    }

    private static string Shown(byte[] body) => body.Length < 3000 ? Encoding.UTF8.GetString(body) : $"{Encoding.UTF8.GetString(body, 0, 500)}… ({body.Length} bytes)";

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static int Setting(string name, int otherwise) => int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}

using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Galley.Tests.Server;

namespace Galley.Tests.DynamoDB.Judges;

/// <summary>
/// One program and its folder, killed and started again. Items 0 to 11 stand alone in table `left`; items 12+k in `left` and 16+k in
/// `right` are only written together. Everything that was called goes into a history; the tables, read after the next start, must be
/// what some order of the calls leaves, and the index and the stream must say the same as the table.
/// </summary>
internal sealed class CrashRun(int seed) : IDisposable
{
    private const int Singles = 12, Pairs = 4, Items = Singles + 2 * Pairs, Clients = 4;
    private readonly Workplace _place = new();
    private readonly Random _random = new(seed);
    private HistoryRecorder _history = new();
    private int[] _state = new int[Items];
    private string _region = "", _id = "", _secret = "", _shard = "", _stream = "";
    private string? _sequence;
    private int _value;

    public int Acknowledged { get; private set; }

    public void Dispose() => _place.Dispose();

    /// <summary>Makes the tables; they are acknowledged, too.</summary>
    public async Task Prepare()
    {
        await using var program = await _place.Start();
        var environment = await program.Environment();
        (_region, _id, _secret) = (environment["AWS_REGION"], environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"]);
        using var aws = Client(program);
        foreach (var name in (string[])["left", "right"])
        {
            var table = (await Dynamo(aws, "CreateTable", JsonNode.Parse($$$$"""
                {"TableName":"{{{{name}}}}","BillingMode":"PAY_PER_REQUEST",
                 "AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"},{"AttributeName":"g","AttributeType":"S"}],
                 "KeySchema":[{"AttributeName":"a","KeyType":"HASH"}],
                 "GlobalSecondaryIndexes":[{"IndexName":"by-g","KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],"Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["v"]}}],
                 "StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_AND_OLD_IMAGES"}}
                """)!.AsObject()))["TableDescription"]!;
            if (name == "right") continue;
            _stream = (string)table["LatestStreamArn"]!;
            _shard = (string)(await Streams(aws, "DescribeStream", new() { ["StreamArn"] = _stream }))["StreamDescription"]!["Shards"]![0]!["ShardId"]!;
        }

        await program.Kill();
    }

    /// <summary>Start, check what the last cycle left, load, kill.</summary>
    public async Task Cycle()
    {
        if (_random.Next(5) == 0)
        {
            await using var early = _place.Launch(["start"]);
            await Task.Delay(_random.Next(Workplace.IsNative ? 90 : 900)); // the recovery itself is killed
            await early.Kill();
        }

        await using var program = await _place.Start();
        using var aws = Client(program);
        await Check(aws);
        var load = Task.WhenAll(Enumerable.Range(0, Clients).Select(client =>
        {
            var random = new Random(_random.Next());
            return Task.Run(() => Load(aws, client, random));
        }));
        // Mostly after a few answers, sometimes before the first.
        var enough = _random.Next(8);
        while (_history.Count < enough && !load.IsCompleted) await Task.Delay(1);
        await Task.Delay(_random.Next(60));
        await program.Kill();
        await load;
        Acknowledged += _history.Calls.Count(call => call.Outcome == Outcome.Done && call.Writes.Count > 0);
    }

    public async Task Check()
    {
        await using var program = await _place.Start();
        using var aws = Client(program);
        await Check(aws);
        await program.Kill();
    }

    private async Task Check(SignedHttp aws)
    {
        var state = new int[Items];
        foreach (var name in (string[])["left", "right"])
        {
            var items = Listed(await Dynamo(aws, "Scan", new() { ["TableName"] = name, ["ConsistentRead"] = true, ["ProjectionExpression"] = "a, g, v" }));
            Same($"the index of {name} and its table", items, Listed(await Dynamo(aws, "Scan", new() { ["TableName"] = name, ["IndexName"] = "by-g" })));
            foreach (var (item, value) in items) state[item] = value.Value;
        }

        for (var pair = 0; pair < Pairs; pair++)
            if (state[Singles + pair] != state[Singles + Pairs + pair])
                throw new InvalidOperationException($"half a transaction: {state[Singles + pair]} beside {state[Singles + Pairs + pair]}");

        // What is there now was seen after everything else.
        var calls = _history.Calls;
        var start = _history.Now();
        var end = _history.Now();
        foreach (var group in Enumerable.Range(0, Singles).Select(item => (int[])[item]).Concat(Enumerable.Range(Singles, Pairs).Select(item => (int[])[item, item + Pairs])))
        {
            HistoryCall last = new(-1, start, end, Outcome.Done) { Reads = [.. group.Select(item => (item, state[item]))] };
            if (HistoryChecker.Violation([.. calls.Where(call => call.Items.Any(group.Contains)), last], _state) is { } violation) throw new InvalidOperationException(violation);
        }

        await CheckStream(aws, state);
        (_state, _history) = (state, new());
    }

    /// <summary>The records since the last look lead from the state of then to that of now.</summary>
    private async Task CheckStream(SignedHttp aws, int[] state)
    {
        var at = new JsonObject { ["StreamArn"] = _stream, ["ShardId"] = _shard, ["ShardIteratorType"] = _sequence is null ? "TRIM_HORIZON" : "AFTER_SEQUENCE_NUMBER" };
        if (_sequence is not null) at["SequenceNumber"] = _sequence;
        var iterator = (string?)(await Streams(aws, "GetShardIterator", at))["ShardIterator"];
        int[] replayed = [.. _state];
        while (true)
        {
            var page = await Streams(aws, "GetRecords", new() { ["ShardIterator"] = iterator });
            foreach (var record in page["Records"]!.AsArray().Select(record => record!["dynamodb"]!))
            {
                var item = Number((string)record["Keys"]!["a"]!["S"]!);
                var (before, after) = (Value(record["OldImage"]), Value(record["NewImage"]));
                if (replayed[item] != before) throw new InvalidOperationException($"the stream says that item {item} was {before}, but it was {replayed[item]}");
                replayed[item] = after;
                _sequence = (string)record["SequenceNumber"]!;
            }

            if (page["Records"]!.AsArray().Count == 0) break;
            iterator = (string?)page["NextShardIterator"];
        }

        for (var item = 0; item < Singles + Pairs; item++)
            if (replayed[item] != state[item])
                throw new InvalidOperationException($"the stream leads item {item} to {replayed[item]}, the table has {state[item]}");
    }

    private async Task Load(SignedHttp aws, int client, Random random)
    {
        int[] known = [.. _state];
        while (await Step(aws, client, random, known))
        {
        }
    }

    /// <summary>One call; false when the program is gone.</summary>
    private async Task<bool> Step(SignedHttp aws, int client, Random random, int[] known)
    {
        var value = Interlocked.Increment(ref _value);
        var item = random.Next(Singles);
        var pair = Singles + random.Next(Pairs);
        var pad = new string('x', random.Next(10) == 0 ? random.Next(20_000) : random.Next(200));
        switch (random.Next(6))
        {
            case 0:
                return await Send(aws, "PutItem", Put(item, value, pad), known, new(client, 0, 0, Outcome.Done) { Writes = [(item, value)] });
            case 1:
                return await Send(aws, "PutItem", Expecting(Put(item, value, pad), known[item]), known, new(client, 0, 0, Outcome.Done) { Expected = [(item, known[item])], Writes = [(item, value)] });
            case 2:
                var update = Expecting(new() { ["TableName"] = "left", ["Key"] = Key(item), ["UpdateExpression"] = "SET v = :v, g = :g" }, known[item]);
                (update["ExpressionAttributeValues"] ??= new JsonObject())[":v"] = N(value);
                update["ExpressionAttributeValues"]![":g"] = S($"g{value % 5}");
                return await Send(aws, "UpdateItem", update, known, new(client, 0, 0, Outcome.Done) { Expected = [(item, known[item])], Writes = [(item, value)] });
            case 3:
                return await Send(aws, "DeleteItem", new() { ["TableName"] = "left", ["Key"] = Key(item) }, known, new(client, 0, 0, Outcome.Done) { Writes = [(item, 0)] });
            case 4:
                return await Transact(aws, client, pair, value, known, [Put(pair, value, pad), Put(pair + Pairs, value, "")], []);
            default:
                return await Transact(aws, client, pair, value, known, [Expecting(Put(pair, value, ""), known[pair]), Put(pair + Pairs, value, pad)], [(pair, known[pair])]);
        }
    }

    private Task<bool> Transact(SignedHttp aws, int client, int pair, int value, int[] known, JsonObject[] puts, (int, int)[] expected)
        => Send(aws, "TransactWriteItems", new() { ["TransactItems"] = new JsonArray([.. puts.Select(put => new JsonObject { ["Put"] = put })]) }, known,
            new(client, 0, 0, Outcome.Done) { Expected = expected, Writes = [(pair, value), (pair + Pairs, value)] });

    private async Task<bool> Send(SignedHttp aws, string operation, JsonObject body, int[] known, HistoryCall call)
    {
        var start = _history.Now();
        try
        {
            var (status, answer) = await aws.TryJson("dynamodb", "DynamoDB_20120810." + operation, body);
            var done = status == HttpStatusCode.OK;
            if (!done && !answer.Contains("ConditionalCheckFailed", StringComparison.Ordinal)) throw new InvalidOperationException($"{operation}: {status} {answer}");
            _history.Add(end => call with { Start = start, End = end, Outcome = done ? Outcome.Done : Outcome.Refused });
            if (done)
                foreach (var (item, value) in call.Writes)
                    known[item] = value;
            else known[call.Expected[0].Item] = Value(JsonNode.Parse(answer) is { } error ? error["Item"] ?? error["CancellationReasons"]?[0]!["Item"] : null);
            return true;
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            _history.Add(end => call with { Start = start, End = end, Outcome = Outcome.Unknown });
            return false;
        }
    }

    private SignedHttp Client(RunningProgram program) => new(program.Endpoint, _region, _id, _secret);

    private static Task<JsonObject> Dynamo(SignedHttp aws, string operation, JsonObject body) => aws.Json("dynamodb", "DynamoDB_20120810." + operation, body);

    private static Task<JsonObject> Streams(SignedHttp aws, string operation, JsonObject body) => aws.Json("dynamodb", "DynamoDBStreams_20120810." + operation, body);

    private static JsonObject Put(int item, int value, string pad) => new()
    {
        ["TableName"] = item < Singles + Pairs ? "left" : "right",
        ["Item"] = new JsonObject { ["a"] = S($"item{item}"), ["g"] = S($"g{value % 5}"), ["v"] = N(value), ["pad"] = S(pad) },
    };

    private static JsonObject Expecting(JsonObject body, int value)
    {
        body["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD";
        body["ConditionExpression"] = value == 0 ? "attribute_not_exists(a)" : "v = :old";
        if (value != 0) body["ExpressionAttributeValues"] = new JsonObject { [":old"] = N(value) };
        return body;
    }

    private static SortedDictionary<int, (int Value, string Group)> Listed(JsonObject answer)
        => new(answer["Items"]!.AsArray().ToDictionary(item => Number((string)item!["a"]!["S"]!), item => (Value(item), (string)item!["g"]!["S"]!)));

    private static void Same(string what, SortedDictionary<int, (int, string)> one, SortedDictionary<int, (int, string)> other)
    {
        if (!one.SequenceEqual(other)) throw new InvalidOperationException($"{what} disagree: {string.Join(' ', one)} and {string.Join(' ', other)}");
    }

    private static JsonObject Key(int item) => new() { ["a"] = S($"item{item}") };

    private static JsonObject S(string text) => new() { ["S"] = text };

    private static JsonObject N(int value) => new() { ["N"] = value.ToString(CultureInfo.InvariantCulture) };

    private static int Value(JsonNode? item) => item?["v"] is { } value ? int.Parse((string)value["N"]!, CultureInfo.InvariantCulture) : 0;

    private static int Number(string key) => int.Parse(key["item".Length..], CultureInfo.InvariantCulture);
}

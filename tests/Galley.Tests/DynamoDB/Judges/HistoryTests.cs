using System.Globalization;
using System.Text.Json.Nodes;

namespace Galley.Tests.DynamoDB.Judges;

/// <summary>Sixteen clients at once; what they saw must fit one order.</summary>
public sealed class HistoryTests : IDisposable
{
    private const int Clients = 16, Calls = 40;
    private readonly string _folder = Directory.CreateTempSubdirectory("galley-history-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Conditional_writes_are_linearisable_per_item(bool onDisk)
    {
        await using var wire = await Start(onDisk);
        var history = new HistoryRecorder();
        await Run(async (client, random, known) =>
        {
            var item = random.Next(3);
            await (random.Next(7) switch
            {
                0 => HistoryClient.Get(wire, history, client, item, known),
                1 => HistoryClient.Put(wire, history, client, item, known, condition: false),
                2 or 3 => HistoryClient.Put(wire, history, client, item, known, condition: true),
                4 or 5 => HistoryClient.Update(wire, history, client, item, known),
                _ => HistoryClient.Delete(wire, history, client, item, known),
            });
        });
        var calls = history.Calls;
        Assert.Equal(Clients * Calls, calls.Count);
        Assert.Contains(calls, call => call.Outcome == Outcome.Refused);
        Assert.Contains(calls, call => call is { Outcome: Outcome.Done, Expected.Count: > 0 });
        Assert.Null(HistoryChecker.ViolationOfAnyItem(calls, new int[4]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Transactions_are_strictly_serialisable(bool onDisk)
    {
        await using var wire = await Start(onDisk);
        var history = new HistoryRecorder();
        await Run(async (client, random, known) =>
        {
            int one = random.Next(4), other = (one + 1 + random.Next(3)) % 4;
            await (random.Next(6) switch
            {
                0 => HistoryClient.TransactGet(wire, history, client, known),
                1 or 2 => HistoryClient.TransactWrite(wire, history, client, [one, other], known, checkOnly: false),
                3 => HistoryClient.TransactWrite(wire, history, client, [one, other], known, checkOnly: true),
                4 => HistoryClient.Put(wire, history, client, one, known, condition: false),
                _ => HistoryClient.Get(wire, history, client, one, known),
            });
        });
        var calls = history.Calls;
        Assert.Contains(calls, call => call is { Outcome: Outcome.Done, Writes.Count: 2 });
        Assert.Contains(calls, call => call is { Outcome: Outcome.Refused, Expected.Count: 2 });
        Assert.Null(HistoryChecker.Violation(calls, new int[4]));
    }

    private async Task<DynamoDBWire> Start(bool onDisk)
    {
        var wire = await DynamoDBWire.StartAsync(folder: onDisk ? Path.Combine(_folder, "data") : null);
        foreach (var table in HistoryClient.Tables) await wire.MakeTable(table);
        return wire;
    }

    /// <param name="step">Client, its random numbers, and what it last saw of every item.</param>
    private static Task Run(Func<int, Random, int[], Task> step) => Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Task.Run(async () =>
    {
        var random = new Random(client);
        var known = new int[4];
        for (var i = 0; i < Calls; i++) await step(client, random, known);
    })));
}

/// <summary>Calls over four items in two tables, each written into the history. An item's value is the number in `v`.</summary>
internal static class HistoryClient
{
    public static readonly string[] Tables = ["even", "odd"];

    public static Task Get(DynamoDBWire wire, HistoryRecorder history, int client, int item, int[] known)
        => Send(wire, history, client, "GetItem", Body(item, "Key", ("ConsistentRead", true)), known, new(client, 0, 0, Outcome.Done), answer => [(item, Value(answer["Item"]))]);

    public static Task Put(DynamoDBWire wire, HistoryRecorder history, int client, int item, int[] known, bool condition)
    {
        var value = history.NewValue();
        var body = Body(item, "Item", ("ReturnValues", "ALL_OLD"));
        body["Item"]!["v"] = Number(value);
        if (condition) Expect(body, known[item]);
        return Send(wire, history, client, "PutItem", body, known,
            new(client, 0, 0, Outcome.Done) { Expected = condition ? [(item, known[item])] : [], Writes = [(item, value)] }, answer => [(item, Value(answer["Attributes"]))]);
    }

    public static Task Update(DynamoDBWire wire, HistoryRecorder history, int client, int item, int[] known)
    {
        var value = history.NewValue();
        var body = Body(item, "Key", ("UpdateExpression", "SET v = :new"), ("ReturnValuesOnConditionCheckFailure", "ALL_OLD"));
        Expect(body, known[item]);
        (body["ExpressionAttributeValues"] ??= new JsonObject())[":new"] = Number(value);
        return Send(wire, history, client, "UpdateItem", body, known, new(client, 0, 0, Outcome.Done) { Expected = [(item, known[item])], Writes = [(item, value)] }, _ => []);
    }

    public static Task Delete(DynamoDBWire wire, HistoryRecorder history, int client, int item, int[] known)
    {
        var body = Body(item, "Key", ("ReturnValues", "ALL_OLD"));
        Expect(body, known[item]);
        return Send(wire, history, client, "DeleteItem", body, known, new(client, 0, 0, Outcome.Done) { Expected = [(item, known[item])], Writes = [(item, 0)] },
            answer => [(item, Value(answer["Attributes"]))]);
    }

    public static Task TransactGet(DynamoDBWire wire, HistoryRecorder history, int client, int[] known)
    {
        var body = new JsonObject { ["TransactItems"] = new JsonArray([.. Enumerable.Range(0, 4).Select(item => new JsonObject { ["Get"] = Body(item, "Key") })]) };
        return Send(wire, history, client, "TransactGetItems", body, known, new(client, 0, 0, Outcome.Done),
            answer => [.. Enumerable.Range(0, 4).Select(item => (item, Value(answer["Responses"]![item]!["Item"])))]);
    }

    /// <param name="checkOnly">The second item is only asked for, which is what write skew needs.</param>
    public static Task TransactWrite(DynamoDBWire wire, HistoryRecorder history, int client, int[] items, int[] known, bool checkOnly)
    {
        var value = history.NewValue();
        var actions = items.Select((item, i) =>
        {
            var only = checkOnly && i > 0;
            var action = Body(item, only ? "Key" : "Item", ("ReturnValuesOnConditionCheckFailure", "ALL_OLD"));
            if (!only) action["Item"]!["v"] = Number(value);
            Expect(action, known[item]);
            return new JsonObject { [only ? "ConditionCheck" : "Put"] = action };
        });
        var call = new HistoryCall(client, 0, 0, Outcome.Done)
        {
            Expected = [.. items.Select(item => (item, known[item]))],
            Writes = [.. (checkOnly ? items[..1] : items).Select(item => (item, value))],
        };
        return Send(wire, history, client, "TransactWriteItems", new() { ["TransactItems"] = new JsonArray([.. actions]) }, known, call, _ => []);
    }

    private static async Task Send(DynamoDBWire wire, HistoryRecorder history, int client, string operation, JsonObject body, int[] known, HistoryCall call, Func<JsonObject, List<(int, int)>> reads)
    {
        var start = history.Now();
        using var response = await wire.Send(operation, body.ToJsonString());
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject();
        var code = response.IsSuccessStatusCode ? null : ((string)answer["__type"]!).Split('#')[1];
        IReadOnlyList<(int Item, int Value)> seen = code switch
        {
            null => reads(answer),
            "ConditionalCheckFailedException" when operation == "UpdateItem" => [(call.Expected[0].Item, Value(answer["Item"]))],
            "ConditionalCheckFailedException" => [],
            // Of a cancelled transaction the items are told whose own condition failed.
            "TransactionCanceledException" => [.. answer["CancellationReasons"]!.AsArray().Index().Where(reason => (string)reason.Item!["Code"]! == "ConditionalCheckFailed")
                .Select(reason => (call.Expected[reason.Index].Item, Value(reason.Item!["Item"])))],
            _ => throw new InvalidOperationException(answer.ToJsonString()),
        };
        history.Add(end => call with { Start = start, End = end, Outcome = code is null ? Outcome.Done : Outcome.Refused, Reads = seen });
        foreach (var (item, value) in code is null ? seen.Concat(call.Writes) : seen) known[item] = value;
    }

    private static JsonObject Body(int item, string place, params (string Name, JsonNode Value)[] more)
    {
        var body = new JsonObject { ["TableName"] = Tables[item % 2], [place] = new JsonObject { ["a"] = new JsonObject { ["S"] = $"item{item}" } } };
        foreach (var (name, value) in more) body[name] = value;
        return body;
    }

    private static void Expect(JsonObject body, int value)
    {
        body["ConditionExpression"] = value == 0 ? "attribute_not_exists(a)" : "v = :old";
        if (value != 0) body["ExpressionAttributeValues"] = new JsonObject { [":old"] = Number(value) };
    }

    private static JsonObject Number(int value) => new() { ["N"] = value.ToString(CultureInfo.InvariantCulture) };

    private static int Value(JsonNode? item) => item is null ? 0 : int.Parse((string)item["v"]!["N"]!, CultureInfo.InvariantCulture);
}

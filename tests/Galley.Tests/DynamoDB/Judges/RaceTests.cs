using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Galley.Tests.DynamoDB.Judges;

/// <summary>Sixteen at the same moment: one effect for one client token, one winner for one condition; every answer carries its checksum.</summary>
public sealed class RaceTests : IDisposable
{
    private const int Racers = 16, Rounds = 8;
    private readonly string _folder = Directory.CreateTempSubdirectory("galley-race-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task One_client_token_has_one_effect_however_many_send_it()
    {
        await using var wire = await DynamoDBWire.StartAsync(folder: Path.Combine(_folder, "data"));
        await wire.MakeTable();
        for (var round = 1; round <= Rounds; round++)
        {
            var answers = await Race(_ => wire.Send("TransactWriteItems", Adding($"same-{round}", "1")));
            Assert.All(answers, answer => Assert.Equal((200, ""), answer));
            Assert.Equal(round.ToString(CultureInfo.InvariantCulture), (string)(await Item(wire))["n"]!["N"]!);
        }
    }

    [Fact]
    public async Task Different_requests_with_one_token_have_the_effect_of_the_first_and_the_others_are_told()
    {
        await using var wire = await DynamoDBWire.StartAsync(folder: Path.Combine(_folder, "data"));
        await wire.MakeTable();
        var before = 0;
        for (var round = 1; round <= Rounds; round++)
        {
            var answers = await Race(racer => wire.Send("TransactWriteItems", Adding($"different-{round}", (1 << racer).ToString(CultureInfo.InvariantCulture))));
            var winner = Assert.Single(answers.Index(), answer => answer.Item.Status == 200).Index;
            Assert.All(answers.Where(answer => answer.Status != 200), answer => Assert.Equal((400, "IdempotentParameterMismatchException"), answer));
            var now = int.Parse((string)(await Item(wire))["n"]!["N"]!, CultureInfo.InvariantCulture);
            Assert.Equal(1 << winner, now - before);
            before = now;
        }
    }

    [Fact]
    public async Task A_condition_that_one_can_meet_lets_one_through()
    {
        await using var wire = await DynamoDBWire.StartAsync(folder: Path.Combine(_folder, "data"));
        await wire.MakeTable();
        for (var round = 0; round < Rounds; round++)
        {
            var single = await Race(racer => wire.Send("PutItem", $$$$$$"""{"TableName":"tab","Item":{"a":{"S":"single-{{{{{{round}}}}}}"},"r":{"N":"{{{{{{racer}}}}}}"}},"ConditionExpression":"attribute_not_exists(a)"}"""));
            var winner = Assert.Single(single.Index(), answer => answer.Item.Status == 200).Index;
            Assert.All(single.Where(answer => answer.Status != 200), answer => Assert.Equal((400, "ConditionalCheckFailedException"), answer));
            Assert.Equal(winner.ToString(CultureInfo.InvariantCulture), (string)(await Item(wire, $"single-{round}"))["r"]!["N"]!);

            var many = await Race(racer => wire.Send("TransactWriteItems", $$$$$$"""
                {"TransactItems":[{"Put":{"TableName":"tab","Item":{"a":{"S":"one-{{{{{{round}}}}}}"},"r":{"N":"{{{{{{racer}}}}}}"}},"ConditionExpression":"attribute_not_exists(a)"}},
                                  {"Put":{"TableName":"tab","Item":{"a":{"S":"other-{{{{{{round}}}}}}"},"r":{"N":"{{{{{{racer}}}}}}"}}}}]}
                """));
            winner = Assert.Single(many.Index(), answer => answer.Item.Status == 200).Index;
            Assert.All(many.Where(answer => answer.Status != 200), answer => Assert.Equal((400, "TransactionCanceledException"), answer));
            Assert.Equal(winner.ToString(CultureInfo.InvariantCulture), (string)(await Item(wire, $"other-{round}"))["r"]!["N"]!);
        }
    }

    [Fact]
    public async Task Every_answer_carries_the_checksum_of_its_bytes()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable();
        await Checked(wire.Send("PutItem", $$$$$$"""{"TableName":"tab","Item":{"a":{"S":"é😀"},"big":{"S":"{{{{{{new string('x', 300_000)}}}}}}"}}}"""), 200);
        await Checked(wire.Send("GetItem", """{"TableName":"tab","Key":{"a":{"S":"é😀"}}}"""), 200);
        await Checked(wire.Send("GetItem", """{"TableName":"tab","Key":{"a":{"S":"none"}}}"""), 200);
        await Checked(wire.Send("Scan", """{"TableName":"tab"}"""), 200);
        await Checked(wire.Send("GetItem", """{"TableName":"none","Key":{"a":{"S":"x"}}}"""), 400);
        await Checked(wire.Send("GetItem", "{"), 400);
        await Checked(wire.Send("NoOperation", "{}"), 400);
        await Checked(wire.Send("TransactWriteItems", """{"TransactItems":[{"Put":{"TableName":"tab","Item":{"a":{"S":"é😀"}},"ConditionExpression":"attribute_not_exists(a)"}}]}"""), 400);
    }

    private static async Task<List<(int Status, string Code)>> Race(Func<int, Task<HttpResponseMessage>> run)
    {
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var racers = Enumerable.Range(0, Racers).Select(async racer =>
        {
            await start.Task;
            using var answer = await run(racer);
            var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
            return ((int)answer.StatusCode, (int)answer.StatusCode == 200 ? "" : ((string)body["__type"]!).Split('#')[1]);
        }).ToList();
        start.SetResult();
        return [.. await Task.WhenAll(racers)];
    }

    private static string Adding(string token, string number) => $$$$$$"""
        {"ClientRequestToken":"{{{{{{token}}}}}}","TransactItems":[{"Update":{"TableName":"tab","Key":{"a":{"S":"count"}},"UpdateExpression":"ADD n :n","ExpressionAttributeValues":{":n":{"N":"{{{{{{number}}}}}}"}}}}]}
        """;

    private static async Task<JsonNode> Item(DynamoDBWire wire, string key = "count")
        => (await wire.Call("GetItem", $$$$$$"""{"TableName":"tab","Key":{"a":{"S":"{{{{{{key}}}}}}"}},"ConsistentRead":true}"""))["Item"]!;

    private static async Task Checked(Task<HttpResponseMessage> asked, int status)
    {
        using var answer = await asked;
        var body = await answer.Content.ReadAsByteArrayAsync();
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(Crc32(body).ToString(CultureInfo.InvariantCulture), Assert.Single(answer.Headers.GetValues("x-amz-crc32")));
        Assert.NotEmpty(Encoding.UTF8.GetString(body));
    }

    private static uint Crc32(byte[] bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) == 1 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
        }

        return ~crc;
    }
}

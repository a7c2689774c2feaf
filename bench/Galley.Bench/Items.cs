using System.Globalization;
using System.Text.Json.Nodes;

namespace Galley.Bench;

/// <summary>The table of the DynamoDB bench: items of 300 bytes, a hundred to a partition; and the prepared, signed requests upon them.</summary>
internal sealed class Items(Aws aws)
{
    public const int Few = 10_000;
    private const int Prepared = 4000, PreparedBatches = 400, PreparedTransactions = 1000;

    /// <summary>Items that the requests are spread over.</summary>
    public int Count { get; init; } = Few;

    public Items At(int port) => new(aws.At(port));

    public static string Partition(int item) => string.Create(CultureInfo.InvariantCulture, $"partition-{item / 100:0000000}");

    public static string Sort(int item) => string.Create(CultureInfo.InvariantCulture, $"{item % 100:000}");

    public static string Json(int item, int version = 0)
        => string.Create(CultureInfo.InvariantCulture, $$"""{"pk":{"S":"{{Partition(item)}}"},"sk":{"S":"{{Sort(item)}}"},"version":{"N":"{{version}}"},"text":{"S":"{{(item * 2_654_435_761L).ToString(CultureInfo.InvariantCulture).PadRight(260, 'x')}}"} }""");

    public async Task CreateTable()
    {
        await Call("CreateTable", """{"TableName":"bench","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}]}""");
        while ((string?)(await Call("DescribeTable", """{"TableName":"bench"}"""))["Table"]!["TableStatus"] != "ACTIVE") await Task.Delay(100);
    }

    public async Task Fill(int from, int to)
        => await Parallel.ForEachAsync(Enumerable.Range(from / 25, (to - from) / 25), new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (batch, _) => await Call("BatchWriteItem", Batch(batch * 25, 0)));

    public Shot Gets(int port) => Shots("GetItem", port, item => $$"""{"TableName":"bench","Key":{{Key(item)}}}""");

    public Shot Puts(int port) => Shots("PutItem", port, item => $$"""{"TableName":"bench","Item":{{Json(item, 1)}}}""");

    public Shot Queries(int port) => Shots("Query", port, item => $$$"""{"TableName":"bench","KeyConditionExpression":"pk = :p","ExpressionAttributeValues":{":p":{"S":"{{{Partition(item)}}}"} } }""", 100);

    public Shot Scans(int port) => Shots("Scan", port, item => $$"""{"TableName":"bench","Limit":1000}""", 1);

    public Shot Batches(int port) => Shots("BatchWriteItem", port, item => Batch(Math.Min(item, Count - 25), 2), PreparedBatches);

    public Shot Transactions(int port) => Shots("TransactWriteItems", port,
        item => $$"""{"TransactItems":[{{string.Join(',', Enumerable.Range(Math.Min(item, Count - 4), 4).Select(i => $$$"""{"Put":{"TableName":"bench","Item":{{{Json(i, 3)}}} } }"""))}}]}""", PreparedTransactions);

    /// <summary>The first items of those very batches (25) or transactions (4).</summary>
    public int[] Firsts(int puts)
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, puts == 25 ? PreparedBatches : PreparedTransactions).Select(_ => Math.Min(random.Next(Count), Count - puts))];
    }

    private static string Key(int item) => $$$"""{"pk":{"S":"{{{Partition(item)}}}"},"sk":{"S":"{{{Sort(item)}}}"}}""";

    private static string Batch(int first, int version)
        => $$$"""{"RequestItems":{"bench":[{{{string.Join(',', Enumerable.Range(first, 25).Select(i => $$$"""{"PutRequest":{"Item":{{{Json(i, version)}}} } }"""))}}}]}}""";

    private Shot Shots(string operation, int port, Func<int, string> body, int count = Prepared)
    {
        var random = new Random(1);
        return new Shot(operation, port, [.. Enumerable.Range(0, count).Select(_ => aws.Bytes("dynamodb", "DynamoDB_20120810." + operation, "1.0", JsonNode.Parse(body(random.Next(Count)))!.AsObject()))]);
    }

    private Task<JsonNode> Call(string operation, string body) => aws.Json("dynamodb", "DynamoDB_20120810." + operation, "1.0", JsonNode.Parse(body)!.AsObject());
}

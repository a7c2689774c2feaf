using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.DataModel;
using Amazon.DynamoDBv2.DocumentModel;
using Amazon.DynamoDBv2.Model;
using DynamoTable = Amazon.DynamoDBv2.DocumentModel.Table;

namespace Galley.Tests.DynamoDB;

/// <summary>The two upper models of AWSSDK.DynamoDBv2 with their default settings. They still speak in the parameters from before expressions.</summary>
public class DotNetModelsTests
{
    [Fact]
    public async Task The_document_model_works()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await Make(wire);
        using var client = wire.Sdk();
#pragma warning disable CS0618 // the way that asks DescribeTable; most programs still take it
        var table = DynamoTable.LoadTable(client, "orders");
#pragma warning restore CS0618
        for (var i = 1; i <= 5; i++)
            await table.PutItemAsync(new Document
            {
                ["customer"] = "ann",
                ["number"] = i,
                ["status"] = i % 2 == 0 ? "sent" : "open",
                ["lines"] = new List<Document> { new() { ["thing"] = "tea", ["count"] = i } },
                ["tags"] = new List<string> { "x", "y" },
                ["flag"] = new DynamoDBBool(true),
                ["bytes"] = new byte[] { 0, 255 },
                ["nothing"] = new DynamoDBNull(),
            });
        var read = await table.GetItemAsync("ann", 3, new GetItemOperationConfig { ConsistentRead = true, AttributesToGet = ["lines", "number", "bytes", "nothing"] });
        Assert.Equal(3, read["lines"].AsListOfDocument().Single()["count"].AsInt());
        Assert.Equal([0, 255], read["bytes"].AsByteArray());
        Assert.IsType<DynamoDBNull>(read["nothing"]);
        Assert.Null(await table.GetItemAsync("ann", 9));

        var updated = await table.UpdateItemAsync(new Document { ["customer"] = "ann", ["number"] = 3, ["status"] = "sent", ["flag"] = null },
            new UpdateItemOperationConfig { ReturnValues = ReturnValues.AllNewAttributes, ConditionalExpression = new Expression { ExpressionStatement = "#s = :s", ExpressionAttributeNames = { ["#s"] = "status" }, ExpressionAttributeValues = { [":s"] = "open" } } });
        Assert.Equal("sent", updated["status"].AsString());
        Assert.False(updated.ContainsKey("flag"));
        await Assert.ThrowsAsync<ConditionalCheckFailedException>(() => table.PutItemAsync(new Document { ["customer"] = "ann", ["number"] = 3 },
            new PutItemOperationConfig { ConditionalExpression = new Expression { ExpressionStatement = "attribute_not_exists(customer)" } }));
        await Assert.ThrowsAsync<ConditionalCheckFailedException>(() => table.DeleteItemAsync("ann", 3, new DeleteItemOperationConfig { Expected = new Document { ["status"] = "open" } }));

        // Legacy filters, page after page.
        var filter = new QueryFilter("customer", QueryOperator.Equal, "ann");
        filter.AddCondition("number", QueryOperator.GreaterThan, 1);
        filter.AddCondition("status", ScanOperator.NotEqual, "open");
        var search = table.Query(new QueryOperationConfig { Filter = filter, Limit = 1, BackwardSearch = true });
        var numbers = new List<int>();
        while (!search.IsDone) numbers.AddRange((await search.GetNextSetAsync()).Select(document => document["number"].AsInt()));
        Assert.Equal([4, 3, 2], numbers);
        var byStatus = table.Query(new QueryOperationConfig { IndexName = "by-status", KeyExpression = new Expression { ExpressionStatement = "#s = :s", ExpressionAttributeNames = { ["#s"] = "status" }, ExpressionAttributeValues = { [":s"] = "sent" } }, Select = SelectValues.Count });
        await byStatus.GetRemainingAsync();
        Assert.Equal(3, byStatus.Count);
        var condition = new ScanFilter();
        condition.AddCondition("lines", ScanOperator.IsNotNull);
        condition.AddCondition("number", ScanOperator.In, 1, 5);
        Assert.Equal([1, 5], (await table.Scan(condition).GetRemainingAsync()).Select(document => document["number"].AsInt()).Order());

        var batch = table.CreateBatchWrite();
        for (var i = 0; i < 60; i++) batch.AddDocumentToPut(new Document { ["customer"] = "bob", ["number"] = i });
        batch.AddKeyToDelete("ann", 1);
        await batch.ExecuteAsync();
        var get = table.CreateBatchGet();
        for (var i = 0; i < 60; i++) get.AddKey("bob", i);
        get.AddKey("ann", 1);
        await get.ExecuteAsync();
        Assert.Equal(60, get.Results.Count);

        var write = table.CreateTransactWrite();
        write.AddDocumentToPut(new Document { ["customer"] = "cy", ["number"] = 1 });
        write.AddKeyToConditionCheck("ann", 1, new TransactWriteItemOperationConfig { ConditionalExpression = new Expression { ExpressionStatement = "attribute_exists(customer)" } });
        var cancelled = await Assert.ThrowsAsync<TransactionCanceledException>(() => write.ExecuteAsync());
        Assert.Equal(["None", "ConditionalCheckFailed"], cancelled.CancellationReasons.Select(reason => reason.Code));
        var reads = table.CreateTransactGet();
        reads.AddKey("bob", 7);
        await reads.ExecuteAsync();
        Assert.Equal(7, reads.Results.Single()["number"].AsInt());
    }

    [Fact]
    public async Task The_object_persistence_model_works()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await Make(wire);
        using var client = wire.Sdk();
        using var context = new DynamoDBContextBuilder().WithDynamoDBClient(() => client).Build();
        var order = new Order
        {
            Customer = "ann",
            Number = 1,
            Status = "open",
            At = new DateTime(2026, 11, 28, 12, 0, 0, DateTimeKind.Utc),
            Price = 12.345678901234567890m,
            Lines = [new() { Thing = "tea", Count = 2 }, new() { Thing = "é", Count = 0 }],
            Tags = ["x", "y"],
            Extra = new() { ["k"] = "v" },
        };
        await context.SaveAsync(order);
        Assert.Equal(0, order.Version);
        var loaded = await context.LoadAsync<Order>("ann", 1);
        Assert.Equal((order.Price, order.At, "é", "v"), (loaded.Price, loaded.At.ToUniversalTime(), loaded.Lines[1].Thing, loaded.Extra["k"]));
        Assert.Equal(order.Tags.Order(), loaded.Tags.Order());

        // The version number is an optimistic lock.
        loaded.Status = "sent";
        await context.SaveAsync(loaded);
        Assert.Equal(1, loaded.Version);
        order.Status = "lost";
        await Assert.ThrowsAsync<ConditionalCheckFailedException>(() => context.SaveAsync(order));

        for (var i = 2; i <= 7; i++) await context.SaveAsync(new Order { Customer = "ann", Number = i, Status = "open" });
        Assert.Equal([3, 4, 5], (await context.QueryAsync<Order>("ann", QueryOperator.Between, [3, 5]).GetRemainingAsync()).Select(one => one.Number));
        Assert.Equal([1], (await context.QueryAsync<Order>("sent", new QueryConfig { IndexName = "by-status" }).GetRemainingAsync()).Select(one => one.Number));
        Assert.Equal([6, 7], (await context.ScanAsync<Order>([new ScanCondition("Number", ScanOperator.GreaterThan, 5), new ScanCondition("Status", ScanOperator.BeginsWith, "op")]).GetRemainingAsync()).Select(one => one.Number).Order());

        // Batches have no conditions, so the model takes no versions there.
        var batch = context.CreateBatchWrite<Plain>();
        batch.AddPutItem(new Plain { Customer = "bob", Number = 1 });
        batch.AddDeleteKey("ann", 7);
        await batch.ExecuteAsync();
        var get = context.CreateBatchGet<Order>();
        get.AddKey("bob", 1);
        get.AddKey("ann", 7);
        await get.ExecuteAsync();
        Assert.Equal("bob", get.Results.Single().Customer);

        var write = context.CreateTransactWrite<Order>();
        write.AddSaveItem(new Order { Customer = "cy", Number = 1 });
        write.AddDeleteKey("bob", 1);
        await write.ExecuteAsync();
        Assert.NotNull(await context.LoadAsync<Order>("cy", 1, new LoadConfig { ConsistentRead = true }));
        Assert.Null(await context.LoadAsync<Order>("bob", 1));
        await context.DeleteAsync<Order>("cy", 1);
        Assert.Null(await context.LoadAsync<Order>("cy", 1));
    }

    [Fact]
    public async Task Expressions_paginators_and_several_tables_at_once_work_in_both_models()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await Make(wire);
        await wire.Call("CreateTable", """{"TableName":"parcels","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"Id","AttributeType":"S"}],"KeySchema":[{"AttributeName":"Id","KeyType":"HASH"}]}""");
        using var client = wire.Sdk();
        using var context = new DynamoDBContextBuilder().WithDynamoDBClient(() => client).Build();

        // A counter, times that the model sets, a part in the item itself and a derived type.
        var parcel = new Parcel { Id = "p1", Place = new Place { Street = "Long Lane", Town = "Ely" }, Content = new Tea { Name = "tea", Sort = "oolong" } };
        await context.SaveAsync(parcel);
        var made = (await client.GetItemAsync("parcels", new() { ["Id"] = new("p1") })).Item;
        await context.SaveAsync(parcel);
        var item = (await client.GetItemAsync("parcels", new() { ["Id"] = new("p1") })).Item;
        Assert.Equal(("1", "Ely", "Tea"), (item["Moves"].N, item["Town"].S, item["Content"].M["$type"].S));
        var read = await context.LoadAsync<Parcel>("p1", new LoadConfig { ConsistentRead = true });
        Assert.Equal(("oolong", "Long Lane"), (Assert.IsType<Tea>(read.Content).Sort, read.Place!.Street));
        Assert.Equal((made["Created"].S, true), (item["Created"].S, read.Changed is not null));

        var first = context.CreateBatchWrite<Plain>();
        first.AddPutItems(Enumerable.Range(1, 30).Select(i => new Plain { Customer = "dan", Number = i }));
        var second = context.CreateBatchWrite<Parcel>();
        second.AddPutItem(new Parcel { Id = "p2" });
        await context.CreateMultiTableBatchWrite(first, second).ExecuteAsync(TestContext.Current.CancellationToken);
        var orders = context.CreateBatchGet<Plain>();
        orders.AddKey("dan", 30);
        var parcels = context.CreateBatchGet<Parcel>();
        parcels.AddKey("p2");
        await context.CreateMultiTableBatchGet(orders, parcels).ExecuteAsync(TestContext.Current.CancellationToken);
        Assert.Equal((30, "p2"), (orders.Results.Single().Number, parcels.Results.Single().Id));
        var put = context.CreateTransactWrite<Order>();
        put.AddSaveItem(new Order { Customer = "eve", Number = 1 });
        var drop = context.CreateTransactWrite<Parcel>();
        drop.AddDeleteKey("p2");
        await context.CreateMultiTableTransactWrite(put, drop).ExecuteAsync(TestContext.Current.CancellationToken);
        var (one, other) = (context.CreateTransactGet<Order>(), context.CreateTransactGet<Parcel>());
        one.AddKey("eve", 1);
        other.AddKey("p1");
        await context.CreateMultiTableTransactGet(one, other).ExecuteAsync(TestContext.Current.CancellationToken);
        Assert.Equal(("eve", "p1"), (one.Results.Single().Customer, other.Results.Single().Id));

        var wanted = new ContextExpression();
        wanted.SetFilter<Plain>(plain => plain.Number > 27 && ContextExpression.AttributeExists(plain.Customer));
        Assert.Equal([28, 29, 30], (await context.ScanAsync<Plain>(wanted).GetRemainingAsync(TestContext.Current.CancellationToken)).Select(plain => plain.Number).Order());
        var query = new QueryDocumentOperationRequest
        {
            KeyConditionExpression = new Expression { ExpressionStatement = "customer = :c AND #n BETWEEN :a AND :b", ExpressionAttributeNames = { ["#n"] = "number" }, ExpressionAttributeValues = { [":c"] = "dan", [":a"] = 3, [":b"] = 9 } },
            FilterExpression = new Expression { ExpressionStatement = "attribute_not_exists(#s)", ExpressionAttributeNames = { ["#s"] = "status" } },
            Limit = 2,
            BackwardSearch = true,
        };
        var table = new TableBuilder(client, "orders").AddHashKey("customer", DynamoDBEntryType.String).AddRangeKey("number", DynamoDBEntryType.Numeric).Build();
        var search = table.Query(query);
        Assert.Equal([9, 8], (await search.GetNextSetAsync(TestContext.Current.CancellationToken)).Select(document => document["number"].AsInt()));
        query.PaginationToken = search.PaginationToken;
        Assert.Equal([7, 6, 5, 4, 3], (await table.Query(query).GetRemainingAsync(TestContext.Current.CancellationToken)).Select(document => document["number"].AsInt()));
        var segments = await Task.WhenAll(Enumerable.Range(0, 3).Select(segment => table.Scan(new ScanOperationConfig { Segment = segment, TotalSegments = 3, Limit = 4 }).GetRemainingAsync(TestContext.Current.CancellationToken)));
        Assert.Equal(31, segments.Sum(segment => segment.Count));

        Assert.Equal(["orders", "parcels"], await client.Paginators.ListTables(new ListTablesRequest { Limit = 1 }).TableNames.ToListAsync(TestContext.Current.CancellationToken));
        Assert.Equal(31, await client.Paginators.Scan(new ScanRequest { TableName = "orders", Limit = 7 }).Responses.Select(page => page.Count ?? 0).SumAsync(TestContext.Current.CancellationToken));
        Assert.Equal(30, await client.Paginators.Query(new QueryRequest { TableName = "orders", Limit = 11, KeyConditionExpression = "customer = :c", ExpressionAttributeValues = new() { [":c"] = new("dan") } }).Responses.Select(page => page.Items.Count).SumAsync(TestContext.Current.CancellationToken));
    }

    private static Task Make(DynamoDBWire wire) => wire.Call("CreateTable", """
        {"TableName":"orders","BillingMode":"PAY_PER_REQUEST",
         "AttributeDefinitions":[{"AttributeName":"customer","AttributeType":"S"},{"AttributeName":"number","AttributeType":"N"},{"AttributeName":"status","AttributeType":"S"}],
         "KeySchema":[{"AttributeName":"customer","KeyType":"HASH"},{"AttributeName":"number","KeyType":"RANGE"}],
         "GlobalSecondaryIndexes":[{"IndexName":"by-status","KeySchema":[{"AttributeName":"status","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}]}
        """);

    [DynamoDBTable("orders")]
    public sealed class Order
    {
        [DynamoDBHashKey("customer")]
        public string Customer { get; set; } = "";

        [DynamoDBRangeKey("number")]
        public int Number { get; set; }

        [DynamoDBGlobalSecondaryIndexHashKey("by-status", AttributeName = "status")]
        public string? Status { get; set; }

        public DateTime At { get; set; }

        public decimal Price { get; set; }

        public List<Line> Lines { get; set; } = [];

        public HashSet<string> Tags { get; set; } = [];

        public Dictionary<string, string> Extra { get; set; } = [];

        [DynamoDBVersion]
        public int? Version { get; set; }
    }

    [DynamoDBTable("orders")]
    public sealed class Plain
    {
        [DynamoDBHashKey("customer")]
        public string Customer { get; set; } = "";

        [DynamoDBRangeKey("number")]
        public int Number { get; set; }
    }

    [DynamoDBTable("parcels")]
    public sealed class Parcel
    {
        [DynamoDBHashKey]
        public string Id { get; set; } = "";

        [DynamoDBAtomicCounter]
        public long? Moves { get; set; }

        [DynamoDBAutoGeneratedTimestamp]
        [DynamoDbUpdateBehavior(UpdateBehavior.IfNotExists)]
        public DateTime? Created { get; set; }

        [DynamoDBAutoGeneratedTimestamp]
        public DateTime? Changed { get; set; }

        [DynamoDBFlatten]
        public Place? Place { get; set; }

        [DynamoDBPolymorphicType("Tea", typeof(Tea))]
        public Thing? Content { get; set; }
    }

    public sealed class Place
    {
        public string? Street { get; set; }

        public string? Town { get; set; }
    }

    public class Thing
    {
        public string? Name { get; set; }
    }

    public sealed class Tea : Thing
    {
        public string? Sort { get; set; }
    }

    public sealed class Line
    {
        public string Thing { get; set; } = "";

        public int Count { get; set; }
    }
}

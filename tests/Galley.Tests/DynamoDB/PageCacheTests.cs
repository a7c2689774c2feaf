using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Galley.DynamoDB;

namespace Galley.Tests.DynamoDB;

/// <summary>Pages that are kept above the store: what is kept, for how long, and that nobody can tell.</summary>
public sealed class PageCacheTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("galley-pages-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>One client changes three items of a partition together, over and over; readers must see all three alike and never go back.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_kept_page_is_never_older_than_an_answered_write_and_never_half_of_one(bool onDisk)
    {
        await using var wire = await DynamoDBWire.StartAsync(folder: onDisk ? Path.Combine(_folder, "data") : null);
        await wire.Call("CreateTable", """
            {"TableName":"tab","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"},{"AttributeName":"b","AttributeType":"S"},{"AttributeName":"g","AttributeType":"S"}],
             "KeySchema":[{"AttributeName":"a","KeyType":"HASH"},{"AttributeName":"b","KeyType":"RANGE"}],
             "GlobalSecondaryIndexes":[{"IndexName":"gsi","KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}]}
            """);
        var answered = 0;
        var writing = Task.Run(async () =>
        {
            for (var version = 1; version <= 150; version++)
            {
                await wire.Call("TransactWriteItems", $$$$$$"""{"TransactItems":[{{{{{{string.Join(',', "xyz".Select(letter => Put(letter, version)))}}}}}}]}""");
                Volatile.Write(ref answered, version);
            }
        });
        string[] reads =
        [
            """{"TableName":"tab","KeyConditionExpression":"a = :a","ExpressionAttributeValues":{":a":{"S":"p"}}}""",
            """{"TableName":"tab","IndexName":"gsi","KeyConditionExpression":"g = :a","ExpressionAttributeValues":{":a":{"S":"same"},":zero":{"N":"0"}},"FilterExpression":"v > :zero"}""",
            """{"TableName":"tab"}""",
        ];
        await Task.WhenAll(reads.SelectMany(read => Enumerable.Repeat(read, 2)).Select(read => Task.Run(async () =>
        {
            var seen = 0;
            while (!writing.IsCompleted)
            {
                var before = Math.Max(seen, Volatile.Read(ref answered));
                var items = (await wire.Call(read.Contains("KeyCondition", StringComparison.Ordinal) ? "Query" : "Scan", read))["Items"]!.AsArray();
                var versions = items.Select(item => int.Parse((string)item!["v"]!["N"]!, CultureInfo.InvariantCulture)).Distinct().ToList();
                if (before == 0 && versions.Count == 0) continue;
                Assert.Equal(3, items.Count);
                seen = Assert.Single(versions);
                Assert.True(seen >= before, $"{seen} after {before}: {read}");
            }
        })).Append(writing));

        static string Put(char letter, int version)
            => $$$$$$"""{"Put":{"TableName":"tab","Item":{"a":{"S":"p"},"b":{"S":"{{{{{{letter}}}}}}"},"g":{"S":"same"},"v":{"N":"{{{{{{version}}}}}}"}}}}""";
    }

    [Fact]
    public async Task A_kept_page_answers_every_shape_of_request_as_the_store_does()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable(range: true);
        for (var i = 0; i < 7; i++) await wire.Call("PutItem", $$$$$$"""{"TableName":"tab","Item":{"a":{"S":"p"},"b":{"N":"{{{{{{i}}}}}}"},"v":{"N":"{{{{{{i % 2}}}}}}"},"t":{"S":"text é"}}}""");
        const string query = "\"TableName\":\"tab\",\"KeyConditionExpression\":\"a = :a\",\"ReturnConsumedCapacity\":\"TOTAL\"";
        string[] shapes =
        [
            "\"ExpressionAttributeValues\":{\":a\":{\"S\":\"p\"}}",
            "\"ExpressionAttributeValues\":{\":a\":{\"S\":\"p\"}},\"Select\":\"COUNT\"",
            "\"ExpressionAttributeValues\":{\":a\":{\"S\":\"p\"}},\"Limit\":3",
            "\"ExpressionAttributeValues\":{\":a\":{\"S\":\"p\"}},\"Limit\":3,\"ScanIndexForward\":false",
            "\"ExpressionAttributeValues\":{\":a\":{\"S\":\"p\"},\":v\":{\"N\":\"1\"}},\"FilterExpression\":\"v = :v\"",
            "\"ExpressionAttributeValues\":{\":a\":{\"S\":\"p\"},\":v\":{\"N\":\"1\"}},\"FilterExpression\":\"v = :v\",\"Limit\":3,\"Select\":\"COUNT\"",
            "\"ExpressionAttributeValues\":{\":a\":{\"S\":\"p\"}},\"ProjectionExpression\":\"b\"",
            "\"ExpressionAttributeValues\":{\":a\":{\"S\":\"none\"}}",
        ];
        foreach (var shape in shapes)
        {
            var body = $"{{{query},{shape}}}";
            await wire.Call("PutItem", """{"TableName":"tab","Item":{"a":{"S":"p"},"b":{"N":"0"},"v":{"N":"0"},"t":{"S":"text é"}}}"""); // nothing is kept any more
            var fresh = await wire.Call("Query", body);
            Assert.Equal(fresh.ToJsonString(), (await wire.Call("Query", body)).ToJsonString());
        }
    }

    [Fact]
    public async Task A_page_is_kept_at_its_second_sight_until_its_partition_changes()
    {
        await using var installation = Installations.Open(new GalleyOptions { Port = 0 });
        var pages = installation.Reads;
        pages.GroupsOf = Keys.Groups;
        var space = Keys.Space(Keys.Items("1", "eu-west-2", "table"), 0);
        var (mine, other) = (Partition(space, "mine"), Partition(space, "other"));
        var key = Of(mine, descending: false, limit: null);
        var scan = Of(space, descending: false, limit: null);
        Assert.False(await Ask(key));
        Assert.True(await Ask(key)); // and given
        Assert.False(await Ask(scan));
        Assert.True(await Ask(scan));
        Assert.Equal((true, true), (await Has(key), await Has(scan)));

        await Write(other);
        Assert.Equal((true, false), (await Has(key), await Has(scan)));
        var (item, neighbour) = (pages.KeyOf([.. mine, 1]), pages.KeyOf([.. mine, 2]));
        foreach (var one in (ReadKey[])[item, neighbour])
        {
            Assert.False(await Ask(one));
            Assert.True(await Ask(one));
        }

        Assert.False(await Ask(Of(mine, descending: true, limit: null)));

        await Write(mine);
        Assert.False(await Ask(Of(mine, descending: false, limit: 5)));
        Assert.Equal((false, true), (await Has(item), await Has(neighbour)));
        Assert.False(await Has(key));
        Assert.True(await Ask(key)); // the second since the change
        Assert.True(await Has(key));

        ReadKey Of(byte[] from, bool descending, int? limit) => pages.KeyOf(Keys.GroupLength(space, from, Galley.Store.Key.After(from)), from, Galley.Store.Key.After(from), descending, limit);

        async Task<bool> Ask(ReadKey page) => await installation.Store.Read(snapshot =>
        {
            pages.Find<KeptPage>(page, snapshot.State, out var wanted);
            if (wanted) pages.Keep(page, Page("{}"), 2, snapshot.State);
            return ValueTask.FromResult(wanted);
        });

        async Task<bool> Has(ReadKey page) => await installation.Store.Read(snapshot => ValueTask.FromResult(pages.Find<KeptPage>(page, snapshot.State, out _) is not null));

        async Task Write(byte[] to) => await installation.Store.Write(transaction =>
        {
            transaction.Put([.. to, 1], []);
            return ValueTask.FromResult(true);
        });
    }

    [Fact]
    public async Task Pages_take_no_more_room_than_they_may_and_those_in_use_stay()
    {
        await using var installation = Installations.Open(new GalleyOptions { Port = 0, PageCacheBytes = 100_000, KeepsEveryPage = true });
        var pages = installation.Reads;
        pages.GroupsOf = Keys.Groups;
        var space = Keys.Space(Keys.Items("1", "eu-west-2", "table"), 0);
        var used = Of("used");
        pages.Keep(used, Page(" "), 1000, 0);
        pages.Keep(Of("too large"), Page(" "), 50_000, 0);
        Assert.Null(pages.Find<KeptPage>(Of("too large"), 0, out _));
        for (var i = 0; i < 1000; i++)
        {
            Assert.NotNull(pages.Find<KeptPage>(used, 0, out _));
            pages.Keep(Of(i.ToString(CultureInfo.InvariantCulture)), Page(" "), 1000, 0);
            Assert.InRange(pages.Bytes, 1, 100_000);
        }

        Assert.Null(pages.Find<KeptPage>(Of("0"), 0, out _));
        pages.Forget();
        Assert.Equal(0, pages.Bytes);

        ReadKey Of(string partition) => pages.KeyOf(space.Length + Keys.HashLength, Partition(space, partition), Galley.Store.Key.After(Partition(space, partition)), descending: false, limit: null);
    }

    /// <summary>Who writes sees what it has put, and what it then takes back is never shown to anybody.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_made_of_a_value_is_shared_by_readers_and_made_anew_in_a_write(bool onDisk)
    {
        await using var installation = Installations.Open(new GalleyOptions { Port = 0, DataFolder = onDisk ? Path.Combine(_folder, "data") : null });
        var store = installation.Store;
        byte[] key = [1, 2, 3];
        var made = 0;
        await Put("one");
        var kept = new List<string?>();
        for (var i = 0; i < 3; i++) kept.Add(await store.Read(Text));
        Assert.Equal(2, made);
        Assert.Same(kept[1], kept[2]);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await store.Write<bool>(async transaction =>
        {
            Assert.Equal("one", await Text(transaction));
            transaction.Put(key, "two"u8.ToArray());
            Assert.Equal("two", await Text(transaction));
            throw new InvalidOperationException();
        }));
        Assert.Same(kept[1], await store.Read(Text));
        await Put("three");
        Assert.Equal("three", await store.Read(Text));
        await store.Write(transaction =>
        {
            transaction.Delete(key);
            return ValueTask.FromResult(true);
        });
        for (var i = 0; i < 3; i++) Assert.Null(await store.Read(Text));

        async Task Put(string text) => await store.Write(transaction =>
        {
            transaction.Put(key, Encoding.UTF8.GetBytes(text));
            return ValueTask.FromResult(true);
        });

        ValueTask<string?> Text(Galley.Store.ISnapshot snapshot) => Galley.Store.StoreExtensions.Kept(snapshot, key, stored =>
        {
            made++;
            return Encoding.UTF8.GetString(stored);
        });
    }

    private static byte[] Partition(byte[] space, string name) => Keys.Item(space, 1, AttributeValue.S(name));

    private static KeptPage Page(string item)
    {
        var page = new KeptPage.Gathering();
        page.Add(1, Encoding.UTF8.GetBytes(item));
        return page.End(stopped: false);
    }
}

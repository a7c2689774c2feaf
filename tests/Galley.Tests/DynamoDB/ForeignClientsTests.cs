using System.Diagnostics;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.DataModel;
using Amazon.DynamoDBv2.DocumentModel;
using Amazon.DynamoDBv2.Model;

namespace Galley.Tests.DynamoDB;

/// <summary>Other people's clients with their default settings: the .NET SDK's document and object models, lib-dynamodb, boto3 and the aws CLI.</summary>
public class ForeignClientsTests
{
    [Fact]
    public async Task The_NET_document_model_works()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable(range: true);
        using var client = wire.Sdk();
        var table = new TableBuilder(client, "tab").AddHashKey("a", DynamoDBEntryType.String).AddRangeKey("b", DynamoDBEntryType.Numeric).Build();
        for (var i = 1; i <= 3; i++) await table.PutItemAsync(new Document { ["a"] = "p", ["b"] = i, ["odd"] = i % 2 == 1, ["m"] = Document.FromJson("""{"x":[1,{"y":null}]}""") });
        var got = await table.GetItemAsync("p", 1);
        Assert.Equal("""{"x":[1,{"y":null}]}""", got["m"].AsDocument().ToJson());

        var search = table.Query("p", new QueryFilter("b", QueryOperator.GreaterThan, 1));
        Assert.Equal([2, 3], (await search.GetRemainingAsync()).Select(document => document["b"].AsInt()));
        var filter = new ScanFilter();
        filter.AddCondition("odd", ScanOperator.Equal, DynamoDBBool.True);
        Assert.Equal(2, (await table.Scan(filter).GetRemainingAsync()).Count);

        var expected = new ExpectedState();
        expected.AddExpected("b", ScanOperator.Equal, 9);
        await Assert.ThrowsAsync<ConditionalCheckFailedException>(() => table.UpdateItemAsync(new Document { ["a"] = "p", ["b"] = 1, ["n"] = 5 }, new UpdateItemOperationConfig { ExpectedState = expected }));
        var updated = await table.UpdateItemAsync(new Document { ["a"] = "p", ["b"] = 1, ["n"] = 5, ["odd"] = null }, new UpdateItemOperationConfig { ReturnValues = ReturnValues.AllNewAttributes });
        Assert.Equal((5, false), (updated["n"].AsInt(), updated.ContainsKey("odd")));
        await table.DeleteItemAsync("p", 3, new DeleteItemOperationConfig { ConditionalExpression = new Expression { ExpressionStatement = "attribute_exists(m.x)" } });
        Assert.Null(await table.GetItemAsync("p", 3));

        var batch = table.CreateBatchWrite();
        for (var i = 10; i < 40; i++) batch.AddDocumentToPut(new Document { ["a"] = "q", ["b"] = i });
        await batch.ExecuteAsync();
        Assert.Equal(30, (await table.Query("q", new QueryFilter()).GetRemainingAsync()).Count);
    }

    [Fact]
    public async Task The_NET_object_model_works()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable("Things", range: true);
        using var client = wire.Sdk();
        using var context = new DynamoDBContextBuilder().WithDynamoDBClient(() => client).Build();
        await context.SaveAsync(new Thing { Owner = "me", Number = 1, Tags = ["x", "y"], Parts = new() { ["k"] = [1, 2] }, When = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc) });
        var thing = await context.LoadAsync<Thing>("me", 1);
        Assert.Equal(["x", "y"], thing.Tags);
        Assert.Equal((2, 0, 2026), (thing.Parts["k"][1], thing.Version, thing.When.Year));

        var stale = await context.LoadAsync<Thing>("me", 1);
        thing.Price = 12.50m;
        await context.SaveAsync(thing);
        stale.Price = 1m;
        await Assert.ThrowsAsync<ConditionalCheckFailedException>(() => context.SaveAsync(stale));

        var batch = context.CreateBatchWrite<Thing>();
        batch.AddPutItems(Enumerable.Range(2, 30).Select(i => new Thing { Owner = "me", Number = i, Price = i }));
        await batch.ExecuteAsync();
        Assert.Equal(31, (await context.QueryAsync<Thing>("me").GetRemainingAsync()).Count);
        Assert.Equal([5, 6], (await context.QueryAsync<Thing>("me", QueryOperator.Between, [5, 6]).GetRemainingAsync()).Select(one => one.Number));
        Assert.Equal(12.50m, (await context.ScanAsync<Thing>([new ScanCondition("Price", ScanOperator.Equal, 12.50m)]).GetRemainingAsync()).Single().Price);

        var transaction = context.CreateTransactWrite<Thing>();
        transaction.AddSaveItem(new Thing { Owner = "you", Number = 1 });
        transaction.AddDeleteKey("me", 31);
        await transaction.ExecuteAsync();
        Assert.Null(await context.LoadAsync<Thing>("me", 31));
        Assert.NotNull(await context.LoadAsync<Thing>("you", 1));
    }

    [Fact]
    public async Task The_NET_low_level_model_speaks_PartiQL()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable();
        using var client = wire.Sdk();
        await client.ExecuteStatementAsync(new ExecuteStatementRequest { Statement = "INSERT INTO tab VALUE {'a':?,'n':?}", Parameters = [new("1"), new() { N = "5" }] });
        Assert.Equal("5", (await client.ExecuteStatementAsync(new ExecuteStatementRequest { Statement = "SELECT * FROM tab WHERE a = '1'" })).Items.Single()["n"].N);
        await Assert.ThrowsAsync<DuplicateItemException>(() => client.ExecuteStatementAsync(new ExecuteStatementRequest { Statement = "INSERT INTO tab VALUE {'a':'1'}" }));
        var batch = await client.BatchExecuteStatementAsync(new BatchExecuteStatementRequest { Statements = [new() { Statement = "SELECT * FROM tab WHERE a = '1'" }, new() { Statement = "SELECT * FROM tab" }] });
        Assert.Equal(BatchStatementErrorCodeEnum.ValidationError, batch.Responses[1].Error.Code);
        var cancelled = await Assert.ThrowsAsync<TransactionCanceledException>(() => client.ExecuteTransactionAsync(new ExecuteTransactionRequest { TransactStatements = [new() { Statement = "INSERT INTO tab VALUE {'a':'1'}" }] }));
        Assert.Equal("DuplicateItem", cancelled.CancellationReasons.Single().Code);
    }

    [Fact]
    public async Task Lib_dynamodb_works()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        await wire.MakeTable(range: true);
        var printed = await Run(wire, "node", ["--no-warnings", "--input-type=module", "-e", """
            import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
            import * as lib from "@aws-sdk/lib-dynamodb";
            const db = lib.DynamoDBDocumentClient.from(new DynamoDBClient({}));
            const key = (b) => ({ a: "p", b });
            await db.send(new lib.BatchWriteCommand({ RequestItems: { tab: [1, 2, 3].map((b) => ({ PutRequest: { Item: { ...key(b), tags: new Set(["x", "y"]), deep: { list: [1, null, true, { s: "é" }] }, bytes: new Uint8Array([1, 2]) } } })) } }));
            const { Item } = await db.send(new lib.GetCommand({ TableName: "tab", Key: key(1), ConsistentRead: true }));
            console.log(JSON.stringify([[...Item.tags].sort(), Item.deep, [...Item.bytes]]));
            const updated = await db.send(new lib.UpdateCommand({ TableName: "tab", Key: key(2), UpdateExpression: "SET n = if_not_exists(n, :0) + :1", ExpressionAttributeValues: { ":0": 0, ":1": 7 }, ReturnValues: "UPDATED_NEW" }));
            console.log(JSON.stringify(updated.Attributes));
            const seen = [];
            for await (const page of lib.paginateQuery({ client: db, pageSize: 2 }, { TableName: "tab", KeyConditionExpression: "a = :a", ExpressionAttributeValues: { ":a": "p" }, ScanIndexForward: false })) seen.push(page.Items.map((item) => item.b));
            console.log(JSON.stringify(seen));
            await db.send(new lib.PutCommand({ TableName: "tab", Item: key(1), ConditionExpression: "attribute_not_exists(a)" })).catch((e) => console.log(e.name, e.$metadata.httpStatusCode));
            await db.send(new lib.TransactWriteCommand({ TransactItems: [{ Delete: { TableName: "tab", Key: key(3) } }, { ConditionCheck: { TableName: "tab", Key: key(2), ConditionExpression: "n = :n", ExpressionAttributeValues: { ":n": 8 } } }] })).catch((e) => console.log(e.name, e.CancellationReasons.map((reason) => reason.Code).join()));
            const sql = await db.send(new lib.ExecuteStatementCommand({ Statement: "SELECT n FROM tab WHERE a = ? AND b = ?", Parameters: ["p", 2] }));
            console.log(JSON.stringify(sql.Items));
            """]);
        Assert.Equal("""
            [["x","y"],{"list":[1,null,true,{"s":"é"}]},[1,2]]
            {"n":7}
            [[3,2],[1]]
            ConditionalCheckFailedException 400
            TransactionCanceledException None,ConditionalCheckFailed
            [{"n":7}]
            """, printed);
    }

    [Fact]
    public async Task Boto3_works()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        if (await TryRun(wire, "python3", ["-c", "import boto3"]) is null) Assert.Skip("boto3 is not installed");
        var printed = await Run(wire, "python3", ["-c", """
            import boto3
            from decimal import Decimal
            from boto3.dynamodb.conditions import Attr, Key
            from boto3.dynamodb.types import Binary
            from botocore.exceptions import ClientError

            db = boto3.resource("dynamodb")
            table = db.create_table(TableName="things", BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "a", "KeyType": "HASH"}, {"AttributeName": "b", "KeyType": "RANGE"}],
                AttributeDefinitions=[{"AttributeName": "a", "AttributeType": "S"}, {"AttributeName": "b", "AttributeType": "N"}])
            table.wait_until_exists()
            table.put_item(Item={"a": "p", "b": Decimal("1.5"), "bin": Binary(b"\x00\x01"), "s": {"x", "y"}, "n": {1, 2}, "m": {"l": [None, True, "z"]}})
            item = table.get_item(Key={"a": "p", "b": Decimal("1.50")}, ConsistentRead=True)["Item"]
            print(item["b"], item["bin"].value, sorted(item["s"]), sorted(item["n"]), item["m"])
            with table.batch_writer(overwrite_by_pkeys=["a", "b"]) as batch:
                for i in range(60):
                    batch.put_item(Item={"a": "q", "b": i, "even": i % 2 == 0, "name": "n%02d" % i})
                batch.delete_item(Key={"a": "q", "b": 59})
            found = table.query(KeyConditionExpression=Key("a").eq("q") & Key("b").between(10, 14), FilterExpression=Attr("even").eq(True) & Attr("name").begins_with("n1") | Attr("name").contains("13"))
            print([int(i["b"]) for i in found["Items"]], found["ScannedCount"])
            try:
                table.put_item(Item={"a": "p", "b": Decimal("1.5")}, ConditionExpression=Attr("a").not_exists())
            except ClientError as e:
                print(e.response["Error"]["Code"], e.response["Error"]["Message"])
            try:
                table.update_item(Key={"a": "p", "b": Decimal("1.5")}, UpdateExpression="SET x = :x", ConditionExpression=Attr("a").eq("z"), ExpressionAttributeValues={":x": 1}, ReturnValuesOnConditionCheckFailure="ALL_OLD")
            except db.meta.client.exceptions.ConditionalCheckFailedException as e:
                print(sorted(e.response["Item"].keys()))
            client = boto3.client("dynamodb")
            print(sum(page["Count"] for page in client.get_paginator("scan").paginate(TableName="things", PaginationConfig={"PageSize": 7})))
            print(len(list(client.get_paginator("query").paginate(TableName="things", KeyConditions={"a": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "q"}]}}, Limit=20))))
            print(client.execute_statement(Statement="SELECT b FROM things WHERE a = ? AND b < ?", Parameters=[{"S": "q"}, {"N": "2"}])["Items"])
            table.delete()
            client.get_waiter("table_not_exists").wait(TableName="things")
            print(client.list_tables()["TableNames"])
            """]);
        Assert.Equal("""
            1.5 b'\x00\x01' ['x', 'y'] [Decimal('1'), Decimal('2')] {'l': [None, True, 'z']}
            [10, 12, 13, 14] 5
            ConditionalCheckFailedException The conditional request failed
            ['a', 'b', 'bin', 'm', 'n', 's']
            60
            3
            [{'b': {'N': '0'}}, {'b': {'N': '1'}}]
            []
            """, printed);
    }

    [Fact]
    public async Task The_aws_CLI_works()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        if (await TryRun(wire, "aws", ["--version"]) is null) Assert.Skip("the aws CLI is not installed");
        await wire.MakeTable(range: true);
        Assert.Equal("p 1.5 6 1 None", await Run(wire, "bash", ["-euo", "pipefail", "-c", """
            aws dynamodb batch-write-item --request-items '{"tab":[{"PutRequest":{"Item":{"a":{"S":"p"},"b":{"N":"1"},"n":{"N":"5"}}}},{"PutRequest":{"Item":{"a":{"S":"p"},"b":{"N":"1.50"}}}},{"PutRequest":{"Item":{"a":{"S":"p"},"b":{"N":"3"}}}}]}' > /dev/null
            aws dynamodb update-item --table-name tab --key '{"a":{"S":"p"},"b":{"N":"1"}}' --attribute-updates '{"n":{"Action":"ADD","Value":{"N":"1"}}}' > /dev/null
            one=$(aws dynamodb query --table-name tab --key-condition-expression 'a = :a AND b BETWEEN :l AND :h' --expression-attribute-values '{":a":{"S":"p"},":l":{"N":"1.2"},":h":{"N":"2"}}' --query 'Items[0].[a.S,b.N]' --output text)
            two=$(aws dynamodb execute-statement --statement "SELECT n FROM tab WHERE a='p' AND b=1" --query 'Items[0].n.N' --output text)
            three=$(aws dynamodb scan --table-name tab --max-items 1 --query 'length(Items)' --output text | head -1)
            four=$(aws dynamodb get-item --table-name tab --key '{"a":{"S":"none"},"b":{"N":"1"}}' --query Item --output text)
            echo $one $two $three ${four:-None}
            """]));
    }

    private static async Task<string> Run(DynamoDBWire wire, string program, string[] arguments)
    {
        using var process = Start(wire, program, arguments);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await errors);
        return (await output).ReplaceLineEndings("\n").Trim();
    }

    private static async Task<string?> TryRun(DynamoDBWire wire, string program, string[] arguments)
    {
        try
        {
            using var process = Start(wire, program, arguments);
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync();
            await errors;
            return process.ExitCode == 0 ? await output : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    private static Process Start(DynamoDBWire wire, string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = Path.Combine(Repository.Root, "tests", "clients"), RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in new Dictionary<string, string>
        {
            ["AWS_ACCESS_KEY_ID"] = wire.Server.AccessKeyId,
            ["AWS_SECRET_ACCESS_KEY"] = wire.Server.SecretAccessKey,
            ["AWS_REGION"] = wire.Server.Region,
            ["AWS_DEFAULT_REGION"] = wire.Server.Region,
            ["AWS_ENDPOINT_URL"] = wire.Server.Endpoint.ToString().TrimEnd('/'),
            ["AWS_PAGER"] = "",
            ["PYTHONIOENCODING"] = "utf-8",
        })
            start.Environment[name] = value;
        return Process.Start(start)!;
    }
}

[DynamoDBTable("Things")]
public class Thing
{
    [DynamoDBHashKey("a")]
    public string Owner { get; set; } = "";

    [DynamoDBRangeKey("b")]
    public int Number { get; set; }

    public decimal Price { get; set; }

    public List<string> Tags { get; set; } = [];

    public Dictionary<string, List<int>> Parts { get; set; } = [];

    public DateTime When { get; set; }

    [DynamoDBVersion]
    public int? Version { get; set; }
}

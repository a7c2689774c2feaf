using System.Diagnostics;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;

namespace Galley.Tests.DynamoDB;

/// <summary>Other people's clients with their default settings: the .NET SDK, lib-dynamodb, boto3 and the command line.</summary>
public class ForeignClientsTests
{
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
    public async Task The_aws_command_line_works()
    {
        await using var wire = await DynamoDBWire.StartAsync();
        if (await TryRun(wire, "aws", ["--version"]) is null) Assert.Skip("the aws command line is not installed");
        async Task<string> Aws(string arguments, params string[] more) => await Run(wire, "aws", ["dynamodb", .. arguments.Split(' '), .. more, "--output", "json"]);
        await Aws("create-table --table-name tab --billing-mode PAY_PER_REQUEST --attribute-definitions AttributeName=a,AttributeType=S AttributeName=b,AttributeType=N --key-schema AttributeName=a,KeyType=HASH AttributeName=b,KeyType=RANGE");
        await Aws("wait table-exists --table-name tab");
        foreach (var b in (int[])[1, 2, 3]) await Aws("put-item --table-name tab --item", $$$"""{"a":{"S":"p"},"b":{"N":"{{{b}}}"},"bin":{"B":"AAE="}}""");
        // The command line gathers pages by itself.
        Assert.Equal("3", await Aws("query --table-name tab --key-condition-expression", "a = :a", "--expression-attribute-values", """{":a":{"S":"p"}}""", "--page-size", "1", "--query", "length(Items)"));
        // Version 1 of it takes binary values as they stand and encodes them itself.
        Assert.Equal("[\"QUFFPQ==\",\"7\"]", (await Aws("update-item --table-name tab --return-values ALL_NEW --key", """{"a":{"S":"p"},"b":{"N":"2"}}""", "--update-expression", "SET n = :n", "--expression-attribute-values", """{":n":{"N":"7"}}""", "--query", "Attributes.[bin.B, n.N]"))
            .Replace("\n", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal("2", await Aws("execute-statement --statement", "SELECT * FROM tab WHERE a = 'p' AND b < 3", "--query", "length(Items)"));
        using var failed = Start(wire, "aws", ["dynamodb", "delete-item", "--table-name", "tab", "--key", """{"a":{"S":"p"},"b":{"N":"1"}}""", "--condition-expression", "attribute_exists(x)"]);
        var problem = await failed.StandardError.ReadToEndAsync();
        Assert.Contains("An error occurred (ConditionalCheckFailedException) when calling the DeleteItem operation: The conditional request failed", problem, StringComparison.Ordinal);
        await Aws("delete-table --table-name tab");
        await Aws("wait table-not-exists --table-name tab");
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

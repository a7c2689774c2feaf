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
            import * as ddb from "@aws-sdk/client-dynamodb";
            import * as lib from "@aws-sdk/lib-dynamodb";
            const { DynamoDBClient } = ddb;
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

            // The whole client at once, several tables, pages, and numbers of any length.
            const doc = lib.DynamoDBDocument.from(new DynamoDBClient({}), { marshallOptions: { removeUndefinedValues: true, convertClassInstanceToMap: true }, unmarshallOptions: { wrapNumbers: true } });
            await doc.put({ TableName: "tab", Item: { ...key(4), big: lib.NumberValue.from("12345678901234567890123456789012345678"), gone: undefined, at: new (class { x = 1; })() } });
            const { Responses } = await doc.batchGet({ RequestItems: { tab: { Keys: [key(4)], ProjectionExpression: "big, #at, gone", ExpressionAttributeNames: { "#at": "at" } } } });
            console.log(Responses.tab[0].big.value, JSON.stringify(Responses.tab[0].at), "gone" in Responses.tab[0]);
            const both = await doc.transactGet({ TransactItems: [{ Get: { TableName: "tab", Key: key(4), ProjectionExpression: "b" } }, { Get: { TableName: "tab", Key: key(9) } }] });
            console.log(JSON.stringify(both.Responses.map((one) => one.Item?.b.value ?? null)));
            const { Attributes } = await doc.delete({ TableName: "tab", Key: key(4), ReturnValues: "ALL_OLD", ConditionExpression: "size(big) > :n OR attribute_exists(big)", ExpressionAttributeValues: { ":n": 1 } });
            console.log(Attributes.b.value);
            let scanned = 0;
            for await (const page of lib.paginateScan({ client: db, pageSize: 1 }, { TableName: "tab", TotalSegments: 1, Segment: 0 })) scanned += page.Count;
            const many = await doc.batchExecuteStatement({ Statements: [1, 9].map((b) => ({ Statement: "SELECT b FROM tab WHERE a = ? AND b = ?", Parameters: ["p", b] })) });
            const done = await doc.executeTransaction({ TransactStatements: [{ Statement: "UPDATE tab SET n = n + ? WHERE a = ? AND b = ?", Parameters: [1, "p", 2] }] });
            console.log(scanned, many.Responses.map((one) => one.Item?.b.value ?? null).join(), done.Responses.length);

            // Waiters, and pages of tables.
            const low = new ddb.DynamoDB({});
            const within = { client: low, maxWaitTime: 20, minDelay: 1, maxDelay: 1 };
            for (const name of ["tab2", "tab3"]) await low.createTable({ TableName: name, BillingMode: "PAY_PER_REQUEST", AttributeDefinitions: [{ AttributeName: "a", AttributeType: "S" }], KeySchema: [{ AttributeName: "a", KeyType: "HASH" }] });
            console.log((await ddb.waitUntilTableExists(within, { TableName: "tab3" })).state);
            const names = [];
            for await (const page of ddb.paginateListTables({ client: low, pageSize: 2 }, {})) names.push(page.TableNames.join());
            console.log(names.join(" "));
            await low.deleteTable({ TableName: "tab3" });
            console.log((await ddb.waitUntilTableNotExists(within, { TableName: "tab3" })).state);
            """]);
        Assert.Equal("""
            [["x","y"],{"list":[1,null,true,{"s":"é"}]},[1,2]]
            {"n":7}
            [[3,2],[1]]
            ConditionalCheckFailedException 400
            TransactionCanceledException None,ConditionalCheckFailed
            [{"n":7}]
            12345678901234567890123456789012345678 {"x":{"value":"1"}} false
            ["4",null]
            4
            3 1, 0
            SUCCESS
            tab,tab2 tab3
            SUCCESS
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
            table.update(StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})
            table.reload()
            print(db.batch_get_item(RequestItems={"things": {"Keys": [{"a": "q", "b": i} for i in range(58, 60)], "ProjectionExpression": "b"}})["Responses"])
            print(len(table.scan(Limit=9, FilterExpression=Attr("b").is_in([1, 2]) & ~Attr("x").exists() | Attr("s").size().gt(9) | Attr("m").attribute_type("S"))["Items"]) <= 2, table.item_count >= 0, [t.name for t in db.tables.all()])
            print(table.delete_item(Key={"a": "q", "b": 0}, ReturnValues="ALL_OLD", ReturnConsumedCapacity="INDEXES")["Attributes"]["name"])
            streams = boto3.client("dynamodbstreams")
            shard = streams.describe_stream(StreamArn=table.latest_stream_arn)["StreamDescription"]["Shards"][0]["ShardId"]
            at = streams.get_shard_iterator(StreamArn=table.latest_stream_arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
            print([r["eventName"] for r in streams.get_records(ShardIterator=at)["Records"]])
            client.tag_resource(ResourceArn=table.table_arn, Tags=[{"Key": "k%d" % i, "Value": "v"} for i in range(20)])
            for i in range(3):
                client.create_backup(TableName="things", BackupName="back%d" % i)
            count = lambda name, key, **more: sum(len(page[key]) for page in client.get_paginator(name).paginate(**more))
            print(count("list_tags_of_resource", "Tags", ResourceArn=table.table_arn), count("list_backups", "BackupSummaries", PaginationConfig={"PageSize": 2}), count("list_tables", "TableNames", PaginationConfig={"PageSize": 1}))

            # The waiters of exports and imports.
            boto3.client("s3").create_bucket(Bucket="boto", CreateBucketConfiguration={"LocationConstraint": "eu-west-2"})
            client.update_continuous_backups(TableName="things", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
            export = client.export_table_to_point_in_time(TableArn=table.table_arn, S3Bucket="boto", S3Prefix="e")["ExportDescription"]["ExportArn"]
            soon = {"Delay": 1, "MaxAttempts": 60}
            client.get_waiter("export_completed").wait(ExportArn=export, WaiterConfig=soon)
            imported = client.import_table(S3BucketSource={"S3Bucket": "boto", "S3KeyPrefix": "e/AWSDynamoDB/" + export.split("/")[-1] + "/data"}, InputFormat="DYNAMODB_JSON", InputCompressionType="GZIP", TableCreationParameters={"TableName": "again",
                "BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}, {"AttributeName": "b", "KeyType": "RANGE"}], "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}, {"AttributeName": "b", "AttributeType": "N"}]})
            client.get_waiter("import_completed").wait(ImportArn=imported["ImportTableDescription"]["ImportArn"], WaiterConfig=soon)
            print(db.Table("again").scan(Select="COUNT")["Count"], len(client.list_exports()["ExportSummaries"]), len(client.list_imports()["ImportSummaryList"]))
            db.Table("again").delete()
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
            {'things': [{'b': Decimal('58')}]}
            True True ['things']
            n00
            ['REMOVE']
            20 3 1
            59 1 1
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
        Assert.Equal("[\"p\",3]", (await Aws("batch-get-item --request-items", """{"tab":{"Keys":[{"a":{"S":"p"},"b":{"N":"3"}}]}}""", "--query", "Responses.tab[0].[a.S, to_number(b.N)]")).Replace("\n", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal));
        await Aws("transact-write-items --transact-items", """[{"Delete":{"TableName":"tab","Key":{"a":{"S":"p"},"b":{"N":"3"}}}}]""");
        // A page of one's own size goes on with the token that the command line makes of a key.
        var token = await Aws("scan --table-name tab --max-items 1 --query NextToken");
        Assert.Equal("1", await Aws("scan --table-name tab --query length(Items) --starting-token", token.Trim('"')));
        Assert.Equal("[\"tab\"]", (await Aws("list-tables --cli-input-json", """{"Limit":1}""", "--query", "TableNames")).Replace("\n", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal));
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

using System.Text.Json;
using System.Text.Json.Nodes;
using Galley.DynamoDB;
using Galley.DynamoDB.Upkeep;
using Galley.Wire;
using Microsoft.Extensions.Time.Testing;

namespace Galley.Tests.DynamoDB;

/// <summary>What exports write beside full ones in DynamoDB's own JSON: Amazon Ion, and what has changed within a period.</summary>
public class ExportsTests
{
    private const string Keys = """ "AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"}],"KeySchema":[{"AttributeName":"a","KeyType":"HASH"}],"BillingMode":"PAY_PER_REQUEST" """;
    private const string Ok = "";

    [Fact]
    public async Task An_export_in_Ion_has_every_type_and_imports_again()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012" });
        var js = new AwsJs(server);
        var arn = await Table(js);
        await Put(js, """
            {"a":{"S":"\"\\ é\n😀"},"n":{"N":"600"},"o":{"N":"-1.5"},"z":{"N":"0"},"b":{"B":{"$bytes":"aGk="}},"t":{"BOOL":true},"f":{"BOOL":false},"u":{"NULL":true},
             "l":{"L":[{"S":""},{"N":"103"}]},"two words":{"M":{"null":{"S":"x"},"$1":{"S":"y"},"":{"S":"z"}}},"ss":{"SS":["p","q"]},"ns":{"NS":["1","20"]},"bs":{"BS":[{"$bytes":"AA=="}]}}
            """);
        var started = (await js.Call("dynamodb", "ExportTableToPointInTime", new { TableArn = arn, S3Bucket = "files", ExportFormat = "ION", S3SseAlgorithm = "KMS", S3SseKmsKeyId = "alias/aws/s3" }))["ExportDescription"]!;
        var export = await TransfersTests.Exported(js, started);
        Assert.Equal(("COMPLETED", "ION", "KMS", "alias/aws/s3"), ((string)export["ExportStatus"]!, (string)export["ExportFormat"]!, (string)export["S3SseAlgorithm"]!, (string)export["S3SseKmsKeyId"]!));
        var (summary, data) = await Files(js, export);
        Assert.Equal(("ION", "FULL_EXPORT", "2020-06-30"), ((string)summary["outputFormat"]!, (string)summary["exportType"]!, (string)summary["version"]!));
        Assert.Matches("^AWSDynamoDB/[0-9]{14}-[0-9a-f]{8}/data/[0-9a-z]{26}[.]ion[.]gz$", data);
        Assert.Equal("""
            $ion_1_0 {Item:{a:"\"\\ é\n😀",n:6d2,o:-1.5,z:0.,b:{{aGk=}},t:true,f:false,u:null,l:["",103.],'two words':{'null':"x",'$1':"y",'':"z"},ss:$dynamodb_SS::["p","q"],ns:$dynamodb_NS::[1.,2d1],bs:$dynamodb_BS::[{{AA==}}]}}

            """, await TransfersTests.Text(js, data));
        var import = await Import(js, "again", data, "GZIP");
        Assert.Equal(("COMPLETED", 1), ((string)import["ImportStatus"]!, (int)import["ImportedItemCount"]!));
        Assert.Equal(Sorted(await Scan(js, "tab")), Sorted(await Scan(js, "again")));

        // Values that DynamoDB does not take are left out; behind what is no Ion at all nothing is read.
        await js.Call("s3", "PutObject", new { Bucket = "files", Key = "in/1.ion", Body = "$ion_1_0 [{Item:{a:\"1\"}}, // a comment\n{Item:{b:1}}, {Item:{a:\"2\",n:1d999}}, {Item:{a:'''3'''}},]\n$ion_1_0 {Item:{a:4e0}} {Item:{a:\"5\"}}" });
        var some = await Import(js, "some", "in/", "NONE");
        Assert.Equal(("FAILED", "ItemValidationError", 5, 2, 3), ((string)some["ImportStatus"]!, (string)some["FailureCode"]!, (int)some["ProcessedItemCount"]!, (int)some["ImportedItemCount"]!, (int)some["ErrorCount"]!));
    }

    [Fact]
    public async Task An_incremental_export_tells_once_what_became_of_each_item_in_the_period()
    {
        // Clients sign with the time of day: it is moved within what a signature may be off.
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow.AddMinutes(-11));
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012", Time = time });
        var js = new AwsJs(server);
        var arn = await Table(js);
        foreach (var name in (string[])["still", "changed", "deleted", "late"]) await Put(js, $$$$"""{"a":{"S":"{{{{name}}}}"},"v":{"N":"1"}}""");
        time.Advance(TimeSpan.FromMinutes(1));
        var from = time.GetUtcNow();
        await Put(js, """{"a":{"S":"changed"},"v":{"N":"2"}}""");
        await Put(js, """{"a":{"S":"made"},"v":{"N":"1"}}""");
        await Put(js, """{"a":{"S":"brief"},"v":{"N":"1"}}""");
        await Delete(js, "deleted");
        time.Advance(TimeSpan.FromMinutes(5));
        var last = time.GetUtcNow();
        await Put(js, """{"a":{"S":"changed"},"v":{"N":"3"}}""");
        await Delete(js, "brief");
        time.Advance(TimeSpan.FromMinutes(12));
        var to = time.GetUtcNow();
        await Put(js, """{"a":{"S":"late"},"v":{"N":"2"}}""");
        await Put(js, """{"a":{"S":"changed"},"v":{"N":"4"}}""");
        await Delete(js, "made");
        time.Advance(TimeSpan.FromMinutes(1));

        var (export, summary, lines) = await Export("NEW_AND_OLD_IMAGES", "DYNAMODB_JSON");
        Assert.Equal((null, 3, 10_000_000, "INCREMENTAL_EXPORT"), ((string?)export["ExportTime"], (int)export["ItemCount"]!, (int)export["BilledSizeBytes"]!, (string)export["ExportType"]!));
        Assert.Equal("NEW_AND_OLD_IMAGES", (string)export["IncrementalExportSpecification"]!["ExportViewType"]!);
        Assert.Equal(("2023-08-01", "INCREMENTAL_EXPORT", "NEW_AND_OLD_IMAGES", null), ((string)summary["version"]!, (string)summary["exportType"]!, (string)summary["outputView"]!, (string?)summary["exportTime"]));
        Assert.Equal((from.ToUnixTimeMilliseconds(), to.ToUnixTimeMilliseconds()), (Millis(summary["exportFromTime"]!), Millis(summary["exportToTime"]!)));
        string At(DateTimeOffset written) => $$$"""{"Metadata":{"WriteTimestampMicros":{"N":"{{{written.ToUnixTimeMilliseconds()}}}000"}},"Keys":{"a":{"S":""";
        Assert.Equal(
            [
                At(last) + """ "changed"}},"OldImage":{"a":{"S":"changed"},"v":{"N":"1"}},"NewImage":{"a":{"S":"changed"},"v":{"N":"3"}}}""".TrimStart(),
                At(from) + """ "deleted"}},"OldImage":{"a":{"S":"deleted"},"v":{"N":"1"}}}""".TrimStart(),
                At(from) + """ "made"}},"NewImage":{"a":{"S":"made"},"v":{"N":"1"}}}""".TrimStart(),
            ], lines.OrderBy(line => line[line.IndexOf("Keys", StringComparison.Ordinal)..], StringComparer.Ordinal));

        (_, _, lines) = await Export("NEW_IMAGE", "ION");
        string Micros(DateTimeOffset written) => $"$ion_1_0 {{Record:{{Metadata:{{WriteTimestampMicros:{written.ToUnixTimeMilliseconds()}000.}},Keys:{{a:";
        Assert.Equal([Micros(last) + "\"changed\"},NewImage:{a:\"changed\",v:3.}}}", Micros(from) + "\"deleted\"}}}", Micros(from) + "\"made\"},NewImage:{a:\"made\",v:1.}}}"],
            lines.OrderBy(line => line[line.IndexOf("Keys", StringComparison.Ordinal)..], StringComparer.Ordinal));

        // A filter judges what an item has become, and what it was where it is deleted; the keys are told all the same.
        var filter = JsonNode.Parse("""{"FilterExpression":"v <> :v AND a <> :a OR a = :d","ProjectionExpression":"v","ExpressionAttributeValues":{":v":{"N":"9"},":a":{"S":"made"},":d":{"S":"deleted"}}}""");
        (export, _, lines) = await Export("NEW_AND_OLD_IMAGES", "DYNAMODB_JSON", filter);
        Assert.Equal([At(last) + """ "changed"}},"OldImage":{"v":{"N":"1"}},"NewImage":{"v":{"N":"3"}}}""".TrimStart(), At(from) + """ "deleted"}},"OldImage":{"v":{"N":"1"}}}""".TrimStart()],
            lines.OrderBy(line => line[line.IndexOf("Keys", StringComparison.Ordinal)..], StringComparer.Ordinal));
        Assert.True(JsonNode.DeepEquals(filter, export["FilterSpecification"]));

        const string Invalid = "ValidationException (400): Invalid Request: ", Wrong = "InvalidExportTimeException (400): ";
        var (now, before) = (time.GetUtcNow(), from.AddHours(-1));
        foreach (var (type, period, told) in ((string?, JsonObject?, string)[])
                 [
                     (null, Period(from, to), Invalid + "Export Type expected to be Incremental Export when incremental export specification is provided"),
                     ("FULL_EXPORT", Period(from, to), Invalid + "When Export Type is Full Export , Incremental Export Specification should not be provided"),
                     ("INCREMENTAL_EXPORT", null, Invalid + "Incremental Export Specification expected when export type is set as Incremental Export"),
                     ("INCREMENTAL_EXPORT", Period(null, to), Invalid + "ExportFromTime must be provided in IncrementalExportSpecification"),
                     ("INCREMENTAL_EXPORT", Period(from, to, "NEW_IMAGES"), "ValidationException (400): 1 validation error detected: Value 'NEW_IMAGES' at 'incrementalExportSpecification.exportViewType' failed to satisfy constraint: Member must satisfy enum value set: [NEW_IMAGE, NEW_AND_OLD_IMAGES]"),
                     ("INCREMENTAL_EXPORT", Period(before, to), $"{Wrong}Incremental export period from time cannot be less than the table creation time : {before:yyyy-MM-ddTHH:mm:ssZ}"),
                     ("INCREMENTAL_EXPORT", Period(from, now.AddHours(1)), $"{Wrong}Incremental export period to time cannot be greater than the current time : {now.AddHours(1):yyyy-MM-ddTHH:mm:ssZ}"),
                     ("INCREMENTAL_EXPORT", Period(from, from.AddMinutes(14)), Wrong + "Difference between export period from time and export period to time is less than 15 minutes"),
                     ("INCREMENTAL_EXPORT", Period(from, null), Ok),
                 ])
        {
            var input = new JsonObject { ["TableArn"] = arn, ["S3Bucket"] = "files", ["ExportType"] = type, ["IncrementalExportSpecification"] = period };
            foreach (var missing in input.Where(member => member.Value is null).Select(member => member.Key).ToList()) input.Remove(missing);
            if (told == Ok)
            {
                var accepted = (await js.Call("dynamodb", "ExportTableToPointInTime", input))["ExportDescription"]!["IncrementalExportSpecification"]!;
                Assert.Equal(now.ToUnixTimeSeconds() * 1000, Millis(accepted["ExportToTime"]!));
                continue;
            }

            Assert.Equal(told, (await js.Fails("dynamodb", "ExportTableToPointInTime", input)).Message);
        }

        async Task<(JsonNode Export, JsonNode Summary, string[] Lines)> Export(string view, string format, JsonNode? filter = null)
        {
            var input = new JsonObject { ["TableArn"] = arn, ["S3Bucket"] = "files", ["S3Prefix"] = "out/", ["ExportFormat"] = format, ["ExportType"] = "INCREMENTAL_EXPORT", ["IncrementalExportSpecification"] = Period(from, to, view) };
            if (filter is not null) input["FilterSpecification"] = filter.DeepClone();
            var made = await TransfersTests.Exported(js, (await js.Call("dynamodb", "ExportTableToPointInTime", input))["ExportDescription"]!);
            Assert.Equal("COMPLETED", (string)made["ExportStatus"]!);
            var (told, data) = await Files(js, made);
            Assert.StartsWith("out/AWSDynamoDB/data/", data, StringComparison.Ordinal);
            return (made, told, (await TransfersTests.Text(js, data)).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }
    }

    [Fact]
    public async Task A_filtered_export_takes_what_its_expressions_mean_and_counts_what_it_read()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012" });
        var js = new AwsJs(server);
        await TransfersTests.Bucket(js);
        var arn = (string)(await js.Call("dynamodb", "CreateTable", JsonNode.Parse("""{"TableName":"tab","AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"},{"AttributeName":"n","AttributeType":"N"}],"KeySchema":[{"AttributeName":"a","KeyType":"HASH"},{"AttributeName":"n","KeyType":"RANGE"}],"BillingMode":"PAY_PER_REQUEST"}""")!))["TableDescription"]!["TableArn"]!;
        await js.Call("dynamodb", "UpdateContinuousBackups", JsonNode.Parse("""{"TableName":"tab","PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true}}""")!);
        foreach (var name in (string[])["x", "y"])
            for (var i = 1; i <= 3; i++) await Put(js, $$$$"""{"a":{"S":"{{{{name}}}}"},"n":{"N":"{{{{i}}}}"},"m":{"M":{"odd":{"BOOL":{{{{(i % 2 == 1 ? "true" : "false")}}}} },"more":{"S":"z"} } } }""");
        var size = 0;
        const string Key = "Filter Expression can only contain non-primary key attributes: Primary key attribute: ";
        foreach (var (filter, items, read) in ((string, string[], int)[])
                 [
                     ("{}", ["x 1", "x 2", "x 3", "y 1", "y 2", "y 3"], 6),
                     ("""{"KeyConditionExpression":"#a = :x AND n > :n","ExpressionAttributeNames":{"#a":"a"},"ExpressionAttributeValues":{":x":{"S":"x"},":n":{"N":"1"}}}""", ["x 2", "x 3"], 2),
                     ("""{"KeyConditionExpression":"a = :x","FilterExpression":"m.odd = :t","ExpressionAttributeValues":{":x":{"S":"y"},":t":{"BOOL":true}}}""", ["y 1", "y 3"], 3),
                     ("""{"FilterExpression":"n = :n AND attribute_exists(m.odd)","ProjectionExpression":"a, n","ExpressionAttributeValues":{":n":{"N":"2"}}}""", ["x 2", "y 2"], 6),
                 ])
        {
            var export = await TransfersTests.Exported(js, (await js.Call("dynamodb", "ExportTableToPointInTime", Input(filter)))["ExportDescription"]!);
            Assert.Equal(("COMPLETED", items.Length), ((string)export["ExportStatus"]!, (int)export["ItemCount"]!));
            if (size == 0) size = (int)export["BilledSizeBytes"]! / read;
            Assert.Equal(read * size, (int)export["BilledSizeBytes"]!);
            var lines = (await TransfersTests.Text(js, (await Files(js, export)).Data)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!["Item"]!).ToList();
            Assert.Equal(items, lines.Select(item => $"{item["a"]!["S"]} {item["n"]!["N"]}").Order(StringComparer.Ordinal));
            Assert.Equal(!filter.Contains("Projection", StringComparison.Ordinal), lines.All(item => item["m"] is not null));
        }

        foreach (var (filter, told) in ((string, string)[])
                 [
                     ("""{"KeyConditionExpression":"a = :x","FilterExpression":"n = :n","ExpressionAttributeValues":{":x":{"S":"y"},":n":{"N":"1"}}}""", Key + "n"),
                     ("""{"KeyConditionExpression":"n = :n","ExpressionAttributeValues":{":n":{"N":"1"}}}""", "Query condition missed key schema element: a"),
                     ("""{"KeyConditionExpression":"a = :x AND z = :x","ExpressionAttributeValues":{":x":{"S":"y"}}}""", "Query condition missed key schema element: n"),
                     ("""{"FilterExpression":"m ="}""", "Invalid FilterExpression: Syntax error; token: \"<EOF>\", near: \"=\""),
                     ("""{"ProjectionExpression":"a.b"}""", "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: a"),
                     ("""{"FilterExpression":"m = :n","ExpressionAttributeValues":{":n":{"N":"1"},":o":{"N":"1"}}}""", "Value provided in ExpressionAttributeValues unused in expressions: keys: {:o}"),
                     ("""{"ExpressionAttributeNames":{"#a":"a"}}""", "ExpressionAttributeNames can only be specified when using expressions"),
                 ])
            Assert.Equal("ValidationException (400): " + told, (await js.Fails("dynamodb", "ExportTableToPointInTime", Input(filter))).Message);

        JsonObject Input(string filter) => new() { ["TableArn"] = arn, ["S3Bucket"] = "files", ["FilterSpecification"] = JsonNode.Parse(filter) };
    }

    [Fact]
    public async Task Exports_and_imports_act_with_the_rights_of_whoever_asked()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012" });
        var root = new AwsJs(server);
        var arn = await Table(root);
        await root.Call("s3", "PutObject", new { Bucket = "files", Key = "in/1.ion", Body = "{Item:{a:1}}" });
        await root.Call("iam", "CreateUser", new { UserName = "ann" });
        var key = (await root.Call("iam", "CreateAccessKey", new { UserName = "ann" }))["AccessKey"]!;
        var ann = new AwsJs(server, (string)key["AccessKeyId"]!, (string)key["SecretAccessKey"]!);
        await Allow("dynamodb:*");
        var export = (await ann.Call("dynamodb", "ExportTableToPointInTime", new { TableArn = arn, S3Bucket = "files" }))["ExportDescription"]!;
        Assert.Equal("S3AccessDenied", (string)(await TransfersTests.Exported(ann, export))["FailureCode"]!);
        Assert.Equal("S3AccessDenied", (string)(await Import(ann, "no-table", "in/", "NONE"))["FailureCode"]!);
        Assert.Equal("ResourceNotFoundException", (await ann.Fails("dynamodb", "DescribeTable", new { TableName = "no-table" })).Code);
        await Allow("dynamodb:*", "s3:ListBucket", "s3:GetObject");
        Assert.Equal("ItemValidationError", (string)(await Import(ann, "unlogged", "in/", "NONE"))["FailureCode"]!);
        Assert.Empty((await root.Call("cloudwatch-logs", "DescribeLogGroups"))["logGroups"]!.AsArray());

        Task Allow(params string[] actions) => root.Call("iam", "PutUserPolicy", new
        {
            UserName = "ann",
            PolicyName = "may",
            PolicyDocument = new JsonObject { ["Version"] = "2012-10-17", ["Statement"] = new JsonObject { ["Effect"] = "Allow", ["Action"] = new JsonArray([.. actions.Select(action => JsonValue.Create(action))]), ["Resource"] = "*" } }.ToJsonString(),
        });
    }

    [Fact]
    public void The_rights_of_a_session_wait_whole_with_the_work()
    {
        var session = new Principal(PrincipalKind.FederatedUser, "arn:aws:sts::123456789012:federated-user/bob", "123456789012:bob", "ASIA")
        {
            Issuer = new("arn:aws:iam::123456789012:user/ann", "AIDA"),
            SessionPolicies = ["{}"],
            Keys = [new("aws:PrincipalTag/team", "red"), new("aws:PrincipalTag/team", "blue")],
        };
        var work = new DueWork { Kind = "import", Account = "123456789012", Region = "eu-west-2", TableName = "tab", TableId = "id", Caller = session };
        var caller = JsonSerializer.Deserialize(JsonSerializer.SerializeToUtf8Bytes(work, DynamoDBJson.Default.DueWork), DynamoDBJson.Default.DueWork)!.Caller!;
        Assert.Equal((session.Kind, session.Arn, session.UserId, session.AccessKeyId, session.Issuer), (caller.Kind, caller.Arn, caller.UserId, caller.AccessKeyId, caller.Issuer));
        Assert.Equal(session.SessionPolicies, caller.SessionPolicies);
        Assert.Equal(session.Keys, caller.Keys);
    }

    private static JsonObject Period(DateTimeOffset? from, DateTimeOffset? to, string? view = null)
    {
        var period = new JsonObject();
        if (from is { } start) period["ExportFromTime"] = new JsonObject { ["$time"] = start.ToString("O") };
        if (to is { } end) period["ExportToTime"] = new JsonObject { ["$time"] = end.ToString("O") };
        if (view is not null) period["ExportViewType"] = view;
        return period;
    }

    private static long Millis(JsonNode time) => DateTimeOffset.Parse((string)time!, System.Globalization.CultureInfo.InvariantCulture).ToUnixTimeMilliseconds();

    /// <summary>A bucket `files`, and the ARN of a table `tab` with point-in-time recovery.</summary>
    private static async Task<string> Table(AwsJs js)
    {
        await TransfersTests.Bucket(js);
        var arn = (string)(await js.Call("dynamodb", "CreateTable", JsonNode.Parse($$"""{"TableName":"tab",{{Keys}} }""")!))["TableDescription"]!["TableArn"]!;
        await js.Call("dynamodb", "UpdateContinuousBackups", JsonNode.Parse("""{"TableName":"tab","PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true}}""")!);
        return arn;
    }

    private static Task<JsonObject> Put(AwsJs js, string item) => js.Call("dynamodb", "PutItem", new JsonObject { ["TableName"] = "tab", ["Item"] = JsonNode.Parse(item) });

    private static Task<JsonObject> Delete(AwsJs js, string name) => js.Call("dynamodb", "DeleteItem", JsonNode.Parse($$$$"""{"TableName":"tab","Key":{"a":{"S":"{{{{name}}}}"}}}""")!);

    private static async Task<JsonNode> Scan(AwsJs js, string table) => (await js.Call("dynamodb", "Scan", new { TableName = table }))["Items"]!.AsArray().Single()!;

    private static async Task<JsonNode> Import(AwsJs js, string table, string prefix, string compression) => await TransfersTests.Imported(js, (await js.Call("dynamodb", "ImportTable",
        JsonNode.Parse($$"""{"S3BucketSource":{"S3Bucket":"files","S3KeyPrefix":"{{prefix}}"},"InputFormat":"ION","InputCompressionType":"{{compression}}","TableCreationParameters":{"TableName":"{{table}}",{{Keys}} } }""")!))["ImportTableDescription"]!);

    private static string Sorted(JsonNode item) => string.Join('\n', item.AsObject().Select(member => $"{member.Key} {member.Value!.ToJsonString()}").Order(StringComparer.Ordinal));

    /// <summary>The export's summary, and the key of its data.</summary>
    private static async Task<(JsonNode Summary, string Data)> Files(AwsJs js, JsonNode export)
    {
        var summary = JsonNode.Parse(await TransfersTests.Text(js, (string)export["ExportManifest"]!))!;
        var file = JsonNode.Parse(await TransfersTests.Text(js, (string)summary["manifestFilesS3Key"]!))!;
        Assert.Equal((int)export["ItemCount"]!, (int)file["itemCount"]!);
        return (summary, (string)file["dataFileS3Key"]!);
    }
}

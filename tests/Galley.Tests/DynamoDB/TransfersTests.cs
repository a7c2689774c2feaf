using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Galley.Tests.Server;

namespace Galley.Tests.DynamoDB;

/// <summary>A table out into a bucket and back in, and CSV in.</summary>
public class TransfersTests
{
    private const string Keys = """ "AttributeDefinitions":[{"AttributeName":"a","AttributeType":"S"},{"AttributeName":"n","AttributeType":"N"}],"KeySchema":[{"AttributeName":"a","KeyType":"HASH"},{"AttributeName":"n","KeyType":"RANGE"}],"BillingMode":"PAY_PER_REQUEST" """;

    [Fact]
    public async Task An_export_is_AWS_s_files_and_imports_again()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012" });
        var js = new AwsJs(server);
        await Bucket(js);
        var arn = (string)(await Call(js, "CreateTable", $$"""{"TableName":"tab",{{Keys}} }"""))["TableDescription"]!["TableArn"]!;
        for (var i = 0; i < 3; i++) await Call(js, "PutItem", $$$$"""{"TableName":"tab","Item":{"a":{"S":"{{{{i}}}}"},"n":{"N":"1"},"m":{"M":{"x":{"L":[{"BOOL":true}]} } } } }""");
        Assert.Equal("PointInTimeRecoveryUnavailableException", (await js.Fails("dynamodb", "ExportTableToPointInTime", new { TableArn = arn, S3Bucket = "files" })).Code);
        await Call(js, "UpdateContinuousBackups", """{"TableName":"tab","PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true}}""");
        var started = (await js.Call("dynamodb", "ExportTableToPointInTime", new { TableArn = arn, S3Bucket = "files", S3Prefix = "out" }))["ExportDescription"]!;
        Assert.Equal("IN_PROGRESS", (string)started["ExportStatus"]!);
        var done = await Exported(js, started);
        Assert.Equal("COMPLETED", (string)done["ExportStatus"]!);
        Assert.Equal(3, (int)done["ItemCount"]!);
        var summary = JsonNode.Parse(await Text(js, (string)done["ExportManifest"]!))!;
        var file = JsonNode.Parse(await Text(js, (string)summary["manifestFilesS3Key"]!))!;
        Assert.Equal(3, (int)file["itemCount"]!);
        var data = (string)file["dataFileS3Key"]!;
        Assert.EndsWith(".json.gz", data, StringComparison.Ordinal);

        var import = (await Call(js, "ImportTable", $$"""{"S3BucketSource":{"S3Bucket":"files","S3KeyPrefix":"{{data}}"},"InputFormat":"DYNAMODB_JSON","InputCompressionType":"GZIP","TableCreationParameters":{"TableName":"again",{{Keys}} } }"""))["ImportTableDescription"]!;
        var imported = await Imported(js, import);
        Assert.Equal("COMPLETED", (string)imported["ImportStatus"]!);
        Assert.Equal(3, (int)imported["ImportedItemCount"]!);
        Assert.Equal(3, (int)(await Call(js, "Scan", """{"TableName":"again"}"""))["Count"]!);
        Assert.Equal(import["ImportArn"]!.ToString(), (await Call(js, "ListImports", "{}"))["ImportSummaryList"]![0]!["ImportArn"]!.ToString());
        var failed = (await js.Call("dynamodb", "ExportTableToPointInTime", new { TableArn = arn, S3Bucket = "missing" }))["ExportDescription"]!;
        Assert.Equal("S3NoSuchBucket", (string)(await Exported(js, failed))["FailureCode"]!);
        var foreign = (await js.Call("dynamodb", "ExportTableToPointInTime", new { TableArn = arn, S3Bucket = "files", S3BucketOwner = "999999999999" }))["ExportDescription"]!;
        Assert.Equal("S3AccessDenied", (string)(await Exported(js, foreign))["FailureCode"]!);
        Assert.Equal(3, (await js.Call("dynamodb", "ListExports", new { TableArn = arn }))["ExportSummaries"]!.AsArray().Count);
    }

    [Fact]
    public async Task CSV_takes_key_types_from_the_table_and_counts_lines_that_make_no_item()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012" });
        var js = new AwsJs(server);
        await Bucket(js);
        await js.Call("s3", "PutObject", new { Bucket = "files", Key = "in/one.csv", Body = "a;n;text\nx;1;\"semi;colon and \"\"quotes\"\"\"\ny;not a number;z\nz;2.50;\n" });
        var started = await Call(js, "ImportTable", $$"""{"S3BucketSource":{"S3Bucket":"files","S3KeyPrefix":"in/"},"InputFormat":"CSV","InputFormatOptions":{"Csv":{"Delimiter":";"} },"TableCreationParameters":{"TableName":"csv",{{Keys}} } }""");
        var import = await Imported(js, started["ImportTableDescription"]!);
        Assert.Equal(("FAILED", "ItemValidationError", 2, 1), ((string)import["ImportStatus"]!, (string)import["FailureCode"]!, (int)import["ImportedItemCount"]!, (int)import["ErrorCount"]!));
        Assert.Equal("semi;colon and \"quotes\"", (string)(await Call(js, "GetItem", """{"TableName":"csv","Key":{"a":{"S":"x"},"n":{"N":"1"}}}"""))["Item"]!["text"]!["S"]!);
        Assert.NotNull((await Call(js, "GetItem", """{"TableName":"csv","Key":{"a":{"S":"z"},"n":{"N":"2.5"}}}"""))["Item"]);
    }

    [Fact]
    public async Task Exports_and_imports_refuse_what_AWS_refuses()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012" });
        var js = new AwsJs(server);
        await Bucket(js);
        const string Table = "arn:aws:dynamodb:eu-west-2:123456789012:table/", Conflict = "Duplicate request detected with conflicting parameters";
        foreach (var name in (string[])["tab", "two"])
        {
            await Call(js, "CreateTable", $$"""{"TableName":"{{name}}",{{Keys}} }""");
            await Call(js, "UpdateContinuousBackups", $$"""{"TableName":"{{name}}","PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true} }""");
        }

        foreach (var (member, value, code, told) in ((string, JsonNode?, string, string)[])
                 [
                     ("ExportType", "", "ValidationException", "exportType"), ("ExportFormat", "QWERTY", "ValidationException", "exportFormat"), ("ClientToken", "", "ValidationException", "clientToken"),
                     ("ClientToken", "has$sign", "ValidationException", @"^[^\$]+$"), ("S3Prefix", "", "ValidationException", "s3Prefix"), ("S3Bucket", "", "ValidationException", "s3Bucket"),
                     ("S3Bucket", null, "ValidationException", "s3Bucket"), ("TableArn", "", "ValidationException", "tableArn"), ("TableArn", "QWERTY", "ValidationException", "tableArn"),
                     ("S3BucketOwner", "", "ValidationException", "s3BucketOwner"), ("S3SseAlgorithm", "", "ValidationException", "s3SseAlgorithm"), ("S3SseKmsKeyId", "", "ValidationException", "s3SseKmsKeyId"),
                     ("TableArn", Table + "none", "TableNotFoundException", "not found"),
                 ])
            await Refuses("ExportTableToPointInTime", With("""{"S3Bucket":"files"}""", ("TableArn", Table + "tab"), (member, value)), code, told);

        var plain = With("""{"S3Bucket":"files","ClientToken":"t"}""", ("TableArn", Table + "tab"));
        var first = (await Export(plain))["ExportDescription"]!;
        Assert.Null(first["ExportType"]);
        Assert.Equal((string)first["ExportArn"]!, (string)(await Export(plain))["ExportDescription"]!["ExportArn"]!);
        foreach (var (member, value) in ((string, JsonNode)[])[("ExportFormat", "ION"), ("S3Bucket", "others"), ("S3BucketOwner", "123456789012"), ("S3Prefix", "p"), ("S3SseAlgorithm", "KMS"), ("TableArn", Table + "two"), ("FilterSpecification", With("""{"ProjectionExpression":"a"}"""))])
            await Refuses("ExportTableToPointInTime", With(plain.ToJsonString(), (member, value)), "ExportConflictException", Conflict);
        var second = (await Export(With(plain.ToJsonString(), ("ClientToken", "u"), ("ExportType", "FULL_EXPORT"))))["ExportDescription"]!;
        Assert.Equal("FULL_EXPORT", (string)second["ExportType"]!);
        var listed = (await js.Call("dynamodb", "ListExports", new { TableArn = Table + "tab" }))["ExportSummaries"]!.AsArray();
        Assert.Equal([(string)first["ExportArn"]!, (string)second["ExportArn"]!], listed.Select(export => (string)export!["ExportArn"]!).Order());
        Assert.True(string.CompareOrdinal((string)listed[0]!["ExportArn"]!, (string)listed[1]!["ExportArn"]!) > 0, "the newest comes first");
        Assert.Equal("FULL_EXPORT", (string)listed[1]!["ExportType"]!);
        await Call(js, "DeleteTable", """{"TableName":"tab"}""");
        Assert.Empty((await js.Call("dynamodb", "ListExports", new { TableArn = Table + "tab" }))["ExportSummaries"]!.AsArray());
        await js.Call("dynamodb", "DescribeExport", new { ExportArn = (string)first["ExportArn"]! });
        foreach (var (arn, code) in ((string, string)[])
                 [
                     (Table + "two", "ValidationException"), ("qwerty:aws:dynamodb:eu-west-2:123456789012:table/two", "ValidationException"), ("arn:aws:qwerty:eu-west-2:123456789012:table/two", "AccessDeniedException"),
                     ("arn:aws:dynamodb:qwerty:123456789012:table/two", "AccessDeniedException"), (Table + "two/export/01658528578619-c4d4e311", "ExportNotFoundException"),
                 ])
            Assert.Equal(code, (await js.Fails("dynamodb", "DescribeExport", new { ExportArn = arn })).Code);
        Assert.Equal("ValidationException", (await js.Fails("dynamodb", "DescribeImport", new { ImportArn = Table + "x/import/01658528578619-c4d4e311" })).Code);
        Assert.Equal("ImportNotFoundException", (await js.Fails("dynamodb", "DescribeImport", new { ImportArn = Table + "two/import/01658528578619-c4d4e311" })).Code);

        var import = With($$"""{"S3BucketSource":{"S3Bucket":"files","S3KeyPrefix":"none/"},"InputFormat":"DYNAMODB_JSON","ClientToken":"t","TableCreationParameters":{"TableName":"three",{{Keys}} } }""");
        foreach (var (member, value, told) in ((string, JsonNode, string)[])
                 [
                     ("ClientToken", "", "clientToken"), ("ClientToken", "$", "clientToken"), ("InputFormat", "NONE", "inputFormat"), ("InputCompressionType", "BZIP2", "inputCompressionType"),
                     ("S3BucketSource", With($$"""{"S3Bucket":"{{new string('x', 256)}}"}"""), "s3Bucket"), ("S3BucketSource", With("""{"S3Bucket":"-nope!"}"""), "s3Bucket"),
                     ("S3BucketSource", With($$"""{"S3Bucket":"files","S3KeyPrefix":"{{new string('p', 1025)}}"}"""), "s3KeyPrefix"), ("InputFormatOptions", With("""{"Csv":{"Delimiter":","}}"""), "InputFormatOptions"),
                 ])
            await Refuses("ImportTable", With(import.ToJsonString(), (member, value)), "ValidationException", told);
        var imported = (await js.Call("dynamodb", "ImportTable", import.DeepClone()))["ImportTableDescription"]!;
        Assert.Equal((null, null, 0), ((string?)imported["EndTime"], (string?)imported["ProcessedSizeBytes"], (int)imported["ErrorCount"]!));
        Assert.Equal("123456789012", (string)(await Imported(js, imported))["S3BucketSource"]!["S3BucketOwner"]!);
        await Refuses("ImportTable", With(import.ToJsonString(), ("TableCreationParameters", With($$"""{"TableName":"four",{{Keys}} }"""))), "ImportConflictException", Conflict);
        await Refuses("ImportTable", import, "ResourceInUseException", "Table already exists");

        Task<JsonObject> Export(JsonObject input) => js.Call("dynamodb", "ExportTableToPointInTime", input.DeepClone());

        async Task Refuses(string operation, JsonObject input, string code, string told)
        {
            var error = await js.Fails("dynamodb", operation, input.DeepClone());
            Assert.True(error.Code == code && error.Message.Contains(told, StringComparison.Ordinal), $"{operation} {input.ToJsonString()}: {error.Code} {error.Message}, wanted {code} {told}");
        }

        static JsonObject With(string json, params (string Member, JsonNode? Value)[] members)
        {
            var made = JsonNode.Parse(json)!.AsObject();
            foreach (var (member, value) in members)
                if (value is null) made.Remove(member);
                else made[member] = value.DeepClone();
            return made;
        }
    }

    [Fact]
    public async Task An_import_counts_plain_bytes_and_what_is_no_item_and_leaves_no_table_of_a_missing_bucket()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012" });
        var js = new AwsJs(server);
        await Bucket(js);
        const string Good = """{"Item":{"a":{"S":"x"},"n":{"N":"1"}}}""";
        var bad = new[] { """{"Other":{"a":{"S":"x"},"n":{"N":"1"}}}""", """{"Item":{"n":{"N":"1"}}}""", """{"Item":{"a":{"S":"x"}}}""", """{"Item":{"a":{"S":"x"},"n":{"S":"1"}}}""", """{"Item": """, """{"Item":{"a":{"S":"x"},"n":{"N":"1"},"":{"S":"v"}}}""" };
        await Put("good/1.json", $"{Good}\n\n   \n{Good.Replace("\"1\"", "\"2\"", StringComparison.Ordinal)}\n");
        await Put("good/2.json", "");
        for (var i = 0; i < bad.Length; i++) await Put($"bad/{i}.json", bad[i] + "\n");
        await Put("plain/1.json", Good);
        using (var endless = new MemoryStream())
        {
            await using (var zip = new GZipStream(endless, CompressionLevel.Fastest, leaveOpen: true))
            {
                await zip.WriteAsync(Encoding.UTF8.GetBytes(Good + "\r\n"));
                for (var i = 0; i < 17; i++) await zip.WriteAsync(new byte[1 << 20]);
            }

            await PutBytes("endless.json", endless.ToArray());
        }

        // By the zstd command: two frames of three items together, one that ends too early, and the item with 17 MiB without a line's end.
        const string Frames = "KLUv/SRObQEA0gIJELCpA48PDl5DdM4B6CZ4egLWdmFtD3Py8TToa14+bj6OjhpfAQBXo3oC0PwSxyi1L/0kJx0BAHLCBw7AGw5madhar8yE03Xp3qDt4k3mToe+3mVuMzc6aswAMhf0Ug==";
        await PutBytes("frames.zst", Convert.FromBase64String(Frames));
        await PutBytes("cut.zst", Convert.FromBase64String(Frames)[..50]);
        await PutBytes("endless.zst", Convert.FromHexString("28b52ffd846828001001640100f07b224974656d223a7b226153223a2278227d2c226e4e31227d7d7d0d0a000400d4ff6fce0058cce8088a17" + string.Concat(Enumerable.Repeat("02001000", 135)) + "43010000353d8026"));

        await Put("bad/good.json", $"{Good}\n{bad[0]}\n{Good.Replace("\"1\"", "\"3\"", StringComparison.Ordinal)}\n");

        var good = await Import("good", "files", "good/");
        Assert.Equal(("COMPLETED", 2, 2, 0, (Good.Length * 2) + 2 + 1 + 4), (State(good), (int)good["ProcessedItemCount"]!, (int)good["ImportedItemCount"]!, (int)good["ErrorCount"]!, (int)good["ProcessedSizeBytes"]!));
        var some = await Import("some", "files", "bad/");
        Assert.Equal(("FAILED ItemValidationError", bad.Length + 2, 1, bad.Length + 1), (State(some), (int)some["ProcessedItemCount"]!, (int)some["ImportedItemCount"]!, (int)some["ErrorCount"]!));
        Assert.Equal(1, (int)(await Call(js, "Scan", """{"TableName":"some"}"""))["Count"]!);
        Assert.Equal("COMPLETED", State(await Import("empty", "files", "none/")));
        var endlessly = await Import("endless", "files", "endless.json", "GZIP");
        Assert.Equal(("FAILED ItemValidationError", 2, 1, 1), (State(endlessly), (int)endlessly["ProcessedItemCount"]!, (int)endlessly["ImportedItemCount"]!, (int)endlessly["ErrorCount"]!));
        var frames = await Import("frames", "files", "frames.zst", "ZSTD");
        Assert.Equal(("COMPLETED", 3, 0, 3 * (Good.Length + 1)), (State(frames), (int)frames["ImportedItemCount"]!, (int)frames["ErrorCount"]!, (int)frames["ProcessedSizeBytes"]!));
        endlessly = await Import("endless2", "files", "endless.zst", "ZSTD");
        Assert.Equal(("FAILED ItemValidationError", 2, 1, 1), (State(endlessly), (int)endlessly["ProcessedItemCount"]!, (int)endlessly["ImportedItemCount"]!, (int)endlessly["ErrorCount"]!));
        foreach (var key in (string[])["plain/", "cut.zst"]) Assert.Equal("FAILED ItemValidationError", State(await Import("z" + key[..3], "files", key, "ZSTD")));
        var packed = await Import("packed", "files", "plain/", "GZIP");
        Assert.Equal(("FAILED ItemValidationError", 1, 0), (State(packed), (int)packed["ProcessedItemCount"]!, (int)packed["ImportedItemCount"]!));
        var log = (await js.Call("cloudwatch-logs", "GetLogEvents", new { logGroupName = "/aws-dynamodb/imports", logStreamName = $"{((string)some["ImportArn"]!).Split('/')[^1]}/error" }))["events"]!.AsArray().Select(line => (string)line!["message"]!).ToList();
        Assert.Equal(bad.Length + 1, log.Count);
        Assert.Equal($$$"""{"itemS3Pointer":{"bucket":"files","key":"bad/1.json","itemIndex":0},"importArn":"{{{some["ImportArn"]}}}","errorMessages":["One or more parameter values were invalid: Missing the key a in the item"]}""", log[1]);
        Assert.Contains("\"key\":\"bad/good.json\",\"itemIndex\":1}", log[^1], StringComparison.Ordinal);
        Assert.Equal("arn:aws:logs:eu-west-2:123456789012:log-group:/aws-dynamodb/imports:*", (string)some["CloudWatchLogGroupArn"]!);
        var missing = await Import("missing", "no-bucket", "");
        Assert.Equal(("FAILED S3NoSuchBucket", 0, null), (State(missing), (int)missing["ErrorCount"]!, (string?)missing["ProcessedSizeBytes"]));
        Assert.Equal("ResourceNotFoundException", (await js.Fails("dynamodb", "DescribeTable", new { TableName = "missing" })).Code);

        Task Put(string key, string body) => PutBytes(key, Encoding.UTF8.GetBytes(body));
        Task PutBytes(string key, byte[] body) => js.Call("s3", "PutObject", new JsonObject { ["Bucket"] = "files", ["Key"] = key, ["Body"] = AwsJs.Bytes(body) });
        static string State(JsonNode import) => $"{import["ImportStatus"]} {import["FailureCode"]}".TrimEnd();
        async Task<JsonNode> Import(string table, string bucket, string prefix, string compression = "NONE")
        {
            var started = await Call(js, "ImportTable", $$"""{"S3BucketSource":{"S3Bucket":"{{bucket}}","S3KeyPrefix":"{{prefix}}"},"InputFormat":"DYNAMODB_JSON","InputCompressionType":"{{compression}}","TableCreationParameters":{"TableName":"{{table}}",{{Keys}} } }""");
            return await Imported(js, started["ImportTableDescription"]!);
        }
    }

    [Fact]
    public async Task A_stack_s_import_needs_the_rights_of_whoever_makes_the_stack()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012" });
        var js = new AwsJs(server);
        await Bucket(js);
        await js.Call("s3", "PutObject", new { Bucket = "files", Key = "in.json", Body = """{"Item":{"a":{"S":"x"},"n":{"N":"1"}}}""" });
        const string Template = """{"Resources":{"T":{"Type":"AWS::DynamoDB::Table","Properties":{""" + Keys + ""","ImportSourceSpecification":{"S3BucketSource":{"S3Bucket":"files"},"InputFormat":"DYNAMODB_JSON"} } } } }""";
        await js.Call("iam", "CreateRole", new { RoleName = "maker", AssumeRolePolicyDocument = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"cloudformation.amazonaws.com"},"Action":"sts:AssumeRole"}]}""" });
        foreach (var (stack, actions, told) in ((string, string, string?)[])
                 [
                     ("a", """["dynamodb:CreateTable","dynamodb:DeleteTable","s3:*"]""", "is not authorized to perform: dynamodb:ImportTable on resource: arn:aws:dynamodb:eu-west-2:123456789012:table/a-T-"),
                     ("b", """["dynamodb:ImportTable","dynamodb:DeleteTable"]""", "HandlerErrorCode: AccessDenied"),
                     ("classy", """["dynamodb:ImportTable","dynamodb:DeleteTable","s3:*"]""", "is not authorized to perform: dynamodb:UpdateTable on"), ("c", """["dynamodb:ImportTable","s3:ListBucket","s3:GetObject"]""", null),
                 ])
        {
            await js.Call("iam", "PutRolePolicy", new { RoleName = "maker", PolicyName = "p", PolicyDocument = $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":{{actions}},"Resource":"*"}]}""" });
            await js.Call("cloudformation", "CreateStack", new { StackName = stack, TemplateBody = stack == "classy" ? Template.Replace("\"Properties\":{", "\"Properties\":{\"TableClass\":\"STANDARD\",", StringComparison.Ordinal) : Template, RoleARN = "arn:aws:iam::123456789012:role/maker" });
            Assert.Equal(told is null ? "CREATE_COMPLETE" : "ROLLBACK_COMPLETE", (string)(await CloudFormation.StacksTests.Settled(js, stack))["StackStatus"]!);
            var events = (await js.Call("cloudformation", "DescribeStackEvents", new { StackName = stack }))["StackEvents"]!.AsArray();
            Assert.Contains(events, one => ((string?)one!["ResourceStatusReason"] ?? "").Contains(told ?? "", StringComparison.Ordinal));
            Assert.Equal(told is null ? 1 : 0, (await Call(js, "ListTables", "{}"))["TableNames"]!.AsArray().Count);
        }
    }

    [Fact]
    public async Task Imports_and_exports_that_a_kill_cuts_short_are_whole_after_the_next_start()
    {
        using var place = new Workplace();
        JsonNode import, export;
        IReadOnlyDictionary<string, string> environment;
        await using (var program = await place.Start())
        {
            environment = await program.Environment();
            using var aws = Client(program);
            await aws.Send("s3", HttpMethod.Put, "/files", Encoding.UTF8.GetBytes("<CreateBucketConfiguration><LocationConstraint>eu-west-2</LocationConstraint></CreateBucketConfiguration>"), ("Content-Type", "application/xml"));
            var lines = string.Concat(Enumerable.Range(0, 20_000).Select(i => "{\"Item\":{\"a\":{\"S\":\"" + i + "\"},\"n\":{\"N\":\"1\"}}}\n"));
            Assert.Equal(HttpStatusCode.OK, (await aws.Send("s3", HttpMethod.Put, "/files/in.json", Encoding.UTF8.GetBytes(lines), ("Content-Type", "text/plain"))).Status);
            var arn = (string)(await Call(aws, "CreateTable", $$"""{"TableName":"tab",{{Keys}} }"""))["TableDescription"]!["TableArn"]!;
            await Call(aws, "UpdateContinuousBackups", """{"TableName":"tab","PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true}}""");
            await Call(aws, "PutItem", """{"TableName":"tab","Item":{"a":{"S":"x"},"n":{"N":"1"}}}""");
            var input = $$"""{"S3BucketSource":{"S3Bucket":"files","S3KeyPrefix":"in.json"},"InputFormat":"DYNAMODB_JSON","ClientToken":"t","TableCreationParameters":{"TableName":"whole",{{Keys}} } }""";
            const string Template = """{"Resources":{"T":{"Type":"AWS::DynamoDB::Table","Properties":{"TableName":"stacked",""" + Keys + ""","ImportSourceSpecification":{"S3BucketSource":{"S3Bucket":"files","S3KeyPrefix":"in.json"},"InputFormat":"DYNAMODB_JSON"} } } } }""";
            Assert.Equal(HttpStatusCode.OK, (await aws.Query("cloudformation", $"Action=CreateStack&Version=2010-05-15&StackName=s&TemplateBody={Uri.EscapeDataString(Template)}")).Status);
            import = (await Call(aws, "ImportTable", input))["ImportTableDescription"]!;
            // How far the import has come is left to chance; what is not there yet is not shown.
            var (scanned, items) = await aws.TryJson("dynamodb", "DynamoDB_20120810.Scan", JsonNode.Parse("""{"TableName":"whole","Select":"COUNT"}""")!);
            Assert.True(scanned == HttpStatusCode.OK ? items.Contains("20000", StringComparison.Ordinal) : items.Contains("ResourceNotFoundException", StringComparison.Ordinal), items);
            var (again, same) = await aws.TryJson("dynamodb", "DynamoDB_20120810.ImportTable", JsonNode.Parse(input)!);
            Assert.Contains(again == HttpStatusCode.OK ? (string)import["ImportArn"]! : "ResourceInUseException", same, StringComparison.Ordinal);
            export = (await Call(aws, "ExportTableToPointInTime", $$"""{"TableArn":"{{arn}}","S3Bucket":"files"}"""))["ExportDescription"]!;
            await program.Kill();
        }

        await using (var program = await place.Start())
        {
            using var aws = Client(program);
            Func<string, string, Task<JsonObject>> call = (operation, body) => Call(aws, operation, body);
            var done = await Ended(call, "Import", import);
            Assert.Equal(("COMPLETED", 20_000), ((string)done["ImportStatus"]!, (int)done["ImportedItemCount"]!));
            Assert.Equal("ACTIVE", (string)(await call("DescribeTable", """{"TableName":"whole"}"""))["Table"]!["TableStatus"]!);
            Assert.Equal(20_000, (int)(await call("Scan", """{"TableName":"whole","Select":"COUNT"}"""))["Count"]!);
            await UpkeepTests.Until(async () => (await aws.Query("cloudformation", "Action=DescribeStacks&Version=2010-05-15&StackName=s")).Body.Contains("<StackStatus>CREATE_COMPLETE<", StringComparison.Ordinal));
            Assert.Equal(20_000, (int)(await call("Scan", """{"TableName":"stacked","Select":"COUNT"}"""))["Count"]!);
            done = await Ended(call, "Export", export);
            Assert.Equal(("COMPLETED", 1), ((string)done["ExportStatus"]!, (int)done["ItemCount"]!));
            await program.Kill();
        }

        SignedHttp Client(RunningProgram program) => new(program.Endpoint, environment["AWS_REGION"], environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"]);
        static Task<JsonObject> Call(SignedHttp aws, string operation, string body) => aws.Json("dynamodb", "DynamoDB_20120810." + operation, JsonNode.Parse(body)!);
    }

    /// <summary>The export's description when it has ended.</summary>
    internal static Task<JsonNode> Exported(AwsJs js, JsonNode started) => Ended((operation, body) => Call(js, operation, body), "Export", started);

    internal static Task<JsonNode> Imported(AwsJs js, JsonNode started) => Ended((operation, body) => Call(js, operation, body), "Import", started);

    private static async Task<JsonNode> Ended(Func<string, string, Task<JsonObject>> call, string kind, JsonNode started)
    {
        var now = started;
        await UpkeepTests.Until(async () =>
        {
            now = (await call("Describe" + kind, $$"""{"{{kind}}Arn":"{{started[kind + "Arn"]}}"}""")).First().Value!;
            return (string)now[kind + "Status"]! != "IN_PROGRESS";
        });
        return now;
    }

    private static Task<JsonObject> Call(AwsJs js, string operation, string input) => js.Call("dynamodb", operation, JsonNode.Parse(input)!);

    internal static Task Bucket(AwsJs js) => js.Call("s3", "CreateBucket", new { Bucket = "files", CreateBucketConfiguration = new { LocationConstraint = "eu-west-2" } });

    internal static async Task<string> Text(AwsJs js, string key)
    {
        var bytes = Convert.FromBase64String((string)(await js.Call("s3", "GetObject", new { Bucket = "files", Key = key }))["Body"]!["$bytes"]!);
        if (!key.EndsWith(".gz", StringComparison.Ordinal)) return Encoding.UTF8.GetString(bytes);
        using var reader = new StreamReader(new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress));
        return await reader.ReadToEndAsync();
    }
}

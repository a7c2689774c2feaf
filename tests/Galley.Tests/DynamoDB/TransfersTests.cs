using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;

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
        var arn = (string)(await Call(js, "CreateTable", $$"""{"TableName":"tab",{{Keys}}}"""))["TableDescription"]!["TableArn"]!;
        for (var i = 0; i < 3; i++) await Call(js, "PutItem", $$$$"""{"TableName":"tab","Item":{"a":{"S":"{{{{i}}}}"},"n":{"N":"1"},"m":{"M":{"x":{"L":[{"BOOL":true}]} } } } }""");
        Assert.Equal("PointInTimeRecoveryUnavailableException", (await js.Fails("dynamodb", "ExportTableToPointInTime", new { TableArn = arn, S3Bucket = "files" })).Code);
        await Call(js, "UpdateContinuousBackups", """{"TableName":"tab","PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true}}""");
        var started = (await js.Call("dynamodb", "ExportTableToPointInTime", new { TableArn = arn, S3Bucket = "files", S3Prefix = "out" }))["ExportDescription"]!;
        Assert.Equal("IN_PROGRESS", (string)started["ExportStatus"]!);
        var done = (await js.Call("dynamodb", "DescribeExport", new { ExportArn = (string)started["ExportArn"]! }))["ExportDescription"]!;
        Assert.Equal("COMPLETED", (string)done["ExportStatus"]!);
        Assert.Equal(3, (int)done["ItemCount"]!);
        var summary = JsonNode.Parse(await Text(js, (string)done["ExportManifest"]!))!;
        var file = JsonNode.Parse(await Text(js, (string)summary["manifestFilesS3Key"]!))!;
        Assert.Equal(3, (int)file["itemCount"]!);
        var data = (string)file["dataFileS3Key"]!;
        Assert.EndsWith(".json.gz", data, StringComparison.Ordinal);

        var import = (await Call(js, "ImportTable", $$"""{"S3BucketSource":{"S3Bucket":"files","S3KeyPrefix":"{{data}}"},"InputFormat":"DYNAMODB_JSON","InputCompressionType":"GZIP","TableCreationParameters":{"TableName":"again",{{Keys}} } }"""))["ImportTableDescription"]!;
        var imported = (await js.Call("dynamodb", "DescribeImport", new { ImportArn = (string)import["ImportArn"]! }))["ImportTableDescription"]!;
        Assert.Equal("COMPLETED", (string)imported["ImportStatus"]!);
        Assert.Equal(3, (int)imported["ImportedItemCount"]!);
        Assert.Equal(3, (int)(await Call(js, "Scan", """{"TableName":"again"}"""))["Count"]!);
        Assert.Equal(import["ImportArn"]!.ToString(), (await Call(js, "ListImports", "{}"))["ImportSummaryList"]![0]!["ImportArn"]!.ToString());
        var failed = (await js.Call("dynamodb", "ExportTableToPointInTime", new { TableArn = arn, S3Bucket = "missing" }))["ExportDescription"]!;
        Assert.Equal("S3NoSuchBucket", (string)(await js.Call("dynamodb", "DescribeExport", new { ExportArn = (string)failed["ExportArn"]! }))["ExportDescription"]!["FailureCode"]!);
        Assert.Equal(2, (await js.Call("dynamodb", "ListExports", new { TableArn = arn }))["ExportSummaries"]!.AsArray().Count);
    }

    [Fact]
    public async Task CSV_takes_key_types_from_the_table_and_counts_lines_that_make_no_item()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012" });
        var js = new AwsJs(server);
        await Bucket(js);
        await js.Call("s3", "PutObject", new { Bucket = "files", Key = "in/one.csv", Body = "a;n;text\nx;1;\"semi;colon and \"\"quotes\"\"\"\ny;not a number;z\nz;2.50;\n" });
        var arn = (string)(await Call(js, "ImportTable", $$"""{"S3BucketSource":{"S3Bucket":"files","S3KeyPrefix":"in/"},"InputFormat":"CSV","InputFormatOptions":{"Csv":{"Delimiter":";"} },"TableCreationParameters":{"TableName":"csv",{{Keys}} } }"""))
            ["ImportTableDescription"]!["ImportArn"]!;
        var import = (await js.Call("dynamodb", "DescribeImport", new { ImportArn = arn }))["ImportTableDescription"]!;
        Assert.Equal(("COMPLETED", 2, 1), ((string)import["ImportStatus"]!, (int)import["ImportedItemCount"]!, (int)import["ErrorCount"]!));
        Assert.Equal("semi;colon and \"quotes\"", (string)(await Call(js, "GetItem", """{"TableName":"csv","Key":{"a":{"S":"x"},"n":{"N":"1"}}}"""))["Item"]!["text"]!["S"]!);
        Assert.NotNull((await Call(js, "GetItem", """{"TableName":"csv","Key":{"a":{"S":"z"},"n":{"N":"2.5"}}}"""))["Item"]);
    }

    private static Task<JsonObject> Call(AwsJs js, string operation, string input) => js.Call("dynamodb", operation, JsonNode.Parse(input)!);

    private static Task Bucket(AwsJs js) => js.Call("s3", "CreateBucket", new { Bucket = "files", CreateBucketConfiguration = new { LocationConstraint = "eu-west-2" } });

    private static async Task<string> Text(AwsJs js, string key)
    {
        var bytes = Convert.FromBase64String((string)(await js.Call("s3", "GetObject", new { Bucket = "files", Key = key }))["Body"]!["$bytes"]!);
        if (!key.EndsWith(".gz", StringComparison.Ordinal)) return Encoding.UTF8.GetString(bytes);
        using var reader = new StreamReader(new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress));
        return await reader.ReadToEndAsync();
    }
}

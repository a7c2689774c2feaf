using System.Text.Json.Nodes;
using Galley.Tests.Lambda;

namespace Galley.Tests.S3;

public class NotificationsTests
{
    // The function has no other way to tell than a file.
    private const string Recording = """
        import json, os
        def lambda_handler(event, context):
            record = event["Records"][0]
            with open(os.environ["FILE"] + "." + record["eventName"].replace(":", "_") + "." + record["s3"]["object"]["key"].replace("/", "_"), "w") as f: json.dump(event, f)
        """;

    [Fact]
    public async Task Functions_get_the_events_they_asked_for_and_only_with_permission()
    {
        await using var functions = await TestFunctions.Start();
        var js = functions.Js;
        var folder = Directory.CreateTempSubdirectory("galley-events-").FullName;
        try
        {
            await functions.Python("f", Recording, await functions.Role("r"), input => input["Environment"] = new JsonObject { ["Variables"] = new JsonObject { ["FILE"] = Path.Combine(folder, "event") } });
            const string arn = "arn:aws:lambda:eu-west-2:123456789012:function:f";
            await js.Call("s3", "CreateBucket", new { Bucket = "bucket-a", CreateBucketConfiguration = new { LocationConstraint = "eu-west-2" } });
            object Wanted(params string[] events) => new
            {
                Bucket = "bucket-a",
                NotificationConfiguration = new
                {
                    LambdaFunctionConfigurations = (object[])[new { Id = "one", LambdaFunctionArn = arn, Events = events, Filter = new { Key = new { FilterRules = (object[])[new { Name = "prefix", Value = "in/" }, new { Name = "suffix", Value = ".txt" }] } } }],
                },
            };
            var refused = await js.Fails("s3", "PutBucketNotificationConfiguration", Wanted("s3:ObjectCreated:*"));
            Assert.Equal(("InvalidArgument", "Unable to validate the following destination configurations"), (refused.Code, refused.Text));
            await js.Call("lambda", "AddPermission", new { FunctionName = "f", StatementId = "s3", Action = "lambda:InvokeFunction", Principal = "s3.amazonaws.com", SourceArn = "arn:aws:s3:::bucket-a", SourceAccount = "123456789012" });
            await js.Call("s3", "PutBucketNotificationConfiguration", Wanted("s3:ObjectCreated:*", "s3:ObjectRemoved:*"));
            var kept = (await js.Call("s3", "GetBucketNotificationConfiguration", new { Bucket = "bucket-a" }))["LambdaFunctionConfigurations"]![0]!;
            Assert.Equal(("one", arn, "Prefix"), ((string?)kept["Id"], (string?)kept["LambdaFunctionArn"], (string?)kept["Filter"]!["Key"]!["FilterRules"]![0]!["Name"]));

            await js.Call("s3", "PutObject", new { Bucket = "bucket-a", Key = "out/x.txt", Body = "not this" });
            await js.Call("s3", "PutObject", new { Bucket = "bucket-a", Key = "in/a b.txt", Body = "hello" });
            var put = await Told("ObjectCreated_Put.in_a+b.txt");
            Assert.Equal(("2.1", "aws:s3", "eu-west-2", "ObjectCreated:Put"), ((string?)put["eventVersion"], (string?)put["eventSource"], (string?)put["awsRegion"], (string?)put["eventName"]));
            var thing = put["s3"]!;
            Assert.Equal(("1.0", "one", "bucket-a", "arn:aws:s3:::bucket-a"), ((string?)thing["s3SchemaVersion"], (string?)thing["configurationId"], (string?)thing["bucket"]!["name"], (string?)thing["bucket"]!["arn"]));
            Assert.Equal(("in/a+b.txt", 5, "5d41402abc4b2a76b9719d911017c592"), ((string?)thing["object"]!["key"], (int)thing["object"]!["size"]!, (string?)thing["object"]!["eTag"]));
            Assert.Equal("127.0.0.1", (string?)put["requestParameters"]!["sourceIPAddress"]);
            Assert.NotNull((string?)put["responseElements"]!["x-amz-request-id"]);
            Assert.StartsWith("AWS:", (string?)put["userIdentity"]!["principalId"]);

            await js.Call("s3", "CopyObject", new { Bucket = "bucket-a", Key = "in/copy.txt", CopySource = "bucket-a/out/x.txt" });
            await Told("ObjectCreated_Copy.in_copy.txt");
            var id = (string)(await js.Call("s3", "CreateMultipartUpload", new { Bucket = "bucket-a", Key = "in/big.txt" }))["UploadId"]!;
            var part = await js.Call("s3", "UploadPart", new { Bucket = "bucket-a", Key = "in/big.txt", UploadId = id, PartNumber = 1, Body = "x" });
            await js.Call("s3", "CompleteMultipartUpload", new { Bucket = "bucket-a", Key = "in/big.txt", UploadId = id, MultipartUpload = new { Parts = (object[])[new { PartNumber = 1, ETag = (string)part["ETag"]! }] } });
            await Told("ObjectCreated_CompleteMultipartUpload.in_big.txt");
            await js.Call("s3", "DeleteObject", new { Bucket = "bucket-a", Key = "in/big.txt" });
            Assert.Null((await Told("ObjectRemoved_Delete.in_big.txt"))["s3"]!["object"]!["size"]);
            await js.Call("s3", "PutBucketVersioning", new { Bucket = "bucket-a", VersioningConfiguration = new { Status = "Enabled" } });
            var marker = await js.Call("s3", "DeleteObject", new { Bucket = "bucket-a", Key = "in/copy.txt" });
            Assert.Equal((string?)marker["VersionId"], (string?)(await Told("ObjectRemoved_DeleteMarkerCreated.in_copy.txt"))["s3"]!["object"]!["versionId"]);
            Assert.DoesNotContain(Directory.GetFiles(folder), file => file.Contains("out_x", StringComparison.Ordinal));

            await js.Call("s3", "PutBucketNotificationConfiguration", new { Bucket = "bucket-a", NotificationConfiguration = new { } });
            Assert.Null((await js.Call("s3", "GetBucketNotificationConfiguration", new { Bucket = "bucket-a" }))["LambdaFunctionConfigurations"]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        async Task<JsonNode> Told(string name)
        {
            var file = Path.Combine(folder, "event." + name);
            for (var i = 0; i < 1500; i++)
            {
                if (File.Exists(file) && await File.ReadAllTextAsync(file) is { Length: > 0 } text && text.EndsWith('}')) return JsonNode.Parse(text)!["Records"]![0]!;
                await Task.Delay(20);
            }

            throw new InvalidOperationException($"no event {name}; there are: {string.Join(' ', Directory.GetFiles(folder).Select(Path.GetFileName))}");
        }
    }

    [Theory]
    [InlineData("<QueueConfiguration><Queue>arn:aws:sqs:eu-west-2:1:q</Queue><Event>s3:ObjectCreated:*</Event></QueueConfiguration>", "NotImplemented", "Galley does not support QueueConfiguration in NotificationConfiguration.")]
    [InlineData("<EventBridgeConfiguration/>", "NotImplemented", "Galley does not support EventBridgeConfiguration in NotificationConfiguration.")]
    [InlineData("<CloudFunctionConfiguration><CloudFunction>arn:aws:lambda:eu-west-2:123456789012:function:f</CloudFunction><Event>s3:Nothing:*</Event></CloudFunctionConfiguration>", "InvalidArgument", "The event is not supported for notifications")]
    [InlineData("<CloudFunctionConfiguration><CloudFunction>arn:aws:lambda:eu-west-2:123456789012:function:f</CloudFunction><Event>s3:ObjectRestore:*</Event></CloudFunctionConfiguration>", "NotImplemented", "Galley does not support the event s3:ObjectRestore:*.")]
    [InlineData("<CloudFunctionConfiguration><CloudFunction>arn:aws:lambda:eu-west-2:123456789012:function:none</CloudFunction><Event>s3:ObjectCreated:*</Event></CloudFunctionConfiguration>", "InvalidArgument", "Unable to validate the following destination configurations")]
    [InlineData("<CloudFunctionConfiguration><CloudFunction>f</CloudFunction><Event>s3:ObjectCreated:*</Event></CloudFunctionConfiguration>", "InvalidArgument", "The ARN could not be parsed")]
    public async Task Configurations_are_checked(string configuration, string code, string text)
    {
        await using var server = await ObjectsTests.Start();
        await ObjectsTests.Bucket(server, "bucket-a");
        using var http = new S3Http(server);
        var refused = await http.Signed("PUT", "/bucket-a?notification", $"<NotificationConfiguration>{configuration}</NotificationConfiguration>");
        Assert.Equal((code, text), (refused.Error.Item2, refused.Element("Message")));
    }
}

using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;

namespace Galley.Tests.S3;

public class LifecycleTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 28, 10, 30, 0, TimeSpan.Zero);

    [Fact]
    public async Task Rules_expire_objects_versions_markers_and_uploads_at_midnight()
    {
        var time = new FakeTimeProvider(Start);
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012", Time = time, AnyCredentials = true });
        var js = await VersioningTests.Versioned(server, "bucket-v");
        var plain = await ObjectsTests.Bucket(server, "bucket-a");
        await plain.Call("s3", "PutBucketLifecycleConfiguration", new
        {
            Bucket = "bucket-a",
            LifecycleConfiguration = new
            {
                Rules = (object[])
                [
                    new { ID = "logs go", Status = "Enabled", Filter = new { Prefix = "logs/" }, Expiration = new { Days = 2 } },
                    new { ID = "tagged", Status = "Enabled", Filter = new { And = new { Prefix = "", Tags = (object[])[new { Key = "temp", Value = "1" }], ObjectSizeGreaterThan = 3 } }, Expiration = new { Days = 1 } },
                    new { ID = "off", Status = "Disabled", Filter = new { Prefix = "" }, Expiration = new { Days = 1 } },
                    new { ID = "uploads", Status = "Enabled", Filter = new { Prefix = "" }, AbortIncompleteMultipartUpload = new { DaysAfterInitiation = 1 } },
                    new { ID = "cold", Status = "Enabled", Filter = new { ObjectSizeGreaterThan = 7 }, Transitions = (object[])[new { Days = 30, StorageClass = "STANDARD_IA" }] },
                ],
            },
        });
        await js.Call("s3", "PutBucketLifecycleConfiguration", new
        {
            Bucket = "bucket-v",
            LifecycleConfiguration = new { Rules = (object[])[new { ID = "old", Status = "Enabled", Filter = new { Prefix = "" }, NoncurrentVersionExpiration = new { NoncurrentDays = 1 }, Expiration = new { ExpiredObjectDeleteMarker = true } }] },
        });
        var logs = await plain.Call("s3", "PutObject", new { Bucket = "bucket-a", Key = "logs/1", Body = "log" });
        Assert.Equal("expiry-date=\"Tue, 01 Dec 2026 00:00:00 GMT\", rule-id=\"logs%20go\"", (string?)logs["Expiration"]);
        Assert.Equal((string?)logs["Expiration"], (string?)(await plain.Call("s3", "HeadObject", new { Bucket = "bucket-a", Key = "logs/1" }))["Expiration"]);
        await plain.Call("s3", "PutObject", new { Bucket = "bucket-a", Key = "big", Body = "large enough", Tagging = "temp=1" });
        await plain.Call("s3", "PutObject", new { Bucket = "bucket-a", Key = "small", Body = "xy", Tagging = "temp=1" });
        await plain.Call("s3", "PutObject", new { Bucket = "bucket-a", Key = "stays", Body = "12345678" });
        await plain.Call("s3", "CreateMultipartUpload", new { Bucket = "bucket-a", Key = "never-finished" });
        foreach (var key in (string[])["k", "k", "gone"]) await js.Call("s3", "PutObject", new { Bucket = "bucket-v", Key = key, Body = "v" });
        await js.Call("s3", "DeleteObject", new { Bucket = "bucket-v", Key = "gone" });

        Assert.Equal(["big", "logs/1", "small", "stays"], await After(TimeSpan.FromDays(1), ["big", "logs/1", "small", "stays"]));
        // midnight of the 30th: one day and what was left of the day of creation
        await After(TimeSpan.FromHours(14), ["logs/1", "small", "stays"]);
        await Until(async () => (await plain.Call("s3", "ListMultipartUploads", new { Bucket = "bucket-a" }))["Uploads"] is null);
        await Until(async () => (await js.Call("s3", "ListObjectVersions", new { Bucket = "bucket-v" })) is var all && all["DeleteMarkers"] is null && all["Versions"]!.AsArray().Count == 1);
        await After(TimeSpan.FromDays(1), ["small", "stays"]);
        await After(TimeSpan.FromDays(30), ["small", "stays"]);
        await Until(async () => (string?)(await plain.Call("s3", "HeadObject", new { Bucket = "bucket-a", Key = "stays" }))["StorageClass"] == "STANDARD_IA");
        Assert.Null((string?)(await plain.Call("s3", "HeadObject", new { Bucket = "bucket-a", Key = "small" }))["StorageClass"]);

        async Task<string[]> After(TimeSpan more, string[] expected)
        {
            time.Advance(more);
            await Until(async () => (await Keys()).SequenceEqual(expected));
            return await Keys();
        }

        async Task<string[]> Keys() => [.. (await plain.Call("s3", "ListObjectsV2", new { Bucket = "bucket-a" }))["Contents"]!.AsArray().Select(item => (string)item!["Key"]!)];

        // the rules run on a timer of the server's clock; its work is seen from outside
        async Task Until(Func<Task<bool>> seen)
        {
            for (var i = 0; !await seen(); i++)
            {
                Assert.True(i < 200, "the rules did not run");
                time.Advance(TimeSpan.FromMinutes(1));
                await Task.Yield();
            }
        }
    }

    [Fact]
    public async Task Rules_with_a_date_act_from_that_day_on()
    {
        var time = new FakeTimeProvider(Start);
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012", Time = time, AnyCredentials = true });
        var js = await ObjectsTests.Bucket(server, "bucket-a");
        await js.Call("s3", "PutBucketLifecycleConfiguration", new JsonObject
        {
            ["Bucket"] = "bucket-a",
            ["LifecycleConfiguration"] = JsonNode.Parse("""
                {"Rules":[{"ID":"end","Status":"Enabled","Filter":{"Prefix":"old/"},"Expiration":{"Date":{"$time":"2026-12-02T00:00:00Z"}}},
                          {"ID":"cold","Status":"Enabled","Filter":{"And":{"Prefix":"cold/","ObjectSizeLessThan":1000}},"Transitions":[{"Date":{"$time":"2026-12-02T00:00:00Z"},"StorageClass":"STANDARD_IA"}]}]}
                """),
        });
        Assert.Contains("2026-12-02T00:00:00", (await js.Call("s3", "GetBucketLifecycleConfiguration", new { Bucket = "bucket-a" }))["Rules"]![0]!["Expiration"]!["Date"]!.ToString(), StringComparison.Ordinal);
        Assert.Equal("expiry-date=\"Wed, 02 Dec 2026 00:00:00 GMT\", rule-id=\"end\"", (string?)(await Put("old/1"))["Expiration"]);
        await Put("cold/1");
        await Put("stays");
        time.Advance(TimeSpan.FromDays(3));
        Assert.Equal(3, (await js.Call("s3", "ListObjectsV2", new { Bucket = "bucket-a" }))["Contents"]!.AsArray().Count);
        time.Advance(TimeSpan.FromHours(14));
        await Until(async () => (await Listed()).SequenceEqual(["cold/1", "stays"]));
        await Until(async () => (string?)(await js.Call("s3", "HeadObject", new { Bucket = "bucket-a", Key = "cold/1" }))["StorageClass"] == "STANDARD_IA");
        // and from then on every day
        await Put("old/2");
        time.Advance(TimeSpan.FromDays(1));
        await Until(async () => (await Listed()).SequenceEqual(["cold/1", "stays"]));

        Task<JsonObject> Put(string key) => js.Call("s3", "PutObject", new { Bucket = "bucket-a", Key = key, Body = "x" });

        async Task<string[]> Listed() => [.. (await js.Call("s3", "ListObjectsV2", new { Bucket = "bucket-a" }))["Contents"]!.AsArray().Select(item => (string)item!["Key"]!)];

        async Task Until(Func<Task<bool>> seen)
        {
            for (var i = 0; !await seen(); i++)
            {
                Assert.True(i < 200, "the rules did not run");
                time.Advance(TimeSpan.FromMinutes(1));
                await Task.Yield();
            }
        }
    }

    [Theory]
    [InlineData("<Rule><ID>a</ID><Status>Enabled</Status><Filter/><Expiration><Days>0</Days></Expiration></Rule>", "InvalidArgument", "'Days' for Expiration action must be a positive integer")]
    [InlineData("<Rule><ID>a</ID><Status>enabled</Status><Filter/><Expiration><Days>1</Days></Expiration></Rule>", "MalformedXML", null)]
    [InlineData("<Rule><ID>a</ID><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>", "MalformedXML", null)]
    [InlineData("<Rule><ID>a</ID><Status>Enabled</Status><Filter/></Rule>", "InvalidRequest", "At least one action needs to be specified in a rule")]
    [InlineData("<Rule><ID>a</ID><Status>Enabled</Status><Filter/><Expiration><Date>2026-11-28T01:00:00Z</Date></Expiration></Rule>", "InvalidArgument", "'Date' must be at midnight GMT")]
    [InlineData("<Rule><ID>a</ID><Status>Enabled</Status><Filter/><Expiration><Days>1</Days></Expiration></Rule><Rule><ID>a</ID><Status>Enabled</Status><Filter/><Expiration><Days>1</Days></Expiration></Rule>", "InvalidArgument", "Rule ID must be unique. Found same ID for more than one rule")]
    [InlineData("<Rule><ID>a</ID><Status>Enabled</Status><Filter/><Transition><Days>30</Days><StorageClass>GLACIER</StorageClass></Transition></Rule>", "NotImplemented", "Galley does not support the storage class GLACIER.")]
    [InlineData("", "MalformedXML", null)]
    public async Task Configurations_are_checked(string rules, string code, string? text)
    {
        await using var server = await ObjectsTests.Start();
        await ObjectsTests.Bucket(server, "bucket-a");
        using var http = new S3Http(server);
        var refused = await http.Signed("PUT", "/bucket-a?lifecycle", $"<LifecycleConfiguration>{rules}</LifecycleConfiguration>");
        Assert.Equal(code, refused.Error.Item2);
        if (text is not null) Assert.Equal(text, refused.Element("Message"));
        Assert.Equal((404, "NoSuchLifecycleConfiguration"), (await http.Signed("GET", "/bucket-a?lifecycle")).Error);
    }
}

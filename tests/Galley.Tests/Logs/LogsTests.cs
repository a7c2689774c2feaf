using System.Text.Json.Nodes;

namespace Galley.Tests.Logs;

public class LogsTests
{
    private static Task<GalleyServer> Start() => GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012" });

    [Fact]
    public async Task CreateLogGroup_keeps_retention_and_tags_and_refuses_a_second()
    {
        await using var server = await Start();
        var js = new AwsJs(server);
        await js.Call("cloudwatch-logs", "CreateLogGroup", new { logGroupName = "/a/b", tags = new { x = "1" } });
        var twice = await js.Fails("cloudwatch-logs", "CreateLogGroup", new { logGroupName = "/a/b" });
        Assert.Equal(("ResourceAlreadyExistsException", "The specified log group already exists", 400), (twice.Code, twice.Text, twice.Status));
        await js.Call("cloudwatch-logs", "PutRetentionPolicy", new { logGroupName = "/a/b", retentionInDays = 7 });
        Assert.Equal("InvalidParameterException", (await js.Fails("cloudwatch-logs", "PutRetentionPolicy", new { logGroupName = "/a/b", retentionInDays = 8 })).Code);
        var group = (await js.Call("cloudwatch-logs", "DescribeLogGroups", new { logGroupNamePrefix = "/a" }))["logGroups"]![0]!;
        Assert.Equal((7, "arn:aws:logs:eu-west-2:123456789012:log-group:/a/b:*"), ((int)group["retentionInDays"]!, (string)group["arn"]!));
        Assert.Equal("1", (string)(await js.Call("cloudwatch-logs", "ListTagsForResource", new { resourceArn = (string)group["logGroupArn"]! }))["tags"]!["x"]!);
        await js.Call("cloudwatch-logs", "DeleteLogGroup", new { logGroupName = "/a/b" });
        Assert.Equal("The specified log group does not exist.", (await js.Fails("cloudwatch-logs", "DeleteLogGroup", new { logGroupName = "/a/b" })).Text);
    }

    [Fact]
    public async Task Events_are_read_in_order_page_by_page_and_filtered()
    {
        await using var server = await Start();
        var js = new AwsJs(server);
        await js.Call("cloudwatch-logs", "CreateLogGroup", new { logGroupName = "g" });
        await js.Call("cloudwatch-logs", "CreateLogStream", new { logGroupName = "g", logStreamName = "s" });
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        await js.Call("cloudwatch-logs", "PutLogEvents", new { logGroupName = "g", logStreamName = "s", logEvents = Enumerable.Range(0, 5).Select(i => new { timestamp = now + i, message = $"line {i} {(i % 2 == 0 ? "even" : "odd")}" }) });
        async Task<JsonObject> Get(object input) => await js.Call("cloudwatch-logs", "GetLogEvents", input);
        var page = await Get(new { logGroupName = "g", logStreamName = "s", startFromHead = true, limit = 3 });
        Assert.Equal(["line 0 even", "line 1 odd", "line 2 even"], ((JsonArray)page["events"]!).Select(e => (string)e!["message"]!));
        var next = await Get(new { logGroupName = "g", logStreamName = "s", nextToken = (string)page["nextForwardToken"]! });
        Assert.Equal(["line 3 odd", "line 4 even"], ((JsonArray)next["events"]!).Select(e => (string)e!["message"]!));
        var end = await Get(new { logGroupName = "g", logStreamName = "s", nextToken = (string)next["nextForwardToken"]! });
        Assert.Empty((JsonArray)end["events"]!);
        Assert.Equal((string)next["nextForwardToken"]!, (string)end["nextForwardToken"]!);

        async Task<string[]> Filter(string pattern) => [.. ((JsonArray)(await js.Call("cloudwatch-logs", "FilterLogEvents", new { logGroupName = "g", filterPattern = pattern }))["events"]!).Select(e => (string)e!["message"]!)];
        Assert.Equal(["line 1 odd", "line 3 odd"], await Filter("line -even"));
        Assert.Equal(["line 0 even", "line 1 odd"], await Filter("?\"line 0\" ?\"line 1\""));
        Assert.Equal(["line 4 even"], await Filter("%[34] even%"));
        Assert.Equal("InvalidParameterException", (await js.Fails("cloudwatch-logs", "FilterLogEvents", new { logGroupName = "g", filterPattern = "{ $.a = 1 }" })).Code);
        Assert.Equal("The specified log stream does not exist.", (await js.Fails("cloudwatch-logs", "GetLogEvents", new { logGroupName = "g", logStreamName = "x" })).Text);
    }
}

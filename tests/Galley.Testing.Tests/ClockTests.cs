using System.Net;
using Amazon.DynamoDBv2.Model;
using Amazon.S3;
using Amazon.S3.Model;

namespace Galley.Testing.Tests;

/// <summary>Time in a cloud moves by hand, and clients that sign by the machine's clock are served all the same.</summary>
public class ClockTests(NotesApp notes)
{
    [Fact]
    public async Task Tokens_end_when_the_clock_is_moved_and_SDKs_go_on()
    {
        await using var cloud = await notes.StartAsync();
        using var api = cloud.App.CreateClient("ApiUrl", await cloud.App.SignInAsync("ann"));
        Assert.Equal("[]", await api.GetStringAsync("notes"));
        cloud.Clock.Advance(TimeSpan.FromDays(400));
        Assert.Equal(HttpStatusCode.Unauthorized, (await api.GetAsync("notes")).StatusCode);
        using var again = cloud.App.CreateClient("ApiUrl", await cloud.App.SignInAsync("ann"));
        Assert.Equal("[]", await again.GetStringAsync("notes")); // the function's keys are a year younger too
        using var https = cloud.CreateClient(cloud.App["ApiUrl"].Replace("http://", "https://", StringComparison.Ordinal));
        Assert.Equal("\"pong\"", await https.GetStringAsync("ping"));
        using var dynamodb = NotesApp.DynamoDB(cloud);
        Assert.Contains(cloud.App["TableName"], (await dynamodb.ListTablesAsync()).TableNames);
    }

    [Fact]
    public async Task A_presigned_URL_ages_with_the_clock()
    {
        await using var cloud = await notes.StartAsync();
        using var s3 = new AmazonS3Client(cloud.AccessKeyId, cloud.SecretAccessKey, new AmazonS3Config { ServiceURL = cloud.Endpoint.ToString(), AuthenticationRegion = cloud.Region, ForcePathStyle = true, UseHttp = true });
        using var client = cloud.CreateClient();
        foreach (var key in (string[])["a", "b"]) await s3.PutObjectAsync(new PutObjectRequest { BucketName = cloud.App["UploadsName"], Key = key, ContentBody = key });
        var first = Url("a");
        Assert.Equal("a", await client.GetStringAsync(first));
        cloud.Clock.Advance(TimeSpan.FromMinutes(20));
        Assert.Equal(HttpStatusCode.Forbidden, (await client.GetAsync(first)).StatusCode);
        Assert.Equal("b", await client.GetStringAsync(Url("b")));

        string Url(string key) => s3.GetPreSignedURL(new GetPreSignedUrlRequest { BucketName = cloud.App["UploadsName"], Key = key, Expires = DateTime.UtcNow.AddMinutes(10), Protocol = Protocol.HTTP });
    }

    [Fact]
    public async Task A_mailed_code_is_good_for_a_day()
    {
        await using var cloud = await notes.StartAsync();
        using var client = cloud.CreateClient();
        Assert.Equal("", await Error("SignUp", new { ClientId = cloud.App["ClientId"], Username = "bob", Password = "Passw0rd!", UserAttributes = new[] { new { Name = "email", Value = "bob@example.org" } } }));
        var code = await cloud.Mail.WaitForCodeAsync("bob@example.org");
        cloud.Clock.Advance(TimeSpan.FromHours(25));
        Assert.Equal("ExpiredCodeException", await Error("ConfirmSignUp", new { ClientId = cloud.App["ClientId"], Username = "bob", ConfirmationCode = code }));
        Assert.Equal("", await Error("ResendConfirmationCode", new { ClientId = cloud.App["ClientId"], Username = "bob" }));
        Assert.Equal("", await Error("ConfirmSignUp", new { ClientId = cloud.App["ClientId"], Username = "bob", ConfirmationCode = await cloud.Mail.WaitForCodeAsync("bob@example.org") }));

        async Task<string> Error(string operation, object input)
        {
            using var content = new StringContent(System.Text.Json.JsonSerializer.Serialize(input), new System.Net.Http.Headers.MediaTypeHeaderValue("application/x-amz-json-1.1"));
            content.Headers.Add("X-Amz-Target", "AWSCognitoIdentityProviderService." + operation);
            using var answer = await client.PostAsync(cloud.Endpoint, content);
            var body = System.Text.Json.Nodes.JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
            return answer.IsSuccessStatusCode ? "" : (string)body["__type"]!;
        }
    }

    [Fact]
    public async Task The_edges_cache_grows_old()
    {
        await using var cloud = await notes.StartAsync();
        using var site = cloud.App.CreateClient("SiteUrl");
        Assert.Equal("Miss from cloudfront", await Cache());
        Assert.Equal("Hit from cloudfront", await Cache());
        cloud.Clock.Advance(TimeSpan.FromHours(25)); // the default time to live is a day
        Assert.Equal("RefreshHit from cloudfront", await Cache());
        Assert.Equal("Hit from cloudfront", await Cache());

        async Task<string> Cache() => Assert.Single((await site.GetAsync("index.html")).Headers.GetValues("X-Cache"));
    }

    [Fact]
    public async Task Items_end_at_their_time_to_live()
    {
        await using var cloud = await notes.StartAsync();
        using var dynamodb = NotesApp.DynamoDB(cloud);
        var table = cloud.App["TableName"];
        await dynamodb.PutItemAsync(table, new() { ["id"] = new("short"), ["ends"] = new() { N = (cloud.Clock.Now + TimeSpan.FromHours(1)).ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture) } });
        await dynamodb.PutItemAsync(table, new() { ["id"] = new("long") });
        cloud.Clock.Advance(TimeSpan.FromDays(3));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while ((await dynamodb.ScanAsync(new ScanRequest(table), patience.Token)).Count != 1) await Task.Yield();
    }

    [Fact]
    public async Task Sleepers_wake_in_order_while_the_clock_is_moved()
    {
        await using var cloud = await GalleyCloud.StartAsync(new GalleyCloudOptions { Seed = 1 });
        var clock = cloud.Clock;
        var start = clock.Now;
        Assert.Equal(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), start);
        var order = new List<string>();
        using var late = clock.CreateTimer(_ => order.Add($"late {clock.Now - start}"), null, TimeSpan.FromMinutes(2), Timeout.InfiniteTimeSpan);
        using var soon = clock.CreateTimer(_ => order.Add($"soon {clock.Now - start}"), null, TimeSpan.FromMinutes(1), Timeout.InfiniteTimeSpan);
        using var round = clock.CreateTimer(_ => order.Add("round"), null, TimeSpan.FromSeconds(90), TimeSpan.FromSeconds(90));
        using var never = clock.CreateTimer(_ => order.Add("never"), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        Assert.True(never.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        clock.Advance(TimeSpan.FromSeconds(59));
        Assert.Empty(order);
        clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(["soon 00:01:00", "round", "late 00:02:00"], order);
        Assert.Equal(TimeSpan.FromSeconds(659), clock.Now - start);
        var sleeper = Task.Delay(TimeSpan.FromHours(1), clock);
        clock.AdvanceTo(start + TimeSpan.FromHours(2));
        await sleeper.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Throws<ArgumentOutOfRangeException>(() => clock.AdvanceTo(start));
    }

    [Fact]
    public async Task A_clock_that_runs_wakes_sleepers_by_itself_and_one_that_is_stopped_does_not()
    {
        await using var cloud = await GalleyCloud.StartAsync();
        await Task.Delay(TimeSpan.FromMilliseconds(20), cloud.Clock).WaitAsync(TimeSpan.FromSeconds(30));
        cloud.Clock.Stop();
        var stopped = cloud.Clock.Now;
        await Task.Delay(TimeSpan.FromMilliseconds(5));
        Assert.Equal(stopped, cloud.Clock.Now);
        var sleeper = Task.Delay(TimeSpan.FromMilliseconds(1), cloud.Clock);
        Assert.False(sleeper.IsCompleted);
        cloud.Clock.Start();
        await sleeper.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.True(cloud.Clock.Now > stopped);
    }
}

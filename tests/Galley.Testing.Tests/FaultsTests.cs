using System.Net;
using Amazon.DynamoDBv2.Model;

namespace Galley.Testing.Tests;

/// <summary>Faults strike at the hop that they name, look as AWS's own, and end.</summary>
public class FaultsTests(NotesApp notes)
{
    [Fact]
    public async Task The_edge_the_API_and_the_sign_in_throttle_and_fail()
    {
        await using var cloud = await notes.StartAsync();
        using var client = cloud.CreateClient();
        var (site, api, signIn) = (cloud.App["SiteUrl"], cloud.App["ApiUrl"] + "/ping", cloud.App["SignInUrl"] + "/oauth2/userInfo");
        using (cloud.Faults.Throttle(At.Edge)) Assert.Equal(429, await Status(site));
        using (cloud.Faults.Fail(At.Edge)) Assert.Equal(503, await Status(site));
        using (cloud.Faults.Throttle(At.Api)) Assert.Equal("{\"message\":\"Too Many Requests\"}", await (await client.GetAsync(api)).Content.ReadAsStringAsync());
        using (cloud.Faults.Fail(At.Api))
        {
            using var failed = await client.GetAsync(api);
            Assert.Equal((HttpStatusCode.InternalServerError, "fault"), (failed.StatusCode, cloud.Explain(failed).Refusal!.Check));
            Assert.Equal(200, await Status(site));
        }

        using (cloud.Faults.Crash(At.Api)) await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(api));
        using (cloud.Faults.Fail(At.SignIn)) Assert.Equal(500, await Status(signIn));
        Assert.Equal((200, 200, 400), (await Status(site), await Status(api), await Status(signIn)));

        async Task<int> Status(string url) => (int)(await client.GetAsync(url)).StatusCode;
    }

    [Fact]
    public async Task The_authorizer_fails_where_there_is_one()
    {
        await using var cloud = await notes.StartAsync();
        using var api = cloud.App.CreateClient("ApiUrl", await cloud.App.SignInAsync("ann"));
        using var fault = cloud.Faults.Fail(At.Authorizer);
        Assert.Equal((HttpStatusCode.InternalServerError, HttpStatusCode.OK), ((await api.GetAsync("notes")).StatusCode, (await api.GetAsync("ping")).StatusCode));
        Assert.Equal(1, fault.Hits);
    }

    [Fact]
    public async Task A_function_is_named_by_its_logical_id_and_fails_is_throttled_and_dies()
    {
        await using var cloud = await notes.StartAsync();
        using var api = cloud.App.CreateClient("ApiUrl", await cloud.App.SignInAsync("ann"));
        using (var other = cloud.Faults.Fail(At.Function("ListNotes")))
        {
            Assert.Equal("\"pong\"", await api.GetStringAsync("ping"));
            Assert.Equal(0, other.Hits);
        }

        using (cloud.Faults.Fail(At.Function("Ping"))) Assert.Equal(500, (int)(await api.GetAsync("ping")).StatusCode);
        using (cloud.Faults.Throttle(At.Function(cloud.App.Resources["Ping"]))) Assert.Equal(503, (int)(await api.GetAsync("ping")).StatusCode);
        using (cloud.Faults.Crash(At.Function())) Assert.Equal(500, (int)(await api.GetAsync("ping")).StatusCode);
        Assert.Equal("\"pong\"", await api.GetStringAsync("ping"));
    }

    [Fact]
    public async Task A_slow_function_is_given_up_by_the_API_when_the_clock_is_moved()
    {
        await using var cloud = await notes.StartAsync();
        cloud.Clock.Stop();
        using var api = cloud.App.CreateClient("ApiUrl");
        using var fault = cloud.Faults.Delay(At.Function("Ping"), TimeSpan.FromMinutes(5));
        var asked = api.GetAsync("ping");
        while (fault.Hits == 0) await Task.Yield();
        cloud.Clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await asked).StatusCode);
    }

    [Fact]
    public async Task A_table_is_throttled_and_fails_and_crashes_for_SDKs_and_functions()
    {
        await using var cloud = await notes.StartAsync();
        using var dynamodb = NotesApp.DynamoDB(cloud);
        var table = cloud.App["TableName"];
        using (cloud.Faults.Throttle(At.Table("Notes"), times: 1))
        {
            await Assert.ThrowsAsync<ProvisionedThroughputExceededException>(() => dynamodb.ScanAsync(new ScanRequest(table)));
            await dynamodb.ScanAsync(new ScanRequest(table));
        }

        using (cloud.Faults.Fail(At.Table(table))) await Assert.ThrowsAsync<InternalServerErrorException>(() => dynamodb.ScanAsync(new ScanRequest(table)));
        using (cloud.Faults.Crash(At.Table())) await Assert.ThrowsAnyAsync<Exception>(() => dynamodb.ScanAsync(new ScanRequest(table)));
        using (cloud.Faults.Throttle(At.Operation("dynamodb:PutItem")))
        {
            await dynamodb.ScanAsync(new ScanRequest(table));
            await Assert.ThrowsAnyAsync<Amazon.DynamoDBv2.AmazonDynamoDBException>(() => dynamodb.PutItemAsync(table, new() { ["id"] = new("x") }));
        }

        using var api = cloud.App.CreateClient("ApiUrl", await cloud.App.SignInAsync("ann"));
        using (cloud.Faults.Throttle(At.Table("Notes"))) Assert.Equal(500, (int)(await api.GetAsync("notes")).StatusCode);
        Assert.Equal("[]", await api.GetStringAsync("notes"));
    }

    [Fact]
    public async Task Chances_are_drawn_from_the_seed()
    {
        Assert.Equal(await Draw(7), await Draw(7));
        Assert.NotEqual(await Draw(7), await Draw(8));

        static async Task<string> Draw(int seed)
        {
            await using var cloud = await GalleyCloud.StartAsync(new GalleyCloudOptions { Seed = seed });
            using var dynamodb = NotesApp.DynamoDB(cloud);
            using var fault = cloud.Faults.Fail(At.Operation("dynamodb:ListTables"), chance: 0.5);
            var drawn = "";
            for (var i = 0; i < 40; i++)
                try
                {
                    await dynamodb.ListTablesAsync();
                    drawn += '-';
                }
                catch (Amazon.Runtime.AmazonServiceException)
                {
                    drawn += 'x';
                }

            Assert.Equal(fault.Hits, drawn.Count(letter => letter == 'x'));
            return drawn;
        }
    }
}

using System.Net;
using Galley.Tests.Server;
using Galley.Tests.Tutorial;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Galley.Tests.WebConsole;

/// <summary>Ten thousand of a thing: the page shows some, pages through the rest and finds one; what stands in the document stays bounded.</summary>
public class ManyRowsTests(Browser browser) : IClassFixture<Browser>
{
    private const int Many = 10_000, MostNodes = 8000;

    [Fact]
    public async Task Users()
    {
        await using var server = await ConsolePage.Server();
        using var root = Root(server);
        var pool = (string)(await new AwsJs(server).Call("cognito-identity-provider", "CreateUserPool", new { PoolName = "many" }))["UserPool"]!["Id"]!;
        await Each(n => root.Json("cognito-idp", "AWSCognitoIdentityProviderService.AdminCreateUser", new { UserPoolId = pool, Username = $"user-{n:00000}", MessageAction = "SUPPRESS", TemporaryPassword = "Abcdef1!" }));
        await using var console = await ConsolePage.Open(browser, server);
        await console.Go($"/cognito/{pool}?tab=users");
        await Counted(console, "Users", "(300+)");
        await console.Button("Show more").ClickAsync();
        await Counted(console, "Users", "(600+)");
        await console.Look("many-users");
        await Bounded(console);
        await console.Page.GetByRole(AriaRole.Searchbox, new() { Name = "Search in the whole pool" }).FillAsync("user-0999");
        await console.Button("Search").ClickAsync();
        await Counted(console, "Users", "(10)");
        await console.Says("user-09999");
    }

    [Fact]
    public async Task Objects()
    {
        await using var server = await ConsolePage.Server();
        using var root = Root(server);
        await new AwsJs(server).Call("s3", "CreateBucket", new { Bucket = "many", CreateBucketConfiguration = new { LocationConstraint = "eu-west-2" } });
        await Each(async n => Assert.Equal(HttpStatusCode.OK, (await root.Send("s3", HttpMethod.Put, $"/many/file-{n:00000}.txt", "x"u8.ToArray())).Status));
        await using var console = await ConsolePage.Open(browser, server);
        await console.Go("/s3/many");
        await Counted(console, "Objects", "(1,000+)");
        for (var page = 2; page <= 10; page++)
        {
            await console.Button("Show more").ClickAsync();
            await Counted(console, "Objects", page == 10 ? "(10,000)" : $"({page},000+)");
        }

        await console.Page.GetByPlaceholder("Find objects").FillAsync("file-09999");
        await console.Says("1 match");
        await Expect(console.Button("file-09999.txt")).ToBeVisibleAsync();
        await console.Page.GetByPlaceholder("Find objects").FillAsync("");
        await console.Look("many-objects");
        await Bounded(console);
    }

    [Fact]
    public async Task Log_events()
    {
        await using var server = await ConsolePage.Server();
        var js = new AwsJs(server);
        await js.Call("cloudwatch-logs", "CreateLogGroup", new { logGroupName = "many" });
        await js.Call("cloudwatch-logs", "CreateLogStream", new { logGroupName = "many", logStreamName = "one" });
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        await js.Call("cloudwatch-logs", "PutLogEvents", new { logGroupName = "many", logStreamName = "one", logEvents = Enumerable.Range(0, Many).Select(n => new { timestamp = now - Many + n, message = $"line {n:00000}" }) });
        await using var console = await ConsolePage.Open(browser, server);
        await console.Go("/logs/many?tab=search");
        await console.Says("Shown are the last 2,000 of the first 10,000 events");
        await Bounded(console);
        await console.Look("many-log-events");
        var filter = console.Page.GetByPlaceholder("Filter events – press enter to search");
        await filter.FillAsync("\"line 00042\"");
        await filter.PressAsync("Enter");
        await Expect(console.Page.Locator(".log .line")).ToHaveCountAsync(1);
        await console.Says("line 00042");
    }

    [Fact]
    public async Task Requests()
    {
        await using var server = await ConsolePage.Server();
        using var http = new HttpClient();
        await Each(async n => (await http.GetAsync(new Uri(server.Endpoint, $"/_galley/execute-api/none/path-{n:00000}"))).Dispose());
        await using var console = await ConsolePage.Open(browser, server);
        await console.Go("/requests");
        await Expect(console.Page.GetByRole(AriaRole.Row).Nth(100)).ToBeVisibleAsync();
        await Expect(console.Page.Locator("tbody tr")).ToHaveCountAsync(200);
        await Bounded(console);
        await console.Look("many-requests");
        await console.Page.GetByPlaceholder("Find requests").FillAsync("nothing of this kind");
        await console.Says("No requests yet");
    }

    private static Task Counted(ConsolePage console, string title, string count)
        => Expect(console.Page.GetByRole(AriaRole.Heading, new() { Name = $"{title} {count}" })).ToBeVisibleAsync();

    private static async Task Bounded(ConsolePage console)
        => Assert.InRange(await console.Page.EvaluateAsync<int>("document.getElementsByTagName('*').length"), 1, MostNodes);

    private static Task Each(Func<int, Task> act) => Parallel.ForAsync(0, Many, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (n, _) => await act(n));

    private static SignedHttp Root(GalleyServer server) => new(server.Endpoint, server.Region, server.AccessKeyId, server.SecretAccessKey);
}

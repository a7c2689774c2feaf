using System.Text.Json.Nodes;
using Galley.Tests.Lambda;
using Galley.Tests.Tutorial;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Galley.Tests.WebConsole;

/// <summary>What people do in a console every day, by clicking, and by the keyboard alone.</summary>
public class DailyWorkTests(Browser browser) : IClassFixture<Browser>
{
    [Fact]
    public async Task Items_are_filtered_queried_and_edited_as_plain_and_as_DynamoDB_JSON()
    {
        await using var server = await ConsolePage.Server();
        var js = new AwsJs(server);
        await js.Call("dynamodb", "CreateTable", JsonNode.Parse("""{"TableName":"recipes","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"name","AttributeType":"S"}],"KeySchema":[{"AttributeName":"name","KeyType":"HASH"}]}""")!);
        foreach (var (name, calories) in ((string, int)[])[("Pizza", 895), ("Salad", 410)]) await js.Call("dynamodb", "PutItem", new { TableName = "recipes", Item = new { name = new { S = name }, calories = new { N = $"{calories}" } } });
        await using var console = await ConsolePage.Open(browser, server);
        await console.Go("/dynamodb/recipes");
        await console.Says("2 items scanned, 2 returned");
        await console.Page.GetByRole(AriaRole.Button, new() { Name = "Filters", Exact = true }).ClickAsync();
        await console.Button("Add filter").ClickAsync();
        await console.Fill("Attribute name", "calories");
        await console.Choose("Condition", "Greater than");
        await console.Choose("Type", "Number");
        await console.Fill("Value", "500");
        await console.Button("Run").ClickAsync();
        await console.Says("2 items scanned, 1 returned");

        await console.Button("Edit Pizza").ClickAsync();
        await console.Write("""{"name":"Pizza","calories":900}""");
        await console.Dialog.GetByText("View DynamoDB JSON").ClickAsync();
        await Expect(console.Dialog.Locator(".ace_content")).ToContainTextAsync("\"N\": \"900\"");
        await console.Write("""{"name":{"S":"Pizza"},"calories":{"N":"901"},"tags":{"SS":["hot"]}}""");
        await console.In(AriaRole.Dialog, "Save").ClickAsync();
        await console.Says("The item was saved");
        Assert.Equal("""{"calories":{"N":"901"},"name":{"S":"Pizza"},"tags":{"SS":["hot"]}}""", Sorted((await js.Call("dynamodb", "GetItem", new { TableName = "recipes", Key = new { name = new { S = "Pizza" } } }))["Item"]!.AsObject()));
        // what the API refuses is told in the dialog, in AWS's words
        await console.Button("Create item").First.ClickAsync();
        await console.Write("""{"calories":1}""");
        await console.In(AriaRole.Dialog, "Create item").ClickAsync();
        await Expect(console.Dialog).ToContainTextAsync("One or more parameter values were invalid: Missing the key name in the item");

        static string Sorted(JsonObject item) => new JsonObject(item.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone()))).ToJsonString();
    }

    [Fact]
    public async Task A_user_is_made_and_joins_a_group()
    {
        await using var server = await ConsolePage.Server();
        var pool = (string)(await new AwsJs(server).Call("cognito-identity-provider", "CreateUserPool", new { PoolName = "people" }))["UserPool"]!["Id"]!;
        await using var console = await ConsolePage.Open(browser, server);
        await console.Go($"/cognito/{pool}?tab=groups");
        await console.Button("Create group").ClickAsync();
        await console.Fill("Group name", "cooks");
        await console.In(AriaRole.Dialog, "Create group").ClickAsync();
        await console.Says("cooks");
        await console.Tab("Users");
        await console.Button("Create user").ClickAsync();
        await console.Fill("User name", "ann");
        await console.In(AriaRole.Dialog, "Create user").ClickAsync();
        await console.Says("User ann was created");
        await console.Page.GetByRole(AriaRole.Checkbox, new() { Name = "Choose ann" }).CheckAsync();
        await console.Button("Actions").ClickAsync();
        await console.Page.GetByRole(AriaRole.Menuitem, new() { Name = "Groups" }).ClickAsync();
        await console.ChooseMany("Groups", "cooks");
        await console.In(AriaRole.Dialog, "Save").ClickAsync();
        await console.Says("The groups of ann were saved");
        Assert.Contains("cooks", (await new AwsJs(server).Call("cognito-identity-provider", "AdminListGroupsForUser", new { UserPoolId = pool, Username = "ann" })).ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_is_uploaded_and_the_edge_tells_why_it_hit_and_missed()
    {
        await using var server = await ConsolePage.Server();
        var js = new AwsJs(server);
        await js.Call("s3", "CreateBucket", new { Bucket = "site", CreateBucketConfiguration = new { LocationConstraint = "eu-west-2" } });
        await js.Call("s3", "PutPublicAccessBlock", new { Bucket = "site", PublicAccessBlockConfiguration = new { BlockPublicPolicy = false, RestrictPublicBuckets = false } });
        await js.Call("s3", "PutBucketPolicy", new { Bucket = "site", Policy = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::site/*"}]}""" });
        var config = CloudFront.Configs.Bucket("site");
        config["DefaultCacheBehavior"]!["ViewerProtocolPolicy"] = "allow-all";
        var made = (await js.Call("cloudfront", "CreateDistribution", new JsonObject { ["DistributionConfig"] = config }))["Distribution"]!;
        var folder = Directory.CreateTempSubdirectory("console-site-");
        try
        {
            Directory.CreateDirectory(Path.Combine(folder.FullName, "css"));
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "index.html"), "<title>site</title>");
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "css", "main.css"), "body{}");
            await using var console = await ConsolePage.Open(browser, server);
            await console.Go("/s3/site");
            await console.Page.GetByTestId("folder").SetInputFilesAsync(folder.FullName);
            await console.In(AriaRole.Dialog, "Upload").ClickAsync();
            await console.Says("Upload succeeded: 2 files");
            Assert.Equal(["css/main.css", "index.html"], (await js.Call("s3", "ListObjectsV2", new { Bucket = "site" }))["Contents"]!.AsArray().Select(one => (string)one!["Key"]!));
            await console.Button("css/").ClickAsync();
            await console.Says("main.css");

            using var http = new HttpClient();
            http.DefaultRequestHeaders.Host = (string)made["DomainName"]!;
            for (var turn = 0; turn < 2; turn++) Assert.Equal("body{}", await http.GetStringAsync(new Uri(server.Endpoint, "/css/main.css")));
            await console.Go($"/cloudfront/{(string)made["Id"]!}?tab=cache");
            var rows = console.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = "/css/main.css" });
            await Expect(rows).ToHaveCountAsync(2);
            await Expect(rows.Filter(new() { HasText = "Hit" })).ToHaveCountAsync(1);
            await Expect(rows.Filter(new() { HasText = "Miss" })).ToHaveCountAsync(1);
            await console.Look("cache-look-ups");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_roles_rights_are_simulated()
    {
        await using var server = await ConsolePage.Server();
        await new TestFunctions(server).Role("reader", "dynamodb:Scan");
        await using var console = await ConsolePage.Open(browser, server);
        await console.Go("/iam/roles/reader");
        await console.Tab("Simulate");
        await console.Button("Run simulation").ClickAsync();
        await console.Says("dynamodb:Scan on *: allowed");
        await console.Says("dynamodb:DeleteTable on *: denied: no statement allows it");
        await console.Look("simulate");
    }

    [Fact]
    public async Task A_bucket_is_made_by_the_keyboard_alone()
    {
        await using var server = await ConsolePage.Server();
        await using var console = await ConsolePage.Open(browser, server);
        await console.Go("/s3");
        await console.Says("No buckets");
        await TabTo("Create bucket");
        await console.Page.Keyboard.PressAsync("Enter");
        await TabTo("Bucket name");
        await console.Page.Keyboard.TypeAsync("by-keyboard");
        await console.Page.Keyboard.PressAsync("Enter");
        await console.Says("Successfully created bucket by-keyboard");

        // Onwards by Tab alone, as long as it takes; every stop on the way is seen.
        async Task TabTo(string name)
        {
            for (var stop = 0; stop < 80; stop++)
            {
                await console.Page.Keyboard.PressAsync("Tab");
                var at = await console.Page.EvaluateAsync<string>("(() => { const e = document.activeElement; return [e.getAttribute('aria-label') ?? '', e.labels?.[0]?.textContent ?? '', e.textContent].find(t => t.trim()) ?? '' })()");
                if (at.Trim() == name) return;
            }

            Assert.Fail($"Tab never came to {name}");
        }
    }
}

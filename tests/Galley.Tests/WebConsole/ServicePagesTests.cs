using System.Text.Json.Nodes;
using Galley.Tests.Lambda;
using Galley.Tests.Tutorial;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Galley.Tests.WebConsole;

/// <summary>What the tutorial does not use and people do all the same, by clicking: layers, function URLs, versions of objects, second factors, templates of what was made by hand.</summary>
public class ServicePagesTests(Browser browser) : IClassFixture<Browser>
{
    [Fact]
    public async Task A_layer_is_made_and_given_to_a_function_that_gets_a_URL()
    {
        await using var server = await ConsolePage.Server();
        await Function(server, "import shared\n\n\ndef f(event, context):\n    return shared.word\n");
        await using var console = await ConsolePage.Open(browser, server);
        await console.Go("/layers");
        await console.Says("No layers");
        await console.Button("Create layer").ClickAsync();
        await console.Fill("Name", "words");
        await console.Dialog.Locator("input[type=file]").SetInputFilesAsync(new FilePayload { Name = "layer.zip", MimeType = "application/zip", Buffer = TestFunctions.Zip(("python/shared.py", "word = 'from the layer'\n")) });
        await console.In(AriaRole.Dialog, "Create").ClickAsync();
        await console.Says("Successfully created layer words version 1");
        await console.Says("arn:aws:lambda:eu-west-2:123456789012:layer:words:1");
        await console.Look("layer");

        await console.Go("/lambda/f?tab=configuration");
        await console.Button("Edit layers").ClickAsync();
        await console.Fill("Layer version ARNs", "arn:aws:lambda:eu-west-2:123456789012:layer:words:1");
        await console.In(AriaRole.Dialog, "Save").ClickAsync();
        await Expect(console.Link("words")).ToBeVisibleAsync();

        await console.Tab("Function URL");
        await console.Button("Create function URL").ClickAsync();
        await console.Page.GetByText("NONE", new() { Exact = true }).ClickAsync();
        await console.Look("function-url-dialog");
        await console.In(AriaRole.Dialog, "Save").ClickAsync();
        await console.Says("Successfully created the function URL of f");
        var url = await console.Page.GetByRole(AriaRole.Link, new() { NameRegex = new("lambda-url") }).First.GetAttributeAsync("href");
        var tab = await console.Context.NewPageAsync();
        await tab.GotoAsync(url!);
        Assert.Equal("from the layer", await tab.TextContentAsync("body"));
        await tab.CloseAsync();
        await console.Look("function-url");
        await console.Button("Delete").ClickAsync();
        await console.Fill("To confirm, type “delete”", "delete");
        await console.In(AriaRole.Dialog, "Delete").ClickAsync();
        await console.Says("No function URL");
    }

    [Fact]
    public async Task Versions_of_objects_are_seen_and_a_deleted_object_comes_back()
    {
        await using var server = await ConsolePage.Server();
        var js = new AwsJs(server);
        await js.Call("s3", "CreateBucket", new { Bucket = "kept", CreateBucketConfiguration = new { LocationConstraint = "eu-west-2" } });
        await js.Call("s3", "PutBucketVersioning", new { Bucket = "kept", VersioningConfiguration = new { Status = "Enabled" } });
        await js.Call("s3", "PutObject", new { Bucket = "kept", Key = "note.txt", Body = "first" });
        await js.Call("s3", "PutObject", new { Bucket = "kept", Key = "note.txt", Body = "second" });
        await js.Call("s3", "DeleteObject", new { Bucket = "kept", Key = "note.txt" });
        await using var console = await ConsolePage.Open(browser, server);
        await console.Go("/s3/kept");
        await console.Says("No objects");
        await console.Page.GetByText("Show versions").ClickAsync();
        await Expect(console.Button("note.txt")).ToHaveCountAsync(3);
        await Expect(console.Page.GetByText("Delete marker")).ToHaveCountAsync(1);
        await console.Look("object-versions");
        await console.Button("note.txt").Last.ClickAsync();
        var download = await console.Page.RunAndWaitForDownloadAsync(() => console.In(AriaRole.Dialog, "Download").ClickAsync());
        Assert.Equal("first", await File.ReadAllTextAsync(await download.PathAsync()));
        await console.In(AriaRole.Dialog, "Close").ClickAsync();
        // the marker goes, the object is back
        await console.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = "Delete marker" }).GetByRole(AriaRole.Checkbox).CheckAsync();
        await console.Button("Delete").ClickAsync();
        await console.Fill("To confirm, type “delete”", "delete");
        await console.In(AriaRole.Dialog, "Delete").ClickAsync();
        await Expect(console.Button("note.txt")).ToHaveCountAsync(2);
        await console.Page.GetByText("Show versions").ClickAsync();
        await Expect(console.Button("note.txt")).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task A_pools_defaults_are_reviewed_and_changed_and_its_second_factors_set()
    {
        await using var server = await ConsolePage.Server();
        await using var console = await ConsolePage.Open(browser, server);
        await console.Go("/cognito/create");
        await console.Fill("Pool name", "people");
        await console.Button("Review defaults").ClickAsync();
        await console.Says("These cannot be changed after the pool was made.");
        await console.Says("lower case, upper case, numbers, special characters");
        await console.Look("pool-review");
        await console.Button("Edit passwords").ClickAsync();
        await console.Page.GetByRole(AriaRole.Spinbutton, new() { Name = "Minimum password length" }).FillAsync("12");
        await console.Button("Create pool").ClickAsync();
        await console.Says("At least 12 characters");
        await console.Tab("Sign-in");
        await console.Says("No MFA");
        await console.In(AriaRole.Tabpanel, "Edit").ClickAsync();
        await console.Page.GetByText("Require MFA").ClickAsync();
        await console.Dialog.GetByLabel("Email message").CheckAsync();
        await console.Look("pool-mfa-dialog");
        await console.In(AriaRole.Dialog, "Save changes").ClickAsync();
        await console.Says("Multi-factor authentication was saved");
        await Expect(console.Page.GetByText("Active", new() { Exact = true })).ToHaveCountAsync(2);
        await console.Look("pool-mfa");
        var pool = new Uri(console.Page.Url).Segments[^1];
        Assert.Equal("ON", (string)(await new AwsJs(server).Call("cognito-identity-provider", "GetUserPoolMfaConfig", new { UserPoolId = pool }))["MfaConfiguration"]!);
        // what the API refuses is told in place, in AWS's words
        await console.In(AriaRole.Tabpanel, "Edit").ClickAsync();
        await console.Dialog.GetByLabel("Email message").UncheckAsync();
        await console.Dialog.GetByLabel("Authenticator apps").UncheckAsync();
        await console.In(AriaRole.Dialog, "Save changes").ClickAsync();
        await Expect(console.Dialog).ToContainTextAsync("Invalid MFA configuration given, can't disable all MFAs with a required or optional configuration.");
    }

    [Fact]
    public async Task What_was_made_by_hand_is_exported_as_a_template_that_deploys()
    {
        await using var server = await ConsolePage.Server();
        var js = new AwsJs(server);
        await js.Call("dynamodb", "CreateTable", JsonNode.Parse("""{"TableName":"by-hand","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],"KeySchema":[{"AttributeName":"id","KeyType":"HASH"}]}""")!);
        const string template = """{"Resources":{"Groups":{"Type":"AWS::Logs::LogGroup","Properties":{"LogGroupName":"of-a-stack"}}}}""";
        await js.Call("cloudformation", "CreateStack", new { StackName = "app", TemplateBody = template });
        await using var console = await ConsolePage.Open(browser, server);
        await console.Go("/stacks/app?tab=template");
        var stack = await console.Page.RunAndWaitForDownloadAsync(() => console.Button("Export the stack as a template").ClickAsync());
        Assert.Equal((template, "app.template.json"), (await File.ReadAllTextAsync(await stack.PathAsync()), stack.SuggestedFilename));

        await console.Go("/stacks");
        await console.Link("Export as a template").ClickAsync();
        await console.Says("by-hand");
        Assert.Equal(0, await console.Page.GetByText("of-a-stack").CountAsync());
        await console.Button("Export all").ClickAsync();
        var download = await console.Page.RunAndWaitForDownloadAsync(() => console.Button("Download").ClickAsync());
        var text = await File.ReadAllTextAsync(await download.PathAsync());
        Assert.Contains("AWS::DynamoDB::Table", text, StringComparison.Ordinal);
        Assert.DoesNotContain("GalleyConsole", text, StringComparison.Ordinal); // Galley's own role is nobody's
        await console.Look("export");
        await using var other = await ConsolePage.Server();
        await new AwsJs(other).Call("cloudformation", "CreateStack", new { StackName = "copy", TemplateBody = text });
        Assert.Equal(("CREATE_COMPLETE", null), await CopyAsTests.Ended(new AwsJs(other), "copy"));
        Assert.Contains("by-hand", (await new AwsJs(other).Call("dynamodb", "ListTables"))["TableNames"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Empty((await js.Call("cloudformation", "ListGeneratedTemplates"))["Summaries"]!.AsArray());
    }

    private static async Task Function(GalleyServer server, string code)
    {
        var functions = new TestFunctions(server);
        await functions.Create("f", "python3.13", "f.f", TestFunctions.Zip(("f.py", code)), await functions.Role("r"));
    }
}

using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Galley.Tests.Tutorial;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Galley.Tests.WebConsole;

/// <summary>The tutorial's six steps by the console alone, from an empty Galley to recipes behind a sign-in.</summary>
public sealed partial class TutorialByConsoleTests(Browser browser) : IClassFixture<Browser>
{
    private const string Callback = "https://www.google.com/authenticate";

    private const string App = """
        <!doctype html><title>Recipes</title><body><h1>Welcome</h1><a href="LOGIN">Please log-in</a><ul></ul>
        <script type="module">
        const code = new URLSearchParams(location.search).get('code')
        if (location.pathname === '/authenticate' && code) {
          const { access_token } = await (await fetch('API/token/' + code)).json()
          const recipes = await (await fetch('API/recipes', { headers: { Authorization: 'Bearer ' + access_token } })).json()
          for (const one of recipes) document.querySelector('ul').insertAdjacentHTML('beforeend', `<li>${one.name} - (Category: ${one.category})</li>`)
        }
        </script></body>
        """;

    [Fact]
    public async Task The_six_steps_by_the_console_alone()
    {
        Assert.SkipUnless(await Imports("boto3") && await Imports("requests"), "needs boto3 and requests: pip install boto3 requests");
        await using var server = await ConsolePage.Server();
        await using var console = await ConsolePage.Open(browser, server);
        await console.Context.RouteAsync("https://www.google.com/**", route => route.FulfillAsync(new RouteFulfillOptions { Body = "google" }));
        await MakeTable(console);
        await CopyIt(console);
        await MakeFunction(console);
        var (apiPath, api) = await MakeApi(console, server);
        var (clientPath, clientId, secret, issuer) = await MakePool(console);
        await SignUp(console);
        await MakeTokenExchange(console, clientId, secret);
        await AddTokenRoute(console, apiPath);
        await PublishSite(console);
        var site = await MakeDistribution(console);
        await MoveCallback(console, clientPath, site.Replace($".localhost:{server.Port}", ".net", StringComparison.Ordinal).Replace("http:", "https:", StringComparison.Ordinal));
        await Guard(console, apiPath, site.Replace($".localhost:{server.Port}", ".net", StringComparison.Ordinal).Replace("http:", "https:", StringComparison.Ordinal), issuer, clientId);
        await UploadApp(console, api, clientId, site, server);
        await UseTheApp(console, site);
        await SeeIt(console);
    }

    private static async Task MakeTable(ConsolePage console)
    {
        await console.Link("Create table").ClickAsync();
        await console.Fill("Table name", "recipes");
        await console.Page.GetByPlaceholder("Enter the partition key name").FillAsync("name");
        await console.Page.GetByPlaceholder("Enter the sort key name").FillAsync("category");
        await console.Page.GetByText("Customize settings").ClickAsync();
        await console.Button("Create global index").ClickAsync();
        await console.Dialog.GetByPlaceholder("Enter the partition key name").FillAsync("category");
        await console.In(AriaRole.Dialog, "Create index").ClickAsync();
        await console.Button("Create table").ClickAsync();
        await Item(console, """{"name":"Pizza","category":"Fast Food","calories":895,"aliments":"Chorizo, vegetables, tomatoes and cheese, a lot of cheese!","duration":15}""");
        await Item(console, """{"name":"Salad","category":"Bio","calories":410,"aliments":"Salad, cucumber, tomatoes and tuna.","duration":15}""");
        await console.Says("895");
        await console.Tab("Indexes");
        await console.Says("category-index");
    }

    /// <summary>What was clicked, as a command and as a template's resource.</summary>
    private static async Task CopyIt(ConsolePage console)
    {
        await console.Button("Copy as").ClickAsync();
        await console.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("dynamodb CreateTable") }).ClickAsync();
        await console.Says("aws dynamodb create-table");
        await console.Page.GetByRole(AriaRole.Tab, new() { Name = "Template", Exact = true }).ClickAsync();
        await console.Says("Type: AWS::DynamoDB::Table");
        await console.Button("Copy as").ClickAsync();
    }

    private static async Task Item(ConsolePage console, string json)
    {
        await console.Button("Create item").First.ClickAsync();
        await console.Write(json);
        await console.In(AriaRole.Dialog, "Create item").ClickAsync();
        await Expect(console.Dialog).ToHaveCountAsync(0);
    }

    private static async Task MakeFunction(ConsolePage console)
    {
        await console.Link("Lambda functions").ClickAsync();
        await console.Link("Create function").First.ClickAsync();
        await console.Fill("Function name", "GetRecipes");
        await console.Choose("Runtime", "Python 3.8");
        await console.Page.GetByText("Create a new role from AWS policy templates").ClickAsync();
        await console.Fill("Role name", "myDynamoDbRole");
        await console.ChooseMany("Policy templates", "Simple microservice permissions");
        await console.Button("Create function").ClickAsync();
        await console.Write(await Source("GetRecipes"));
        await console.Button("Deploy").ClickAsync();
        await console.Says("Successfully updated the function GetRecipes");
        await console.Tab("Test");
        await console.In(AriaRole.Tabpanel, "Test").ClickAsync();
        await console.Says("Executing function: succeeded");
        await console.Says("\"calories\": 895");
        await console.Says("REPORT RequestId:");
    }

    private static async Task<(string Path, string Url)> MakeApi(ConsolePage console, GalleyServer server)
    {
        await console.Link("HTTP APIs").ClickAsync();
        await console.Link("Create API").First.ClickAsync();
        await console.Fill("API name", "cook-recipes-api");
        await console.Button("Add integration").ClickAsync();
        await console.Choose("Lambda function", "GetRecipes");
        await console.Button("Next").ClickAsync();
        await console.Choose("Method", "GET");
        await console.Fill("Resource path", "/recipes");
        await console.Button("Next").ClickAsync();
        await console.Button("Next").ClickAsync();
        await console.Button("Create").ClickAsync();
        await console.Says("Successfully created API cook-recipes-api");
        var url = await console.Page.GetByRole(AriaRole.Link, new() { NameRegex = new("execute-api") }).First.GetAttributeAsync("href");
        var tab = await console.Context.NewPageAsync();
        await tab.GotoAsync(url + "/recipes");
        Assert.Equal(2, JsonDocument.Parse(await tab.TextContentAsync("body") ?? "").RootElement.GetArrayLength());
        await tab.CloseAsync();
        Assert.Contains($":{server.Port}", url, StringComparison.Ordinal);
        return (new Uri(console.Page.Url).AbsolutePath, url!);
    }

    private static async Task<(string Path, string ClientId, string Secret, string Issuer)> MakePool(ConsolePage console)
    {
        await console.Link("User pools").ClickAsync();
        await console.Link("Create user pool").First.ClickAsync();
        await console.Fill("Pool name", "CookRecipePool");
        await console.Button("Review defaults").ClickAsync();
        await console.Button("Create pool").ClickAsync();
        await console.Says("User pool information");
        var issuer = Issuer().Match(await console.Page.ContentAsync()).Value;
        await console.Tab("Domain");
        await console.Button("Create Cognito domain").ClickAsync();
        await console.Fill("Domain prefix", "cook-recipes-app");
        await console.In(AriaRole.Dialog, "Create Cognito domain").ClickAsync();
        await console.Says("The domain cook-recipes-app is ready");
        await console.Tab("App clients");
        await console.Button("Add an app client").ClickAsync();
        await console.Fill("App client name", "CookRecipeApp");
        await console.In(AriaRole.Dialog, "Create app client").ClickAsync();
        await console.Says("App client information");
        Assert.DoesNotMatch(SecretForm(), await console.Page.Locator("main").TextContentAsync() ?? "");
        await console.Button("Show client secret").ClickAsync();
        await Expect(console.Button("Hide")).ToBeVisibleAsync();
        var path = new Uri(console.Page.Url).AbsolutePath;
        var secret = await console.Page.GetByText(SecretForm()).First.TextContentAsync();
        await Settings(console, Callback);
        return (path, path.Split('/')[^1], secret!.Trim(), issuer);
    }

    [GeneratedRegex(@"https://cognito-idp\.eu-west-2\.amazonaws\.com/eu-west-2_[A-Za-z0-9]{9}")]
    private static partial Regex Issuer();

    [GeneratedRegex("^[a-z0-9]{48,56}$")]
    private static partial Regex SecretForm();

    private static async Task Settings(ConsolePage console, string url)
    {
        await console.Button("Edit").ClickAsync();
        if (await console.Dialog.GetByText("Cognito User Pool").CountAsync() == 0)
        {
            await console.ChooseMany("Enabled identity providers", "Cognito User Pool");
            await console.ChooseMany("Allowed OAuth Flows", "Authorization code grant");
            await console.ChooseMany("Allowed OAuth Scopes", "openid", "email");
        }

        await console.Fill("Callback URL(s)", url);
        await console.Fill("Sign out URL(s)", url);
        await console.In(AriaRole.Dialog, "Save changes").ClickAsync();
        await console.Says("The app client settings were saved");
    }

    private static async Task SignUp(ConsolePage console)
    {
        var login = await console.Context.RunAndWaitForPageAsync(() => console.Link("Open sign-in page", exact: false).ClickAsync());
        await login.ClickAsync("text=Sign up");
        await login.FillAsync("#username", "ann");
        await login.FillAsync("[name='requiredAttributes[email]']", "ann@example.com");
        await login.FillAsync("#password", "Passw0rd!");
        await login.ClickAsync("button.submitButton-customizable");
        await login.WaitForURLAsync("**/confirmUser?**");
        await console.Link("Inbox").ClickAsync();
        await console.Says("ann@example.com");
        var code = Regex.Match(await console.Page.TextContentAsync("main") ?? "", "Code ([0-9]{6})").Groups[1].Value;
        await login.FillAsync("#code", code);
        await login.ClickAsync("button.submitButton-customizable");
        await login.WaitForURLAsync(Callback + "?code=**");
        await login.CloseAsync();
    }

    private static async Task MakeTokenExchange(ConsolePage console, string clientId, string secret)
    {
        await console.Link("Lambda functions").ClickAsync();
        await console.Link("Create function").First.ClickAsync();
        await console.Fill("Function name", "CognitoTokenExchange");
        await console.Choose("Runtime", "Python 3.8");
        await console.Button("Create function").ClickAsync();
        await console.Button("Upload .zip file").ClickAsync();
        await console.Dialog.Locator("input[type=file]").SetInputFilesAsync(new FilePayload { Name = "function.zip", MimeType = "application/zip", Buffer = await TutorialByHand.ZipWithRequests((await Source("CognitoTokenExchange"))) });
        await console.In(AriaRole.Dialog, "Save").ClickAsync();
        await console.Says("Successfully updated the function CognitoTokenExchange");
        await console.Tab("Configuration");
        await console.Button("Edit").First.ClickAsync();
        await console.Dialog.GetByRole(AriaRole.Spinbutton, new() { Name = "Timeout (seconds)" }).FillAsync("60");
        await console.In(AriaRole.Dialog, "Save").ClickAsync();
        await Expect(console.Dialog).ToHaveCountAsync(0);
        await Environment(console, ("CLIENT_ID", clientId), ("CLIENT_SECRET", secret));
        await console.Tab("Test");
        await console.Choose("Event", "New from template: Path parameter");
        await console.Fill("Event name – optional", "BadCode");
        await console.Write("""{"pathParameters": {"code": "bad"}}""");
        await console.Button("Save").ClickAsync();
        await console.Says("The test event BadCode was saved");
        await console.In(AriaRole.Tabpanel, "Test").ClickAsync();
        await console.Says("Executing function: succeeded");
        await console.Says("invalid_grant");
    }

    private static async Task Environment(ConsolePage console, params (string Name, string Value)[] variables)
    {
        await console.Button("Edit").Nth(1).ClickAsync();
        foreach (var (name, value) in variables)
        {
            var at = await console.Dialog.GetByRole(AriaRole.Textbox, new() { Name = "Key" }).CountAsync();
            await console.In(AriaRole.Dialog, "Add environment variable").ClickAsync();
            await console.Dialog.GetByRole(AriaRole.Textbox, new() { Name = "Key" }).Nth(at).FillAsync(name);
            await console.Dialog.GetByRole(AriaRole.Textbox, new() { Name = "Value" }).Nth(at).FillAsync(value);
        }

        await console.In(AriaRole.Dialog, "Save").ClickAsync();
        await Expect(console.Dialog).ToHaveCountAsync(0);
    }

    private static async Task AddTokenRoute(ConsolePage console, string apiPath)
    {
        await console.Go(apiPath);
        await console.Button("Create route").ClickAsync();
        await console.Fill("Path", "/token/{code}");
        await console.In(AriaRole.Dialog, "Create").ClickAsync();
        await console.Button("Attach integration to GET /token/{code}").ClickAsync();
        await console.Choose("Integration", "New: Lambda function CognitoTokenExchange", console.Dialog);
        await console.In(AriaRole.Dialog, "Attach integration").ClickAsync();
        await console.Says("Lambda: CognitoTokenExchange");
    }

    private static async Task PublishSite(ConsolePage console)
    {
        await console.Link("S3 buckets").ClickAsync();
        await console.Link("Create bucket").First.ClickAsync();
        await console.Fill("Bucket name", "cook-recipe-app");
        await console.Button("Create bucket").ClickAsync();
        await Upload(console, ("index.html", "<!doctype html><title>Recipes</title>"));
        await console.Tab("Properties");
        await console.In(AriaRole.Tabpanel, "Edit").ClickAsync();
        await console.Fill("Error document – optional", "index.html");
        await console.In(AriaRole.Dialog, "Save changes").ClickAsync();
        await console.Says("Successfully edited static website hosting");
        await console.Tab("Permissions");
        var edit = console.In(AriaRole.Tabpanel, "Edit");
        await edit.Nth(1).ClickAsync();
        await console.In(AriaRole.Dialog, "Save changes").ClickAsync();
        // AWS's own words, in place
        await Expect(console.Dialog).ToContainTextAsync("because public policies are blocked by the BlockPublicPolicy block public access setting");
        await console.In(AriaRole.Dialog, "Cancel").ClickAsync();
        await edit.First.ClickAsync();
        await console.Dialog.GetByLabel("Block all public access").UncheckAsync();
        await console.In(AriaRole.Dialog, "Save changes").ClickAsync();
        await console.Says("Successfully edited Block Public Access settings");
        await edit.Nth(1).ClickAsync();
        await console.In(AriaRole.Dialog, "Save changes").ClickAsync();
        await console.Says("Successfully edited bucket policy");
        await console.Says("Public");
    }

    private static async Task Upload(ConsolePage console, params (string Name, string Text)[] files)
    {
        await console.Page.GetByTestId("files").SetInputFilesAsync(files.Select(file => new FilePayload { Name = file.Name, MimeType = "text/html", Buffer = System.Text.Encoding.UTF8.GetBytes(file.Text) }));
        await console.In(AriaRole.Dialog, "Upload").ClickAsync();
        await console.Says("Upload succeeded");
    }

    private static async Task<string> MakeDistribution(ConsolePage console)
    {
        await console.Link("CloudFront distributions").ClickAsync();
        await console.Link("Create distribution").First.ClickAsync();
        await console.Choose("Origin domain", "cook-recipe-app.s3.eu-west-2.amazonaws.com");
        await console.Choose("Viewer protocol policy", "HTTP and HTTPS");
        await console.Page.GetByText("Single-page app").ClickAsync();
        await console.Button("Create distribution").ClickAsync();
        await console.Says("Successfully created new distribution");
        var site = await console.Page.GetByRole(AriaRole.Link, new() { NameRegex = new(@"cloudfront\.localhost") }).First.GetAttributeAsync("href");
        await console.Tab("Error pages");
        await console.Says("/index.html");
        return site!;
    }

    private static async Task MoveCallback(ConsolePage console, string clientPath, string site)
    {
        await console.Go(clientPath);
        await Settings(console, site + "/authenticate");
        await console.Link("Lambda functions").ClickAsync();
        await console.Link("CognitoTokenExchange").ClickAsync();
        await console.Tab("Configuration");
        await Environment(console, ("REDIRECT_URI", site + "/authenticate"));
    }

    private static async Task Guard(ConsolePage console, string apiPath, string site, string issuer, string clientId)
    {
        await console.Go(apiPath + "?tab=cors");
        await console.Button("Configure").ClickAsync();
        await console.Fill("Access-Control-Allow-Origin", site);
        await console.Fill("Access-Control-Allow-Headers", "authorization");
        await console.Fill("Access-Control-Allow-Methods", "GET");
        await console.In(AriaRole.Dialog, "Save").ClickAsync();
        await console.Says("Successfully configured CORS");
        await console.Tab("Authorization");
        await console.Button("Create JWT authorizer").ClickAsync();
        await console.Fill("Name", "cognito");
        await console.Fill("Issuer URL", issuer);
        await console.Fill("Audience", clientId);
        await console.In(AriaRole.Dialog, "Create").ClickAsync();
        await console.Says("Successfully created authorizer cognito");
        await console.Tab("Routes");
        await console.Button("None, attach authorization to GET /recipes").ClickAsync();
        await console.Choose("Authorizer", "cognito", console.Dialog);
        await console.In(AriaRole.Dialog, "Attach authorizer").ClickAsync();
        await console.Says("JWT Auth");
    }

    private static async Task UploadApp(ConsolePage console, string api, string clientId, string site, GalleyServer server)
    {
        var login = $"http://cook-recipes-app.auth.eu-west-2.localhost:{server.Port}/login?response_type=code&client_id={clientId}&redirect_uri={site}/authenticate";
        await console.Go("/s3/cook-recipe-app");
        await Upload(console, ("index.html", App.Replace("API", api, StringComparison.Ordinal).Replace("LOGIN", login, StringComparison.Ordinal)));
        await console.Link("CloudFront distributions").ClickAsync();
        await console.Page.GetByRole(AriaRole.Link, new() { NameRegex = new("^E[A-Z0-9]+$") }).First.ClickAsync();
        await console.Tab("Invalidations");
        await console.Button("Create invalidation").ClickAsync();
        await console.In(AriaRole.Dialog, "Create invalidation").ClickAsync();
        await console.Says("Successfully created the invalidation");
    }

    private static async Task UseTheApp(ConsolePage console, string site)
    {
        var app = await console.Context.NewPageAsync();
        app.SetDefaultTimeout(60_000);
        await app.GotoAsync(site + "/");
        await app.ClickAsync("text=Please log-in");
        await app.GetByRole(AriaRole.Button, new() { Name = "Sign In as ann" }).ClickAsync(); // the sign-in page remembers who signed up
        await Expect(app.GetByText("Pizza - (Category: Fast Food)")).ToBeVisibleAsync();
        await Expect(app.GetByText("Salad - (Category: Bio)")).ToBeVisibleAsync();
        await app.CloseAsync();
    }

    /// <summary>What happened is seen: the request with its way through authorizer and function to the table, the picture, the commands.</summary>
    private static async Task SeeIt(ConsolePage console)
    {
        await console.Link("Live requests").ClickAsync();
        await console.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = "/recipes" }).Filter(new() { HasText = "authorizer → GetRecipes → dynamodb Scan" }).First.ClickAsync();
        await console.Says("function GetRecipes");
        await console.Look("tutorial-requests");
        await console.Go("/"); // the phone it was looked at with has closed the navigation
        await Expect(console.Page.GetByRole(AriaRole.Link, new() { NameRegex = new("^Function GetRecipes") })).ToBeVisibleAsync();
        await console.Look("tutorial-overview");
    }

    private static Task<string> Source(string function) => File.ReadAllTextAsync(Path.Combine(Repository.Root, "samples", "cook-recipes", "functions-python", function, "lambda_function.py"));

    private static async Task<bool> Imports(string module)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("python3", ["-c", "import " + module]) { RedirectStandardError = true })!;
            await process.WaitForExitAsync();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}

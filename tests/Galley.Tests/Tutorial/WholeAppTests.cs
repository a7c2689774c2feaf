using System.Text.Json.Nodes;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Galley.Tests.Tutorial;

/// <summary>Checklist rows 87 to 100 in a browser: the sample through CloudFront, sign-up by mailed code, the API with its JWT authorizer.</summary>
[Collection(nameof(SampleApp))]
public sealed class WholeAppTests(SampleApp app)
{
    private const string Password = "Passw0rd!";

    [Fact]
    public async Task Rows_065_066_070_087_The_site_opens_at_its_root_and_asks_to_log_in()
    {
        await using var context = await app.Browser.NewContext();
        var page = await context.NewPageAsync();
        var answer = await page.GotoAsync(app.Site);
        Assert.Equal(200, answer!.Status);
        await Expect(page.GetByText("Serverless RecipeApi")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Welcome to our Recipe List App" })).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Please log-in to see recipes list." })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Row_088_Listing_while_logged_out_sends_a_bad_token_and_ends_at_unauthorized()
    {
        await using var context = await app.Browser.NewContext();
        var page = await context.NewPageAsync();
        await page.GotoAsync(app.Site);
        var refused = await page.RunAndWaitForResponseAsync(
            () => page.GetByRole(AriaRole.Link, new() { Name = "List recipes" }).ClickAsync(), response => response.Url.EndsWith("/recipes", StringComparison.Ordinal) && response.Request.Method == "GET" && response.Status == 401);
        Assert.Equal("Bearer null", await refused.Request.HeaderValueAsync("authorization"));
        Assert.Equal("Bearer scope=\"\" error=\"invalid_token\" error_description=\"token contains an invalid number of segments\"", await refused.HeaderValueAsync("www-authenticate"));
        await Expect(page).ToHaveURLAsync(app.Site + "/unauthorized");
        await Expect(page.GetByText("Access Forbidden")).ToBeVisibleAsync();
        await Expect(page.GetByText("You are not supposed to be there.")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Row_089_A_redirect_that_is_not_registered_never_redirects()
    {
        await using var context = await app.Browser.NewContext();
        var page = await context.NewPageAsync();
        var answer = await page.GotoAsync($"{app.Outputs["CognitoUrl"]}/login?response_type=code&client_id={app.Outputs["ClientId"]}&redirect_uri=https://www.google.com/authenticate");
        Assert.Equal(400, answer!.Status);
        Assert.Contains("error=redirect_mismatch", page.Url, StringComparison.Ordinal);
        await Expect(page.GetByText("An error was encountered with the requested page.")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Rows_092_to_098_Sign_up_by_mailed_code_list_recipes_log_out_and_sign_in_again()
    {
        await using var context = await app.Browser.NewContext();
        var page = await context.NewPageAsync();
        await page.GotoAsync(app.Site);
        await page.GetByRole(AriaRole.Link, new() { Name = "Please log-in" }).ClickAsync();
        await SignUp(page, "ann");

        // rows 93 to 96: back at the app with a code, which is exchanged once
        await Expect(page.GetByText("You are now logged-in, you can list all your recipes")).ToBeVisibleAsync();
        var token = await page.EvaluateAsync<string>("localStorage.getItem('recipe-app-jwt')");
        var claims = JsonNode.Parse(FromBase64Url(token.Split('.')[1]))!;
        Assert.Equal("access", (string?)claims["token_use"]);
        Assert.DoesNotContain("code=", page.Url, StringComparison.Ordinal);

        // row 97
        await page.GetByRole(AriaRole.Link, new() { Name = "List recipes" }).ClickAsync();
        await Expect(page.GetByText("Pizza - (Category: Fast Food)")).ToBeVisibleAsync();
        await Expect(page.GetByText("Calories: 895")).ToBeVisibleAsync();
        await Expect(page.GetByText("Salad - (Category: Bio)")).ToBeVisibleAsync();
        await Expect(page.GetByText("Préparation:").First).ToBeVisibleAsync();

        // row 100: reload of a deep link
        var reloaded = await page.ReloadAsync();
        Assert.Equal(200, reloaded!.Status);
        await Expect(page.GetByText("Pizza - (Category: Fast Food)")).ToBeVisibleAsync();

        // row 98: the app forgets, the sign-in page remembers
        await page.GotoAsync(app.Site + "/logout");
        await Expect(page.GetByText("You have been disconnected from the app.")).ToBeVisibleAsync();
        await page.WaitForFunctionAsync("localStorage.getItem('recipe-app-jwt') === null");
        await page.GotoAsync(app.Site);
        await page.GetByRole(AriaRole.Link, new() { Name = "Please log-in" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign In as ann" }).ClickAsync();
        await Expect(page.GetByText("You are now logged-in")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Row_099_A_bad_code_is_told_in_words()
    {
        await using var context = await app.Browser.NewContext();
        var page = await context.NewPageAsync();
        await page.GotoAsync(app.Site + "/authenticate?code=bad");
        await Expect(page.GetByText("Sorry, but we were unable to proceed to your authentication.")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task An_admin_adds_changes_and_deletes_a_recipe_and_others_cannot()
    {
        await using var context = await app.Browser.NewContext(phone: true);
        var page = await context.NewPageAsync();
        await page.GotoAsync(app.Site);
        await page.GetByRole(AriaRole.Link, new() { Name = "Please log-in" }).ClickAsync();
        await SignUp(page, "chef");
        await Expect(page.GetByText("You are now logged-in")).ToBeVisibleAsync();
        var token = await page.EvaluateAsync<string>("localStorage.getItem('recipe-app-jwt')");

        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, app.Server.Endpoint + "recipes") { Content = new StringContent("""{"name":"x","category":"y"}""") };
        request.Headers.Host = new Uri(app.Outputs["ApiUrl"]).Authority;
        request.Headers.Authorization = new("Bearer", token);
        Assert.Equal(403, (int)(await http.SendAsync(request)).StatusCode);

        var js = new AwsJs(app.Server);
        await js.Call("cognito-identity-provider", "AdminAddUserToGroup", new { UserPoolId = app.Outputs["UserPoolId"], GroupName = "admin", Username = "chef" });
        await page.GotoAsync(app.Site + "/logout");
        await page.WaitForFunctionAsync("localStorage.getItem('recipe-app-jwt') === null");
        await page.GotoAsync(app.Site);
        await page.GetByRole(AriaRole.Link, new() { Name = "Please log-in" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign In as chef" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "List recipes" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Add a recipe" }).ClickAsync();
        await page.GetByLabel("Name").FillAsync("Soup");
        await page.GetByLabel("Category").FillAsync("Winter & more");
        await page.GetByLabel("Calories").FillAsync("120");
        await page.GetByLabel("Duration (minutes)").FillAsync("30");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(page.GetByText("Soup - (Category: Winter & more)")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Edit Soup" }).ClickAsync();
        await page.GetByLabel("Calories").FillAsync("130");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(page.GetByText("Calories: 130")).ToBeVisibleAsync();
        page.Dialog += (_, dialog) => dialog.AcceptAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete Soup" }).ClickAsync();
        await Expect(page.GetByText("Soup - (Category: Winter & more)")).ToHaveCountAsync(0);
    }

    /// <summary>From the sign-in page: to the form, the mailed code, and back to the app.</summary>
    private async Task SignUp(IPage page, string name)
    {
        var email = $"{name}@example.com";
        await page.GetByRole(AriaRole.Link, new() { Name = "Sign up" }).ClickAsync();
        await page.GetByLabel("Username").FillAsync(name);
        await page.GetByLabel("Email").FillAsync(email);
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign up" }).ClickAsync();
        await page.GetByLabel("Verification Code").FillAsync(await app.CodeFor(email));
        await page.GetByRole(AriaRole.Button, new() { Name = "Confirm Account" }).ClickAsync();
    }

    private static byte[] FromBase64Url(string text) => System.Buffers.Text.Base64Url.DecodeFromChars(text);
}

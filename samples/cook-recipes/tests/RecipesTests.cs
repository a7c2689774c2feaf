using System.Net;
using System.Net.Http.Json;
using Galley.Testing;

namespace CookRecipes.Tests;

/// <summary>What the app promises, asked of the app as it runs: its pages' API, its authorizer, its functions, its table.</summary>
public class RecipesTests(App app)
{
    private sealed record Recipe(string Name, string Category, int Calories, string Aliments, int Duration);

    private static readonly Recipe Soup = new("Soup", "Winter", 120, "Leek and potatoes", 30);

    [Fact]
    public async Task Who_signs_up_with_the_mailed_code_sees_the_recipes()
    {
        await using var cloud = await app.StartAsync();
        var ann = await cloud.App.SignUpAsync("ann");
        using var api = cloud.App.CreateClient("ApiUrl", ann);
        var recipes = await api.GetFromJsonAsync<Recipe[]>("recipes");
        Assert.Equal(["Pizza", "Salad"], recipes!.Select(recipe => recipe.Name).Order());
    }

    [Fact]
    public async Task Nobody_sees_them_without_a_token_and_the_refusal_says_why()
    {
        await using var cloud = await app.StartAsync();
        using var api = cloud.App.CreateClient("ApiUrl");
        using var answer = await api.GetAsync("recipes");
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("token", cloud.Explain(answer).Refusal!.Check);
    }

    [Fact]
    public async Task A_token_is_good_for_an_hour()
    {
        await using var cloud = await app.StartAsync();
        var ann = await cloud.App.SignInAsync("ann");
        using var api = cloud.App.CreateClient("ApiUrl", ann);
        Assert.Equal(HttpStatusCode.OK, (await api.GetAsync("recipes")).StatusCode);

        cloud.Clock.Advance(TimeSpan.FromMinutes(61));
        using var late = await api.GetAsync("recipes");
        Assert.Equal(HttpStatusCode.Unauthorized, late.StatusCode);
        Assert.Contains("the token has expired", Assert.Single(late.Headers.WwwAuthenticate).Parameter);

        using var again = cloud.App.CreateClient("ApiUrl", await cloud.App.SignInAsync(ann));
        Assert.Equal(HttpStatusCode.OK, (await again.GetAsync("recipes")).StatusCode);
    }

    [Fact]
    public async Task An_admin_adds_a_recipe_and_a_user_may_not()
    {
        await using var cloud = await app.StartAsync();
        using var asUser = cloud.App.CreateClient("ApiUrl", await cloud.App.SignInAsync("ann"));
        Assert.Equal(HttpStatusCode.Forbidden, (await asUser.PostAsJsonAsync("recipes", Soup)).StatusCode);

        using var asAdmin = cloud.App.CreateClient("ApiUrl", await cloud.App.SignInAsync("chef", groups: ["admin"]));
        Assert.Equal(HttpStatusCode.Created, (await asAdmin.PostAsJsonAsync("recipes", Soup)).StatusCode);
        Assert.Contains(Soup, (await asUser.GetFromJsonAsync<Recipe[]>("recipes"))!);
    }

    [Fact]
    public async Task A_function_that_fails_is_an_error_and_the_next_request_is_well_again()
    {
        await using var cloud = await app.StartAsync();
        using var api = cloud.App.CreateClient("ApiUrl", await cloud.App.SignInAsync("ann"));
        using (cloud.Faults.Fail(At.Function("GetRecipes")))
            Assert.Equal(HttpStatusCode.InternalServerError, (await api.GetAsync("recipes")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await api.GetAsync("recipes")).StatusCode);
    }

    [Fact]
    public async Task The_site_is_served_and_knows_the_addresses_of_its_cloud()
    {
        await using var cloud = await app.StartAsync();
        using var site = cloud.App.CreateClient("SiteUrl");
        Assert.Contains("<title>", await site.GetStringAsync("recipes"));
        Assert.Contains(cloud.App["ApiUrl"], await site.GetStringAsync("config.json"));
    }
}

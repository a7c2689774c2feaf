using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Galley.Functions;

namespace CookRecipes;

/// <summary>The recipes in their table: everyone who is signed in reads, administrators write.</summary>
internal static class Recipes
{
    private static readonly AmazonDynamoDBClient DynamoDB = new();
    private static readonly string Table = Environment.GetEnvironmentVariable("TABLE") ?? "recipes";

    public static async Task<HttpApiResponse> List()
    {
        var recipes = new List<Recipe>();
        var request = new ScanRequest(Table);
        do
        {
            var page = await DynamoDB.ScanAsync(request);
            recipes.AddRange((page.Items ?? []).Select(Read));
            request.ExclusiveStartKey = page.LastEvaluatedKey;
        }
        while (request.ExclusiveStartKey is { Count: > 0 });
        return HttpApiResponse.Json(JsonSerializer.Serialize(recipes, RecipeJson.Default.ListRecipe));
    }

    public static async Task<HttpApiResponse> Save(HttpApiRequest request)
    {
        if (!IsAdministrator(request)) return Refuse(403, "Only administrators change recipes.");
        Recipe? recipe;
        try
        {
            recipe = JsonSerializer.Deserialize(request.BodyText(), RecipeJson.Default.Recipe);
        }
        catch (JsonException)
        {
            recipe = null;
        }

        // PUT /recipes/{category}/{name} says in its path which recipe is meant.
        if (recipe is not null && request.PathParameters is { } path)
            recipe = recipe with { Category = path.GetValueOrDefault("category", recipe.Category), Name = path.GetValueOrDefault("name", recipe.Name) };
        if (recipe is null || string.IsNullOrWhiteSpace(recipe.Name) || string.IsNullOrWhiteSpace(recipe.Category))
            return Refuse(400, "A recipe needs a name and a category.");

        var item = new Dictionary<string, AttributeValue>
        {
            ["name"] = new() { S = recipe.Name },
            ["category"] = new() { S = recipe.Category },
            ["calories"] = new() { N = recipe.Calories.ToString(CultureInfo.InvariantCulture) },
            ["duration"] = new() { N = recipe.Duration.ToString(CultureInfo.InvariantCulture) },
            ["aliments"] = new() { S = recipe.Aliments },
        };
        await DynamoDB.PutItemAsync(new PutItemRequest(Table, item));
        return HttpApiResponse.Json(JsonSerializer.Serialize(recipe, RecipeJson.Default.Recipe), request.RequestContext.Http?.Method == "POST" ? 201 : 200);
    }

    public static async Task<HttpApiResponse> Delete(HttpApiRequest request)
    {
        if (!IsAdministrator(request)) return Refuse(403, "Only administrators change recipes.");
        if (request.PathParameters?.GetValueOrDefault("name") is not { } name || request.PathParameters.GetValueOrDefault("category") is not { } category)
            return Refuse(400, "A recipe needs a name and a category.");
        await DynamoDB.DeleteItemAsync(new DeleteItemRequest(Table, new Dictionary<string, AttributeValue> { ["name"] = new() { S = name }, ["category"] = new() { S = category } }));
        return new HttpApiResponse { StatusCode = 204 };
    }

    /// <summary>The authorizer gives the list of groups as text: `[admin editors]`.</summary>
    private static bool IsAdministrator(HttpApiRequest request)
        => (request.Claim("cognito:groups") ?? "").Trim('[', ']').Split([' ', ','], StringSplitOptions.RemoveEmptyEntries).Contains("admin");

    private static HttpApiResponse Refuse(int status, string message)
        => HttpApiResponse.Json(JsonSerializer.Serialize(new Refusal(message), RecipeJson.Default.Refusal), status);

    private static Recipe Read(Dictionary<string, AttributeValue> item) => new()
    {
        Name = item["name"].S,
        Category = item["category"].S,
        Calories = Number(item, "calories"),
        Duration = Number(item, "duration"),
        Aliments = item.GetValueOrDefault("aliments")?.S ?? "",
    };

    private static decimal Number(Dictionary<string, AttributeValue> item, string name)
        => item.GetValueOrDefault(name)?.N is { } number ? decimal.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture) : 0;
}

internal sealed record Recipe
{
    public string Name { get; init; } = "";

    public string Category { get; init; } = "";

    public decimal Calories { get; init; }

    public string Aliments { get; init; } = "";

    public decimal Duration { get; init; }
}

internal sealed record Refusal(string Message);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(List<Recipe>))]
[JsonSerializable(typeof(Recipe))]
[JsonSerializable(typeof(Refusal))]
internal sealed partial class RecipeJson : JsonSerializerContext;

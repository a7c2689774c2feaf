using CookRecipes;
using Galley.Functions;

// One native program, four functions: the Handler setting of each says which one runs.
await Function.Run(new Dictionary<string, RawHandler>
{
    ["GetRecipes"] = Function.Handler<HttpApiRequest, HttpApiResponse>((_, _) => Recipes.List(), HttpApiJson.Default.HttpApiRequest, HttpApiJson.Default.HttpApiResponse),
    ["SaveRecipe"] = Function.Handler<HttpApiRequest, HttpApiResponse>((request, _) => Recipes.Save(request), HttpApiJson.Default.HttpApiRequest, HttpApiJson.Default.HttpApiResponse),
    ["DeleteRecipe"] = Function.Handler<HttpApiRequest, HttpApiResponse>((request, _) => Recipes.Delete(request), HttpApiJson.Default.HttpApiRequest, HttpApiJson.Default.HttpApiResponse),
    ["TokenExchange"] = Function.Handler<HttpApiRequest, HttpApiResponse>((request, _) => Tokens.Exchange(request), HttpApiJson.Default.HttpApiRequest, HttpApiJson.Default.HttpApiResponse),
});

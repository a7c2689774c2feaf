namespace Galley.Tests.Samples;

/// <summary>samples/cook-recipes/terraform as a user applies it: everything from the environment.</summary>
public class TerraformSampleTests
{
    [Fact]
    public async Task Terraform_applies_the_sample_plans_nothing_changes_it_and_leaves_nothing()
    {
        CookRecipes.RequireBuilt();
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012" });
        var js = new AwsJs(server);
        var functions = CookRecipes.ZippedFunctions();
        try
        {
            var configuration = await File.ReadAllTextAsync(Path.Combine(CookRecipes.Folder, "terraform", "main.tf"));
            using var terraform = await Terraform.InEnvironment(server, configuration, new Dictionary<string, string>
            {
                ["functions"] = functions,
                ["web"] = Path.Combine(CookRecipes.Folder, "web"),
                ["seed.json"] = Path.Combine(CookRecipes.Folder, "seed.json"),
            });
            await terraform.Apply();
            var outputs = await terraform.Outputs();
            await CookRecipes.Answers(server, name => (string)outputs[name]!["value"]!);
            Assert.NotEmpty((await js.Call("dynamodb", "Scan", new { TableName = "recipes" }))["Items"]!.AsArray());
            await terraform.PlanNothing();

            await terraform.Change(configuration.Replace("memory_size      = 256", "memory_size      = 512", StringComparison.Ordinal).Replace("comment             = \"Cook recipes\"", "comment             = \"Other recipes\"", StringComparison.Ordinal));
            await terraform.Apply();
            Assert.Equal(512, (int)(await js.Call("lambda", "GetFunctionConfiguration", new { FunctionName = "cook-recipes-GetRecipes" }))["MemorySize"]!);
            Assert.Equal("Other recipes", (string)(await js.Call("cloudfront", "ListDistributions"))["DistributionList"]!["Items"]![0]!["Comment"]!);
            await CookRecipes.Answers(server, name => (string)outputs[name]!["value"]!);
            await terraform.PlanNothing();

            await terraform.Destroy();
            await CookRecipes.IsGone(js);
        }
        finally
        {
            Directory.Delete(functions, recursive: true);
        }
    }
}

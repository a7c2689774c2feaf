using System.Globalization;
using System.Text.Json.Nodes;

namespace Galley.Tests.Samples;

/// <summary>samples/cook-recipes/cdk by the ordinary CDK command line from npm: bootstrap, deploy, diff, a change, destroy.</summary>
public class CdkSampleTests
{
    private static readonly string Sample = Path.Combine(CookRecipes.Folder, "cdk"), Modules = Path.Combine(Sample, "node_modules");

    [Fact]
    public async Task Cdk_deploys_the_sample_sees_no_difference_changes_it_and_destroys_it()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the upload of the site runs AWS's own layer at its own paths, which needs bubblewrap");
        CookRecipes.RequireBuilt();
        await Install();
        var why = "";
        var scratch = Directory.CreateTempSubdirectory("galley-cdk-").FullName;
        try
        {
            Assert.SkipWhen(await Galley.Lambda.Invoke.Sandbox.Find(scratch, text => why = text) is null, $"the upload of the site runs AWS's own layer at its own paths, which needs bubblewrap: {why}");
            await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012", Sandbox = SandboxMode.On, NodePath = Path.Combine(Repository.Root, "tests", "clients", "node_modules") });
            var (assembly, folder) = (Path.Combine(scratch, "cdk.out"), Directory.CreateDirectory(Path.Combine(scratch, "cdk")).FullName);
            foreach (var name in (string[])["app.ts", "cdk.json", "package.json", "tsconfig.json"]) File.Copy(Path.Combine(Sample, name), Path.Combine(folder, name));
            File.CreateSymbolicLink(Path.Combine(folder, "node_modules"), Modules);
            foreach (var name in (string[])["web", "functions"]) File.CreateSymbolicLink(Path.Combine(scratch, name), Path.Combine(CookRecipes.Folder, name));
            var environment = new Dictionary<string, string>
            {
                ["HOME"] = scratch,
                ["CI"] = "1",
                ["AWS_ENDPOINT_URL"] = server.Endpoint.ToString(),
                ["AWS_REGION"] = server.Region,
                ["AWS_ACCESS_KEY_ID"] = server.AccessKeyId,
                ["AWS_SECRET_ACCESS_KEY"] = server.SecretAccessKey,
                ["AWS_EC2_METADATA_DISABLED"] = "true",
                ["CDK_DISABLE_CLI_TELEMETRY"] = "true",
            };
            string[] app = ["--app", "node_modules/.bin/tsx app.ts", "--output", assembly, "-c", "localPort=" + server.Port.ToString(CultureInfo.InvariantCulture)];
            var js = new AwsJs(server);

            await Cdk(["bootstrap", $"aws://{server.Account}/{server.Region}"]);
            await Cdk(["deploy", .. app]);
            var made = await Outputs();
            await CookRecipes.Answers(server, name => made[name]);
            Assert.Contains("no differences", await Cdk(["diff", "--app", assembly]), StringComparison.OrdinalIgnoreCase);

            var source = await File.ReadAllTextAsync(Path.Combine(folder, "app.ts"));
            await File.WriteAllTextAsync(Path.Combine(folder, "app.ts"), source.Replace("memorySize: 256", "memorySize: 512", StringComparison.Ordinal).Replace("comment: \"Cook recipes\"", "comment: \"Other recipes\"", StringComparison.Ordinal));
            await Cdk(["deploy", .. app]);
            Assert.Equal("Other recipes", (string)(await js.Call("cloudfront", "ListDistributions"))["DistributionList"]!["Items"]![0]!["Comment"]!);
            Assert.Equal(4, (await js.Call("lambda", "ListFunctions"))["Functions"]!.AsArray().Count(function => (int)function!["MemorySize"]! == 512));
            await CookRecipes.Answers(server, name => made[name]);

            await Cdk(["destroy", "--force", "--app", assembly]);
            await CookRecipes.IsGone(js, "cdk-hnb659fds");

            async Task<string> Cdk(string[] arguments)
            {
                var (code, said) = await CookRecipes.Run(folder, environment, TimeSpan.FromMinutes(4), Path.Combine(Modules, ".bin", "cdk"), [arguments[0], "--no-notices", "--no-version-reporting", .. arguments[0] == "deploy" ? (string[])["--require-approval", "never"] : [], .. arguments[1..]]);
                Assert.True(code == 0, $"cdk {string.Join(' ', arguments)}:\n{said}");
                return said;
            }

            async Task<Dictionary<string, string>> Outputs()
                => (await js.Call("cloudformation", "DescribeStacks", new { StackName = "CookRecipesCdk" }))["Stacks"]![0]!["Outputs"]!.AsArray().ToDictionary(output => (string)output!["OutputKey"]!, output => (string)output!["OutputValue"]!);
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    /// <summary>CDK from npm, where the sample looks for it; once.</summary>
    private static async Task Install()
    {
        if (File.Exists(Path.Combine(Modules, ".bin", "cdk"))) return;
        try
        {
            var (code, said) = await CookRecipes.Run(Sample, new Dictionary<string, string>(), TimeSpan.FromMinutes(3), "npm", "install", "--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--silent");
            Assert.SkipWhen(code != 0, $"aws-cdk cannot be had from npm: {said}");
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or OperationCanceledException)
        {
            Assert.Skip($"aws-cdk cannot be had from npm: {e.Message}");
        }
    }
}

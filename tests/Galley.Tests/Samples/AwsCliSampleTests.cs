using System.Text.Json.Nodes;

namespace Galley.Tests.Samples;

/// <summary>The sample's SAM template by the ordinary `aws` command line: package, deploy, sync, and everything deleted again.</summary>
public class AwsCliSampleTests
{
    [Fact]
    public async Task The_aws_cli_packages_and_deploys_the_sample_finds_nothing_to_change_and_deletes_it()
    {
        Assert.SkipUnless((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "aws"))), "the aws CLI is not installed (pip install awscli)");
        CookRecipes.RequireBuilt();
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = "123456789012" });
        var js = new AwsJs(server);
        var scratch = Directory.CreateTempSubdirectory("galley-cli-").FullName;
        try
        {
            var environment = new Dictionary<string, string>
            {
                ["AWS_ENDPOINT_URL"] = server.Endpoint.ToString(),
                ["AWS_DEFAULT_REGION"] = server.Region,
                ["AWS_ACCESS_KEY_ID"] = server.AccessKeyId,
                ["AWS_SECRET_ACCESS_KEY"] = server.SecretAccessKey,
                ["AWS_CONFIG_FILE"] = Path.Combine(scratch, "none"),
                ["AWS_SHARED_CREDENTIALS_FILE"] = Path.Combine(scratch, "none"),
                ["AWS_PAGER"] = "",
            };
            var packaged = Path.Combine(scratch, "packaged.yaml");
            string[] deploy = ["cloudformation", "deploy", "--template-file", packaged, "--stack-name", "cook", "--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND", "--parameter-overrides", "ViewerProtocolPolicy=allow-all"];
            await Aws("s3", "mb", "s3://cook-code");
            await Aws("cloudformation", "package", "--template-file", "template.yaml", "--s3-bucket", "cook-code", "--output-template-file", packaged);
            await Aws(deploy);
            var stack = (await js.Call("cloudformation", "DescribeStacks", new { StackName = "cook" }))["Stacks"]![0]!;
            var outputs = stack["Outputs"]!.AsArray().ToDictionary(output => (string)output!["OutputKey"]!, output => (string)output!["OutputValue"]!);
            var config = Path.Combine(scratch, "config.json");
            await File.WriteAllTextAsync(config, new JsonObject
            {
                ["apiUrl"] = server.ToLocal(outputs["ApiUrl"]),
                ["cognitoUrl"] = server.ToLocal(outputs["CognitoUrl"]),
                ["clientId"] = outputs["ClientId"],
                ["redirectUri"] = server.ToLocal(outputs["RedirectUri"]),
                ["logoutUri"] = server.ToLocal(outputs["LogoutUri"]),
            }.ToJsonString(), TestContext.Current.CancellationToken);
            await Aws("s3", "sync", "--only-show-errors", "web/dist", $"s3://{outputs["SiteBucket"]}");
            await Aws("s3", "cp", "--only-show-errors", config, $"s3://{outputs["SiteBucket"]}/config.json");
            await CookRecipes.Answers(server, name => outputs[name]);
            Assert.Contains("No changes to deploy", await Aws([.. deploy, "--no-fail-on-empty-changeset"]), StringComparison.Ordinal);

            await Aws("s3", "rm", "--recursive", "--only-show-errors", $"s3://{outputs["SiteBucket"]}");
            await Aws("cloudformation", "delete-stack", "--stack-name", "cook");
            await Aws("cloudformation", "wait", "stack-delete-complete", "--stack-name", (string)stack["StackId"]!);
            await Aws("s3", "rb", "--force", "s3://cook-code");
            await CookRecipes.IsGone(js);

            async Task<string> Aws(params string[] arguments)
            {
                var (code, said) = await CookRecipes.Run(CookRecipes.Folder, environment, TimeSpan.FromMinutes(2), "aws", arguments);
                Assert.True(code == 0, $"aws {string.Join(' ', arguments)}:\n{said}");
                return said;
            }
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }
}

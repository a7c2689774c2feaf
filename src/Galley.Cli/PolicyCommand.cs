using System.CommandLine;
using System.Text.Json.Nodes;
using Galley.Cli.Deploy;

namespace Galley.Cli;

/// <summary>`galley policy suggest ROLE`: the least policy that the observed calls of a role or user need.</summary>
internal static class PolicyCommand
{
    public static Command Build()
    {
        var name = new Argument<string>("role") { Description = "Role name, or the ARN of a role or user." };
        var suggest = new Command("suggest", "Write the least policy that the calls seen so far need.") { name, ServerOptions.Port };
        suggest.SetAction(async (result, cancel) =>
        {
            using var aws = AwsClient.Local(Running.Find(result.GetValue(ServerOptions.Port)));
            var given = result.GetValue(name)!;
            var arn = given.StartsWith("arn:", StringComparison.Ordinal) ? given : await ArnOf(aws, given, cancel);
            var job = JsonNode.Parse(await aws.Rest("access-analyzer", HttpMethod.Put, "/policy/generation", new JsonObject { ["policyGenerationDetails"] = new JsonObject { ["principalArn"] = arn } }.ToJsonString(), cancel))!;
            var answer = JsonNode.Parse(await aws.Rest("access-analyzer", HttpMethod.Get, $"/policy/generation/{(string)job["jobId"]!}", "", cancel))!;
            if (answer["generatedPolicyResult"]!["generatedPolicies"] is not JsonArray { Count: > 0 } policies)
            {
                await Console.Error.WriteLineAsync($"{arn} has called nothing yet. Use the app, then ask again.");
                return 1;
            }

            Console.WriteLine((string)policies[0]!["policy"]!);
            return 0;
        });
        return new Command("policy", "Help with IAM policies.") { suggest };
    }

    private static async Task<string> ArnOf(AwsClient aws, string role, CancellationToken cancel)
        => (await aws.Query("iam", "2010-05-08", "GetRole", [("RoleName", role)], cancel)).Descendants().First(element => element.Name.LocalName == "Arn").Value;
}

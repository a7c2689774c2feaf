using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Galley.Cli.Deploy;

namespace Galley.Cli;

/// <summary>`galley logs [GROUP]`: CloudWatch Logs, read as any client reads them.</summary>
internal static class LogsCommand
{
    public static Command Build()
    {
        var group = new Argument<string?>("group") { Description = "Log group or function name; none lists the groups.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("logs", "Show what functions and APIs logged.") { ServerOptions.Port, group };
        command.SetAction(async (result, cancel) =>
        {
            using var aws = AwsClient.Local(Running.Find(result.GetValue(ServerOptions.Port)));
            if (result.GetValue(group) is not { } name)
            {
                var groups = await Logs(aws, "DescribeLogGroups", [], cancel);
                foreach (var found in groups["logGroups"]!.AsArray()) Console.WriteLine((string)found!["logGroupName"]!);
                return 0;
            }

            if (!name.Contains('/')) name = "/aws/lambda/" + name;
            string? next = null;
            do
            {
                var page = await Logs(aws, "FilterLogEvents", next is null ? new() { ["logGroupName"] = name } : new() { ["logGroupName"] = name, ["nextToken"] = next }, cancel);
                foreach (var line in page["events"]!.AsArray())
                    Console.WriteLine($"{DateTimeOffset.FromUnixTimeMilliseconds((long)line!["timestamp"]!):yyyy-MM-dd HH:mm:ss.fff}  {((string)line["message"]!).TrimEnd()}");
                next = (string?)page["nextToken"];
            } while (next is not null);
            return 0;
        });
        return command;
    }

    private static async Task<JsonObject> Logs(AwsClient aws, string operation, JsonObject input, CancellationToken cancel)
        => JsonNode.Parse(await aws.Json("logs", "Logs_20140328." + operation, "1.1", input.ToJsonString(), cancel))!.AsObject();
}

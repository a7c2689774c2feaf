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
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with what is logged from now on, until Ctrl-C." };
        var command = new Command("logs", "Show what functions and APIs logged.") { ServerOptions.Port, group, follow };
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
            var shown = new HashSet<string>();
            var since = await Show(aws, name, 0, shown, cancel);
            while (result.GetValue(follow) && !cancel.IsCancellationRequested)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(300), cancel);
                since = await Show(aws, name, since, shown, cancel);
            }

            return 0;
        });
        return command;
    }

    /// <summary>Prints what was not shown yet from a moment on; gives the latest moment seen. Lines of one moment may come in two rounds.</summary>
    private static async Task<long> Show(AwsClient aws, string name, long since, HashSet<string> shown, CancellationToken cancel)
    {
        string? next = null;
        var latest = since;
        var seen = new HashSet<string>();
        do
        {
            var input = new JsonObject { ["logGroupName"] = name };
            if (since > 0) input["startTime"] = since;
            if (next is not null) input["nextToken"] = next;
            var page = await Logs(aws, "FilterLogEvents", input, cancel);
            foreach (var line in page["events"]!.AsArray())
            {
                seen.Add((string)line!["eventId"]!);
                latest = Math.Max(latest, (long)line["timestamp"]!);
                if (!shown.Contains((string)line["eventId"]!)) Console.WriteLine($"{DateTimeOffset.FromUnixTimeMilliseconds((long)line["timestamp"]!):yyyy-MM-dd HH:mm:ss.fff}  {((string)line["message"]!).TrimEnd()}");
            }

            next = (string?)page["nextToken"];
        } while (next is not null);
        shown.Clear();
        shown.UnionWith(seen);
        return latest;
    }

    private static async Task<JsonObject> Logs(AwsClient aws, string operation, JsonObject input, CancellationToken cancel)
        => JsonNode.Parse(await aws.Json("logs", "Logs_20140328." + operation, "1.1", input.ToJsonString(), cancel))!.AsObject();
}

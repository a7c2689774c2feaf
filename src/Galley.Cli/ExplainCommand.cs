using System.CommandLine;
using System.Net;
using System.Text;
using System.Text.Json;
using Galley.Cli.Deploy;

namespace Galley.Cli;

/// <summary>`galley explain [REQUEST-ID]`: which check decided over a request, and what would make it say yes.</summary>
internal static class ExplainCommand
{
    public static Command Build()
    {
        var id = new Argument<string?>("request-id") { Description = "The answer's request id (x-amzn-requestid, x-amz-request-id, apigw-requestid, x-amz-cf-id); none shows the last refusals.", Arity = ArgumentArity.ZeroOrOne };
        var json = new Option<bool>("--json") { Description = "As JSON." };
        var command = new Command("explain", "Say why a request was refused.") { ServerOptions.Port, id, json };
        command.SetAction(async (result, cancel) =>
        {
            using var aws = AwsClient.Local(Running.Find(result.GetValue(ServerOptions.Port)));
            var asked = result.GetValue(id);
            string answer;
            try
            {
                answer = await aws.Own(asked is null ? "explain" : "explain/" + Uri.EscapeDataString(asked), cancel);
            }
            catch (AwsClientException e) when (e.Status == HttpStatusCode.NotFound)
            {
                throw new CliException(e.Message);
            }

            if (result.GetValue(json))
            {
                Console.WriteLine(answer);
                return 0;
            }

            using var document = JsonDocument.Parse(answer);
            if (asked is not null) Console.Write(InWords(document.RootElement));
            else
            {
                var all = document.RootElement.GetProperty("requests");
                foreach (var request in all.EnumerateArray()) Console.WriteLine(InWords(request));
                if (all.GetArrayLength() == 0) Console.WriteLine("Nothing has been refused since Galley was started.");
            }

            return 0;
        });
        return command;
    }

    internal static string InWords(JsonElement request)
    {
        var text = new StringBuilder();
        text.Append($"{request.GetProperty("status").GetInt32()}  {Text(request, "request")}  ({Text(request, "service")}, {request.GetProperty("time").GetDateTimeOffset().ToLocalTime():HH:mm:ss}, {Text(request, "requestId")})\n");
        foreach (var step in request.GetProperty("steps").EnumerateArray())
        {
            text.Append($"  {(step.GetProperty("allowed").GetBoolean() ? "yes" : "no "),-4} {Text(step, "check"),-16} {Text(step, "why")}\n");
            if (step.TryGetProperty("fix", out var fix)) text.Append($"       {"",-16} → {fix.GetString()}\n");
        }

        return text.ToString();
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString() ?? "";
}

using System.CommandLine;
using System.Text;
using Galley.Cli.Deploy;

namespace Galley.Cli;

/// <summary>`galley invoke FUNCTION`: one event to a function, its answer on the output, its log on the error output.</summary>
internal static class InvokeCommand
{
    public static Command Build()
    {
        var function = new Argument<string>("function") { Description = "Name or ARN, with `:version` or `:alias` if wanted." };
        var payload = new Option<string>("--payload", "-p") { Description = "The event's JSON, or @FILE.", DefaultValueFactory = _ => "{}" };
        var asynchronous = new Option<bool>("--async") { Description = "Put the event in the queue and do not wait." };
        var quiet = new Option<bool>("--quiet") { Description = "Without the log." };
        var command = new Command("invoke", "Invoke a function.") { ServerOptions.Port, function, payload, asynchronous, quiet };
        command.SetAction(async (result, cancel) =>
        {
            using var aws = AwsClient.Local(Running.Find(result.GetValue(ServerOptions.Port)));
            var text = result.GetValue(payload)!;
            if (text.StartsWith('@')) text = await File.ReadAllTextAsync(text[1..], cancel);
            var invoked = await aws.Invoke(result.GetValue(function)!, text, result.GetValue(asynchronous), cancel);
            if (!result.GetValue(quiet) && invoked.Log is { } log) await Console.Error.WriteAsync(Encoding.UTF8.GetString(Convert.FromBase64String(log)));
            if (invoked.Body.Length > 0) Console.WriteLine(invoked.Body);
            return invoked.Failed ? 1 : 0;
        });
        return command;
    }
}

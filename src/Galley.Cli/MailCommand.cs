using System.CommandLine;
using System.Net;
using System.Text.Json;
using Galley.Cli.Deploy;

namespace Galley.Cli;

/// <summary>`galley mail`: what Galley mailed; `--wait` for the next code.</summary>
internal static class MailCommand
{
    public static Command Build()
    {
        var to = new Option<string?>("--to") { Description = "Only mail to this address.", HelpName = "ADDRESS" };
        var wait = new Option<bool>("--wait") { Description = "Wait for mail to that address and print its code only." };
        var command = new Command("mail", "Show the inbox.") { ServerOptions.Port, to, wait };
        command.SetAction(async (result, cancel) =>
        {
            using var aws = AwsClient.Local(Running.Find(result.GetValue(ServerOptions.Port)));
            var address = result.GetValue(to);
            if (result.GetValue(wait))
            {
                if (address is null) throw new CliException("--wait needs --to ADDRESS.");
                using var message = JsonDocument.Parse(await Next(aws, address, cancel));
                Console.WriteLine((message.RootElement.TryGetProperty("code", out var code) ? code : message.RootElement.GetProperty("text")).GetString());
                return 0;
            }

            using var messages = JsonDocument.Parse(await aws.Own("inbox/messages" + (address is null ? "" : "?to=" + Uri.EscapeDataString(address)), cancel));
            foreach (var message in messages.RootElement.EnumerateArray())
                Console.WriteLine($"{message.GetProperty("time").GetDateTimeOffset():u}  {message.GetProperty("to").GetString()}  {message.GetProperty("subject").GetString()}\n    {message.GetProperty("text").GetString()}");
            if (messages.RootElement.GetArrayLength() == 0) Console.WriteLine("No mail yet.");
            return 0;
        });
        return command;
    }

    private static async Task<string> Next(AwsClient aws, string address, CancellationToken cancel)
    {
        try
        {
            return await aws.Own("inbox/messages/wait?to=" + Uri.EscapeDataString(address), cancel);
        }
        catch (AwsClientException e) when (e.Status == HttpStatusCode.RequestTimeout)
        {
            throw new CliException($"No mail came to {address} in a minute.", e);
        }
    }
}

using System.CommandLine;
using System.Text.Json;
using Galley.Cli.Deploy;

namespace Galley.Cli;

/// <summary>`galley inbox`: a link to a page of Galley's own. The browser that opens it has a session of a day.</summary>
internal static class PageCommand
{
    public static Command Build(string page, string description)
    {
        var command = new Command(page, description) { ServerOptions.Port };
        command.SetAction(async (result, cancel) =>
        {
            using var aws = AwsClient.Local(Running.Find(result.GetValue(ServerOptions.Port)));
            using var link = JsonDocument.Parse(await aws.Rest("galley", HttpMethod.Post, "/_galley/links", $$"""{"page":"{{page}}"}""", cancel));
            Console.WriteLine(link.RootElement.GetProperty("url").GetString());
            return 0;
        });
        return command;
    }
}

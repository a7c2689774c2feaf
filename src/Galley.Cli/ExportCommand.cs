using System.CommandLine;
using Galley.Cli.Deploy;

namespace Galley.Cli;

/// <summary>`galley export`: what was made by hand as a template that deploys to the same thing.</summary>
internal static class ExportCommand
{
    public static Command Build()
    {
        var output = new Option<string?>("--out") { Description = "File to write; code of functions goes into the folder `code` beside it. None prints the template." };
        var stack = new Option<string?>("--stack") { Description = "Write the template of this stack instead." };
        var all = new Option<bool>("--all") { Description = "Also what belongs to stacks." };
        var command = new Command("export", "Write what was made by hand as a CloudFormation template. Data and secrets are not in it.") { ServerOptions.Port, output, stack, all };
        command.SetAction(async (result, cancel) =>
        {
            using var aws = AwsClient.Local(Running.Find(result.GetValue(ServerOptions.Port)));
            var export = new Exporting(aws);
            var template = result.GetValue(stack) is { } name ? await export.Stack(name, cancel) : await export.Account(result.GetValue(all), cancel);
            foreach (var remark in export.Remarks) await Console.Error.WriteLineAsync("galley: " + remark);
            if (result.GetValue(output) is not { } file)
            {
                if (export.Files.Count > 0) await Console.Error.WriteLineAsync("galley: the code of these functions is not in the template, --out FILE writes it too: " + string.Join(", ", export.Files.Keys));
                Console.Write(template);
                return 0;
            }

            await Write(file, template, export, cancel);
            Console.WriteLine($"Wrote {file}{(export.Files.Count > 0 ? $" and the code of {export.Files.Count} functions beside it" : "")}.");
            return 0;
        });
        return command;
    }

    public static async Task Write(string file, string template, Exporting export, CancellationToken cancel)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(file, template, cancel);
        foreach (var (path, bytes) in export.Files)
        {
            var place = Path.Combine(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(place)!);
            await File.WriteAllBytesAsync(place, bytes, cancel);
        }
    }
}

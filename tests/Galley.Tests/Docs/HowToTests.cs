using System.Text;
using System.Text.RegularExpressions;
using Galley.Tests.Server;

namespace Galley.Tests.Docs;

/// <summary>Every console snippet of the how-to pages runs as it stands against a Galley of its own, one page after its own first line.</summary>
public partial class HowToTests
{
    private static string Folder => Path.Combine(Repository.Root, "docs", "how-to");

    public static TheoryData<string> Pages => [.. Directory.GetFiles(Folder, "*.md").Where(page => Blocks(File.ReadAllText(page)).Any()).Select(page => Path.GetFileName(page))];

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task A_pages_commands_run(string page)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the snippets are for a Unix shell");
        using var place = new Workplace();
        await using var program = await place.Start();
        place.Write("bin/galley", $$"""
            #!/bin/sh
            case "$1 $2" in "snapshot list") exec "{{Workplace.Program}}" "$@" ;; *) exec "{{Workplace.Program}}" "$@" --port {{program.PortText}} ;; esac
            """);
        var script = new StringBuilder("set -eu\nchmod +x bin/galley\nexport PATH=\"$PWD/bin:$PATH\"\n");
        foreach (var block in Blocks(await File.ReadAllTextAsync(Path.Combine(Folder, page)))) script.Append(Commands(block));
        var ended = await place.Run("bash", "-c", script.ToString());
        Assert.True(ended.Code == 0, $"{script}\n{ended.Out}\n{ended.Error}");
    }

    private static IEnumerable<string> Blocks(string page) => Block().Matches(page).Select(block => block.Groups[1].Value);

    /// <summary>Lines after `$ `, with what belongs to them; what is shown of their output is left out. `diff` may find something.</summary>
    private static string Commands(string block)
    {
        var script = new StringBuilder();
        var (inside, goesOn) = (false, false);
        foreach (var line in block.Split('\n'))
        {
            if (!inside && !goesOn && !line.StartsWith("$ ", StringComparison.Ordinal)) continue;
            var command = inside || goesOn ? line : line[2..];
            if (!inside && command.Contains(" diff ", StringComparison.Ordinal)) command += " || [ $? -eq 1 ]";
            script.Append(command).Append('\n');
            if (inside) inside = line != "END";
            else inside = command.Contains("<<END", StringComparison.Ordinal);
            goesOn = !inside && command.EndsWith('\\');
        }

        return script.ToString();
    }

    [GeneratedRegex("```console\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}

using System.Text;
using System.Text.RegularExpressions;
using Galley.Tests.Server;

namespace Galley.Tests.Docs;

/// <summary>The code blocks of a page, as its tests run them.</summary>
internal static partial class Snippets
{
    /// <summary>What a script of `aws` commands begins with: nothing of this machine's own settings counts.</summary>
    public const string Prelude = """
        set -euo pipefail
        export AWS_CONFIG_FILE="$PWD/aws-config" AWS_SHARED_CREDENTIALS_FILE="$PWD/aws-credentials" AWS_PAGER="" AWS_MAX_ATTEMPTS=1 AWS_DEFAULT_OUTPUT=json

        """;

    /// <summary>Every block of a page with its language, "" where it names none.</summary>
    /// <param name="page">Relative to the repository.</param>
    public static List<(string Language, string Text)> Of(string page)
        => [.. Block().Matches(File.ReadAllText(Path.Combine(Repository.Root, page))).Select(block => (block.Groups[1].Value, block.Groups[2].Value))];

    public static IEnumerable<string> Of(string page, string language) => Of(page).Where(block => block.Language == language).Select(block => block.Text);

    /// <summary>Lines after `$ `, with what belongs to them; what is shown of their output is left out. `diff` may find something.</summary>
    public static string Commands(string block)
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

    /// <summary>All console blocks of a page as one script.</summary>
    public static string Script(string page) => string.Concat(Of(page, "console").Select(Commands));

    /// <summary>A `galley` for a page's shell, which speaks to the program that runs.</summary>
    /// <param name="place">Where it is written.</param>
    /// <param name="name">Its path there.</param>
    /// <param name="program">The one that runs; null for a command that starts its own.</param>
    public static async Task Shim(Workplace place, string name, RunningProgram? program)
    {
        var path = place.Write(name, $$"""
            #!/bin/sh
            case "$1 $2" in
              "snapshot list") exec "{{Workplace.Program}}" "$@" ;;
              "deploy samples"*) exec "{{Workplace.Program}}" "$@" --no-build --port {{program?.PortText ?? "0"}} ;;
              *) exec "{{Workplace.Program}}" "$@" --port {{program?.PortText ?? "0"}} ;;
            esac
            """);
        Assert.Equal(0, (await place.Run("chmod", "+x", path)).Code);
    }

    public static async Task NeedsAwsCli(Workplace place)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the snippets are for a Unix shell");
        Assert.SkipUnless((await place.Run("bash", "-c", "aws --version")).Code == 0, "the aws CLI is not installed");
    }

    [GeneratedRegex(@"^ *```(\w*)\n(.*?)^ *```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();
}

using System.CommandLine;
using System.Text;
using Galley.Cli;

namespace Galley.Tests.Docs;

/// <summary>docs/reference/cli.md is what the program has: generated from its commands. GALLEY_WRITE_REFERENCE=1 writes it anew.</summary>
public class CliReferenceTests
{
    [Fact]
    public void The_commands_are_those_of_the_reference()
    {
        var page = new StringBuilder("# The galley program\n\nGenerated from the program's own commands; `galley COMMAND --help` says the same.\n");
        foreach (var command in Commands.All().Subcommands) Write(page, command, "galley");
        var file = Path.Combine(Repository.Root, "docs", "reference", "cli.md");
        if (Environment.GetEnvironmentVariable("GALLEY_WRITE_REFERENCE") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, page.ToString());
        }

        Assert.True(File.Exists(file) && File.ReadAllText(file) == page.ToString(), "docs/reference/cli.md is old: run the tests once with GALLEY_WRITE_REFERENCE=1");
    }

    [Fact]
    public void Every_command_option_and_argument_says_what_it_is()
        => Assert.Empty(All(Commands.All()).SelectMany(command => command.Options.Cast<Symbol>().Concat(command.Arguments).Append(command)).Where(symbol => string.IsNullOrWhiteSpace(symbol.Description)).Select(symbol => symbol.Name));

    private static void Write(StringBuilder page, Command command, string parent)
    {
        var name = $"{parent} {command.Name}";
        if (command.Subcommands.Count == 0)
        {
            var arguments = string.Concat(command.Arguments.Select(argument => argument.Arity.MinimumNumberOfValues == 0 ? $" [{argument.Name}]" : $" {argument.Name}"));
            page.Append($"\n## {name}\n{command.Description}\n\n`{name}{arguments}{(command.Options.Count > 0 ? " [options]" : "")}`\n");
            var rows = command.Arguments.Select(argument => (argument.Name, argument.Description!)).Concat(command.Options.OrderBy(option => option.Name, StringComparer.Ordinal).Select(option => (Of(option), option.Description + Default(option)))).ToList();
            if (rows.Count > 0) page.Append("\n| | |\n|---|---|\n");
            foreach (var (what, says) in rows) page.Append($"| `{Cell(what)}` | {Cell(says!)} |\n");
        }

        foreach (var part in command.Subcommands) Write(page, part, name);
    }

    private static string Of(Option option)
        => option.ValueType == typeof(bool) ? option.Name : $"{option.Name} {option.HelpName ?? (option.ValueType == typeof(int) ? "N" : "VALUE")}";

    private static string Default(Option option)
        => option.HasDefaultValue && option.ValueType != typeof(bool) && option.GetDefaultValue() is { } value and not System.Collections.ICollection ? $" Default: `{value}`." : "";

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    private static IEnumerable<Command> All(Command command) => command.Subcommands.SelectMany(All).Concat(command is RootCommand ? [] : [command]);
}

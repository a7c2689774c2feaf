namespace Galley.Tests.Docs;

/// <summary>No code block of the documentation is run by nobody: a page's language without a keeper, or a keeper that does not know the page, fails here.</summary>
public class EverySnippetTests
{
    private const string CSharp = "tests/Galley.Testing.Tests/SnippetsTests.cs", Console = "tests/Galley.Tests/Docs/HowToTests.cs", Tutorial = "tests/Galley.Tests/Docs/TutorialPageTests.cs",
        Telemetry = "tests/Galley.Tests/Docs/TelemetryPageTests.cs", Debugging = "tests/Galley.Tests/Lambda/DebuggerTests.cs", Packages = "tests/Galley.Testing.Tests/Packages/PackagesTests.cs", Samples = "tests/Galley.Tests/Docs/SamplePagesTests.cs";

    /// <summary>(page, language) → the test that runs every such block of that page.</summary>
    private static readonly Dictionary<(string Page, string Language), string> Keepers = new()
    {
        [("README.md", "console")] = Tutorial, // the second block; the first is ./run and ./test themselves
        [("README.md", "csharp")] = CSharp,
        [("docs/debugging.md", "csharp")] = CSharp,
        [("docs/debugging.md", "ini")] = Debugging,
        [("docs/debugging.md", "python")] = Debugging,
        [("docs/debugging.md", "sh")] = Debugging,
        [("docs/how-to/coming-from.md", "console")] = Console,
        [("docs/how-to/local-code.md", "sh")] = "tests/Galley.Tests/Lambda/LocalCodeTests.cs",
        [("docs/how-to/seed.md", "console")] = Console,
        [("docs/how-to/seed.md", "yaml")] = Console,
        [("docs/how-to/snapshots.md", "console")] = Console,
        [("docs/how-to/telemetry.md", "console")] = Telemetry,
        [("docs/how-to/telemetry.md", "csharp")] = CSharp,
        [("docs/inbox.md", "console")] = Console,
        [("docs/tutorial.md", "console")] = Tutorial,
        [("samples/cook-recipes/web/README.md", "console")] = Samples,
        [("samples/cook-recipes/web/README.md", "json")] = Samples,
        [("src/Galley.Templates/templates/galley-app/README.md", "console")] = Packages,
        [("src/Galley.Testing/README.md", "console")] = Packages,
        [("src/Galley.Testing/README.md", "csharp")] = CSharp,
    };

    [Fact]
    public void Every_block_of_the_documentation_has_a_test_that_runs_it()
    {
        var blocks = Pages().SelectMany(page => Snippets.Of(page).Select(block => (page, block.Language))).Distinct().Order();
        Assert.Equal(Keepers.Keys.Order(), blocks);
    }

    [Fact]
    public void Every_keeper_names_its_pages()
        => Assert.All(Keepers.Where(pair => !pair.Key.Page.StartsWith("docs/how-to/", StringComparison.Ordinal) || pair.Value != Console), pair => Assert.Contains(
            pair.Key.Page.StartsWith("src/Galley.Templates", StringComparison.Ordinal) ? "shop, \"README.md\"" : $"\"{pair.Key.Page}\"", File.ReadAllText(Path.Combine(Repository.Root, pair.Value)), StringComparison.Ordinal));

    /// <summary>Everything that a reader is given; ARCHITECTURE's drawing is none, and what is generated has none.</summary>
    private static IEnumerable<string> Pages()
        => ((string[])["docs", "src", "samples", "bench", "console"]).SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.md", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint }))
            .Concat(Directory.EnumerateFiles(Repository.Root, "*.md"))
            .Select(file => Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'))
            .Where(page => page != "ARCHITECTURE.md" && !page.Contains("/node_modules/", StringComparison.Ordinal) && !page.Contains("/.galley/", StringComparison.Ordinal) && !page.Contains("/bin/", StringComparison.Ordinal) && !page.Contains("/obj/", StringComparison.Ordinal));
}

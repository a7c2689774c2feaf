using System.Globalization;
using System.Text.RegularExpressions;

namespace Galley.Tests.Edge;

/// <summary>
/// The list of negative tests has numbers; of each of its groups that is shown by name, every number has a test whose name begins with it
/// (`Row_14_…`, `Rows_16_to_18_…`, `Rows_22_and_23_…`).
/// </summary>
public sealed partial class NegativeRowsTests
{
    [Theory]
    [InlineData("A OAuth and OpenID Connect", 1, 29)]
    [InlineData("B Cognito's API", 30, 45)]
    [InlineData("C JWT authorizer", 46, 57)]
    [InlineData("D SigV4", 58, 71)]
    [InlineData("E IAM and STS", 72, 80)]
    [InlineData("H HTTP, API Gateway", 106, 115)]
    [InlineData("K parsers, CloudFormation", 135, 142)]
    [InlineData("L local machine, mail", 143, 150)]
    public void Each_row_is_in_a_test(string group, int first, int last)
    {
        var missing = Enumerable.Range(first, last - first + 1).Except(Shown.Value).ToList();
        Assert.True(missing.Count == 0, $"{group}: no test's name begins with the row {string.Join(", ", missing)}");
    }

    private static readonly Lazy<HashSet<int>> Shown = new(() => [.. Sources().SelectMany(file => Name().Matches(File.ReadAllText(file))).SelectMany(match => Rows(match.Groups[1].Value))]);

    /// <summary>The tutorial's checklist has rows of its own.</summary>
    private static IEnumerable<string> Sources() => new[] { "Galley.Tests", "Galley.Wire.Tests" }.SelectMany(project => Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests", project), "*.cs", SearchOption.AllDirectories))
        .Where(file => Path.GetFileName(Path.GetDirectoryName(file)) is not ("Tutorial" or "Samples") && !file.EndsWith("TutorialTests.cs", StringComparison.Ordinal));

    private static IEnumerable<int> Rows(string text)
    {
        if (text.Split("_to_") is [var from, var to]) return Enumerable.Range(Number(from), Number(to) - Number(from) + 1);
        return text.Split('_').Where(part => part != "and").Select(Number);
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex("(?:Task|void) Rows?_?([0-9]+(?:_(?:to_|and_)?[0-9]+)*)_")]
    private static partial Regex Name();
}

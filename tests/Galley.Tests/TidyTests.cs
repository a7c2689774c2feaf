using System.Text;
using System.Text.RegularExpressions;

namespace Galley.Tests;

/// <summary>The house rules of STYLE.md and ARCHITECTURE.md that a test can keep.</summary>
public partial class TidyTests
{
    private const int MaxLines = 400;

    [Fact]
    public void Files_stay_small_and_their_names_say_something()
    {
        var problems = new List<string>();
        foreach (var file in Sources())
        {
            var lines = File.ReadAllLines(file).Length;
            if (lines > MaxLines) problems.Add($"{Relative(file)} has {lines} lines");
            if (EmptyName().IsMatch(Path.GetFileName(file))) problems.Add($"{Relative(file)}: a name that says nothing");
            if (Path.GetDirectoryName(file)!.Contains(Path.Combine("src", "Galley.Store"), StringComparison.Ordinal) && File.ReadLines(file).Any(line => FalseFlush().IsMatch(line) && !line.TrimStart().StartsWith("///", StringComparison.Ordinal)))
                problems.Add($"{Relative(file)} flushes through .NET, which hides errors on Unix");
        }

        Assert.Empty(problems);
    }

    [Fact]
    public void Every_place_that_ARCHITECTURE_names_exists()
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, "ARCHITECTURE.md"));
        var places = Place().Matches(text).Select(match => match.Groups[1].Value).Where(place => place.StartsWith("src/", StringComparison.Ordinal) || place.StartsWith("docs/", StringComparison.Ordinal) || place.StartsWith("samples/", StringComparison.Ordinal));
        Assert.All(places, place => Assert.True(Path.Exists(Path.Combine(Repository.Root, place)), place));
    }

    [Fact]
    public void Clocks_and_random_numbers_come_through_their_seams()
    {
        var product = Path.Combine(Repository.Root, "src", "Galley") + Path.DirectorySeparatorChar;
        var problems = Sources().Where(file => file.StartsWith(product, StringComparison.Ordinal))
            .SelectMany(file => File.ReadLines(file).Where(line => Clock().IsMatch(line)).Select(line => $"{Relative(file)}: {line.Trim()}"));
        Assert.Empty(problems);
    }

    private static IEnumerable<string> Sources()
        => Directory.GetFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories);

    private static string Relative(string file) => Path.GetRelativePath(Repository.Root, file);

    [GeneratedRegex(@"(Manager|Helpers?|Utils?|Utilities|Common|Misc|Impl|Base)\.cs$")]
    private static partial Regex EmptyName();

    [GeneratedRegex(@"Flush\(true\)|flushToDisk: true")]
    private static partial Regex FalseFlush();

    [GeneratedRegex(@"`([A-Za-z][\w./-]*)`")]
    private static partial Regex Place();

    [GeneratedRegex(@"DateTime(Offset)?\.(Utc)?Now|Guid\.NewGuid|new Random\(|Random\.Shared|Thread\.Sleep|Stopwatch\.")]
    private static partial Regex Clock();
}

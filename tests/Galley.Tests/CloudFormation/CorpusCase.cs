using System.Text.RegularExpressions;

namespace Galley.Tests.CloudFormation;

/// <summary>
/// One file of the corpus: a template with what must come of it in lines that begin with `#!`, and after lines `--- #! update` (before,
/// object KEY) further templates and objects of the case.
/// </summary>
internal sealed partial record CorpusCase(string Name, IReadOnlyList<CorpusStep> Steps)
{
    public static readonly string Folder = Path.Combine(Repository.Root, "tests", "Galley.Tests", "CloudFormation", "corpus");

    public static IEnumerable<string> Files(string folder) => Directory.GetFiles(Path.Combine(Folder, folder)).Select(file => Path.GetRelativePath(Folder, file)).Order(StringComparer.Ordinal);

    public static TheoryData<string> In(string folder) => [.. Files(folder)];

    public static CorpusCase Read(string file)
    {
        var parts = Separator().Split(File.ReadAllText(Path.Combine(Folder, file)));
        var steps = new List<CorpusStep> { CorpusStep.Read("create", parts[0]) };
        for (var i = 1; i < parts.Length; i += 2) steps.Add(CorpusStep.Read(parts[i], parts[i + 1]));
        return new CorpusCase(Path.GetFileNameWithoutExtension(file), steps);
    }

    [GeneratedRegex(@"^--- #! (.*)\n", RegexOptions.Multiline)]
    private static partial Regex Separator();
}

/// <param name="Kind">`create`, `update`, `before`, `object KEY`.</param>
/// <param name="Template">Without the lines of expectations.</param>
/// <param name="Lines">Words and rest: `output`, `Name = value`.</param>
internal sealed record CorpusStep(string Kind, string Template, ILookup<string, string> Lines)
{
    public static CorpusStep Read(string kind, string text)
    {
        var lines = text.Split('\n');
        var expectations = lines.TakeWhile(line => line.StartsWith("#! ", StringComparison.Ordinal)).Select(line => line[3..].Split(' ', 2)).ToList();
        return new CorpusStep(kind, string.Join('\n', lines.Skip(expectations.Count)), expectations.ToLookup(words => words[0], words => words.Length > 1 ? words[1] : ""));
    }

    public string? One(string word) => Lines[word].SingleOrDefault();

    /// <summary>`Name = value` of every line of the word.</summary>
    public IEnumerable<(string Name, string Value)> Pairs(string word) => Lines[word].Select(line => line.Split(" = ", 2)).Select(pair => (pair[0], pair[1]));
}

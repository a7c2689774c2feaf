using System.Collections.Concurrent;
using System.Text.Json;
using Galley.Wire;

namespace Galley.Iam.Evaluate;

/// <summary>
/// A policy as JSON, read once and kept by its text. Reading is strict (no member twice, no unknown member): what IAM cannot
/// understand must not allow anything. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
/// </summary>
internal sealed class PolicyDocument
{
    private const int Kept = 4096;
    private static readonly ConcurrentDictionary<string, PolicyDocument> Cache = new(StringComparer.Ordinal);
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 32 };

    private PolicyDocument(string? version, IReadOnlyList<Statement> statements, bool usesResourceTags)
    {
        Version = version;
        Statements = statements;
        UsesResourceTags = usesResourceTags;
        UsesKeys = ContextKeys.Any();
    }

    /// <summary>Whether it asks for tags of the resource, which cost a read.</summary>
    public bool UsesResourceTags { get; }

    /// <summary>Whether a policy's text names a key of tags, `aws:ResourceTag/…`, `s3:BucketTag/…`.</summary>
    public static bool NamesTags(string json) => json.Contains("ResourceTag/", StringComparison.OrdinalIgnoreCase) || json.Contains("s3:BucketTag/", StringComparison.OrdinalIgnoreCase);

    public string? Version { get; }

    public IReadOnlyList<Statement> Statements { get; }

    /// <summary>Every condition key that it asks for, variables' included.</summary>
    public IEnumerable<string> ContextKeys => Statements.SelectMany(statement =>
        (statement.Resources ?? []).SelectMany(resource => resource.Variables).Concat(statement.Conditions.SelectMany(condition => condition.ContextKeys)));

    /// <summary>Whether it asks for any.</summary>
    public bool UsesKeys { get; }

    /// <summary>Throws <see cref="PolicyProblem"/>.</summary>
    public static PolicyDocument Parse(string json)
    {
        if (Cache.TryGetValue(json, out var known)) return known;
        var policy = Read(json);
        if (Cache.Count >= Kept) Cache.Clear();
        return Cache[json] = policy;
    }

    private static PolicyDocument Read(string json)
    {
        JsonDocument document;
        if (!JsonText.IsReadable(json)) throw new PolicyProblem("This policy contains invalid Json");
        try
        {
            document = JsonDocument.Parse(json, Strict);
        }
        catch (JsonException)
        {
            throw new PolicyProblem("This policy contains invalid Json");
        }

        using (document)
        {
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) throw new PolicyProblem("This policy contains invalid Json");
            if (root.EnumerateObject().Any(member => member.Name is not ("Version" or "Id" or "Statement"))) throw PolicyProblem.Syntax;
            var version = root.TryGetProperty("Version", out var text) ? Text(text) : null;
            if (version is not (null or "2008-10-17" or "2012-10-17") || !root.TryGetProperty("Statement", out var statements)) throw PolicyProblem.Syntax;
            var variables = version == "2012-10-17";
            var list = statements.ValueKind switch
            {
                JsonValueKind.Object => [ReadStatement(statements, variables)],
                JsonValueKind.Array => statements.EnumerateArray().Select(statement => ReadStatement(statement, variables)).ToList(),
                _ => throw PolicyProblem.Syntax,
            };
            for (var i = 0; i < list.Count; i++) list[i].Number = i + 1;
            var ids = list.Where(statement => statement.Sid is { Length: > 0 }).Select(statement => statement.Sid).ToList();
            if (ids.Count != ids.Distinct().Count()) throw new PolicyProblem("Statement IDs (SID) in a single policy must be unique.");
            return new PolicyDocument(version, list, NamesTags(json));
        }
    }

    private static Statement ReadStatement(JsonElement json, bool variables)
    {
        if (json.ValueKind != JsonValueKind.Object) throw PolicyProblem.Syntax;
        var statement = new Statement();
        var effect = false;
        foreach (var member in json.EnumerateObject())
            switch (member.Name)
            {
                case "Sid":
                    statement.Sid = Text(member.Value);
                    break;
                case "Effect":
                    statement.Allow = Text(member.Value) switch { "Allow" => true, "Deny" => false, _ => throw PolicyProblem.Syntax };
                    effect = true;
                    break;
                case "Action" or "NotAction" when statement.Actions is null:
                    statement.Actions = Patterns(member.Value, variables: false, lower: true);
                    statement.NotAction = member.Name == "NotAction";
                    break;
                case "Resource" or "NotResource" when statement.Resources is null:
                    statement.Resources = Patterns(member.Value, variables);
                    statement.NotResource = member.Name == "NotResource";
                    break;
                case "Principal" or "NotPrincipal" when statement.Principals is null:
                    statement.Principals = PrincipalPattern.Read(member.Value);
                    statement.NotPrincipal = member.Name == "NotPrincipal";
                    break;
                case "Condition":
                    statement.Conditions = Conditions(member.Value, variables);
                    break;
                default:
                    throw PolicyProblem.Syntax;
            }

        return effect ? statement : throw PolicyProblem.Syntax;
    }

    private static List<Condition> Conditions(JsonElement json, bool variables)
    {
        if (json.ValueKind != JsonValueKind.Object) throw PolicyProblem.Syntax;
        var conditions = new List<Condition>();
        foreach (var block in json.EnumerateObject())
        {
            if (block.Value.ValueKind != JsonValueKind.Object) throw PolicyProblem.Syntax;
            foreach (var line in block.Value.EnumerateObject())
            {
                var condition = new Condition(block.Name, line.Name, Patterns(line.Value, variables));
                conditions.Add(condition.Known ? condition : throw new PolicyProblem($"Invalid Condition type : {block.Name}"));
            }
        }

        return conditions;
    }

    internal static List<Wildcard> Patterns(JsonElement json, bool variables, bool lower = false)
    {
        return json.ValueKind == JsonValueKind.Array ? [.. json.EnumerateArray().Select(One)] : [One(json)];

        Wildcard One(JsonElement value) => new(lower ? Text(value).ToLowerInvariant() : Text(value), variables);
    }

    /// <summary>Text; numbers and booleans are taken as AWS takes them, as their text.</summary>
    internal static string Text(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => json.GetString()!,
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Number => json.GetRawText(),
        _ => throw PolicyProblem.Syntax,
    };
}

/// <summary>A policy that is not one; the message is AWS's.</summary>
internal sealed class PolicyProblem(string message) : Exception(message)
{
    public static PolicyProblem Syntax => new("Syntax errors in policy.");
}

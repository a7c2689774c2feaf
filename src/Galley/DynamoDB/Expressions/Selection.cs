namespace Galley.DynamoDB.Expressions;

/// <summary>A ProjectionExpression: which parts of an item are wanted. Also what UPDATED_NEW and UPDATED_OLD answer with.</summary>
internal sealed class Selection
{
    private readonly Node _root = new();

    public Selection(IEnumerable<DocumentPath> paths)
    {
        foreach (var path in paths)
        {
            var at = _root;
            foreach (var step in path.Steps) at = at.Child(step);
            at.Whole = true;
        }
    }

    /// <summary>The attributes it names at the top level.</summary>
    public IEnumerable<string> Attributes => _root.Members.Keys;

    /// <summary>Those of them that it goes into.</summary>
    public IEnumerable<string> Entered => _root.Members.Where(member => !member.Value.Whole).Select(member => member.Key);

    public Item Of(Item item)
    {
        var attributes = new Dictionary<string, AttributeValue>();
        foreach (var (name, node) in _root.Members)
            if (item[name] is { } value && Part(value, node) is { } part)
                attributes[name] = part;
        return new Item(attributes);
    }

    /// <summary>AWS's complaint when two paths cannot stand side by side, or null.</summary>
    public static string? Clash(IReadOnlyList<DocumentPath> paths)
    {
        return First("overlap", (one, two) => one.Overlaps(two)) ?? First("conflict", (one, two) => one.Conflicts(two));

        string? First(string problem, Func<DocumentPath, DocumentPath, bool> clash)
        {
            for (var i = 1; i < paths.Count; i++)
                for (var j = 0; j < i; j++)
                    if (clash(paths[j], paths[i]))
                        return $"Two document paths {problem} with each other; must remove or rewrite one of these paths; path one: {paths[j]}, path two: {paths[i]}";
            return null;
        }
    }

    private static AttributeValue? Part(AttributeValue value, Node node)
    {
        if (node.Whole) return value;
        if (value.Type == AttributeType.M)
        {
            var members = new Dictionary<string, AttributeValue>();
            foreach (var (name, child) in node.Members)
                if (value.Members.TryGetValue(name, out var member) && Part(member, child) is { } part)
                    members[name] = part;
            return members.Count == 0 ? null : AttributeValue.M(members);
        }

        if (value.Type != AttributeType.L) return null;
        var elements = new List<AttributeValue>();
        foreach (var (index, child) in node.Elements)
            if (index < value.Elements.Count && Part(value.Elements[(int)index], child) is { } part)
                elements.Add(part);
        return elements.Count == 0 ? null : AttributeValue.L(elements);
    }

    private sealed class Node
    {
        public bool Whole { get; set; }

        public Dictionary<string, Node> Members { get; } = [];

        public SortedDictionary<long, Node> Elements { get; } = [];

        public Node Child(PathStep step)
        {
            Node? child;
            if (step.Name is { } name) child = Members.TryGetValue(name, out child) ? child : Members[name] = new();
            else child = Elements.TryGetValue(step.Index, out child) ? child : Elements[step.Index] = new();
            return child;
        }
    }
}

internal sealed class ProjectionParser(ExpressionContext context, string text) : ExpressionParser(context, "ProjectionExpression", text)
{
    public Selection ParseAll()
    {
        var paths = new List<DocumentPath>();
        do paths.Add(ParsePath());
        while (Accept(","));
        if (Selection.Clash(paths) is { } clash) Problem(Rank.Operands, clash);
        ExpectEnd();
        return new Selection(paths);
    }
}

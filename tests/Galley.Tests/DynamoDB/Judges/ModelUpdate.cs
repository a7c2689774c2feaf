namespace Galley.Tests.DynamoDB.Judges;

/// <summary>What the model refuses; only the kind is compared with the server's answer.</summary>
internal sealed class Refusal(string code) : Exception
{
    public string Code => code;

    /// <summary>What a cancelled transaction says of each action.</summary>
    public IReadOnlyList<string> Reasons { get; init; } = [];

    public SortedDictionary<string, ModelValue>? Shown { get; init; }

    public static Refusal Invalid() => new("ValidationException");
}

/// <summary>The right-hand side of SET.</summary>
internal sealed record ModelOperand(string Kind, ModelValue? Value = null, ModelPath? Path = null, ModelOperand? First = null, ModelOperand? Second = null)
{
    public string Render(ModelScope scope) => Kind switch
    {
        "value" => scope.Value(Value!),
        "path" => Path!.Render(scope),
        "otherwise" => $"if_not_exists({Path!.Render(scope)}, {First!.Render(scope)})",
        "append" => $"list_append({First!.Render(scope)}, {Second!.Render(scope)})",
        _ => $"{First!.Render(scope)} {Kind} {Second!.Render(scope)}",
    };

    /// <summary>Always from the item as it was.</summary>
    public ModelValue Of(SortedDictionary<string, ModelValue> old)
    {
        switch (Kind)
        {
            case "value":
                return Value!;
            case "path":
                return Path!.In(old) ?? throw Refusal.Invalid();
            case "otherwise":
                return Path!.In(old) ?? First!.Of(old);
            case "append":
                var (head, tail) = (First!.Of(old), Second!.Of(old));
                return head.Type == "L" && tail.Type == "L" ? ModelValue.L(head.Elements.Concat(tail.Elements)) : throw Refusal.Invalid();
            default:
                var (left, right) = (First!.Of(old), Second!.Of(old));
                if (left.Type != "N" || right.Type != "N") throw Refusal.Invalid();
                return ModelValue.Fitting(Kind == "+" ? left.Number + right.Number : left.Number - right.Number) ?? throw Refusal.Invalid();
        }
    }
}

/// <param name="Section">SET, REMOVE, ADD or DELETE.</param>
internal sealed record ModelAction(string Section, ModelPath Path, ModelOperand? Operand);

/// <summary>An update expression: its text, and what it makes of an item.</summary>
internal sealed record ModelUpdate(IReadOnlyList<ModelAction> Actions)
{
    /// <summary>The attributes that get values of the expression itself.</summary>
    public SortedDictionary<string, ModelValue> Constants
        => new(Actions.Where(action => action is { Section: "SET" or "ADD", Path.TopLevel: true, Operand.Kind: "value" }).ToDictionary(action => action.Path.Root, action => action.Operand!.Value!), StringComparer.Ordinal);

    public string Render(ModelScope scope) => string.Join(' ', Actions.GroupBy(action => action.Section).Select(section => section.Key + " " + string.Join(", ", section.Select(action =>
        action.Section switch
        {
            "SET" => $"{action.Path.Render(scope)} = {action.Operand!.Render(scope)}",
            "REMOVE" => action.Path.Render(scope),
            _ => $"{action.Path.Render(scope)} {action.Operand!.Render(scope)}",
        }))));

    /// <summary>UPDATED_OLD and UPDATED_NEW are plain for these.</summary>
    public bool OnlyNames => Actions.All(action => action.Path.OnlyNames);

    /// <summary>Without what would touch the table's key; null when nothing is left.</summary>
    public ModelUpdate? Without(ModelTable table)
        => Actions.Where(action => table.Parts.All(part => part.Name != action.Path.Root)).ToList() is { Count: > 0 } rest ? new(rest) : null;

    public SortedDictionary<string, ModelValue> Apply(SortedDictionary<string, ModelValue> old)
    {
        var root = new Box { Members = old.ToDictionary(member => member.Key, member => Box.Of(member.Value)) };
        foreach (var action in Actions.Where(action => action.Section == "SET").OrderBy(action => action.Path.Steps.LastOrDefault() is int index ? index : -1))
            Place(root, action.Path, action.Operand!.Of(old));
        foreach (var action in Actions.Where(action => action.Section == "REMOVE")) Remove(root, action.Path);
        foreach (var action in Actions.Where(action => action.Section == "ADD"))
            Place(root, action.Path, Added(action.Path.In(old), action.Operand!.Value!));
        foreach (var action in Actions.Where(action => action.Section == "DELETE"))
        {
            if (action.Path.In(old) is not { } set) continue;
            if (set.Type != action.Operand!.Value!.Type) throw Refusal.Invalid();
            var rest = set.Elements.Where(element => !action.Operand.Value.Elements.Any(element.Same)).ToList();
            if (rest.Count == 0) Remove(root, action.Path);
            else Place(root, action.Path, ModelValue.Set(set.Type, rest));
        }

        return root.Close().Members;
    }

    /// <summary>Only what the paths name, in their nesting.</summary>
    public static SortedDictionary<string, ModelValue> Pick(SortedDictionary<string, ModelValue> item, IEnumerable<ModelPath> paths)
    {
        var picked = new Box { Members = [] };
        foreach (var path in paths)
        {
            if (path.In(item) is not { } value) continue;
            var at = picked;
            foreach (var step in path.Steps.Prepend(path.Root))
                at = step is string name
                    ? (at.Members ??= []).TryGetValue(name, out var member) ? member : at.Members[name] = new()
                    : (at.Elements ??= []).TryGetValue((int)step, out var element) ? element : at.Elements[(int)step] = new();
            at.Value = value;
        }

        return picked.Close().Members;
    }

    private static ModelValue Added(ModelValue? old, ModelValue value)
    {
        if (old is null) return value;
        if (old.Type != value.Type) throw Refusal.Invalid();
        return value.Type == "N" ? ModelValue.Fitting(old.Number + value.Number) ?? throw Refusal.Invalid() : ModelValue.Set(value.Type, old.Elements.Concat(value.Elements));
    }

    private static Box Parent(Box root, ModelPath path)
    {
        var at = root;
        foreach (var step in path.Steps.Prepend(path.Root).SkipLast(1))
            at = (step is string name ? at.Members?.GetValueOrDefault(name) : at.Elements?.GetValueOrDefault((int)step)) ?? throw Refusal.Invalid();
        return at;
    }

    private static void Place(Box root, ModelPath path, ModelValue value)
    {
        var parent = Parent(root, path);
        if (path.Steps.LastOrDefault(path.Root) is string name) (parent.Members ?? throw Refusal.Invalid())[name] = Box.Of(value);
        else
        {
            var elements = parent.Elements ?? throw Refusal.Invalid();
            var index = (int)path.Steps[^1];
            elements[index < parent.Length ? index : parent.Length++] = Box.Of(value);
        }
    }

    private static void Remove(Box root, ModelPath path)
    {
        var parent = Parent(root, path);
        if (path.Steps.LastOrDefault(path.Root) is string name) (parent.Members ?? throw Refusal.Invalid()).Remove(name);
        else (parent.Elements ?? throw Refusal.Invalid()).Remove((int)path.Steps[^1]);
    }

    /// <summary>A value taken apart: a removed list element leaves a gap, so that the other indexes keep their meaning.</summary>
    private sealed class Box
    {
        public ModelValue? Value { get; set; }

        public Dictionary<string, Box>? Members { get; set; }

        public SortedDictionary<int, Box>? Elements { get; set; }

        public int Length { get; set; }

        public static Box Of(ModelValue value) => value.Type switch
        {
            "M" => new() { Members = value.Members.ToDictionary(member => member.Key, member => Of(member.Value)) },
            "L" => new() { Elements = new(value.Elements.Index().ToDictionary(element => element.Index, element => Of(element.Item))), Length = value.Elements.Count },
            _ => new() { Value = value },
        };

        public ModelValue Close() => Value
            ?? (Members is not null
                ? ModelValue.M(Members.Select(member => KeyValuePair.Create(member.Key, member.Value.Close())))
                : ModelValue.L(Elements!.Values.Select(element => element.Close())));
    }
}

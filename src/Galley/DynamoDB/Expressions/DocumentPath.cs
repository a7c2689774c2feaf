using System.Globalization;
using System.Text;

namespace Galley.DynamoDB.Expressions;

/// <summary>One step of a path: a name, or an index into a list when the name is null.</summary>
internal readonly record struct PathStep(string? Name, long Index)
{
    /// <summary>Bytes of the name, or digits of the index.</summary>
    public int Length => Name is null ? Index.ToString(CultureInfo.InvariantCulture).Length : Encoding.UTF8.GetByteCount(Name);

    public override string ToString() => Name ?? $"[{Index}]";
}

/// <summary>`a.b[0].c`, its placeholders resolved.</summary>
internal sealed class DocumentPath(PathStep[] steps)
{
    public IReadOnlyList<PathStep> Steps => steps;

    public string Root => steps[0].Name!;

    public bool IsTopLevel => steps.Length == 1;

    public AttributeValue? In(Item item)
    {
        var value = item[Root];
        for (var i = 1; i < steps.Length && value is not null; i++) value = Step(value, steps[i]);
        return value;
    }

    public bool Same(DocumentPath other) => steps.AsSpan().SequenceEqual(other.Steps.ToArray());

    /// <summary>Whether one of the two paths starts with the other.</summary>
    public bool Overlaps(DocumentPath other)
    {
        var common = Math.Min(steps.Length, other.Steps.Count);
        for (var i = 0; i < common; i++)
            if (steps[i] != other.Steps[i])
                return false;
        return true;
    }

    /// <summary>Whether one takes for a list what the other takes for a map.</summary>
    public bool Conflicts(DocumentPath other)
    {
        var common = Math.Min(steps.Length, other.Steps.Count);
        for (var i = 0; i < common; i++)
        {
            if (steps[i] == other.Steps[i]) continue;
            return (steps[i].Name is null) != (other.Steps[i].Name is null);
        }

        return false;
    }

    /// <summary>As AWS writes paths: `[a, b, [0]]`.</summary>
    public override string ToString() => $"[{string.Join(", ", steps)}]";

    private static AttributeValue? Step(AttributeValue value, PathStep step) => value.Type switch
    {
        AttributeType.M when step.Name is not null => value.Members.GetValueOrDefault(step.Name),
        AttributeType.L when step.Name is null && step.Index < value.Elements.Count => value.Elements[(int)step.Index],
        _ => null,
    };
}

namespace Galley.DynamoDB.Expressions;

/// <summary>
/// An item while an update changes it. Maps and lists are copied the first time something inside them changes; a removed list
/// element leaves a gap until the end, so that indexes keep their meaning.
/// </summary>
internal sealed class DocumentTree(Item old)
{
    private readonly Dictionary<string, object> _root = old.Attributes.ToDictionary(pair => pair.Key, pair => (object)pair.Value);

    public void Set(DocumentPath path, AttributeValue value)
    {
        var last = path.Steps[^1];
        switch (Parent(path))
        {
            case Dictionary<string, object> members when last.Name is not null:
                members[last.Name] = value;
                break;
            case List<object?> elements when last.Name is null:
                if (last.Index < elements.Count) elements[(int)last.Index] = value;
                else elements.Add(value);
                break;
            default:
                throw InvalidPath();
        }
    }

    /// <summary>What is not there need not be removed, but what would hold it must be there.</summary>
    public void Remove(DocumentPath path)
    {
        var last = path.Steps[^1];
        switch (Parent(path))
        {
            case Dictionary<string, object> members when last.Name is not null:
                members.Remove(last.Name);
                break;
            case List<object?> elements when last.Name is null:
                if (last.Index < elements.Count) elements[(int)last.Index] = null;
                break;
            default:
                throw InvalidPath();
        }
    }

    public Item ToItem() => new(_root.ToDictionary(pair => pair.Key, pair => Closed(pair.Value)));

    private object Parent(DocumentPath path)
    {
        object at = _root;
        for (var i = 0; i < path.Steps.Count - 1; i++) at = Opened(at, path.Steps[i]);
        return at;
    }

    /// <summary>The container under a step, made changeable.</summary>
    private static object Opened(object container, PathStep step)
    {
        switch (container)
        {
            case Dictionary<string, object> members when step.Name is not null && members.TryGetValue(step.Name, out var child):
                return members[step.Name] = Open(child);
            case List<object?> elements when step.Name is null && step.Index < elements.Count && elements[(int)step.Index] is { } child:
                return (elements[(int)step.Index] = Open(child))!;
            default:
                throw InvalidPath();
        }
    }

    private static object Open(object value) => value switch
    {
        AttributeValue { Type: AttributeType.M } map => map.Members.ToDictionary(pair => pair.Key, pair => (object)pair.Value),
        AttributeValue { Type: AttributeType.L } list => list.Elements.ToList<object?>(),
        AttributeValue => throw InvalidPath(),
        _ => value,
    };

    private static AttributeValue Closed(object value) => value switch
    {
        Dictionary<string, object> members => AttributeValue.M(members.ToDictionary(pair => pair.Key, pair => Closed(pair.Value))),
        List<object?> elements => AttributeValue.L(elements.Where(element => element is not null).Select(element => Closed(element!)).ToList()),
        _ => (AttributeValue)value,
    };

    private static Galley.Wire.AwsError InvalidPath() => Errors.Validation("The document path provided in the update expression is invalid for update");
}

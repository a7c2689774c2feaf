using System.Text.Json.Nodes;
using Galley.CloudFormation.Template;

namespace Galley.CloudFormation.Sam;

/// <summary>
/// One run of the transform: the template, which it changes, what it makes, and what is known before the deployment. Names of made
/// resources that a template cannot know (`Function.Alias`, a layer's with its hash) are put in where it refers to them.
/// </summary>
internal sealed class SamRun(StackTemplate template, IReadOnlyDictionary<string, string> parameters, string region)
{
    private const int MostInOr = 10;

    private readonly JsonObject _made = [];
    private readonly Dictionary<string, string> _names = [];

    public JsonObject Root { get; } = (JsonObject)template.Root.DeepClone();

    public JsonObject Resources => (JsonObject)Root["Resources"]!;

    public JsonObject Conditions
    {
        get
        {
            if (Root["Conditions"] is not JsonObject conditions) Root["Conditions"] = conditions = [];
            return conditions;
        }
    }

    /// <summary>Adds a resource, or puts it in the place of one of the same name that two SAM resources share.</summary>
    public void Make(string name, JsonObject resource) => _made[name] = resource;

    /// <summary>From now on <paramref name="path"/> (`Layer`, `Function.Alias`) means the resource <paramref name="made"/>.</summary>
    public void Name(string path, string made) => _names[path] = made;

    /// <summary>The node with references to parameters replaced by their values. Secrets stay references.</summary>
    public JsonNode? Known(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject { Count: 1 } call when call.First() is ("Ref", { } name) && Scalars.Text(name) is { } referred && Value(referred) is { } value:
                return value;
            case JsonObject { Count: 1 } call when call.First() is ("Fn::Sub", var text):
                return new JsonObject
                {
                    ["Fn::Sub"] = text switch
                    {
                        JsonValue line => Filled(Scalars.Text(line)),
                        JsonArray { Count: 2 } pair => new JsonArray(Filled(Scalars.Text(pair[0]) ?? ""), Known(pair[1])),
                        _ => text?.DeepClone(),
                    },
                };
            case JsonObject map:
                return new JsonObject(map.Select(pair => KeyValuePair.Create(pair.Key, Known(pair.Value))));
            case JsonArray list:
                return new JsonArray([.. list.Select(Known)]);
            default:
                return node?.DeepClone();
        }

        string Filled(string text) => References.SubVariable().Replace(text, match => Value(match.Groups[1].Value.Trim()) is JsonValue known ? Scalars.Text(known) : match.Value);
    }

    /// <summary>The name of a condition that holds when one of these does.</summary>
    public string AnyOf(string name, IEnumerable<string> conditions)
    {
        var left = conditions.Distinct().Order(StringComparer.Ordinal).ToList();
        if (left.Count == 1) return left[0];
        for (var number = (left.Count - 2) / (MostInOr - 1); left.Count > 1; number--)
        {
            var made = number > 0 ? name + number : name;
            Conditions[made] = new JsonObject { ["Fn::Or"] = new JsonArray([.. left.Take(MostInOr).Select(condition => (JsonNode)new JsonObject { ["Condition"] = condition })]) };
            left = [.. left.Skip(MostInOr), made];
        }

        return left[0];
    }

    /// <summary>The finished template.</summary>
    /// <param name="serverless">Names of the SAM resources, in whose place the made ones come.</param>
    public JsonObject Finish(IEnumerable<string> serverless)
    {
        Root.Remove("Transform");
        Root.Remove("Globals");
        foreach (var name in serverless) Resources.Remove(name);
        foreach (var (name, resource) in _made.ToList())
        {
            if (Resources.ContainsKey(name)) throw Errors.Template($"the transform makes a resource {name}, which the template has already.");
            _made.Remove(name);
            Resources.Add(name, resource);
        }

        return _names.Count == 0 ? Root : (JsonObject)Named(Root)!;
    }

    private JsonNode? Named(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject { Count: 1 } call when call.First() is ("Ref", JsonValue name):
                return new JsonObject { ["Ref"] = Aim(Scalars.Text(name)) };
            case JsonObject { Count: 1 } call when call.First() is ("Fn::GetAtt", var argument):
                if (argument is JsonArray { Count: 2 } pair && Scalars.Text(pair[0]) is { } resource && Scalars.Text(pair[1]) is { } attribute && Aim($"{resource}.{attribute}").Split('.', 2) is [var aim, var rest])
                    return new JsonObject { ["Fn::GetAtt"] = new JsonArray(aim, rest) };
                return argument is JsonValue path ? new JsonObject { ["Fn::GetAtt"] = Aim(Scalars.Text(path)) } : node.DeepClone();
            case JsonObject { Count: 1 } call when call.First() is ("Fn::Sub", var text):
                return new JsonObject { ["Fn::Sub"] = text switch { JsonValue line => Filled(Scalars.Text(line)), JsonArray { Count: 2 } two => new JsonArray(Filled(Scalars.Text(two[0]) ?? ""), Named(two[1])), _ => text?.DeepClone() } };
            case JsonObject map:
                return new JsonObject(map.Select(member => KeyValuePair.Create(member.Key, member.Key == "DependsOn" ? DependsOn(member.Value) : Named(member.Value))));
            case JsonArray list:
                return new JsonArray([.. list.Select(Named)]);
            default:
                return node?.DeepClone();
        }

        string Filled(string text) => References.SubVariable().Replace(text, match => "${" + Aim(match.Groups[1].Value) + "}");

        JsonNode? DependsOn(JsonNode? names) => names switch
        {
            JsonValue one => Aim(Scalars.Text(one)),
            JsonArray list => new JsonArray([.. list.Select(name => name is JsonValue one ? JsonValue.Create(Aim(Scalars.Text(one))) : Named(name))]),
            _ => Named(names),
        };
    }

    private string Aim(string path)
    {
        var parts = path.Split('.');
        if (parts.Length > 1 && _names.TryGetValue($"{parts[0]}.{parts[1]}", out var made)) return string.Join('.', [made, .. parts.Skip(2)]);
        return _names.TryGetValue(parts[0], out made) ? string.Join('.', [made, .. parts.Skip(1)]) : path;
    }

    private JsonNode? Value(string name) => name switch
    {
        "AWS::Region" => region,
        "AWS::Partition" => "aws",
        _ => template.Parameters.TryGetValue(name, out var parameter) && !parameter.NoEcho && parameters.TryGetValue(name, out var value) ? parameter.Value(value) : null,
    };
}

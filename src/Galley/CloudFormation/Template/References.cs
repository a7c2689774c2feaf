using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Galley.CloudFormation.Template;

/// <summary>What refers to what: the names in `Ref`, `Fn::GetAtt`, `Fn::Sub` and `DependsOn`, the order they force, and circles.</summary>
internal static partial class References
{
    public static readonly HashSet<string> Pseudo =
        ["AWS::AccountId", "AWS::Region", "AWS::Partition", "AWS::StackName", "AWS::StackId", "AWS::URLSuffix", "AWS::NoValue", "AWS::NotificationARNs"];

    /// <summary>Names that <paramref name="node"/> refers to, pseudo parameters left out.</summary>
    public static IEnumerable<string> Of(JsonNode? node)
    {
        switch (node)
        {
            case JsonArray list:
                foreach (var item in list)
                    foreach (var name in Of(item))
                        yield return name;
                break;
            case JsonObject map:
                if (map.Count == 1)
                {
                    var (function, argument) = map.First();
                    var named = function switch
                    {
                        "Ref" => Scalars.Text(argument) is { } name ? [name] : [],
                        "Fn::GetAtt" => [GetAtt(argument).Resource],
                        "Fn::Sub" => SubNames(argument),
                        _ => Enumerable.Empty<string>(),
                    };
                    foreach (var name in named)
                        if (!Pseudo.Contains(name))
                            yield return name;
                }

                foreach (var (_, value) in map)
                    foreach (var name in Of(value))
                        yield return name;
                break;
        }
    }

    public static (string Resource, JsonNode Attribute) GetAtt(JsonNode? argument)
    {
        if (argument is JsonArray { Count: 2 } pair && Scalars.Text(pair[0]) is { Length: > 0 } resource && pair[1] is { } attribute && Scalars.Text(attribute) != "")
            return (resource, attribute);
        if (Scalars.Text(argument)?.Split('.', 2) is [{ Length: > 0 } name, { Length: > 0 } rest]) return (name, JsonValue.Create(rest));
        throw Errors.Template("every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute");
    }

    /// <summary>The resources each resource of the template needs before it.</summary>
    public static Dictionary<string, HashSet<string>> Graph(StackTemplate template)
        => template.Resources.Values.ToDictionary(
            resource => resource.Name,
            resource => Of(resource.Properties).Concat(resource.DependsOn).Where(template.Resources.ContainsKey).ToHashSet());

    /// <summary>Names so ordered that each comes after what it needs. A circle is refused.</summary>
    public static List<string> Order(IReadOnlyDictionary<string, HashSet<string>> graph)
    {
        var order = new List<string>();
        var left = new Dictionary<string, int>();
        var needed = new Dictionary<string, List<string>>();
        foreach (var (name, needs) in graph)
        {
            left[name] = needs.Count(graph.ContainsKey);
            foreach (var need in needs)
            {
                if (!needed.TryGetValue(need, out var users)) needed[need] = users = [];
                users.Add(name);
            }
        }

        var ready = new Queue<string>(graph.Keys.Where(name => left[name] == 0));
        while (ready.TryDequeue(out var name))
        {
            order.Add(name);
            foreach (var user in needed.GetValueOrDefault(name, []))
                if (--left[user] == 0)
                    ready.Enqueue(user);
        }

        if (order.Count == graph.Count) return order;
        throw Errors.Validation($"Circular dependency between resources: [{string.Join(", ", graph.Keys.Where(name => left[name] > 0))}]");
    }

    public static void Check(StackTemplate template)
    {
        bool Known(string name) => template.Resources.ContainsKey(name) || template.Parameters.ContainsKey(name);
        var missing = template.Resources.Values.SelectMany(resource => Of(resource.Properties).Concat(resource.DependsOn)).Where(name => !Known(name)).Distinct().ToList();
        if (missing.Count > 0) throw Errors.Format($"Unresolved resource dependencies [{string.Join(", ", missing)}] in the Resources block of the template");
        missing = template.Outputs.Values.SelectMany(Of).Where(name => !Known(name)).Distinct().ToList();
        if (missing.Count > 0) throw Errors.Validation($"Unresolved resource dependencies [{string.Join(", ", missing)}] in the Outputs block of the template");
        missing = template.Conditions.Values.SelectMany(Of).Where(name => !template.Parameters.ContainsKey(name)).Distinct().ToList();
        if (missing.Count > 0) throw Errors.Format($"Unresolved dependencies [{string.Join(", ", missing)}]. Cannot reference resources in the Conditions block of the template");
        foreach (var condition in template.Resources.Values.Select(resource => resource.Condition).Concat(template.Outputs.Values.Select(output => Scalars.Text(output["Condition"]))))
            if (condition is not null && !template.Conditions.ContainsKey(condition))
                throw Errors.Format($"Unresolved condition dependency {condition} in the template");
        DynamicReferences.Check(template.Root);
        Order(Graph(template));
    }

    /// <summary>`${Name}`, `${Name.Attribute}`; not `${!Literal}`.</summary>
    [GeneratedRegex(@"\$\{([^{}!][^{}]*)\}")]
    public static partial Regex SubVariable();

    private static IEnumerable<string> SubNames(JsonNode? argument)
    {
        var (text, own) = argument is JsonArray { Count: 2 } pair ? (Scalars.Text(pair[0]), pair[1] as JsonObject) : (Scalars.Text(argument), null);
        if (text is null) throw Errors.Template("One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first argument, and an optional second argument to specify a mapping of values to replace in the string");
        return SubVariable().Matches(text).Select(match => match.Groups[1].Value.Trim())
            .Where(name => own is null || !own.ContainsKey(name))
            .Select(name => name.StartsWith("AWS::", StringComparison.Ordinal) ? name : name.Split('.', 2)[0]);
    }
}

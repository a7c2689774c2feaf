using System.Text;
using System.Text.Json.Nodes;

namespace Galley.CloudFormation.Template;

/// <summary>What the functions of a template may look at.</summary>
internal sealed record Scope
{
    public required StackTemplate Template { get; init; }

    /// <summary>Parameter values as given, by name; every parameter has one.</summary>
    public required IReadOnlyDictionary<string, string> Parameters { get; init; }

    public required string Account { get; init; }

    public required string Region { get; init; }

    public required string StackName { get; init; }

    public required string StackId { get; init; }

    /// <summary>Values that other stacks export, by export name.</summary>
    public required IReadOnlyDictionary<string, string> Exports { get; init; }

    /// <summary>What `Ref` (no attribute) and `Fn::GetAtt` of a resource give; null when the resource does not exist.</summary>
    public required Func<string, string?, string?> Resource { get; init; }
}

/// <summary>Resolves the functions of a template to plain JSON. What it makes is bounded, so that no template can grow without end.</summary>
internal sealed class Intrinsics(Scope scope)
{
    private const int MaxProduced = 8 << 20;

    private readonly Dictionary<string, bool> _conditions = [];
    private readonly HashSet<string> _evaluating = [];
    private readonly HashSet<string> _imports = [];
    private int _produced;

    /// <summary>Names of the exports that were imported.</summary>
    public IReadOnlySet<string> Imports => _imports;

    public JsonObject ResolveObject(JsonObject map) => Resolve(map) as JsonObject ?? [];

    /// <summary>Null is `AWS::NoValue`: the member that holds it goes.</summary>
    public JsonNode? Resolve(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject { Count: 1 } call when call.First() is var (name, argument) && (name == "Ref" || name.StartsWith("Fn::", StringComparison.Ordinal)):
                return Call(name, argument);
            case JsonObject map:
                var resolved = new JsonObject();
                foreach (var (name, value) in map)
                    if (Resolve(value) is { } kept)
                        resolved.Add(name, kept);
                return resolved;
            case JsonArray list:
                return new JsonArray([.. list.Select(Resolve).Where(item => item is not null)]);
            case null:
                return null;
            default:
                Count(16);
                return node.DeepClone();
        }
    }

    /// <summary>As text; lists and objects are an error of the template.</summary>
    public string ResolveText(JsonNode? node, string where)
        => Scalars.Text(Resolve(node)) ?? throw Errors.Template($"{where} must resolve to a string.");

    public bool IsTrue(string? condition)
    {
        if (condition is null) return true;
        if (_conditions.TryGetValue(condition, out var known)) return known;
        if (!scope.Template.Conditions.TryGetValue(condition, out var node)) throw Errors.Template($"unresolved condition dependency {condition} in Fn::If");
        if (!_evaluating.Add(condition)) throw Errors.Format($"Found circular condition dependency between {string.Join(" and ", _evaluating)}");
        var value = Condition(node);
        _evaluating.Remove(condition);
        return _conditions[condition] = value;
    }

    private JsonNode? Call(string name, JsonNode? argument) => name switch
    {
        "Ref" => Ref(Scalars.Text(argument) ?? throw Arguments("Ref")),
        "Fn::GetAtt" => GetAtt(argument),
        "Fn::Sub" => Sub(argument),
        "Fn::Join" => argument is JsonArray { Count: 2 } join ? Produced(string.Join(ResolveText(join[0], "Fn::Join delimiter"), Texts(join[1], name))) : throw Arguments(name),
        "Fn::Split" => argument is JsonArray { Count: 2 } split ? List(Parts(ResolveText(split[1], name), ResolveText(split[0], name))) : throw Arguments(name),
        "Fn::Select" => Select(argument),
        "Fn::If" => argument is JsonArray { Count: 3 } fork ? Resolve(IsTrue(Scalars.Text(fork[0])) ? fork[1] : fork[2]) : throw Errors.Template("Fn::If requires a list argument with three elements"),
        "Fn::And" or "Fn::Or" or "Fn::Not" or "Fn::Equals" => JsonValue.Create(Condition(new JsonObject { [name] = argument?.DeepClone() })),
        "Fn::FindInMap" => FindInMap(argument),
        "Fn::Base64" => Produced(Convert.ToBase64String(Encoding.UTF8.GetBytes(ResolveText(argument, name)))),
        "Fn::ImportValue" => Import(ResolveText(argument, name)),
        "Fn::GetAZs" => List(Zones.Of(ResolveText(argument, name) is { Length: > 0 } region ? region : scope.Region)),
        "Fn::Cidr" => CidrBlocks.Of(argument is JsonArray { Count: 2 or 3 } cidr ? [.. cidr.Select(item => ResolveText(item, name))] : throw Arguments(name)) is var blocks ? List(blocks) : null,
        "Fn::Length" => Resolve(argument) is JsonArray items ? JsonValue.Create(items.Count) : throw Arguments(name),
        "Fn::ToJsonString" => Produced(Resolve(argument)?.ToJsonString() ?? throw Arguments(name)),
        _ => throw Errors.NotSupported(name),
    };

    private JsonNode? Ref(string name)
    {
        switch (name)
        {
            case "AWS::NoValue": return null;
            case "AWS::NotificationARNs": return new JsonArray();
            case "AWS::AccountId": return Produced(scope.Account);
            case "AWS::Region": return Produced(scope.Region);
            case "AWS::Partition": return Produced("aws");
            case "AWS::StackName": return Produced(scope.StackName);
            case "AWS::StackId": return Produced(scope.StackId);
            case "AWS::URLSuffix": return Produced("amazonaws.com");
        }

        if (scope.Template.Parameters.TryGetValue(name, out var parameter))
        {
            Count(scope.Parameters[name].Length + 16);
            return parameter.Value(scope.Parameters[name]);
        }

        return Produced(scope.Resource(name, null) ?? throw Unresolved(name));
    }

    private JsonValue GetAtt(JsonNode? argument)
    {
        var (resource, attribute) = References.GetAtt(argument);
        return Produced(scope.Resource(resource, ResolveText(attribute, "Fn::GetAtt attribute")) ?? throw Unresolved(resource));
    }

    private JsonValue Sub(JsonNode? argument)
    {
        var (text, own) = argument is JsonArray { Count: 2 } pair ? (Scalars.Text(pair[0]), pair[1] as JsonObject) : (Scalars.Text(argument), null);
        if (text is null) throw Arguments("Fn::Sub");
        var values = new Dictionary<string, string>();
        var replaced = References.SubVariable().Replace(text, match =>
        {
            var name = match.Groups[1].Value.Trim();
            if (!values.TryGetValue(name, out var value)) values[name] = value = Variable(name);
            Count(value.Length);
            return value;
        });
        return Produced(replaced.Replace("${!", "${", StringComparison.Ordinal));

        string Variable(string name)
        {
            if (own is not null && own.TryGetPropertyValue(name, out var value)) return ResolveText(value, $"Fn::Sub variable {name}");
            if (name.Contains('.', StringComparison.Ordinal)) return Scalars.Text(GetAtt(name));
            return Ref(name) switch
            {
                JsonArray list => string.Join(',', list.Select(Scalars.Text)),
                JsonValue scalar => Scalars.Text(scalar),
                _ => "",
            };
        }
    }

    /// <summary>What is not known yet has parts that are not known either.</summary>
    private static string[] Parts(string text, string separator) => text.Contains(Deploy.Plan.Unknown, StringComparison.Ordinal) ? [Deploy.Plan.Unknown] : text.Split(separator);

    private JsonNode? Select(JsonNode? argument)
    {
        if (argument is not JsonArray { Count: 2 } pair || Resolve(pair[1]) is not JsonArray list) throw Arguments("Fn::Select");
        return int.TryParse(ResolveText(pair[0], "Fn::Select index"), out var index) && index >= 0 && index < list.Count
            ? list[index]?.DeepClone()
            : Deploy.Plan.IsUnknown(list) || Deploy.Plan.IsUnknown(Resolve(pair[0])) ? JsonValue.Create(Deploy.Plan.Unknown)
            : throw Errors.Template($"Fn::Select cannot select nonexistent value at index {ResolveText(pair[0], "Fn::Select index")}");
    }

    private JsonNode? FindInMap(JsonNode? argument)
    {
        if (argument is not JsonArray { Count: 3 or 4 } list) throw Arguments("Fn::FindInMap");
        var (map, top, second) = (ResolveText(list[0], "Fn::FindInMap"), ResolveText(list[1], "Fn::FindInMap"), ResolveText(list[2], "Fn::FindInMap"));
        if (scope.Template.Mappings.TryGetValue(map, out var mapping) && mapping[top] is JsonObject row && row[second] is { } value) return Resolve(value);
        if (list.Count == 4 && list[3] is JsonObject { Count: 1 } other && other["DefaultValue"] is { } fallback) return Resolve(fallback);
        if ((map + top + second).Contains(Deploy.Plan.Unknown, StringComparison.Ordinal)) return JsonValue.Create(Deploy.Plan.Unknown);
        throw Errors.Template($"Unable to get mapping for {map}::{top}::{second}");
    }

    private JsonValue Import(string name)
    {
        _imports.Add(name);
        return Produced(scope.Exports.GetValueOrDefault(name) ?? throw Errors.Validation($"No export named {name} found."));
    }

    private bool Condition(JsonNode? node)
    {
        if (node is JsonObject { Count: 1 } call)
        {
            var (name, argument) = call.First();
            switch (name)
            {
                case "Condition": return IsTrue(Scalars.Text(argument) ?? "");
                case "Fn::And" when argument is JsonArray { Count: >= 2 and <= 10 } all: return all.All(Condition);
                case "Fn::Or" when argument is JsonArray { Count: >= 2 and <= 10 } any: return any.Any(Condition);
                case "Fn::Not" when argument is JsonArray { Count: 1 } not: return !Condition(not[0]);
                case "Fn::Equals" when argument is JsonArray { Count: 2 } two: return Same(Resolve(two[0]), Resolve(two[1]));
            }
        }

        return bool.TryParse(Scalars.Text(node), out var value) ? value : throw Errors.Format("Every Conditions member must be a condition function.");

        static bool Same(JsonNode? a, JsonNode? b)
            => Scalars.Text(a) is { } left && Scalars.Text(b) is { } right ? left == right : JsonNode.DeepEquals(a, b);
    }

    private List<string> Texts(JsonNode? node, string function)
        => Resolve(node) is JsonArray list
            ? [.. list.Select(item => Scalars.Text(item) ?? throw Arguments(function))]
            : throw Arguments(function);

    private JsonArray List(IReadOnlyList<string> items)
    {
        foreach (var item in items) Count(item.Length + 16);
        return new JsonArray([.. items.Select(item => JsonValue.Create(item))]);
    }

    private JsonValue Produced(string text)
    {
        Count(text.Length + 16);
        return JsonValue.Create(text);
    }

    private void Count(int characters)
    {
        if ((_produced += characters) > MaxProduced) throw Errors.Template($"the functions of the template make more than {MaxProduced} characters.");
    }

    private static Wire.AwsError Arguments(string function) => Errors.Template($"{function} object has wrong arguments.");

    private static Wire.AwsError Unresolved(string name) => Errors.Format($"Unresolved resource dependencies [{name}] in the Resources block of the template");
}

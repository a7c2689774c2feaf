using System.Text.Json.Nodes;
using Galley.Wire;

namespace Galley.CloudFormation.Template;

/// <summary>A template that is sound in itself: known sections, typed resources, every reference answered, no circle.</summary>
internal sealed class StackTemplate
{
    private const int MaxResources = 500, MaxParameters = 200, MaxOutputs = 200, MaxMappings = 200;

    private static readonly HashSet<string> Sections =
        ["AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Mappings", "Conditions", "Transform", "Globals", "Resources", "Outputs", "Rules", "Hooks"];

    private static readonly HashSet<string> ResourceMembers =
        ["Type", "Properties", "DependsOn", "Condition", "DeletionPolicy", "UpdateReplacePolicy", "Metadata", "CreationPolicy", "UpdatePolicy", "Connectors", "IgnoreGlobals"];

    private static readonly HashSet<string> RetentionPolicies = ["Delete", "Retain", "RetainExceptOnCreate"];

    private StackTemplate(JsonObject root)
    {
        Root = root;
        Description = Text(root["Description"], "Description");
        Transforms = root["Transform"] switch { null => [], JsonArray list => [.. list.Select(TransformName)], var one => [TransformName(one)] };
        Parameters = Section("Parameters", MaxParameters).Select(pair => Parameter.Read(pair.Key, pair.Value)).ToDictionary(parameter => parameter.Name);
        Mappings = Section("Mappings", MaxMappings).ToDictionary(pair => pair.Key, pair => pair.Value);
        Conditions = (root["Conditions"] as JsonObject ?? []).ToDictionary(pair => pair.Key, pair => pair.Value);
        Outputs = Section("Outputs", MaxOutputs).ToDictionary(pair => pair.Key, pair => pair.Value);
    }

    public JsonObject Root { get; }

    public string? Description { get; }

    public IReadOnlyList<string> Transforms { get; }

    public Dictionary<string, Parameter> Parameters { get; }

    public Dictionary<string, JsonObject> Mappings { get; }

    public Dictionary<string, JsonNode?> Conditions { get; }

    public Dictionary<string, TemplateResource> Resources { get; } = [];

    public Dictionary<string, JsonObject> Outputs { get; }

    /// <summary>Checks all but references between resources: what a template must hold before a transform runs.</summary>
    public static StackTemplate Read(JsonObject root)
    {
        var unknown = root.Select(pair => pair.Key).Where(key => !Sections.Contains(key)).ToList();
        if (unknown.Count > 0) throw Errors.Validation($"Invalid template property or properties [{string.Join(", ", unknown)}]");
        if (root["AWSTemplateFormatVersion"] is { } version && Text(version, "AWSTemplateFormatVersion") != "2010-09-09")
            throw Errors.Format("Template format version not supported.");
        if (root["Hooks"] is not null) throw Errors.NotSupported("the Hooks section");
        RefuseNulls(root, "");
        if (root["Resources"] is not JsonObject { Count: > 0 } resources) throw Errors.Format("At least one Resources member must be defined.");
        if (resources.Count > MaxResources) throw Errors.Format($"Number of resources, {resources.Count}, is greater than maximum allowed, {MaxResources}");
        var template = new StackTemplate(root);
        foreach (var (name, node) in resources) template.Resources.Add(name, ReadResource(name, node));
        foreach (var (name, output) in template.Outputs)
            if (output["Value"] is null)
                throw Errors.Format($"Output {name} is malformed. The Value member must be defined.");
        return template;
    }

    /// <summary>What parameters may be given and what transforms are asked for; nothing that a loop may have to write first.</summary>
    public static StackTemplate Head(JsonObject root)
    {
        RefuseNulls(root, "");
        return new StackTemplate(new JsonObject(root.Where(pair => pair.Key is not ("Resources" or "Outputs" or "Conditions")).Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone()))));
    }

    /// <summary>As <see cref="Read"/>, and every reference in it has an aim.</summary>
    public static StackTemplate ReadWhole(JsonObject root)
    {
        var template = Read(root);
        References.Check(template);
        return template;
    }

    private static TemplateResource ReadResource(string name, JsonNode? node)
    {
        if (name.Length is 0 or > 255 || !name.All(char.IsAsciiLetterOrDigit))
            throw Errors.Format($"Resource name {name} is non alphanumeric.");
        if (node is not JsonObject body || body["Type"] is null)
            throw Errors.Format($"[/Resources/{name}] Every Resources object must contain a Type member.");
        foreach (var (member, _) in body)
            if (!ResourceMembers.Contains(member))
                throw Errors.Validation($"Invalid template resource property '{member}'");
        foreach (var member in (string[])["CreationPolicy", "UpdatePolicy", "Connectors"])
            if (body[member] is not null)
                throw Errors.NotSupported($"{member} (resource {name})");
        if (body["Properties"] is not (null or JsonObject)) throw Errors.Format($"[/Resources/{name}/Properties] must be an object.");
        return new TemplateResource(name, Text(body["Type"], $"/Resources/{name}/Type")!)
        {
            Properties = body["Properties"] as JsonObject ?? [],
            Condition = Text(body["Condition"], $"/Resources/{name}/Condition"),
            DeletionPolicy = Policy("DeletionPolicy"),
            UpdateReplacePolicy = Policy("UpdateReplacePolicy"),
            DependsOn = body["DependsOn"] switch
            {
                null => [],
                JsonArray list => [.. list.Select(item => Text(item, $"/Resources/{name}/DependsOn")!)],
                var one => [Text(one, $"/Resources/{name}/DependsOn")!],
            },
        };

        string? Policy(string member)
        {
            var policy = Text(body[member], $"/Resources/{name}/{member}");
            return policy switch
            {
                null => null,
                _ when RetentionPolicies.Contains(policy) => policy,
                "Snapshot" => throw Errors.NotSupported($"{member} Snapshot (resource {name})"),
                _ => throw Errors.Format($"Unrecognized {member} {policy} for resource {name}"),
            };
        }
    }

    private List<KeyValuePair<string, JsonObject>> Section(string name, int most)
    {
        if (Root[name] is not { } node) return [];
        if (node is not JsonObject section) throw Errors.Format($"[/{name}] must be an object.");
        if (section.Count > most) throw Errors.Format($"Number of {name.ToLowerInvariant()}, {section.Count}, is greater than maximum allowed, {most}");
        return [.. section.Select(pair => KeyValuePair.Create(pair.Key, pair.Value as JsonObject
            ?? throw Errors.Format($"Every {name} member must be an object ([/{name}/{pair.Key}])")))];
    }

    /// <summary>A transform is a name, or a map with a name and parameters.</summary>
    private static string TransformName(JsonNode? transform) => Text(transform is JsonObject { Count: > 0 } map ? map["Name"] : transform, "Transform") ?? throw Errors.Format("[/Transform] must be a name.");

    internal static string? Text(JsonNode? node, string path) => node switch
    {
        null => null,
        JsonValue value => Scalars.Text(value),
        _ => throw Errors.Format($"[{path}] must be a string."),
    };

    private static void RefuseNulls(JsonNode node, string path)
    {
        if (node is JsonObject map)
        {
            foreach (var (name, value) in map)
                RefuseNulls(value ?? throw Null($"{path}/{name}"), $"{path}/{name}");
        }
        else if (node is JsonArray list)
        {
            for (var i = 0; i < list.Count; i++)
                RefuseNulls(list[i] ?? throw Null($"{path}/{i}"), $"{path}/{i}");
        }

        static AwsError Null(string path) => Errors.Format($"[{path}] 'null' values are not allowed in templates");
    }
}

internal sealed record TemplateResource(string Name, string Type)
{
    public required JsonObject Properties { get; init; }

    public string? Condition { get; init; }

    public string? DeletionPolicy { get; init; }

    public string? UpdateReplacePolicy { get; init; }

    public IReadOnlyList<string> DependsOn { get; init; } = [];
}

using System.Text.Json.Nodes;
using Galley.CloudFormation.Sam;
using Galley.CloudFormation.Template;
using Galley.Wire;

namespace Galley.CloudFormation.Audit;

/// <summary>A template as it would be deployed: SAM's shorthand written out, parameters at their defaults.</summary>
internal sealed class AuditedTemplate
{
    private readonly JsonObject _original;
    private readonly Dictionary<string, string> _parameters;

    private AuditedTemplate(JsonObject original, JsonObject processed, Dictionary<string, string> parameters)
    {
        (_original, _parameters) = (original, parameters);
        Root = (JsonObject)Resolved(processed)!;
    }

    public JsonObject Root { get; }

    public IEnumerable<(string Id, string Type, JsonObject Properties)> Resources
        => (Root["Resources"] as JsonObject ?? []).Where(pair => pair.Value is JsonObject).Select(pair => (pair.Key, pair.Value!["Type"].Text() ?? "", pair.Value["Properties"] as JsonObject ?? []));

    public IEnumerable<(string Id, JsonObject Properties)> Of(string type) => Resources.Where(resource => resource.Type == type).Select(resource => (resource.Id, resource.Properties));

    /// <exception cref="AwsError">It is no template that Galley can read.</exception>
    public static AuditedTemplate Read(string text)
    {
        var root = TemplateText.Parse(text);
        Packaged(root);
        var template = StackTemplate.Read(root);
        var parameters = template.Parameters.Values.ToDictionary(parameter => parameter.Name, parameter => parameter.Default ?? "");
        var processed = template.Transforms.Contains(SamTransform.Name) ? new SamTransform(template, parameters, "us-east-1").Apply() : (JsonObject)root.DeepClone();
        return new AuditedTemplate(root, processed, parameters);
    }

    /// <summary>What there is, said as a template says it: without a template's limits, parameters and shorthand.</summary>
    public static AuditedTemplate Of(JsonObject root) => new([], root, []);

    /// <summary>Why the author keeps a finding: `Metadata: Galley: Accept: {rule: reason}` of the resource or of the whole template.</summary>
    public string? Accepted(string resource, string rule)
    {
        foreach (var (id, body) in _original["Resources"] as JsonObject ?? [])
            // what SAM makes is named after what it was made from
            if (resource == id || resource.StartsWith(id, StringComparison.Ordinal))
                if (body.At("Metadata", "Galley", "Accept", rule).Text() is { } reason)
                    return reason;
        return _original.At("Metadata", "Galley", "Accept", rule).Text();
    }

    /// <summary>SAM's transform wants code that was uploaded; what is in it is no matter here.</summary>
    private static void Packaged(JsonObject root)
    {
        foreach (var holder in (root["Resources"] as JsonObject ?? []).Select(pair => pair.Value?["Properties"]).Concat((root["Globals"] as JsonObject ?? []).Select(pair => pair.Value)).OfType<JsonObject>())
            foreach (var name in (string[])["CodeUri", "ContentUri", "DefinitionUri"])
                if (holder[name].Text() is { } path && !path.StartsWith("s3://", StringComparison.Ordinal))
                    holder[name] = "s3://bucket/" + name;
    }

    /// <summary>References to parameters by their defaults; other functions stay.</summary>
    private JsonNode? Resolved(JsonNode? node) => node switch
    {
        JsonObject map when map.Count == 1 && map["Ref"].Text() is { } name && _parameters.TryGetValue(name, out var value) => value,
        JsonObject map => new JsonObject(map.Select(pair => KeyValuePair.Create(pair.Key, Resolved(pair.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Resolved)]),
        _ => node?.DeepClone(),
    };
}

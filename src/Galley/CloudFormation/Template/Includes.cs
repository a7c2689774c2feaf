using System.Text.Json.Nodes;
using Galley.Wire;

namespace Galley.CloudFormation.Template;

/// <summary>
/// The transform `AWS::Include`: parts of a template that stand in objects of a bucket, at the top or wherever `Fn::Transform` asks for
/// one. What is included includes nothing further. AWS: CloudFormation user guide, "AWS::Include transform".
/// </summary>
internal sealed class Includes(IReadTemplates templates, Intrinsics values, Call call)
{
    public const string Name = "AWS::Include";

    private const string Function = "Fn::Transform";
    private const int Most = 100;

    private int _read;

    /// <summary>Whether the template asks for any.</summary>
    public static bool Has(JsonNode? node) => node switch
    {
        JsonObject map => map.Any(pair => pair.Key is Function || pair.Key == "Transform" && Objects(pair.Value).Any() || Has(pair.Value)),
        JsonArray list => list.Any(Has),
        _ => false,
    };

    /// <summary>The template with everything in its place; the given one is not touched.</summary>
    public async ValueTask<JsonObject> Expand(JsonObject root)
    {
        var whole = (JsonObject)(await Included(root))!;
        foreach (var transform in Objects(root["Transform"])) Merge(whole, await Read(transform));
        return whole;
    }

    private static IEnumerable<JsonObject> Objects(JsonNode? transform) => (transform as JsonArray ?? [transform?.DeepClone()]).OfType<JsonObject>();

    private async ValueTask<JsonNode?> Included(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject map:
                var written = new JsonObject();
                foreach (var (name, value) in map)
                    if (name != Function) written[name] = await Included(value);
                if (map[Function] is { } asked) Merge(written, await Read(asked as JsonObject ?? throw Errors.Template($"{Function} must be a map.")));
                return written;
            case JsonArray list:
                var items = new JsonArray();
                foreach (var item in list) items.Add(await Included(item));
                return items;
            default:
                return node?.DeepClone();
        }
    }

    private async ValueTask<JsonObject> Read(JsonObject asked)
    {
        if (Scalars.Text(asked["Name"]) is not Name) throw Errors.NotSupported($"the transform {Scalars.Text(asked["Name"])}");
        if (asked["Parameters"]?["Location"] is not { } location) throw Failed("Location parameter is missing.");
        if (++_read > Most) throw Failed($"there are more than {Most} of them.");
        var place = values.ResolveText(location, "Location");
        if (!place.StartsWith("s3://", StringComparison.Ordinal) || place[5..].Split('/', 2) is not [{ Length: > 0 } bucket, { Length: > 0 } key]) throw Failed("The location parameter is not a valid S3 uri.");
        return TemplateText.Parse(await templates.Read(bucket, key, Preparation.MaxFile, call) ?? throw Failed($"The specified S3 object's content should be valid Yaml/JSON; {place} cannot be read."));
    }

    private static AwsError Failed(string why) => Errors.Validation($"Transform {Name} failed with: {why}");

    /// <summary>What the template says itself stays.</summary>
    private static void Merge(JsonObject into, JsonObject included)
    {
        foreach (var (name, value) in included)
            if (into[name] is JsonObject own && value is JsonObject more) Merge(own, more);
            else into.TryAdd(name, value?.DeepClone());
    }
}

using System.Text;
using System.Text.Json.Nodes;
using Galley.CloudFormation.Template;

namespace Galley.CloudFormation.Export;

/// <summary>
/// Writes what was found as one template: what one resource says of another becomes `Ref`, `Fn::GetAtt` or `Fn::Sub`, account and region
/// become pseudo parameters, secrets and what cannot be read back become parameters. References never make a circle: the one that would
/// close it stays what it was.
/// </summary>
internal sealed class TemplateWriter(string account, string region)
{
    private const int LongestName = 64;

    private readonly List<Item> _items = [];
    private readonly Dictionary<string, HashSet<string>> _needs = [];
    private readonly JsonObject _parameters = [];

    private sealed record Item(string Type, ScannedResource Resource, string LogicalId);

    public IReadOnlyList<GeneratedItem> Items => [.. _items.Select(item => new GeneratedItem(item.Type, item.LogicalId, item.Resource.Identifier))];

    public void Add(string type, ScannedResource resource, string? logicalId) => _items.Add(new Item(type, resource, logicalId ?? Named(resource.Label)));

    public JsonObject Write(string deletionPolicy, string updateReplacePolicy)
    {
        var marks = Marks.Of(_items.Select(item => (item.Type, item.LogicalId, item.Resource)), account, region);
        var resources = new JsonObject();
        foreach (var item in _items)
        {
            _needs[item.LogicalId] = [];
            var properties = Written(item, item.Resource.Properties, "", marks)!;
            resources[item.LogicalId] = new JsonObject { ["Type"] = item.Type, ["DeletionPolicy"] = deletionPolicy, ["UpdateReplacePolicy"] = updateReplacePolicy, ["Properties"] = properties };
        }

        foreach (var (later, before) in Order())
        {
            if (resources[later] is not JsonObject resource || Reaches(before, later)) continue;
            _needs[later].Add(before);
            if (resource["DependsOn"] is not JsonArray list) resource["DependsOn"] = list = [];
            list.Add((JsonNode)before);
        }

        var template = new JsonObject { ["AWSTemplateFormatVersion"] = "2010-09-09" };
        if (_parameters.Count > 0) template["Parameters"] = _parameters;
        template["Resources"] = resources;
        return template;
    }

    /// <summary>After <see cref="Write"/>: whether one resource speaks of the other.</summary>
    public bool Refers(string from, string to) => _needs.GetValueOrDefault(from)?.Contains(to) == true;

    private JsonNode? Written(Item item, JsonNode? node, string path, Marks marks)
    {
        switch (node)
        {
            case JsonObject map:
                return new JsonObject(map.Select(pair => KeyValuePair.Create(pair.Key, Written(item, pair.Value, path.Length == 0 ? pair.Key : $"{path}.{pair.Key}", marks))));
            case JsonArray list:
                return new JsonArray([.. list.Select((one, i) => Written(item, one, $"{path}.{i}", marks))]);
            case JsonValue value when Scalars.Text(value) is { } text && value.GetValueKind() == System.Text.Json.JsonValueKind.String:
                if (item.Resource.WriteOnly.Contains(path)) return Parameter(item, path, noEcho: false);
                if (path == "FunctionVersion" && _items.Find(other => other.Type == "AWS::Lambda::Version" && other.Resource.PhysicalId == $"{item.Resource.Properties["FunctionName"]}:{text}") is { } version && Refer(item.LogicalId, version.LogicalId))
                    return new JsonObject { ["Fn::GetAtt"] = new JsonArray(version.LogicalId, "Version") };
                var written = marks.Write(text, path, item.LogicalId, aim => Refer(item.LogicalId, aim));
                // A secret that another resource gives is referred to; any other is asked for.
                return item.Resource.Secrets.Contains(path) && written is JsonValue ? Parameter(item, path, noEcho: true) : written;
            default:
                return node?.DeepClone();
        }
    }

    private JsonObject Parameter(Item item, string path, bool noEcho)
    {
        var name = item.LogicalId + string.Concat(path.Split('.').Where(part => part is not ("Environment" or "Variables" or "ProviderDetails" or "DistributionConfig")).Select(Capital));
        var parameter = new JsonObject { ["Type"] = "String", ["Description"] = noEcho ? $"The secret at {path} of {item.LogicalId}, which no template holds." : $"{path} of {item.LogicalId}, which cannot be read back." };
        if (noEcho) parameter["NoEcho"] = true;
        _parameters[name] = parameter;
        return new JsonObject { ["Ref"] = name };
    }

    /// <summary>Takes note of a reference, unless it would close a circle.</summary>
    private bool Refer(string from, string to)
    {
        if (from == to || Reaches(to, from)) return false;
        _needs[from].Add(to);
        return true;
    }

    private bool Reaches(string from, string to)
    {
        var (seen, left) = (new HashSet<string>(), new Stack<string>([from]));
        while (left.TryPop(out var name))
            if (name == to) return true;
            else if (seen.Add(name))
                foreach (var next in _needs.GetValueOrDefault(name, [])) left.Push(next);
        return false;
    }

    /// <summary>What must wait for what though it does not refer to it.</summary>
    private IEnumerable<(string Later, string Before)> Order()
    {
        string? Pool(Item item) => item.Resource.Properties["UserPoolId"]?.ToString();
        foreach (var item in _items)
            foreach (var other in _items)
            {
                var waits = (item.Type, other.Type) switch
                {
                    ("AWS::Cognito::UserPoolClient", "AWS::Cognito::UserPoolResourceServer" or "AWS::Cognito::UserPoolIdentityProvider") => Pool(item) == Pool(other),
                    ("AWS::S3::Bucket", "AWS::Lambda::Permission") => item.Resource.Properties["NotificationConfiguration"] is not null && other.Resource.Properties["Principal"]?.ToString() == "s3.amazonaws.com",
                    ("AWS::ApiGatewayV2::ApiMapping", "AWS::ApiGatewayV2::Stage") => item.Resource.Properties["ApiId"]?.ToString() == other.Resource.Properties["ApiId"]?.ToString(),
                    _ => false,
                };
                if (waits) yield return (item.LogicalId, other.LogicalId);
            }
    }

    private string Named(string label)
    {
        var words = new StringBuilder();
        foreach (var word in label.Split([.. label.Where(letter => !char.IsAsciiLetterOrDigit(letter)).Distinct()], StringSplitOptions.RemoveEmptyEntries)) words.Append(Capital(word));
        var name = words.Length == 0 || char.IsAsciiDigit(words[0]) ? "R" + words : words.ToString();
        name = name[..Math.Min(name.Length, LongestName)];
        var unique = name;
        for (var i = 2; _items.Any(item => item.LogicalId == unique); i++) unique = name + i;
        return unique;
    }

    private static string Capital(string word) => string.Concat(word.Where(char.IsAsciiLetterOrDigit)) is { Length: > 0 } letters ? char.ToUpperInvariant(letters[0]) + letters[1..] : "";
}

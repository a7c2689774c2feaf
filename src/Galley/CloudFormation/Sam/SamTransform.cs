using System.Text.Json.Nodes;
using Galley.CloudFormation.Template;

namespace Galley.CloudFormation.Sam;

/// <summary>
/// The transform `AWS::Serverless-2016-10-31`: functions, HTTP APIs and simple tables become the plain resources that AWS's own
/// translator makes of them. Everything else of SAM is refused by name.
/// </summary>
internal sealed class SamTransform(StackTemplate template, IReadOnlyDictionary<string, string> parameters)
{
    public const string Name = "AWS::Serverless-2016-10-31";

    public const string ImplicitApi = "ServerlessHttpApi";

    private const string Prefix = "AWS::Serverless::";

    private readonly JsonObject _made = [];
    private readonly Dictionary<string, SamHttpApi> _apis = [];

    public JsonObject Apply()
    {
        var globals = new SamGlobals(template.Root["Globals"]);
        var root = (JsonObject)template.Root.DeepClone();
        root.Remove("Transform");
        root.Remove("Globals");
        var resources = (JsonObject)root["Resources"]!;
        var serverless = resources.Where(pair => Type(pair.Value).StartsWith(Prefix, StringComparison.Ordinal)).Select(pair => pair.Key).ToList();

        // APIs first: the functions' events add routes to them.
        foreach (var name in serverless.Where(name => Type(resources[name]) == Prefix + "HttpApi"))
            _apis.Add(name, new SamHttpApi(Read(name, resources, globals)));
        foreach (var name in serverless)
        {
            switch (Type(resources[name])[Prefix.Length..])
            {
                case "HttpApi":
                    break;
                case "Function":
                    new SamFunction(Read(name, resources, globals), Api).WriteTo(_made);
                    break;
                case "SimpleTable":
                    SamSimpleTable.WriteTo(_made, Read(name, resources, globals));
                    break;
                case "LayerVersion":
                    SamLayer.WriteTo(_made, Read(name, resources, globals));
                    break;
                case var other:
                    throw Errors.NotSupported($"the resource type {Prefix}{other} (resource {name})");
            }

            SamHttpApi Api(string? id)
            {
                if (id is not null) return _apis.GetValueOrDefault(id) ?? throw SamErrors.Resource(name, $"the event's ApiId {id} is no AWS::Serverless::HttpApi of this template.");
                if (!_apis.TryGetValue(ImplicitApi, out var api))
                    _apis.Add(ImplicitApi, api = new SamHttpApi(new SamResource(ImplicitApi, globals.Merge("HttpApi", []), [])));
                return api;
            }
        }

        foreach (var name in serverless) resources.Remove(name);
        foreach (var api in _apis.Values) api.WriteTo(_made);
        foreach (var (name, resource) in _made.ToList())
        {
            if (resources.ContainsKey(name)) throw Errors.Template($"the transform makes a resource {name}, which the template has already.");
            _made.Remove(name);
            resources.Add(name, resource);
        }

        return root;
    }

    private static string Type(JsonNode? resource) => Scalars.Text(resource?["Type"]) ?? "";

    private SamResource Read(string name, JsonObject resources, SamGlobals globals)
    {
        var body = (JsonObject)resources[name]!;
        var own = Parametrised(body["Properties"]) as JsonObject ?? [];
        var attributes = new JsonObject();
        foreach (var (member, value) in body)
            if (member is "Condition" or "DependsOn" or "DeletionPolicy" or "UpdateReplacePolicy" or "Metadata")
                attributes.Add(member, value?.DeepClone());
        return new SamResource(name, globals.Merge(Type(body)[Prefix.Length..], own), attributes);
    }

    /// <summary>SAM needs some values before CloudFormation resolves anything: references to parameters become their values here.</summary>
    private JsonNode? Parametrised(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject { Count: 1 } call when call.First() is ("Ref", { } name) && Scalars.Text(name) is { } parameter && parameters.TryGetValue(parameter, out var value)
                                                  && !template.Parameters[parameter].NoEcho:
                return template.Parameters[parameter].Value(value);
            case JsonObject map:
                return new JsonObject(map.Select(pair => KeyValuePair.Create(pair.Key, Parametrised(pair.Value))));
            case JsonArray list:
                return new JsonArray([.. list.Select(Parametrised)]);
            default:
                return node?.DeepClone();
        }
    }
}

/// <param name="Name">Logical id.</param>
/// <param name="Properties">Own and global ones.</param>
/// <param name="Attributes">Condition, DependsOn and the like.</param>
internal sealed record SamResource(string Name, JsonObject Properties, JsonObject Attributes)
{
    /// <summary>Refuses properties outside <paramref name="known"/>.</summary>
    public void Allow(params ReadOnlySpan<string> known)
    {
        foreach (var (property, _) in Properties)
            if (!known.Contains(property))
                throw SamErrors.Resource(Name, $"Galley does not support the property {property}.");
    }

    public string? Text(string property) => Properties[property] is not { } node ? null
        : Scalars.Text(node) ?? throw SamErrors.Resource(Name, $"{property} must be text that is known before the deployment.");

    /// <summary>The plain resource, with those attributes that go on to what is made.</summary>
    public JsonObject Make(string type, JsonObject properties, bool itself)
    {
        var made = new JsonObject { ["Type"] = type };
        foreach (var (attribute, value) in Attributes)
            if (itself || attribute is "Condition" or "DeletionPolicy" or "UpdateReplacePolicy")
                made.Add(attribute, value?.DeepClone());
        made.Add("Properties", properties);
        return made;
    }

    public void Copy(JsonObject to, params ReadOnlySpan<string> properties)
    {
        foreach (var property in properties)
            if (Properties[property] is { } value)
                to[property] = value.DeepClone();
    }
}

internal static class SamErrors
{
    public static Wire.AwsError Resource(string name, string why)
        => Errors.Validation($"Transform {SamTransform.Name} failed with: Invalid Serverless Application Specification document. Number of errors found: 1. Resource with id [{name}] is invalid. {why}");
}

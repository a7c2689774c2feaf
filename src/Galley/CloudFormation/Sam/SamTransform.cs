using System.Text.Json.Nodes;
using Galley.CloudFormation.Template;

namespace Galley.CloudFormation.Sam;

/// <summary>
/// The transform `AWS::Serverless-2016-10-31`: functions, HTTP APIs, tables and layers become the plain resources that AWS's own
/// translator makes of them. Everything else of SAM is refused by name.
/// </summary>
internal sealed class SamTransform(StackTemplate template, IReadOnlyDictionary<string, string> parameters, string region)
{
    public const string Name = "AWS::Serverless-2016-10-31";

    private const string Prefix = "AWS::Serverless::", ImplicitApi = "ServerlessHttpApi";

    private static readonly string[] Attributes = ["Condition", "DependsOn", "DeletionPolicy", "UpdateReplacePolicy", "Metadata"];

    private readonly SamRun _run = new(template, parameters, region);
    private readonly SamGlobals _globals = new(template.Root["Globals"]);
    private readonly Dictionary<string, SamHttpApi> _apis = [];

    public JsonObject Apply()
    {
        var serverless = _run.Resources.Where(pair => Type(pair.Value).StartsWith(Prefix, StringComparison.Ordinal)).ToDictionary(pair => pair.Key, pair => Type(pair.Value)[Prefix.Length..]);
        foreach (var (name, kind) in serverless)
            if (kind is not ("Function" or "HttpApi" or "SimpleTable" or "LayerVersion")) throw Errors.NotSupported($"the resource type {Prefix}{kind} (resource {name})");
        var resources = serverless.ToDictionary(pair => pair.Key, pair => Read(pair.Key));

        // Functions first: their events add routes to the APIs, notifications to buckets and triggers to pools.
        foreach (var (name, kind) in serverless)
            if (kind == "HttpApi") _apis.Add(name, new SamHttpApi(_run, resources[name]));
        foreach (var (name, kind) in serverless)
            if (kind == "Function") new SamFunction(_run, resources[name], id => Api(name, id), layer => resources.GetValueOrDefault(layer)).WriteTo();
        foreach (var api in _apis.Values) api.WriteTo();
        foreach (var (name, kind) in serverless)
        {
            if (kind == "SimpleTable") SamSimpleTable.WriteTo(_run, resources[name]);
            if (kind == "LayerVersion") SamLayer.WriteTo(_run, resources[name]);
        }

        return _run.Finish(serverless.Keys);
    }

    private SamHttpApi? Api(string function, string? id)
    {
        if (id is not null) return _apis.GetValueOrDefault(id);
        if (!_apis.TryGetValue(ImplicitApi, out var api))
            _apis.Add(ImplicitApi, api = new SamHttpApi(_run, new SamResource(ImplicitApi, _globals.Merge("HttpApi", [], null, ImplicitApi), []), isImplicit: true));

        // A function that hands its tags on hands them to the API it brings about, its own or, without any, the global ones.
        var own = _run.Resources[function]!["Properties"] as JsonObject ?? [];
        if (Scalars.Text(own["PropagateTags"] ?? _globals.Of("Function")["PropagateTags"]) is "true" && (own["Tags"] ?? _globals.Of("Function")["Tags"]) is JsonObject tags) api.AddTags(tags);
        return api;
    }

    private static string Type(JsonNode? resource) => Scalars.Text(resource?["Type"]) ?? "";

    private SamResource Read(string name)
    {
        var body = (JsonObject)_run.Resources[name]!;
        var attributes = new JsonObject();
        SamNodes.Copy(body, attributes, Attributes);
        return new SamResource(name, _globals.Merge(Type(body)[Prefix.Length..], body["Properties"] as JsonObject ?? [], body["IgnoreGlobals"], name), attributes);
    }
}

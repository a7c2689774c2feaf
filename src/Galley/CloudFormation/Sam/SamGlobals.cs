using System.Text.Json.Nodes;
using Galley.CloudFormation.Template;
using Galley.Wire;

namespace Galley.CloudFormation.Sam;

/// <summary>The Globals section: maps are merged into a resource's own, lists are put before them, scalars give way.</summary>
internal sealed class SamGlobals
{
    /// <summary>What may be global, by kind of resource, as AWS lists it: nothing that names or belongs to one resource.</summary>
    private static readonly Dictionary<string, string[]> Sections = new()
    {
        ["Function"] =
        [
            "Handler", "Runtime", "CodeUri", "DeadLetterQueue", "Description", "MemorySize", "Timeout", "VpcConfig", "Environment", "Tags", "PropagateTags", "Tracing", "KmsKeyArn",
            "AutoPublishAlias", "AutoPublishAliasAllProperties", "Layers", "DeploymentPreference", "RolePath", "PermissionsBoundary", "ReservedConcurrentExecutions",
            "ProvisionedConcurrencyConfig", "AssumeRolePolicyDocument", "EventInvokeConfig", "FileSystemConfigs", "CodeSigningConfigArn", "Architectures", "SnapStart", "EphemeralStorage",
            "FunctionUrlConfig", "RuntimeManagementConfig", "LoggingConfig", "RecursiveLoop", "SourceKMSKeyArn", "VersionDeletionPolicy",
        ],
        ["HttpApi"] = ["Auth", "AccessLogSettings", "StageVariables", "Tags", "CorsConfiguration", "DefaultRouteSettings", "Domain", "RouteSettings", "FailOnWarnings", "PropagateTags"],
        ["SimpleTable"] = ["SSESpecification"],
        ["LayerVersion"] = ["PublishLambdaVersion"],
    };

    private readonly JsonObject _globals;

    public SamGlobals(JsonNode? globals)
    {
        _globals = globals switch { null => [], JsonObject map => map, _ => throw Invalid("It must be a non-empty dictionary") };
        foreach (var (section, properties) in _globals)
        {
            if (!Sections.TryGetValue(section, out var known)) throw Errors.NotSupported($"the section {section} of Globals");
            if (properties is not JsonObject map) throw Invalid($"Value of {section} must be a dictionary");
            if (map.Select(pair => pair.Key).FirstOrDefault(name => !known.Contains(name)) is { } unknown)
                throw Invalid($"'{unknown}' is not a supported property of '{section}'. Must be one of the following values - [{string.Join(", ", known.Select(name => $"'{name}'"))}]");
        }
    }

    /// <summary>What is global for the kind.</summary>
    public JsonObject Of(string kind) => _globals[kind] as JsonObject ?? [];

    /// <param name="kind">`Function`.</param>
    /// <param name="own">The resource's properties.</param>
    /// <param name="ignored">Its `IgnoreGlobals`: `*` or a list of names.</param>
    /// <param name="name">Its logical id.</param>
    public JsonObject Merge(string kind, JsonObject own, JsonNode? ignored, string name)
    {
        var shared = (JsonObject)Of(kind).DeepClone();
        switch (ignored)
        {
            case null:
                break;
            case JsonArray list:
                foreach (var item in list)
                    if (!shared.Remove(Scalars.Text(item) ?? ""))
                        throw SamErrors.Resource(name, $"Resource {name} has invalid resource attribute 'IgnoreGlobals' on item '{Scalars.Text(item)}'.");
                break;
            default:
                if (Scalars.Text(ignored) != "*") throw SamErrors.Resource(name, $"Resource {name} has invalid resource attribute 'IgnoreGlobals'.");
                shared = [];
                break;
        }

        return Merge(shared, own);
    }

    private static JsonNode Merge(JsonNode shared, JsonNode own) => (shared, own) switch
    {
        (JsonObject a, JsonObject b) when !SamNodes.IsFunction(a) && !SamNodes.IsFunction(b) => Merge(a, b),
        (JsonArray a, JsonArray b) => new JsonArray([.. a.Concat(b).Select(item => item?.DeepClone())]),
        _ => own.DeepClone(),
    };

    private static JsonObject Merge(JsonObject shared, JsonObject own)
    {
        var merged = (JsonObject)shared.DeepClone();
        foreach (var (name, value) in own)
            merged[name] = value is not null && shared[name] is { } other ? Merge(other, value) : value?.DeepClone();
        return merged;
    }

    private static AwsError Invalid(string why) => Errors.Validation($"Transform {SamTransform.Name} failed with: Invalid Serverless Application Specification document. Number of errors found: 1. 'Globals' section is invalid. {why}");
}

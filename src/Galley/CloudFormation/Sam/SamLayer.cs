using System.Text.Json.Nodes;
using Galley.CloudFormation.Template;

namespace Galley.CloudFormation.Sam;

/// <summary>
/// `AWS::Serverless::LayerVersion`: a layer version whose logical id changes with its content, so that an older one, which functions
/// may still use, is kept unless the template says otherwise.
/// </summary>
internal static class SamLayer
{
    public static void WriteTo(SamRun run, SamResource layer)
    {
        layer.Allow("LayerName", "Description", "ContentUri", "CompatibleRuntimes", "CompatibleArchitectures", "LicenseInfo", "RetentionPolicy", "PublishLambdaVersion");
        var known = (JsonObject)layer.Properties.DeepClone();
        foreach (var property in (string[])["LayerName", "LicenseInfo", "Description", "RetentionPolicy"])
            if (known[property] is { } value) known[property] = run.Known(value);
        var hashed = new JsonObject { ["Type"] = "AWS::Serverless::LayerVersion" };
        SamNodes.Copy(layer.Attributes, hashed, "Condition", "DependsOn");
        hashed["Properties"] = known.DeepClone();
        var made = layer.Name + SamHash.Of(new JsonObject { [layer.Name] = hashed });
        var properties = new JsonObject { ["LayerName"] = known["LayerName"]?.DeepClone() ?? layer.Name, ["Content"] = SamNodes.Code(layer, "ContentUri") };
        SamNodes.Copy(known, properties, "Description", "CompatibleRuntimes", "CompatibleArchitectures", "LicenseInfo");
        var resource = layer.Make("AWS::Lambda::LayerVersion", properties);
        SamNodes.Copy(layer.Attributes, resource, "DependsOn");
        if (Retention(layer, known["RetentionPolicy"]) is { } policy) resource["DeletionPolicy"] = policy;
        else resource["DeletionPolicy"] ??= "Retain";
        run.Make(made, resource);
        run.Name(layer.Name, made);
    }

    private static string? Retention(SamResource layer, JsonNode? policy) => policy is null ? null
        : policy is not JsonValue ? throw SamErrors.Resource(layer.Name, "'RetentionPolicy' does not accept intrinsic functions, please use one of the following options: ['Retain', 'Delete']")
        : Scalars.Text(policy)!.ToUpperInvariant() switch
        {
            "RETAIN" => "Retain",
            "DELETE" => "Delete",
            _ => throw SamErrors.Resource(layer.Name, "'RetentionPolicy' must be one of the following options: ['Retain', 'Delete']."),
        };
}

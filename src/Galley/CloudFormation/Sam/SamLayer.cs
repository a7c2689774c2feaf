using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Galley.CloudFormation.Template;

namespace Galley.CloudFormation.Sam;

/// <summary>`AWS::Serverless::LayerVersion`: a layer version under its own logical id; an older one is kept unless the template says otherwise.</summary>
internal static partial class SamLayer
{
    public static void WriteTo(JsonObject made, SamResource layer)
    {
        layer.Allow("LayerName", "Description", "ContentUri", "CompatibleRuntimes", "CompatibleArchitectures", "LicenseInfo", "RetentionPolicy");
        var properties = new JsonObject
        {
            ["LayerName"] = layer.Properties["LayerName"]?.DeepClone() ?? layer.Name,
            ["Content"] = layer.Properties["ContentUri"] switch
            {
                JsonObject place when place["Bucket"] is { } bucket && place["Key"] is { } key => new JsonObject { ["S3Bucket"] = bucket.DeepClone(), ["S3Key"] = key.DeepClone() },
                JsonValue uri when S3Uri().Match(Scalars.Text(uri) ?? "") is { Success: true } match => new JsonObject { ["S3Bucket"] = match.Groups[1].Value, ["S3Key"] = match.Groups[2].Value },
                _ => throw SamErrors.Resource(layer.Name, "'ContentUri' is not a valid S3 Uri of the form 's3://bucket/key' with optional versionId query parameter."),
            },
        };
        layer.Copy(properties, "Description", "CompatibleRuntimes", "CompatibleArchitectures", "LicenseInfo");
        var resource = layer.Make("AWS::Lambda::LayerVersion", properties, itself: true);
        resource["DeletionPolicy"] = (layer.Text("RetentionPolicy") ?? "Retain").ToUpperInvariant() switch
        {
            "RETAIN" => "Retain",
            "DELETE" => "Delete",
            _ => throw SamErrors.Resource(layer.Name, "'RetentionPolicy' must be one of the following options: ['Retain', 'Delete']."),
        };
        made.Add(layer.Name, resource);
    }

    [GeneratedRegex(@"\As3://([^/?]+)/([^?]+)\z")]
    private static partial Regex S3Uri();
}

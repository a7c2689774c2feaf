using System.Text.Json.Nodes;
using Galley.CloudFormation.Template;

namespace Galley.CloudFormation.Sam;

/// <summary>What `AWS::Serverless::Function` makes beside the function: its URL, its event invoke config, its mappings to streams.</summary>
internal static class SamFunctionParts
{
    public static void WriteTo(JsonObject made, SamResource function)
    {
        var name = function.Name;
        if (function.Properties["FunctionUrlConfig"] is JsonObject url)
        {
            Allow(function, "FunctionUrlConfig", url, "AuthType", "Cors", "InvokeMode");
            var properties = new JsonObject { ["TargetFunctionArn"] = Ref(name) };
            Copy(url, properties, "AuthType", "Cors", "InvokeMode");
            made.Add(name + "Url", function.Make("AWS::Lambda::Url", properties, itself: false));
            if (Scalars.Text(url["AuthType"]) == "NONE")
            {
                made.Add(name + "UrlPublicPermissions", function.Make("AWS::Lambda::Permission", new JsonObject
                {
                    ["Action"] = "lambda:InvokeFunctionUrl",
                    ["FunctionName"] = Ref(name),
                    ["Principal"] = "*",
                    ["FunctionUrlAuthType"] = "NONE",
                }, itself: false));
                made.Add(name + "URLInvokeAllowPublicAccess", function.Make("AWS::Lambda::Permission", new JsonObject
                {
                    ["Action"] = "lambda:InvokeFunction",
                    ["FunctionName"] = Ref(name),
                    ["Principal"] = "*",
                    ["InvokedViaFunctionUrl"] = true,
                }, itself: false));
            }
        }

        if (function.Properties["EventInvokeConfig"] is JsonObject events)
        {
            Allow(function, "EventInvokeConfig", events, "MaximumEventAgeInSeconds", "MaximumRetryAttempts", "DestinationConfig");
            var properties = new JsonObject { ["FunctionName"] = Ref(name), ["Qualifier"] = "$LATEST" };
            Copy(events, properties, "MaximumEventAgeInSeconds", "MaximumRetryAttempts");
            if (events["DestinationConfig"] is JsonObject destinations)
                properties["DestinationConfig"] = new JsonObject(destinations.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)new JsonObject { ["Destination"] = Target(function, pair.Value) })));
            made.Add(name + "EventInvokeConfig", function.Make("AWS::Lambda::EventInvokeConfig", properties, itself: false));
        }
    }

    /// <summary>The role's right to invoke the destinations; null when there are none.</summary>
    public static JsonObject? DestinationPolicy(SamResource function)
        => function.Properties["EventInvokeConfig"]?["DestinationConfig"] is not JsonObject destinations ? null
            : new JsonObject
            {
                ["PolicyName"] = function.Name + "EventInvokeConfigPolicy",
                ["PolicyDocument"] = new JsonObject
                {
                    ["Version"] = "2012-10-17",
                    ["Statement"] = new JsonArray([.. destinations.Select(pair => (JsonNode)new JsonObject { ["Effect"] = "Allow", ["Action"] = "lambda:InvokeFunction", ["Resource"] = Target(function, pair.Value) })]),
                },
            };

    /// <summary>The mapping of an event of type DynamoDB.</summary>
    public static JsonObject Mapping(string name, string id, JsonObject asked)
    {
        foreach (var (property, _) in asked)
            if (property is not ("Stream" or "StartingPosition" or "BatchSize" or "BisectBatchOnFunctionError" or "DestinationConfig" or "Enabled" or "FilterCriteria" or "FunctionResponseTypes"
                or "MaximumBatchingWindowInSeconds" or "MaximumRecordAgeInSeconds" or "MaximumRetryAttempts" or "ParallelizationFactor" or "TumblingWindowInSeconds"))
                throw SamErrors.Resource(name, $"Galley does not support the property {property} of event {id}.");
        if (asked["Stream"] is not { } stream) throw SamErrors.Resource(name, $"Event with id [{id}] is invalid. No Queue (for SQS) or Stream (for Kinesis, DynamoDB or MSK) or Broker (for Amazon MQ) provided.");
        var mapping = new JsonObject { ["EventSourceArn"] = stream.DeepClone(), ["FunctionName"] = Ref(name) };
        foreach (var (property, value) in asked)
            if (property != "Stream")
                mapping[property] = value?.DeepClone();
        return mapping;
    }

    private static JsonNode Target(SamResource function, JsonNode? destination)
        => Scalars.Text(destination?["Type"]) is not (null or "Lambda") and var type ? throw SamErrors.Resource(function.Name, $"Galley does not support the destination type {type}.")
            : destination?["Destination"]?.DeepClone() ?? throw SamErrors.Resource(function.Name, "'Destination' is required.");

    private static JsonObject Ref(string name) => new() { ["Ref"] = name };

    private static void Copy(JsonObject from, JsonObject to, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if (from[name] is { } value)
                to[name] = value.DeepClone();
    }

    private static void Allow(SamResource function, string where, JsonObject map, params ReadOnlySpan<string> known)
    {
        foreach (var (property, _) in map)
            if (!known.Contains(property))
                throw SamErrors.Resource(function.Name, $"Galley does not support the property {property} of {where}.");
    }
}

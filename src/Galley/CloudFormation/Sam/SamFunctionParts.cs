using System.Text.Json.Nodes;
using Galley.CloudFormation.Template;

namespace Galley.CloudFormation.Sam;

/// <summary>What `AWS::Serverless::Function` makes beside the function: its URL and its event invoke config, both of the alias where there is one.</summary>
internal static class SamFunctionParts
{
    public static void WriteTo(SamRun run, SamResource function, string? alias)
    {
        var name = function.Name;
        if (function.Map("FunctionUrlConfig") is { Count: > 0 } url)
        {
            function.Allow(url, " of FunctionUrlConfig", "AuthType", "Cors", "InvokeMode");
            if (url["AuthType"] is not JsonObject && Scalars.Text(url["AuthType"]) is not ("AWS_IAM" or "NONE"))
                throw SamErrors.Resource(name, "AuthType is required to configure function property `FunctionUrlConfig`. Please provide either AWS_IAM or NONE.");
            var properties = new JsonObject { ["TargetFunctionArn"] = SamNodes.Ref(alias ?? name) };
            SamNodes.Copy(url, properties, "AuthType", "Cors", "InvokeMode");
            run.Make(name + "Url", function.Make("AWS::Lambda::Url", properties));
            if (Scalars.Text(url["AuthType"]) == "NONE")
            {
                run.Make(name + "UrlPublicPermissions", function.Make("AWS::Lambda::Permission", new JsonObject
                {
                    ["Action"] = "lambda:InvokeFunctionUrl",
                    ["FunctionName"] = SamNodes.Ref(alias ?? name),
                    ["Principal"] = "*",
                    ["FunctionUrlAuthType"] = "NONE",
                }));
                run.Make(name + "URLInvokeAllowPublicAccess", function.Make("AWS::Lambda::Permission", new JsonObject
                {
                    ["Action"] = "lambda:InvokeFunction",
                    ["FunctionName"] = SamNodes.Ref(alias ?? name),
                    ["Principal"] = "*",
                    ["InvokedViaFunctionUrl"] = true,
                }));
            }
        }

        if (Invocations(run, function) is not { } events) return;
        function.Allow(events, " of EventInvokeConfig", "MaximumEventAgeInSeconds", "MaximumRetryAttempts", "DestinationConfig");
        var config = new JsonObject { ["FunctionName"] = SamNodes.Ref(name), ["Qualifier"] = Qualifier(run, function, alias) };
        SamNodes.Copy(events, config, "MaximumEventAgeInSeconds", "MaximumRetryAttempts");
        config["DestinationConfig"] = new JsonObject(Destinations(run, function).Select(one => KeyValuePair.Create(one.Outcome, (JsonNode?)new JsonObject { ["Destination"] = one.Arn.DeepClone() })));
        foreach (var outcome in (string[])["OnSuccess", "OnFailure"])
            if (events["DestinationConfig"]?[outcome] is JsonObject { } own && own["Destination"] is null && Scalars.Text(own["Type"]) == "SQS")
                run.Make(OwnQueue(function, outcome), function.Make("AWS::SQS::Queue", []));
        var made = function.Make("AWS::Lambda::EventInvokeConfig", config, dependsOn: alias is null ? null : [alias]);
        SamNodes.Copy(function.Attributes, made, "Metadata");
        run.Make(name + "EventInvokeConfig", made);
    }

    /// <summary>The role's rights to send to the destinations.</summary>
    public static IEnumerable<JsonObject> DestinationPolicies(SamRun run, SamResource function) => Destinations(run, function).Select(one => Policy($"{function.Name}EventInvokeConfig{one.Outcome}", one.Kind, one.Arn));

    /// <summary>The right to send to a destination of the kind, named after what sends; null for a kind that is not known.</summary>
    public static JsonObject Policy(string sender, string kind, JsonNode arn) => kind switch
    {
        "SQS" => SamPolicies.Allow(sender + "SQSPolicy", ("sqs:SendMessage", arn)),
        "SNS" => SamPolicies.Allow(sender + "SNSPolicy", ("sns:publish", arn)),
        "EventBridge" => SamPolicies.Allow(sender + "EventBridgePolicy", ("events:PutEvents", arn)),
        "Lambda" => SamPolicies.Allow(sender + "LambdaPolicy", ("lambda:InvokeFunction", arn)),
        _ => SamPolicies.Allow(sender + "S3Policy", ("s3:PutObject", new JsonObject { ["Fn::Join"] = new JsonArray("/", new JsonArray(arn.DeepClone(), "*")) }), ("s3:ListBucket", arn)),
    };

    private static JsonObject? Invocations(SamRun run, SamResource function) => function.Map("EventInvokeConfig") is { Count: > 0 } events ? (JsonObject)run.Known(events)! : null;

    private static string Qualifier(SamRun run, SamResource function, string? alias) => alias is null ? "$LATEST" : Scalars.Text(run.Known(function.Properties["AutoPublishAlias"]))!;

    /// <summary>The queue that SAM makes for a destination of which only the type is said.</summary>
    private static string OwnQueue(SamResource function, string outcome) => $"{function.Name}EventInvokeConfig{outcome}Queue";

    private static IEnumerable<(string Outcome, string Kind, JsonNode Arn)> Destinations(SamRun run, SamResource function)
    {
        if (Invocations(run, function)?["DestinationConfig"] is not JsonObject config) yield break;
        foreach (var outcome in (string[])["OnSuccess", "OnFailure"])
        {
            if (config[outcome] is not JsonObject destination) continue;
            if (Scalars.Text(destination["Type"]) is not ("SQS" or "SNS" or "EventBridge" or "Lambda" or "S3Bucket") || Scalars.Text(destination["Type"]) is not { } kind)
                throw SamErrors.Resource(function.Name, $"'Type: {Scalars.Text(destination["Type"]) ?? "None"}' must be one of ['SQS', 'SNS', 'EventBridge', 'Lambda', 'S3Bucket']");
            if (destination["Destination"] is { } given) yield return (outcome, kind, given);
            else if (kind == "SQS") yield return (outcome, kind, SamNodes.GetAtt(OwnQueue(function, outcome), "Arn"));
            else throw SamErrors.Resource(function.Name, kind == "SNS" ? "Galley does not support a destination of the type SNS." : "Destination is required if Type is not ['SQS', 'SNS']");
        }
    }
}

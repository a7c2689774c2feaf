using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Galley.CloudFormation.Template;

namespace Galley.CloudFormation.Sam;

/// <summary>
/// A function's `Events`: a route and a permission for HttpApi, a mapping for DynamoDB, a notification and a permission for S3, triggers
/// and a permission for Cognito, all to the alias where there is one. Other types are refused by name.
/// </summary>
internal sealed partial class SamEvents(SamRun run, SamResource function, string? alias, JsonObject role, Func<string?, SamHttpApi?> apis)
{
    public const string AnyMethod = "x-amazon-apigateway-any-method", DefaultPath = "$default";

    private static readonly string[] OfMapping =
    [
        "StartingPosition", "StartingPositionTimestamp", "BatchSize", "BisectBatchOnFunctionError", "Enabled", "FilterCriteria", "FunctionResponseTypes", "MaximumBatchingWindowInSeconds",
        "MaximumRecordAgeInSeconds", "MaximumRetryAttempts", "ParallelizationFactor", "TumblingWindowInSeconds", "KmsKeyArn", "MetricsConfig", "LoggingConfig", "ProvisionedPollerConfig", "ScalingConfig",
    ];

    /// <summary>Whom the events call, as a reference.</summary>
    private JsonObject Arn => alias is null ? SamNodes.GetAtt(function.Name, "Arn") : SamNodes.Ref(alias);

    public void WriteTo()
    {
        // A default route first: its permission covers the others of the function.
        foreach (var (id, node) in function.Map("Events").OrderBy(pair => Scalars.Text(pair.Value?["Type"]) == "HttpApi" && Properties(pair.Value)["Path"] is null ? 0 : 1))
        {
            var properties = (JsonObject)Properties(node).DeepClone();
            switch (Scalars.Text(node?["Type"]))
            {
                case "HttpApi":
                    AddRoute(id, properties);
                    break;
                case "DynamoDB":
                    AddMapping(id, properties, "Stream", "AWSLambdaDynamoDBExecutionRole");
                    break;
                case "SQS":
                    AddMapping(id, properties, "Queue", "AWSLambdaSQSQueueExecutionRole");
                    break;
                case "S3":
                    AddNotification(id, properties);
                    break;
                case "Cognito":
                    AddTrigger(id, properties);
                    break;
                case var other:
                    throw SamErrors.Resource(function.Name, $"Galley does not support the event type {other} (event {id}).");
            }
        }
    }

    private static JsonObject Properties(JsonNode? happening) => happening?["Properties"] as JsonObject ?? [];

    private void Allow(string id, JsonObject properties, params ReadOnlySpan<string> known) => function.Allow(properties, $" of event {id}", known);

    private void AddRoute(string id, JsonObject properties)
    {
        Allow(id, properties, "ApiId", "Method", "Path", "Auth", "TimeoutInMillis", "PayloadFormatVersion", "RouteSettings");
        var (path, method) = (Scalars.Text(properties["Path"]), Scalars.Text(properties["Method"]));
        if (path is null && method is null) (path, method) = (DefaultPath, AnyMethod);
        if (path is null || method is null) throw SamErrors.Event(function.Name, id, $"Event is missing key '{(path is null ? "Path" : "Method")}'.");
        var api = apis(properties["ApiId"] is { } given ? Scalars.Text((given as JsonObject)?["Ref"]) ?? "" : null)
            ?? throw SamErrors.Event(function.Name, id, "ApiId must be a valid reference to an 'AWS::Serverless::HttpApi' resource in same template.");
        var covered = api.Covers(function.Name) && path != DefaultPath;
        var lower = method.ToLowerInvariant() is "any" or AnyMethod ? AnyMethod : method.ToLowerInvariant();
        api.Add(new SamRoute(id, function, alias, lower, path, properties) { SettingsKey = method == AnyMethod ? path : $"{method.ToUpperInvariant()} {path}" });
        if (covered) return;
        var source = path == DefaultPath ? "" : Variable().Replace(path.Length > 1 && path.EndsWith('/') ? path[..^1] : path, "*");
        run.Make($"{function.Name}{id}Permission", function.Make("AWS::Lambda::Permission", Permission("apigateway.amazonaws.com", "SourceArn", new JsonObject
        {
            ["Fn::Sub"] = new JsonArray(
                $"arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{__ApiId__}}/${{__Stage__}}/{(lower == AnyMethod ? "*" : lower.ToUpperInvariant())}{source}",
                new JsonObject { ["__ApiId__"] = SamNodes.Ref(api.Name), ["__Stage__"] = "*" }),
        })));
    }

    private void AddMapping(string id, JsonObject properties, string name, string policy)
    {
        Allow(id, properties, [name, "DestinationConfig", .. OfMapping]);
        if (properties[name] is not { } stream || name == "Stream" && properties["StartingPosition"] is null) throw SamErrors.Event(function.Name, id, $"Missing required property '{(properties[name] is null ? name : "StartingPosition")}'.");
        var mapping = new JsonObject { ["EventSourceArn"] = stream.DeepClone(), ["FunctionName"] = SamNodes.Ref(alias ?? function.Name) };
        SamNodes.Copy(properties, mapping, OfMapping);
        AddManaged(SamPolicies.ArnOf(policy));
        if (properties["DestinationConfig"] is JsonObject config)
        {
            if (config["OnFailure"] is not JsonObject failure) throw SamErrors.Event(function.Name, id, "Property 'DestinationConfig.OnFailure' should be a map.");
            if (failure.Remove("Type", out var type) && Scalars.Text(type) is { } kind)
            {
                if (kind is not ("SQS" or "SNS" or "S3" or "Kafka")) throw SamErrors.Event(function.Name, id, "The only valid values for 'Type' are 'SQS', 'SNS', 'S3', and 'Kafka'");
                if (kind != "Kafka" && failure["Destination"] is { } destination) AddPolicy(SamFunctionParts.Policy(function.Name + id, kind, destination));
            }

            mapping["DestinationConfig"] = config.DeepClone();
        }

        run.Make(function.Name + id, function.Make("AWS::Lambda::EventSourceMapping", mapping));
    }

    private void AddNotification(string id, JsonObject properties)
    {
        Allow(id, properties, "Bucket", "Events", "Filter");
        var bucket = InTemplate(id, properties["Bucket"], "S3 events must reference an S3 bucket in the same template.");
        var name = $"{function.Name}{id}Permission";
        run.Make(name, function.Make("AWS::Lambda::Permission", Permission("s3.amazonaws.com", "SourceAccount", SamNodes.Ref("AWS::AccountId"))));
        var own = Member(bucket, "Properties");
        if (function.Condition is { } condition)
        {
            // DependsOn knows no conditions; a tag that refers to the permission makes the bucket wait for it.
            if (own["Tags"] is not JsonArray tags) own["Tags"] = tags = [];
            tags.Add((JsonNode)new JsonObject { ["Key"] = "sam:ConditionalDependsOn:" + name, ["Value"] = new JsonObject { ["Fn::If"] = new JsonArray(condition, SamNodes.Ref(name), "no dependency") } });
        }
        else
        {
            var before = bucket["DependsOn"] switch { null => [], JsonArray list => list.Select(Scalars.Text), var one => [Scalars.Text(one)] };
            bucket["DependsOn"] = new JsonArray([.. before.Append(name).Distinct().Select(needed => JsonValue.Create(needed))]);
        }

        var configuration = Member(own, "NotificationConfiguration");
        if (configuration["LambdaConfigurations"] is not JsonArray notifications) configuration["LambdaConfigurations"] = notifications = [];
        foreach (var happening in properties["Events"] switch { JsonArray list => list, null => throw SamErrors.Event(function.Name, id, "Missing required property 'Events'."), var one => (IEnumerable<JsonNode?>)[one] })
        {
            JsonObject notification = new() { ["Event"] = happening?.DeepClone(), ["Function"] = Arn };
            SamNodes.Copy(properties, notification, "Filter");
            if (function.Condition is { } when) notification = SamNodes.If(when, notification);
            if (!notifications.Any(known => JsonNode.DeepEquals(known, notification))) notifications.Add((JsonNode)notification);
        }

        HandTagsOn(own);
    }

    private void AddTrigger(string id, JsonObject properties)
    {
        Allow(id, properties, "UserPool", "Trigger");
        var pool = InTemplate(id, properties["UserPool"], "Cognito events must reference a Cognito UserPool in the same template.");
        var poolName = Scalars.Text(properties["UserPool"]!["Ref"])!;
        run.Make($"{alias ?? function.Name}CognitoPermission", function.Make("AWS::Lambda::Permission", Permission("cognito-idp.amazonaws.com", "SourceArn", SamNodes.GetAtt(poolName, "Arn"))));
        var triggers = Member(Member(pool, "Properties"), "LambdaConfig");
        foreach (var trigger in properties["Trigger"] switch { JsonArray list => list.Select(Scalars.Text), null => throw SamErrors.Event(function.Name, id, "Missing required property 'Trigger'."), var one => [Scalars.Text(one)] })
            if (!triggers.TryAdd(trigger ?? "", Arn)) throw SamErrors.Event(function.Name, id, $"Cognito trigger \"{trigger}\" defined multiple times.");
    }

    private JsonObject Permission(string principal, string condition, JsonNode value)
        => new() { ["Action"] = "lambda:InvokeFunction", ["FunctionName"] = SamNodes.Ref(alias ?? function.Name), ["Principal"] = principal, [condition] = value };

    private JsonObject InTemplate(string id, JsonNode? reference, string otherwise)
        => reference is JsonObject call && Scalars.Text(call["Ref"]) is { } name && run.Resources[name] is JsonObject found ? found : throw SamErrors.Event(function.Name, id, otherwise);

    /// <summary>AWS's translator hands a function's tags on to the bucket of its events as well.</summary>
    private void HandTagsOn(JsonObject properties)
    {
        if (function.IsTrue("PropagateTags") && function.Map("Tags") is { Count: > 0 } tags) properties["Tags"] = SamNodes.TagList(tags);
    }

    private void AddManaged(string arn)
    {
        var managed = (JsonArray)role["ManagedPolicyArns"]!;
        if (!managed.Any(known => Scalars.Text(known) == arn)) managed.Add((JsonNode)arn);
    }

    private void AddPolicy(JsonObject policy)
    {
        var policies = (JsonArray)role["Policies"]!;
        if (!policies.Any(known => JsonNode.DeepEquals(known?["PolicyDocument"], policy["PolicyDocument"]))) policies.Add((JsonNode)policy);
    }

    private static JsonObject Member(JsonObject map, string name)
    {
        if (map[name] is not JsonObject member) map[name] = member = [];
        return member;
    }

    [GeneratedRegex(@"\{(?:[a-zA-Z0-9._-]+|proxy\+)\}")]
    private static partial Regex Variable();
}

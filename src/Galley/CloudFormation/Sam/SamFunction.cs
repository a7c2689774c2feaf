using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Galley.CloudFormation.Template;

namespace Galley.CloudFormation.Sam;

/// <summary>`AWS::Serverless::Function`: a function, the role it runs as, and for each HttpApi event a route and the permission to call.</summary>
internal sealed partial class SamFunction(SamResource function, Func<string?, SamHttpApi> apis)
{
    private string Name => function.Name;

    public void WriteTo(JsonObject made)
    {
        function.Allow(
            "CodeUri", "InlineCode", "Handler", "Runtime", "FunctionName", "Description", "MemorySize", "Timeout", "Role", "RolePath", "PermissionsBoundary", "AssumeRolePolicyDocument",
            "Policies", "Environment", "Events", "Tags", "Architectures", "ReservedConcurrentExecutions", "EphemeralStorage", "LoggingConfig", "PropagateTags", "Layers", "FunctionUrlConfig",
            "EventInvokeConfig");
        if (Scalars.Text(function.Properties["PropagateTags"]) is "true") throw SamErrors.Resource(Name, "Galley does not support PropagateTags.");
        var properties = new JsonObject { ["Code"] = Code() };
        function.Copy(properties, "Handler", "Runtime", "FunctionName", "Description", "MemorySize", "Timeout", "Environment", "Architectures", "ReservedConcurrentExecutions", "EphemeralStorage", "LoggingConfig", "Layers");
        properties["Tags"] = Tags();
        if (function.Properties["Role"] is { } role) properties["Role"] = role.DeepClone();
        else
        {
            properties["Role"] = new JsonObject { ["Fn::GetAtt"] = new JsonArray(Name + "Role", "Arn") };
            made.Add(Name + "Role", function.Make("AWS::IAM::Role", Role(), itself: false));
        }

        made.Add(Name, function.Make("AWS::Lambda::Function", properties, itself: true));
        foreach (var (id, node) in Map("Events"))
        {
            if (node is not JsonObject happening) throw SamErrors.Resource(Name, $"Event with id [{id}] is invalid.");
            if (Scalars.Text(happening["Type"]) is "DynamoDB")
            {
                made.Add(Name + id, function.Make("AWS::Lambda::EventSourceMapping", SamFunctionParts.Mapping(Name, id, happening["Properties"] as JsonObject ?? []), itself: false));
                continue;
            }

            if (Scalars.Text(happening["Type"]) is not "HttpApi") throw SamErrors.Resource(Name, $"Galley does not support the event type {Scalars.Text(happening["Type"])} (event {id}).");
            var asked = happening["Properties"] as JsonObject ?? [];
            var permission = Permission(id, asked);
            if (!IsCovered(asked)) made.Add($"{Name}{id}Permission", function.Make("AWS::Lambda::Permission", permission, itself: false));
        }

        SamFunctionParts.WriteTo(made, function);
    }

    /// <summary>The permission of a default route of the same function on the same API covers every other route.</summary>
    private bool IsCovered(JsonObject properties)
        => properties["Path"] is not null && Map("Events").Select(pair => pair.Value?["Properties"] as JsonObject ?? [])
            .Any(other => other["Path"] is null && JsonNode.DeepEquals(other["ApiId"], properties["ApiId"]));

    private JsonObject Code()
    {
        if (function.Properties["InlineCode"] is { } inline) return new JsonObject { ["ZipFile"] = inline.DeepClone() };
        switch (function.Properties["CodeUri"])
        {
            case JsonObject place when place["Bucket"] is { } bucket && place["Key"] is { } key:
                var code = new JsonObject { ["S3Bucket"] = bucket.DeepClone(), ["S3Key"] = key.DeepClone() };
                if (place["Version"] is { } version) code["S3ObjectVersion"] = version.DeepClone();
                return code;
            case JsonValue uri when S3Uri().Match(Scalars.Text(uri)) is { Success: true } match:
                return new JsonObject { ["S3Bucket"] = match.Groups[1].Value, ["S3Key"] = match.Groups[2].Value };
            default:
                throw SamErrors.Resource(Name, "'CodeUri' is not a valid S3 Uri of the form 's3://bucket/key' with optional versionId query parameter.");
        }
    }

    private JsonArray Tags() => SamTags.List(Map("Tags"), ("lambda:createdBy", "SAM"));

    private JsonObject Role()
    {
        var (managed, inline) = SamPolicies.Split(function.Properties["Policies"], Name);
        var role = new JsonObject
        {
            ["AssumeRolePolicyDocument"] = function.Properties["AssumeRolePolicyDocument"]?.DeepClone() ?? new JsonObject
            {
                ["Version"] = "2012-10-17",
                ["Statement"] = new JsonArray(new JsonObject
                {
                    ["Action"] = new JsonArray("sts:AssumeRole"),
                    ["Effect"] = "Allow",
                    ["Principal"] = new JsonObject { ["Service"] = new JsonArray("lambda.amazonaws.com") },
                }),
            },
            ["ManagedPolicyArns"] = managed,
        };
        if (Map("Events").Any(pair => Scalars.Text(pair.Value?["Type"]) is "DynamoDB")) managed.Add((JsonNode)"arn:aws:iam::aws:policy/service-role/AWSLambdaDynamoDBExecutionRole");
        if (SamFunctionParts.DestinationPolicy(function) is { } destinations) inline.Add((JsonNode)destinations);
        if (inline.Count > 0) role["Policies"] = inline;
        if (function.Properties["RolePath"] is { } path) role["Path"] = path.DeepClone();
        function.Copy(role, "PermissionsBoundary");
        role["Tags"] = Tags();
        return role;
    }

    private JsonObject Permission(string id, JsonObject properties)
    {
        foreach (var (property, _) in properties)
            if (property is not ("ApiId" or "Method" or "Path" or "Auth" or "TimeoutInMillis" or "PayloadFormatVersion" or "RouteSettings"))
                throw SamErrors.Resource(Name, $"Galley does not support the property {property} of event {id}.");
        if (function.Attributes["Condition"] is not null) throw SamErrors.Resource(Name, "Galley does not support a Condition on a function with HttpApi events.");
        var apiId = properties["ApiId"] switch
        {
            null => null,
            JsonObject call when Scalars.Text(call["Ref"]) is { } name => name,
            _ => throw SamErrors.Resource(Name, $"Event with id [{id}] is invalid. 'ApiId' must be a Ref to an AWS::Serverless::HttpApi of this template."),
        };
        var (method, path) = (Scalars.Text(properties["Method"]), Scalars.Text(properties["Path"]));
        if (method is null != path is null) throw SamErrors.Resource(Name, $"Event with id [{id}] is invalid. Event is missing {(method is null ? "Method" : "Path")}.");
        var api = apis(apiId);
        api.Add(new SamRoute(id, Name, method, path, properties));
        // `{name}` stands for any one value, the default route for any method and path.
        var source = path is null ? "*" : $"{(method!.ToUpperInvariant() is "ANY" or "*" or "X-AMAZON-APIGATEWAY-ANY-METHOD" ? "*" : method.ToUpperInvariant())}{Variable().Replace(path.Length > 1 ? path.TrimEnd('/') : path, "*")}";
        return new JsonObject
        {
            ["Action"] = "lambda:InvokeFunction",
            ["FunctionName"] = new JsonObject { ["Ref"] = Name },
            ["Principal"] = "apigateway.amazonaws.com",
            ["SourceArn"] = new JsonObject
            {
                ["Fn::Sub"] = new JsonArray(
                    "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/${__Stage__}/" + source,
                    new JsonObject { ["__ApiId__"] = new JsonObject { ["Ref"] = api.Name }, ["__Stage__"] = "*" }),
            },
        };
    }

    private JsonObject Map(string property) => function.Properties[property] switch
    {
        null => [],
        JsonObject map => map,
        _ => throw SamErrors.Resource(Name, $"{property} must be a map."),
    };

    [GeneratedRegex(@"\As3://([^/?]+)/([^?]+)\z")]
    private static partial Regex S3Uri();

    [GeneratedRegex(@"\{[^}/]+\}")]
    private static partial Regex Variable();
}

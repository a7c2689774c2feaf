using System.Text.Json.Nodes;
using Galley.CloudFormation.Template;

namespace Galley.CloudFormation.Sam;

/// <summary>The `Policies` of a function: names and ARNs of managed ones, documents, and SAM's policy templates, each also under an `Fn::If`.</summary>
internal static class SamPolicies
{
    private const string Managed = "arn:aws:iam::aws:policy/";

    public static readonly IReadOnlySet<string> ServiceRoles = new HashSet<string>
    {
        "AWSLambdaBasicExecutionRole", "AWSLambdaVPCAccessExecutionRole", "AWSLambdaDynamoDBExecutionRole", "AWSLambdaSQSQueueExecutionRole", "AWSLambdaKinesisExecutionRole", "AWSLambdaRole",
        "AmazonAPIGatewayPushToCloudWatchLogs",
    };

    public static readonly IReadOnlySet<string> ManagedNames = new HashSet<string>
    {
        "AWSLambdaExecute", "AmazonDynamoDBFullAccess", "AmazonDynamoDBReadOnlyAccess", "AmazonS3FullAccess", "AmazonS3ReadOnlyAccess", "AmazonCognitoReadOnly", "AmazonCognitoPowerUser",
        "AWSLambda_FullAccess", "AWSLambda_ReadOnlyAccess", "CloudWatchLogsFullAccess", "CloudWatchLogsReadOnlyAccess", "AdministratorAccess", "PowerUserAccess", "ReadOnlyAccess",
        "AWSXrayWriteOnlyAccess", "AWSXRayDaemonWriteAccess", "AmazonSESFullAccess", "AmazonSSMReadOnlyAccess", "IAMReadOnlyAccess", "IAMFullAccess", "CloudFrontFullAccess", "CloudFrontReadOnlyAccess",
        "AmazonAPIGatewayAdministrator", "AmazonAPIGatewayInvokeFullAccess", "AWSCloudFormationReadOnlyAccess", "AWSCloudFormationFullAccess",
    };

    /// <summary>The managed policies (those every function needs first) and the inline ones, numbered as they stand in the list.</summary>
    /// <param name="policies">The property.</param>
    /// <param name="function">Logical id of the function.</param>
    /// <param name="needed">Names of managed policies that its other properties ask for.</param>
    public static (JsonArray Managed, JsonArray Inline) Split(JsonNode? policies, string function, IEnumerable<string> needed)
    {
        var managed = new JsonArray([.. needed.Select(name => JsonValue.Create(ArnOf(name)))]);
        var inline = new JsonArray();
        var list = policies switch { null => [], JsonArray many => many.ToList(), var one => [one] };
        for (var i = 0; i < list.Count; i++)
        {
            var policyName = $"{function}RolePolicy{i}";
            switch (Expanded(list[i], function))
            {
                case JsonObject document when document["Statement"] is not null:
                    inline.Add((JsonNode)Named(policyName, document));
                    break;
                case var fork when SamNodes.IfOf(fork) is { } branches && SamNodes.Branches(fork).Any(branch => branch is JsonObject map && map["Statement"] is not null):
                    inline.Add((JsonNode)new JsonObject { ["Fn::If"] = new JsonArray(branches[0]?.DeepClone(), Branch(branches[1]), Branch(branches[2])) });

                    JsonNode? Branch(JsonNode? branch) => branch is JsonObject map && map["Statement"] is not null ? Named(policyName, map) : branch?.DeepClone();
                    break;
                case var arn:
                    if (!managed.Any(have => JsonNode.DeepEquals(have, arn))) managed.Add(arn?.DeepClone());
                    break;
            }
        }

        return (managed, inline);
    }

    public static JsonObject Named(string name, JsonObject document) => new() { ["PolicyName"] = name, ["PolicyDocument"] = document.DeepClone() };

    public static JsonObject Allow(string name, params (string Action, JsonNode? Resource)[] statements) => Named(name, new JsonObject
    {
        ["Statement"] = new JsonArray([.. statements.Select(one => (JsonNode)new JsonObject { ["Action"] = one.Action, ["Effect"] = "Allow", ["Resource"] = one.Resource?.DeepClone() })]),
    });

    public static string ArnOf(string name) => ServiceRoles.Contains(name) ? Managed + "service-role/" + name : ManagedNames.Contains(name) ? Managed + name : name;

    /// <summary>Names as ARNs, templates as documents.</summary>
    private static JsonNode? Expanded(JsonNode? policy, string function)
    {
        if (SamNodes.IfOf(policy) is { } fork)
            return new JsonObject { ["Fn::If"] = new JsonArray(fork[0]?.DeepClone(), SamNodes.IsNoValue(fork[1]) ? fork[1]!.DeepClone() : Expanded(fork[1], function), SamNodes.IsNoValue(fork[2]) ? fork[2]!.DeepClone() : Expanded(fork[2], function)) };
        return policy switch
        {
            JsonValue name => JsonValue.Create(ArnOf(Scalars.Text(name))),
            JsonObject document when document["Statement"] is not null => document.DeepClone(),
            JsonObject { Count: 1 } template when SamPolicyTemplates.Expand(template.First().Key, template.First().Value as JsonObject ?? [], function) is { } made => made,
            JsonObject call when SamNodes.IsFunction(call) => call.DeepClone(),
            _ => throw SamErrors.Resource(function, $"Galley does not support the policy {policy?.ToJsonString()}."),
        };
    }
}

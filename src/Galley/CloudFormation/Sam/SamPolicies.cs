using System.Text.Json.Nodes;
using Galley.CloudFormation.Template;

namespace Galley.CloudFormation.Sam;

/// <summary>A function's Policies: managed ones by name or ARN, statements of its own, and SAM's policy templates.</summary>
internal static class SamPolicies
{
    private const string Managed = "arn:aws:iam::aws:policy/";

    private static readonly HashSet<string> ServiceRoles =
        ["AWSLambdaBasicExecutionRole", "AWSLambdaVPCAccessExecutionRole", "AWSLambdaDynamoDBExecutionRole", "AWSLambdaSQSQueueExecutionRole", "AWSLambdaKinesisExecutionRole", "AWSLambdaRole"];

    private static readonly HashSet<string> ManagedNames =
    [
        "AWSLambdaExecute", "AmazonDynamoDBFullAccess", "AmazonDynamoDBReadOnlyAccess", "AmazonS3FullAccess", "AmazonS3ReadOnlyAccess", "AmazonCognitoReadOnly", "AmazonCognitoPowerUser",
        "AWSLambda_FullAccess", "AWSLambda_ReadOnlyAccess", "CloudWatchLogsFullAccess", "CloudWatchLogsReadOnlyAccess", "AdministratorAccess", "PowerUserAccess", "ReadOnlyAccess",
    ];

    private static readonly string[] TableAndIndexes = ["dynamodb:${AWS::Region}:${AWS::AccountId}:table/${tableName}", "dynamodb:${AWS::Region}:${AWS::AccountId}:table/${tableName}/index/*"];
    private static readonly string[] BucketAndObjects = ["s3:::${bucketName}", "s3:::${bucketName}/*"];

    private static readonly Dictionary<string, PolicyTemplate> Templates = new()
    {
        ["DynamoDBReadPolicy"] = new("TableName", TableAndIndexes, "dynamodb", ["GetItem", "Scan", "Query", "BatchGetItem", "DescribeTable"]),
        ["DynamoDBWritePolicy"] = new("TableName", TableAndIndexes, "dynamodb", ["PutItem", "UpdateItem", "BatchWriteItem"]),
        ["DynamoDBCrudPolicy"] = new("TableName", TableAndIndexes, "dynamodb",
            ["GetItem", "DeleteItem", "PutItem", "Scan", "Query", "UpdateItem", "BatchWriteItem", "BatchGetItem", "DescribeTable", "ConditionCheckItem"]),
        ["DynamoDBReconfigurePolicy"] = new("TableName", TableAndIndexes[..1], "dynamodb", ["UpdateTable"]) { OneResource = true },
        ["S3ReadPolicy"] = new("BucketName", BucketAndObjects, "s3", ["GetObject", "ListBucket", "GetBucketLocation", "GetObjectVersion", "GetLifecycleConfiguration"]),
        ["S3WritePolicy"] = new("BucketName", BucketAndObjects, "s3", ["PutObject", "PutObjectAcl", "PutLifecycleConfiguration"]),
        ["S3CrudPolicy"] = new("BucketName", BucketAndObjects, "s3",
            ["GetObject", "ListBucket", "GetBucketLocation", "GetObjectVersion", "PutObject", "PutObjectAcl", "GetLifecycleConfiguration", "PutLifecycleConfiguration", "DeleteObject"]),
        ["LambdaInvokePolicy"] = new("FunctionName", ["lambda:${AWS::Region}:${AWS::AccountId}:function:${functionName}*"], "lambda", ["InvokeFunction"]) { OneResource = true },
        ["SESCrudPolicy"] = new("IdentityName", ["ses:${AWS::Region}:${AWS::AccountId}:identity/${identityName}"], "ses",
            ["GetIdentityVerificationAttributes", "SendEmail", "SendRawEmail", "VerifyEmailIdentity"])
        { OneResource = true },
    };

    private sealed record PolicyTemplate(string Parameter, string[] Resources, string Service, string[] Actions)
    {
        /// <summary>AWS's translator writes a lone resource not as a list here.</summary>
        public bool OneResource { get; init; }
    }

    /// <summary>The managed policies (the one every function needs first) and the inline ones, numbered as they stand in the list.</summary>
    public static (JsonArray Managed, JsonArray Inline) Split(JsonNode? policies, string function)
    {
        var managed = new JsonArray(Managed + "service-role/AWSLambdaBasicExecutionRole");
        var inline = new JsonArray();
        var list = policies switch { null => [], JsonArray many => many.ToList(), var one => [one] };
        for (var i = 0; i < list.Count; i++)
        {
            switch (list[i])
            {
                case JsonValue name when Scalars.Text(name) is { } text:
                    AddManaged(ArnOf(text));
                    break;
                case JsonObject { Count: 1 } call when call.First().Key is var function1 && (function1 == "Ref" || function1.StartsWith("Fn::", StringComparison.Ordinal)):
                    managed.Add(call.DeepClone());
                    break;
                case JsonObject document when document["Statement"] is not null:
                    Inline(i, (JsonObject)document.DeepClone());
                    break;
                case JsonObject { Count: 1 } template when Templates.TryGetValue(template.First().Key, out var known):
                    Inline(i, Expand(known, template.First().Value as JsonObject ?? [], template.First().Key, function));
                    break;
                case var other:
                    throw SamErrors.Resource(function, $"Galley does not support the policy {other?.ToJsonString()}.");
            }
        }

        return (managed, inline);

        void AddManaged(string arn)
        {
            if (!managed.Any(have => Scalars.Text(have) == arn)) managed.Add((JsonNode?)arn);
        }

        void Inline(int number, JsonObject document) => inline.Add((JsonNode)new JsonObject { ["PolicyName"] = $"{function}RolePolicy{number}", ["PolicyDocument"] = document });
    }

    private static string ArnOf(string name)
        => ServiceRoles.Contains(name) ? Managed + "service-role/" + name : ManagedNames.Contains(name) ? Managed + name : name;

    private static JsonObject Expand(PolicyTemplate template, JsonObject values, string name, string function)
    {
        if (values[template.Parameter] is not { } value || values.Count != 1)
            throw SamErrors.Resource(function, $"Must specify valid parameter values for policy template '{name}'");
        var variable = char.ToLowerInvariant(template.Parameter[0]) + template.Parameter[1..];
        var resources = template.Resources.Select(resource => (JsonNode)new JsonObject
        {
            ["Fn::Sub"] = new JsonArray("arn:${AWS::Partition}:" + resource, new JsonObject { [variable] = value.DeepClone() }),
        }).ToArray();
        return new JsonObject
        {
            ["Statement"] = new JsonArray(new JsonObject
            {
                ["Action"] = new JsonArray([.. template.Actions.Select(action => JsonValue.Create($"{template.Service}:{action}"))]),
                ["Effect"] = "Allow",
                ["Resource"] = template.OneResource ? resources[0] : new JsonArray(resources),
            }),
        };
    }
}

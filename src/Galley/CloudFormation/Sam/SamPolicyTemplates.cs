using System.Text.Json.Nodes;

namespace Galley.CloudFormation.Sam;

/// <summary>SAM's policy templates for the services that Galley has, and KMS: which actions on which resource, with its parameters filled in.</summary>
internal static class SamPolicyTemplates
{
    private const string Here = "${AWS::Region}:${AWS::AccountId}:", Table = "dynamodb:" + Here + "table/${tableName}", Queue = "sqs:" + Here + "${queueName}", Identity = "ses:" + Here + "identity/${identityName}", Any = "*";

    private static readonly string[] TableAndIndexes = [Table, Table + "/index/*"];
    private static readonly string[] BucketAndObjects = ["s3:::${bucketName}", "s3:::${bucketName}/*"];
    private static readonly string[] ParameterActions = ["GetParameters", "GetParameter", "GetParametersByPath"];

    private static readonly Dictionary<string, Statement[]> Known = new()
    {
        ["DynamoDBReadPolicy"] = [new("dynamodb", TableAndIndexes, "GetItem", "Scan", "Query", "BatchGetItem", "DescribeTable")],
        ["DynamoDBWritePolicy"] = [new("dynamodb", TableAndIndexes, "PutItem", "UpdateItem", "BatchWriteItem")],
        ["DynamoDBCrudPolicy"] =
            [new("dynamodb", TableAndIndexes, "GetItem", "DeleteItem", "PutItem", "Scan", "Query", "UpdateItem", "BatchWriteItem", "BatchGetItem", "DescribeTable", "ConditionCheckItem")],
        ["DynamoDBReconfigurePolicy"] = [new("dynamodb", Table, "UpdateTable")],
        ["DynamoDBBackupFullAccessPolicy"] =
            [new("dynamodb", Table, "CreateBackup", "DescribeContinuousBackups"), new("dynamodb", Table + "/backup/*", "DeleteBackup", "DescribeBackup", "ListBackups")],
        ["DynamoDBRestoreFromBackupPolicy"] =
        [
            new("dynamodb", Table + "/backup/*", "RestoreTableFromBackup"),
            new("dynamodb", Table, "PutItem", "UpdateItem", "DeleteItem", "GetItem", "Query", "Scan", "BatchWriteItem"),
        ],
        ["DynamoDBStreamReadPolicy"] =
            [new("dynamodb", Table + "/stream/${streamName}", "DescribeStream", "GetRecords", "GetShardIterator"), new("dynamodb", Table + "/stream/*", "ListStreams")],
        ["S3ReadPolicy"] = [new("s3", BucketAndObjects, "GetObject", "ListBucket", "GetBucketLocation", "GetObjectVersion", "GetLifecycleConfiguration")],
        ["S3WritePolicy"] = [new("s3", BucketAndObjects, "PutObject", "PutObjectAcl", "PutLifecycleConfiguration")],
        ["S3CrudPolicy"] =
        [
            new("s3", BucketAndObjects, "GetObject", "ListBucket", "GetBucketLocation", "GetObjectVersion", "PutObject", "PutObjectAcl", "GetLifecycleConfiguration", "PutLifecycleConfiguration",
                "DeleteObject"),
        ],
        ["S3FullAccessPolicy"] =
        [
            new("s3", BucketAndObjects[1..], "GetObject", "GetObjectAcl", "GetObjectVersion", "PutObject", "PutObjectAcl", "DeleteObject", "DeleteObjectTagging", "DeleteObjectVersionTagging",
                "GetObjectTagging", "GetObjectVersionTagging", "PutObjectTagging", "PutObjectVersionTagging"),
            new("s3", BucketAndObjects[..1], "ListBucket", "GetBucketLocation", "GetLifecycleConfiguration", "PutLifecycleConfiguration"),
        ],
        ["LambdaInvokePolicy"] = [new("lambda", "lambda:" + Here + "function:${functionName}*", "InvokeFunction")],
        ["SESCrudPolicy"] = [new("ses", Identity, "GetIdentityVerificationAttributes", "SendEmail", "SendRawEmail", "VerifyEmailIdentity")],
        ["SESBulkTemplatedCrudPolicy"] =
            [new("ses", Identity, "GetIdentityVerificationAttributes", "SendEmail", "SendRawEmail", "SendTemplatedEmail", "SendBulkTemplatedEmail", "VerifyEmailIdentity")],
        ["SESBulkTemplatedCrudPolicy_v2"] =
        [
            new("ses", [Identity, "ses:" + Here + "template/${templateName}"], "SendEmail", "SendRawEmail", "SendTemplatedEmail", "SendBulkTemplatedEmail"),
            new("ses", Any, "GetIdentityVerificationAttributes", "VerifyEmailIdentity"),
        ],
        ["SESEmailTemplateCrudPolicy"] = [new("ses", Any, "CreateTemplate", "GetTemplate", "ListTemplates", "UpdateTemplate", "DeleteTemplate", "TestRenderTemplate")],
        ["SESSendBouncePolicy"] = [new("ses", Identity, "SendBounce")],
        ["SQSPollerPolicy"] = [new("sqs", Queue, "ChangeMessageVisibility", "ChangeMessageVisibilityBatch", "DeleteMessage", "DeleteMessageBatch", "GetQueueAttributes", "ReceiveMessage")],
        ["SQSSendMessagePolicy"] = [new("sqs", Queue, "SendMessage*")],
        ["SSMParameterReadPolicy"] = [new("ssm", Any, "DescribeParameters"), new("ssm", "ssm:" + Here + "parameter/${parameterName}", ParameterActions)],
        ["SSMParameterWithSlashPrefixReadPolicy"] = [new("ssm", Any, "DescribeParameters"), new("ssm", "ssm:" + Here + "parameter${parameterName}", ParameterActions)],
        ["FilterLogEventsPolicy"] = [new("logs", "logs:" + Here + "log-group:${logGroupName}:log-stream:*", "FilterLogEvents")],
        ["CloudFormationDescribeStacksPolicy"] = [new("cloudformation", "cloudformation:" + Here + "stack/*", "DescribeStacks")],
        ["KMSDecryptPolicy"] = [new("kms", "kms:" + Here + "key/${keyId}", "Decrypt") { OneAction = true }],
        ["KMSEncryptPolicy"] = [new("kms", "kms:" + Here + "key/${keyId}", "Encrypt") { OneAction = true }],
        ["KMSEncryptPolicy_v2"] =
            [new("kms", "kms:" + Here + "key/${keyId}", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext")],
    };

    /// <summary>The policy document; null when there is no such template.</summary>
    /// <param name="name">`S3ReadPolicy`.</param>
    /// <param name="values">Its parameters: `BucketName`.</param>
    /// <param name="function">Logical id, for errors.</param>
    public static JsonObject? Expand(string name, JsonObject values, string function)
    {
        if (!Known.TryGetValue(name, out var statements)) return null;
        var needed = statements.SelectMany(statement => statement.Parameters).Distinct().ToList();
        if (needed.FirstOrDefault(parameter => values[parameter] is null) is { } missing || values.Count != needed.Count)
            throw SamErrors.Resource(function, $"Must specify valid parameter values for policy template '{name}'");
        return new JsonObject { ["Statement"] = new JsonArray([.. statements.Select(statement => statement.Write(values))]) };
    }

    private sealed record Statement(string Service, string[] Resources, params string[] Actions)
    {
        public Statement(string service, string resource, params string[] actions) : this(service, [resource], actions) => OneResource = true;

        /// <summary>AWS's translator writes a lone resource not as a list here, and likewise a lone action.</summary>
        private bool OneResource { get; }

        public bool OneAction { get; init; }

        /// <summary>Names of the parameters that the resources name.</summary>
        public IEnumerable<string> Parameters => Resources.SelectMany(Variables).Select(variable => char.ToUpperInvariant(variable[0]) + variable[1..]);

        public JsonNode Write(JsonObject values)
        {
            var resources = Resources.Select(resource => Resource(resource, values)).ToArray();
            return new JsonObject
            {
                ["Action"] = OneAction ? $"{Service}:{Actions[0]}" : new JsonArray([.. Actions.Select(action => JsonValue.Create($"{Service}:{action}"))]),
                ["Effect"] = "Allow",
                ["Resource"] = OneResource ? resources[0] : new JsonArray(resources),
            };
        }

        private static JsonNode Resource(string resource, JsonObject values)
        {
            if (resource == Any) return Any;
            var arn = "arn:${AWS::Partition}:" + resource;
            var filled = new JsonObject(Variables(resource).Select(variable => KeyValuePair.Create(variable, values[char.ToUpperInvariant(variable[0]) + variable[1..]]?.DeepClone())));
            return new JsonObject { ["Fn::Sub"] = filled.Count == 0 ? arn : new JsonArray(arn, filled) };
        }

        private static IEnumerable<string> Variables(string resource)
            => Template.References.SubVariable().Matches(resource).Select(match => match.Groups[1].Value).Where(name => !name.StartsWith("AWS::", StringComparison.Ordinal));
    }
}

using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using Galley.Wire;

namespace Galley.Iam;

/// <summary>The policies AWS itself manages, those that serverless applications and their tools attach.</summary>
internal static class AwsPolicies
{
    private const string Logs = "\"logs:CreateLogGroup\",\"logs:CreateLogStream\",\"logs:PutLogEvents\"";

    public static readonly IReadOnlyList<ManagedPolicy> All =
    [
        Make("service-role/AWSLambdaBasicExecutionRole", "Provides write permissions to CloudWatch Logs.", Logs),
        Make("service-role/AWSLambdaVPCAccessExecutionRole", "Provides minimum permissions for a Lambda function to execute while accessing a resource within a VPC.",
            Logs + ",\"ec2:CreateNetworkInterface\",\"ec2:DescribeNetworkInterfaces\",\"ec2:DescribeSubnets\",\"ec2:DeleteNetworkInterface\",\"ec2:AssignPrivateIpAddresses\",\"ec2:UnassignPrivateIpAddresses\""),
        Make("service-role/AWSLambdaDynamoDBExecutionRole", "Provides list and read access to DynamoDB streams and write permissions to CloudWatch Logs.",
            "\"dynamodb:DescribeStream\",\"dynamodb:GetRecords\",\"dynamodb:GetShardIterator\",\"dynamodb:ListStreams\"," + Logs),
        Make("service-role/AmazonAPIGatewayPushToCloudWatchLogs", "Allows API Gateway to push logs to user's account.",
            Logs + ",\"logs:DescribeLogGroups\",\"logs:DescribeLogStreams\",\"logs:GetLogEvents\",\"logs:FilterLogEvents\""),
        Make("AWSXRayDaemonWriteAccess", "Allow the AWS X-Ray Daemon to relay raw trace segments data to the service's API.",
            "\"xray:PutTraceSegments\",\"xray:PutTelemetryRecords\",\"xray:GetSamplingRules\",\"xray:GetSamplingTargets\",\"xray:GetSamplingStatisticSummaries\""),
        Make("AdministratorAccess", "Provides full access to AWS services and resources.", "\"*\""),
        Make("PowerUserAccess", "Provides full access to AWS services and resources, but does not allow management of Users and groups.", document: """
            {"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"},{"Effect":"Allow","Action":["iam:CreateServiceLinkedRole","iam:DeleteServiceLinkedRole","iam:ListRoles","organizations:DescribeOrganization","account:ListRegions"],"Resource":"*"}]}
            """),
        Make("ReadOnlyAccess", "Provides read-only access to AWS services and resources.",
            "\"apigateway:GET\",\"cloudformation:Describe*\",\"cloudformation:Get*\",\"cloudformation:List*\",\"cloudfront:Get*\",\"cloudfront:List*\",\"cognito-idp:Describe*\",\"cognito-idp:Get*\",\"cognito-idp:List*\","
            + "\"dynamodb:BatchGet*\",\"dynamodb:Describe*\",\"dynamodb:Get*\",\"dynamodb:List*\",\"dynamodb:Query\",\"dynamodb:Scan\",\"iam:Get*\",\"iam:List*\",\"lambda:Get*\",\"lambda:List*\","
            + "\"logs:Describe*\",\"logs:FilterLogEvents\",\"logs:Get*\",\"logs:List*\",\"s3:Get*\",\"s3:List*\",\"ses:Get*\",\"ses:List*\",\"sts:GetCallerIdentity\""),
        Make("AmazonDynamoDBFullAccess", "Provides full access to Amazon DynamoDB via the AWS Management Console.", "\"dynamodb:*\",\"dax:*\""),
        Make("AmazonDynamoDBReadOnlyAccess", "Provides read only access to Amazon DynamoDB via the AWS Management Console.",
            "\"dynamodb:BatchGetItem\",\"dynamodb:Describe*\",\"dynamodb:List*\",\"dynamodb:GetItem\",\"dynamodb:Query\",\"dynamodb:Scan\",\"dynamodb:PartiQLSelect\""),
        Make("AmazonS3FullAccess", "Provides full access to all buckets via the AWS Management Console.", "\"s3:*\",\"s3-object-lambda:*\""),
        Make("AmazonS3ReadOnlyAccess", "Provides read only access to all buckets via the AWS Management Console.", "\"s3:Get*\",\"s3:List*\",\"s3:Describe*\",\"s3-object-lambda:Get*\",\"s3-object-lambda:List*\""),
        Make("AWSLambda_FullAccess", "Grants full access to AWS Lambda service.", "\"lambda:*\",\"logs:DescribeLogGroups\",\"iam:GetRole\",\"iam:ListRoles\",\"iam:PassRole\""),
        Make("AWSCloudFormationReadOnlyAccess", "Provides access to AWS CloudFormation via the AWS Management Console.",
            "\"cloudformation:Describe*\",\"cloudformation:EstimateTemplateCost\",\"cloudformation:Get*\",\"cloudformation:List*\",\"cloudformation:ValidateTemplate\",\"cloudformation:Detect*\""),
        Make("CloudWatchLogsFullAccess", "Provides full access to CloudWatch Logs", "\"logs:*\""),
    ];

    private static readonly FrozenDictionary<string, ManagedPolicy> ByArn = All.ToFrozenDictionary(policy => policy.Arn);

    public static ManagedPolicy? Find(string arn) => ByArn.GetValueOrDefault(arn);

    private static ManagedPolicy Make(string name, string description, string actions = "", string? document = null)
    {
        var created = new DateTimeOffset(2015, 4, 9, 15, 3, 43, TimeSpan.Zero);
        var slash = name.LastIndexOf('/') + 1;
        return new ManagedPolicy
        {
            Name = name[slash..],
            Id = "ANPA" + Id(name),
            Arn = "arn:aws:iam::aws:policy/" + name,
            Path = "/" + name[..slash],
            Description = description,
            Created = created,
            Updated = created,
            DefaultVersion = "v1",
            LastVersion = 1,
            Versions = [new("v1", document ?? $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[{{actions}}],"Resource":"*"}]}""", created)],
        };
    }

    /// <summary>The same in every installation.</summary>
    private static string Id(string name) => string.Concat(SHA256.HashData(Encoding.UTF8.GetBytes(name)).Take(17).Select(b => Ids.Base32[b % 32]));
}

namespace Galley.Iam;

/// <summary>The statements of AWS's managed policies (https://docs.aws.amazon.com/aws-managed-policy/latest/reference/), for services that Galley has; what else AWS lists there can name nothing here.</summary>
internal static class AwsPolicyTexts
{
    private const string Logs = "logs:CreateLogGroup,logs:CreateLogStream,logs:PutLogEvents";

    private const string ReadEverything =
        "a4b:Get*,access-analyzer:Get*,access-analyzer:List*,apigateway:GET,application-autoscaling:Describe*,cloudformation:Describe*,cloudformation:Detect*,cloudformation:EstimateTemplateCost,cloudformation:Get*,cloudformation:List*,"
        + "cloudfront:Describe*,cloudfront:Get*,cloudfront:List*,cloudwatch:Describe*,cloudwatch:Get*,cloudwatch:List*,cognito-identity:Describe*,cognito-identity:GetCredentialsForIdentity,cognito-identity:GetIdentityPoolRoles,"
        + "cognito-identity:GetOpenIdToken,cognito-identity:GetOpenIdTokenForDeveloperIdentity,cognito-identity:List*,cognito-identity:Lookup*,cognito-idp:AdminGet*,cognito-idp:AdminList*,cognito-idp:Describe*,cognito-idp:Get*,cognito-idp:List*,"
        + "dynamodb:BatchGet*,dynamodb:Describe*,dynamodb:Get*,dynamodb:List*,dynamodb:PartiQLSelect,dynamodb:Query,dynamodb:Scan,iam:Generate*,iam:Get*,iam:List*,iam:Simulate*,lambda:Get*,lambda:List*,"
        + "logs:Describe*,logs:FilterLogEvents,logs:Get*,logs:List*,logs:StartLiveTail,logs:StartQuery,logs:StopLiveTail,logs:StopQuery,logs:TestMetricFilter,s3:DescribeJob,s3:Get*,s3:List*,s3-object-lambda:GetObject,s3-object-lambda:ListBucket,"
        + "ses:Describe*,ses:Get*,ses:List*,sts:GetAccessKeyInfo,sts:GetCallerIdentity,sts:GetSessionToken,tag:Get*,xray:BatchGet*,xray:Get*";

    private const string ViewOnly =
        "apigateway:GET,cloudformation:DescribeStacks,cloudformation:DescribeStackResources,cloudformation:List*,cloudfront:List*,cloudwatch:DescribeAlarms,cloudwatch:GetMetricData,cloudwatch:List*,cognito-identity:List*,cognito-idp:List*,"
        + "dynamodb:DescribeContinuousBackups,dynamodb:DescribeGlobalTable,dynamodb:DescribeLimits,dynamodb:DescribeReservedCapacity,dynamodb:DescribeTable,dynamodb:DescribeTimeToLive,dynamodb:List*,iam:Get*,iam:List*,"
        + "lambda:List*,logs:Describe*,logs:Get*,s3:ListAllMyBuckets,s3:ListBucket,ses:List*";

    private const string Audit =
        "access-analyzer:Get*,access-analyzer:List*,cloudformation:DescribeStack*,cloudformation:GetStackPolicy,cloudformation:GetTemplate,cloudformation:ListStack*,cloudfront:Get*,cloudfront:List*,cloudwatch:DescribeAlarms,cloudwatch:GetMetricData,"
        + "cognito-identity:DescribeIdentityPool,cognito-identity:GetIdentityPoolRoles,cognito-identity:ListIdentityPools,cognito-identity:ListTagsForResource,cognito-idp:Describe*,cognito-idp:GetUserPoolMfaConfig,cognito-idp:List*,"
        + "dynamodb:DescribeContinuousBackups,dynamodb:DescribeExport,dynamodb:DescribeTable,dynamodb:DescribeTimeToLive,dynamodb:GetResourcePolicy,dynamodb:List*,iam:GenerateCredentialReport,iam:GenerateServiceLastAccessedDetails,iam:Get*,iam:List*,iam:SimulateCustomPolicy,"
        + "iam:SimulatePrincipalPolicy,lambda:GetAccountSettings,lambda:GetFunctionConfiguration,lambda:GetFunctionUrlConfig,lambda:GetLayerVersionPolicy,lambda:GetPolicy,lambda:List*,logs:Describe*,logs:ListTagsLogGroup,logs:ListTagsForResource,"
        + "s3:GetAccelerateConfiguration,s3:GetAccountPublicAccessBlock,s3:GetBucket*,s3:GetEncryptionConfiguration,s3:GetInventoryConfiguration,s3:GetLifecycleConfiguration,s3:GetMetricsConfiguration,s3:GetReplicationConfiguration,s3:ListAllMyBuckets,"
        + "ses:Describe*,ses:GetIdentityPolicies,ses:List*,sts:GetAccessKeyInfo";

    private const string CognitoPassing =
        """{"Effect":"Allow","Action":"iam:CreateServiceLinkedRole","Resource":"*","Condition":{"StringEquals":{"iam:AWSServiceName":["cognito-idp.amazonaws.com","email.cognito-idp.amazonaws.com"]}}}""";

    /// <summary>Name with path, description, and the actions allowed everywhere or whole statements.</summary>
    public static readonly IReadOnlyList<(string Name, string Description, string Text)> All =
    [
        ("AdministratorAccess", "Provides full access to AWS services and resources.", "*"),
        ("PowerUserAccess", "Provides full access to AWS services and resources, but does not allow management of Users and groups.",
            """{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"},{"Effect":"Allow","Action":["account:GetAccountInformation","account:GetPrimaryEmail","account:ListRegions","iam:CreateServiceLinkedRole","iam:DeleteServiceLinkedRole","iam:ListRoles","organizations:DescribeEffectivePolicy","organizations:DescribeOrganization"],"Resource":"*"}"""),
        ("ReadOnlyAccess", "Provides read-only access to AWS services and resources.", ReadEverything),
        ("job-function/ViewOnlyAccess", "This policy grants permissions to view resources and basic metadata across all AWS services.", ViewOnly),
        ("SecurityAudit", "The security audit template grants access to read security configuration metadata. It is useful for software that audits the configuration of an AWS account.",
            Statement(Audit) + """,{"Effect":"Allow","Action":"apigateway:GET","Resource":["arn:aws:apigateway:*::/account","arn:aws:apigateway:*::/apis","arn:aws:apigateway:*::/apis/*/authorizers","arn:aws:apigateway:*::/apis/*/authorizers/*","arn:aws:apigateway:*::/apis/*/cors","arn:aws:apigateway:*::/apis/*/routes","arn:aws:apigateway:*::/apis/*/routes/*","arn:aws:apigateway:*::/apis/*/stages","arn:aws:apigateway:*::/apis/*/stages/*","arn:aws:apigateway:*::/domainnames","arn:aws:apigateway:*::/tags/*"]}"""),
        ("IAMFullAccess", "Provides full access to IAM via the AWS Management Console.", "iam:*,organizations:DescribeAccount,organizations:DescribeOrganization,organizations:DescribeOrganizationalUnit,organizations:DescribePolicy,organizations:ListChildren,organizations:ListParents,organizations:ListPoliciesForTarget,organizations:ListRoots,organizations:ListPolicies,organizations:ListTargetsForPolicy"),
        ("IAMReadOnlyAccess", "Provides read only access to IAM via the AWS Management Console.", "iam:GenerateCredentialReport,iam:GenerateServiceLastAccessedDetails,iam:Get*,iam:List*,iam:SimulateCustomPolicy,iam:SimulatePrincipalPolicy"),
        ("IAMUserChangePassword", "Provides the ability for an IAM user to change their own password.",
            """{"Effect":"Allow","Action":["iam:ChangePassword"],"Resource":["arn:aws:iam::*:user/${aws:username}"]},{"Effect":"Allow","Action":["iam:GetAccountPasswordPolicy"],"Resource":"*"}"""),
        ("service-role/AWSLambdaBasicExecutionRole", "Provides write permissions to CloudWatch Logs.", Logs),
        ("service-role/AWSLambdaVPCAccessExecutionRole", "Provides minimum permissions for a Lambda function to execute while accessing a resource within a VPC.",
            Logs + ",ec2:CreateNetworkInterface,ec2:DescribeNetworkInterfaces,ec2:DescribeSubnets,ec2:DeleteNetworkInterface,ec2:AssignPrivateIpAddresses,ec2:UnassignPrivateIpAddresses"),
        ("service-role/AWSLambdaDynamoDBExecutionRole", "Provides list and read access to DynamoDB streams and write permissions to CloudWatch Logs.",
            "dynamodb:DescribeStream,dynamodb:GetRecords,dynamodb:GetShardIterator,dynamodb:ListStreams," + Logs),
        ("service-role/AWSLambdaSQSQueueExecutionRole", "Provides receive message, delete message, and read attribute access to SQS queues, and write permissions to CloudWatch logs.",
            "sqs:ReceiveMessage,sqs:DeleteMessage,sqs:GetQueueAttributes," + Logs),
        ("service-role/AWSLambdaKinesisExecutionRole", "Provides list and read access to Kinesis streams and write permissions to CloudWatch logs.",
            "kinesis:DescribeStream,kinesis:DescribeStreamSummary,kinesis:GetRecords,kinesis:GetShardIterator,kinesis:ListShards,kinesis:ListStreams,kinesis:SubscribeToShard," + Logs),
        ("AWSLambdaExecute", "Provides Put, Get access to S3 and full access to CloudWatch Logs.",
            """{"Effect":"Allow","Action":["logs:*"],"Resource":"arn:aws:logs:*:*:*"},{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::*"}"""),
        ("service-role/AWSLambdaRole", "Default policy for AWS Lambda service role.", "lambda:InvokeFunction"),
        ("AWSLambda_FullAccess", "Grants full access to AWS Lambda service, AWS Lambda console features, and other related AWS services.",
            Statement("cloudformation:DescribeStacks,cloudformation:ListStackResources,cloudwatch:GetMetricData,cloudwatch:ListMetrics,iam:GetPolicy,iam:GetPolicyVersion,iam:GetRole,iam:GetRolePolicy,iam:ListAttachedRolePolicies,iam:ListRolePolicies,iam:ListRoles,lambda:*,logs:DescribeLogGroups,tag:GetResources,xray:GetTraceSummaries,xray:BatchGetTraces")
            + """,{"Effect":"Allow","Action":"iam:PassRole","Resource":"*","Condition":{"StringEquals":{"iam:PassedToService":"lambda.amazonaws.com"}}},{"Effect":"Allow","Action":["logs:DescribeLogStreams","logs:GetLogEvents","logs:FilterLogEvents","logs:StartLiveTail","logs:StopLiveTail"],"Resource":"arn:aws:logs:*:*:log-group:/aws/lambda/*"}"""),
        ("AWSLambda_ReadOnlyAccess", "Grants read-only access to AWS Lambda service, AWS Lambda console features, and other related AWS services.",
            Statement("cloudformation:DescribeStacks,cloudformation:ListStacks,cloudformation:ListStackResources,cloudwatch:GetMetricData,cloudwatch:ListMetrics,iam:GetPolicy,iam:GetPolicyVersion,iam:GetRole,iam:GetRolePolicy,iam:ListAttachedRolePolicies,iam:ListRolePolicies,iam:ListRoles,logs:DescribeLogGroups,lambda:Get*,lambda:List*,tag:GetResources")
            + """,{"Effect":"Allow","Action":["logs:DescribeLogStreams","logs:GetLogEvents","logs:FilterLogEvents","logs:StartLiveTail","logs:StopLiveTail"],"Resource":"arn:aws:logs:*:*:log-group:/aws/lambda/*"}"""),
        ("service-role/AmazonAPIGatewayPushToCloudWatchLogs", "Allows API Gateway to push logs to user's account.",
            "logs:CreateLogGroup,logs:CreateLogStream,logs:DescribeLogGroups,logs:DescribeLogStreams,logs:PutLogEvents,logs:GetLogEvents,logs:FilterLogEvents"),
        ("AmazonAPIGatewayAdministrator", "Provides full access to create/edit/delete APIs in Amazon API Gateway via the AWS Management Console.", """{"Effect":"Allow","Action":["apigateway:*"],"Resource":"arn:aws:apigateway:*::/*"}"""),
        ("AmazonAPIGatewayInvokeFullAccess", "Provides full access to invoke APIs in Amazon API Gateway.", """{"Effect":"Allow","Action":["execute-api:Invoke","execute-api:ManageConnections"],"Resource":"arn:aws:execute-api:*:*:*"}"""),
        ("AWSXrayWriteOnlyAccess", "AWS X-Ray write only managed policy", "xray:PutTraceSegments,xray:PutTelemetryRecords,xray:GetSamplingRules,xray:GetSamplingTargets,xray:GetSamplingStatisticSummaries"),
        ("AWSXRayDaemonWriteAccess", "Allow the AWS X-Ray Daemon to relay raw trace segments data to the service's API.", "xray:PutTraceSegments,xray:PutTelemetryRecords,xray:GetSamplingRules,xray:GetSamplingTargets,xray:GetSamplingStatisticSummaries"),
        ("AmazonDynamoDBFullAccess", "Provides full access to Amazon DynamoDB via the AWS Management Console.",
            Statement("dynamodb:*,dax:*,application-autoscaling:DeleteScalingPolicy,application-autoscaling:DeregisterScalableTarget,application-autoscaling:Describe*,application-autoscaling:PutScalingPolicy,application-autoscaling:RegisterScalableTarget,cloudwatch:DeleteAlarms,cloudwatch:Describe*,cloudwatch:GetMetricData,cloudwatch:GetMetricStatistics,cloudwatch:ListMetrics,cloudwatch:PutMetricAlarm,iam:GetRole,iam:ListRoles,lambda:CreateEventSourceMapping,lambda:CreateFunction,lambda:DeleteEventSourceMapping,lambda:DeleteFunction,lambda:GetFunctionConfiguration,lambda:ListEventSourceMappings,lambda:ListFunctions,tag:GetResources")
            + """,{"Effect":"Allow","Action":["iam:PassRole"],"Resource":"*","Condition":{"StringLike":{"iam:PassedToService":["application-autoscaling.amazonaws.com","application-autoscaling.amazonaws.com.cn","dax.amazonaws.com"]}}},{"Effect":"Allow","Action":["iam:CreateServiceLinkedRole"],"Resource":"*","Condition":{"StringEquals":{"iam:AWSServiceName":["replication.dynamodb.amazonaws.com","dax.amazonaws.com","dynamodb.application-autoscaling.amazonaws.com","contributorinsights.dynamodb.amazonaws.com","kinesisreplication.dynamodb.amazonaws.com"]}}}"""),
        ("AmazonDynamoDBFullAccess_v2", "Provides full access to Amazon DynamoDB.", "dynamodb:*"),
        ("AmazonDynamoDBReadOnlyAccess", "Provides read only access to Amazon DynamoDB via the AWS Management Console.",
            "application-autoscaling:DescribeScalableTargets,application-autoscaling:DescribeScalingActivities,application-autoscaling:DescribeScalingPolicies,cloudwatch:DescribeAlarms,cloudwatch:GetMetricData,cloudwatch:ListMetrics,dynamodb:BatchGetItem,dynamodb:Describe*,dynamodb:List*,dynamodb:GetAbacStatus,dynamodb:GetItem,dynamodb:GetResourcePolicy,dynamodb:Query,dynamodb:Scan,dynamodb:PartiQLSelect,dax:Describe*,dax:List*,dax:GetItem,dax:BatchGetItem,dax:Query,dax:Scan,iam:GetRole,iam:ListRoles,tag:GetResources"),
        ("AmazonS3FullAccess", "Provides full access to all buckets via the AWS Management Console.", "s3:*,s3-object-lambda:*"),
        ("AmazonS3ReadOnlyAccess", "Provides read only access to all buckets via the AWS Management Console.", "s3:Get*,s3:List*,s3:Describe*,s3-object-lambda:Get*,s3-object-lambda:List*"),
        ("AmazonCognitoPowerUser", "Provides administrative access to existing Amazon Cognito resources.",
            Statement("cognito-identity:*,cognito-idp:*,cognito-sync:*,iam:ListRoles,iam:ListOpenIdConnectProviders,iam:GetRole,iam:ListSAMLProviders,iam:GetSAMLProvider,kinesis:ListStreams,lambda:GetPolicy,lambda:ListFunctions,sns:GetSMSSandboxAccountStatus,sns:ListPlatformApplications,ses:ListIdentities,ses:GetIdentityVerificationAttributes,mobiletargeting:GetApps,acm:ListCertificates")
            + "," + CognitoPassing + """,{"Effect":"Allow","Action":["iam:DeleteServiceLinkedRole","iam:GetServiceLinkedRoleDeletionStatus"],"Resource":["arn:aws:iam::*:role/aws-service-role/cognito-idp.amazonaws.com/AWSServiceRoleForAmazonCognitoIdp*","arn:aws:iam::*:role/aws-service-role/email.cognito-idp.amazonaws.com/AWSServiceRoleForAmazonCognitoIdpEmail*"]}"""),
        ("AmazonCognitoReadOnly", "Provides read only access to Amazon Cognito resources.",
            "cognito-identity:Describe*,cognito-identity:Get*,cognito-identity:List*,cognito-idp:Describe*,cognito-idp:AdminGet*,cognito-idp:AdminList*,cognito-idp:List*,cognito-idp:Get*,cognito-sync:Describe*,cognito-sync:Get*,cognito-sync:List*,iam:ListOpenIdConnectProviders,iam:ListRoles,sns:ListPlatformApplications"),
        ("AmazonCognitoDeveloperAuthenticatedIdentities", "Provides access to Amazon Cognito APIs to support developer authenticated identities from your authentication backend.",
            "cognito-identity:GetOpenIdTokenForDeveloperIdentity,cognito-identity:LookupDeveloperIdentity,cognito-identity:MergeDeveloperIdentities,cognito-identity:UnlinkDeveloperIdentity"),
        ("AmazonCognitoUnAuthedIdentitiesSessionPolicy", "The permissions that unauthenticated identities of identity pools can have beside the services' usual ones.",
            "rum:PutRumEvents,sagemaker:InvokeEndpoint,polly:*,comprehend:*,translate:*,transcribe:*,rekognition:*,mobiletargeting:*,firehose:*,personalize:*"),
        ("CloudFrontFullAccess", "Provides full access to the CloudFront console plus the ability to list Amazon S3 buckets via the AWS Management Console.",
            """{"Sid":"cfflistbuckets","Effect":"Allow","Action":["s3:ListAllMyBuckets"],"Resource":"arn:aws:s3:::*"},"""
            + Statement("acm:DescribeCertificate,acm:ListCertificates,acm:RequestCertificate,cloudfront:*,cloudfront-keyvaluestore:*,iam:ListServerCertificates,waf:ListWebACLs,waf:GetWebACL,wafv2:ListWebACLs,wafv2:GetWebACL,kinesis:ListStreams,ec2:DescribeInstances,elasticloadbalancing:DescribeLoadBalancers")
            + """,{"Effect":"Allow","Action":["kinesis:DescribeStream"],"Resource":"arn:aws:kinesis:*:*:*"},{"Effect":"Allow","Action":["iam:ListRoles"],"Resource":"arn:aws:iam::*:*"}"""),
        ("CloudFrontReadOnlyAccess", "Provides access to CloudFront distribution configuration information and list distributions via the AWS Management Console.",
            "acm:DescribeCertificate,acm:ListCertificates,cloudfront:Describe*,cloudfront:Get*,cloudfront:List*,cloudfront-keyvaluestore:Describe*,cloudfront-keyvaluestore:Get*,cloudfront-keyvaluestore:List*,iam:ListServerCertificates,route53:List*,waf:ListWebACLs,waf:GetWebACL,wafv2:ListWebACLs,wafv2:GetWebACL"),
        ("CloudWatchLogsFullAccess", "Provides full access to CloudWatch Logs", "logs:*,cloudwatch:GenerateQuery"),
        ("CloudWatchLogsReadOnlyAccess", "Provides read only access to CloudWatch Logs", "logs:Describe*,logs:Get*,logs:List*,logs:StartQuery,logs:StopQuery,logs:TestMetricFilter,logs:FilterLogEvents,logs:StartLiveTail,logs:StopLiveTail,cloudwatch:GenerateQuery"),
        ("AWSCloudFormationFullAccess", "Provides full access to AWS CloudFormation.", "cloudformation:*"),
        ("AWSCloudFormationReadOnlyAccess", "Provides access to AWS CloudFormation via the AWS Management Console.",
            "cloudformation:Describe*,cloudformation:EstimateTemplateCost,cloudformation:Get*,cloudformation:List*,cloudformation:ValidateTemplate,cloudformation:Detect*"),
        ("AmazonSSMReadOnlyAccess", "Provides read only access to Amazon SSM.", "ssm:Describe*,ssm:Get*,ssm:List*"),
        ("AmazonSESFullAccess", "Provides full access to Amazon SES via the AWS Management Console.", "ses:*"),
    ];

    /// <summary>A list of actions as one statement that allows them everywhere.</summary>
    public static string Statement(string actions)
        => $$"""{"Effect":"Allow","Action":[{{string.Join(',', actions.Split(',').Select(action => $"\"{action}\""))}}],"Resource":"*"}""";
}

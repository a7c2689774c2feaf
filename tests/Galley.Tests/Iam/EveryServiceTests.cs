namespace Galley.Tests.Iam;

/// <summary>In each service a role with just the needed action passes, and one without it is refused with AWS's very words.</summary>
public class EveryServiceTests
{
    private const string Lambda = "arn:aws:lambda:eu-west-2:123456789012:function:none", Pool = "arn:aws:cognito-idp:eu-west-2:123456789012:userpool/eu-west-2_000000000";

    /// <summary>Client, operation, input, action, resource, code of the refusal, and the error that tells that IAM let it pass (or none).</summary>
    private static readonly (string Client, string Operation, object Input, string Action, string Resource, string Code, int Status, string Passed)[] Calls =
    [
        ("dynamodb", "GetItem", new { TableName = "none", Key = new { k = new { S = "1" } } }, "dynamodb:GetItem", "arn:aws:dynamodb:eu-west-2:123456789012:table/none", "AccessDeniedException", 400, "ResourceNotFoundException"),
        ("s3", "GetObject", new { Bucket = "roles-bucket", Key = "k" }, "s3:GetObject", "\"arn:aws:s3:::roles-bucket/k\"", "AccessDenied", 403, "NoSuchKey"),
        ("lambda", "GetFunction", new { FunctionName = "none" }, "lambda:GetFunction", Lambda, "AccessDeniedException", 403, "ResourceNotFoundException"),
        ("cognito-identity-provider", "DescribeUserPool", new { UserPoolId = "eu-west-2_000000000" }, "cognito-idp:DescribeUserPool", Pool, "AccessDeniedException", 400, "ResourceNotFoundException"),
        ("apigatewayv2", "GetApi", new { ApiId = "none" }, "apigateway:GET", "arn:aws:apigateway:eu-west-2::/apis/none", "AccessDeniedException", 403, "NotFoundException"),
        ("cloudfront", "GetDistribution", new { Id = "ENONE" }, "cloudfront:GetDistribution", "arn:aws:cloudfront::123456789012:distribution/ENONE", "AccessDenied", 403, "NoSuchDistribution"),
        ("cloudwatch-logs", "DescribeLogStreams", new { logGroupName = "none" }, "logs:DescribeLogStreams", "arn:aws:logs:eu-west-2:123456789012:log-group:none:log-stream:", "AccessDeniedException", 400, "ResourceNotFoundException"),
        ("cloudformation", "DescribeStackEvents", new { StackName = "none" }, "cloudformation:DescribeStackEvents", "arn:aws:cloudformation:eu-west-2:123456789012:stack/none/*", "AccessDenied", 403, "ValidationError"),
        ("iam", "GetRole", new { RoleName = "none" }, "iam:GetRole", "arn:aws:iam::123456789012:role/none", "AccessDenied", 403, "NoSuchEntityException"),
        ("cognito-identity", "DescribeIdentityPool", new { IdentityPoolId = "eu-west-2:00000000-0000-0000-0000-000000000000" }, "cognito-identity:DescribeIdentityPool", "arn:aws:cognito-identity:eu-west-2:123456789012:identitypool/eu-west-2:00000000-0000-0000-0000-000000000000", "AccessDeniedException", 400, "ResourceNotFoundException"),
        ("kms", "DescribeKey", new { KeyId = "00000000-0000-4000-8000-000000000000" }, "kms:DescribeKey", "arn:aws:kms:eu-west-2:123456789012:key/00000000-0000-4000-8000-000000000000", "AccessDeniedException", 400, "NotFoundException"),
        ("sqs", "ReceiveMessage", new { QueueUrl = "http://localhost/123456789012/none" }, "sqs:ReceiveMessage", "arn:aws:sqs:eu-west-2:123456789012:none", "AccessDenied", 400, "QueueDoesNotExist"),
        ("sts", "GetAccessKeyInfo", new { AccessKeyId = "AKIAIOSFODNN7EXAMPLE" }, "sts:GetAccessKeyInfo", "*", "AccessDenied", 403, ""),
    ];

    [Fact]
    public async Task A_role_with_just_the_action_passes_and_one_without_is_refused_in_AWSs_words()
    {
        await using var server = await Start.Server();
        var root = new AwsJs(server);
        await root.Call("s3", "CreateBucket", new { Bucket = "roles-bucket", CreateBucketConfiguration = new { LocationConstraint = "eu-west-2" } });
        await root.Call("iam", "CreateRole", new { RoleName = "r", AssumeRolePolicyDocument = Start.Trust("""{"AWS":"*"}""") });
        var role = Start.With(server, (await root.Call("sts", "AssumeRole", new { RoleArn = "arn:aws:iam::123456789012:role/r", RoleSessionName = "s1" }))["Credentials"]!);
        var wrong = new List<string>();
        foreach (var call in Calls)
        {
            await root.Call("iam", "PutRolePolicy", new { RoleName = "r", PolicyName = "p", PolicyDocument = Start.Policy("Allow", "xray:PutTraceSegments", "*") });
            var refused = await role.Fails(call.Client, call.Operation, call.Input);
            var text = $"User: arn:aws:sts::123456789012:assumed-role/r/s1 is not authorized to perform: {call.Action} on resource: {call.Resource} because no identity-based policy allows the {call.Action} action";
            if ((refused.Code, refused.Status, refused.Text) != (call.Code, call.Status, text)) wrong.Add($"{call.Action}: {refused.Message}");
            // S3 tells a missing key only to who may list.
            var action = call.Action == "s3:GetObject" ? "s3:GetObject\",\"s3:ListBucket" : call.Action;
            var (policy, resource) = (Start.Policy("Allow", action, "*"), call.Resource.Trim('"'));
            await root.Call("iam", "PutRolePolicy", new { RoleName = "r", PolicyName = "p", PolicyDocument = policy.Replace($"\"{action}\"", $"[\"{action}\"]", StringComparison.Ordinal) });
            if (await Try(role, call.Client, call.Operation, call.Input) is var passed && passed != call.Passed) wrong.Add($"{call.Action} allowed: {passed}");
            // The very resource suffices, another does not.
            if (call.Client == "s3") continue;
            await root.Call("iam", "PutRolePolicy", new { RoleName = "r", PolicyName = "p", PolicyDocument = Start.Policy("Allow", call.Action, resource) });
            if (await Try(role, call.Client, call.Operation, call.Input) is var exact && exact != call.Passed) wrong.Add($"{call.Action} on {resource}: {exact}");
            await root.Call("iam", "PutRolePolicy", new { RoleName = "r", PolicyName = "p", PolicyDocument = Start.Policy("Deny", call.Action, "*") });
            var denied = await role.Fails(call.Client, call.Operation, call.Input);
            if (!denied.Text.EndsWith("with an explicit deny in an identity-based policy", StringComparison.Ordinal)) wrong.Add($"{call.Action} denied: {denied.Message}");
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    private static async Task<string> Try(AwsJs role, string client, string operation, object input)
    {
        try
        {
            await role.Call(client, operation, input);
            return "";
        }
        catch (AwsJsError e)
        {
            return e.Code;
        }
    }
}

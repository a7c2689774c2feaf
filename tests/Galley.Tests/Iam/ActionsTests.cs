using Galley.Wire;

namespace Galley.Tests.Iam;

/// <summary>
/// The map from operation to action, checked against AWS's list (aws-actions.txt): each action is AWS's, bears the operation's own name unless
/// it stands in <see cref="Renamed"/>, and names a resource where AWS's does.
/// </summary>
public class ActionsTests
{
    private const string Refused = "refused by its name, whoever asks";

    /// <summary>Operations that AWS checks under another name.</summary>
    private static readonly Dictionary<string, string> Renamed = new()
    {
        ["s3:GetAccountPublicAccessBlock"] = "the route names the account, and IAM is asked about *",
        ["s3:PutAccountPublicAccessBlock"] = "the route names the account, and IAM is asked about *",
        ["s3:DeleteAccountPublicAccessBlock"] = "the route names the account, and IAM is asked about *",
        ["cloudfront:CreateDistributionWithTags"] = "cloudfront:CreateDistribution",
        ["dynamodb:BatchExecuteStatement"] = "dynamodb:PartiQLSelect",
        ["dynamodb:ExecuteStatement"] = "dynamodb:PartiQLSelect",
        ["dynamodb:ExecuteTransaction"] = "dynamodb:PartiQLSelect",
        ["dynamodb:TransactGetItems"] = "dynamodb:GetItem",
        ["kms:ReEncrypt"] = "kms:ReEncryptFrom", // and kms:ReEncryptTo on the other key
        ["lambda:Invoke"] = "lambda:InvokeFunction",
        ["lambda:InvokeAsync"] = "lambda:InvokeFunction",
        ["lambda:InvokeWithResponseStream"] = "lambda:InvokeFunction",
        ["sqs:SendMessageBatch"] = "sqs:SendMessage",
        ["sqs:DeleteMessageBatch"] = "sqs:DeleteMessage",
        ["sqs:ChangeMessageVisibilityBatch"] = "sqs:ChangeMessageVisibility",
        ["lambda:GetLayerVersionByArn"] = "lambda:GetLayerVersion",
    };

    /// <summary>AWS's list has a resource type and the request names none, or the other way round; why.</summary>
    private static readonly Dictionary<string, string> ByResource = new()
    {
        ["iam:GetAccessKeyLastUsed"] = "the request names a key, not its user",
        ["logs:DescribeLogGroups"] = "AWS's refusals name arn:…:log-group::log-stream:",
        ["dynamodb:ListExports"] = "the table is a filter that may be left out",
        ["dynamodb:ListImports"] = "the table is a filter that may be left out",
        ["ecr:DescribeRepositories"] = "the repositories are a filter that may be left out",
        ["s3:GetAccountPublicAccessBlock"] = "the route names the account, and IAM is asked about *",
        ["s3:PutAccountPublicAccessBlock"] = "the route names the account, and IAM is asked about *",
        ["s3:DeleteAccountPublicAccessBlock"] = "the route names the account, and IAM is asked about *",
        ["cloudfront:ListConflictingAliases"] = "the distribution is a parameter of a search",
        ["cloudfront:CopyDistribution"] = Refused,
        ["cloudfront:AssociateAlias"] = Refused,
        ["cloudfront:UpdateDistributionWithStagingConfig"] = Refused,
    };

    /// <summary>Asked item by item, by each item's own action.</summary>
    private static readonly string[] ByItem = ["dynamodb:TransactWriteItems", "s3:DeleteObjects", "s3:PostObject"];

    [Fact]
    public async Task Every_operation_asks_for_AWSs_action_on_a_resource_where_AWS_has_one()
    {
        var aws = File.ReadLines(Path.Combine(Repository.Root, "tests", "Galley.Tests", "Iam", "aws-actions.txt")).Where(line => !line.StartsWith('#'))
            .ToDictionary(line => line.Split(' ')[0], line => line.Split(' ')[1..]);
        await using var server = await Start.Server();
        var wrong = new List<string>();
        foreach (var api in server.Apis)
            foreach (var operation in api.Operations.Where(operation => !operation.Unsigned && !operation.Action.StartsWith("galley:", StringComparison.Ordinal)))
            {
                var own = $"{api.SigningName}:{operation.Name}";
                var action = operation.Action;
                if (ByItem.Contains(own)) continue;
                if (!aws.TryGetValue(action.ToLowerInvariant(), out var types)) wrong.Add($"{own}: AWS has no action {action}");
                // CloudFront's refusals name `distribution/*` and its like when something is to be made.
                else if (operation.NamesResource != types.Length > 0 && !own.StartsWith("cloudfront:Create", StringComparison.Ordinal) && !ByResource.ContainsKey(own)) wrong.Add($"{own}: {action} names {(operation.NamesResource ? "a resource" : "none")}, AWS's types are [{string.Join(", ", types)}]");
                // S3 and API Gateway have names of their own for all their actions.
                if (api.SigningName is "s3" or "apigateway") continue;
                if (action != Renamed.GetValueOrDefault(own, own)) wrong.Add($"{own}: asks for {action}");
            }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }
}

using System.Text.Json.Nodes;
using Galley.CloudFormation.Template;

namespace Galley.CloudFormation.Deploy;

/// <summary>
/// Names that are unique in an account and that a template may give: what has one cannot be replaced while it keeps it, because the new
/// resource comes before the old one goes. AWS: CloudFormation user guide, "Name type".
/// </summary>
internal static class CustomNames
{
    private static readonly Dictionary<string, string> Of = new()
    {
        ["AWS::DynamoDB::Table"] = "TableName",
        ["AWS::DynamoDB::GlobalTable"] = "TableName",
        ["AWS::ECR::Repository"] = "RepositoryName",
        ["AWS::IAM::Group"] = "GroupName",
        ["AWS::IAM::ManagedPolicy"] = "ManagedPolicyName",
        ["AWS::IAM::Role"] = "RoleName",
        ["AWS::IAM::User"] = "UserName",
        ["AWS::Lambda::Function"] = "FunctionName",
        ["AWS::CloudFront::KeyValueStore"] = "Name",
    };

    /// <exception cref="Wire.AwsError">A replacement keeps its name.</exception>
    public static void RequireFree(string type, JsonObject before, JsonObject after)
    {
        if (Of.TryGetValue(type, out var property) && Scalars.Text(after[property]) is { } name && name == Scalars.Text(before[property]))
            throw Errors.Validation($"CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename {name} and update the stack again.");
    }
}

using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Galley.CloudFormation.Audit;

/// <summary>Functions and the policies of roles.</summary>
internal static partial class FunctionRules
{
    private static readonly string[] OldRuntimes =
    [
        "python2.7", "python3.6", "python3.7", "python3.8", "python3.9", "nodejs", "nodejs4.3", "nodejs6.10", "nodejs8.10", "nodejs10.x", "nodejs12.x", "nodejs14.x", "nodejs16.x", "nodejs18.x",
        "dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1", "dotnetcore3.1", "dotnet6", "go1.x", "provided", "java8", "ruby2.5", "ruby2.7",
    ];

    public static IEnumerable<Finding> Check(AuditedTemplate template) => [.. Functions(template), .. Invocations(template), .. Roles(template)];

    private static IEnumerable<Finding> Functions(AuditedTemplate template)
    {
        foreach (var (id, function) in template.Of("AWS::Lambda::Function"))
        {
            if (function["Runtime"].Text() is { } runtime && OldRuntimes.Contains(runtime)) yield return new(Rules.OldRuntime, id, $"Runtime: {runtime}");
            foreach (var (name, value) in function.At("Environment", "Variables") as JsonObject ?? [])
                if (SecretName().IsMatch(name) && !IsReference(value) || value.Flat().Contains("ClientSecret", StringComparison.Ordinal))
                    yield return new(Rules.SecretInEnvironment, id, name);
        }

        foreach (var (name, parameter) in template.Root["Parameters"] as JsonObject ?? [])
            if (SecretName().IsMatch(name) && !parameter.At("NoEcho").Says(true) && !(parameter.At("Type").Text() ?? "").StartsWith("AWS::", StringComparison.Ordinal))
                yield return new(Rules.ShownParameter, name, "NoEcho is not true");
    }

    private static IEnumerable<Finding> Invocations(AuditedTemplate template)
    {
        foreach (var (id, url) in template.Of("AWS::Lambda::Url"))
        {
            if (url["AuthType"].Is("NONE")) yield return new(Rules.PublicUrl, id, "AuthType: NONE");
            if (url.At("Cors", "AllowOrigins").Texts().Contains("*")) yield return new(Rules.WildcardCors, id, "AllowOrigins: *");
        }

        foreach (var (id, permission) in template.Of("AWS::Lambda::Permission"))
            if (permission["Principal"].Is("*")) yield return permission["FunctionUrlAuthType"] is null ? new(Rules.PublicFunction, id, "Principal: *") : new(Rules.PublicUrl, id, "Principal: *");
            else if ((permission["Principal"].Text() ?? "").EndsWith(".amazonaws.com", StringComparison.Ordinal) && permission["SourceArn"] is null && permission["SourceAccount"] is null)
                yield return new(Rules.ConfusedDeputy, id, $"Principal: {permission["Principal"].Text()} without SourceArn");
    }

    private static IEnumerable<Finding> Roles(AuditedTemplate template)
    {
        foreach (var (id, type, properties) in template.Resources)
        {
            if (type is not ("AWS::IAM::Role" or "AWS::IAM::Policy" or "AWS::IAM::ManagedPolicy" or "AWS::IAM::User" or "AWS::IAM::Group" or "AWS::IAM::RolePolicy" or "AWS::IAM::UserPolicy" or "AWS::IAM::GroupPolicy" or "AWS::IAM::AccessKey")) continue;
            if (type == "AWS::IAM::AccessKey") yield return new(Rules.LongTermKey, id, type);
            foreach (var statement in properties["PolicyDocument"].Statements().Concat(properties["Policies"].Objects().SelectMany(policy => policy["PolicyDocument"].Statements())).Where(statement => statement.Allows()))
                foreach (var finding in Wide(id, statement)) yield return finding;
            foreach (var arn in properties["ManagedPolicyArns"].Items().Select(item => item.Flat()).Where(arn => WideManaged().IsMatch(arn))) yield return new(Rules.WideManaged, id, WideManaged().Match(arn).Value);
            foreach (var statement in properties["AssumeRolePolicyDocument"].Statements().Where(statement => statement.Allows()))
                if (statement.MeansEverybody() && statement["Condition"] is null) yield return new(Rules.WideTrust, id, "Principal: *");
                else if (statement["Principal"].At("Federated") is { } provider && !statement["Condition"].Flat().Contains(":aud", StringComparison.Ordinal)) yield return new(Rules.WideTrust, id, $"Federated: {provider.Flat()} without a condition on aud");
        }
    }

    private static IEnumerable<Finding> Wide(string id, JsonObject statement)
    {
        if (!statement["Resource"].Texts().Contains("*") && statement["NotResource"] is null) yield break;
        if (statement["Condition"] is not null) yield break;
        if (statement["NotAction"] is not null) yield return new(Rules.WideRole, id, "NotAction with Allow on *");
        foreach (var action in statement["Action"].Texts())
            if (action == "*" || action.EndsWith(":*", StringComparison.Ordinal)) yield return new(Rules.WideRole, id, $"{action} on *");
            else if (action.Equals("iam:PassRole", StringComparison.OrdinalIgnoreCase)) yield return new(Rules.PassAnyRole, id, "iam:PassRole on *");
    }

    private static bool IsReference(JsonNode? value) => value is JsonObject || value.Text() is { } text && (text.StartsWith("{{resolve:", StringComparison.Ordinal) || text.StartsWith("arn:", StringComparison.Ordinal) || text.Length == 0);

    [GeneratedRegex(@"(?:secret|passw(?:or)?d|passphrase|private_?key|api_?key|access_?key)(?!.*(?:arn|name|_?id)$)", RegexOptions.IgnoreCase)]
    private static partial Regex SecretName();

    [GeneratedRegex(@"policy/(?:AdministratorAccess|PowerUserAccess|IAMFullAccess|Amazon\w+FullAccess\w*|AWSLambda_FullAccess|AmazonCognitoPowerUser|CloudFrontFullAccess|AWSCloudFormationFullAccess)")]
    private static partial Regex WideManaged();
}

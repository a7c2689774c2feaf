using System.Text.Json.Nodes;

namespace Galley.CloudFormation.Audit;

/// <summary>Buckets, tables, logs.</summary>
internal static class StorageRules
{
    private static readonly string[] Blocks = ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"];

    public static IEnumerable<Finding> Check(AuditedTemplate template) => [.. Buckets(template), .. BucketPolicies(template), .. Tables(template), .. Logs(template)];

    private static IEnumerable<Finding> Buckets(AuditedTemplate template)
    {
        foreach (var (id, bucket) in template.Of("AWS::S3::Bucket"))
        {
            if (Blocks.FirstOrDefault(name => bucket.At("PublicAccessBlockConfiguration", name).Says(false)) is { } open) yield return new(Rules.PublicAccessBlock, id, $"{open}: false");
            if (bucket["WebsiteConfiguration"] is not null) yield return new(Rules.Website, id, "WebsiteConfiguration");
            if (bucket.At("CorsConfiguration", "CorsRules").Objects().Any(rule => rule["AllowedOrigins"].Texts().Contains("*"))) yield return new(Rules.WildcardCors, id, "AllowedOrigins: *");
            if (bucket["AccessControl"].Text() is { } acl && acl.StartsWith("Public", StringComparison.Ordinal)) yield return new(Rules.PublicBucket, id, $"AccessControl: {acl}");
        }
    }

    private static IEnumerable<Finding> BucketPolicies(AuditedTemplate template)
    {
        foreach (var (id, policy) in template.Of("AWS::S3::BucketPolicy"))
        {
            var statements = policy["PolicyDocument"].Statements().ToList();
            foreach (var statement in statements.Where(statement => statement.Allows()))
                if (statement.MeansEverybody() && statement["Condition"] is null) yield return new(Rules.PublicBucket, id, $"Principal: *, Action: {string.Join(", ", statement["Action"].Texts())}");
                else if (statement["Principal"].At("Service") is { } service && !HasSource(statement)) yield return new(Rules.ConfusedDeputy, id, $"Service: {string.Join(", ", service.Texts())}");
            if (!statements.Any(statement => statement["Effect"].Is("Deny") && statement["Condition"].Flat().Contains("SecureTransport", StringComparison.OrdinalIgnoreCase))) yield return new(Rules.PlainBucket, id, "no Deny for aws:SecureTransport false");
        }
    }

    private static IEnumerable<Finding> Tables(AuditedTemplate template)
    {
        foreach (var (id, table) in template.Of("AWS::DynamoDB::Table"))
        {
            if (!table["DeletionProtectionEnabled"].Says(true)) yield return new(Rules.TableDeletion, id, "DeletionProtectionEnabled is not true");
            if (!table.At("PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled").Says(true)) yield return new(Rules.NoRecovery, id, "PointInTimeRecoveryEnabled is not true");
            if (table.At("ResourcePolicy", "PolicyDocument").Statements().Any(statement => statement.Allows() && statement.MeansEverybody() && statement["Condition"] is null)) yield return new(Rules.PublicTable, id, "Principal: *");
        }
    }

    private static IEnumerable<Finding> Logs(AuditedTemplate template)
    {
        foreach (var (id, group) in template.Of("AWS::Logs::LogGroup"))
            if (group["RetentionInDays"] is null)
                yield return new(Rules.NoRetention, id, "RetentionInDays is not set");
    }

    public static bool HasSource(JsonObject statement) => statement["Condition"].Flat() is var conditions
        && (conditions.Contains("SourceArn", StringComparison.OrdinalIgnoreCase) || conditions.Contains("SourceAccount", StringComparison.OrdinalIgnoreCase) || conditions.Contains("SourceOrg", StringComparison.OrdinalIgnoreCase));
}

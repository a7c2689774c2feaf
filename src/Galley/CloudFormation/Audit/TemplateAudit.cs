namespace Galley.CloudFormation.Audit;

/// <summary>All rules over one template, and over its folder where there is one.</summary>
internal static class TemplateAudit
{
    public static List<Finding> Run(AuditedTemplate template, string? folder = null)
        => [.. StorageRules.Check(template).Concat(DeliveryRules.Check(template)).Concat(FunctionRules.Check(template)).Concat(PeopleRules.Check(template))
            .Concat(folder is null ? [] : SourceRules.Check(template, folder))
            .Select(finding => finding with { Accepted = template.Accepted(finding.Resource, finding.Rule.Id) })
            .OrderByDescending(finding => finding.Rule.Severity).ThenBy(finding => finding.Rule.Id, StringComparer.Ordinal).ThenBy(finding => finding.Resource, StringComparer.Ordinal)];
}

using System.Text.Json;
using System.Text.Json.Serialization;
using Galley.Wire;

namespace Galley.CloudFormation.Audit;

/// <summary>The audit for Galley's own pages: `POST /_galley/audit` with a template, signed for the service `galley` and judged as `galley:Audit`.</summary>
internal static class AuditApi
{
    public static void AddTo(JsonService own)
        => own.Add<AuditTemplateRequest, AuditTemplateResponse>("POST /_galley/audit", 200, AuditTemplate, action: "galley:Audit", of: () => AuditJson.Default);

    private static ValueTask<AuditTemplateResponse> AuditTemplate(AuditTemplateRequest request, Call call)
        => new(new AuditTemplateResponse([.. TemplateAudit.Run(AuditedTemplate.Read(request.Template)).Select(AuditFinding.Of)]));
}

internal sealed record AuditTemplateRequest
{
    /// <summary>JSON or YAML.</summary>
    public required string Template { get; init; }
}

/// <param name="Findings">The gravest first.</param>
internal sealed record AuditTemplateResponse(IReadOnlyList<AuditFinding> Findings);

/// <summary>A <see cref="Finding"/> as it is read.</summary>
/// <param name="Rule">Its rule's name.</param>
/// <param name="Severity">`high`, `medium`, `low`.</param>
/// <param name="Resource">Logical id.</param>
/// <param name="Detail">The very value.</param>
/// <param name="Title">What is wrong.</param>
/// <param name="Why">What can happen.</param>
/// <param name="Fix">What to write instead.</param>
/// <param name="Reference">Where that is written.</param>
/// <param name="Accepted">Why the template's author keeps it.</param>
internal sealed record AuditFinding(string Rule, string Severity, string Resource, string Detail, string Title, string Why, string Fix, string Reference, string? Accepted)
{
    public static AuditFinding Of(Finding finding) => new(
        finding.Rule.Id, finding.Rule.Severity.ToString().ToLowerInvariant(), finding.Resource, finding.Detail, finding.Rule.Title, finding.Rule.Why, finding.Rule.Fix, finding.Rule.Reference, finding.Accepted);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AuditTemplateRequest))]
[JsonSerializable(typeof(AuditTemplateResponse))]
internal sealed partial class AuditJson : JsonSerializerContext;

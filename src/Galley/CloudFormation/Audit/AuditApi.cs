using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Galley.CloudFormation.Export;
using Galley.Wire;

namespace Galley.CloudFormation.Audit;

/// <summary>
/// The audit for Galley's own pages, signed for the service `galley` and judged as `galley:Audit`: `POST /_galley/audit` with a template,
/// `GET /_galley/audit` for what there is, by whomever it was made.
/// </summary>
internal sealed class AuditApi(Scans scans, StackPlans plans, IAuthorizeResources authorization)
{
    public void AddTo(JsonService own)
    {
        own.Add<AuditTemplateRequest, AuditTemplateResponse>("POST /_galley/audit", 200, AuditTemplate, action: "galley:Audit", of: () => AuditJson.Default);
        own.Add<AuditResourcesRequest, AuditResourcesResponse>("GET /_galley/audit", 200, AuditResources, action: "galley:Audit", of: () => AuditJson.Default);
    }

    private static ValueTask<AuditTemplateResponse> AuditTemplate(AuditTemplateRequest request, Call call)
        => new(new AuditTemplateResponse([.. TemplateAudit.Run(AuditedTemplate.Read(request.Template)).Select(AuditFinding.Of)]));

    /// <summary>What the caller may read is audited as one template: so a bucket is judged with the policy that somebody gave it later.</summary>
    private async ValueTask<AuditResourcesResponse> AuditResources(AuditResourcesRequest request, Call call)
    {
        var there = (await scans.Read(null, call)).Select((one, at) => (Id: at.ToString(CultureInfo.InvariantCulture), one.Type, one.Resource)).ToDictionary(one => one.Id);
        var template = AuditedTemplate.Of(new JsonObject { ["Resources"] = new JsonObject(there.Values.Select(one => KeyValuePair.Create(one.Id, (JsonNode?)new JsonObject { ["Type"] = one.Type, ["Properties"] = one.Resource.Properties.DeepClone() }))) });
        var managed = await scans.Managed(call);
        var templates = new Dictionary<StackKey, AuditedTemplate?>();
        var found = new List<AuditedResource>();
        foreach (var finding in TemplateAudit.Run(template))
        {
            var at = there[finding.Resource];
            if (!request.Asks(at.Type, at.Resource.PhysicalId) && !(at.Resource.Parent is { } parent && request.Asks(parent.Type, parent.PhysicalId))) continue;
            var holder = managed.GetValueOrDefault((at.Type, at.Resource.PhysicalId));
            var accepted = holder.Stack is null ? null : (await TemplateOf(holder.Stack))?.Accepted(holder.LogicalId, finding.Rule.Id);
            found.Add(new AuditedResource(AuditFinding.Of(finding with { Resource = at.Resource.PhysicalId, Accepted = accepted }), at.Type, at.Resource.Parent?.Type, at.Resource.Parent?.PhysicalId, holder.Stack?.Name));
        }

        return new AuditResourcesResponse(found);

        // Why its author keeps a finding stands in the stack's template, for those who may read that.
        async ValueTask<AuditedTemplate?> TemplateOf(StackRecord stack)
        {
            if (templates.TryGetValue(stack.Key, out var known)) return known;
            if (stack.Definition.Template == 0 || !await authorization.Allows(call, "cloudformation:GetTemplate", stack.StackId)) return templates[stack.Key] = null;
            try
            {
                return templates[stack.Key] = AuditedTemplate.Read((await plans.Template(stack.Key, stack.Definition)).Original);
            }
            catch (AwsError)
            {
                return templates[stack.Key] = null; // what the audit cannot read accepts nothing
            }
        }
    }
}

/// <param name="Type">With <paramref name="Id"/>: only the resource of this type and what goes with it.</param>
/// <param name="Id">Its physical id.</param>
internal sealed record AuditResourcesRequest(string? Type, string? Id)
{
    public bool Asks(string type, string id) => Type is null && Id is null || Type == type && Id == id;
}

/// <param name="Findings">The gravest first.</param>
internal sealed record AuditResourcesResponse(IReadOnlyList<AuditedResource> Findings);

/// <param name="Finding">Its `resource` is the physical id.</param>
/// <param name="Type">`AWS::S3::Bucket`</param>
/// <param name="ParentType">Type of the resource that it goes with: a route's API, a policy's bucket.</param>
/// <param name="ParentId">Physical id of that.</param>
/// <param name="Stack">Name of the stack that holds it.</param>
internal sealed record AuditedResource(AuditFinding Finding, string Type, string? ParentType, string? ParentId, string? Stack);

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
[JsonSerializable(typeof(AuditResourcesRequest))]
[JsonSerializable(typeof(AuditResourcesResponse))]
internal sealed partial class AuditJson : JsonSerializerContext;

using Galley.CloudFormation.Sam;
using Galley.CloudFormation.Template;
using Galley.Wire;

namespace Galley.CloudFormation;

/// <summary>Templates as such: read back, summed up, checked.</summary>
internal sealed class Templates(Deploy.Journal journal, Preparation preparation, StackPlans plans)
{
    private static readonly string[] Stages = ["Original", "Processed"];

    public async ValueTask<GetTemplateResponse> GetTemplate(GetTemplateRequest request, Call call)
    {
        if (request.TemplateStage is not (null or "Original" or "Processed"))
            throw Errors.Validation($"1 validation error detected: Value '{request.TemplateStage}' at 'templateStage' failed to satisfy constraint: Member must satisfy enum value set: [Original, Processed]");
        var (stack, definition) = await journal.Store.Read(async snapshot =>
        {
            if (request.ChangeSetName is { } set)
            {
                var found = await ChangeSets.Find(snapshot, set, request.StackName, call);
                return (found.Stack, found.Set.Definition);
            }

            var named = await StackNames.Find(snapshot, call, request.StackName ?? "") ?? throw Errors.NoSuchStackToDescribe(request.StackName ?? "");
            return (named, named.Definition);
        });
        if (definition.Template == 0) return new GetTemplateResponse("", Stages); // a stack that is only reviewed has no template yet
        var template = await plans.Template(stack.Key, definition);
        return new GetTemplateResponse(request.TemplateStage == "Processed" ? template.Processed : template.Original, Stages);
    }

    public async ValueTask<GetTemplateSummaryResponse> GetTemplateSummary(TemplateRequest request, Call call)
    {
        var template = await Read(request, call);
        var iam = Capabilities.IamResources(template);
        return new GetTemplateSummaryResponse
        {
            Description = template.Description,
            Version = Scalars.Text(template.Root["AWSTemplateFormatVersion"]),
            Metadata = template.Root["Metadata"]?.ToJsonString(),
            ResourceTypes = [.. template.Resources.Values.Select(resource => resource.Type).Distinct()],
            DeclaredTransforms = template.Transforms.Count > 0 ? template.Transforms : null,
            Capabilities = CapabilitiesOf(template),
            CapabilitiesReason = Reason(iam),
            Parameters = [.. template.Parameters.Values.Select(parameter => new ParameterDeclaration
            {
                ParameterKey = parameter.Name, DefaultValue = parameter.Default, ParameterType = parameter.Type, NoEcho = parameter.NoEcho, Description = parameter.Description,
                ParameterConstraints = parameter.AllowedValues is { } allowed ? new ParameterConstraints(allowed) : null,
            })],
        };
    }

    public async ValueTask<ValidateTemplateResponse> ValidateTemplate(TemplateRequest request, Call call)
    {
        if (request.StackName is not null) throw Errors.Validation("Galley does not support the parameter StackName.");
        var template = await Read(request, call);
        if (template.Transforms.Count == 0) References.Check(template);
        return new ValidateTemplateResponse
        {
            Description = template.Description,
            Capabilities = CapabilitiesOf(template),
            CapabilitiesReason = Reason(Capabilities.IamResources(template)),
            DeclaredTransforms = template.Transforms.Count > 0 ? template.Transforms : null,
            Parameters = [.. template.Parameters.Values.Select(parameter => new TemplateParameter
            {
                ParameterKey = parameter.Name, DefaultValue = parameter.Default, NoEcho = parameter.NoEcho, Description = parameter.Description,
            })],
        };
    }

    private async ValueTask<StackTemplate> Read(TemplateRequest request, Call call)
    {
        if (request is { StackName: { } name, TemplateBody: null, TemplateUrl: null })
        {
            var stack = await journal.Store.Read(snapshot => StackNames.Find(snapshot, call, name)) ?? throw Errors.NoSuchStackToDescribe(name);
            return Preparation.Read((await plans.Template(stack.Key, stack.Definition)).Original, call);
        }

        return Preparation.Read(await preparation.Text(request.TemplateBody, request.TemplateUrl, call), call);
    }

    private static List<string>? CapabilitiesOf(StackTemplate template)
    {
        var needed = new List<string>();
        if (Capabilities.Iam(template) is { } iam) needed.Add(iam);
        else if (template.Transforms.Contains(SamTransform.Name)) needed.Add("CAPABILITY_IAM");
        if (template.Transforms.Count > 0) needed.Add("CAPABILITY_AUTO_EXPAND");
        return needed.Count > 0 ? needed : null;
    }

    private static string? Reason(IReadOnlyList<TemplateResource> iam)
        => iam.Count > 0 ? $"The following resource(s) require capabilities: [{string.Join(", ", iam.Select(resource => resource.Type).Distinct())}]" : null;
}

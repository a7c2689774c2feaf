using Galley.CloudFormation.Template;
using Galley.Store;
using Galley.Wire;

namespace Galley.CloudFormation.Export;

/// <summary>Templates written of what there is: CreateGeneratedTemplate and its kin. They refer to each other's resources and hold no secrets.</summary>
internal sealed class GeneratedTemplates(Installation installation, Scans scans)
{
    public async ValueTask<GeneratedTemplateId> CreateGeneratedTemplate(CreateGeneratedTemplateRequest request, Call call)
    {
        if (request.StackName is not null) throw Errors.Validation("Galley does not support the parameter StackName.");
        if (request.Resources is not { Count: > 0 } wanted) throw Errors.Validation("At least one resource must be given.");
        var record = await Write(call.Arn("cloudformation", "generatedTemplate/" + installation.Ids.Uuid()), request.GeneratedTemplateName, installation.Now, wanted, request.TemplateConfiguration, call);
        return await installation.Store.Write(async transaction =>
        {
            await Put(transaction, record, call);
            return new GeneratedTemplateId(record.Id);
        });
    }

    /// <summary>The template is written anew, of what there is now.</summary>
    public async ValueTask<GeneratedTemplateId> UpdateGeneratedTemplate(UpdateGeneratedTemplateRequest request, Call call)
    {
        var old = await installation.Store.Read(snapshot => Find(snapshot, request.GeneratedTemplateName, call));
        var removed = request.RemoveResources ?? [];
        if (removed.FirstOrDefault(name => old.Items.All(item => item.LogicalId != name)) is { } unknown) throw Errors.Validation($"Resource {unknown} does not exist in the template.");
        IReadOnlyList<ResourceDefinition> wanted =
        [
            .. old.Items.Where(item => !removed.Contains(item.LogicalId)).Select(item => new ResourceDefinition { ResourceType = item.Type, LogicalResourceId = item.LogicalId, ResourceIdentifier = new(item.Identifier) }),
            .. request.AddResources ?? [],
        ];
        var record = await Write(old.Id, request.NewGeneratedTemplateName ?? old.Name, old.Created, wanted, request.TemplateConfiguration ?? old.Configuration, call);
        return await installation.Store.Write(async transaction =>
        {
            transaction.Delete(Keys.Generated(call, old.Name));
            await Put(transaction, record with { Updated = installation.Now }, call);
            return new GeneratedTemplateId(record.Id);
        });
    }

    /// <summary>What the resources refer to, and what refers to them.</summary>
    public async ValueTask<RelatedResourcesResponse> ListResourceScanRelatedResources(RelatedResourcesRequest request, Call call)
    {
        var scan = await scans.Find(request.ResourceScanId, call);
        var there = await scans.Read(null, call);
        var writer = new TemplateWriter(call.Account, call.Region);
        foreach (var (type, resource) in there) writer.Add(type, resource, null);
        writer.Write("Retain", "Retain");
        var asked = request.Resources.Select(one => writer.Items.FirstOrDefault(item => item.Type == one.ResourceType && item.Identifier.All(part => one.ResourceIdentifier.GetValueOrDefault(part.Key) == part.Value))?.LogicalId
                                                    ?? throw Errors.Validation($"Resource {one.ResourceType} {string.Join('|', one.ResourceIdentifier.Values)} was not found.")).ToHashSet();
        var related = writer.Items.Where(item => !asked.Contains(item.LogicalId) && asked.Any(one => writer.Refers(one, item.LogicalId) || writer.Refers(item.LogicalId, one)));
        return new RelatedResourcesResponse([.. related.Select(item => new ScannedResourceSummary(item.Type, TextMap.Of(item.Identifier), scan.Items.FirstOrDefault(one => one.Type == item.Type && item.Identifier.All(part => one.Identifier.GetValueOrDefault(part.Key) == part.Value))?.Managed == true))]);
    }

    public async ValueTask<GeneratedTemplateDescription> DescribeGeneratedTemplate(GeneratedTemplateRequest request, Call call)
    {
        var record = await installation.Store.Read(snapshot => Find(snapshot, request.GeneratedTemplateName, call));
        return new GeneratedTemplateDescription
        {
            GeneratedTemplateId = record.Id,
            GeneratedTemplateName = record.Name,
            Status = "COMPLETE",
            CreationTime = record.Created,
            LastUpdatedTime = record.Updated ?? record.Created,
            Resources = [.. record.Items.Select(item => new ResourceDetail(item.Type, item.LogicalId, TextMap.Of(item.Identifier), "COMPLETE"))],
            Progress = new TemplateProgress(record.Items.Count, 0, 0, 0),
            TemplateConfiguration = record.Configuration,
        };
    }

    public async ValueTask<GetGeneratedTemplateResponse> GetGeneratedTemplate(GeneratedTemplateRequest request, Call call)
    {
        if (request.Format is not (null or "JSON" or "YAML")) throw Errors.Validation($"1 validation error detected: Value '{request.Format}' at 'format' failed to satisfy constraint: Member must satisfy enum value set: [JSON, YAML]");
        var record = await installation.Store.Read(snapshot => Find(snapshot, request.GeneratedTemplateName, call));
        return new GetGeneratedTemplateResponse("COMPLETE", request.Format == "YAML" ? YamlText.Write(TemplateText.Parse(record.Body)) : record.Body);
    }

    public async ValueTask<ListGeneratedTemplatesResponse> ListGeneratedTemplates(ListResourceScansRequest request, Call call)
        => new([.. (await installation.Store.Read(snapshot => snapshot.List(Keys.GeneratedTemplates(call), CloudFormationJson.Default.GeneratedTemplateRecord)))
            .Select(record => new GeneratedTemplateSummary(record.Id, record.Name, "COMPLETE", record.Created, record.Updated ?? record.Created, record.Items.Count))]);

    public ValueTask<Empty> DeleteGeneratedTemplate(GeneratedTemplateRequest request, Call call) => installation.Store.Write(async transaction =>
    {
        transaction.Delete(Keys.Generated(call, (await Find(transaction, request.GeneratedTemplateName, call)).Name));
        return Empty.Value;
    });

    private async ValueTask<GeneratedTemplateRecord> Write(string id, string name, DateTimeOffset created, IReadOnlyList<ResourceDefinition> wanted, TemplateConfiguration? configuration, Call call)
    {
        foreach (var policy in (string?[])[configuration?.DeletionPolicy, configuration?.UpdateReplacePolicy])
            if (policy is not (null or "RETAIN" or "DELETE")) throw Errors.Validation($"1 validation error detected: Value '{policy}' failed to satisfy constraint: Member must satisfy enum value set: [DELETE, RETAIN]");
        var there = await scans.Read(wanted.Select(one => one.ResourceType).ToHashSet(), call);
        var chosen = wanted.Select(one => (one.LogicalResourceId, Found: there.FirstOrDefault(resource => resource.Type == one.ResourceType && Is(resource.Resource, one.ResourceIdentifier)) is { Resource: not null } found
            ? found : throw Errors.Validation($"Resource {one.ResourceType} {string.Join('|', one.ResourceIdentifier.Values)} was not found."))).ToList();
        var writer = new TemplateWriter(call.Account, call.Region);
        foreach (var (logicalId, (type, resource)) in chosen) writer.Add(type, resource, logicalId);
        return new GeneratedTemplateRecord
        {
            Id = id,
            Name = name,
            Created = created,
            Body = writer.Write(Policy(configuration?.DeletionPolicy), Policy(configuration?.UpdateReplacePolicy)).ToJsonString(),
            Items = writer.Items,
            Configuration = new TemplateConfiguration(configuration?.DeletionPolicy ?? "RETAIN", configuration?.UpdateReplacePolicy ?? "RETAIN"),
        };
    }

    private static async ValueTask Put(ITransaction transaction, GeneratedTemplateRecord record, Call call)
    {
        if (await transaction.Get(Keys.Generated(call, record.Name)) is not null) throw new AwsError("AlreadyExistsException", $"Template {record.Name} already exists");
        transaction.Put(Keys.Generated(call, record.Name), record, CloudFormationJson.Default.GeneratedTemplateRecord);
    }

    /// <summary>By name or ARN.</summary>
    private static async ValueTask<GeneratedTemplateRecord> Find(ISnapshot snapshot, string name, Call call)
        => (name.StartsWith("arn:", StringComparison.Ordinal)
               ? (await snapshot.List(Keys.GeneratedTemplates(call), CloudFormationJson.Default.GeneratedTemplateRecord)).Find(record => record.Id == name)
               : await snapshot.Get(Keys.Generated(call, name), CloudFormationJson.Default.GeneratedTemplateRecord))
           ?? throw new AwsError("GeneratedTemplateNotFound", $"Template {name} not found", 404);

    private static bool Is(ScannedResource resource, Dictionary<string, string> identifier) => resource.Identifier.All(part => identifier.GetValueOrDefault(part.Key) == part.Value);

    private static string Policy(string? asked) => asked == "DELETE" ? "Delete" : "Retain";
}

using Galley.CloudFormation.Audit;
using Galley.CloudFormation.Deploy;
using Galley.CloudFormation.Export;
using Galley.CloudFormation.Template;
using Galley.Wire;

namespace Galley.CloudFormation;

/// <summary>CloudFormation (query API 2010-05-15): one template makes, changes and deletes what the other services offer as resource types.</summary>
internal sealed class CloudFormationService : IService
{
    private const string XmlNamespace = "http://cloudformation.amazonaws.com/doc/2010-05-15/";

    private readonly QueryService _api = new("cloudformation", "2010-05-15", XmlNamespace, () => CloudFormationJson.Default);
    private readonly Workers _workers;
    private readonly AuditApi _audit;

    public CloudFormationService(Installation installation, IEnumerable<IResourceHandler> resources, IReadOnlyList<ResourceScanner> scanners, CloudFormationPorts ports)
    {
        var journal = new Journal(installation);
        var handlers = new Handlers(resources, ports.Authorization, ports.Parameters);
        var preparation = new Preparation(ports.Templates, ports.Parameters, handlers);
        var plans = new StackPlans(journal, handlers);
        _workers = new Workers(installation, journal, handlers);
        var stacks = new Stacks(installation, journal, preparation, plans, _workers, ports.Authorization);
        var responses = new CustomResourceResponses(installation);
        Doors = [responses];
        handlers.Add(new CustomResource(installation, ports.CustomResources, responses, _workers));
        handlers.Add(new NestedStack(journal, stacks, new StackRollbacks(journal, stacks, _workers), _workers));
        _api.TagsOf = async (resource, call) => (await installation.Store.Read(snapshot => StackNames.Find(snapshot, call, resource.EndsWith("/*", StringComparison.Ordinal) ? resource.Split('/')[^2] : resource)))?.Definition.Tags.ToDictionary(tag => tag.Key, tag => tag.Value);
        var scans = new Scans(installation, scanners, ports.Authorization);
        _audit = new AuditApi(scans, plans, ports.Authorization);
        _api.Later(() =>
        {
            AddStacks(stacks, new StackRollbacks(journal, stacks, _workers));
            AddChangeSets(new ChangeSets(installation, journal, preparation, plans, stacks, _workers, new ExistingResources(scans)));
            AddExport(scans, new GeneratedTemplates(installation, scans));
            AddReading(new StackHistory(installation.Store), new Templates(journal, preparation, plans), new Exports(installation.Store));
        });
    }

    public IEnumerable<AwsService> Apis => [_api];

    public IEnumerable<IDoor> Doors { get; }

    public async ValueTask Start(CancellationToken stopping) => await _workers.Resume();

    public void AddOwn(JsonService own) => _audit.AddTo(own);

    public ValueTask Stop() => _workers.Stop();

    public ValueTask Reset() => _workers.Reset();

    private void AddStacks(Stacks stacks, StackRollbacks rollbacks)
    {
        _api.Add<CancelUpdateStackRequest, Empty>(rollbacks.CancelUpdateStack, (r, call) => StackNames.ArnOf(r.StackName, call));
        _api.Add<ContinueUpdateRollbackRequest, RollbackContinued>(rollbacks.ContinueUpdateRollback, (r, call) => StackNames.ArnOf(r.StackName, call));
        _api.Add<RollbackStackRequest, StackIdResponse>(rollbacks.RollbackStack, (r, call) => StackNames.ArnOf(r.StackName, call));
        _api.Add<SetStackPolicyRequest, Empty>(stacks.SetStackPolicy, (r, call) => StackNames.ArnOf(r.StackName, call));
        _api.Add<GetStackPolicyRequest, GetStackPolicyResponse>(stacks.GetStackPolicy, (r, call) => StackNames.ArnOf(r.StackName, call));
        _api.Add<CreateStackRequest, StackIdResponse>(stacks.CreateStack, (r, call) => StackNames.ArnOf(r.StackName, call));
        _api.Add<UpdateStackRequest, StackIdResponse>(stacks.UpdateStack, (r, call) => StackNames.ArnOf(r.StackName, call));
        _api.Add<DeleteStackRequest, Empty>(stacks.DeleteStack, (r, call) => StackNames.ArnOf(r.StackName, call));
        _api.Add<StackNameRequest, DescribeStacksResponse>(stacks.DescribeStacks, (r, call) => StackNames.ArnOf(r.StackName, call));
        _api.Add<ListStacksRequest, ListStacksResponse>(stacks.ListStacks);
        _api.Add<UpdateTerminationProtectionRequest, StackIdResponse>(stacks.UpdateTerminationProtection, (r, call) => StackNames.ArnOf(r.StackName, call));
    }

    private void AddChangeSets(ChangeSets sets)
    {
        _api.Add<CreateChangeSetRequest, CreateChangeSetResponse>(sets.CreateChangeSet, (r, call) => StackNames.ArnOf(r.StackName, call));
        _api.Add<ChangeSetRequest, ChangeSetDescription>(sets.DescribeChangeSet, (r, call) => StackNames.ArnOf(r.StackName ?? r.ChangeSetName, call));
        _api.Add<ChangeSetRequest, ChangeSetDone>(sets.ExecuteChangeSet, (r, call) => StackNames.ArnOf(r.StackName ?? r.ChangeSetName, call));
        _api.Add<ChangeSetRequest, ChangeSetDone>(sets.DeleteChangeSet, (r, call) => StackNames.ArnOf(r.StackName ?? r.ChangeSetName, call));
        _api.Add<ListChangeSetsRequest, ListChangeSetsResponse>(sets.ListChangeSets, (r, call) => StackNames.ArnOf(r.StackName, call));
    }

    private void AddExport(Scans scans, GeneratedTemplates templates)
    {
        _api.Add<StartResourceScanRequest, StartResourceScanResponse>(scans.StartResourceScan);
        _api.Add<ResourceScanRequest, ResourceScanDescription>(scans.DescribeResourceScan);
        _api.Add<ListResourceScansRequest, ListResourceScansResponse>(scans.ListResourceScans);
        _api.Add<ListScanResourcesRequest, ListScanResourcesResponse>(scans.ListResourceScanResources);
        _api.Add<CreateGeneratedTemplateRequest, GeneratedTemplateId>(templates.CreateGeneratedTemplate);
        _api.Add<UpdateGeneratedTemplateRequest, GeneratedTemplateId>(templates.UpdateGeneratedTemplate);
        _api.Add<RelatedResourcesRequest, RelatedResourcesResponse>(templates.ListResourceScanRelatedResources);
        _api.Add<GeneratedTemplateRequest, GeneratedTemplateDescription>(templates.DescribeGeneratedTemplate);
        _api.Add<GeneratedTemplateRequest, GetGeneratedTemplateResponse>(templates.GetGeneratedTemplate);
        _api.Add<ListResourceScansRequest, ListGeneratedTemplatesResponse>(templates.ListGeneratedTemplates);
        _api.Add<GeneratedTemplateRequest, Empty>(templates.DeleteGeneratedTemplate);
    }

    private void AddReading(StackHistory history, Templates templates, Exports exports)
    {
        _api.Add<StackNameRequest, DescribeStackEventsResponse>(history.DescribeStackEvents, (r, call) => StackNames.ArnOf(r.StackName, call));
        _api.Add<DescribeEventsRequest, DescribeEventsResponse>(history.DescribeEvents, (r, call) => StackNames.ArnOf(r.StackName, call));
        _api.Add<StackResourceRequest, DescribeStackResourceResponse>(history.DescribeStackResource, (r, call) => StackNames.ArnOf(r.StackName, call));
        _api.Add<StackResourceRequest, DescribeStackResourcesResponse>(history.DescribeStackResources, (r, call) => StackNames.ArnOf(r.StackName, call));
        _api.Add<StackNameRequest, ListStackResourcesResponse>(history.ListStackResources, (r, call) => StackNames.ArnOf(r.StackName, call));
        _api.Add<GetTemplateRequest, GetTemplateResponse>(templates.GetTemplate, (r, call) => StackNames.ArnOf(r.StackName, call));
        _api.Add<TemplateRequest, GetTemplateSummaryResponse>(templates.GetTemplateSummary, (r, call) => StackNames.ArnOf(r.StackName, call));
        _api.Add<TemplateRequest, ValidateTemplateResponse>(templates.ValidateTemplate);
        _api.Add<ListExportsRequest, ListExportsResponse>(exports.ListExports);
        _api.Add<ListImportsRequest, ListImportsResponse>(exports.ListImports);
    }
}

/// <summary>What CloudFormation needs of the other services, in its own words.</summary>
internal sealed record CloudFormationPorts(IReadTemplates Templates, IAuthorizeResources Authorization, IReadParameters Parameters, IInvokeCustomResources CustomResources);

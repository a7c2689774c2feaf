using Galley.CloudFormation.Audit;
using Galley.CloudFormation.Deploy;
using Galley.CloudFormation.Template;
using Galley.Wire;

namespace Galley.CloudFormation;

/// <summary>CloudFormation (query API 2010-05-15): one template makes, changes and deletes what the other services offer as resource types.</summary>
internal sealed class CloudFormationService : IService
{
    private const string XmlNamespace = "http://cloudformation.amazonaws.com/doc/2010-05-15/";

    private readonly QueryService _api = new("cloudformation", "2010-05-15", XmlNamespace);
    private readonly Workers _workers;

    public CloudFormationService(Installation installation, IEnumerable<IResourceHandler> resources, CloudFormationPorts ports)
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
        AddStacks(stacks, new StackRollbacks(journal, stacks, _workers));
        AddChangeSets(new ChangeSets(installation, journal, preparation, plans, stacks, _workers));
        AddReading(new StackHistory(installation.Store), new Templates(journal, preparation, plans), new Exports(installation.Store));
    }

    public IEnumerable<AwsService> Apis => [_api];

    public IEnumerable<IDoor> Doors { get; }

    public async ValueTask Start(CancellationToken stopping) => await _workers.Resume();

    public void AddOwn(JsonService own) => AuditApi.AddTo(own);

    public ValueTask Stop() => _workers.Stop();

    public ValueTask Reset() => _workers.Reset();

    private static CloudFormationJson Json => CloudFormationJson.Default;

    private void AddStacks(Stacks stacks, StackRollbacks rollbacks)
    {
        _api.Add(Json.CancelUpdateStackRequest, Json.Empty, rollbacks.CancelUpdateStack, (r, call) => StackNames.ArnOf(r.StackName, call));
        _api.Add(Json.ContinueUpdateRollbackRequest, Json.RollbackContinued, rollbacks.ContinueUpdateRollback, (r, call) => StackNames.ArnOf(r.StackName, call));
        _api.Add(Json.RollbackStackRequest, Json.StackIdResponse, rollbacks.RollbackStack, (r, call) => StackNames.ArnOf(r.StackName, call));
        _api.Add(Json.SetStackPolicyRequest, Json.Empty, stacks.SetStackPolicy, (r, call) => StackNames.ArnOf(r.StackName, call));
        _api.Add(Json.GetStackPolicyRequest, Json.GetStackPolicyResponse, stacks.GetStackPolicy, (r, call) => StackNames.ArnOf(r.StackName, call));
        _api.Add(Json.CreateStackRequest, Json.StackIdResponse, stacks.CreateStack, (r, call) => StackNames.ArnOf(r.StackName, call));
        _api.Add(Json.UpdateStackRequest, Json.StackIdResponse, stacks.UpdateStack, (r, call) => StackNames.ArnOf(r.StackName, call));
        _api.Add(Json.DeleteStackRequest, Json.Empty, stacks.DeleteStack, (r, call) => StackNames.ArnOf(r.StackName, call));
        _api.Add(Json.StackNameRequest, Json.DescribeStacksResponse, stacks.DescribeStacks, (r, call) => StackNames.ArnOf(r.StackName, call));
        _api.Add(Json.ListStacksRequest, Json.ListStacksResponse, stacks.ListStacks);
        _api.Add(Json.UpdateTerminationProtectionRequest, Json.StackIdResponse, stacks.UpdateTerminationProtection, (r, call) => StackNames.ArnOf(r.StackName, call));
    }

    private void AddChangeSets(ChangeSets sets)
    {
        _api.Add(Json.CreateChangeSetRequest, Json.CreateChangeSetResponse, sets.CreateChangeSet, (r, call) => StackNames.ArnOf(r.StackName, call));
        _api.Add(Json.ChangeSetRequest, Json.ChangeSetDescription, sets.DescribeChangeSet, (r, call) => StackNames.ArnOf(r.StackName ?? r.ChangeSetName, call));
        _api.Add(Json.ChangeSetRequest, Json.ChangeSetDone, sets.ExecuteChangeSet, (r, call) => StackNames.ArnOf(r.StackName ?? r.ChangeSetName, call));
        _api.Add(Json.ChangeSetRequest, Json.ChangeSetDone, sets.DeleteChangeSet, (r, call) => StackNames.ArnOf(r.StackName ?? r.ChangeSetName, call));
        _api.Add(Json.ListChangeSetsRequest, Json.ListChangeSetsResponse, sets.ListChangeSets, (r, call) => StackNames.ArnOf(r.StackName, call));
    }

    private void AddReading(StackHistory history, Templates templates, Exports exports)
    {
        _api.Add(Json.StackNameRequest, Json.DescribeStackEventsResponse, history.DescribeStackEvents, (r, call) => StackNames.ArnOf(r.StackName, call));
        _api.Add(Json.DescribeEventsRequest, Json.DescribeEventsResponse, history.DescribeEvents, (r, call) => StackNames.ArnOf(r.StackName, call));
        _api.Add(Json.StackResourceRequest, Json.DescribeStackResourceResponse, history.DescribeStackResource, (r, call) => StackNames.ArnOf(r.StackName, call));
        _api.Add(Json.StackResourceRequest, Json.DescribeStackResourcesResponse, history.DescribeStackResources, (r, call) => StackNames.ArnOf(r.StackName, call));
        _api.Add(Json.StackNameRequest, Json.ListStackResourcesResponse, history.ListStackResources, (r, call) => StackNames.ArnOf(r.StackName, call));
        _api.Add(Json.GetTemplateRequest, Json.GetTemplateResponse, templates.GetTemplate, (r, call) => StackNames.ArnOf(r.StackName, call));
        _api.Add(Json.TemplateRequest, Json.GetTemplateSummaryResponse, templates.GetTemplateSummary, (r, call) => StackNames.ArnOf(r.StackName, call));
        _api.Add(Json.TemplateRequest, Json.ValidateTemplateResponse, templates.ValidateTemplate);
        _api.Add(Json.ListExportsRequest, Json.ListExportsResponse, exports.ListExports);
        _api.Add(Json.ListImportsRequest, Json.ListImportsResponse, exports.ListImports);
    }
}

/// <summary>What CloudFormation needs of the other services, in its own words.</summary>
internal sealed record CloudFormationPorts(IReadTemplates Templates, IAuthorizeResources Authorization, IReadParameters Parameters, IInvokeCustomResources CustomResources);

using Galley.Store;
using Galley.Wire;

namespace Galley.CloudFormation.Export;

/// <summary>
/// Resource scans: what the account has, by whomever it was made, as CloudFormation's IaC generator finds it. A caller finds what it may
/// read. AWS: "Generating templates from existing resources", StartResourceScan.
/// </summary>
internal sealed class Scans(Installation installation, IReadOnlyList<ResourceScanner> scanners, IAuthorizeResources authorization)
{
    private const int MostInPage = 100, Kept = 10;

    /// <summary>Everything of these types (of all, when none are named) that the caller may read.</summary>
    public async ValueTask<List<(string Type, ScannedResource Resource)>> Read(IReadOnlySet<string>? types, Call call)
    {
        var found = new List<(string, ScannedResource)>();
        foreach (var scanner in scanners)
        {
            if (types?.Contains(scanner.Type) == false || !await authorization.Allows(call, scanner.Action, "*")) continue;
            // In an order that says nothing of ids, so that the same things give the same template.
            found.AddRange((await scanner.Scan(call)).OrderBy(resource => resource.Label, StringComparer.Ordinal).ThenBy(resource => resource.Properties.ToJsonString(), StringComparer.Ordinal).Select(resource => (scanner.Type, resource)));
        }

        return found;
    }

    public async ValueTask<StartResourceScanResponse> StartResourceScan(StartResourceScanRequest request, Call call)
    {
        var named = request.ScanFilters?.SelectMany(filter => filter.Types ?? []).ToHashSet();
        if (named?.FirstOrDefault(type => scanners.All(scanner => scanner.Type != type)) is { } unknown) throw Errors.Validation($"Galley does not scan the resource type {unknown}.");
        var (resources, managed) = (await Read(named, call), await Managed(call));
        var record = new ScanRecord(
            call.Arn("cloudformation", "resourceScan/" + installation.Ids.Uuid()), installation.Now, [.. resources.Select(resource => resource.Type).Distinct()],
            [.. resources.Select(resource => new ScanItem(resource.Type, resource.Resource.Identifier, managed.ContainsKey((resource.Type, resource.Resource.PhysicalId))))]);
        await installation.Store.Write(async transaction =>
        {
            foreach (var old in (await transaction.List(Keys.Scans(call), CloudFormationJson.Default.ScanRecord)).OrderByDescending(scan => scan.Time).Skip(Kept - 1)) transaction.Delete(Keys.Scan(call, old.Id));
            transaction.Put(Keys.Scan(call, record.Id), record, CloudFormationJson.Default.ScanRecord);
        });
        return new StartResourceScanResponse(record.Id);
    }

    public async ValueTask<ResourceScanDescription> DescribeResourceScan(ResourceScanRequest request, Call call)
    {
        var scan = await Find(request.ResourceScanId, call);
        return Describe(scan) with { ResourceTypes = scan.Types, ResourcesScanned = scan.Items.Count, ResourcesRead = scan.Items.Count };
    }

    public async ValueTask<ListResourceScansResponse> ListResourceScans(ListResourceScansRequest request, Call call)
        => new([.. (await installation.Store.Read(snapshot => snapshot.List(Keys.Scans(call), CloudFormationJson.Default.ScanRecord))).OrderByDescending(scan => scan.Time).Select(Describe)]);

    public async ValueTask<ListScanResourcesResponse> ListResourceScanResources(ListScanResourcesRequest request, Call call)
    {
        var items = (await Find(request.ResourceScanId, call)).Items
            .Where(item => request.ResourceTypePrefix is not { } prefix || item.Type.StartsWith(prefix, StringComparison.Ordinal))
            .Where(item => request.ResourceIdentifier is not { } part || item.Identifier.Values.Any(value => value.Contains(part, StringComparison.Ordinal))).ToList();
        var from = int.TryParse(request.NextToken, out var given) ? given : 0;
        var most = Math.Clamp(request.MaxResults ?? MostInPage, 1, MostInPage);
        return new ListScanResourcesResponse(
            [.. items.Skip(from).Take(most).Select(item => new ScannedResourceSummary(item.Type, TextMap.Of(item.Identifier), item.Managed))],
            from + most < items.Count ? (from + most).ToString(System.Globalization.CultureInfo.InvariantCulture) : null);
    }

    public async ValueTask<ScanRecord> Find(string id, Call call)
        => await installation.Store.Read(snapshot => snapshot.Get(Keys.Scan(call, id), CloudFormationJson.Default.ScanRecord)) ?? throw new AwsError("ResourceScanNotFound", $"Resource scan {id} not found", 404);

    private static ResourceScanDescription Describe(ScanRecord scan) => new() { ResourceScanId = scan.Id, Status = "COMPLETE", StartTime = scan.Time, EndTime = scan.Time, PercentageCompleted = 100 };

    /// <summary>What stacks hold, by type and physical id.</summary>
    public async ValueTask<Dictionary<(string Type, string PhysicalId), (StackRecord Stack, string LogicalId)>> Managed(Call call) => await installation.Store.Read(async snapshot =>
    {
        var managed = new Dictionary<(string, string), (StackRecord, string)>();
        foreach (var stack in await snapshot.List(Keys.Stacks(call.Account, call.Region), CloudFormationJson.Default.StackRecord))
            if (stack.Status != "DELETE_COMPLETE")
                foreach (var resource in await snapshot.List(Keys.Resources(stack.Key), CloudFormationJson.Default.ResourceRecord))
                    managed[(resource.Type, resource.PhysicalId)] = (stack, resource.LogicalId);
        return managed;
    });
}

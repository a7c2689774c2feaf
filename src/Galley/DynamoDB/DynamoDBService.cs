using Galley.Wire;

namespace Galley.DynamoDB;

/// <summary>DynamoDB: tables of items, and the table of its operations.</summary>
internal sealed class DynamoDBService : IService
{
    private readonly TableCatalog _catalog;
    private readonly TableSizes _sizes;
    private readonly DroppedTables _dropped;
    private readonly DynamoDBApi _api;

    public DynamoDBService(Installation installation)
    {
        _catalog = new TableCatalog(installation.Store);
        _sizes = new TableSizes(installation);
        _dropped = new DroppedTables(installation);
        _api = new DynamoDBApi($"dynamodb.{installation.Region}.amazonaws.com") { ErrorNamespace = DynamoDBApi.NamespaceOf };
        var tables = new Tables(installation, _catalog, _sizes, _dropped);
        AddTables(tables, new TableTags(_catalog), new TimeToLive(tables, _catalog), new Descriptions(installation, tables));
        AddItems(new Items(_catalog));
    }

    public IEnumerable<AwsService> Apis => [_api];

    public ValueTask Start(CancellationToken stopping)
    {
        _dropped.Start(stopping);
        return ValueTask.CompletedTask;
    }

    public async ValueTask Stop() => await _dropped.Idle();

    public ValueTask Reset()
    {
        _catalog.Forget();
        _sizes.Forget();
        return ValueTask.CompletedTask;
    }

    private void AddTables(Tables tables, TableTags tags, TimeToLive timeToLive, Descriptions descriptions)
    {
        var json = DynamoDBJson.Default;
        _api.Add(json.CreateTableRequest, json.TableDescriptionResponse, tables.CreateTable, (r, call) => TableNames.ArnOf(call, r.TableName),
            also: (r, call) => r.Tags is { Length: > 0 } ? [("dynamodb:TagResource", TableNames.ArnOf(call, r.TableName))] : []);
        _api.Add(json.TableRequest, json.DescribeTableResponse, tables.DescribeTable, (r, call) => TableNames.ArnOf(call, r.TableName));
        _api.Add(json.UpdateTableRequest, json.TableDescriptionResponse, tables.UpdateTable, (r, call) => TableNames.ArnOf(call, r.TableName));
        _api.Add(json.TableRequest, json.TableDescriptionResponse, tables.DeleteTable, (r, call) => TableNames.ArnOf(call, r.TableName));
        _api.Add(json.ListTablesRequest, json.ListTablesResponse, tables.ListTables);
        _api.Add(json.TagResourceRequest, json.Empty, tags.TagResource, (r, _) => r.ResourceArn ?? "*");
        _api.Add(json.UntagResourceRequest, json.Empty, tags.UntagResource, (r, _) => r.ResourceArn ?? "*");
        _api.Add(json.ListTagsOfResourceRequest, json.ListTagsOfResourceResponse, tags.ListTagsOfResource, (r, _) => r.ResourceArn ?? "*");
        _api.Add(json.TableRequest, json.DescribeTimeToLiveResponse, timeToLive.DescribeTimeToLive, (r, call) => TableNames.ArnOf(call, r.TableName));
        _api.Add(json.UpdateTimeToLiveRequest, json.UpdateTimeToLiveResponse, timeToLive.UpdateTimeToLive, (r, call) => TableNames.ArnOf(call, r.TableName));
        _api.Add(json.TableRequest, json.DescribeContinuousBackupsResponse, descriptions.DescribeContinuousBackups, (r, call) => TableNames.ArnOf(call, r.TableName));
        _api.Add(json.Empty, json.DescribeLimitsResponse, descriptions.DescribeLimits);
        _api.Add(json.Empty, json.DescribeEndpointsResponse, descriptions.DescribeEndpoints);
    }

    private void AddItems(Items items)
    {
        var json = DynamoDBJson.Default;
        _api.Add(json.GetItemRequest, json.GetItemResponse, items.GetItem, (r, call) => TableNames.ArnOf(call, r.TableName));
        _api.Add(json.PutItemRequest, json.ItemResponse, items.PutItem, (r, call) => TableNames.ArnOf(call, r.TableName));
        _api.Add(json.UpdateItemRequest, json.ItemResponse, items.UpdateItem, (r, call) => TableNames.ArnOf(call, r.TableName));
        _api.Add(json.DeleteItemRequest, json.ItemResponse, items.DeleteItem, (r, call) => TableNames.ArnOf(call, r.TableName));
    }
}

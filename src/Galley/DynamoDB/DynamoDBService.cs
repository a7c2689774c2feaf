using Galley.DynamoDB.Backups;
using Galley.DynamoDB.PartiQL;
using Galley.DynamoDB.Resources;
using Galley.DynamoDB.Streams;
using Galley.DynamoDB.Transfers;
using Galley.DynamoDB.Upkeep;
using Galley.Wire;

namespace Galley.DynamoDB;

/// <summary>DynamoDB: tables of items, and the table of its operations.</summary>
internal sealed class DynamoDBService : IService
{
    private readonly TableCatalog _catalog;
    private readonly TableSizes _sizes;
    private readonly DroppedTables _dropped;
    private readonly DynamoDBApi _api, _streamsApi;
    private readonly StreamFollowing _following;
    private readonly Agenda _agenda;
    private readonly TableCopies _copies;

    public DynamoDBService(Installation installation, IKeepObjects objects, IWriteImportLogs logs, IFindKeys keyFinder)
    {
        _catalog = new TableCatalog(installation.Store, installation.Time, installation.Options.Throttle ? new Throttle(installation.Time) : null, installation.Reads);
        installation.Reads.GroupsOf = Keys.Groups;
        _sizes = new TableSizes(installation);
        _dropped = new DroppedTables(installation);
        _api = new DynamoDBApi($"dynamodb.{installation.Region}.amazonaws.com") { ErrorNamespace = DynamoDBApi.NamespaceOf, AnswersNothingWithBraces = false };
        _streamsApi = new DynamoDBApi($"streams.dynamodb.{installation.Region}.amazonaws.com", "DynamoDBStreams_20120810") { ErrorNamespace = DynamoDBApi.NamespaceOf };
        var streams = new StreamReads(installation);
        _following = new StreamFollowing(installation, streams, _catalog.Signals);
        var policies = new ResourcePolicies(installation, _catalog);
        _api.PolicyOf = _streamsApi.PolicyOf = policies.Of;
        _agenda = new Agenda(installation);
        _copies = new TableCopies(installation, _catalog, _dropped);
        var backups = new TableBackups(installation, _catalog, _copies, _dropped);
        PlanBackgroundWork(installation, backups, objects, logs);
        var tableKeys = new TableKeys(keyFinder);
        var tables = new Tables(installation, _catalog, _sizes, _dropped, backups, _agenda, tableKeys);
        var tags = new TableTags(_catalog);
        _api.TagsOf = tags.Of;
        var timeToLive = new TimeToLive(tables, _catalog, _agenda);
        var recovery = new ContinuousBackups(installation, _catalog, _dropped);
        var imports = new Imports(installation, _catalog, tables, _agenda);
        var table = new TableResource(tables, imports, tags, timeToLive, recovery, policies);
        Resources = [table, new GlobalTableResource(table, tables)];
        Scanners = [new TableScan(tables, tags, timeToLive, recovery).Scanner];
        _api.Later(() =>
        {
            AddPolicies(policies);
            AddTables(tables, tags, timeToLive, new Descriptions(installation));
            AddBackups(backups, new Restores(installation, _catalog, backups, _agenda, tableKeys), recovery);
            AddTransfers(new Exports(installation, _catalog, _agenda), imports);
            var texts = new StatementTexts();
            var keys = new ConditionKeys(_catalog, texts);
            AddItems(new Items(_catalog), new Queries(_catalog), keys);
            var transactions = new Transactions(installation, _catalog);
            AddMany(new Batches(_catalog), transactions, keys);
            AddStatements(texts, transactions, keys);
        });
        _streamsApi.Later(() => AddStreams(streams));
    }

    public IEnumerable<AwsService> Apis => [_api, _streamsApi];

    public IEnumerable<IResourceHandler> Resources { get; }

    public IEnumerable<ResourceScanner> Scanners { get; }

    /// <inheritdoc cref="StreamFollowing.Describe"/>
    public ValueTask<StreamState?> DescribeStream(string streamArn) => _following.Describe(streamArn);

    /// <inheritdoc cref="StreamFollowing.Read"/>
    public ValueTask<StreamBatch> ReadStream(string streamArn, string? afterSequence, int most) => _following.Read(streamArn, afterSequence, most);

    /// <inheritdoc cref="StreamFollowing.Next"/>
    public Task NextRecords(string streamArn) => _following.Next(streamArn);

    public ValueTask Start(CancellationToken stopping)
    {
        _dropped.Start(stopping);
        _agenda.Start(stopping);
        return ValueTask.CompletedTask;
    }

    public async ValueTask Stop()
    {
        await _agenda.Stop();
        await _dropped.Idle();
        _copies.Dispose();
    }

    public ValueTask Reset()
    {
        _catalog.Forget();
        _sizes.Forget();
        return ValueTask.CompletedTask;
    }

    private void PlanBackgroundWork(Installation installation, TableBackups backups, IKeepObjects objects, IWriteImportLogs logs)
    {
        var backfill = new Backfill(installation, _catalog);
        var trimming = new Trimming(installation, _catalog, _dropped);
        _agenda.Add(Expiries.Kind, new Expiries(installation, _catalog).Run);
        _agenda.Add(Backfill.Index, backfill.Run);
        _agenda.Add(Backfill.TimeToLive, backfill.Run);
        _agenda.Add(Trimming.Stream, trimming.TrimStreams);
        _agenda.Add(Trimming.History, trimming.TrimHistories);
        _agenda.Add(TableCopies.Backup, _copies.Run);
        _agenda.Add(TableCopies.Restore, _copies.Run);
        _agenda.Add(TableBackups.Expiry, backups.Expire);
        _agenda.AddApart(ExportRuns.Kind, new ExportRuns(installation, _catalog, _dropped, _agenda, objects).Run);
        _agenda.AddApart(ImportRuns.Kind, new ImportRuns(installation, _catalog, _dropped, _agenda, objects, logs).Run);
    }

    private void AddTransfers(Exports exports, Imports imports)
    {
        _api.Add<ExportTableToPointInTimeRequest, ExportResponse>(exports.ExportTableToPointInTime, (r, _) => r.TableArn ?? "*");
        _api.Add<ExportRequest, ExportResponse>(exports.DescribeExport, (r, _) => r.ExportArn ?? "*");
        _api.Add<ListExportsRequest, ListExportsResponse>(exports.ListExports);
        _api.Add<ImportTableRequest, ImportResponse>(imports.ImportTable, (r, call) => TableNames.ArnOf(call, r.TableCreationParameters?.TableName));
        _api.Add<ImportRequest, ImportResponse>(imports.DescribeImport, (r, _) => r.ImportArn ?? "*");
        _api.Add<ListImportsRequest, ListImportsResponse>(imports.ListImports);
    }

    private void AddPolicies(ResourcePolicies policies)
    {
        _api.Add<PutResourcePolicyRequest, PutResourcePolicyResponse>(policies.PutResourcePolicy, (r, _) => r.ResourceArn ?? "*");
        _api.Add<GetResourcePolicyRequest, GetResourcePolicyResponse>(policies.GetResourcePolicy, (r, _) => r.ResourceArn ?? "*");
        _api.Add<DeleteResourcePolicyRequest, DeleteResourcePolicyResponse>(policies.DeleteResourcePolicy, (r, _) => r.ResourceArn ?? "*");
    }

    private void AddBackups(TableBackups backups, Restores restores, ContinuousBackups continuous)
    {
        _api.Add<CreateBackupRequest, CreateBackupResponse>(backups.CreateBackup, (r, call) => TableNames.ArnOf(call, r.TableName));
        _api.Add<BackupRequest, BackupResponse>(backups.DescribeBackup, (r, _) => r.BackupArn ?? "*");
        _api.Add<BackupRequest, BackupResponse>(backups.DeleteBackup, (r, _) => r.BackupArn ?? "*");
        _api.Add<ListBackupsRequest, ListBackupsResponse>(backups.ListBackups);
        _api.Add<RestoreTableFromBackupRequest, TableDescriptionResponse>(restores.RestoreTableFromBackup, (r, _) => r.BackupArn ?? "*",
            also: (r, call) => [("dynamodb:RestoreTableFromBackup", TableNames.ArnOf(call, r.TargetTableName))]);
        _api.Add<RestoreTableToPointInTimeRequest, TableDescriptionResponse>(restores.RestoreTableToPointInTime,
            (r, call) => TableNames.ArnOf(call, r.SourceTableName ?? r.SourceTableArn),
            also: (r, call) => [("dynamodb:RestoreTableToPointInTime", TableNames.ArnOf(call, r.TargetTableName))]);
        _api.Add<TableRequest, ContinuousBackupsResponse>(continuous.DescribeContinuousBackups, (r, call) => TableNames.ArnOf(call, r.TableName));
        _api.Add<UpdateContinuousBackupsRequest, ContinuousBackupsResponse>(continuous.UpdateContinuousBackups, (r, call) => TableNames.ArnOf(call, r.TableName));
    }

    private void AddTables(Tables tables, TableTags tags, TimeToLive timeToLive, Descriptions descriptions)
    {
        _api.Add<CreateTableRequest, TableDescriptionResponse>(tables.CreateTable, (r, call) => TableNames.ArnOf(call, r.TableName),
            also: (r, call) => r.Tags is { Length: > 0 } ? [("dynamodb:TagResource", TableNames.ArnOf(call, r.TableName))] : []);
        _api.Add<TableRequest, DescribeTableResponse>(tables.DescribeTable, (r, call) => TableNames.ArnOf(call, r.TableName));
        _api.Add<UpdateTableRequest, TableDescriptionResponse>(tables.UpdateTable, (r, call) => TableNames.ArnOf(call, r.TableName));
        _api.Add<TableRequest, TableDescriptionResponse>(tables.DeleteTable, (r, call) => TableNames.ArnOf(call, r.TableName));
        _api.Add<ListTablesRequest, ListTablesResponse>(tables.ListTables);
        _api.Add<TagResourceRequest, Empty>(tags.TagResource, (r, _) => r.ResourceArn ?? "*");
        _api.Add<UntagResourceRequest, Empty>(tags.UntagResource, (r, _) => r.ResourceArn ?? "*");
        _api.Add<ListTagsOfResourceRequest, ListTagsOfResourceResponse>(tags.ListTagsOfResource, (r, _) => r.ResourceArn ?? "*");
        _api.Add<TableRequest, DescribeTimeToLiveResponse>(timeToLive.DescribeTimeToLive, (r, call) => TableNames.ArnOf(call, r.TableName));
        _api.Add<UpdateTimeToLiveRequest, UpdateTimeToLiveResponse>(timeToLive.UpdateTimeToLive, (r, call) => TableNames.ArnOf(call, r.TableName));
        _api.Add<Empty, DescribeLimitsResponse>(descriptions.DescribeLimits);
        _api.Add<Empty, DescribeEndpointsResponse>(descriptions.DescribeEndpoints);
    }

    private void AddStreams(StreamReads streams)
    {
        _streamsApi.Add<ListStreamsRequest, ListStreamsResponse>(streams.ListStreams);
        _streamsApi.Add<DescribeStreamRequest, DescribeStreamResponse>(streams.DescribeStream, (r, _) => r.StreamArn ?? "*");
        _streamsApi.Add<GetShardIteratorRequest, GetShardIteratorResponse>(streams.GetShardIterator, (r, _) => r.StreamArn ?? "*");
        _streamsApi.Add<GetRecordsRequest, GetRecordsResponse>(streams.GetRecords, (r, _) => ShardIterator.Read(r.ShardIterator)?.StreamArn ?? "*");
    }

    private void AddItems(Items items, Queries queries, ConditionKeys keys)
    {
        _api.Add<GetItemRequest, GetItemResponse>(items.GetItem, (r, call) => TableNames.ArnOf(call, r.TableName), conditions: keys.GetItem);
        _api.Add<PutItemRequest, ItemResponse>(items.PutItem, (r, call) => TableNames.ArnOf(call, r.TableName), conditions: keys.PutItem);
        _api.Add<UpdateItemRequest, ItemResponse>(items.UpdateItem, (r, call) => TableNames.ArnOf(call, r.TableName), conditions: keys.UpdateItem);
        _api.Add<DeleteItemRequest, ItemResponse>(items.DeleteItem, (r, call) => TableNames.ArnOf(call, r.TableName), conditions: keys.DeleteItem);
        _api.Add<QueryRequest, ReadResponse>(queries.Query, (r, call) => TableNames.ArnOf(call, r.TableName, r.IndexName), conditions: keys.Query);
        _api.Add<ScanRequest, ReadResponse>(queries.Scan, (r, call) => TableNames.ArnOf(call, r.TableName, r.IndexName), conditions: keys.Scan);
    }

    /// <summary>PartiQL: the rights are those of the statements, each on its own table or index.</summary>
    private void AddStatements(StatementTexts texts, Transactions transactions, ConditionKeys keys)
    {
        var statements = new Statements(_catalog, texts);
        var statementTransactions = new StatementTransactions(_catalog, texts, statements, transactions);
        _api.Add<ExecuteStatementRequest, ExecuteStatementResponse>(statements.ExecuteStatement,
            statements.Resource, action: "dynamodb:PartiQLSelect", actionOf: r => texts.Action(r.Statement),
            conditions: (r, call, action, on) => keys.Statements([(r.Statement, r.Parameters)], r.ReturnConsumedCapacity, null, call, action, on));
        _api.Add<BatchExecuteStatementRequest, BatchExecuteStatementResponse>(statements.BatchExecuteStatement,
            (r, call) => Rights(r.Statements?.Select(one => one?.Statement), call)[0].Resource, action: "dynamodb:PartiQLSelect",
            also: (r, call) => Rights(r.Statements?.Select(one => one?.Statement), call).Skip(1).Distinct(), actionOf: r => FirstAction(r.Statements?.Select(one => one?.Statement)),
            conditions: (r, call, action, on) => keys.Statements((r.Statements ?? []).Select(one => (one?.Statement, one?.Parameters)), r.ReturnConsumedCapacity, null, call, action, on));
        _api.Add<ExecuteTransactionRequest, ExecuteTransactionResponse>(statementTransactions.ExecuteTransaction,
            (r, call) => Rights(r.TransactStatements?.Select(one => one?.Statement), call)[0].Resource, action: "dynamodb:PartiQLSelect",
            also: (r, call) => Rights(r.TransactStatements?.Select(one => one?.Statement), call).Skip(1).Distinct(), actionOf: r => FirstAction(r.TransactStatements?.Select(one => one?.Statement)),
            conditions: (r, call, action, on) => keys.Statements((r.TransactStatements ?? []).Select(one => (one?.Statement, one?.Parameters)), r.ReturnConsumedCapacity, "ExecuteTransaction", call, action, on));

        string? FirstAction(IEnumerable<string?>? all) => (all ?? []).Select(texts.Action).FirstOrDefault(action => action is not null);

        (string Action, string Resource)[] Rights(IEnumerable<string?>? all, Call call)
            => (all ?? []).Where(text => texts.Action(text) is not null).Select(text => texts.Right(text, call)).DefaultIfEmpty(("dynamodb:PartiQLSelect", "*")).ToArray();
    }

    /// <summary>Calls that touch several tables need the right to each.</summary>
    private void AddMany(Batches batches, Transactions transactions, ConditionKeys keys)
    {
        _api.Add<BatchGetItemRequest, BatchGetItemResponse>(batches.BatchGetItem,
            (r, call) => TableNames.ArnOf(call, r.RequestItems?.Keys.FirstOrDefault()),
            also: (r, call) => (r.RequestItems?.Keys ?? Enumerable.Empty<string>()).Skip(1).Select(name => ("dynamodb:BatchGetItem", TableNames.ArnOf(call, name))), conditions: keys.BatchGetItem);
        _api.Add<BatchWriteItemRequest, BatchWriteItemResponse>(batches.BatchWriteItem,
            (r, call) => TableNames.ArnOf(call, r.RequestItems?.Keys.FirstOrDefault()),
            also: (r, call) => (r.RequestItems?.Keys ?? Enumerable.Empty<string>()).Skip(1).Select(name => ("dynamodb:BatchWriteItem", TableNames.ArnOf(call, name))), conditions: keys.BatchWriteItem);
        _api.Add<TransactWriteItemsRequest, TransactWriteItemsResponse>(transactions.TransactWriteItems,
            (r, call) => TransactPlan.Permissions(r, call).Select(permission => permission.Resource).FirstOrDefault("*"),
            also: (r, call) => TransactPlan.Permissions(r, call).Skip(1),
            actionOf: r => r.TransactItems?.FirstOrDefault() is { } first ? TransactPlan.ActionOf(first) : null, conditions: keys.TransactWriteItems);
        _api.Add<TransactGetItemsRequest, TransactGetItemsResponse>(transactions.TransactGetItems,
            (r, call) => TableNames.ArnOf(call, r.TransactItems?.FirstOrDefault()?.Get?.TableName), action: "dynamodb:GetItem",
            also: (r, call) => (r.TransactItems ?? []).Skip(1).Select(item => ("dynamodb:GetItem", TableNames.ArnOf(call, item?.Get?.TableName))).Distinct(), conditions: keys.TransactGetItems);
    }
}

using System.Globalization;
using System.Text.Json;
using Galley.DynamoDB.Backups;
using Galley.DynamoDB.Streams;
using Galley.DynamoDB.Upkeep;
using Galley.Store;
using Galley.Wire;

namespace Galley.DynamoDB;

/// <summary>
/// Tables: create, describe, list, update, delete. A new table or index can be used at once; as on AWS the answer of the call that makes
/// it still says CREATING, and the next DescribeTable ACTIVE.
/// </summary>
internal sealed class Tables(Installation installation, TableCatalog catalog, TableSizes sizes, DroppedTables dropped, TableBackups backups, Agenda agenda, TableKeys keys)
{
    /// <summary>A change is done this much after it was asked for, so that DescribeTable tells a later time than UpdateTable's answer.</summary>
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    /// <summary>The table that the request wants; throws what CreateTable does for a request that is wrong by itself.</summary>
    public async ValueTask<TableDocument> Define(CreateTableRequest request, Call call)
    {
        TableRules.Check(request);
        ThroughputRules.CheckAccount(call, request);
        var policy = request.ResourcePolicy is null ? null : ResourcePolicies.Read(request.ResourcePolicy, installation.Now.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture));
        var now = installation.Now;
        var indexes = new List<IndexDocument>();
        foreach (var index in request.LocalSecondaryIndexes ?? []) indexes.Add(Document(index, indexes.Count + 1, global: false));
        foreach (var index in request.GlobalSecondaryIndexes ?? []) indexes.Add(Document(index, indexes.Count + 1, global: true));
        return new()
        {
            TableName = TableNames.Local(call, request.TableName!),
            TableId = installation.Ids.Uuid(),
            TableArn = TableNames.ArnOf(call, request.TableName),
            CreationDateTime = now,
            AttributeDefinitions = TableRules.Sorted(request.AttributeDefinitions!),
            KeySchema = request.KeySchema!,
            Indexes = [.. indexes],
            LastIndex = indexes.Count,
            OnDemand = request.BillingMode == "PAY_PER_REQUEST",
            OnDemandSince = request.BillingMode == "PAY_PER_REQUEST" ? now : null,
            Throughput = request.ProvisionedThroughput ?? new() { ReadCapacityUnits = 0, WriteCapacityUnits = 0 },
            DeletionProtection = request.DeletionProtectionEnabled ?? false,
            OnDemandLimits = request.OnDemandThroughput is null ? null : ThroughputRules.Merge(null, request.OnDemandThroughput),
            Warm = request.WarmThroughput,
            Policy = policy,
            TableClass = request.TableClass,
            Encryption = TableRules.Encryption(await keys.Resolve(request.SSESpecification, call)),
            Tags = TagRules.Read(request.Tags),
        };
    }

    public async ValueTask<TableDescriptionResponse> CreateTable(CreateTableRequest request, Call call)
    {
        var document = await Define(request, call);
        document = await catalog.Store.Write(async transaction =>
        {
            if (await transaction.Get(Keys.Table(call, document.TableName)) is not null) throw Errors.TableExists(document.TableName);
            var made = request.StreamSpecification is { StreamEnabled: true, StreamViewType: { } view } ? await TableStreams.Open(transaction, call, document, view, document.CreationDateTime) : document;
            transaction.Put(Keys.Table(call, document.TableName), made, DynamoDBJson.Default.TableDocument);
            return made;
        });
        catalog.Forget();
        return new(TableDescriptions.Of(document, default, installation.Now) with
        {
            TableStatus = "CREATING",
            WarmThroughput = TableDescriptions.WarmingUp(document.OnDemand, document.Throughput, document.Warm),
            BillingModeSummary = document.OnDemand ? new("PAY_PER_REQUEST", null) : null,
            GlobalSecondaryIndexes = TableDescriptions.Indexes(document, global: true, default, installation.Now)?.Select(index => index with { IndexStatus = "CREATING", WarmThroughput = null }).ToArray(),
        });
    }

    public async ValueTask<DescribeTableResponse> DescribeTable(TableRequest request, Call call)
    {
        var table = await Get(request.TableName, call);
        return new(TableDescriptions.Of(table.Document, await sizes.Of(table), installation.Now));
    }

    public async ValueTask<ListTablesResponse> ListTables(ListTablesRequest request, Call call)
    {
        var constraints = new Constraints().AtLeast(request.Limit, "limit", 1).AtMost(request.Limit, "limit", 100);
        if (request.ExclusiveStartTableName is not null) constraints.Name(request.ExclusiveStartTableName, "exclusiveStartTableName");
        constraints.Throw();
        var limit = request.Limit ?? 100;
        var prefix = Keys.Tables(call);
        var names = await catalog.Store.Read(async snapshot =>
        {
            var found = new List<string>();
            var from = request.ExclusiveStartTableName is { } start ? Key.After(Keys.Table(call, start)) : prefix;
            await foreach (var entry in snapshot.Range(from, Key.After(prefix)))
            {
                found.Add(JsonSerializer.Deserialize(entry.Value, DynamoDBJson.Default.TableDocument)!.TableName);
                if (found.Count > limit) break;
            }

            return found;
        });
        return names.Count > limit ? new([.. names.Take(limit)], names[limit - 1]) : new([.. names], null);
    }

    public async ValueTask<TableDescriptionResponse> DeleteTable(TableRequest request, Call call)
    {
        var name = TableNames.Local(call, TableNames.CheckOfTable(request.TableName));
        var document = await catalog.Store.Write(async transaction =>
        {
            var table = await catalog.Find(transaction, call, name) ?? throw Errors.TableNotFound(name);
            if (table.Document.DeletionProtection) throw Errors.DeletionProtected();
            if (table.Document.Status is not null) throw Errors.TableBeingCreated(name);
            if (table.Document.Indexes.Any(index => index.Status is not null)) throw Errors.InUse("Cannot delete table while indexes are being created, updated, or deleted.");
            transaction.Delete(Keys.Table(call, name));
            Drop(transaction, call, table.Document);
            return TableStreams.Close(transaction, call, table.Document, installation.Now);
        });
        catalog.Forget();
        if (document.Stream is { } stream) catalog.Signals.Ring(stream.StreamArn);
        dropped.Sweep();
        return new(TableDescriptions.Of(document, default, installation.Now) with
        {
            TableStatus = "DELETING",
            AttributeDefinitions = null,
            KeySchema = null,
            CreationDateTime = null,
            WarmThroughput = null,
            LocalSecondaryIndexes = null,
            GlobalSecondaryIndexes = null,
        });
    }

    public async ValueTask<TableDescriptionResponse> UpdateTable(UpdateTableRequest request, Call call)
    {
        request = TableUpdateRules.WithoutEmpty(request);
        TableRules.Check(request);
        var name = TableNames.Local(call, request.TableName!);
        ThroughputRules.CheckAccount(call, request);
        var encryption = TableRules.Encryption(await keys.Resolve(request.SSESpecification, call));
        var asked = installation.Now;
        var (before, document) = await catalog.Store.Write(async transaction =>
        {
            var table = await catalog.Find(transaction, call, name) ?? throw Errors.TableNotFound(name);
            if (table.Document.Status is not null) throw Errors.TableBeingCreated(name);
            var changed = TableChange.Apply(table.Document, request, encryption, asked + Moment);
            if (installation.Options.Throttle) ChangeQuotas.Check(table.Document, changed, request, asked);
            changed = await TableStreams.Change(transaction, call, changed, request.StreamSpecification, installation.Now);
            var after = new Table(changed, [], call.Account, call.Region, installation.Time);
            foreach (var gone in table.Indexes.Where(index => changed.Indexes.All(kept => kept.Number != index.Document.Number)))
                transaction.Put(Keys.Dropped(call.Account, call.Region, $"{changed.TableId}-{gone.Document.Number}"), gone.Space);
            var added = after.Indexes.Where(index => index.Document.Number > table.Document.LastIndex).ToList();
            foreach (var index in added)
            {
                // A small table's index is ready with this very call; a larger one's is filled in the background.
                if (await Backfill.Fill(transaction, after, null, item => Backfill.PutEntry(transaction, after, index, item)) is not { } next) continue;
                Agenda.Put(transaction, DateTimeOffset.UnixEpoch, Backfill.Work(Backfill.Index, after, index.Document.Number, next));
                changed = changed with { Indexes = [.. changed.Indexes.Select(each => each.Number == index.Document.Number ? each with { Status = "CREATING" } : each)] };
            }

            transaction.Put(Keys.Table(call, name), changed, DynamoDBJson.Default.TableDocument);
            return (table.Document, changed);
        });
        catalog.Forget();
        dropped.Sweep();
        agenda.Wake();
        if (request.StreamSpecification is not null && document.Stream is { } stream) catalog.Signals.Ring(stream.StreamArn);
        return new(TableUpdateAnswer.Of(before, document, request, await sizes.Of(await Get(name, call)), asked));
    }

    /// <summary>The table, or the error that names it.</summary>
    public async ValueTask<Table> Get(string? nameOrArn, Call call)
    {
        var name = TableNames.Local(call, TableNames.CheckOfTable(nameOrArn));
        return await catalog.Find(call, name) ?? throw Errors.TableNotFound(name);
    }

    /// <summary>The items are removed in the background, or kept as a backup when the table has point-in-time recovery.</summary>
    private void Drop(ITransaction transaction, Call call, TableDocument table)
    {
        if (table.Recovery is { } recovery)
        {
            backups.KeepDeleted(transaction, call, table);
            transaction.Put(Keys.Dropped(call.Account, call.Region, Keys.HistoryId(table.TableId, recovery.Number)), Keys.History(call.Account, call.Region, table.TableId, recovery.Number));
        }
        else transaction.Put(Keys.Dropped(call.Account, call.Region, table.TableId), Keys.Items(call.Account, call.Region, table.TableId));
    }

    internal static IndexDocument Document(SecondaryIndex index, int number, bool global) => new()
    {
        Number = number,
        IndexName = index.IndexName!,
        Global = global,
        KeySchema = index.KeySchema!,
        Projection = index.Projection! with { NonKeyAttributes = index.Projection.NonKeyAttributes?.Order(StringComparer.Ordinal).ToArray() },
        Throughput = index.ProvisionedThroughput ?? new() { ReadCapacityUnits = 0, WriteCapacityUnits = 0 },
        OnDemandLimits = index.OnDemandThroughput is null ? null : ThroughputRules.Merge(null, index.OnDemandThroughput),
        Warm = index.WarmThroughput,
    };
}

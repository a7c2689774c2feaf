using System.Globalization;
using System.Text.Json;
using Galley.DynamoDB.Upkeep;
using Galley.Store;
using Galley.Wire;

namespace Galley.DynamoDB.Backups;

/// <summary>On-demand backups. CreateBackup answers CREATING as AWS does, but the copy is whole by then: no later write is in it.</summary>
internal sealed class TableBackups(Installation installation, TableCatalog catalog, TableCopies copies, DroppedTables dropped)
{
    private static readonly TimeSpan SystemLife = TimeSpan.FromDays(35);

    public const string Expiry = "backup-expiry";

    public async ValueTask<CreateBackupResponse> CreateBackup(CreateBackupRequest request, Call call)
    {
        var name = TableNames.Local(call, TableNames.Check(request.TableName));
        new Constraints().Name(request.BackupName, "backupName").Throw();
        var (entry, made) = await catalog.Store.Write(async transaction =>
        {
            if (await catalog.Find(transaction, call, name) is not { Document.Status: null } table) throw BackupErrors.TableMissing(name);
            var backup = Document(table.Document, request.BackupName!, "USER") with { BackupStatus = "CREATING", ItemsId = installation.Ids.Uuid() };
            transaction.Put(Keys.Backup(call.Account, call.Region, name, backup.Id), backup, DynamoDBJson.Default.BackupDocument);
            var work = new DueWork { Kind = TableCopies.Backup, Account = call.Account, Region = call.Region, TableName = name, TableId = table.Document.TableId, Label = backup.Id };
            return (new DueEntry(Agenda.Put(transaction, DateTimeOffset.UnixEpoch, work), work), backup);
        });
        await copies.Run([entry]);
        return new(Details(made) with { BackupSizeBytes = 0 });
    }

    /// <summary>What stays of a deleted table with point-in-time recovery: its items, as they lie, for 35 days.</summary>
    public void KeepDeleted(ITransaction transaction, Call call, TableDocument table)
    {
        var until = installation.Now + SystemLife;
        var backup = Document(table, table.TableName + "$DeletedTableBackup", "SYSTEM") with { BackupExpiryDateTime = until };
        transaction.Put(Keys.Backup(call.Account, call.Region, table.TableName, backup.Id), backup, DynamoDBJson.Default.BackupDocument);
        Agenda.Put(transaction, until, new() { Kind = Expiry, Account = call.Account, Region = call.Region, TableName = table.TableName, TableId = table.TableId, Label = backup.Id });
    }

    public async ValueTask<BackupResponse> DescribeBackup(BackupRequest request, Call call) => new(Describe(await Get(request.BackupArn, call)));

    public async ValueTask<BackupResponse> DeleteBackup(BackupRequest request, Call call)
    {
        var backup = await Get(request.BackupArn, call);
        if (backup.BackupType == "SYSTEM")
            throw Errors.Validation($"Invalid Request: User is not allowed to delete the system backup with arn {backup.BackupArn}. It will automatically expire on {backup.BackupExpiryDateTime:yyyy-MM-ddTHH:mm:ssZ}");
        await catalog.Store.Write(async transaction =>
        {
            if (await transaction.Get(Keys.Backup(call.Account, call.Region, backup.Table.TableName, backup.Id)) is null) throw BackupErrors.BackupMissing(backup.BackupArn);
            var held = Keys.Held(call.Account, call.Region, backup.ItemsId);
            await foreach (var _ in transaction.Range(held, Key.After(held))) throw BackupErrors.BackupInUse($"Backup is being used to restore table: {backup.BackupArn}");
            Drop(transaction, call.Account, call.Region, backup);
        });
        dropped.Sweep();
        return new(Describe(backup) with { BackupDetails = Details(backup) with { BackupStatus = "DELETED" } });
    }

    public async ValueTask<ListBackupsResponse> ListBackups(ListBackupsRequest request, Call call)
    {
        new Constraints().AtLeast(request.Limit, "limit", 1).AtMost(request.Limit, "limit", 100)
            .OneOf(request.BackupType, "backupType", "USER", "SYSTEM", "AWS_BACKUP", "ALL").Throw();
        if (request.TimeRangeLowerBound > request.TimeRangeUpperBound)
            throw Errors.InvalidParameterValues("Time range lower bound must be less than or equal to upper bound");
        var name = request.TableName is null ? null : TableNames.Local(call, TableNames.Check(request.TableName));
        var prefix = name is null ? Keys.Backups(call) : Keys.Backups(call, name);
        var from = request.ExclusiveStartBackupArn is { } start ? Key.After(Place(start, call)) : prefix;
        var limit = request.Limit ?? 100;
        var found = await catalog.Store.Read(async snapshot =>
        {
            var backups = new List<BackupSummary>();
            await foreach (var entry in snapshot.Range(from, Key.After(prefix)))
            {
                var backup = JsonSerializer.Deserialize(entry.Value, DynamoDBJson.Default.BackupDocument)!;
                var wanted = request.BackupType is "ALL" || backup.BackupType == (request.BackupType ?? "USER");
                if (!wanted || backup.BackupCreationDateTime < request.TimeRangeLowerBound || backup.BackupCreationDateTime >= request.TimeRangeUpperBound) continue;
                backups.Add(Summary(backup));
                if (backups.Count > limit) break;
            }

            return backups;
        });
        return found.Count > limit ? new([.. found.Take(limit)], found[limit - 1].BackupArn) : new([.. found], null);
    }

    public async ValueTask Expire(IReadOnlyList<DueEntry> entries)
    {
        foreach (var entry in entries)
            await catalog.Store.Write(async transaction =>
            {
                var work = entry.Work;
                transaction.Delete(entry.Key);
                if (await transaction.Get(Keys.Backup(work.Account, work.Region, work.TableName, work.Label!), DynamoDBJson.Default.BackupDocument) is { } backup)
                    Drop(transaction, work.Account, work.Region, backup);
            });
        dropped.Sweep();
    }

    public async ValueTask<BackupDocument> Get(string? arn, Call call)
    {
        new Constraints().Present(arn, "backupArn").Throw();
        var place = Place(arn!, call);
        return await catalog.Store.Read(snapshot => snapshot.Get(place, DynamoDBJson.Default.BackupDocument)) ?? throw BackupErrors.BackupMissing(arn!);
    }

    private static byte[] Place(string text, Call call)
    {
        if (!Arn.TryParse(text, out var arn) || arn.Resource.Split('/') is not ["table", var table, "backup", var id]) throw Errors.Validation("Invalid Backup ARN");
        if (arn is not { Partition: "aws", Service: "dynamodb" }) throw Errors.Validation("Invalid Request: BackupArn is not valid");
        if (arn.Account != call.Account) throw new AwsError("AccessDeniedException", "Access is denied");
        return arn.Region == call.Region ? Keys.Backup(call.Account, call.Region, table, id) : throw BackupErrors.BackupMissing(text);
    }

    private static void Drop(ITransaction transaction, string account, string region, BackupDocument backup)
    {
        transaction.Delete(Keys.Backup(account, region, backup.Table.TableName, backup.Id));
        transaction.Put(Keys.Dropped(account, region, backup.ItemsId), Keys.Items(account, region, backup.ItemsId));
    }

    private BackupDocument Document(TableDocument table, string name, string type)
    {
        var now = installation.Now;
        var id = $"{now.ToUnixTimeMilliseconds().ToString("D14", CultureInfo.InvariantCulture)}-{installation.Ids.Next(8, "0123456789abcdef")}";
        return new()
        {
            BackupArn = $"{table.TableArn}/backup/{id}",
            BackupName = name,
            BackupStatus = "AVAILABLE",
            BackupType = type,
            BackupCreationDateTime = now,
            ItemsId = table.TableId,
            Table = table,
        };
    }

    private static BackupDetails Details(BackupDocument backup) => new()
    {
        BackupArn = backup.BackupArn,
        BackupName = backup.BackupName,
        BackupSizeBytes = backup.BackupSizeBytes,
        BackupStatus = backup.BackupStatus,
        BackupType = backup.BackupType,
        BackupCreationDateTime = backup.BackupCreationDateTime,
        BackupExpiryDateTime = backup.BackupExpiryDateTime,
    };

    private static BackupSummary Summary(BackupDocument backup) => new()
    {
        TableName = backup.Table.TableName,
        TableId = backup.Table.TableId,
        TableArn = backup.Table.TableArn,
        BackupArn = backup.BackupArn,
        BackupName = backup.BackupName,
        BackupCreationDateTime = backup.BackupCreationDateTime,
        BackupExpiryDateTime = backup.BackupExpiryDateTime,
        BackupStatus = backup.BackupStatus,
        BackupType = backup.BackupType,
        BackupSizeBytes = backup.BackupSizeBytes,
    };

    private static BackupDescription Describe(BackupDocument backup)
    {
        var table = backup.Table;
        return new()
        {
            BackupDetails = Details(backup),
            SourceTableDetails = new()
            {
                TableName = table.TableName,
                TableId = table.TableId,
                TableArn = table.TableArn,
                TableSizeBytes = backup.BackupSizeBytes,
                KeySchema = table.KeySchema,
                TableCreationDateTime = table.CreationDateTime,
                ProvisionedThroughput = table.Throughput,
                ItemCount = backup.ItemCount,
                BillingMode = table.OnDemand ? "PAY_PER_REQUEST" : "PROVISIONED",
                OnDemandThroughput = table.OnDemandLimits,
            },
            SourceTableFeatureDetails = new()
            {
                LocalSecondaryIndexes = Indexes(global: false),
                GlobalSecondaryIndexes = Indexes(global: true),
                StreamDescription = table.Stream is { ClosedAt: null } stream ? new() { StreamEnabled = true, StreamViewType = stream.StreamViewType } : null,
                TimeToLiveDescription = table.TimeToLive is { } ttl ? new() { TimeToLiveStatus = "ENABLED", AttributeName = ttl.AttributeName } : null,
                SSEDescription = table.Encryption,
            },
        };

        SecondaryIndexInfo[]? Indexes(bool global)
        {
            var indexes = table.Indexes.Where(index => index.Global == global)
                .Select(index => new SecondaryIndexInfo(index.IndexName, index.KeySchema, index.Projection, global ? index.Throughput : null, index.OnDemandLimits)).ToArray();
            return indexes.Length == 0 ? null : indexes;
        }
    }
}

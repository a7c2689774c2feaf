using Galley.DynamoDB.Upkeep;
using Galley.Store;
using Galley.Wire;

namespace Galley.DynamoDB.Backups;

/// <summary>
/// RestoreTableFromBackup and RestoreTableToPointInTime: a new table that is CREATING until its items are there. As on AWS it has no tags,
/// stream, time to live, policy or recovery of its own yet.
/// </summary>
internal sealed class Restores(Installation installation, TableCatalog catalog, TableBackups backups, Agenda agenda, TableKeys keys)
{
    public async ValueTask<TableDescriptionResponse> RestoreTableFromBackup(RestoreTableFromBackupRequest request, Call call)
    {
        var target = CheckTarget(request, call);
        var backup = await backups.Get(request.BackupArn, call);
        if (backup.BackupStatus != "AVAILABLE") throw BackupErrors.BackupInUse($"Backup is being created: {backup.BackupArn}");
        return await Make(call, target, backup.Table, request, new()
        {
            SourceBackupArn = backup.BackupArn,
            SourceTableArn = backup.Table.TableArn,
            RestoreDateTime = backup.BackupCreationDateTime,
            RestoreInProgress = true,
            ItemsId = backup.ItemsId,
        });
    }

    public async ValueTask<TableDescriptionResponse> RestoreTableToPointInTime(RestoreTableToPointInTimeRequest request, Call call)
    {
        var target = CheckTarget(request, call);
        if (request.SourceTableName is null == request.SourceTableArn is null) throw Errors.Validation("Must provide exactly one of: sourceTableArn, sourceTableName");
        if (request.UseLatestRestorableTime == true == request.RestoreDateTime is not null)
            throw Errors.Validation("Invalid Request: Either one of RestoreDateTime or UseLatestRestorableTime must be specified, but not both");
        var name = TableNames.Local(call, TableNames.Check(request.SourceTableName ?? request.SourceTableArn));
        var source = (await catalog.Find(call, name) ?? throw BackupErrors.TableMissing(name)).Document;
        if (source.Recovery is not { } recovery) throw BackupErrors.NotRecoverable(name);
        var now = installation.Now;
        var (earliest, latest) = ContinuousBackups.Window(recovery, now);
        // The latest moment is this very one; a given second is restored with all that happened up to its start.
        var moment = request.RestoreDateTime ?? now;
        if (moment < earliest || request.RestoreDateTime is not null && moment > now.AddSeconds(1)) throw BackupErrors.WrongTime();
        return await Make(call, target, source, request, new()
        {
            SourceTableArn = source.TableArn,
            RestoreDateTime = request.RestoreDateTime ?? latest,
            RestoreInProgress = true,
            ItemsId = source.TableId,
            Moment = moment,
            Recovery = recovery.Number,
        });
    }

    private async ValueTask<TableDescriptionResponse> Make(Call call, string target, TableDocument source, RestoreRequest request, RestoreDocument restore)
    {
        var onDemand = request.BillingModeOverride is null ? source.OnDemand : request.BillingModeOverride == "PAY_PER_REQUEST";
        CheckThroughput(request, source, onDemand);
        var none = new ProvisionedThroughput { ReadCapacityUnits = 0, WriteCapacityUnits = 0 };
        var now = installation.Now;
        var indexes = Kept(source, request.LocalSecondaryIndexOverride, global: false, onDemand).Concat(Kept(source, request.GlobalSecondaryIndexOverride, global: true, onDemand)).ToArray();
        var document = source with
        {
            TableName = target,
            TableId = installation.Ids.Uuid(),
            TableArn = TableNames.ArnOf(call, target),
            CreationDateTime = now,
            Status = "CREATING",
            Indexes = indexes,
            AttributeDefinitions = TableChange.Used(source.AttributeDefinitions, source.KeySchema, indexes),
            OnDemand = onDemand,
            OnDemandSince = onDemand ? now : null,
            Throughput = onDemand ? none : request.ProvisionedThroughputOverride ?? source.Throughput,
            History = default,
            TableClassSinceBefore = null,
            EncryptionChanges = null,
            DeletionProtection = false,
            Encryption = request.SSESpecificationOverride is { } encryption ? TableRules.Encryption(await keys.Resolve(encryption, call)) : source.Encryption,
            TimeToLive = null,
            Stream = null,
            Recovery = null,
            Policy = null,
            OnDemandLimits = onDemand ? request.OnDemandThroughputOverride ?? source.OnDemandLimits : null,
            LastRecovery = 0,
            Restore = restore,
            Tags = [],
        };
        await catalog.Store.Write(async transaction =>
        {
            if (await transaction.Get(Keys.Table(call, target)) is not null) throw BackupErrors.TableExists(target);
            await CheckSource(transaction, call, source, restore);
            foreach (var id in restore.Reads) transaction.Put(Keys.Held(call.Account, call.Region, id, target), []);
            transaction.Put(Keys.Table(call, target), document, DynamoDBJson.Default.TableDocument);
            Agenda.Put(transaction, DateTimeOffset.UnixEpoch, new()
            {
                Kind = TableCopies.Restore,
                Account = call.Account,
                Region = call.Region,
                TableName = target,
                TableId = document.TableId,
            });
        });
        catalog.Forget();
        agenda.Wake();
        return new(TableDescriptions.Of(document, default, now));
    }

    /// <summary>The source may have gone since it was looked at.</summary>
    private async ValueTask CheckSource(ITransaction transaction, Call call, TableDocument source, RestoreDocument restore)
    {
        if (restore.SourceBackupArn is { } arn)
        {
            if (await transaction.Get(Keys.Backup(call.Account, call.Region, source.TableName, arn[(arn.LastIndexOf('/') + 1)..])) is null) throw BackupErrors.BackupMissing(arn);
        }
        else if (await catalog.Find(transaction, call, source.TableName) is not { } table || table.Document.TableId != source.TableId) throw BackupErrors.TableMissing(source.TableName);
        else if (table.Document.Recovery?.Number != restore.Recovery) throw BackupErrors.NotRecoverable(source.TableName);
    }

    private static string CheckTarget(RestoreRequest request, Call call)
    {
        new Constraints().Name(request.TargetTableName, "targetTableName").OneOf(request.BillingModeOverride, "billingModeOverride", "PROVISIONED", "PAY_PER_REQUEST").Throw();
        return TableNames.Local(call, request.TargetTableName!);
    }

    private static void CheckThroughput(RestoreRequest request, TableDocument source, bool onDemand)
    {
        if (onDemand && request.ProvisionedThroughputOverride is not null)
            throw Errors.Validation(request.BillingModeOverride is null
                ? "Invalid Request: Cannot override ProvisionedThroughput unless BillingMode is PROVISIONED"
                : "Invalid Request: Cannot override ProvisionedThroughput if BillingMode is overridden to PAY_PER_REQUEST");
        if (!onDemand && source.OnDemand && request.ProvisionedThroughputOverride is null)
            throw Errors.Validation("Invalid Request: Must override ProvisionedThroughput if BillingMode is overridden to PROVISIONED");
    }

    /// <summary>The source's indexes, or those of them that the override names.</summary>
    private static IEnumerable<IndexDocument> Kept(TableDocument source, SecondaryIndex[]? wanted, bool global, bool onDemand)
    {
        var none = new ProvisionedThroughput { ReadCapacityUnits = 0, WriteCapacityUnits = 0 };
        foreach (var name in wanted ?? [])
            if (source.Indexes.FirstOrDefault(index => index.Global == global && index.IndexName == name.IndexName) is not { } known
                || name.KeySchema?.SequenceEqual(known.KeySchema) == false || name.Projection is { } projection && projection.ProjectionType != known.Projection.ProjectionType)
                throw Errors.Validation($"Invalid Request: Index {name.IndexName} does not match a secondary index that existed in the source table and cannot be created during the restore operation");
        foreach (var index in source.Indexes.Where(index => index.Global == global))
        {
            var asked = wanted?.FirstOrDefault(name => name.IndexName == index.IndexName);
            if (wanted is not null && asked is null) continue;
            var throughput = onDemand || !global ? none : asked?.ProvisionedThroughput ?? index.Throughput;
            if (!onDemand && global && throughput.ReadCapacityUnits is null or 0) throw Errors.Validation($"Invalid Request: Must specify provisioned throughput for index {index.IndexName}");
            yield return index with { Throughput = throughput, Status = null, History = default };
        }
    }
}

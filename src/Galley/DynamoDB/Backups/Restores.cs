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
        if (request is { SourceTableName: not null, SourceTableArn: not null }) throw Errors.Validation("Must provide exactly one of: sourceTableArn, sourceTableName");
        if (request is { UseLatestRestorableTime: true, RestoreDateTime: not null })
            throw Errors.Validation("Invalid Request: Both RestoreDateTime and UseLatestRestorableTime cannot be set for point-in-time restore request. Please specify either RestoreDateTime time or UseLatestRestorableTime");
        if (request is { UseLatestRestorableTime: not true, RestoreDateTime: null })
            throw Errors.Validation("Invalid Request: Either one of RestoreDateTime or UseLatestRestorableTime must be specified, but not both");
        var name = request.SourceTableArn is { } arn ? Local(call, arn) : TableNames.Local(call, TableNames.Check(request.SourceTableName));
        var source = (await catalog.Find(call, name) ?? throw BackupErrors.TableMissing(name)).Document;
        if (source.Recovery is not { } recovery) throw BackupErrors.NotRecoverable(name);
        var now = installation.Now;
        var (earliest, latest) = ContinuousBackups.Window(recovery, now);
        // The latest moment is this very one; a given second is restored with all that happened up to its start.
        var moment = request.RestoreDateTime ?? now;
        if (moment < earliest || request.RestoreDateTime is not null && moment > now.AddSeconds(1)) throw BackupErrors.WrongTime(moment, earliest, latest);
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
        CheckLimits(request.OnDemandThroughputOverride, onDemand);
        var none = new ProvisionedThroughput { ReadCapacityUnits = 0, WriteCapacityUnits = 0 };
        var now = installation.Now;
        var indexes = Kept(source, request, global: false, onDemand).Concat(Kept(source, request, global: true, onDemand)).ToArray();
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
            TableClass = null,
            TableClassSince = null,
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
            if (await catalog.Find(transaction, call, target) is { Document: var there })
                throw there is { Status: "CREATING", Restore.SourceBackupArn: { } from } ? BackupErrors.TableInUse(target, from) : BackupErrors.TableExists(target);
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
            // One restore at a time.
            var held = Keys.Held(call.Account, call.Region, restore.ItemsId);
            await foreach (var _ in transaction.Range(held, Key.After(held))) throw BackupErrors.BackupInUse($"Backup is being used to restore another table: {arn}");
        }
        else if (await catalog.Find(transaction, call, source.TableName) is not { } table || table.Document.TableId != source.TableId) throw BackupErrors.TableMissing(source.TableName);
        else if (table.Document.Recovery?.Number != restore.Recovery) throw BackupErrors.NotRecoverable(source.TableName);
    }

    private static string Local(Call call, string sourceTableArn)
    {
        if (!Arn.TryParse(sourceTableArn, out var arn) || arn.Service != "dynamodb" || arn.Resource.Split('/') is not ["table", _]) throw Errors.Validation("sourceTableArn is not a valid ARN");
        if (arn.Account != call.Account) throw Errors.Validation("This action is only supported by accounts that match the resource owner's account");
        return TableNames.Local(call, sourceTableArn);
    }

    private static string CheckTarget(RestoreRequest request, Call call)
    {
        if (request.TargetTableName?.Length is < 3 or > 255) throw Errors.Validation("TableName must be at least 3 characters long and at most 255 characters long");
        var constraints = new Constraints().Name(request.TargetTableName, "targetTableName").OneOf(request.BillingModeOverride, "billingModeOverride", "PROVISIONED", "PAY_PER_REQUEST");
        TableRules.CheckOverrides(constraints, request);
        return TableNames.Local(call, request.TargetTableName!);
    }

    private static void CheckThroughput(RestoreRequest request, TableDocument source, bool onDemand)
    {
        if (onDemand && request.ProvisionedThroughputOverride is not null) throw Errors.Validation(NotProvisioned(request));
        if (!onDemand && source.OnDemand && request.ProvisionedThroughputOverride is null)
            throw Errors.Validation("Invalid Request: Must override ProvisionedThroughput if BillingMode is overridden to PROVISIONED");
    }

    private static string NotProvisioned(RestoreRequest request) => "Invalid Request: Cannot override ProvisionedThroughput "
        + (request.BillingModeOverride is null ? "unless BillingMode is PROVISIONED" : "if BillingMode is overridden to PAY_PER_REQUEST");

    private static void CheckLimits(OnDemandThroughput? limits, bool onDemand)
    {
        Check("MaxReadRequestUnits", limits?.MaxReadRequestUnits);
        Check("MaxWriteRequestUnits", limits?.MaxWriteRequestUnits);

        void Check(string name, long? units)
        {
            if (units is null) return;
            if (!onDemand) throw Errors.Validation($"Invalid Request: Cannot override {name} for OnDemandThroughput unless BillingModeOverride is PAY_PER_REQUEST");
            if (units < 1) throw Errors.Validation($"Invalid Request: Requested {name} for OnDemandThroughput is outside of valid range");
        }
    }

    /// <summary>The source's indexes, or those of them that the override means: the same keys and projection, by whatever name. An empty override means none.</summary>
    private static IEnumerable<IndexDocument> Kept(TableDocument source, RestoreRequest request, bool global, bool onDemand)
    {
        var none = new ProvisionedThroughput { ReadCapacityUnits = 0, WriteCapacityUnits = 0 };
        var left = source.Indexes.Where(index => index.Global == global).ToList();
        if ((global ? request.GlobalSecondaryIndexOverride : request.LocalSecondaryIndexOverride) is not { } wanted)
        {
            foreach (var index in left)
            {
                if (!onDemand && global && index.Throughput.ReadCapacityUnits is null or 0) throw Unprovisioned(index.IndexName);
                yield return Restored(index, onDemand || !global ? none : index.Throughput);
            }

            yield break;
        }

        foreach (var asked in wanted)
        {
            var index = left.Where(index => IsSame(index, asked)).OrderBy(index => index.IndexName != asked.IndexName).FirstOrDefault()
                ?? throw Errors.Validation($"Invalid Request: Index {asked.IndexName} does not match a secondary index that existed in the source table and cannot be created during the restore operation");
            left.Remove(index);
            if (onDemand && asked.ProvisionedThroughput is not null) throw Errors.Validation($"{NotProvisioned(request)} for index {asked.IndexName}");
            if (!onDemand && global && asked.ProvisionedThroughput is null) throw Unprovisioned(asked.IndexName!);
            yield return Restored(index, onDemand || !global ? none : asked.ProvisionedThroughput!) with { IndexName = asked.IndexName! };
        }
    }

    private static IndexDocument Restored(IndexDocument index, ProvisionedThroughput throughput) => index with { Throughput = throughput, Status = null, History = default };

    private static bool IsSame(IndexDocument index, SecondaryIndex asked)
        => index.KeySchema.SequenceEqual(asked.KeySchema!) && index.Projection.ProjectionType == asked.Projection!.ProjectionType
            && (index.Projection.NonKeyAttributes ?? []).Order().SequenceEqual((asked.Projection.NonKeyAttributes ?? []).Order());

    private static AwsError Unprovisioned(string index) => Errors.Validation($"Invalid Request: Must specify provisioned throughput for index {index}");
}

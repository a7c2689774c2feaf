using Galley.DynamoDB.Upkeep;
using Galley.Store;
using Galley.Wire;

namespace Galley.DynamoDB.Backups;

/// <summary>Point-in-time recovery switched on and off. AWS calls continuous backups always enabled, and the recovery disabled until then.</summary>
internal sealed class ContinuousBackups(Installation installation, TableCatalog catalog, DroppedTables dropped)
{
    private const int MostDays = 35;

    public async ValueTask<ContinuousBackupsResponse> DescribeContinuousBackups(TableRequest request, Call call)
    {
        var name = TableNames.Local(call, TableNames.Check(request.TableName));
        return await catalog.Find(call, name) is { Document: { Status: null } table } ? Describe(table) : throw BackupErrors.TableMissing(name);
    }

    public async ValueTask<ContinuousBackupsResponse> UpdateContinuousBackups(UpdateContinuousBackupsRequest request, Call call)
    {
        var name = TableNames.Local(call, TableNames.Check(request.TableName));
        var wanted = request.PointInTimeRecoverySpecification;
        var constraints = new Constraints().Present(wanted, "pointInTimeRecoverySpecification");
        if (wanted is not null)
            constraints.Present(wanted.PointInTimeRecoveryEnabled, "pointInTimeRecoverySpecification.pointInTimeRecoveryEnabled")
                .AtLeast(wanted.RecoveryPeriodInDays, "pointInTimeRecoverySpecification.recoveryPeriodInDays", 1)
                .AtMost(wanted.RecoveryPeriodInDays, "pointInTimeRecoverySpecification.recoveryPeriodInDays", MostDays);
        constraints.Throw();
        if (wanted is { PointInTimeRecoveryEnabled: false, RecoveryPeriodInDays: not null })
            throw Errors.Validation("Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery.");
        var changed = await catalog.Store.Write(async transaction =>
        {
            if (await catalog.Find(transaction, call, name) is not { Document: { Status: null } table }) throw BackupErrors.TableMissing(name);
            var after = wanted!.PointInTimeRecoveryEnabled == true ? On(transaction, call, table, wanted.RecoveryPeriodInDays) : Off(transaction, call, table);
            if (after != table) transaction.Put(Keys.Table(call, name), after, DynamoDBJson.Default.TableDocument);
            return after;
        });
        catalog.Forget();
        dropped.Sweep();
        return Describe(changed);
    }

    /// <summary>The earliest and the latest moment a table can be restored to, in whole seconds.</summary>
    public static (DateTimeOffset Earliest, DateTimeOffset Latest) Window(RecoveryDocument recovery, DateTimeOffset now)
    {
        var oldest = now - TimeSpan.FromDays(recovery.Days);
        var earliest = Second(oldest > recovery.Since ? oldest.AddMilliseconds(999) : recovery.Since);
        var latest = Second(now);
        return (earliest, latest < earliest ? earliest : latest);
    }

    private static TableDocument Off(ITransaction transaction, Call call, TableDocument table)
    {
        if (table.Recovery is not { } recovery) return table;
        transaction.Put(Keys.Dropped(call.Account, call.Region, Keys.HistoryId(table.TableId, recovery.Number)), Keys.History(call.Account, call.Region, table.TableId, recovery.Number));
        return table with { Recovery = null };
    }

    private TableDocument On(ITransaction transaction, Call call, TableDocument table, int? days)
    {
        if (table.Recovery is { } running) return days is null || days == running.Days ? table : table with { Recovery = running with { Days = days.Value } };
        var number = table.LastRecovery + 1;
        var on = table with { Recovery = new(installation.Now, days ?? MostDays, number), LastRecovery = number };
        Agenda.Put(transaction, installation.Now + TimeSpan.FromDays(1), Trimming.HistoryWork(call.Account, call.Region, on));
        return on;
    }

    private ContinuousBackupsResponse Describe(TableDocument table)
    {
        if (table.Recovery is not { } recovery) return new(new("ENABLED", new() { PointInTimeRecoveryStatus = "DISABLED" }));
        var (earliest, latest) = Window(recovery, installation.Now);
        return new(new("ENABLED", new()
        {
            PointInTimeRecoveryStatus = "ENABLED",
            RecoveryPeriodInDays = recovery.Days,
            EarliestRestorableDateTime = earliest,
            LatestRestorableDateTime = latest,
        }));
    }

    private static DateTimeOffset Second(DateTimeOffset time) => DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds());
}

using Galley.DynamoDB.Backups;
using Galley.DynamoDB.Streams;
using Galley.Store;
using Galley.Wire;

namespace Galley.DynamoDB.Upkeep;

/// <summary>Frees what nobody can read any more: stream records after a day, the changes kept for point-in-time recovery after their days.</summary>
internal sealed class Trimming(Installation installation, TableCatalog catalog, DroppedTables dropped)
{
    public const string Stream = "trim-stream", History = "trim-history";
    private const int Step = 500;
    private static readonly TimeSpan Between = TimeSpan.FromMinutes(10);

    public static DueWork StreamWork(string account, string region, StreamDocument stream)
        => new() { Kind = Stream, Account = account, Region = region, TableName = stream.TableName, TableId = stream.TableId, Label = stream.StreamLabel };

    public static DueWork HistoryWork(string account, string region, TableDocument table)
        => new() { Kind = History, Account = account, Region = region, TableName = table.TableName, TableId = table.TableId, Number = table.Recovery!.Number };

    public async ValueTask TrimStreams(IReadOnlyList<DueEntry> entries)
    {
        foreach (var entry in entries) await installation.Store.Write(transaction => TrimStream(transaction, entry));
        dropped.Sweep();
    }

    public async ValueTask TrimHistories(IReadOnlyList<DueEntry> entries)
    {
        foreach (var entry in entries) await installation.Store.Write(transaction => TrimHistory(transaction, entry));
    }

    private async ValueTask TrimStream(ITransaction transaction, DueEntry entry)
    {
        var (work, now) = (entry.Work, installation.Now);
        transaction.Delete(entry.Key);
        var place = Keys.Stream(work.Account, work.Region, work.TableName, work.Label!);
        if (await transaction.Get(place, DynamoDBJson.Default.StreamDocument) is not { } stream || stream.TableId != work.TableId) return;
        var records = Keys.StreamRecords(work.Account, work.Region, stream);
        if (stream.ClosedAt is { } closed && now - closed > StreamLog.Retention)
        {
            transaction.Delete(place);
            transaction.Delete(Keys.StreamCounter(work.Account, work.Region, stream));
            transaction.Put(Keys.Dropped(work.Account, work.Region, $"{stream.TableId}-{stream.StreamLabel}"), records);
            return;
        }

        var more = await Trim(transaction, records, now - StreamLog.Retention, StreamRecord.TimeOf);
        Agenda.Put(transaction, more ? now : now + Between, work);
    }

    private async ValueTask TrimHistory(ITransaction transaction, DueEntry entry)
    {
        var (work, now) = (entry.Work, installation.Now);
        transaction.Delete(entry.Key);
        var call = installation.CallAs(Principal.Service("dynamodb.amazonaws.com"), work.Region);
        if (await catalog.Find(transaction, call, work.TableName) is not { Document.Recovery: { } recovery } table || table.Document.TableId != work.TableId || recovery.Number != work.Number) return;
        var more = await Trim(transaction, Keys.History(work.Account, work.Region, work.TableId, work.Number), now - TimeSpan.FromDays(recovery.Days), TableHistory.TimeOf);
        Agenda.Put(transaction, more ? now : now + Between, work);
    }

    /// <summary>True when there is more.</summary>
    private static async ValueTask<bool> Trim(ITransaction transaction, byte[] prefix, DateTimeOffset before, Func<byte[], DateTimeOffset> timeOf)
    {
        var keys = new List<byte[]>();
        await foreach (var record in transaction.Range(prefix, Key.After(prefix)))
        {
            if (timeOf(record.Value) >= before || keys.Count == Step) break;
            keys.Add(record.Key);
        }

        foreach (var key in keys) transaction.Delete(key);
        return keys.Count == Step;
    }
}

using System.Buffers.Binary;
using Galley.Store;

namespace Galley.DynamoDB.Streams;

/// <summary>The records of a stream in the store: numbered without gaps, written with the change itself, readable for 24 hours.</summary>
internal static class StreamLog
{
    public static readonly TimeSpan Retention = TimeSpan.FromHours(24);
    private const int LargestPage = 1 << 20;

    public static async ValueTask Append(ITransaction transaction, Table table, StreamDocument stream, Item? old, Item? result, DateTimeOffset now, bool byService)
    {
        var counter = Keys.StreamCounter(table.Account, table.Region, stream);
        var position = await Count(transaction, counter) + 1;
        var count = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(count, position);
        transaction.Put(counter, count);
        transaction.Put(Keys.StreamRecord(table.Account, table.Region, stream, position), Streams.StreamRecord.Store(table, stream, position, old, result, now, byService));
    }

    /// <summary>The position of the newest record there ever was; 0 before the first.</summary>
    public static ValueTask<long> Last(ISnapshot snapshot, string account, string region, StreamDocument stream)
        => Count(snapshot, Keys.StreamCounter(account, region, stream));

    /// <summary>The position of the oldest record that can still be read; the one that will come when there is none.</summary>
    public static async ValueTask<long> First(ISnapshot snapshot, string account, string region, StreamDocument stream, DateTimeOffset now)
    {
        var records = Keys.StreamRecords(account, region, stream);
        await foreach (var entry in snapshot.Range(records, Key.After(records)))
            if (StreamRecord.TimeOf(entry.Value) >= now - Retention)
                return PositionIn(entry.Key);
        return await Last(snapshot, account, region, stream) + 1;
    }

    /// <summary>Records after <paramref name="after"/>, oldest first: at most <paramref name="most"/> and about 1 MB.</summary>
    public static async ValueTask<List<StreamRecord>> Read(ISnapshot snapshot, string account, string region, StreamDocument stream, long after, int most, DateTimeOffset now)
    {
        var found = new List<StreamRecord>();
        var (from, to) = (Keys.StreamRecord(account, region, stream, after + 1), Key.After(Keys.StreamRecords(account, region, stream)));
        var bytes = 0;
        await foreach (var entry in snapshot.Range(from, to))
        {
            var record = StreamRecord.Load(PositionIn(entry.Key), entry.Value);
            if (record.Time < now - Retention) continue;
            if (found.Count > 0 && (bytes += record.Json.Length) > LargestPage) break;
            found.Add(record);
            if (found.Count >= most) break;
        }

        return found;
    }

    public static long PositionIn(byte[] key) => (long)(BinaryPrimitives.ReadUInt64BigEndian(key.AsSpan(key.Length - 8)) ^ 0x8000_0000_0000_0000);

    private static async ValueTask<long> Count(ISnapshot snapshot, byte[] counter)
        => await snapshot.Get(counter) is { } count ? BinaryPrimitives.ReadInt64BigEndian(count) : 0;
}

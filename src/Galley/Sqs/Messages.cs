using System.Buffers.Binary;
using System.Text;
using Galley.Store;

namespace Galley.Sqs;

/// <summary>The messages of a queue in the store.</summary>
internal static class Messages
{
    /// <summary>A due entry's value: whether somebody has the message, when it was sent, its id.</summary>
    private const int HeadSize = 1 + sizeof(long);

    public static void Put(ITransaction transaction, QueueRef queue, MessageRecord message, DeliveryRecord delivery)
    {
        transaction.Put(Keys.Message(queue, message.MessageId), message, SqsJson.Default.MessageRecord);
        Put(transaction, queue, delivery);
    }

    /// <summary>The next delivery in the place of the last.</summary>
    public static void Change(ITransaction transaction, QueueRef queue, DeliveryRecord before, DeliveryRecord after)
    {
        transaction.Delete(Keys.Due(queue, before));
        Put(transaction, queue, after);
    }

    public static ValueTask<DeliveryRecord?> Find(ISnapshot snapshot, QueueRef queue, string messageId) => snapshot.Get(Keys.Delivery(queue, messageId), SqsJson.Default.DeliveryRecord);

    public static void Remove(ITransaction transaction, QueueRef queue, DeliveryRecord delivery)
    {
        transaction.Delete(Keys.Due(queue, delivery));
        transaction.Delete(Keys.Delivery(queue, delivery.MessageId));
        transaction.Delete(Keys.Message(queue, delivery.MessageId));
    }

    public static async ValueTask Clear(ITransaction transaction, QueueRef queue)
    {
        foreach (var prefix in (byte[][])[Keys.Messages(queue), Keys.Deliveries(queue), Keys.Dues(queue)]) await transaction.DeleteAll(prefix);
    }

    /// <summary>The messages that are due, in their order. Stop enumerating to stop reading.</summary>
    public static async IAsyncEnumerable<DeliveryRecord> Due(ISnapshot snapshot, QueueRef queue, DateTimeOffset now)
    {
        await foreach (var entry in snapshot.Range(Keys.Dues(queue), Keys.DueAfter(queue, now.ToUnixTimeMilliseconds())))
            if (await Find(snapshot, queue, Encoding.ASCII.GetString(entry.Value.AsSpan(HeadSize))) is { } delivery)
                yield return delivery;
    }

    /// <summary>When the next message can be received; null when there is none.</summary>
    public static async ValueTask<DateTimeOffset?> Next(ISnapshot snapshot, QueueRef queue)
    {
        var prefix = Keys.Dues(queue);
        await foreach (var entry in snapshot.Range(prefix, Key.After(prefix))) return DueIn(entry.Key, prefix.Length);
        return null;
    }

    /// <summary>Messages that wait, that somebody has, that are delayed. Those older than they may grow are still among them until the queue is next used.</summary>
    public static async ValueTask<int[]> Count(ISnapshot snapshot, QueueRef queue, DateTimeOffset now)
    {
        var counts = new int[3];
        var prefix = Keys.Dues(queue);
        await snapshot.Visit(prefix, Key.After(prefix), false, (key, value) =>
        {
            counts[DueIn(key, prefix.Length) <= now ? 0 : value[0] != 0 ? 1 : 2]++;
            return true;
        });
        return counts;
    }

    /// <summary>Takes out what has been kept long enough, a few at a time: every use of a queue does, so that one that nobody reads does not grow for ever.</summary>
    public static async ValueTask Expire(ITransaction transaction, QueueRef queue, QueueRecord record, DateTimeOffset now)
    {
        const int atOnce = 20;
        var oldest = (now - TimeSpan.FromSeconds(QueueAttributes.Number(record, "MessageRetentionPeriod"))).ToUnixTimeMilliseconds();
        var gone = new List<string>();
        await foreach (var entry in transaction.Range(Keys.Dues(queue), Keys.DueAfter(queue, now.ToUnixTimeMilliseconds())))
        {
            if (BinaryPrimitives.ReadInt64BigEndian(entry.Value.AsSpan(1)) > oldest || gone.Count == atOnce) break;
            gone.Add(Encoding.ASCII.GetString(entry.Value.AsSpan(HeadSize)));
        }

        foreach (var id in gone)
            if (await Find(transaction, queue, id) is { } delivery)
                Remove(transaction, queue, delivery);
    }

    private static void Put(ITransaction transaction, QueueRef queue, DeliveryRecord delivery)
    {
        transaction.Put(Keys.Delivery(queue, delivery.MessageId), delivery, SqsJson.Default.DeliveryRecord);
        var value = new byte[HeadSize + delivery.MessageId.Length];
        value[0] = (byte)(delivery.Receives > 0 ? 1 : 0);
        BinaryPrimitives.WriteInt64BigEndian(value.AsSpan(1), delivery.Sent);
        Encoding.ASCII.GetBytes(delivery.MessageId, value.AsSpan(HeadSize));
        transaction.Put(Keys.Due(queue, delivery), value);
    }

    /// <summary>The time in a due key, which stands behind the prefix and its type.</summary>
    private static DateTimeOffset DueIn(ReadOnlySpan<byte> key, int prefix)
        => DateTimeOffset.FromUnixTimeMilliseconds((long)(BinaryPrimitives.ReadUInt64BigEndian(key[(prefix + 1)..]) ^ 0x8000_0000_0000_0000));
}

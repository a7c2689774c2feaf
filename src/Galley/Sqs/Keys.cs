using Galley.Store;
using Galley.Wire;

namespace Galley.Sqs;

/// <summary>
/// What is stored where: `queue` by its name; of each message, by its queue and id, `message` (what was sent, never changed) and `delivery` (when it may
/// next be received, how often it was). `due` orders a queue's messages by that time.
/// </summary>
internal static class Keys
{
    private const string Service = "sqs";

    public static byte[] Queues(Call call) => Key.Of(Service, call.Account, call.Region, "queue");

    public static byte[] Queue(QueueRef queue) => Key.Of(Service, queue.Account, queue.Region, "queue", queue.Name);

    public static byte[] Messages(QueueRef queue) => Key.Of(Service, queue.Account, queue.Region, "message", queue.Name);

    public static byte[] Message(QueueRef queue, string id) => Key.Of(Service, queue.Account, queue.Region, "message", queue.Name, id);

    public static byte[] Deliveries(QueueRef queue) => Key.Of(Service, queue.Account, queue.Region, "delivery", queue.Name);

    public static byte[] Delivery(QueueRef queue, string id) => Key.Of(Service, queue.Account, queue.Region, "delivery", queue.Name, id);

    public static byte[] Dues(QueueRef queue) => Key.Of(Service, queue.Account, queue.Region, "due", queue.Name);

    /// <summary>The end of what is due at a time, in milliseconds.</summary>
    public static byte[] DueAfter(QueueRef queue, long time) => Key.From(Dues(queue)).Add(time + 1).ToArray();

    public static byte[] Due(QueueRef queue, DeliveryRecord delivery) => Key.From(Dues(queue)).Add(delivery.Due).Add(delivery.Order).Add(delivery.MessageId).ToArray();
}

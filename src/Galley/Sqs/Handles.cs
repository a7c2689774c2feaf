using System.Text;

namespace Galley.Sqs;

/// <summary>Receipt handles: the queue, the message, and a draw that makes each receipt's another. To their owners they are opaque, as AWS's are.</summary>
internal static class Handles
{
    public static string Of(QueueRef queue, string messageId, string drawn) => Convert.ToBase64String(Encoding.UTF8.GetBytes($"{queue.Name}/{messageId}/{drawn}"));

    /// <summary>The id of the message; throws for what is no handle of the queue's.</summary>
    public static string MessageOf(QueueRef queue, string? handle)
    {
        if (string.IsNullOrEmpty(handle)) throw Errors.Missing("ReceiptHandle");
        var bytes = new byte[handle.Length];
        return Convert.TryFromBase64String(handle, bytes, out var length) && Encoding.UTF8.GetString(bytes, 0, length).Split('/') is [var name, { Length: 36 } id, _] && name == queue.Name ? id : throw Errors.InvalidHandle(handle);
    }
}

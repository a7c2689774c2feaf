using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace Galley.Lambda.Invoke;

/// <summary>
/// Messages of `application/vnd.amazon.eventstream`: lengths, their checksum, headers, payload, checksum of all.
/// AWS: "Amazon event stream encoding".
/// </summary>
internal static class EventStream
{
    private const byte TextType = 7;

    public static byte[] Message(string eventType, string contentType, ReadOnlySpan<byte> payload)
    {
        var headers = new List<byte>(96);
        foreach (var (name, value) in (ReadOnlySpan<(string, string)>)[(":event-type", eventType), (":content-type", contentType), (":message-type", "event")])
        {
            headers.Add((byte)name.Length);
            headers.AddRange(Encoding.ASCII.GetBytes(name));
            headers.Add(TextType);
            headers.Add((byte)(value.Length >> 8));
            headers.Add((byte)value.Length);
            headers.AddRange(Encoding.ASCII.GetBytes(value));
        }

        var message = new byte[12 + headers.Count + payload.Length + 4];
        BinaryPrimitives.WriteUInt32BigEndian(message, (uint)message.Length);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(4), (uint)headers.Count);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(8), Crc32.HashToUInt32(message.AsSpan(0, 8)));
        headers.CopyTo(message, 12);
        payload.CopyTo(message.AsSpan(12 + headers.Count));
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(message.Length - 4), Crc32.HashToUInt32(message.AsSpan(0, message.Length - 4)));
        return message;
    }
}

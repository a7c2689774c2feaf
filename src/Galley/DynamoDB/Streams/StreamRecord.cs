using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Galley.DynamoDB.Streams;

/// <summary>A record as GetRecords gives it. It is stored in this very form, the time of the change before it.</summary>
[JsonConverter(typeof(StreamRecordConverter))]
internal sealed record StreamRecord(long Position, DateTimeOffset Time, ReadOnlyMemory<byte> Json)
{
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true, MaxDepth = 256 };

    public string SequenceNumber => Streams.SequenceNumber.Of(Position);

    public static StreamRecord Load(long position, byte[] stored) => new(position, TimeOf(stored), stored.AsMemory(8));

    public static DateTimeOffset TimeOf(byte[] stored) => DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(stored));

    /// <summary>The value to store.</summary>
    /// <param name="byService">The time to live removed the item, not a caller.</param>
    public static byte[] Store(Table table, StreamDocument stream, long position, Item? old, Item? result, DateTimeOffset now, bool byService)
    {
        var keys = (result ?? old!).Only(table.KeyNames);
        var newImage = stream.StreamViewType is "NEW_IMAGE" or "NEW_AND_OLD_IMAGES" ? result : null;
        var oldImage = stream.StreamViewType is "OLD_IMAGE" or "NEW_AND_OLD_IMAGES" ? old : null;
        var buffer = new ArrayBufferWriter<byte>(512);
        BinaryPrimitives.WriteInt64BigEndian(buffer.GetSpan(8), now.ToUnixTimeMilliseconds());
        buffer.Advance(8);
        using var writer = new Utf8JsonWriter(buffer, Compact);
        writer.WriteStartObject();
        writer.WriteString("eventID"u8, EventId(stream, position));
        writer.WriteString("eventName"u8, old is null ? "INSERT"u8 : result is null ? "REMOVE"u8 : "MODIFY"u8);
        writer.WriteString("eventVersion"u8, "1.1"u8);
        writer.WriteString("eventSource"u8, "aws:dynamodb"u8);
        writer.WriteString("awsRegion"u8, stream.StreamArn.Split(':')[3]);
        writer.WriteStartObject("dynamodb"u8);
        writer.WriteNumber("ApproximateCreationDateTime"u8, now.ToUnixTimeSeconds());
        WriteItem(writer, "Keys", keys);
        WriteItem(writer, "NewImage", newImage);
        WriteItem(writer, "OldImage", oldImage);
        writer.WriteString("SequenceNumber"u8, Streams.SequenceNumber.Of(position));
        writer.WriteNumber("SizeBytes"u8, keys.Size + (newImage?.Size ?? 0) + (oldImage?.Size ?? 0));
        writer.WriteString("StreamViewType"u8, stream.StreamViewType);
        writer.WriteEndObject();
        if (byService)
        {
            writer.WriteStartObject("userIdentity"u8);
            writer.WriteString("PrincipalId"u8, "dynamodb.amazonaws.com"u8);
            writer.WriteString("Type"u8, "Service"u8);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteItem(Utf8JsonWriter writer, string name, Item? item)
    {
        if (item is null) return;
        writer.WritePropertyName(name);
        item.Write(writer);
    }

    private static string EventId(StreamDocument stream, long position)
        => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{stream.TableId} {stream.StreamLabel} {position}")).AsSpan(0, 16));
}

internal sealed class StreamRecordConverter : JsonConverter<StreamRecord>
{
    public override StreamRecord Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        => throw new NotSupportedException("records are only written");

    public override void Write(Utf8JsonWriter writer, StreamRecord value, JsonSerializerOptions options) => writer.WriteRawValue(value.Json.Span, skipInputValidation: true);
}

using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Galley.State;

/// <summary>
/// An entry of the store as one line of JSON: `{"key":[…],"json":{…}}`. A value that is JSON stands as such, letter for letter; one that is JSON
/// behind a few bytes (an item behind its size) has those in `head`; text is `text`; anything else is Base64 in `bytes`.
/// </summary>
internal static class ValueText
{
    private const int Head = 4;
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true, MaxDepth = 512 };
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 512 };

    public static void Write(Stream to, byte[] key, byte[] value)
    {
        using (var writer = new Utf8JsonWriter(to, Plain))
        {
            writer.WriteStartObject();
            writer.WritePropertyName("key");
            KeyText.Of(key).WriteTo(writer);
            if (IsJson(value))
            {
                writer.WritePropertyName("json");
                writer.WriteRawValue(value, skipInputValidation: true);
            }
            else if (value.Length > Head && IsJson(value.AsMemory(Head)))
            {
                writer.WriteBase64String("head", value.AsSpan(0, Head));
                writer.WritePropertyName("json");
                writer.WriteRawValue(value.AsSpan(Head), skipInputValidation: true);
            }
            else if (KeyText.TextOf(value) is { } text)
            {
                writer.WriteString("text", text);
            }
            else
            {
                writer.WriteBase64String("bytes", value);
            }

            writer.WriteEndObject();
        }

        to.WriteByte((byte)'\n');
    }

    /// <exception cref="FormatException">The line is none of these.</exception>
    public static (byte[] Key, byte[] Value) Read(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(line, Deep);
            var entry = document.RootElement;
            var key = KeyText.Read(JsonNode.Parse(entry.GetProperty("key").GetRawText())!.AsArray());
            if (entry.TryGetProperty("json", out var json))
            {
                var text = System.Text.Encoding.UTF8.GetBytes(json.GetRawText());
                return (key, entry.TryGetProperty("head", out var head) ? [.. head.GetBytesFromBase64(), .. text] : text);
            }

            return (key, entry.TryGetProperty("text", out var plain) ? System.Text.Encoding.UTF8.GetBytes(plain.GetString()!) : entry.GetProperty("bytes").GetBytesFromBase64());
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException($"A line of the snapshot cannot be read: {e.Message}", e);
        }
    }

    /// <summary>An object or a list in one line, as services write theirs.</summary>
    private static bool IsJson(ReadOnlyMemory<byte> value)
    {
        var bytes = value.Span;
        if (bytes.Length < 2 || bytes[0] is not ((byte)'{' or (byte)'[') || bytes.IndexOfAny((byte)'\n', (byte)'\r') >= 0) return false;
        try
        {
            var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = 512 });
            reader.Read();
            reader.Skip();
            return reader.BytesConsumed == bytes.Length && !reader.Read() && System.Text.Unicode.Utf8.IsValid(bytes);
        }
        catch (JsonException)
        {
            return false;
        }
    }
}

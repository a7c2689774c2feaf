using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Galley.Cognito;

/// <summary>JSON whose members are known only at run time: token payloads, OAuth answers.</summary>
internal static class Json
{
    public static byte[] Object(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}

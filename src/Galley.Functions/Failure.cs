using System.Text.Json;

namespace Galley.Functions;

/// <summary>
/// An exception as Lambda's .NET runtime tells it: type, message, the lines of the stack, the `cause`, and of an AggregateException all `causes`. AWS documents
/// the first three; the others and the limit are those of Amazon.Lambda.RuntimeSupport.
/// </summary>
internal static class Failure
{
    private const int Most = 256 << 10;

    /// <summary>JSON.</summary>
    public static byte[] Write(Exception error)
    {
        var json = Json(writer => Write(writer, error));
        return json.Length <= Most ? json : Json(writer => writer.WriteString("errorMessage", "Exception exceeded maximum payload size of 256KB."));
    }

    /// <summary>JSON of what is no exception.</summary>
    public static byte[] Write(string type, string message) => Json(writer => Write(writer, type, message));

    private static void Write(Utf8JsonWriter writer, Exception error)
    {
        Write(writer, error.GetType().Name, error.Message);
        if (error.StackTrace?.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } trace)
        {
            writer.WriteStartArray("stackTrace");
            foreach (var line in trace) writer.WriteStringValue(line);
            writer.WriteEndArray();
        }

        if (writer.BytesCommitted + writer.BytesPending > Most || writer.CurrentDepth > 100) return;
        if (error.InnerException is { } cause)
        {
            writer.WriteStartObject("cause");
            Write(writer, cause);
            writer.WriteEndObject();
        }

        if (error is not AggregateException { InnerExceptions: { Count: > 0 } causes }) return;
        writer.WriteStartArray("causes");
        foreach (var one in causes)
        {
            writer.WriteStartObject();
            Write(writer, one);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter writer, string type, string message)
    {
        writer.WriteString("errorType", type);
        writer.WriteString("errorMessage", message);
    }

    private static byte[] Json(Action<Utf8JsonWriter> members)
    {
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }

        return json.ToArray();
    }
}

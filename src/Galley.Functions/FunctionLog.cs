using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Galley.Functions;

/// <summary>How a function's errors come into its log: as text, or as JSON where the function's LoggingConfig says so.</summary>
internal static class FunctionLog
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The event at work; empty before the first.</summary>
    public static string RequestId { get; set; } = "";

    public static bool IsJson { get; } = Environment.GetEnvironmentVariable("AWS_LAMBDA_LOG_FORMAT") == "JSON";

    /// <summary>Writes what a handler threw; whoever lays out the whole log puts their own way here.</summary>
    public static Action<Exception> Error { get; set; } = error => Console.Error.WriteLine(IsJson ? Json("Error", error.Message, error, null) : error.ToString().ReplaceLineEndings("\r"));

    /// <summary>Writes what a handler left without a line's end.</summary>
    public static Action? Ended { get; set; }

    public static string Now => DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>One line: an object with AWS's members.</summary>
    /// <param name="more">Members of the message's own.</param>
    public static string Json(string level, string message, Exception? error, Action<Utf8JsonWriter>? more)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("timestamp", Now);
            json.WriteString("level", level);
            if (RequestId.Length > 0) json.WriteString("requestId", RequestId);
            json.WriteString("message", message);
            more?.Invoke(json);
            if (error is not null)
            {
                json.WriteString("errorType", error.GetType().FullName);
                json.WriteString("errorMessage", error.Message);
                json.WriteStartArray("stackTrace");
                foreach (var line in error.ToString().Split('\n')) json.WriteStringValue(line.Trim());
                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}

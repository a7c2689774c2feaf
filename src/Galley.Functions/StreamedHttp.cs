using System.Text.Json;
using System.Text.Json.Serialization;

namespace Galley.Functions;

public static partial class Function
{
    /// <summary>Says status, headers and cookies of an answer that a streaming handler writes to a function URL; without it the answer is a 200 of bytes.</summary>
    /// <param name="output">The handler's; nothing is written to it yet.</param>
    /// <param name="head">Without a body, which is written after it.</param>
    /// <exception cref="ArgumentException">The stream is not a streaming handler's, or the head has a body.</exception>
    /// <exception cref="InvalidOperationException">Something is written already.</exception>
    public static async Task BeginHttp(Stream output, HttpApiResponse head)
    {
        ArgumentNullException.ThrowIfNull(head);
        if (output is not ResponseWriter writer) throw new ArgumentException("Only a streaming handler's output has a head.", nameof(output));
        if (head.Body is not null) throw new ArgumentException("The body is written after the head.", nameof(head));
        if (writer.HasBegun) throw new InvalidOperationException("The answer has begun.");
        writer.ContentType = "application/vnd.awslambda.http-integration-response";
        // Eight zero bytes end it.
        byte[] prelude = [.. JsonSerializer.SerializeToUtf8Bytes(new HttpHead(head.StatusCode, head.Headers, head.Cookies), StreamedHttpJson.Default.HttpHead), .. new byte[8]];
        await writer.WriteAsync(prelude).ConfigureAwait(false);
    }
}

internal sealed record HttpHead(int StatusCode, IReadOnlyDictionary<string, string>? Headers, IReadOnlyList<string>? Cookies);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(HttpHead))]
internal sealed partial class StreamedHttpJson : JsonSerializerContext;

using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Galley.Lambda.Url;

/// <summary>
/// What a function answered, as HTTP: an object with `statusCode` is the whole answer, anything else the body of a 200. JSON is
/// written anew without spaces, text without its quotes, as AWS does.
/// </summary>
internal sealed record UrlAnswer(int Status, List<KeyValuePair<string, string>> Headers, ReadOnlyMemory<byte> Body)
{
    public static UrlAnswer? Read(ReadOnlyMemory<byte> payload)
    {
        try
        {
            using var document = JsonDocument.Parse(payload.Length == 0 ? "null"u8.ToArray() : payload, new JsonDocumentOptions { MaxDepth = 256 });
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("statusCode", out _)) return Head(root) is { } head ? head with { Body = BodyOf(root) } : null;
            return new UrlAnswer(200, [new("Content-Type", "application/json")], root.ValueKind == JsonValueKind.String ? Encoding.UTF8.GetBytes(root.GetString()!) : Compact(root));
        }
        catch (JsonException)
        {
            return new UrlAnswer(200, [new("Content-Type", "application/json")], payload);
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    /// <summary>Status, headers and cookies of the whole form, and of the prelude of a streamed answer; null when they are malformed.</summary>
    public static UrlAnswer? Head(JsonElement root)
    {
        var status = 200;
        if (root.TryGetProperty("statusCode", out var code) && !(code.ValueKind == JsonValueKind.Number ? code.TryGetInt32(out status) : int.TryParse(code.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out status))) return null;
        if (status is < 200 or > 599) return null;
        var headers = new List<KeyValuePair<string, string>>();
        if (root.TryGetProperty("headers", out var map) && map.ValueKind == JsonValueKind.Object)
            foreach (var header in map.EnumerateObject())
                headers.Add(new(header.Name, header.Value.ToString()));
        if (root.TryGetProperty("cookies", out var cookies) && cookies.ValueKind == JsonValueKind.Array)
            foreach (var cookie in cookies.EnumerateArray())
                headers.Add(new("Set-Cookie", cookie.ToString()));
        if (headers.Exists(header => header.Key.Length == 0 || header.Key.Any(c => c is <= ' ' or >= (char)127 or ':') || header.Value.Any(c => c is < ' ' and not '\t' or >= (char)127))) return null;
        headers.RemoveAll(header => header.Key.ToLowerInvariant() is "connection" or "content-length" or "transfer-encoding" or "date" or "server" or "keep-alive" or "upgrade" or "te" or "trailer");
        if (!headers.Exists(header => header.Key.Equals("content-type", StringComparison.OrdinalIgnoreCase))) headers.Add(new("Content-Type", "application/json"));
        return new UrlAnswer(status, headers, default);
    }

    private static ReadOnlyMemory<byte> BodyOf(JsonElement root)
    {
        if (!root.TryGetProperty("body", out var body) || body.ValueKind == JsonValueKind.Null) return default;
        if (body.ValueKind != JsonValueKind.String) return Compact(body);
        return root.TryGetProperty("isBase64Encoded", out var encoded) && encoded.ValueKind == JsonValueKind.True ? Convert.FromBase64String(body.GetString()!) : Encoding.UTF8.GetBytes(body.GetString()!);
    }

    private static ReadOnlyMemory<byte> Compact(JsonElement value)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping })) value.WriteTo(writer);
        return stream.ToArray();
    }
}

/// <summary>
/// A streamed answer as HTTP: a prelude of JSON and eight zero bytes says status and headers, when the function wrote one
/// (`awslambda.HttpResponseStream`); without it everything is body.
/// </summary>
internal sealed class StreamedAnswer(HttpContext http, string contentType, Action apply)
{
    private const string WithPrelude = "application/vnd.awslambda.http-integration-response";
    private const int MaxPrelude = 128 << 10;
    private MemoryStream? _prelude = contentType.StartsWith(WithPrelude, StringComparison.OrdinalIgnoreCase) ? new MemoryStream() : null;
    private bool _started;

    public async ValueTask Write(ReadOnlyMemory<byte> chunk)
    {
        if (_prelude is { } prelude)
        {
            prelude.Write(chunk.Span);
            var all = prelude.GetBuffer().AsMemory(0, (int)prelude.Length);
            var end = all.Span.IndexOf(stackalloc byte[8]);
            if (end < 0)
            {
                if (prelude.Length > MaxPrelude) throw Errors.InvalidContent("The prelude of the streamed answer has no end.");
                return;
            }

            using var json = JsonDocument.Parse(all[..end]);
            var head = UrlAnswer.Head(json.RootElement) ?? throw Errors.InvalidContent("The prelude of the streamed answer is malformed.");
            http.Response.StatusCode = head.Status;
            foreach (var (name, value) in head.Headers) http.Response.Headers.Append(name, value);
            _prelude = null;
            chunk = all[(end + 8)..].ToArray();
        }
        else if (!_started) http.Response.ContentType = contentType.Length > 0 ? contentType : "application/octet-stream";

        if (!_started) apply();
        _started = true;
        await http.Response.Body.WriteAsync(chunk, http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
    }

    /// <summary>For an answer without a byte.</summary>
    public async ValueTask End()
    {
        if (!_started && _prelude is null) await Write(default);
    }
}

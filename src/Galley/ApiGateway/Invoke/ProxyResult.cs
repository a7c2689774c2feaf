using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Galley.ApiGateway.Invoke;

/// <summary>
/// A function's result as an HTTP answer. Format 2.0 infers: anything without a `statusCode` is itself the body of a 200. Format 1.0
/// wants the whole form. What fits neither is malformed (null): the caller sees a 500.
/// </summary>
internal static class ProxyResult
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 256 };

    public static IntegrationAnswer? Read(ReadOnlyMemory<byte> payload, bool inferring)
    {
        try
        {
            using var document = JsonDocument.Parse(payload.Length == 0 ? "null"u8.ToArray() : payload, Options);
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("statusCode", out var status)) return Whole(root, status, multiValues: !inferring);
            if (!inferring) return null;
            ReadOnlyMemory<byte> body = root.ValueKind == JsonValueKind.String ? Encoding.UTF8.GetBytes(root.GetString()!) : payload.Length == 0 ? "null"u8.ToArray() : payload;
            return new IntegrationAnswer(200, [new("content-type", "application/json")], body);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static IntegrationAnswer? Whole(JsonElement result, JsonElement status, bool multiValues)
    {
        if (Status(status) is not { } code) return null;
        var headers = new List<KeyValuePair<string, string>>();
        if (Present(result, "headers") is { } single && !AddHeaders(single, headers)) return null;
        if (multiValues && Present(result, "multiValueHeaders") is { } multi && !AddMultiValues(multi, headers)) return null;
        if (!multiValues && Present(result, "cookies") is { } cookies && !AddCookies(cookies, headers)) return null;
        var encoded = false;
        if (Present(result, "isBase64Encoded") is { } flag)
        {
            if (flag.ValueKind is not (JsonValueKind.True or JsonValueKind.False)) return null;
            encoded = flag.GetBoolean();
        }

        ReadOnlyMemory<byte> body = default;
        if (Present(result, "body") is { } text)
        {
            if (text.ValueKind != JsonValueKind.String) return null;
            body = encoded ? Convert.FromBase64String(text.GetString()!) : Encoding.UTF8.GetBytes(text.GetString()!);
        }

        foreach (var (name, value) in headers)
            if (!HeaderNames.IsSendable(name, value))
                return null;
        if (!headers.Exists(header => header.Key.Equals("content-type", StringComparison.OrdinalIgnoreCase))) headers.Add(new("content-type", "text/plain;charset=UTF-8"));
        return new IntegrationAnswer(code, headers, body) { IntegrationStatus = 200 };
    }

    private static JsonElement? Present(JsonElement result, string name) => result.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static int? Status(JsonElement status)
    {
        var code = 0;
        var known = status.ValueKind switch
        {
            JsonValueKind.Number => status.TryGetInt32(out code),
            JsonValueKind.String => int.TryParse(status.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out code),
            _ => false,
        };
        return known && code is >= 200 and <= 599 ? code : null;
    }

    private static bool AddHeaders(JsonElement map, List<KeyValuePair<string, string>> headers)
    {
        if (map.ValueKind != JsonValueKind.Object) return false;
        foreach (var header in map.EnumerateObject())
        {
            if (Scalar(header.Value) is not { } value) return false;
            headers.Add(new(header.Name, value));
        }

        return true;
    }

    private static bool AddMultiValues(JsonElement map, List<KeyValuePair<string, string>> headers)
    {
        if (map.ValueKind != JsonValueKind.Object) return false;
        foreach (var header in map.EnumerateObject())
        {
            if (header.Value.ValueKind != JsonValueKind.Array) return false;
            headers.RemoveAll(single => single.Key.Equals(header.Name, StringComparison.OrdinalIgnoreCase));
            foreach (var item in header.Value.EnumerateArray())
            {
                if (Scalar(item) is not { } value) return false;
                headers.Add(new(header.Name, value));
            }
        }

        return true;
    }

    private static bool AddCookies(JsonElement list, List<KeyValuePair<string, string>> headers)
    {
        if (list.ValueKind != JsonValueKind.Array) return false;
        foreach (var cookie in list.EnumerateArray())
        {
            if (cookie.ValueKind != JsonValueKind.String) return false;
            headers.Add(new("set-cookie", cookie.GetString()!));
        }

        return true;
    }

    private static string? Scalar(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Number => value.GetRawText(),
        _ => null,
    };
}

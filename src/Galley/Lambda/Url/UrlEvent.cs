using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Galley.Wire;
using Microsoft.AspNetCore.Http;

namespace Galley.Lambda.Url;

/// <summary>The event of a function URL: payload format 2.0 as HTTP APIs have it, with the caller of a signed request in the authorizer.</summary>
internal static class UrlEvent
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ReadOnlyMemory<byte> Write(DoorRequest door, UrlRecord url, Installation installation, Principal caller, string root, ReadOnlyMemory<byte> body)
    {
        var request = door.Http.Request;
        var buffer = new ArrayBufferWriter<byte>(2048 + body.Length);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("version", "2.0");
            json.WriteString("routeKey", "$default");
            json.WriteString("rawPath", door.RawPath);
            json.WriteString("rawQueryString", door.RawQuery);
            if (request.Headers.Cookie.Count > 0)
            {
                json.WriteStartArray("cookies");
                foreach (var cookie in request.Headers.Cookie.SelectMany(line => (line ?? "").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))) json.WriteStringValue(cookie);
                json.WriteEndArray();
            }

            Headers(json, door, root);
            Query(json, door);
            Context(json, door, url, installation, caller);
            Body(json, request, body);
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void Headers(Utf8JsonWriter json, DoorRequest door, string root)
    {
        var request = door.Http.Request;
        json.WriteStartObject("headers");
        foreach (var (name, values) in request.Headers)
            if (!name.Equals("cookie", StringComparison.OrdinalIgnoreCase) && !name.StartsWith(':') && !name.StartsWith("x-forwarded-", StringComparison.OrdinalIgnoreCase) && !name.Equals("x-amzn-trace-id", StringComparison.OrdinalIgnoreCase))
                json.WriteString(name.ToLowerInvariant(), string.Join(',', values.ToArray()));
        json.WriteString("x-amzn-trace-id", root);
        json.WriteString("x-forwarded-for", Address(door));
        json.WriteString("x-forwarded-port", (door.Http.Connection.LocalPort).ToString(CultureInfo.InvariantCulture));
        json.WriteString("x-forwarded-proto", request.Scheme);
        if (request.IsHttps)
        {
            json.WriteString("x-amzn-tls-version", "TLSv1.3");
            json.WriteString("x-amzn-tls-cipher-suite", "TLS_AES_128_GCM_SHA256");
        }

        json.WriteEndObject();
    }

    private static void Query(Utf8JsonWriter json, DoorRequest door)
    {
        var query = ApiRequest.ParseForm(door.RawQuery);
        if (query.Count == 0) return;
        json.WriteStartObject("queryStringParameters");
        foreach (var group in query.GroupBy(pair => pair.Key, pair => pair.Value)) json.WriteString(group.Key, string.Join(',', group));
        json.WriteEndObject();
    }

    private static void Context(Utf8JsonWriter json, DoorRequest door, UrlRecord url, Installation installation, Principal caller)
    {
        var request = door.Http.Request;
        var now = installation.Now;
        json.WriteStartObject("requestContext");
        json.WriteString("accountId", caller.Kind == PrincipalKind.Anonymous ? "anonymous" : url.Function.Account);
        json.WriteString("apiId", url.UrlId);
        if (caller.Kind != PrincipalKind.Anonymous)
        {
            json.WriteStartObject("authorizer");
            json.WriteStartObject("iam");
            json.WriteString("accessKey", caller.AccessKeyId);
            json.WriteString("accountId", url.Function.Account);
            json.WriteString("callerId", caller.UserId);
            json.WriteNull("cognitoIdentity");
            json.WriteNull("principalOrgId");
            json.WriteString("userArn", caller.Arn);
            json.WriteString("userId", caller.UserId);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteString("domainName", $"{url.UrlId}.lambda-url.{url.Function.Region}.on.aws");
        json.WriteString("domainPrefix", url.UrlId);
        json.WriteStartObject("http");
        json.WriteString("method", request.Method);
        json.WriteString("path", door.RawPath);
        json.WriteString("protocol", request.Protocol);
        json.WriteString("sourceIp", Address(door));
        json.WriteString("userAgent", request.Headers.UserAgent.ToString());
        json.WriteEndObject();
        json.WriteString("requestId", door.RequestId);
        json.WriteString("routeKey", "$default");
        json.WriteString("stage", "$default");
        json.WriteString("time", now.UtcDateTime.ToString("dd/MMM/yyyy:HH:mm:ss '+0000'", CultureInfo.InvariantCulture));
        json.WriteNumber("timeEpoch", now.ToUnixTimeMilliseconds());
        json.WriteEndObject();
    }

    private static void Body(Utf8JsonWriter json, HttpRequest request, ReadOnlyMemory<byte> body)
    {
        if (body.Length == 0)
        {
            json.WriteBoolean("isBase64Encoded", false);
            return;
        }

        var type = (request.ContentType ?? "").Split(';')[0].Trim().ToLowerInvariant();
        var text = (type.StartsWith("text/", StringComparison.Ordinal) || type is "application/json" or "application/xml" or "application/javascript"
                    || type.EndsWith("+json", StringComparison.Ordinal) || type.EndsWith("+xml", StringComparison.Ordinal)) && Utf8.IsValid(body.Span);
        if (text) json.WriteString("body", body.Span);
        else json.WriteBase64String("body", body.Span);
        json.WriteBoolean("isBase64Encoded", !text);
    }

    private static string Address(DoorRequest door) => door.Http.Connection.RemoteIpAddress?.MapToIPv4().ToString() ?? "127.0.0.1";
}

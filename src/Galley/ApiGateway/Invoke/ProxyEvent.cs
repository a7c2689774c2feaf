using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Galley.ApiGateway.Invoke;

/// <summary>
/// The Lambda proxy event in payload format 2.0. What is empty is absent, never null; header names are lower-case, repeated values
/// joined with `,`; cookies stand apart; a body that is not text arrives base64-encoded.
/// </summary>
internal static class ProxyEvent
{
    internal static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public static ReadOnlyMemory<byte> Write(Exchange exchange) => Object(
        json =>
        {
            json.WriteString("version"u8, "2.0"u8);
            Request(json, exchange, exchange.Trace);
            Map(json, "pathParameters", exchange.PathParameters);
            Map(json, "stageVariables", exchange.Stage!.Stage.StageVariables);
            Body(json, exchange);
        },
        exchange.Body.Length);

    internal static ReadOnlyMemory<byte> Object(Action<Utf8JsonWriter> members, int body = 0)
    {
        var buffer = new ArrayBufferWriter<byte>(4096 + body + body / 3);
        using var json = new Utf8JsonWriter(buffer, Options);
        json.WriteStartObject();
        members(json);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    /// <summary>What events for integrations and for authorizers have alike.</summary>
    internal static void Request(Utf8JsonWriter json, Exchange exchange, string trace)
    {
        json.WriteString("routeKey"u8, exchange.RouteKey);
        json.WriteString("rawPath"u8, exchange.SentPath);
        json.WriteString("rawQueryString"u8, exchange.SentRawQuery);
        Cookies(json, exchange);
        Headers(json, exchange, trace);
        Query(json, exchange);
        Context(json, exchange);
    }

    internal static void Map(Utf8JsonWriter json, string name, IReadOnlyCollection<KeyValuePair<string, string>> pairs)
    {
        if (pairs.Count == 0) return;
        json.WriteStartObject(name);
        foreach (var (key, value) in pairs) json.WriteString(key, value);
        json.WriteEndObject();
    }

    internal static void Body(Utf8JsonWriter json, Exchange exchange)
    {
        if (exchange.Body.Length == 0)
        {
            json.WriteBoolean("isBase64Encoded"u8, false);
            return;
        }

        var text = IsText(exchange.Request.ContentType) && System.Text.Unicode.Utf8.IsValid(exchange.Body.Span);
        if (text) json.WriteString("body"u8, exchange.Body.Span);
        else json.WriteBase64String("body"u8, exchange.Body.Span);
        json.WriteBoolean("isBase64Encoded"u8, !text);
    }

    /// <summary>Text and JSON, XML and JavaScript go as they are; everything else, forms too, as base64.</summary>
    private static bool IsText(string? contentType)
    {
        var type = contentType.AsSpan();
        var end = type.IndexOf(';');
        type = (end < 0 ? type : type[..end]).Trim();
        return type.StartsWith("text/", StringComparison.OrdinalIgnoreCase)
               || type.EndsWith("+json", StringComparison.OrdinalIgnoreCase) || type.EndsWith("+xml", StringComparison.OrdinalIgnoreCase)
               || type.Equals("application/json", StringComparison.OrdinalIgnoreCase) || type.Equals("application/xml", StringComparison.OrdinalIgnoreCase)
               || type.Equals("application/javascript", StringComparison.OrdinalIgnoreCase);
    }

    private static void Cookies(Utf8JsonWriter json, Exchange exchange)
    {
        var lines = exchange.Mapped is null ? exchange.Request.Headers.Cookie : exchange.Mapped.Values("cookie");
        if (lines.Count == 0) return;
        json.WriteStartArray("cookies"u8);
        foreach (var line in lines)
            foreach (var cookie in (line ?? "").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                json.WriteStringValue(cookie);
        json.WriteEndArray();
    }

    private static void Headers(Utf8JsonWriter json, Exchange exchange, string trace)
    {
        json.WriteStartObject("headers"u8);
        if (exchange.Request.ContentLength is null && exchange.Body.Length == 0) json.WriteString("content-length"u8, "0"u8);
        foreach (var (name, values) in exchange.SentHeaders())
            if (!name.Equals("cookie", StringComparison.OrdinalIgnoreCase))
                json.WriteString(name.ToLowerInvariant(), values.Count == 1 ? values[0] : string.Join(',', values.ToArray()));
        json.WriteString("x-amzn-trace-id"u8, trace);
        json.WriteString("x-forwarded-for"u8, exchange.ForwardedFor);
        json.WriteString("x-forwarded-port"u8, exchange.Port.ToString(System.Globalization.CultureInfo.InvariantCulture));
        json.WriteString("x-forwarded-proto"u8, exchange.Request.Scheme);
        json.WriteEndObject();
    }

    private static void Query(Utf8JsonWriter json, Exchange exchange)
    {
        var query = exchange.SentQuery;
        if (query.Count == 0) return;
        json.WriteStartObject("queryStringParameters"u8);
        if (query.Count == 1) json.WriteString(query[0].Key, query[0].Value);
        else
            foreach (var group in query.GroupBy(pair => pair.Key, pair => pair.Value))
                json.WriteString(group.Key, string.Join(',', group));
        json.WriteEndObject();
    }

    private static void Context(Utf8JsonWriter json, Exchange exchange)
    {
        json.WriteStartObject("requestContext"u8);
        json.WriteString("accountId"u8, exchange.Api.Keys.Account);
        json.WriteString("apiId"u8, exchange.Api.Api.ApiId);
        Authorizer(json, exchange);
        json.WriteString("domainName"u8, exchange.DomainName);
        json.WriteString("domainPrefix"u8, exchange.DomainPrefix);
        json.WriteStartObject("http"u8);
        json.WriteString("method"u8, exchange.Request.Method);
        json.WriteString("path"u8, exchange.SentPath);
        json.WriteString("protocol"u8, exchange.Request.Protocol);
        json.WriteString("sourceIp"u8, exchange.SourceIp);
        json.WriteString("userAgent"u8, exchange.UserAgent);
        json.WriteEndObject();
        json.WriteString("requestId"u8, exchange.RequestId);
        json.WriteString("routeKey"u8, exchange.RouteKey);
        json.WriteString("stage"u8, exchange.StageName);
        json.WriteString("time"u8, exchange.RequestTime);
        json.WriteNumber("timeEpoch"u8, exchange.Started.ToUnixTimeMilliseconds());
        json.WriteEndObject();
    }

    private static void Authorizer(Utf8JsonWriter json, Exchange exchange)
    {
        if (exchange.Token is null && exchange.Answer is null && exchange.Caller is null) return;
        json.WriteStartObject("authorizer"u8);
        if (exchange.Token is { } token)
        {
            json.WriteStartObject("jwt"u8);
            json.WritePropertyName("claims"u8);
            json.WriteRawValue(token.ClaimsJson, skipInputValidation: true);
            Scopes(json, exchange);
            json.WriteEndObject();
        }
        else if (exchange.Answer is { } answer)
        {
            json.WritePropertyName("lambda"u8);
            if (answer.Context is { } context) context.WriteTo(json);
            else json.WriteNullValue();
        }
        else if (exchange.Caller is { } caller)
        {
            json.WriteStartObject("iam"u8);
            json.WriteString("accessKey"u8, caller.AccessKeyId);
            json.WriteString("accountId"u8, exchange.Api.Keys.Account);
            json.WriteString("callerId"u8, caller.UserId);
            CognitoIdentity(json, caller);
            json.WriteNull("principalOrgId"u8);
            json.WriteString("userArn"u8, caller.Arn);
            json.WriteString("userId"u8, caller.UserId);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void CognitoIdentity(Utf8JsonWriter json, Galley.Wire.Principal caller)
    {
        if (PoolIdentity.Of(caller) is not { } identity)
        {
            json.WriteNull("cognitoIdentity"u8);
            return;
        }

        json.WriteStartObject("cognitoIdentity"u8);
        identity.WriteMethods(json, "amr");
        json.WriteString("identityId"u8, identity.IdentityId);
        json.WriteString("identityPoolId"u8, identity.PoolId);
        json.WriteEndObject();
    }

    internal static void Scopes(Utf8JsonWriter json, Exchange exchange)
    {
        if (exchange.Route!.Route.AuthorizationScopes is not { Count: > 0 } scopes)
        {
            json.WriteNull("scopes"u8);
            return;
        }

        json.WriteStartArray("scopes"u8);
        foreach (var scope in scopes) json.WriteStringValue(scope);
        json.WriteEndArray();
    }
}

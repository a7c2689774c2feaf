using System.Buffers;
using System.Text.Json;

namespace Galley.ApiGateway.Invoke;

/// <summary>The Lambda proxy event in payload format 1.0, the form of REST APIs: header names as sent, single and multi values, null for what is absent.</summary>
internal static class ProxyEventV1
{
    public static ReadOnlyMemory<byte> Write(Exchange exchange, string trace)
    {
        var buffer = new ArrayBufferWriter<byte>(2048 + exchange.Body.Length);
        using (var json = new Utf8JsonWriter(buffer, ProxyEvent.Options))
        {
            var key = exchange.RouteKey;
            var resource = key[(key.IndexOf(' ', StringComparison.Ordinal) + 1)..];
            json.WriteStartObject();
            json.WriteString("version"u8, "1.0"u8);
            json.WriteString("resource"u8, resource);
            json.WriteString("path"u8, exchange.Path);
            json.WriteString("httpMethod"u8, exchange.Request.Method);
            Headers(json, exchange, trace);
            Query(json, exchange);
            Context(json, exchange, resource);
            MapOrNull(json, "pathParameters", exchange.PathParameters);
            MapOrNull(json, "stageVariables", exchange.Stage!.Stage.StageVariables);
            if (exchange.Body.Length == 0) json.WriteNull("body"u8);
            ProxyEvent.Body(json, exchange);
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void MapOrNull(Utf8JsonWriter json, string name, IReadOnlyCollection<KeyValuePair<string, string>> pairs)
    {
        if (pairs.Count == 0) json.WriteNull(name);
        else ProxyEvent.Map(json, name, pairs);
    }

    private static void Headers(Utf8JsonWriter json, Exchange exchange, string trace)
    {
        var headers = exchange.PassedHeaders().Select(header => (header.Name, Values: header.Values.ToArray())).ToList();
        headers.Add(("X-Amzn-Trace-Id", [trace]));
        headers.Add(("X-Forwarded-For", [exchange.ForwardedFor]));
        headers.Add(("X-Forwarded-Port", [exchange.Port.ToString(System.Globalization.CultureInfo.InvariantCulture)]));
        headers.Add(("X-Forwarded-Proto", [exchange.Request.Scheme]));
        json.WriteStartObject("headers"u8);
        foreach (var (name, values) in headers) json.WriteString(name, values[^1]);
        json.WriteEndObject();
        json.WriteStartObject("multiValueHeaders"u8);
        foreach (var (name, values) in headers)
        {
            json.WriteStartArray(name);
            foreach (var value in values) json.WriteStringValue(value);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void Query(Utf8JsonWriter json, Exchange exchange)
    {
        if (exchange.Query.Count == 0)
        {
            json.WriteNull("queryStringParameters"u8);
            json.WriteNull("multiValueQueryStringParameters"u8);
            return;
        }

        var groups = exchange.Query.GroupBy(pair => pair.Key, pair => pair.Value).ToList();
        json.WriteStartObject("queryStringParameters"u8);
        foreach (var group in groups) json.WriteString(group.Key, group.Last());
        json.WriteEndObject();
        json.WriteStartObject("multiValueQueryStringParameters"u8);
        foreach (var group in groups)
        {
            json.WriteStartArray(group.Key);
            foreach (var value in group) json.WriteStringValue(value);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void Context(Utf8JsonWriter json, Exchange exchange, string resource)
    {
        json.WriteStartObject("requestContext"u8);
        json.WriteString("accountId"u8, exchange.Api.Keys.Account);
        json.WriteString("apiId"u8, exchange.Api.Api.ApiId);
        json.WriteStartObject("authorizer"u8);
        if (exchange.Token is { } token)
        {
            json.WriteStartObject("claims"u8);
            foreach (var (name, value) in token.Claims) json.WriteString(name, value);
            json.WriteEndObject();
            ProxyEvent.Scopes(json, exchange);
        }
        else
        {
            json.WriteNull("claims"u8);
            json.WriteNull("scopes"u8);
        }

        json.WriteEndObject();
        json.WriteString("domainName"u8, exchange.DomainName);
        json.WriteString("domainPrefix"u8, exchange.Api.Api.ApiId);
        json.WriteString("extendedRequestId"u8, exchange.RequestId);
        json.WriteString("httpMethod"u8, exchange.Request.Method);
        json.WriteStartObject("identity"u8);
        foreach (var name in (ReadOnlySpan<string>)["accessKey", "accountId", "caller", "cognitoAmr", "cognitoAuthenticationProvider", "cognitoAuthenticationType",
                     "cognitoIdentityId", "cognitoIdentityPoolId", "principalOrgId"])
            json.WriteNull(name);
        json.WriteString("sourceIp"u8, exchange.SourceIp);
        json.WriteNull("user"u8);
        json.WriteString("userAgent"u8, exchange.UserAgent);
        json.WriteNull("userArn"u8);
        json.WriteEndObject();
        json.WriteString("path"u8, exchange.Path);
        json.WriteString("protocol"u8, exchange.Request.Protocol);
        json.WriteString("requestId"u8, exchange.RequestId);
        json.WriteString("requestTime"u8, exchange.RequestTime);
        json.WriteNumber("requestTimeEpoch"u8, exchange.Started.ToUnixTimeMilliseconds());
        json.WriteString("resourceId"u8, exchange.RouteKey);
        json.WriteString("resourcePath"u8, resource);
        json.WriteString("stage"u8, exchange.StageName);
        json.WriteEndObject();
    }
}

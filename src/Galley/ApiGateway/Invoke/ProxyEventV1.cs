using System.Text.Json;

namespace Galley.ApiGateway.Invoke;

/// <summary>The Lambda proxy event in payload format 1.0, the form of REST APIs: header names as sent, single and multi values, null for what is absent.</summary>
internal static class ProxyEventV1
{
    public static ReadOnlyMemory<byte> Write(Exchange exchange) => ProxyEvent.Object(
        json =>
        {
            json.WriteString("version"u8, "1.0"u8);
            Request(json, exchange, exchange.Trace);
            Variables(json, exchange);
            if (exchange.Body.Length == 0) json.WriteNull("body"u8);
            ProxyEvent.Body(json, exchange);
        },
        exchange.Body.Length);

    /// <summary>What events for integrations and for authorizers have alike.</summary>
    internal static void Request(Utf8JsonWriter json, Exchange exchange, string trace)
    {
        var key = exchange.RouteKey;
        var resource = key[(key.IndexOf(' ', StringComparison.Ordinal) + 1)..];
        json.WriteString("resource"u8, resource);
        json.WriteString("path"u8, exchange.SentPath);
        json.WriteString("httpMethod"u8, exchange.Request.Method);
        Headers(json, exchange, trace);
        Query(json, exchange);
        Context(json, exchange, resource);
    }

    internal static void Variables(Utf8JsonWriter json, Exchange exchange)
    {
        MapOrNull(json, "pathParameters", exchange.PathParameters);
        MapOrNull(json, "stageVariables", exchange.Stage!.Stage.StageVariables);
    }

    private static void MapOrNull(Utf8JsonWriter json, string name, IReadOnlyCollection<KeyValuePair<string, string>> pairs)
    {
        if (pairs.Count == 0) json.WriteNull(name);
        else ProxyEvent.Map(json, name, pairs);
    }

    private static void Headers(Utf8JsonWriter json, Exchange exchange, string trace)
    {
        var headers = exchange.SentHeaders().Select(header => (Name: header.Key, Values: header.Value.ToArray())).ToList();
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
        if (exchange.SentQuery.Count == 0)
        {
            json.WriteNull("queryStringParameters"u8);
            json.WriteNull("multiValueQueryStringParameters"u8);
            return;
        }

        var groups = exchange.SentQuery.GroupBy(pair => pair.Key, pair => pair.Value).ToList();
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
        Authorizer(json, exchange);
        json.WriteString("domainName"u8, exchange.DomainName);
        json.WriteString("domainPrefix"u8, exchange.DomainPrefix);
        json.WriteString("extendedRequestId"u8, exchange.RequestId);
        json.WriteString("httpMethod"u8, exchange.Request.Method);
        Identity(json, exchange);
        json.WriteString("path"u8, exchange.SentPath);
        json.WriteString("protocol"u8, exchange.Request.Protocol);
        json.WriteString("requestId"u8, exchange.RequestId);
        json.WriteString("requestTime"u8, exchange.RequestTime);
        json.WriteNumber("requestTimeEpoch"u8, exchange.Started.ToUnixTimeMilliseconds());
        json.WriteString("resourceId"u8, exchange.RouteKey);
        json.WriteString("resourcePath"u8, resource);
        json.WriteString("stage"u8, exchange.StageName);
        json.WriteEndObject();
    }

    private static void Authorizer(Utf8JsonWriter json, Exchange exchange)
    {
        json.WriteStartObject("authorizer"u8);
        if (exchange.Answer is { } answer)
        {
            // the form of REST APIs: every value is text
            if (answer.PrincipalId is not null) json.WriteString("principalId"u8, answer.PrincipalId);
            if (answer.Context is { } context)
                foreach (var member in context.EnumerateObject())
                    if (member.Value.ValueKind == JsonValueKind.Null) json.WriteNull(member.Name);
                    else json.WriteString(member.Name, member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString() : member.Value.GetRawText());
        }
        else if (exchange.Token is { } token)
        {
            json.WritePropertyName("claims"u8);
            json.WriteRawValue(token.ClaimsJson, skipInputValidation: true);
            ProxyEvent.Scopes(json, exchange);
        }
        else
        {
            json.WriteNull("claims"u8);
            json.WriteNull("scopes"u8);
        }

        json.WriteEndObject();
    }

    private static void Identity(Utf8JsonWriter json, Exchange exchange)
    {
        var caller = exchange.Caller;
        json.WriteStartObject("identity"u8);
        json.WriteString("accessKey"u8, caller?.AccessKeyId);
        json.WriteString("accountId"u8, caller is null ? null : exchange.Api.Keys.Account);
        json.WriteString("caller"u8, caller?.UserId);
        var identity = PoolIdentity.Of(caller);
        if (identity is null) json.WriteNull("cognitoAmr"u8);
        else identity.WriteMethods(json, "cognitoAmr");
        json.WriteString("cognitoAuthenticationProvider"u8, identity?.Provider);
        json.WriteString("cognitoAuthenticationType"u8, identity?.Type);
        json.WriteString("cognitoIdentityId"u8, identity?.IdentityId);
        json.WriteString("cognitoIdentityPoolId"u8, identity?.PoolId);
        json.WriteNull("principalOrgId"u8);
        json.WriteString("sourceIp"u8, exchange.SourceIp);
        json.WriteString("user"u8, caller?.UserId);
        json.WriteString("userAgent"u8, exchange.UserAgent);
        json.WriteString("userArn"u8, caller?.Arn);
        json.WriteEndObject();
    }
}

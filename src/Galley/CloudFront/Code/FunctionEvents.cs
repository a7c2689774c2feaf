using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Galley.CloudFront.Serve;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Galley.CloudFront.Code;

/// <summary>The result is not what CloudFront takes; the text names the member.</summary>
internal sealed class InvalidResult(string message) : Exception(message);

/// <summary>Events of CloudFront Functions, version 1.0, and what their results change.</summary>
internal static class FunctionEvents
{
    private static readonly HashSet<string> ReadOnly = ["host", "content-length", "transfer-encoding", "via"];

    private static readonly HashSet<string> Disallowed = ["connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "trailer", "upgrade", "x-accel-buffering", "x-accel-charset",
        "x-accel-limit-rate", "x-accel-redirect", "x-amz-cf-.*", "x-amzn-auth", "x-amzn-cf-billing", "x-amzn-cf-id", "x-amzn-cf-xff", "x-amzn-errortype", "x-amzn-fle-profile", "x-amzn-header-count", "x-amzn-header-order",
        "x-amzn-lambda-integration-tag", "x-amzn-requestid", "x-edge-location", "x-real-ip"];

    public static JsonObject Of(Exchange exchange, string type) => new()
    {
        ["version"] = "1.0",
        ["context"] = new JsonObject { ["distributionDomainName"] = exchange.Site.DomainName, ["distributionId"] = exchange.Site.Id, ["eventType"] = type, ["requestId"] = exchange.RequestId },
        ["viewer"] = new JsonObject { ["ip"] = exchange.ViewerAddress },
        ["request"] = new JsonObject
        {
            ["method"] = exchange.Method,
            ["uri"] = exchange.Path,
            ["querystring"] = Multi(exchange.Query.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=', 2)).Select(pair => (pair[0], pair.Length > 1 ? pair[1] : ""))),
            ["headers"] = Headers(exchange.Http.Request.Headers, "cookie"),
            ["cookies"] = Multi(exchange.Http.Request.Headers.Cookie.ToString().Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(pair => pair.Split('=', 2)).Select(pair => (pair[0], pair.Length > 1 ? pair[1] : ""))),
        },
    };

    public static JsonObject WithResponse(JsonObject json, HttpResponse response)
    {
        json["response"] = new JsonObject
        {
            ["statusCode"] = response.StatusCode,
            ["statusDescription"] = Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(response.StatusCode),
            ["headers"] = Headers(response.Headers, "set-cookie"),
            ["cookies"] = Cookies(response.Headers.SetCookie),
        };
        return json;
    }

    /// <summary>The viewer's request as the function wrote it.</summary>
    public static void Apply(JsonObject result, Exchange exchange)
    {
        var uri = Text(result, "uri") ?? throw new InvalidResult("request.uri");
        if (!uri.StartsWith('/') || uri.Contains('?', StringComparison.Ordinal) || uri.Any(character => character <= ' ' || character > '~')) throw new InvalidResult("request.uri");
        if (Text(result, "method") != exchange.Method) throw new InvalidResult("request.method");
        (exchange.Path, exchange.Query) = (uri, Query(result["querystring"]));
        Apply(Pairs(result["headers"], "request.headers"), exchange.Http.Request.Headers, "cookie");
        var cookies = string.Join("; ", Values(result["cookies"], "request.cookies").Select(cookie => $"{cookie.Name}={cookie.Value}"));
        if (cookies.Length > 0) exchange.Http.Request.Headers.Cookie = cookies;
        else exchange.Http.Request.Headers.Remove("Cookie");
    }

    /// <summary>The answer's status and headers as the function wrote them.</summary>
    public static void Apply(JsonObject result, HttpResponse response)
    {
        response.StatusCode = Status(result);
        Apply(Pairs(result["headers"], "response.headers"), response.Headers, "set-cookie");
        response.Headers.SetCookie = SetCookies(result["cookies"]);
        if (response.Headers.SetCookie.Count == 0) response.Headers.Remove("Set-Cookie");
    }

    /// <summary>An answer that the function made by itself.</summary>
    public static (int Status, List<KeyValuePair<string, string>> Headers, byte[] Body) Generated(JsonObject result)
    {
        var headers = Pairs(result["headers"], "response.headers");
        headers.AddRange(SetCookies(result["cookies"]).Select(cookie => KeyValuePair.Create("set-cookie", cookie!)));
        headers.RemoveAll(header => header.Key == "content-length");
        if (headers.Exists(header => Disallowed.Contains(header.Key))) throw new InvalidResult("response.headers");
        return (Status(result), headers, Body(result["body"]));
    }

    private static byte[] Body(JsonNode? body) => body switch
    {
        null => [],
        JsonObject coded => Text(coded, "encoding") == "base64" ? Convert.FromBase64String(Text(coded, "data") ?? "") : Encoding.UTF8.GetBytes(Text(coded, "data") ?? ""),
        _ => Encoding.UTF8.GetBytes(body.ToString()),
    };

    private static int Status(JsonObject result)
        => result["statusCode"] is JsonValue value && int.TryParse(value.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var status) && status is >= 100 and <= 599 ? status : throw new InvalidResult("response.statusCode");

    /// <summary>Headers that a function may not touch keep their value, and must not be given another.</summary>
    private static void Apply(List<KeyValuePair<string, string>> given, IHeaderDictionary headers, string apart)
    {
        foreach (var (name, value) in given)
            if (Disallowed.Contains(name) && headers[name] != value || ReadOnly.Contains(name) && headers[name] != value) throw new InvalidResult($"headers.{name}");
        var kept = given.Select(header => header.Key).ToHashSet();
        foreach (var name in headers.Keys.ToList())
            if (!kept.Contains(name.ToLowerInvariant()) && !ReadOnly.Contains(name.ToLowerInvariant()) && !Disallowed.Contains(name.ToLowerInvariant()) && !name.Equals(apart, StringComparison.OrdinalIgnoreCase)
                && !name.StartsWith("x-amz-cf-", StringComparison.OrdinalIgnoreCase) && !name.StartsWith(':'))
                headers.Remove(name);
        foreach (var group in given.GroupBy(header => header.Key))
            if (!ReadOnly.Contains(group.Key))
                headers[group.Key] = new StringValues([.. group.Select(header => header.Value)]);
    }

    private static JsonObject Headers(IHeaderDictionary headers, string apart)
    {
        var json = new JsonObject();
        foreach (var (name, values) in headers)
            if (!name.Equals(apart, StringComparison.OrdinalIgnoreCase) && !name.StartsWith(':'))
                json[name.ToLowerInvariant()] = Multi([.. values.Select(value => value ?? "")]);
        return json;
    }

    private static JsonObject Cookies(StringValues lines)
    {
        var json = new JsonObject();
        foreach (var line in lines)
        {
            var parts = line!.Split(';', 2);
            var pair = parts[0].Split('=', 2);
            json[pair[0].Trim()] = new JsonObject { ["value"] = pair.Length > 1 ? pair[1] : "", ["attributes"] = parts.Length > 1 ? parts[1].Trim() : "" };
        }

        return json;
    }

    private static JsonObject Multi(IEnumerable<(string Name, string Value)> pairs)
    {
        var json = new JsonObject();
        foreach (var group in pairs.GroupBy(pair => pair.Name)) json[group.Key] = Multi([.. group.Select(pair => pair.Value)]);
        return json;
    }

    private static JsonObject Multi(List<string> values)
    {
        var json = new JsonObject { ["value"] = values[0] };
        if (values.Count > 1) json["multiValue"] = new JsonArray([.. values.Select(value => new JsonObject { ["value"] = value })]);
        return json;
    }

    private static string Query(JsonNode? query)
        => query is JsonValue text ? text.ToString() : string.Join('&', Values(query, "request.querystring").Select(pair => pair.Value.Length > 0 ? $"{pair.Name}={pair.Value}" : pair.Name));

    private static List<KeyValuePair<string, string>> Pairs(JsonNode? headers, string where)
    {
        var pairs = new List<KeyValuePair<string, string>>();
        foreach (var (name, value) in Values(headers, where))
        {
            if (name != name.ToLowerInvariant() || name.Length == 0 || value.AsSpan().ContainsAny('\r', '\n')) throw new InvalidResult($"{where}.{name}");
            pairs.Add(new(name, value));
        }

        return pairs;
    }

    private static StringValues SetCookies(JsonNode? cookies)
    {
        if (cookies is not JsonObject named) return StringValues.Empty;
        return new StringValues([.. named.SelectMany(cookie => cookie.Value is JsonObject one
            ? (one["multiValue"] as JsonArray ?? [one.DeepClone()]).OfType<JsonObject>().Select(item => $"{cookie.Key}={Text(item, "value")}{(Text(item, "attributes") is { Length: > 0 } attributes ? "; " + attributes : "")}")
            : throw new InvalidResult($"response.cookies.{cookie.Key}"))]);
    }

    private static IEnumerable<(string Name, string Value)> Values(JsonNode? from, string where)
    {
        if (from is null) yield break;
        foreach (var (name, value) in from as JsonObject ?? throw new InvalidResult(where))
        {
            if (value is not JsonObject item) throw new InvalidResult($"{where}.{name}");
            if (item["multiValue"] is JsonArray several)
                foreach (var one in several) yield return (name, Text(one as JsonObject ?? throw new InvalidResult($"{where}.{name}"), "value") ?? "");
            else yield return (name, Text(item, "value") ?? throw new InvalidResult($"{where}.{name}"));
        }
    }

    private static string? Text(JsonObject from, string name) => from[name] is JsonValue value ? value.ToString() : null;
}

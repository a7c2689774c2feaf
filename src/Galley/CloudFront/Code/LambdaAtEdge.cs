using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Galley.CloudFront.Serve;
using Galley.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Galley.CloudFront.Code;

/// <summary>Lambda@Edge: `Records[0].cf` in, a request or a response out.</summary>
internal sealed class LambdaAtEdge(IInvokeAtEdge port)
{
    private const int MaxViewerBody = 40 << 10, MaxOriginBody = 1 << 20, MaxViewerAnswer = 40 << 10, MaxOriginAnswer = 1 << 20;

    private static readonly HashSet<string> Fixed = new(StringComparer.OrdinalIgnoreCase) { "Host", "Content-Length", "Transfer-Encoding", "Via", "Connection" };

    public async ValueTask<bool> ViewerRequest(Exchange exchange, (string Arn, bool IncludesBody) function, Sending sending)
    {
        var http = exchange.Http;
        var request = Request(exchange, exchange.Method, exchange.Path, exchange.Query, Lists(http.Request.Headers));
        if (function.IncludesBody) request["body"] = await Body(exchange, MaxViewerBody);
        var result = await Invoke(exchange, function.Arn, "viewer-request", request, null);
        if (result["status"] is not null)
        {
            var (status, headers, body) = Answer(result, MaxViewerAnswer);
            await EdgeCode.Generated(exchange, status, headers, body, XCaches.Lambda, sending);
            return true;
        }

        (exchange.Path, exchange.Query) = Target(result, exchange.Method);
        Replace(http.Request.Headers, result["headers"]);
        if (function.IncludesBody) exchange.Body = Replaced(result) ?? exchange.Body;
        return false;
    }

    public async ValueTask ViewerResponse(Exchange exchange, (string Arn, bool IncludesBody) function)
    {
        var response = exchange.Http.Response;
        var length = response.ContentLength;
        var request = Request(exchange, exchange.Method, exchange.Path, exchange.Query, Lists(exchange.Http.Request.Headers));
        var result = await Invoke(exchange, function.Arn, "viewer-response", request, Response(response.StatusCode, Lists(response.Headers)));
        var (status, headers, _) = Answer(result, MaxViewerAnswer);
        response.StatusCode = status;
        var given = headers.Select(header => header.Key).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var name in response.Headers.Keys.ToList())
            if (!given.Contains(name) && !Fixed.Contains(name) && !name.StartsWith("X-Amz-Cf-", StringComparison.OrdinalIgnoreCase) && name != "X-Cache")
                response.Headers.Remove(name);
        foreach (var (name, values) in AnswerHeaders.Grouped(headers))
            if (!Fixed.Contains(name))
                response.Headers[name] = values;
        response.ContentLength = length;
    }

    public async ValueTask<OriginAnswer?> OriginRequest(Exchange exchange, OriginRequest request, (string Arn, bool IncludesBody) function)
    {
        var json = Request(exchange, request.Method, request.Path, request.Query, Lists(request.Headers));
        var origin = exchange.Behavior!.Origin;
        json["origin"] = LambdaOrigins.Of(origin);
        ((JsonObject)json["headers"]!)["host"] = new JsonArray(new JsonObject { ["key"] = "Host", ["value"] = origin.Domain });
        if (function.IncludesBody)
        {
            json["body"] = await Body(exchange, MaxOriginBody);
            if (exchange.Body is { } read) request.Body = new MemoryStream(read);
        }

        var result = await Invoke(exchange, function.Arn, "origin-request", json, null);
        if (result["status"] is not null)
        {
            var (status, headers, body) = Answer(result, MaxOriginAnswer);
            return OriginAnswer.Of(status, headers, body);
        }

        (request.Path, request.Query) = Target(result, request.Method);
        request.Headers = Pairs(result["headers"]);
        var host = request.Headers.FindIndex(header => header.Key.Equals("Host", StringComparison.OrdinalIgnoreCase));
        if (host >= 0 && request.Headers[host].Value == origin.Domain) request.Headers.RemoveAt(host);
        request.Headers.RemoveAll(header => header.Key.Equals("Content-Length", StringComparison.OrdinalIgnoreCase));
        if (result["origin"] is JsonObject chosen && !JsonNode.DeepEquals(chosen, json["origin"])) request.Origin = LambdaOrigins.Read(chosen, origin);
        if (function.IncludesBody && Replaced(result) is { } replaced) request.Body = new MemoryStream(replaced);
        return null;
    }

    public async ValueTask<OriginAnswer> OriginResponse(Exchange exchange, OriginRequest request, OriginAnswer answer, (string Arn, bool IncludesBody) function)
    {
        var json = Request(exchange, request.Method, request.Path, request.Query, Lists(request.Headers));
        json["origin"] = LambdaOrigins.Of(request.Origin ?? exchange.Behavior!.Origin);
        var result = await Invoke(exchange, function.Arn, "origin-response", json, Response(answer.Status, Lists(answer.Headers)));
        var (status, headers, body) = Answer(result, MaxOriginAnswer);
        if (result["body"] is null) return answer.With(status, headers);
        answer.Dispose();
        return OriginAnswer.Of(status, headers, body);
    }

    private async ValueTask<JsonObject> Invoke(Exchange exchange, string arn, string type, JsonObject request, JsonObject? response)
    {
        var cf = new JsonObject
        {
            ["config"] = new JsonObject { ["distributionDomainName"] = exchange.Site.DomainName, ["distributionId"] = exchange.Site.Id, ["eventType"] = type, ["requestId"] = exchange.RequestId },
            ["request"] = request.DeepClone(),
        };
        if (response is not null) cf["response"] = response;
        var json = new JsonObject { ["Records"] = new JsonArray(new JsonObject { ["cf"] = cf }) };
        try
        {
            var (payload, failed) = await port.Invoke(arn, exchange.Site.Arn, Encoding.UTF8.GetBytes(json.ToJsonString()), exchange.Http.RequestAborted);
            if (failed) throw Failed($"the function {arn} failed");
            return JsonNode.Parse(payload.Span) as JsonObject ?? throw Invalid("The function must return an object");
        }
        catch (AwsError e)
        {
            throw Failed($"{arn}: {e.Code}: {e.Message}");
        }
        catch (JsonException)
        {
            throw Invalid("The body is not a valid JSON string");
        }
    }

    private static JsonObject Request(Exchange exchange, string method, string path, string query, JsonObject headers) => new()
    {
        ["clientIp"] = exchange.ViewerAddress,
        ["headers"] = headers,
        ["method"] = method,
        ["querystring"] = query,
        ["uri"] = path,
    };

    private static JsonObject Response(int status, JsonObject headers) => new()
    {
        ["headers"] = headers,
        ["status"] = status.ToString(System.Globalization.CultureInfo.InvariantCulture),
        ["statusDescription"] = Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status),
    };

    /// <summary>The viewer's body, base64, cut at the limit; what was read stays for the origin.</summary>
    private static async ValueTask<JsonObject> Body(Exchange exchange, int limit)
    {
        if (exchange.Body is null && exchange.Http.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true)
        {
            using var all = new MemoryStream();
            await exchange.Http.Request.Body.CopyToAsync(all, exchange.Http.RequestAborted);
            exchange.Body = all.ToArray();
        }

        var body = exchange.Body ?? [];
        return new JsonObject { ["action"] = "read-only", ["data"] = Convert.ToBase64String(body.AsSpan(0, Math.Min(limit, body.Length))), ["encoding"] = "base64", ["inputTruncated"] = body.Length > limit };
    }

    private static byte[]? Replaced(JsonObject result)
    {
        if (result["body"] is not JsonObject body || body["action"]?.ToString() != "replace") return null;
        var data = body["data"]?.ToString() ?? "";
        return body["encoding"]?.ToString() == "text" ? Encoding.UTF8.GetBytes(data) : Base64(data);
    }

    private static (string Path, string Query) Target(JsonObject result, string method)
    {
        var uri = result["uri"]?.ToString();
        if (uri is null || !uri.StartsWith('/') || uri.Any(character => character <= ' ')) throw Invalid("The URI must be a string that starts with /");
        if (result["method"]?.ToString() != method) throw Invalid("The method is read-only");
        return (uri, result["querystring"]?.ToString() ?? "");
    }

    private static (int Status, List<KeyValuePair<string, string>> Headers, byte[] Body) Answer(JsonObject result, int limit)
    {
        if (!int.TryParse(result["status"]?.ToString(), out var status) || status is < 200 or > 599) throw Invalid("The HTTP status code is not valid");
        var text = result["body"]?.ToString() ?? "";
        var body = result["bodyEncoding"]?.ToString() == "base64" ? Base64(text) : Encoding.UTF8.GetBytes(text);
        if (body.Length > limit) throw Invalid($"The body exceeds {limit} bytes");
        var headers = Pairs(result["headers"]);
        headers.RemoveAll(header => header.Key.Equals("Content-Length", StringComparison.OrdinalIgnoreCase) || header.Key.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase));
        return (status, headers, body);
    }

    private static byte[] Base64(string text)
    {
        try
        {
            return Convert.FromBase64String(text);
        }
        catch (FormatException)
        {
            throw Invalid("The body is not valid base64");
        }
    }

    private static void Replace(IHeaderDictionary headers, JsonNode? given)
    {
        var pairs = Pairs(given);
        foreach (var name in headers.Keys.ToList())
            if (!Fixed.Contains(name) && !name.StartsWith(':'))
                headers.Remove(name);
        foreach (var (name, values) in AnswerHeaders.Grouped(pairs))
            if (!Fixed.Contains(name))
                headers[name] = values;
    }

    private static JsonObject Lists(IEnumerable<KeyValuePair<string, StringValues>> headers)
        => Lists(headers.Where(header => !header.Key.StartsWith(':')).SelectMany(header => header.Value.Select(value => KeyValuePair.Create(header.Key, value ?? ""))));

    private static JsonObject Lists(IEnumerable<KeyValuePair<string, string>> headers)
    {
        var json = new JsonObject();
        foreach (var group in headers.GroupBy(header => header.Key.ToLowerInvariant()))
            json[group.Key] = new JsonArray([.. group.Select(header => new JsonObject { ["key"] = header.Key, ["value"] = header.Value })]);
        return json;
    }

    private static List<KeyValuePair<string, string>> Pairs(JsonNode? headers)
    {
        var pairs = new List<KeyValuePair<string, string>>();
        foreach (var (name, values) in headers as JsonObject ?? [])
            foreach (var value in values as JsonArray ?? throw Invalid($"The header {name} must be an array"))
            {
                var text = value?["value"]?.ToString() ?? throw Invalid($"The header {name} has no value");
                var key = value["key"]?.ToString() ?? name;
                if (!key.Equals(name, StringComparison.OrdinalIgnoreCase) || text.AsSpan().ContainsAny('\r', '\n')) throw Invalid($"The header {name} is not valid");
                pairs.Add(new(key, text));
            }

        return pairs;
    }

    private static CodeFault Failed(string why) => new(503, XCaches.LambdaError, "The Lambda function associated with the CloudFront distribution is invalid or doesn't have the required permissions. We can't connect to the server for this app or website at this time.", why);

    private static CodeFault Invalid(string why) => new(502, "LambdaValidationError from cloudfront", $"The Lambda function result failed validation: {why}.", why);
}

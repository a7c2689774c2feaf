using System.Text;
using Galley.Wire;
using Microsoft.AspNetCore.Http;

namespace Galley.ApiGateway.Invoke;

/// <summary>
/// The door `&lt;api&gt;.execute-api.&lt;region&gt;`: stage, preflight, route, throttle, authorizer, body, integration, CORS, log; in this order.
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api.html
/// </summary>
internal sealed class HttpApi(Installation installation, Live live, FunctionTarget functions, HttpTarget http, AccessLog log) : IDoor
{
    private const int MaxBody = 10 << 20, MaxHead = 10_240;

    public HostKind Kind => HostKind.ExecuteApi;

    public string RequestIdHeader => "apigw-requestid";

    public string NewRequestId(Ids ids) => Convert.ToBase64String(ids.Bytes(11));

    public void Forget() => live.Forget();

    public async Task Serve(DoorRequest door)
    {
        var started = installation.Now;
        if (Malformed(door) is { } malformed)
        {
            await Answer(door.Http, malformed.Status, malformed.Message);
            return;
        }

        if (await live.Find(door.Region, door.Id) is not { } api)
        {
            await Answer(door.Http, 404, "Not Found");
            return;
        }

        var exchange = new Exchange(door, api, door.RequestId, started);
        await Run(exchange);
        log.Add(exchange);
    }

    private static (int Status, string Message)? Malformed(DoorRequest door)
    {
        var request = door.Http.Request;
        if (HttpMethods.IsTrace(request.Method) || HttpMethods.IsConnect(request.Method)) return (405, "Method Not Allowed");
        if (request.Headers.Authorization.Count > 1) return (400, "Bad Request");
        var head = request.Method.Length + door.RawPath.Length + door.RawQuery.Length;
        foreach (var (name, values) in request.Headers)
            foreach (var value in values)
                head += name.Length + (value?.Length ?? 0) + 4;
        if (head > MaxHead) return (431, "Request Header Fields Too Large");
        if (request.ContentLength > MaxBody) return (413, "Request Entity Too Large");
        return null;
    }

    private async ValueTask Run(Exchange exchange)
    {
        var (context, api) = (exchange.Http, exchange.Api);
        if (api.Api.DisableExecuteApiEndpoint)
        {
            await Answer(context, 403, "Forbidden");
            return;
        }

        var path = ChooseStage(exchange);
        if (exchange.Stage is not { } stage)
        {
            await Answer(exchange, 404, "Not Found");
            return;
        }

        var match = stage.Routes.Find(context.Request.Method, path);
        if (match is null && stage.Cors is { } cors && CorsAnswer.IsPreflight(context.Request))
        {
            cors.AnswerPreflight(context);
            return;
        }

        if (match is null)
        {
            await Answer(exchange, 404, "Not Found");
            return;
        }

        exchange.Route = match.Route;
        exchange.PathParameters = match.Parameters;
        if (match.Route.Throttle?.Take() is false) await Answer(exchange, 429, "Too Many Requests");
        else if (await Authorized(exchange) && await ReadBody(exchange)) await Integrate(exchange);
    }

    /// <summary>A first segment that names a stage chooses it; otherwise `$default`. Gives the path that routes are matched with.</summary>
    private static string ChooseStage(Exchange exchange)
    {
        var path = exchange.RawPath;
        var slash = path.IndexOf('/', 1);
        var first = slash < 0 ? path[1..] : path[1..slash];
        if (first.Length > 0 && exchange.Api.Stages.TryGetValue(Uri.UnescapeDataString(first), out var named) && named.Stage.StageName != "$default")
        {
            exchange.Stage = named;
            return slash < 0 ? "/" : path[slash..];
        }

        exchange.Stage = exchange.Api.Stages.GetValueOrDefault("$default");
        return path;
    }

    private static async ValueTask<bool> Authorized(Exchange exchange)
    {
        var route = exchange.Route!;
        if (route.Route.AuthorizationType == "NONE") return true;
        if (route.Authorizer is null)
        {
            // an authorizer that is gone must never mean an open door
            exchange.Error = "authorizer not found";
            await Answer(exchange, 500, "Internal Server Error");
            return false;
        }

        if (await route.Authorizer.Check(exchange) is not { } refusal) return true;
        exchange.AuthorizerError = refusal.Why;
        exchange.Http.Response.Headers.WWWAuthenticate = refusal.Challenge;
        await Answer(exchange, refusal.Status, refusal.Status == 401 ? "Unauthorized" : "Forbidden");
        return false;
    }

    private static async ValueTask<bool> ReadBody(Exchange exchange)
    {
        var request = exchange.Request;
        if (request.ContentLength is 0 || request.ContentLength is null && !request.Headers.ContainsKey("Transfer-Encoding") && request.Protocol == "HTTP/1.1") return true;
        if (request.ContentLength is { } length)
        {
            var exact = new byte[length];
            await request.Body.ReadExactlyAsync(exact, exchange.Http.RequestAborted);
            exchange.Body = exact;
            return true;
        }

        using var body = new MemoryStream();
        var buffer = new byte[16 << 10];
        for (int read; (read = await request.Body.ReadAsync(buffer, exchange.Http.RequestAborted)) > 0;)
        {
            if (body.Length + read > MaxBody)
            {
                await Answer(exchange, 413, "Request Entity Too Large");
                return false;
            }

            body.Write(buffer, 0, read);
        }

        exchange.Body = body.GetBuffer().AsMemory(0, (int)body.Length);
        return true;
    }

    private async ValueTask Integrate(Exchange exchange)
    {
        if (exchange.Route!.Integration is not { } integration)
        {
            exchange.IntegrationError = "The route has no integration.";
            await Answer(exchange, 500, "Internal Server Error");
            return;
        }

        var begun = installation.Time.GetTimestamp();
        using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(integration.TimeoutInMillis), installation.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, exchange.Http.RequestAborted);
        IntegrationAnswer? answer = null;
        var (status, message) = (500, "Internal Server Error");
        try
        {
            answer = await (integration.IntegrationType == "AWS_PROXY" ? functions.Invoke(exchange, integration, either.Token) : http.Send(exchange, integration, either.Token));
        }
        catch (OperationCanceledException) when (exchange.Http.RequestAborted.IsCancellationRequested)
        {
            return;
        }
        catch (OperationCanceledException)
        {
            (status, message, exchange.IntegrationError) = (503, "Service Unavailable", "Endpoint request timed out");
        }
        catch (HttpRequestException e)
        {
            (status, message, exchange.IntegrationError) = (503, "Service Unavailable", e.Message);
        }
        catch (AwsError e)
        {
            exchange.IntegrationError = e.Message;
            if (e.Code == "TooManyRequestsException") (status, message) = (503, "Service Unavailable");
        }

        exchange.IntegrationLatency = installation.Time.GetElapsedTime(begun);
        if (answer is null) await Answer(exchange, status, message);
        else await Answer(exchange, answer);
    }

    private static async ValueTask Answer(Exchange exchange, IntegrationAnswer answer)
    {
        var response = exchange.Http.Response;
        exchange.IntegrationStatus = answer.IntegrationStatus;
        response.StatusCode = answer.Status;
        foreach (var (name, value) in answer.Headers)
            if (!HeaderNames.IsHopByHop(name) && !name.Equals("content-length", StringComparison.OrdinalIgnoreCase) && !name.StartsWith("apigw-", StringComparison.OrdinalIgnoreCase))
                response.Headers.Append(name.ToLowerInvariant(), value);
        exchange.Stage!.Cors?.Apply(exchange.Http);
        await Write(exchange.Http, answer.Body);
        exchange.ResponseLength = answer.Body.Length;
    }

    /// <summary>An answer of the gateway's own; with the API's CORS headers, so that a page can read why it was refused.</summary>
    private static async ValueTask Answer(Exchange exchange, int status, string message)
    {
        exchange.Error = message;
        exchange.Stage?.Cors?.Apply(exchange.Http);
        exchange.ResponseLength = await Answer(exchange.Http, status, message);
    }

    private static async ValueTask<int> Answer(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        var body = Encoding.UTF8.GetBytes($"{{\"message\":\"{message}\"}}");
        await Write(context, body);
        return body.Length;
    }

    private static async ValueTask Write(HttpContext context, ReadOnlyMemory<byte> body)
    {
        if (context.Response.StatusCode is 204 or 304) return;
        context.Response.ContentLength = body.Length;
        if (body.Length > 0 && !HttpMethods.IsHead(context.Request.Method)) await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}

/// <summary>What an integration answered.</summary>
internal sealed record IntegrationAnswer(int Status, IReadOnlyList<KeyValuePair<string, string>> Headers, ReadOnlyMemory<byte> Body)
{
    /// <summary>What the integration's own service answered: 200 for a function that ran.</summary>
    public int IntegrationStatus { get; init; } = 200;
}

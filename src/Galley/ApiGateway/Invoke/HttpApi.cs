using Galley.Wire;
using Microsoft.AspNetCore.Http;

namespace Galley.ApiGateway.Invoke;

/// <summary>
/// The door `&lt;api&gt;.execute-api.&lt;region&gt;`: stage, preflight, route, throttle, authorizer, body, integration, CORS, log; in this order.
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api.html
/// </summary>
internal sealed class HttpApi(Installation installation, Live live, Target target, CustomDomains domains, AccessLog log) : IDoor
{
    public const int MaxBody = 10 << 20;
    private const int MaxHead = 10_240;

    public HostKind Kind => HostKind.ExecuteApi;

    public string RequestIdHeader => "apigw-requestid";

    public string NewRequestId(Ids ids) => Convert.ToBase64String(ids.Bytes(11));

    public ValueTask<ClaimedName?> Claim(string host) => domains.Claim(host);

    public void Forget() => live.Forget();

    public async Task Serve(DoorRequest door)
    {
        var started = installation.Now;
        if (Malformed(door) is var (status, why))
        {
            door.Trail.Refuse("request", why);
            await Answers.Bare(door.Http, status);
            return;
        }

        var mapped = door.ClaimedHost.Length == 0 ? null : await domains.Find(door);
        if (door.ClaimedHost.Length > 0 && mapped is null)
        {
            await Answers.Bare(door.Http, 403);
            return;
        }

        if (await live.Find(mapped?.Region ?? door.Region, mapped?.ApiId ?? door.Id) is not { } api)
        {
            door.Trail.Refuse("api", $"there is no API {mapped?.ApiId ?? door.Id} in {mapped?.Region ?? door.Region}", "ask for an API that `aws apigatewayv2 get-apis` lists, in its region");
            await Answers.Bare(door.Http, 404);
            return;
        }

        var exchange = new Exchange(door, api, Telemetry.RootFor(door.Http.Request, installation), started);
        door.Trail.Trace = exchange.Trace;
        if (mapped is not null) (exchange.MappingKey, exchange.Stage, exchange.RoutePath) = (mapped.Key, api.Stages.GetValueOrDefault(mapped.Stage), mapped.Rest);
        await Run(exchange);
        exchange.Took = installation.Now - started;
        log.Add(exchange);
    }

    private static (int Status, string Why)? Malformed(DoorRequest door)
    {
        var request = door.Http.Request;
        if (HttpMethods.IsTrace(request.Method) || HttpMethods.IsConnect(request.Method)) return (405, "TRACE and CONNECT are not for APIs");
        if (request.Headers.Authorization.Count > 1) return (400, "there is more than one Authorization header");
        var head = request.Method.Length + door.RawPath.Length + door.RawQuery.Length;
        foreach (var (name, values) in request.Headers)
            foreach (var value in values)
                head += name.Length + (value?.Length ?? 0) + 4;
        if (head > MaxHead) return (431, "request line and headers are larger than 10,240 bytes");
        if (request.ContentLength > MaxBody) return (413, "the body is larger than 10 MB");
        return null;
    }

    private async ValueTask Run(Exchange exchange)
    {
        var (context, api) = (exchange.Http, exchange.Api);
        if (api.Api.DisableExecuteApiEndpoint && exchange.MappingKey is null)
        {
            await Answers.Refuse(exchange, 403, "endpoint", "the API's default endpoint is disabled", fix: "ask by a custom domain, or set disableExecuteApiEndpoint to false");
            return;
        }

        ChooseStage(exchange);
        if (exchange.Stage is not { } stage)
        {
            await Answers.Refuse(exchange, 404, "stage", "the path begins with no stage of the API, and there is no $default stage", fix: "begin the path with a stage's name, or make a stage named $default");
            return;
        }

        var match = stage.Routes.Find(context.Request.Method, exchange.RoutePath);
        if (match is null && stage.Cors is { } cors && CorsAnswer.IsPreflight(context.Request))
        {
            cors.AnswerPreflight(exchange);
            return;
        }

        if (match is null)
        {
            await Answers.Refuse(exchange, 404, "route", stage.Stage.DeploymentId is null ? "the stage has no deployment, so nothing is served for" : "no route of the stage's deployment matches", $"{context.Request.Method} {exchange.RoutePath}",
                "make a route for this method and path (`/x/` is not `/x`), and deploy it if the stage does not deploy by itself");
            return;
        }

        exchange.Route = match.Route;
        exchange.PathParameters = match.Parameters;
        if (match.Route.Throttle?.Take() is false) await Answers.Refuse(exchange, 429, "throttle", "the route's token bucket is empty", fix: "raise throttlingBurstLimit or throttlingRateLimit of the stage or the route");
        else if (match.Route.Authorizer?.NeedsBody is true) await ReadThenAuthorize(exchange);
        else if (await Authorized(exchange)) await Integrate(exchange);
    }

    private async ValueTask ReadThenAuthorize(Exchange exchange)
    {
        if (await ReadBody(exchange) && await Authorized(exchange)) await Integrate(exchange);
    }

    private async ValueTask Integrate(Exchange exchange)
    {
        if (exchange.Route!.Integration is not { } integration)
        {
            exchange.IntegrationError = "The route has no integration.";
            await Answers.Refuse(exchange, 500, "integration", "the route has no integration", fix: "give the route a target");
        }
        else if (exchange.BodyRead || !integration.NeedsBody || await ReadBody(exchange))
        {
            await target.Run(exchange, integration);
        }
    }

    /// <summary>A first segment that names a stage chooses it; otherwise `$default`. Leaves the path that routes are matched with.</summary>
    private static void ChooseStage(Exchange exchange)
    {
        if (exchange.MappingKey is not null) return; // the mapping did
        var path = exchange.RawPath;
        var slash = path.IndexOf('/', 1);
        var first = slash < 0 ? path[1..] : path[1..slash];
        if (first.Length > 0 && exchange.Api.Stages.TryGetValue(Uri.UnescapeDataString(first), out var named) && named.Stage.StageName != "$default")
        {
            exchange.Stage = named;
            exchange.RoutePath = slash < 0 ? "/" : path[slash..];
            return;
        }

        exchange.Stage = exchange.Api.Stages.GetValueOrDefault("$default");
        exchange.RoutePath = path;
    }

    private async ValueTask<bool> Authorized(Exchange exchange)
    {
        var route = exchange.Route!;
        if (route.Route.AuthorizationType == "NONE") return true;
        if (route.Authorizer is null)
        {
            // an authorizer that is gone must never mean an open door
            await Answers.Refuse(exchange, 500, "authorizer", "the route's authorizer is gone", fix: "give the route another authorizer, and deploy");
            return false;
        }

        using var span = Telemetry.Step("authorizer");
        span?.SetTag("galley.authorizer", route.Authorizer.Name);
        if (await installation.Reach(Hop.Authorizer, exchange.Api.Api.ApiId, exchange.Http.RequestAborted) != Harm.None)
        {
            await Answers.Refuse(exchange, 500, "authorizer", "a test injected this fault");
            return false;
        }

        var began = exchange.Trail.Now;
        if (await route.Authorizer.Check(exchange) is not { } refusal)
        {
            exchange.Trail.Span("authorizer", exchange.Remembered ? "let the request in by what it found before:" : "let the request in:", route.Authorizer.Name, began);
            return true;
        }

        span?.SetTag("galley.refused", refusal.Why);
        exchange.AuthorizerError = refusal.Why;
        if (refusal.Challenge is not null) exchange.Http.Response.Headers.WWWAuthenticate = refusal.Challenge;
        await Answers.Refuse(exchange, refusal.Status, refusal.Check ?? route.Authorizer.Name, refusal.Detail ?? refusal.Why, fix: refusal.Fix);
        return false;
    }

    private static async ValueTask<bool> ReadBody(Exchange exchange)
    {
        exchange.BodyRead = true;
        if (!exchange.HasBody) return true;
        var request = exchange.Request;
        try
        {
            if (request.ContentLength is { } length)
            {
                var exact = new byte[length];
                await request.Body.ReadExactlyAsync(exact, exchange.Http.RequestAborted);
                exchange.Body = exact;
            }
            else
            {
                using var body = new MemoryStream();
                var buffer = new byte[16 << 10];
                for (int read; (read = await request.Body.ReadAsync(buffer, exchange.Http.RequestAborted)) > 0;)
                {
                    if (body.Length + read > MaxBody) throw PassedBody.TooLarge();
                    body.Write(buffer, 0, read);
                }

                exchange.Body = body.GetBuffer().AsMemory(0, (int)body.Length);
            }
        }
        catch (BadHttpRequestException e) when (e.StatusCode == 413)
        {
            await Answers.Refuse(exchange, 413, "body", "the body is larger than 10 MB");
            return false;
        }

        exchange.Received = exchange.Body.Length;
        return true;
    }
}

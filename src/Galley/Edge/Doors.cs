using System.Text;
using Galley.Wire;
using Microsoft.AspNetCore.Http;

namespace Galley.Edge;

/// <summary>
/// The first hop of every request: the host name decides whether it goes to a service's own door or to the AWS API.
/// A host name that is not ours is refused before anything else looks at the request.
/// </summary>
internal sealed class Doors(Installation installation, Names names, AwsApi api, IEnumerable<IDoor> doors, AwsService own, ConsoleSessions sessions, Explain explain, Func<Task> reset)
{
    private const string OwnPath = "/_galley/", HealthPath = OwnPath + "health", RequestIdHeader = "x-amzn-RequestId";

    private static readonly Dictionary<string, HostKind> PathForms = new()
    {
        ["cloudfront"] = HostKind.CloudFront,
        ["execute-api"] = HostKind.ExecuteApi,
        ["auth"] = HostKind.SignIn,
        ["website"] = HostKind.S3Website,
        ["lambda-url"] = HostKind.FunctionUrl,
    };

    private readonly Dictionary<HostKind, IDoor> _doors = doors.ToDictionary(door => door.Kind);
    public async Task Handle(HttpContext http)
    {
        var (path, query) = ApiRequest.RawTarget(http);
        var name = HostOf(http);
        if (await names.Of(name) is not { } owner)
        {
            Refuse(http, path, "host", $"the name {name} is not one that Galley answers, nor a custom domain or alias of any service", "ask by an AWS name, its .localhost form, localhost or 127.0.0.1, or give the name to a distribution, an API or a user pool");
            return;
        }

        var host = owner.Meaning;
        if (installation.IsOfAFunction(http.Connection.RemotePort) && (host.Kind.IsForPeople() || host.Kind == HostKind.AwsApi && IsOwn(path) && path != HealthPath))
        {
            Refuse(http, path, "function", "a contained function asked for a page of Galley's own", "functions call AWS's APIs with their role's credentials");
            return;
        }

        if (Listening.IsElsewhere(http.Connection.LocalIpAddress) && (host.Kind.IsForPeople() || path == OwnPath + "reset"))
        {
            Refuse(http, path, "listener", "another machine asked for something of Galley's own", "Galley's pages are shown on its own machine only; programs sign their calls");
            return;
        }

        try
        {
            if (host.Kind == HostKind.AwsApi && path.StartsWith(OwnPath, StringComparison.Ordinal)) await Own(http, path, query);
            else if (host.Kind is HostKind.AwsApi or HostKind.S3Bucket) await api.Serve(new ApiRequest(http, path, query) { HostName = name, HostBucket = host.Kind == HostKind.S3Bucket ? host.Id : "" }, host);
            else if (host.Kind == HostKind.Console && IsCall(http)) await ConsoleCall(new ApiRequest(http, path, query));
            else await Open(http, host, path, query, claimed: owner.Claimed);
        }
        catch (Exception e) when (e is not (OperationCanceledException or BadHttpRequestException))
        {
            installation.Log($"error: {http.Request.Method} {name}{path}: {e}");
            if (!http.Response.HasStarted)
            {
                http.Response.Clear();
                http.Response.StatusCode = StatusCodes.Status500InternalServerError;
            }
        }
    }

    /// <summary>The trail of a request, with nothing of it that may be secret: no query, no header but two ids.</summary>
    public static Trail TrailOf(Installation installation, HttpContext http, string requestId, string rawPath, string? host = null) => new(installation.Time)
    {
        RequestId = requestId,
        Method = http.Request.Method,
        Host = host ?? HostOf(http),
        Path = rawPath,
        Trace = IdIn(http.Request.Headers["X-Amzn-Trace-Id"].ToString()),
        Parent = IdIn(http.Request.Headers["X-Amz-Cf-Id"].ToString()),
    };

    /// <summary>An id as AWS's parts send it; what is longer is none, and not worth its memory.</summary>
    private static string IdIn(string header) => header.Length <= 256 ? header : "";

    /// <summary>Whether an address is for whoever runs Galley: its pages, and paths of its own that are no app's.</summary>
    /// <param name="host">With a port or without.</param>
    /// <param name="path">As it is sent.</param>
    public static bool IsForPeople(string host, string path) => IsOwn(path) || HostNames.Read(WithoutPort(host)) is { } name && name.Kind.IsForPeople();

    private static bool IsOwn(string path) => path.StartsWith(OwnPath, StringComparison.Ordinal) && !PathForms.ContainsKey(path[OwnPath.Length..].Split('/', 2)[0]);

    /// <summary>The name in `Host`, without its port, as it came: `HttpRequest.Host` decodes Punycode, and throws for what is none.</summary>
    public static string HostOf(HttpContext http) => WithoutPort(http.Request.Headers.Host.ToString());

    private static string WithoutPort(string host)
    {
        var colon = host.LastIndexOf(':');
        return colon > 0 && colon > host.LastIndexOf(']') ? host[..colon] : host;
    }

    /// <summary>Paths of our own: health, reset, signed calls (mail, explanations, links), and the path form of host names for clients that cannot resolve them.</summary>
    private async Task Own(HttpContext http, string path, string query)
    {
        var parts = path[OwnPath.Length..].Split('/', 3);
        if (!PathForms.ContainsKey(parts[0]) && Listening.IsFromAWebPage(http))
            Refuse(http, path, "origin", "a web page of another origin asked for something of Galley's own", "ask from a program, or from Galley's own pages");
        else if (parts[0] == "health")
            await Write(http, 200, """{"status":"ready"}""");
        else if (parts[0] == "reset" && http.Request.Method == "POST" && installation.Options.DataFolder is null)
        {
            await reset();
            await Write(http, 200, "{}");
        }
        else if (PathForms.TryGetValue(parts[0], out var kind) && parts.Length > 1 && parts[1].Length > 0)
            await Open(http, new(kind, parts[1], ""), "/" + (parts.Length > 2 ? parts[2] : ""), query, $"{OwnPath}{parts[0]}/{parts[1]}");
        else if (own.Claims(new ApiRequest(http, path, query)))
            await OwnCall(new ApiRequest(http, path, query));
        else
            await Write(http, 404, """{"message":"Not Found"}""");
    }

    /// <summary>A call of Galley's own; without any signature it is told how to come in (row 150).</summary>
    private async Task OwnCall(ApiRequest request)
    {
        if (request.Header("Authorization") is not null || request.RawQuery.Contains("X-Amz-Signature=", StringComparison.Ordinal))
        {
            await api.Serve(request, own);
            return;
        }

        Refuse(request.Http, request.RawPath, "signature", "the request is not signed", "sign it for the service galley with the keys of galley env, or use the galley command", StatusCodes.Status401Unauthorized);
        request.Http.Response.Headers.WWWAuthenticate = "AWS4-HMAC-SHA256";
        await Write(request.Http, 401, """{"message":"Sign the request for the service galley with the keys of `galley env`, or use the galley command (docs/inbox.md)."}""");
    }

    /// <summary>What the console's page sends to its own origin for the AWS API: signed calls. A page's own GETs carry no signature.</summary>
    private static bool IsCall(HttpContext http)
        => http.Request.Headers.Authorization.ToString().StartsWith("AWS4-HMAC-SHA256", StringComparison.Ordinal);

    /// <summary>A signed call from the console's page: first its session, then the same way as every other client's.</summary>
    private async Task ConsoleCall(ApiRequest request)
    {
        var http = request.Http;
        var trail = TrailOf(installation, http, installation.Ids.Uuid(), request.RawPath);
        trail.Service = Name(HostKind.Console);
        if (!await sessions.Admit(http, request.RawPath, request.RawQuery, trail))
        {
            trail.Status = http.Response.StatusCode;
            explain.Keep(trail);
            return;
        }

        http.Response.Headers.Clear(); // the answer is the API's own
        if (!request.RawPath.StartsWith(OwnPath, StringComparison.Ordinal)) await api.Serve(request, new HostNames.Meaning(HostKind.AwsApi, "", ""));
        else if (own.Claims(request)) await api.Serve(request, own);
        else await Write(http, 404, """{"message":"Not Found"}""");
    }

    private async Task Open(HttpContext http, HostNames.Meaning host, string path, string query, string prefix = "", string claimed = "")
    {
        if (!_doors.TryGetValue(host.Kind, out var door) && !host.Kind.IsForPeople())
        {
            await Write(http, 404, """{"message":"Not Found"}""");
            return;
        }

        var trail = TrailOf(installation, http, door?.NewRequestId(installation.Ids) ?? installation.Ids.Uuid(), path);
        trail.Service = Name(host.Kind);
        installation.Ids.Begin(trail.Service);
        using var span = Telemetry.Serve(trail.Service, http);
        var begun = Telemetry.Measures ? installation.Time.GetTimestamp() : 0;
        http.Response.Headers[door?.RequestIdHeader ?? RequestIdHeader] = trail.RequestId;
        // Kept before the answer leaves: who has the answer may ask why at once.
        var kept = false;
        http.Response.OnStarting(() =>
        {
            if (trail.Status == 0) trail.Status = http.Response.StatusCode;
            explain.Keep(trail);
            kept = true;
            return Task.CompletedTask;
        });
        try
        {
            if (host.Kind.IsForPeople() && !await sessions.Admit(http, path, query, trail)) return;
            var request = new DoorRequest(http, host.Id, host.Region.Length == 0 ? installation.Region : host.Region, path, query, prefix, trail) { ClaimedHost = claimed };
            if (door is null) await Write(http, 404, """{"message":"Not Found"}""");
            else if (installation.Options.Faults is null || !await Hops.AtDoor(installation, request, host.Kind)) await door.Serve(request);
        }
        catch (BadHttpRequestException e)
        {
            trail.Refuse("http", e.Message);
            trail.Status = e.StatusCode;
            throw;
        }
        catch (Exception e)
        {
            trail.Status = StatusCodes.Status500InternalServerError;
            if (e is AwsError error) trail.Add(error);
            else trail.Refuse("answer", "Galley itself failed; its log tells more");
            throw;
        }
        finally
        {
            if (trail.Status == 0) trail.Status = http.Response.StatusCode;
            if (kept) trail.Finish();
            else explain.Keep(trail);

            span?.SetTag("url.path", path).SetTag("http.response.status_code", trail.Status).SetTag("galley.request_id", trail.RequestId).SetTag("galley.cache", trail.Entries.FirstOrDefault(entry => entry.Check == "cache").Why)
                .SetStatus(trail.Status >= 500 ? System.Diagnostics.ActivityStatusCode.Error : System.Diagnostics.ActivityStatusCode.Unset);
            if (begun != 0) Telemetry.Served(trail.Service, trail.Status, installation.Time.GetElapsedTime(begun));
        }
    }

    /// <summary>A request that was no HTTP that everybody reads alike: no service has seen it, and its answer is Kestrel's bare one.</summary>
    public void RefusedByHttp(string problem, int status)
    {
        var trail = new Trail(installation.Time) { RequestId = installation.Ids.Uuid(), Service = "edge", Status = status };
        trail.Refuse("http", "the request has " + problem);
        explain.Keep(trail);
    }

    private void Refuse(HttpContext http, string path, string check, string why, string fix, int status = StatusCodes.Status403Forbidden)
    {
        var trail = TrailOf(installation, http, installation.Ids.Uuid(), path);
        trail.Service = "edge";
        trail.Refuse(check, why, fix);
        trail.Status = http.Response.StatusCode = status;
        http.Response.Headers[RequestIdHeader] = trail.RequestId;
        explain.Keep(trail);
    }

    private static string Name(HostKind kind) => kind switch
    {
        HostKind.CloudFront => "cloudfront",
        HostKind.ExecuteApi => "execute-api",
        HostKind.SignIn => "cognito sign-in",
        HostKind.S3Website => "s3 website",
        HostKind.FunctionUrl => "function URL",
        _ => kind.ToString().ToLowerInvariant(),
    };

    private static async Task Write(HttpContext http, int status, string json)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        var body = Encoding.UTF8.GetBytes(json);
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body);
    }
}

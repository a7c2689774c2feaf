using System.Text;
using Galley.Wire;
using Microsoft.AspNetCore.Http;

namespace Galley.Edge;

/// <summary>
/// The first hop of every request: the host name decides whether it goes to a service's own door or to the AWS API.
/// A host name that is not ours is refused before anything else looks at the request.
/// </summary>
internal sealed class Doors(Installation installation, AwsApi api, IEnumerable<IDoor> doors, Func<Task> reset)
{
    private const string OwnPath = "/_galley/";

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
        if (HostNames.Read(http.Request.Host.Host) is not { } host)
        {
            http.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        var (path, query) = ApiRequest.RawTarget(http);
        try
        {
            if (host.Kind == HostKind.AwsApi && path.StartsWith(OwnPath, StringComparison.Ordinal)) await Own(http, path, query);
            else if (host.Kind is HostKind.AwsApi or HostKind.S3Bucket) await api.Serve(new ApiRequest(http, path, query) { HostBucket = host.Kind == HostKind.S3Bucket ? host.Id : "" }, host);
            else await Open(http, host.Kind, host.Id, host.Region, path, query, "");
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            installation.Log($"error: {http.Request.Method} {http.Request.Host}{path}: {e}");
            if (!http.Response.HasStarted)
            {
                http.Response.Clear();
                http.Response.StatusCode = StatusCodes.Status500InternalServerError;
            }
        }
    }

    /// <summary>Paths of our own: health, reset, the inbox, and the path form of host names for clients that cannot resolve them.</summary>
    private async Task Own(HttpContext http, string path, string query)
    {
        var parts = path[OwnPath.Length..].Split('/', 3);
        if (parts[0] == "health")
            await Write(http, 200, """{"status":"ready"}""");
        else if (parts[0] == "reset" && http.Request.Method == "POST" && installation.Options.DataFolder is null && !FromAWebPage(http))
        {
            await reset();
            await Write(http, 200, "{}");
        }
        else if (parts[0] == "inbox" && _doors.ContainsKey(HostKind.Inbox))
            await Open(http, HostKind.Inbox, "", "", "/" + string.Join('/', parts[1..]), query, OwnPath + "inbox");
        else if (PathForms.TryGetValue(parts[0], out var kind) && parts.Length > 1 && parts[1].Length > 0)
            await Open(http, kind, parts[1], "", "/" + (parts.Length > 2 ? parts[2] : ""), query, $"{OwnPath}{parts[0]}/{parts[1]}");
        else
            await Write(http, 404, """{"message":"Not Found"}""");
    }

    private async Task Open(HttpContext http, HostKind kind, string id, string region, string path, string query, string prefix)
    {
        if (_doors.TryGetValue(kind, out var door))
            await door.Serve(new DoorRequest(http, id, region.Length == 0 ? installation.Region : region, path, query, prefix));
        else
            await Write(http, 404, """{"message":"Not Found"}""");
    }

    /// <summary>Whether a browser sent this on behalf of a page that is not ours (security §4).</summary>
    private static bool FromAWebPage(HttpContext http)
        => http.Request.Headers.Origin.Count > 0 || http.Request.Headers["Sec-Fetch-Site"].ToString() is not ("" or "none" or "same-origin");

    private static async Task Write(HttpContext http, int status, string json)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        await http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(json));
    }
}

using System.Globalization;
using Galley.Wire;
using Microsoft.AspNetCore.Http;

namespace Galley.ApiGateway.Invoke;

/// <summary>One request on its way through an API, and what was decided about it so far.</summary>
internal sealed class Exchange(DoorRequest door, LiveApi api, string requestId, DateTimeOffset started)
{
    private List<KeyValuePair<string, string>>? _query;

    public HttpContext Http => door.Http;

    public HttpRequest Request => door.Http.Request;

    public LiveApi Api => api;

    public string RequestId => requestId;

    public DateTimeOffset Started => started;

    public LiveStage? Stage { get; set; }

    public LiveRoute? Route { get; set; }

    public KeyValuePair<string, string>[] PathParameters { get; set; } = [];

    /// <summary>The verified token, once the authorizer let it through.</summary>
    public VerifiedToken? Token { get; set; }

    public ReadOnlyMemory<byte> Body { get; set; }

    /// <summary>Path as sent, with the stage, percent-encoded.</summary>
    public string RawPath => door.RawPath;

    /// <summary>Path with the stage, decoded once: `rawPath` of events.</summary>
    public string Path => field ??= door.RawPath.Contains('%', StringComparison.Ordinal) ? Uri.UnescapeDataString(door.RawPath) : door.RawPath;

    public string RawQuery => door.RawQuery;

    public List<KeyValuePair<string, string>> Query => _query ??= ApiRequest.ParseForm(door.RawQuery);

    public string StageName => Stage?.Stage.StageName ?? "";

    public string RouteKey => Route?.Route.RouteKey ?? "";

    /// <summary>The host the client used, without port; AWS's own name for requests by the path form.</summary>
    public string DomainName => door.PathPrefix.Length == 0 ? door.Host : $"{api.Api.ApiId}.execute-api.{api.Keys.Region}.amazonaws.com";

    public string SourceIp => field ??= Http.Connection.RemoteIpAddress is { } address ? (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString() : "127.0.0.1";

    public string UserAgent => Request.Headers.UserAgent.ToString();

    public string ForwardedFor => Request.Headers["X-Forwarded-For"].ToString() is { Length: > 0 } before ? $"{before}, {SourceIp}" : SourceIp;

    public int Port => Request.Host.Port ?? (Request.IsHttps ? 443 : 80);

    /// <summary>`12/Mar/2020:19:03:58 +0000`</summary>
    public string RequestTime => started.UtcDateTime.ToString("dd'/'MMM'/'yyyy':'HH':'mm':'ss", CultureInfo.InvariantCulture) + " +0000";

    /// <summary>What the function's policy sees as aws:SourceArn: `…:api/stage/GET/route/{x}`, the route key's own form.</summary>
    public string SourceArn
    {
        get
        {
            var key = RouteKey;
            var space = key.IndexOf(' ', StringComparison.Ordinal);
            var method = space < 0 ? "" : key.AsSpan(0, space) is "ANY" ? "*" : key[..space];
            return $"arn:aws:execute-api:{api.Keys.Region}:{api.Keys.Account}:{api.Api.ApiId}/{StageName}/{(space < 0 ? key : method + key[(space + 1)..])}";
        }
    }

    // for the access log
    public string? Error { get; set; }

    public string? AuthorizerError { get; set; }

    public string? IntegrationError { get; set; }

    public int? IntegrationStatus { get; set; }

    public TimeSpan? IntegrationLatency { get; set; }

    public long ResponseLength { get; set; }

    /// <summary>Headers for an integration: lower-case names, values joined; without hop-by-hop ones and without what only AWS may set.</summary>
    public IEnumerable<(string Name, Microsoft.Extensions.Primitives.StringValues Values)> PassedHeaders()
    {
        foreach (var (name, values) in Request.Headers)
            if (!HeaderNames.IsHopByHop(name) && !name.StartsWith("x-amzn-", StringComparison.OrdinalIgnoreCase) && !name.StartsWith(':')
                && !name.StartsWith("x-forwarded-", StringComparison.OrdinalIgnoreCase))
                yield return (name, values);
    }
}

internal static class HeaderNames
{
    private static readonly HashSet<string> HopByHop = new(StringComparer.OrdinalIgnoreCase)
    {
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer", "trailers", "transfer-encoding", "upgrade",
    };

    public static bool IsHopByHop(string name) => HopByHop.Contains(name);

    /// <summary>Whether a server may send this as it is: a token as name, no control or foreign characters in the value.</summary>
    public static bool IsSendable(string name, string value)
        => name.Length > 0 && !name.AsSpan().ContainsAnyExcept(Token) && !value.AsSpan().ContainsAnyExcept(Value);

    private static readonly System.Buffers.SearchValues<char> Token =
        System.Buffers.SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    private static readonly System.Buffers.SearchValues<char> Value =
        System.Buffers.SearchValues.Create("\t" + new string([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (char)c)]));
}

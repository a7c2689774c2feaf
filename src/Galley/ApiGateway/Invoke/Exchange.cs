using System.Globalization;
using Galley.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Galley.ApiGateway.Invoke;

/// <summary>One request on its way through an API, and what was decided about it so far.</summary>
internal sealed class Exchange(DoorRequest door, LiveApi api, string trace, DateTimeOffset started)
{
    private List<KeyValuePair<string, string>>? _query;

    public HttpContext Http => door.Http;

    public HttpRequest Request => door.Http.Request;

    public LiveApi Api => api;

    public string RequestId => door.RequestId;

    public DateTimeOffset Started => started;

    public LiveStage? Stage { get; set; }

    public LiveRoute? Route { get; set; }

    public KeyValuePair<string, string>[] PathParameters { get; set; } = [];

    /// <summary>The verified token, once a JWT authorizer let it through.</summary>
    public VerifiedToken? Token { get; set; }

    /// <summary>What an authorizer function said, once it let the request through.</summary>
    public AuthorizerAnswer? Answer { get; set; }

    /// <summary>Who signed the request, once IAM let it through.</summary>
    public Principal? Caller { get; set; }

    /// <summary>The authorizer needed no new proof: it had verified this very token, or heard its function's answer, before.</summary>
    public bool Remembered { get; set; }

    public ReadOnlyMemory<byte> Body { get; set; }

    /// <summary>Whether <see cref="Body"/> was read; until then it waits in the request.</summary>
    public bool BodyRead { get; set; }

    /// <summary>What parameter mapping made of the request; null where nothing is mapped.</summary>
    public MappedRequest? Mapped { get; set; }

    public Trail Trail => door.Trail;

    /// <summary>Path as sent, with the stage, percent-encoded.</summary>
    public string RawPath => door.RawPath;

    /// <summary>Path as it was signed: that of the request line.</summary>
    public string SignedPath => door.PathPrefix + door.RawPath;

    /// <summary>Path without stage or mapping key, percent-encoded: what routes are matched with.</summary>
    public string RoutePath { get; set; } = "/";

    /// <summary>Path with the stage, decoded once: `rawPath` of events.</summary>
    public string Path => field ??= door.RawPath.Contains('%', StringComparison.Ordinal) ? Uri.UnescapeDataString(door.RawPath) : door.RawPath;

    public string RawQuery => door.RawQuery;

    public List<KeyValuePair<string, string>> Query => _query ??= ApiRequest.ParseForm(door.RawQuery);

    /// <summary>Path, query and headers as the integration gets them.</summary>
    public string SentPath => Mapped?.Path ?? Path;

    public string SentRawQuery => Mapped?.RawQuery ?? door.RawQuery;

    public IReadOnlyList<KeyValuePair<string, string>> SentQuery => Mapped?.Query ?? Query;

    public string StageName => Stage?.Stage.StageName ?? "";

    public string RouteKey => Route?.Route.RouteKey ?? "";

    /// <summary>The key of the custom domain's mapping that led here; null without a custom domain.</summary>
    public string? MappingKey { get; set; }

    /// <summary>The host the client used, without port; AWS's own name for requests by the path form.</summary>
    public string DomainName => door.PathPrefix.Length == 0 ? door.Host : $"{api.Api.ApiId}.execute-api.{api.Keys.Region}.amazonaws.com";

    /// <summary>The first label of <see cref="DomainName"/>.</summary>
    public string DomainPrefix => DomainName.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot ? DomainName[..dot] : DomainName;

    /// <summary>`Root=1-5e6722a7-cc2xmpl46db7ae98c58a9d0b`, for whoever is asked on behalf of this request.</summary>
    public string Trace { get; } = trace;

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

    /// <summary>What policies of callers and authorizers judge: `…:api/stage/GET/pets/1`, the path as it was asked for.</summary>
    public string RouteArn => field ??=
        $"arn:aws:execute-api:{api.Keys.Region}:{api.Keys.Account}:{api.Api.ApiId}/{StageName}/{Request.Method}{(RoutePath.Contains('%', StringComparison.Ordinal) ? Uri.UnescapeDataString(RoutePath) : RoutePath)}";

    /// <summary>Condition keys for such policies.</summary>
    public Dictionary<string, string> Conditions() => new()
    {
        ["aws:SourceIp"] = SourceIp,
        ["aws:SecureTransport"] = Request.IsHttps ? "true" : "false",
        ["aws:UserAgent"] = UserAgent,
        ["aws:RequestedRegion"] = api.Keys.Region,
    };

    /// <summary>Whether a body was announced, or may come (HTTP/2 without a length).</summary>
    public bool HasBody => Request.ContentLength is > 0 || Request.ContentLength is null && (Request.Headers.ContainsKey("Transfer-Encoding") || Request.Protocol is not ("HTTP/1.1" or "HTTP/1.0"));

    // for the access log
    public string? Error { get; set; }

    /// <summary>The kind of gateway response, `UNAUTHORIZED` say.</summary>
    public string? ErrorType { get; set; }

    /// <summary>What the function said its status is.</summary>
    public int? FunctionStatus { get; set; }

    /// <summary>What the function's own log calls its invocation.</summary>
    public string? IntegrationRequestId { get; set; }

    /// <summary>Bytes of the request's body.</summary>
    public long Received { get; set; }

    public TimeSpan Took { get; set; }

    public string? AuthorizerError { get; set; }

    public string? IntegrationError { get; set; }

    /// <summary>What would help, for the trail.</summary>
    public string IntegrationFix { get; set; } = "";

    public int? IntegrationStatus { get; set; }

    public TimeSpan? IntegrationLatency { get; set; }

    public long ResponseLength { get; set; }

    /// <summary>Headers for an integration, as mapped or as sent; without hop-by-hop ones and without what only AWS may set.</summary>
    public IEnumerable<KeyValuePair<string, StringValues>> SentHeaders() => Mapped?.Headers ?? PassedHeaders();

    public IEnumerable<KeyValuePair<string, StringValues>> PassedHeaders()
    {
        var nominated = HeaderNames.Nominated(Request.Headers.Connection);
        foreach (var header in Request.Headers)
            if (!HeaderNames.IsHopByHop(header.Key) && nominated?.Contains(header.Key) is not true && !header.Key.StartsWith("x-amzn-", StringComparison.OrdinalIgnoreCase)
                && !header.Key.StartsWith(':') && !header.Key.StartsWith("x-forwarded-", StringComparison.OrdinalIgnoreCase))
                yield return header;
    }
}

internal static class HeaderNames
{
    private static readonly HashSet<string> HopByHop = new(StringComparer.OrdinalIgnoreCase)
    {
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer", "trailers", "transfer-encoding", "upgrade",
    };

    public static bool IsHopByHop(string name) => HopByHop.Contains(name);

    /// <summary>Further headers that end at this hop because `Connection` names them (RFC 9110 §7.6.1); null for none.</summary>
    public static HashSet<string>? Nominated(StringValues connection)
    {
        HashSet<string>? names = null;
        foreach (var line in connection)
            foreach (var name in (line ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                if (!name.Equals("close", StringComparison.OrdinalIgnoreCase) && !IsHopByHop(name))
                    (names ??= new(StringComparer.OrdinalIgnoreCase)).Add(name);
        return names;
    }

    /// <summary>Whether a server may send this as it is: a token as name, no control or foreign characters in the value.</summary>
    public static bool IsSendable(string name, string value)
        => name.Length > 0 && !name.AsSpan().ContainsAnyExcept(Token) && !value.AsSpan().ContainsAnyExcept(Value);

    private static readonly System.Buffers.SearchValues<char> Token =
        System.Buffers.SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    private static readonly System.Buffers.SearchValues<char> Value =
        System.Buffers.SearchValues.Create("\t" + new string([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (char)c)]));
}

using System.Text.Json.Serialization;

namespace Galley.Functions;

/// <summary>
/// The event of a function at a distribution's edge (Lambda@Edge), at each of the four places: viewer request, origin request, origin response, viewer response.
/// AWS itself takes only Node.js and Python there.
/// </summary>
/// <param name="Records">Always one.</param>
public sealed record CloudFrontEvent(IReadOnlyList<CloudFrontRecord> Records)
{
    /// <summary>Place, request and response.</summary>
    [JsonIgnore]
    public CloudFrontExchange Cf => Records[0].Cf;
}

/// <summary>The one record of an event at the edge.</summary>
/// <param name="Cf">Place, request and response.</param>
public sealed record CloudFrontRecord(CloudFrontExchange Cf);

/// <summary>A request on its way through the edge.</summary>
/// <param name="Config">Where it is.</param>
/// <param name="Request">From the viewer, or to the origin.</param>
/// <param name="Response">Only for the two places of responses.</param>
public sealed record CloudFrontExchange(CloudFrontConfig Config, CloudFrontRequest Request, CloudFrontResponse? Response = null);

/// <summary>Where a request is.</summary>
/// <param name="DistributionDomainName">`d….cloudfront.net`.</param>
/// <param name="DistributionId">The distribution.</param>
/// <param name="EventType">`viewer-request`, `origin-request`, `origin-response` or `viewer-response`.</param>
/// <param name="RequestId">Of the viewer's request.</param>
public sealed record CloudFrontConfig(string DistributionDomainName, string DistributionId, string EventType, string RequestId = "");

/// <summary>What a function at the edge gives back: the request, for it to go on, or a response. Those of the event with changes, or a response of its own.</summary>
[JsonDerivedType(typeof(CloudFrontRequest))]
[JsonDerivedType(typeof(CloudFrontResponse))]
public abstract record CloudFrontResult
{
    /// <summary>Headers by lower-case name.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<CloudFrontHeader>> Headers { get; init; } = new Dictionary<string, IReadOnlyList<CloudFrontHeader>>();

    /// <summary>A header's first value; null when there is none.</summary>
    /// <param name="name">Of the header, in any case.</param>
    public string? Header(string name) => Headers.GetValueOrDefault(Lower(name))?.FirstOrDefault()?.Value;

    private protected Dictionary<string, IReadOnlyList<CloudFrontHeader>> Replaced(string name, IEnumerable<string> values)
    {
        var headers = new Dictionary<string, IReadOnlyList<CloudFrontHeader>>(Headers);
        headers.Remove(Lower(name));
        if (values.Select(value => new CloudFrontHeader(value, name)).ToList() is { Count: > 0 } given) headers[Lower(name)] = given;
        return headers;
    }

#pragma warning disable CA1308 // CloudFront's keys are in lower case
    private static string Lower(string name) => name.ToLowerInvariant();
#pragma warning restore CA1308
}

/// <summary>A value of a header.</summary>
/// <param name="Value">The value.</param>
/// <param name="Key">The header's name as it is sent.</param>
public sealed record CloudFrontHeader(string Value, string? Key = null);

/// <summary>A request at the edge.</summary>
public sealed record CloudFrontRequest : CloudFrontResult
{
    /// <summary>Address of the viewer.</summary>
    public string ClientIp { get; init; } = "";

    /// <summary>`GET` and the like; cannot be changed.</summary>
    public string Method { get; init; } = "";

    /// <summary>The path.</summary>
    public string Uri { get; init; } = "";

    /// <summary>The query without `?`.</summary>
    public string Querystring { get; init; } = "";

    /// <summary>The body, where the association includes it.</summary>
    public CloudFrontBody? Body { get; init; }

    /// <summary>The origin, at the origin's places; another one at an origin request sends it there.</summary>
    public CloudFrontOrigin? Origin { get; init; }

    /// <summary>The request with a header.</summary>
    /// <param name="name">Of the header.</param>
    /// <param name="values">Instead of those it has; none to take it away.</param>
    public CloudFrontRequest WithHeader(string name, params IEnumerable<string> values) => this with { Headers = Replaced(name, values) };
}

/// <summary>A request's body.</summary>
/// <param name="Data">As <paramref name="Encoding"/> says.</param>
/// <param name="Encoding">`base64`, or `text` for one of the function's own.</param>
/// <param name="Action">`read-only`, or `replace` for one of the function's own.</param>
/// <param name="InputTruncated">It was larger than the event can take.</param>
public sealed record CloudFrontBody(string Data, string Encoding = "base64", string Action = "read-only", bool? InputTruncated = null)
{
    /// <summary>A body instead of the viewer's.</summary>
    /// <param name="text">Its text.</param>
    public static CloudFrontBody Replace(string text) => new(text, "text", "replace");
}

/// <summary>Where a request goes; one of the two.</summary>
/// <param name="S3">A bucket.</param>
/// <param name="Custom">Any web server.</param>
public sealed record CloudFrontOrigin(CloudFrontS3Origin? S3 = null, CloudFrontCustomOrigin? Custom = null);

/// <summary>A bucket as an origin.</summary>
/// <param name="DomainName">`NAME.s3.REGION.amazonaws.com`.</param>
/// <param name="Region">The bucket's.</param>
/// <param name="Path">Before the request's path.</param>
/// <param name="AuthMethod">`origin-access-identity` or `none`.</param>
/// <param name="CustomHeaders">Go along with the request.</param>
public sealed record CloudFrontS3Origin(
    string DomainName, string Region = "", string Path = "", string AuthMethod = "none", IReadOnlyDictionary<string, IReadOnlyList<CloudFrontHeader>>? CustomHeaders = null);

/// <summary>A web server as an origin.</summary>
/// <param name="DomainName">Its host.</param>
/// <param name="Port">Its port.</param>
/// <param name="Protocol">`http` or `https`.</param>
/// <param name="Path">Before the request's path.</param>
/// <param name="KeepaliveTimeout">Seconds.</param>
/// <param name="ReadTimeout">Seconds.</param>
/// <param name="SslProtocols">`TLSv1.2` and the like.</param>
/// <param name="CustomHeaders">Go along with the request.</param>
public sealed record CloudFrontCustomOrigin(
    string DomainName, int Port = 443, string Protocol = "https", string Path = "", int KeepaliveTimeout = 5, int ReadTimeout = 30, IReadOnlyList<string>? SslProtocols = null,
    IReadOnlyDictionary<string, IReadOnlyList<CloudFrontHeader>>? CustomHeaders = null);

/// <summary>A response at the edge.</summary>
public sealed record CloudFrontResponse : CloudFrontResult
{
    /// <summary>HTTP status, as text.</summary>
    public string Status { get; init; } = "200";

    /// <summary>`OK` and the like.</summary>
    public string? StatusDescription { get; init; }

    /// <summary>A body of the function's own; the event has none, and without it the origin's stays.</summary>
    public string? Body { get; init; }

    /// <summary>How <see cref="Body"/> is written: `text` or `base64`; null for text.</summary>
    public string? BodyEncoding { get; init; }

    /// <summary>The response with a header.</summary>
    /// <param name="name">Of the header.</param>
    /// <param name="values">Instead of those it has; none to take it away.</param>
    public CloudFrontResponse WithHeader(string name, params IEnumerable<string> values) => this with { Headers = Replaced(name, values) };
}

using System.Globalization;
using System.Xml.Linq;
using Galley.Wire;

namespace Galley.CloudFront.Serve;

/// <summary>Where a behaviour's objects come from.</summary>
/// <param name="Domain">Host name.</param>
/// <param name="Path">Put before every path; empty for none.</param>
/// <param name="CustomHeaders">Sent with every request, in place of the viewer's.</param>
/// <param name="Attempts">Connection attempts.</param>
/// <param name="ConnectTimeout">For each attempt.</param>
internal sealed record Origin(string Domain, string Path, List<KeyValuePair<string, string>> CustomHeaders, int Attempts, TimeSpan ConnectTimeout)
{
    /// <summary>For S3 origins.</summary>
    public string? Bucket { get; init; }

    /// <summary>The distribution's ARN when an origin access control signs for it.</summary>
    public string? SigningArn { get; init; }

    public bool SignsOverViewer { get; init; }

    public string Protocol { get; init; } = "http-only";

    public int HttpPort { get; init; } = 80;

    public int HttpsPort { get; init; } = 443;

    public TimeSpan ReadTimeout { get; init; } = TimeSpan.FromSeconds(30);

    public static Origin Of(XElement origin, string arn, Func<string, string, XElement?> settings)
    {
        int Whole(XElement? from, string name, int otherwise) => from?.Element(name) is { } element ? int.Parse(element.Value, CultureInfo.InvariantCulture) : otherwise;
        var custom = origin.Element("CustomOriginConfig");
        var control = origin.Element("OriginAccessControlId")!.Value is { Length: > 0 } id ? settings("OriginAccessControl", id) : null;
        var domain = origin.Element("DomainName")!.Value;
        return new Origin(domain, origin.Element("OriginPath")!.Value,
            [.. (origin.Element("CustomHeaders")!.Element("Items")?.Elements() ?? []).Select(header => KeyValuePair.Create(header.Element("HeaderName")!.Value, header.Element("HeaderValue")!.Value))],
            Whole(origin, "ConnectionAttempts", 3), TimeSpan.FromSeconds(Whole(origin, "ConnectionTimeout", 10)))
        {
            Bucket = custom is null ? S3Names.BucketOf(domain) : null,
            SigningArn = control?.Element("SigningBehavior")?.Value is "always" or "no-override" ? arn : null,
            SignsOverViewer = control?.Element("SigningBehavior")?.Value == "always",
            Protocol = custom?.Element("OriginProtocolPolicy")!.Value ?? "http-only",
            HttpPort = Whole(custom, "HTTPPort", 80),
            HttpsPort = Whole(custom, "HTTPSPort", 443),
            ReadTimeout = TimeSpan.FromSeconds(Whole(custom ?? origin.Element("S3OriginConfig"), "OriginReadTimeout", 30)),
        };
    }
}

/// <summary>A request to an origin.</summary>
internal sealed record OriginRequest(string Method, string Path, string Query, List<KeyValuePair<string, string>> Headers)
{
    /// <summary>Body of a POST and its kin; null for none.</summary>
    public Stream? Body { get; init; }

    public bool ViewerIsSecure { get; init; }
}

/// <summary>What an origin answered; the body is read or copied once.</summary>
internal sealed class OriginAnswer(int status, List<KeyValuePair<string, string>> headers, long? length, Func<Stream, CancellationToken, Task> copy, IDisposable? held = null) : IDisposable
{
    public int Status => status;

    public List<KeyValuePair<string, string>> Headers => headers;

    /// <summary>Null when the origin did not say.</summary>
    public long? Length => length;

    public Task Copy(Stream to, CancellationToken cancel) => copy(to, cancel);

    public void Dispose() => held?.Dispose();

    public string? Header(string name)
    {
        foreach (var (key, value) in headers)
            if (key.Equals(name, StringComparison.OrdinalIgnoreCase))
                return value;
        return null;
    }

    public static OriginAnswer Of(Reply reply)
    {
        long? length = reply.Stream is null ? reply.Body.Length : null;
        foreach (var (name, value) in reply.Headers)
            if (length is null && name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
                length = long.Parse(value, CultureInfo.InvariantCulture);
        return new OriginAnswer(reply.Status, reply.Headers, length, async (to, cancel) =>
        {
            if (reply.Stream is not null) await reply.Stream(to, cancel);
            else await to.WriteAsync(reply.Body, cancel);
        });
    }
}

/// <summary>The origin could not be reached (502) or did not answer in time (504).</summary>
internal sealed class OriginUnreachable(int status, string message) : Exception(message)
{
    public int Status => status;
}

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

    /// <summary>The origin access identity that reads for it, by id.</summary>
    public string? Identity { get; init; }

    public string? CanonicalUser { get; init; }

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
            CanonicalUser = origin.Element("S3OriginConfig")?.Element("OriginAccessIdentity")?.Value.Split('/')[^1] is { Length: > 0 } named ? settings("CloudFrontOriginAccessIdentity", named)?.Element("S3CanonicalUserId")?.Value : null,
            Identity = origin.Element("S3OriginConfig")?.Element("OriginAccessIdentity")?.Value.Split('/')[^1] is { Length: > 0 } identity ? identity : null,
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
internal sealed class OriginRequest(string method, string path, string query, List<KeyValuePair<string, string>> headers)
{
    public string Method => method;

    public string Path { get; set; } = path;

    public string Query { get; set; } = query;

    public List<KeyValuePair<string, string>> Headers { get; set; } = headers;

    /// <summary>Body of a POST and its kin; null for none.</summary>
    public Stream? Body { get; set; }

    /// <summary>An origin that code at the edge chose in place of the behaviour's.</summary>
    public Origin? Origin { get; set; }

    public bool ViewerIsSecure { get; init; }
}

/// <summary>What an origin answered; the body is read or copied once.</summary>
internal sealed class OriginAnswer(int status, List<KeyValuePair<string, string>> headers, long? length, Func<Stream, CancellationToken, Task> copy, IDisposable? held = null) : IDisposable
{
    public int Status => status;

    public List<KeyValuePair<string, string>> Headers => headers;

    /// <summary>Null when the origin did not say.</summary>
    public long? Length => length;

    /// <summary>Made by code at the edge.</summary>
    public bool Generated { get; init; }

    public Task Copy(Stream to, CancellationToken cancel) => copy(to, cancel);

    public void Dispose() => held?.Dispose();

    public string? Header(string name)
    {
        foreach (var (key, value) in headers)
            if (key.Equals(name, StringComparison.OrdinalIgnoreCase))
                return value;
        return null;
    }

    /// <summary>All lines of a header as one.</summary>
    public string? Joined(string name)
    {
        string? joined = null;
        foreach (var (key, value) in headers)
            if (key.Equals(name, StringComparison.OrdinalIgnoreCase))
                joined = joined is null ? value : $"{joined}, {value}";
        return joined;
    }

    public int Count(string name)
    {
        var count = 0;
        foreach (var (key, _) in headers)
            if (key.Equals(name, StringComparison.OrdinalIgnoreCase))
                count++;
        return count;
    }

    /// <summary>The same body under another status and other headers.</summary>
    public OriginAnswer With(int newStatus, List<KeyValuePair<string, string>> newHeaders) => new(newStatus, newHeaders, length, copy, this);

    public static OriginAnswer Of(int status, List<KeyValuePair<string, string>> headers, ReadOnlyMemory<byte> body)
        => new(status, headers, body.Length, (to, cancel) => to.WriteAsync(body, cancel).AsTask()) { Generated = true };

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

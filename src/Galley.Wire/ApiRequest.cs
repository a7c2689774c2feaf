using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Galley.Wire;

/// <summary>An HTTP request to the AWS API, its path and query as they came over the wire (never decoded and encoded again).</summary>
public sealed class ApiRequest(HttpContext http, string rawPath, string rawQuery)
{
    private IReadOnlyList<KeyValuePair<string, string>>? _query;
    private SigV4Credential? _credential;
    private bool _credentialRead, _targetRead;
    private string? _target;

    public HttpContext Http => http;

    /// <summary>The bucket when the host name carries it (`bucket.s3.region.amazonaws.com`); otherwise empty.</summary>
    public string HostBucket { get; init; } = "";

    /// <summary>The name in `Host`, without its port, where whoever made this has read it.</summary>
    public string? HostName { get; init; }

    public string Method => http.Request.Method;

    /// <summary>The path as sent, starting with `/`, without query, percent-encoding untouched.</summary>
    public string RawPath => rawPath;

    /// <summary>The query as sent, without `?`.</summary>
    public string RawQuery => rawQuery;

    /// <summary>The verified signature, once <see cref="SigV4.Authenticate"/> has passed; null for an unsigned request.</summary>
    public RequestSignature? Signature { get; internal set; }

    /// <summary>The key and scope the request claims, not yet verified; null when it is not signed.</summary>
    public SigV4Credential? Credential
    {
        get
        {
            if (!_credentialRead) (_credential, _credentialRead) = (SigV4Credential.Of(this), true);
            return _credential;
        }
    }

    /// <summary>`X-Amz-Target`, which tells service and operation where there is one.</summary>
    public string? Target
    {
        get
        {
            if (!_targetRead) (_target, _targetRead) = (Header("X-Amz-Target"), true);
            return _target;
        }
    }

    /// <summary>The whole body, when the service does not stream it; otherwise empty.</summary>
    public ReadOnlyMemory<byte> Body { get; set; }

    /// <summary>A header's value, values joined with `,`; null when absent.</summary>
    public string? Header(string name) => http.Request.Headers.TryGetValue(name, out var value) ? value.ToString() : null;

    /// <summary>Query parameters, percent-decoded, in order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Query => _query ??= ParseForm(rawQuery, plusIsSpace: false);

    /// <summary>The first value of a query parameter; null when absent; empty for `?name`.</summary>
    public string? QueryValue(string name)
    {
        foreach (var (key, value) in Query)
            if (key == name)
                return value;
        return null;
    }

    /// <summary>Parses `a=1&amp;b=2`, percent-decoding names and values.</summary>
    public static List<KeyValuePair<string, string>> ParseForm(string text, bool plusIsSpace = true)
    {
        var pairs = new List<KeyValuePair<string, string>>();
        foreach (var part in text.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var at = part.IndexOf('=', StringComparison.Ordinal);
            pairs.Add(new(Decode(at < 0 ? part : part[..at]), at < 0 ? "" : Decode(part[(at + 1)..])));
        }

        return pairs;

        string Decode(string value) => Uri.UnescapeDataString(plusIsSpace ? value.Replace('+', ' ') : value);
    }

    /// <summary>Path and query exactly as the client sent them; Kestrel's own `Path` is unescaped and normalised.</summary>
    public static (string Path, string Query) RawTarget(HttpContext http)
    {
        var target = http.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "/";
        if (!target.StartsWith('/'))
            // absolute form: http://host/path
            target = Uri.TryCreate(target, UriKind.Absolute, out var uri) && target.IndexOf('/', uri.Scheme.Length + 3) is > 0 and var slash ? target[slash..] : "/";
        var mark = target.IndexOf('?', StringComparison.Ordinal);
        return mark < 0 ? (target, "") : (target[..mark], target[(mark + 1)..]);
    }

    internal string BodyText => Encoding.UTF8.GetString(Body.Span);
}

using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Xml.Linq;

namespace Galley.CloudFront.Serve;

/// <summary>Where a distribution's standard log goes.</summary>
internal sealed record LogTarget(string Bucket, string Prefix, bool Cookies)
{
    public static LogTarget? Of(XElement logging) => logging.Element("Enabled")!.Value == "true" && S3Names.BucketOf(logging.Element("Bucket")!.Value) is { } bucket
        ? new(bucket, logging.Element("Prefix")!.Value, logging.Element("IncludeCookies")!.Value == "true") : null;
}

/// <summary>
/// Standard logs (W3C extended, 33 fields): lines gather in memory and go every minute, and at the end, to
/// `prefix` + `distribution.YYYY-MM-DD-HH.unique.gz`. As on AWS, a line may be lost with the machine.
/// </summary>
internal sealed class AccessLog(Installation installation, IKeepLogs port) : IAsyncDisposable
{
    private const int MaxLines = 100_000;
    private const string Fields = "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end";
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _flushing = new(1);
    private Dictionary<(Site Site, string Hour), List<string>> _lines = [];
    private int _count;
    private ITimer? _timer;

    public void Start() => _timer = installation.Time.CreateTimer(_ => _ = Flush(), null, Every, Every);

    public async ValueTask DisposeAsync()
    {
        if (_timer is not null) await _timer.DisposeAsync();
        await Flush();
        _flushing.Dispose();
    }

    public void Add(Exchange exchange, long started)
    {
        var line = Line(exchange, installation.Now, installation.Time.GetElapsedTime(started));
        lock (_lock)
        {
            if (_count == MaxLines) return;
            _count++;
            var key = (exchange.Site, installation.Now.UtcDateTime.ToString("yyyy-MM-dd-HH", CultureInfo.InvariantCulture));
            if (!_lines.TryGetValue(key, out var lines)) _lines[key] = lines = [];
            lines.Add(line);
        }
    }

    public async Task Flush()
    {
        await _flushing.WaitAsync();
        try
        {
            Dictionary<(Site Site, string Hour), List<string>> taken;
            lock (_lock) (taken, _lines, _count) = (_lines, [], 0);
            foreach (var ((site, hour), lines) in taken)
                try
                {
                    await port.Put(site.Log!.Bucket, $"{site.Log.Prefix}{site.Id}.{hour}.{installation.Ids.Next(8)}.gz", site.Arn, Zipped(lines));
                }
                catch (Wire.AwsError e)
                {
                    installation.Log($"cloudfront: the log of {site.Id} does not get into {site.Log!.Bucket}: {e.Code}: {e.Message}");
                }
        }
        finally
        {
            _flushing.Release();
        }
    }

    private static byte[] Zipped(List<string> lines)
    {
        using var output = new MemoryStream();
        using (var writer = new StreamWriter(new GZipStream(output, CompressionLevel.Optimal), new UTF8Encoding(false)))
        {
            writer.Write("#Version: 1.0\n#Fields: " + Fields + "\n");
            foreach (var line in lines) writer.Write(line + "\n");
        }

        return output.ToArray();
    }

    private static string Line(Exchange exchange, DateTimeOffset now, TimeSpan taken)
    {
        var (request, response) = (exchange.Http.Request, exchange.Http.Response);
        var result = exchange.Result.Split(' ')[0] is { Length: > 0 } first ? first : "Error";
        var seconds = taken.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture);
        var range = response.Headers.ContentRange.ToString().Split(' ', '-', '/');
        var secure = request.IsHttps;
        string[] fields =
        [
            now.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), now.UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture), Sending.Pop,
            Number(exchange.BytesSent), exchange.ViewerAddress, request.Method, exchange.Site.DomainName, Coded(exchange.SentPath), Number(response.StatusCode),
            Coded(request.Headers.Referer.ToString()), Coded(request.Headers.UserAgent.ToString()), Coded(Signers.Unsigned(exchange.SentQuery)), exchange.Site.Log!.Cookies ? Coded(request.Headers.Cookie.ToString()) : "-",
            result, exchange.RequestId, Coded(request.Host.Value ?? ""), request.Scheme, Number(request.ContentLength ?? 0), seconds, Coded(request.Headers["X-Forwarded-For"].ToString()),
            secure ? "TLSv1.3" : "-", "-", result, request.Protocol, "-", "-", Number(exchange.Http.Connection.RemotePort), seconds, result, Coded(response.ContentType ?? ""),
            Number(response.ContentLength ?? 0), range.Length > 2 ? range[1] : "-", range.Length > 2 ? range[2] : "-",
        ];
        return string.Join('\t', fields);
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>As AWS codes them: blanks, quotes, control and other characters in percent form, nothing as `-`.</summary>
    private static string Coded(string text)
    {
        if (text.Length == 0) return "-";
        var coded = new StringBuilder();
        foreach (var value in Encoding.UTF8.GetBytes(text))
            if (value is <= 0x20 or >= 0x7F or (byte)'"' or (byte)'<' or (byte)'>' or (byte)'\\') coded.Append(CultureInfo.InvariantCulture, $"%{value:X2}");
            else coded.Append((char)value);
        return coded.ToString();
    }
}

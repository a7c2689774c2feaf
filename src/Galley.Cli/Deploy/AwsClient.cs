using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Text;
using System.Text.Json.Nodes;
using System.Xml;
using System.Xml.Linq;
using Galley.Wire;

namespace Galley.Cli.Deploy;

/// <summary>
/// The few AWS calls that a deployment needs, signed, against a running Galley or AWS itself. Galley is one endpoint among others (design D11).
/// </summary>
internal sealed class AwsClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly Func<string, Uri> _endpoint;
    private readonly string _accessKeyId, _secretAccessKey;
    private readonly string? _sessionToken;
    private readonly LocalNames? _names;

    private AwsClient(Func<string, Uri> endpoint, string region, string accessKeyId, string secretAccessKey, string? sessionToken, LocalNames? names, string target, SslClientAuthenticationOptions? tls = null)
    {
        var handler = new SocketsHttpHandler();
        if (tls is not null) handler.SslOptions = tls;
        _http = new HttpClient(handler) { Timeout = TimeSpan.FromMinutes(5) };
        (_endpoint, Region, _accessKeyId, _secretAccessKey, _sessionToken, _names, Target) = (endpoint, region, accessKeyId, secretAccessKey, sessionToken, names, target);
    }

    public string Region { get; }

    /// <summary>Where this goes, in words.</summary>
    public string Target { get; }

    public bool IsLocal => _names is not null;

    /// <summary>Addresses stay AWS's, as `galley browser` and the CONNECT proxy reach them.</summary>
    private bool RealNames { get; init; }

    public static AwsClient Local(Running running, bool realNames = false)
        => Local(new Uri(running.Endpoint), running.Region, running.AccessKeyId, running.SecretAccessKey, realNames);

    public static AwsClient Local(Uri endpoint, string region, string accessKeyId, string secretAccessKey, bool realNames = false)
        => new(_ => endpoint, region, accessKeyId, secretAccessKey, null, new LocalNames { Port = endpoint.Port }, $"Galley at {endpoint.GetLeftPart(UriPartial.Authority)}") { RealNames = realNames };

    /// <summary>AWS, or whatever speaks its protocols, as the environment and the AWS profile say.</summary>
    /// <param name="profile">Name of a profile; null for AWS_PROFILE or the default one.</param>
    /// <exception cref="CliException">They lack what is needed.</exception>
    public static AwsClient FromEnvironment(string? profile = null)
    {
        var settings = AwsSettings.Find(profile);
        var (accessKeyId, secretAccessKey, sessionToken) = settings.Credentials();
        return new AwsClient(settings.Endpoint, settings.Region, accessKeyId, secretAccessKey, sessionToken, null, settings.Target, settings.Tls());
    }

    /// <summary>The address at which this deployment answers what AWS calls <paramref name="url"/>.</summary>
    public string Address(string url) => RealNames ? url : _names?.ToLocal(url) ?? url;

    public async Task<string> AccountId(CancellationToken cancel) => (await Query("sts", "2011-06-15", "GetCallerIdentity", [], cancel)).Value("Account");

    /// <summary>A query-protocol call; gives the `…Result` element.</summary>
    public async Task<XElement> Query(string service, string version, string action, IEnumerable<(string Name, string Value)> form, CancellationToken cancel)
    {
        var body = string.Join('&', form.Prepend(("Version", version)).Prepend(("Action", action)).Select(pair => $"{pair.Item1}={Uri.EscapeDataString(pair.Item2)}"));
        var answer = Parse(await Send(service, HttpMethod.Post, "/", Encoding.UTF8.GetBytes(body), [("Content-Type", "application/x-www-form-urlencoded")], cancel));
        return answer.Elements().FirstOrDefault(element => element.Name.LocalName == action + "Result") ?? answer;
    }

    /// <summary>An awsJson call; gives the answer's text.</summary>
    public async Task<string> Json(string service, string target, string version, string body, CancellationToken cancel)
        => Encoding.UTF8.GetString(await Send(service, HttpMethod.Post, "/", Encoding.UTF8.GetBytes(body), [("Content-Type", "application/x-amz-json-" + version), ("X-Amz-Target", target)], cancel));

    /// <summary>A rest-json call; gives the answer's text.</summary>
    public async Task<string> Rest(string service, HttpMethod method, string path, string body, CancellationToken cancel)
        => Encoding.UTF8.GetString(await Send(service, method, path, Encoding.UTF8.GetBytes(body), body.Length > 0 ? [("Content-Type", "application/json")] : [], cancel));

    public async Task Xml(string service, HttpMethod method, string path, string body, CancellationToken cancel)
        => await Send(service, method, path, Encoding.UTF8.GetBytes(body), [("Content-Type", "text/xml")], cancel);

    /// <summary>Makes the bucket that holds what deployments upload; one that is there already is fine.</summary>
    public async Task S3CreateBucket(string bucket, CancellationToken cancel)
    {
        try
        {
            await Send("s3", HttpMethod.Head, $"/{bucket}", [], [], cancel);
            return;
        }
        catch (AwsClientException e) when (e.Status == HttpStatusCode.NotFound)
        {
            // to be made
        }

        var where = Region == "us-east-1" ? "" : $"<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>{Region}</LocationConstraint></CreateBucketConfiguration>";
        await Send("s3", HttpMethod.Put, $"/{bucket}", Encoding.UTF8.GetBytes(where), [], cancel);
    }

    public async Task<bool> S3Exists(string bucket, string key, CancellationToken cancel)
    {
        try
        {
            await Send("s3", HttpMethod.Head, ObjectPath(bucket, key), [], [], cancel);
            return true;
        }
        catch (AwsClientException e) when (e.Status == HttpStatusCode.NotFound)
        {
            return false;
        }
    }

    public Task S3Put(string bucket, string key, byte[] content, string contentType, string? cacheControl, CancellationToken cancel)
        => Send("s3", HttpMethod.Put, ObjectPath(bucket, key), content, cacheControl is null ? [("Content-Type", contentType)] : [("Content-Type", contentType), ("Cache-Control", cacheControl)], cancel);

    public Task S3Delete(string bucket, string key, CancellationToken cancel) => Send("s3", HttpMethod.Delete, ObjectPath(bucket, key), [], [], cancel);

    /// <summary>Keys and their ETags, without quotes.</summary>
    public async Task<Dictionary<string, string>> S3List(string bucket, CancellationToken cancel)
    {
        var all = new Dictionary<string, string>();
        string? next = null;
        do
        {
            var page = Parse(await Send("s3", HttpMethod.Get, $"/{bucket}?{(next is null ? "" : $"continuation-token={Uri.EscapeDataString(next)}&")}list-type=2", [], [], cancel));
            foreach (var item in page.Elements().Where(element => element.Name.LocalName == "Contents")) all[item.Value("Key")] = item.Value("ETag").Trim('"');
            next = page.Value("IsTruncated") == "true" ? page.Value("NextContinuationToken") : null;
        } while (next is not null);
        return all;
    }

    /// <summary>Lambda's Invoke.</summary>
    public async Task<(string Body, string? Log, bool Failed)> Invoke(string function, string payload, bool asynchronous, CancellationToken cancel)
    {
        HttpResponseMessage? seen = null;
        var body = await Send(
            "lambda", HttpMethod.Post, $"/2015-03-31/functions/{Uri.EscapeDataString(function)}/invocations", Encoding.UTF8.GetBytes(payload),
            [("Content-Type", "application/json"), ("X-Amz-Invocation-Type", asynchronous ? "Event" : "RequestResponse"), ("X-Amz-Log-Type", asynchronous ? "None" : "Tail")], cancel, answer => seen = answer);
        return (Encoding.UTF8.GetString(body), seen!.Headers.TryGetValues("X-Amz-Log-Result", out var log) ? log.First() : null, seen.Headers.Contains("X-Amz-Function-Error"));
    }

    /// <summary>The whole state of a Galley, a zip.</summary>
    public Task<byte[]> SaveState(CancellationToken cancel) => Send("galley", HttpMethod.Get, "/_galley/snapshot", [], [], cancel);

    public Task LoadState(byte[] zip, CancellationToken cancel) => Send("galley", HttpMethod.Put, "/_galley/snapshot", zip, [("Content-Type", "application/zip")], cancel);

    /// <summary>One of Galley's own operations (`/_galley/…`), which AWS does not have.</summary>
    public async Task<string> Own(string path, CancellationToken cancel) => Encoding.UTF8.GetString(await Send("galley", HttpMethod.Get, "/_galley/" + path, [], [], cancel));

    public void Dispose() => _http.Dispose();

    private static string ObjectPath(string bucket, string key) => $"/{bucket}/{string.Join('/', key.Split('/').Select(Uri.EscapeDataString))}";

    private static XElement Parse(byte[] xml)
    {
        using var reader = XmlReader.Create(new MemoryStream(xml), new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit });
        return XElement.Load(reader);
    }

    private async Task<byte[]> Send(string service, HttpMethod method, string pathAndQuery, byte[] body, IEnumerable<(string Name, string Value)> headers, CancellationToken cancel, Action<HttpResponseMessage>? look = null)
    {
        var url = new Uri(_endpoint(service), pathAndQuery);
        using var request = new HttpRequestMessage(method, url);
        if (method == HttpMethod.Post || method == HttpMethod.Put) request.Content = new ByteArrayContent(body);
        var signer = new SigV4.Signer(_accessKeyId, _secretAccessKey, Region: service is "cloudfront" && !IsLocal ? "us-east-1" : Region, Service: service, SessionToken: _sessionToken);
        var signed = SigV4.Sign(signer, method.Method, url, headers.Select(header => KeyValuePair.Create(header.Name, header.Value)), SigV4.HashPayload(body), DateTimeOffset.UtcNow);
        foreach (var (name, value) in headers.Select(header => KeyValuePair.Create(header.Name, header.Value)).Concat(signed))
            if (name.Equals("Content-Type", StringComparison.OrdinalIgnoreCase)) request.Content!.Headers.ContentType = MediaTypeHeaderValue.Parse(value);
            else request.Headers.TryAddWithoutValidation(name, value);
        HttpResponseMessage answer;
        try
        {
            answer = await _http.SendAsync(request, cancel);
        }
        catch (HttpRequestException e)
        {
            throw new CliException($"{url.GetLeftPart(UriPartial.Authority)} does not answer: {e.Message}", e);
        }

        using (answer)
        {
            var content = await answer.Content.ReadAsByteArrayAsync(cancel);
            look?.Invoke(answer);
            return answer.IsSuccessStatusCode ? content : throw ErrorOf(answer, content, $"{service} {method} {pathAndQuery}");
        }
    }

    private static AwsClientException ErrorOf(HttpResponseMessage answer, byte[] content, string what)
    {
        string code = ((int)answer.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture), message = "";
        try
        {
            if (content.AsSpan().TrimStart("\ufeff \n"u8).StartsWith("<"u8))
            {
                var error = Parse(content).DescendantsAndSelf().First(element => element.Elements().Any(child => child.Name.LocalName == "Code"));
                (code, message) = (error.Value("Code"), error.Value("Message"));
            }
            else if (content.Length > 0 && JsonNode.Parse(content) is JsonObject json)
                (code, message) = (((string?)json["__type"] ?? code).Split('#')[^1], (string?)json["message"] ?? (string?)json["Message"] ?? "");
        }
        catch (Exception e) when (e is XmlException or System.Text.Json.JsonException or InvalidOperationException)
        {
            // no error that we can read: the status must do
        }

        return new AwsClientException(code, answer.StatusCode, $"{what}: {code} {message}");
    }
}

internal sealed class AwsClientException(string code, HttpStatusCode status, string message) : Exception(message)
{
    public string Code => code;

    public HttpStatusCode Status => status;
}

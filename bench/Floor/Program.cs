// The floors: bare Kestrels that do nothing but the least that the work needs.
//   floor PORT BYTES CONTENT-TYPE [TLS-PORT]   drains the request, answers the same bytes
//   floor PORT ddb [FOLDER]         GetItem out of a dictionary; PutItem into it, with FOLDER first into a log whose fsync concurrent puts share
//   floor PORT log FOLDER           reads a body into the same log, answers nothing
//   floor 0 worker                  a function that answers each event with itself
//   floor PORT front COUNT PROGRAM …   hands each request to one of so many function processes over the Runtime API
//   floor PORT proxy OTHER-PORT     hands each request on to another server, as an HTTP client does
//   floor PORT copy FOLDER BYTES [s3]  PUT: the body into a file, not flushed; with s3 MD5 and SHA-256 of it, and flushed; GET: a file of so many bytes
using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Galley.Floor;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

if (args is [_, "worker"] or []) // as a function's bootstrap it gets no arguments
{
    Worker.Run();
    return;
}

var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
builder.WebHost.UseKestrelCore();
if (args.Length > 3 && args[1] is not ("copy" or "front")) builder.WebHost.UseKestrelHttpsConfiguration();
builder.WebHost.ConfigureKestrel(kestrel =>
{
    kestrel.AddServerHeader = false;
    kestrel.Listen(IPAddress.Loopback, int.Parse(args[0], CultureInfo.InvariantCulture));
    if (args.Length <= 3 || args[1] is "copy" or "front") return;
    using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    kestrel.Listen(IPAddress.Loopback, int.Parse(args[3], CultureInfo.InvariantCulture), listen => listen.UseHttps(certificate));
});
var app = builder.Build();
if (args[1] == "front") app.Run(await Front.Of(int.Parse(args[2], CultureInfo.InvariantCulture), args[3], args[4..]));
else if (args[1] == "proxy") app.Run(Proxied(args[2]));
else if (args[1] == "log") app.Run(Kept(new Log(Path.Combine(args[2], "log"))));
else if (args[1] == "copy") app.Run(Copied(args[2], int.Parse(args[3], CultureInfo.InvariantCulture), asS3: args.Length > 4));
else if (args[1] == "ddb") app.Run(Items(args.Length > 2 ? new Log(Path.Combine(args[2], "log")) : null));
else app.Run(Same(int.Parse(args[1], CultureInfo.InvariantCulture), args[2]));
app.Run();

static RequestDelegate Same(int length, string type)
{
    var body = new byte[length];
    Array.Fill(body, (byte)'x');
    return async http =>
    {
        var drain = new byte[4096];
        while (await http.Request.Body.ReadAsync(drain) > 0) { }
        http.Response.ContentType = type;
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body);
    };
}

static RequestDelegate Proxied(string port)
{
    var client = new HttpMessageInvoker(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false });
    return async http =>
    {
        using var request = new HttpRequestMessage(new HttpMethod(http.Request.Method), $"http://127.0.0.1:{port}{http.Request.Path}");
        using var answer = await client.SendAsync(request, http.RequestAborted);
        http.Response.StatusCode = (int)answer.StatusCode;
        http.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
        http.Response.ContentLength = answer.Content.Headers.ContentLength;
        await answer.Content.CopyToAsync(http.Response.Body);
    };
}

static RequestDelegate Kept(Log log) => async http =>
{
    if (http.Request.Method == "GET") return; // the probe
    var body = new byte[http.Request.ContentLength!.Value];
    await http.Request.Body.ReadExactlyAsync(body);
    await log.Append(body);
    http.Response.ContentLength = 0;
};

static RequestDelegate Copied(string folder, int length, bool asS3)
{
    var file = Path.Combine(folder, "file");
    File.WriteAllBytes(file, new byte[length]);
    return async http =>
    {
        if (http.Request.Path == "/") return; // the probe
        if (http.Request.Method == "GET")
        {
            http.Response.ContentLength = length;
            await using var read = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 0, useAsync: true);
            await read.CopyToAsync(http.Response.Body, 64 << 10);
            return;
        }

        await using var write = new FileStream(Path.Combine(folder, http.Connection.Id), FileMode.Create, FileAccess.Write, FileShare.None, 0, useAsync: true);
        http.Response.ContentLength = 0;
        if (!asS3)
        {
            await http.Request.Body.CopyToAsync(write, 64 << 10);
            return;
        }

        using IncrementalHash md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5), sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[64 << 10];
        for (int read; (read = await http.Request.Body.ReadAsync(buffer)) > 0; await write.WriteAsync(buffer.AsMemory(0, read)))
        {
            md5.AppendData(buffer, 0, read);
            sha256.AppendData(buffer, 0, read);
        }

        write.Flush(flushToDisk: true);
        http.Response.Headers.ETag = $"\"{Convert.ToHexStringLower(md5.GetHashAndReset())}\"";
        http.Response.Headers["x-sha256"] = Convert.ToHexStringLower(sha256.GetHashAndReset());
    };
}

static RequestDelegate Items(Log? log)
{
    var items = new ConcurrentDictionary<string, byte[]>();
    return async http =>
    {
        if (http.Request.Method == "GET") return; // the probe
        var body = new byte[http.Request.ContentLength!.Value];
        await http.Request.Body.ReadExactlyAsync(body);
        var (key, item) = Read(body);
        byte[] answer = "{}"u8.ToArray();
        if (item.IsEmpty)
        {
            if (items.TryGetValue(key, out var found)) answer = [.. "{\"Item\":"u8, .. found, (byte)'}'];
        }
        else
        {
            if (log is not null) await log.Append(item);
            items[key] = item.ToArray();
        }

        http.Response.ContentType = "application/x-amz-json-1.0";
        http.Response.ContentLength = answer.Length;
        await http.Response.Body.WriteAsync(answer);
    };
}

// The values of pk and sk in the request, and the item's bytes if it has one.
static (string Key, ReadOnlyMemory<byte> Item) Read(byte[] body)
{
    var reader = new Utf8JsonReader(body);
    var (key, item) = (new StringBuilder(), ReadOnlyMemory<byte>.Empty);
    long start = 0;
    while (reader.Read())
    {
        if (reader.TokenType == JsonTokenType.EndObject && reader.CurrentDepth == 1 && start > 0) (item, start) = (body.AsMemory((int)start, (int)(reader.BytesConsumed - start)), 0);
        if (reader.TokenType != JsonTokenType.PropertyName) continue;
        if (reader.CurrentDepth == 1 && reader.ValueTextEquals("Item"u8))
        {
            reader.Read();
            start = reader.TokenStartIndex;
        }
        else if (reader.ValueTextEquals("pk"u8) || reader.ValueTextEquals("sk"u8))
        {
            for (var i = 0; i < 3; i++) reader.Read();
            key.Append(reader.GetString()).Append('\0');
        }
    }

    return (key.ToString(), item);
}

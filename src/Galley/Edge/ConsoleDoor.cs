using System.Text;
using Microsoft.AspNetCore.Http;

namespace Galley.Edge;

/// <summary>
/// The web console's pages (decision 0031). Files only: what the console shows and changes goes by signed calls of AWS's APIs, which the page sends
/// to its own origin and <see cref="Doors"/> hands to <see cref="AwsApi"/>. Asked only after <see cref="ConsoleSessions.Admit"/> said yes.
/// </summary>
internal sealed class ConsoleDoor(Installation installation) : IDoor
{
    /// <summary>
    /// Our own files, nothing inline; `data:` is for the small pictures that are drawn in style sheets. Besides its own origin the page may ask
    /// what the sign-in inspector speaks to as an app in the browser would: this installation's token endpoints, their keys, its APIs.
    /// </summary>
    private string Policy(string scheme)
        => $"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self' {Local(scheme, "*.auth")} {Local(scheme, "cognito-idp")} {Local(scheme, "*.execute-api")}; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

    private string Local(string scheme, string host) => $"{scheme}://{host}.{installation.Region}.localhost:{installation.Port}";

    private const string Immutable = "private, max-age=31536000, immutable";

    public HostKind Kind => HostKind.Console;

    public async Task Serve(DoorRequest request)
    {
        var http = request.Http;
        var path = request.RawPath[1..];
        if (http.Request.Method is not ("GET" or "HEAD"))
        {
            http.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return;
        }

        if (!ConsoleFiles.Has("index.html"))
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            http.Response.ContentType = "text/plain; charset=utf-8";
            await http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes("This Galley was built without the console. Install Node 20 or newer and build it by ./build."), http.RequestAborted);
            return;
        }

        // Every path that is no file is a page, which the script tells apart.
        var isFile = ConsoleFiles.Has(path);
        if (!isFile && path.StartsWith("assets/", StringComparison.Ordinal))
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        var file = isFile ? path : "index.html";
        var packed = http.Request.Headers.AcceptEncoding.ToString().Contains("br", StringComparison.Ordinal);
        var headers = http.Response.Headers;
        headers.ContentType = TypeOf(file);
        headers.ContentSecurityPolicy = Policy(http.Request.Scheme);
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.Vary = "Accept-Encoding";
        if (packed) headers.ContentEncoding = "br";
        if (file.StartsWith("assets/", StringComparison.Ordinal)) headers.CacheControl = Immutable; // its name holds its hash
        await using var content = ConsoleFiles.Open(file, packed);
        if (packed) headers.ContentLength = content.Length;
        if (http.Request.Method == "GET") await content.CopyToAsync(http.Response.Body, http.RequestAborted);
    }

    private static string TypeOf(string file) => Path.GetExtension(file) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        ".png" => "image/png",
        ".woff2" => "font/woff2",
        _ => "application/octet-stream",
    };
}

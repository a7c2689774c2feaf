using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Galley.Store;
using Galley.Wire;
using Microsoft.AspNetCore.Http;

namespace Galley.Edge;

/// <summary>
/// The browser session of whoever runs Galley (security §4, row 150): it guards every door for people (<see cref="HostKinds.IsForPeople"/>: the
/// inbox, the console), which are asked only after <see cref="Admit"/> said yes.
/// <para>How it is had: `galley start` prints links, `galley inbox` and `galley console` others; each works once and for an hour.
/// `GET /_galley/open?token=…` spends it and sets a cookie for that host name alone (HttpOnly, SameSite=Strict, a day), whose hash is stored.
/// In process: <see cref="GalleyServer.NewLink"/>.</para>
/// <para>What a page of such a host may rely on: GET needs the cookie and no foreign origin. What changes something (any other method) must
/// be sent by the page itself: `Sec-Fetch-Site: same-origin` or, where a browser does not send that, its own Origin, and always the header
/// `X-Galley-Console`, which no form can set. Refusals are 403 (a foreign page), 401 (no session).</para>
/// <para>`GET /_galley/credentials`, with the same header, gives temporary keys of the role GalleyConsole, by which a page calls AWS's APIs as any
/// other client; IAM judges them. `POST /_galley/close` ends the session.</para>
/// </summary>
internal sealed class ConsoleSessions(Installation installation, IActForTheConsole console)
{
    public const string OwnHeader = "X-Galley-Console";

    private const string OpenPath = "/_galley/open", CredentialsPath = "/_galley/credentials", ClosePath = "/_galley/close";

    private static readonly TimeSpan LinkLife = TimeSpan.FromHours(1), Life = TimeSpan.FromDays(1);

    /// <summary>A link that opens a session once; to be shown to nobody but whoever runs Galley.</summary>
    /// <param name="page">`inbox` or `console`: the first label of its host name.</param>
    public async ValueTask<Uri> NewLink(string page)
    {
        if (page is not ("inbox" or "console")) throw new AwsError("ValidationException", $"Galley has no page {page}.");
        var token = NewToken();
        await Put(tx => tx.Put(KeyOf("Link", token), Time(installation.Now + LinkLife)));
        return new Uri($"http://{page}.galley.localhost:{installation.Port}{OpenPath}?token={token}");
    }

    /// <summary>Whether the request goes on to its door; otherwise it is answered.</summary>
    public async ValueTask<bool> Admit(HttpContext http, string path, string query, Trail trail)
    {
        var headers = http.Response.Headers;
        (headers.CacheControl, headers["Referrer-Policy"], headers["X-Content-Type-Options"]) = ("no-store", "no-referrer", "nosniff");
        if (path == OpenPath)
        {
            await Open(http, query, trail);
            return false;
        }

        if (!IsOwnPage(http))
        {
            trail.Refuse("origin", "a web page of another origin asked for something of Galley's own", "ask from Galley's own pages, or sign the request");
            http.Response.StatusCode = StatusCodes.Status403Forbidden;
            return false;
        }

        if (http.Request.Cookies[CookieName(http)] is not { Length: > 0 } token || !await Holds(token))
        {
            trail.Refuse("session", "the browser has no session of Galley's own pages", "open the link that galley start prints, or galley inbox or galley console");
            await Unknown(http);
            return false;
        }

        switch (http.Request.Method, path)
        {
            case ("GET", CredentialsPath):
                if (!HasOwnHeader(http)) Forbid(http, trail);
                else await Write(http, StatusCodes.Status200OK, "application/json", JsonSerializer.Serialize(await console.Credentials(), ConsoleJson.Default.ConsoleCredentials));
                return false;
            case ("POST", ClosePath):
                await Put(tx => tx.Delete(KeyOf("Session", token)));
                SetCookie(http, "", TimeSpan.Zero);
                http.Response.StatusCode = StatusCodes.Status204NoContent;
                return false;
            default:
                return true;
        }
    }

    /// <summary>
    /// No page of another origin, by what browsers say and pages cannot: another own name of ours may link here, so `same-site` may look;
    /// only the page itself may change anything.
    /// </summary>
    private static bool IsOwnPage(HttpContext http)
    {
        var request = http.Request;
        var origin = request.Headers.Origin.ToString();
        if (request.Headers.Origin.Count > 0 && origin != $"{request.Scheme}://{request.Headers.Host}") return false;
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        if (request.Method is "GET" or "HEAD") return site is "" or "none" or "same-origin" || site == "same-site" && request.Headers["Sec-Fetch-Mode"] == "navigate" && request.Headers["Sec-Fetch-Dest"] == "document";
        return HasOwnHeader(http) && (site == "same-origin" || site.Length == 0 && origin.Length > 0);
    }

    private static bool HasOwnHeader(HttpContext http) => http.Request.Headers[OwnHeader].ToString().Length > 0;

    /// <summary>The link is spent and the session is there, or neither.</summary>
    private async Task Open(HttpContext http, string query, Trail trail)
    {
        var token = http.Request.Method == "GET" ? ApiRequest.ParseForm(query).Find(pair => pair.Key == "token").Value : null;
        var session = NewToken();
        if (token is null || !await installation.Store.Write(Spend))
        {
            trail.Refuse("session", "the link was used before, is older than an hour, or is none", "galley inbox or galley console prints a fresh one");
            await Unknown(http);
            return;
        }

        SetCookie(http, session, Life);
        http.Response.StatusCode = StatusCodes.Status303SeeOther; // the token stays in no history
        http.Response.Headers.Location = "/";

        async ValueTask<bool> Spend(ITransaction tx)
        {
            if (await tx.Get(KeyOf("Link", token)) is not { } end || Time(end) <= installation.Now) return false;
            tx.Delete(KeyOf("Link", token));
            await Sweep(tx);
            tx.Put(KeyOf("Session", session), Time(installation.Now + Life));
            return true;
        }
    }

    private async ValueTask<bool> Holds(string token)
        => await installation.Store.Read(tx => tx.Get(KeyOf("Session", token))) is { } end && Time(end) > installation.Now;

    private ValueTask Put(Action<ITransaction> put) => installation.Store.Write(async tx =>
    {
        await Sweep(tx);
        put(tx);
    });

    /// <summary>Links and sessions that are over; there are never many.</summary>
    private async ValueTask Sweep(ITransaction tx)
    {
        var all = Key.Of("console", installation.Account);
        var over = new List<byte[]>();
        await foreach (var entry in tx.Range(all, Key.After(all)))
            if (Time(entry.Value) <= installation.Now)
                over.Add(entry.Key);
        foreach (var key in over) tx.Delete(key);
    }

    /// <summary>`console / account / Link | Session / hash of the token` → its end.</summary>
    private byte[] KeyOf(string kind, string token) => Key.Of("console", installation.Account, kind, Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(token))));

    private string NewToken() => Base64Url.EncodeToString(installation.Ids.Bytes(32));

    private static byte[] Time(DateTimeOffset time) => BitConverter.GetBytes(time.UtcTicks);

    private static DateTimeOffset Time(byte[] ticks) => new(BitConverter.ToInt64(ticks), TimeSpan.Zero);

    /// <summary>Cookies know no ports: each Galley of the machine has its own. Over plain HTTP a browser takes no `__Host-`.</summary>
    private string CookieName(HttpContext http) => http.Request.IsHttps ? $"__Host-galley-{installation.Port}" : $"galley-{installation.Port}";

    private void SetCookie(HttpContext http, string value, TimeSpan life) => http.Response.Cookies.Append(CookieName(http), value, new CookieOptions
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        Secure = http.Request.IsHttps,
        Path = "/",
        MaxAge = life,
    });

    private static void Forbid(HttpContext http, Trail trail)
    {
        trail.Refuse("origin", $"the request has no {OwnHeader} header, so a page of another origin may have sent it");
        http.Response.StatusCode = StatusCodes.Status403Forbidden;
    }

    private async Task Unknown(HttpContext http)
    {
        http.Response.Headers.WWWAuthenticate = "Galley-Session"; // RFC 9110 §15.5.2: a 401 says how
        var command = $"galley {Doors.HostOf(http).Split('.')[0].ToLowerInvariant()}{(installation.Port == 4566 ? "" : $" --port {installation.Port}")}";
        if (http.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal))
        {
            http.Response.Headers.ContentSecurityPolicy = ConsoleDoorstep.Policy;
            await Write(http, StatusCodes.Status401Unauthorized, "text/html; charset=utf-8", ConsoleDoorstep.Page(command));
        }
        else
            await Write(http, StatusCodes.Status401Unauthorized, "application/json", $$"""{"message":"No session. Open the link that `{{command}}` prints, or sign the request (docs/inbox.md)."}""");
    }

    private static async Task Write(HttpContext http, int status, string type, string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        (http.Response.StatusCode, http.Response.ContentType, http.Response.ContentLength) = (status, type, bytes.Length);
        await http.Response.Body.WriteAsync(bytes, http.RequestAborted);
    }
}

/// <summary>Port: the console's own principal. (Arrows/EdgeToIam)</summary>
internal interface IActForTheConsole
{
    /// <summary>Temporary keys of the role GalleyConsole, an hour long.</summary>
    ValueTask<ConsoleCredentials> Credentials();
}

/// <summary>What a page signs with; the names are those that AWS's SDKs take.</summary>
internal sealed record ConsoleCredentials(string AccessKeyId, string SecretAccessKey, string SessionToken, DateTimeOffset Expiration, string Region, string Account);

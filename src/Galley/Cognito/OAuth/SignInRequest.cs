using System.Security.Cryptography;
using System.Text;
using Galley.Wire;
using Microsoft.AspNetCore.Http;

namespace Galley.Cognito.OAuth;

/// <summary>A request to a pool's sign-in host: its query, form and cookies, and the ways to answer.</summary>
internal sealed class SignInRequest(DoorRequest door, UserPool pool, Ids ids)
{
    private const int MaxForm = 64 << 10;
    private const string CsrfCookie = "XSRF-TOKEN";

    private List<KeyValuePair<string, string>> _form = [];
    private string? _csrf;

    public UserPool Pool => pool;

    /// <summary>The same exchange with the query of an earlier request, to go on where that one was interrupted.</summary>
    public SignInRequest Resumed(string rawQuery) => new(door with { RawQuery = rawQuery }, pool, ids);

    /// <summary>Scheme, host and prefix under which the browser sees this host.</summary>
    public string Origin => $"{door.Http.Request.Scheme}://{door.Http.Request.Host.Value}{door.PathPrefix}";

    public HttpContext Http => door.Http;

    public string Method => door.Http.Request.Method;

    public string Path => door.RawPath;

    public string RawQuery => door.RawQuery;

    public IReadOnlyList<KeyValuePair<string, string>> QueryPairs { get; } = ApiRequest.ParseForm(door.RawQuery);

    public IReadOnlyList<KeyValuePair<string, string>> FormPairs => _form;

    public bool Secure => door.Http.Request.IsHttps;

    public string? Query(string name) => Value(QueryPairs, name);

    public string? Form(string name) => Value(_form, name);

    public string? Cookie(string name) => door.Http.Request.Cookies[name];

    public string? Header(string name) => door.Http.Request.Headers.TryGetValue(name, out var value) ? value.ToString() : null;

    /// <summary>Reads a form body; false when the body is something else or too large.</summary>
    public async ValueTask<bool> ReadForm()
    {
        if (Header("Content-Type")?.Split(';')[0].Trim().Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) != true) return false;
        using var body = new MemoryStream();
        var buffer = new byte[4096];
        for (int read; (read = await door.Http.Request.Body.ReadAsync(buffer, door.Http.RequestAborted)) > 0;)
        {
            if (body.Length + read > MaxForm) return false;
            body.Write(buffer, 0, read);
        }

        _form = ApiRequest.ParseForm(Encoding.UTF8.GetString(body.GetBuffer(), 0, (int)body.Length));
        return true;
    }

    /// <summary>A page of ours, under the path form's prefix where that was used.</summary>
    public string Link(string path, string? rawQuery = null) => door.PathPrefix + path + (string.IsNullOrEmpty(rawQuery) ? "" : "?" + rawQuery);

    /// <summary>The token that every form carries in a field and the browser in a cookie.</summary>
    public string Csrf()
    {
        if (_csrf is not null) return _csrf;
        _csrf = Cookie(CsrfCookie) is { Length: 43 } kept ? kept : null;
        if (_csrf is not null) return _csrf;
        _csrf = System.Buffers.Text.Base64Url.EncodeToString(ids.Bytes(32));
        SetCookie(CsrfCookie, _csrf, TimeSpan.FromHours(1));
        return _csrf;
    }

    /// <summary>Whether a form was sent by one of our own pages: field equals cookie, and the browser names no other origin.</summary>
    public bool IsFromOwnPage()
    {
        if (Header("Origin") is { } origin && origin != $"{door.Http.Request.Scheme}://{door.Http.Request.Host.Value}") return false;
        return Cookie(CsrfCookie) is { Length: 43 } cookie && Form("_csrf") is { } field
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(cookie), Encoding.UTF8.GetBytes(field));
    }

    public void SetCookie(string name, string value, TimeSpan life) => door.Http.Response.Cookies.Append(name, value, new CookieOptions
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        Secure = Secure,
        MaxAge = life,
        Path = door.PathPrefix.Length == 0 ? "/" : door.PathPrefix,
    });

    public void DropCookie(string name) => SetCookie(name, "", TimeSpan.Zero);

    /// <summary>302, which makes a browser drop method and body (never 307 after a password).</summary>
    public Task Redirect(string location)
    {
        door.Http.Response.StatusCode = StatusCodes.Status302Found;
        door.Http.Response.Headers.Location = location;
        door.Http.Response.Headers.CacheControl = "no-store";
        return Task.CompletedTask;
    }

    /// <summary>The query as it came, without these parameters.</summary>
    public string Without(params ReadOnlySpan<string> names)
    {
        var kept = new List<string>();
        foreach (var part in RawQuery.Split('&', StringSplitOptions.RemoveEmptyEntries))
            if (!names.Contains(Uri.UnescapeDataString(part.Split('=')[0])))
                kept.Add(part);
        return string.Join('&', kept);
    }

    public Task Page(string html, string policy, int status = 200)
    {
        var response = door.Http.Response;
        response.StatusCode = status;
        response.ContentType = "text/html;charset=UTF-8";
        response.Headers.CacheControl = "no-store";
        response.Headers.ContentSecurityPolicy = policy;
        response.Headers.XFrameOptions = "DENY";
        response.Headers.XContentTypeOptions = "nosniff";
        // `no-referrer` would turn the Origin of our own forms into `null`.
        response.Headers["Referrer-Policy"] = "same-origin";
        var bytes = Encoding.UTF8.GetBytes(html);
        response.ContentLength = bytes.Length;
        return response.Body.WriteAsync(bytes, door.Http.RequestAborted).AsTask();
    }

    public Task Json(int status, byte[] body)
    {
        door.Http.Response.StatusCode = status;
        door.Http.Response.ContentType = "application/json;charset=UTF-8";
        door.Http.Response.Headers.CacheControl = "no-store";
        door.Http.Response.Headers.Pragma = "no-cache";
        door.Http.Response.ContentLength = body.Length;
        return door.Http.Response.Body.WriteAsync(body, door.Http.RequestAborted).AsTask();
    }

    /// <summary>RFC 6749 §5.2: an unknown client is 401, with a challenge when it came by Authorization.</summary>
    public Task RefuseClient(string error, bool strict, int usual = 400)
    {
        if (error != "invalid_client") return Error(error);
        if (strict && Header("Authorization") is not null) door.Http.Response.Headers.WWWAuthenticate = "Basic realm=\"token\"";
        return Error(error, strict ? 401 : usual);
    }

    /// <summary>For the trail: the check that said no, and what would make it say yes.</summary>
    public void Explain(string check, string why, string fix = "") => door.Trail.Refuse(check, why, fix);

    /// <summary>An error that becomes words on a page, with what it knows of its reason.</summary>
    public void Explain(string check, AwsError error)
    {
        Explain(check, error.Code);
        door.Trail.Add(error);
    }

    public Task Error(string error, int status = 400)
    {
        Explain("answer", error);
        return Json(status, Cognito.Json.Object(writer => writer.WriteString("error", error)));
    }

    /// <summary>Our own page about a request that cannot be answered to the application.</summary>
    public Task ErrorPage(string error, int status = 400)
    {
        if (Path != "/error") Explain("answer", error); // there the text is whatever stands in the address
        return Page(Pages.Layout.Whole(null, Pages.Layout.Error(error)), Pages.Style.Policy(null), status);
    }

    private static string? Value(IReadOnlyList<KeyValuePair<string, string>> pairs, string name)
    {
        foreach (var (key, value) in pairs)
            if (key == name)
                return value;
        return null;
    }
}

using System.Text;
using System.Text.Json;
using Galley.Wire;
using Microsoft.AspNetCore.Http;

namespace Galley.Mail;

/// <summary>
/// The inbox: `/` shows the messages, `/messages` gives them as JSON, `/messages/wait?to=…` answers when one arrives.
/// It holds verification codes, so no other web page may read it: no CORS, and requests that a foreign page makes are refused
/// (security §4); the path form `/_galley/inbox` is the same door.
/// </summary>
internal sealed class Inbox(MailService mail, Installation installation) : IDoor
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    public HostKind Kind => HostKind.Inbox;

    public async Task Serve(DoorRequest request)
    {
        var http = request.Http;
        if (http.Request.Headers.Origin.Count > 0 || http.Request.Headers["Sec-Fetch-Site"].ToString() is not ("" or "none" or "same-origin" or "same-site"))
        {
            http.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        var query = ApiRequest.ParseForm(request.RawQuery);
        string? Value(string name) => query.Find(pair => pair.Key == name).Value;
        switch (http.Request.Method, request.RawPath)
        {
            case ("GET", "/"):
                await Write(http, 200, "text/html; charset=utf-8", InboxPage.Of(await mail.List(Value("to")), Value("to"), installation.Names, installation.Options.Smtp is not null));
                break;
            case ("GET", "/messages"):
                await Write(http, 200, "application/json", JsonSerializer.Serialize(await mail.List(Value("to")), MailJson.Default.IReadOnlyListMessage));
                break;
            case ("GET", "/messages/wait") when Value("to") is { Length: > 0 } to:
                await Wait(http, to, Value("after"));
                break;
            default:
                await Write(http, 404, "application/json", """{"message":"Not Found"}""");
                break;
        }
    }

    private async Task Wait(HttpContext http, string to, string? after)
    {
        using var timeout = new CancellationTokenSource(LongestWait, installation.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, http.RequestAborted);
        try
        {
            await Write(http, 200, "application/json", JsonSerializer.Serialize(await mail.Wait(to, after, either.Token), MailJson.Default.Message));
        }
        catch (OperationCanceledException) when (!http.RequestAborted.IsCancellationRequested)
        {
            await Write(http, 408, "application/json", """{"message":"No message came."}""");
        }
    }

    private static async Task Write(HttpContext http, int status, string type, string body)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = type;
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["X-Content-Type-Options"] = "nosniff";
        http.Response.Headers["Content-Security-Policy"] = InboxPage.Policy;
        http.Response.Headers["Referrer-Policy"] = "same-origin";
        await http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(body), http.RequestAborted);
    }
}

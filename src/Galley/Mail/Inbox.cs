using System.Text;
using System.Text.Json;
using Galley.Wire;
using Microsoft.AspNetCore.Http;

namespace Galley.Mail;

/// <summary>
/// The inbox: `/` shows the messages, `/messages` gives them as JSON. It holds verification codes, so only a browser with the session of
/// Galley's own pages comes here (security §4); programs sign their calls (<see cref="InboxApi"/>).
/// </summary>
internal sealed class Inbox(MailService mail, Installation installation) : IDoor
{
    public HostKind Kind => HostKind.Inbox;

    public async Task Serve(DoorRequest request)
    {
        var http = request.Http;
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
            default:
                await Write(http, 404, "application/json", """{"message":"Not Found"}""");
                break;
        }
    }

    private static async Task Write(HttpContext http, int status, string type, string body)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = type;
        http.Response.Headers["Content-Security-Policy"] = InboxPage.Policy;
        await http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(body), http.RequestAborted);
    }
}

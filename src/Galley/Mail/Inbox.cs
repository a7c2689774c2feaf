using System.Globalization;
using System.Net;
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
                await Write(http, 200, "text/html; charset=utf-8", Page(await mail.List(Value("to"))));
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
        http.Response.Headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
        await http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(body), http.RequestAborted);
    }

    private static string Page(IReadOnlyList<Message> messages)
    {
        var list = new StringBuilder();
        foreach (var message in messages)
            list.Append(CultureInfo.InvariantCulture, $"""
                <article>
                  <header><h2>{Html(message.Subject)}</h2><time datetime="{message.Time.UtcDateTime:O}">{message.Time.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC</time></header>
                  <p class="to">To <b>{Html(message.To)}</b> · from {Html(message.From)}</p>
                  <p class="text">{Html(message.Text)}</p>{(message.Code is { } code ? $"<p class=\"code\"><span>Code</span> <output>{code}</output></p>" : "")}
                </article>
                """);
        return Template.Replace("{{messages}}", messages.Count == 0 ? "<p class=\"empty\">No mail yet. Sign up on the app and reload this page.</p>" : list.ToString(), StringComparison.Ordinal);

        static string Html(string text) => WebUtility.HtmlEncode(text);
    }

    private const string Template = """
        <!doctype html>
        <html lang="en">
        <head>
          <meta charset="utf-8">
          <meta name="viewport" content="width=device-width, initial-scale=1">
          <meta http-equiv="refresh" content="5">
          <title>Inbox · Galley</title>
          <style>
            :root { color-scheme: light dark; --ink: #17212b; --soft: #5a6b7b; --paper: #fff; --ground: #eef2f5; --line: #d8e0e7; --mark: #0b6b57; }
            @media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9fb0c0; --paper: #18212b; --ground: #0e151c; --line: #2b3947; --mark: #53d3b4; } }
            * { box-sizing: border-box; }
            body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
            main { max-width: 44rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
            h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.05rem; margin: 0; }
            main > p { color: var(--soft); margin: .25rem 0 1.5rem; }
            article { background: var(--paper); border: 1px solid var(--line); border-radius: .75rem; padding: 1rem 1.25rem; margin-bottom: 1rem; overflow-wrap: anywhere; }
            header { display: flex; flex-wrap: wrap; gap: .25rem 1rem; justify-content: space-between; align-items: baseline; }
            time, .to { color: var(--soft); font-size: .875rem; margin: 0; }
            .text { margin: .75rem 0 0; white-space: pre-wrap; }
            .code { margin: .75rem 0 0; color: var(--soft); }
            .code output { font: 600 1.6rem/1 ui-monospace, monospace; letter-spacing: .12em; color: var(--mark); }
            .empty { padding: 3rem 1rem; text-align: center; border: 1px dashed var(--line); border-radius: .75rem; }
          </style>
        </head>
        <body><main>
          <h1>Inbox</h1>
          <p>Everything this Galley would have mailed, newest first. Nothing leaves your machine.</p>
          {{messages}}
        </main></body>
        </html>
        """;
}

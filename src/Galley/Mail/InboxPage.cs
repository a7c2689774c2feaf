using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Galley.Mail;

/// <summary>The inbox for people: messages newest first, codes large, links made safe and led to this machine. Nothing of a message is taken as HTML.</summary>
internal static class InboxPage
{
    /// <summary>This sheet, this script, its look for news, nothing else.</summary>
    public static string Policy { get; } = $"default-src 'none'; style-src '{Hash(Sheet)}'; script-src '{Hash(Script)}'; connect-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

    public static string Of(IReadOnlyList<Message> messages, string? to, LocalNames names, bool relayed) =>
        $"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width,initial-scale=1">
        <link rel="icon" href="data:,">
        <title>Inbox · Galley</title>
        <style>{Sheet}</style>
        </head>
        <body data-newest="{(messages.Count == 0 ? "" : messages[0].Id)}">
        <header class="top"><div><h1>Inbox</h1><p>{(relayed ? "Mail and text messages of this Galley, newest first. Mail also goes to your SMTP server." : "Mail and text messages of this Galley, newest first. Nothing leaves your machine.")}</p></div>
        <form role="search"><label for="to">Only to</label><input id="to" name="to" value="{Html(to)}" placeholder="jane@example.com" autocomplete="off" autocapitalize="none" spellcheck="false"><button>Filter</button></form></header>
        <main>
        {(messages.Count > 0 ? string.Concat(messages.Select(message => Article(message, names))) : $"<div class=\"empty\"><p class=\"big\">{(to is null or "" ? "No messages yet" : "Nothing for " + Html(to))}</p><p>Sign up on your app, and the code appears here.</p></div>")}
        </main>
        <script>{Script}</script>
        </body>
        </html>
        """;

    private static string Article(Message message, LocalNames names) => string.Create(CultureInfo.InvariantCulture, $"""
        <article>
        <span class="kind {(message.IsSms ? "sms" : "mail")}" aria-hidden="true">{(message.IsSms ? Phone : Envelope)}</span>
        <div class="all">
        <div class="head"><h2>{(message.IsSms ? "Text message" : Html(message.Subject))}</h2><time datetime="{message.Time.UtcDateTime:O}">{message.Time.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC</time></div>
        <p class="to">To <b>{Html(message.To)}</b>{(message.IsSms ? "" : $" · from {Html(message.From)}")}</p>
        <p class="text">{Body(message.Text, names)}</p>{(message.Code is { } code ? $"<p class=\"code\"><span>Code</span> <output>{code}</output></p>" : "")}
        </div>
        </article>
        """);

    private static string Body(string text, LocalNames names)
    {
        var html = new StringBuilder();
        var at = 0;
        foreach (System.Text.RegularExpressions.Match link in Message.Links().Matches(text))
        {
            html.Append(Html(text[at..link.Index]));
            html.Append(CultureInfo.InvariantCulture, $"<a href=\"{Html(names.ToLocal(WebUtility.HtmlDecode(link.Groups[1].Value)))}\" rel=\"noreferrer\">{Html(WebUtility.HtmlDecode(link.Groups[2].Value))}</a>");
            at = link.Index + link.Length;
        }

        return html.Append(Html(text[at..])).ToString();
    }

    private static string Html(string? text) => WebUtility.HtmlEncode(text ?? "");

    private static string Hash(string text) => "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private const string Envelope = """<svg width="20" height="20" viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linejoin="round"><rect x="2" y="4" width="16" height="12" rx="2.5"/><path d="m3 6 7 5 7-5"/></svg>""";
    private const string Phone = """<svg width="20" height="20" viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"><rect x="5.5" y="2" width="9" height="16" rx="2.3"/><path d="M9 15.2h2"/></svg>""";

    private const string Script = """
        (()=>{const q=location.search,n=document.body.dataset.newest;setInterval(async()=>{if(document.hidden||document.activeElement?.id==='to')return;try{const r=await fetch(location.pathname.replace(/\/$/,'')+'/messages'+q),m=await r.json();if((m[0]?.id??'')!==n)location.reload()}catch{}},2000)})();
        """;

    private const string Sheet = """
        :root{color-scheme:light dark;--ink:#141c2b;--soft:#525f75;--paper:#fff;--ground:#eef1f7;--line:#dfe5ef;--field:#bfc8d8;--mark:#17633a;--markbg:#e7f6ed;--accent:#2850d8;--sms:#6a3fe0}
        @media (prefers-color-scheme:dark){:root{--ink:#e8edf6;--soft:#a4b0c4;--paper:#171e2a;--ground:#0c1119;--line:#2a3446;--field:#465268;--mark:#9adcb4;--markbg:#153020;--accent:#8fb0ff;--sms:#b79bff}}
        *{box-sizing:border-box}
        body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
        .top,main{max-width:760px;margin:0 auto;padding:0 20px}
        .top{display:flex;flex-wrap:wrap;gap:16px 32px;align-items:flex-end;justify-content:space-between;padding-top:40px;padding-bottom:22px}
        h1{margin:0;font-size:30px;font-weight:700;letter-spacing:-.02em;line-height:1.2}
        .top p{margin:4px 0 0;color:var(--soft);max-width:38ch}
        form{display:flex;gap:8px;align-items:center}
        label{font-size:14px;color:var(--soft)}
        input{width:190px;height:40px;padding:0 12px;border:1px solid var(--field);border-radius:10px;background:var(--paper);color:inherit;font:inherit;font-size:15px}
        input::placeholder{color:var(--soft)}
        button{height:40px;padding:0 15px;border:1px solid var(--field);border-radius:10px;background:var(--paper);color:var(--ink);font:inherit;font-size:15px;font-weight:600;cursor:pointer}
        input:focus-visible,button:focus-visible,a:focus-visible{outline:3px solid color-mix(in srgb,var(--accent) 55%,transparent);outline-offset:2px}
        main{padding-bottom:64px}
        article{display:flex;gap:16px;background:var(--paper);border:1px solid var(--line);border-radius:16px;padding:18px 20px;margin:0 0 12px;overflow-wrap:anywhere}
        .kind{flex:none;display:grid;place-items:center;width:40px;height:40px;border-radius:12px;background:color-mix(in srgb,var(--accent) 12%,transparent);color:var(--accent)}
        .sms{background:color-mix(in srgb,var(--sms) 14%,transparent);color:var(--sms)}
        .all{flex:1;min-width:0}
        .head{display:flex;flex-wrap:wrap;gap:2px 16px;justify-content:space-between;align-items:baseline}
        h2{margin:0;font-size:17px;font-weight:650;line-height:1.35}
        time,.to{color:var(--soft);font-size:14px;margin:0}
        time{font-variant-numeric:tabular-nums}
        .text{margin:12px 0 0;white-space:pre-wrap}
        a{color:var(--accent);font-weight:600;text-underline-offset:3px}
        .code{display:inline-flex;align-items:center;gap:14px;margin:14px 0 0;padding:9px 16px;border-radius:12px;background:var(--markbg);color:var(--mark);font-size:14px;font-weight:600}
        output{font:700 25px/1.1 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;letter-spacing:.14em;user-select:all}
        .empty{padding:64px 24px;text-align:center;border:1.5px dashed var(--field);border-radius:16px;color:var(--soft)}
        .empty p{margin:0}.big{color:var(--ink);font-size:19px;font-weight:650}
        @media (max-width:560px){.top{padding-top:26px}form{width:100%}input{flex:1;min-width:0}article{padding:16px;gap:12px}.kind{width:34px;height:34px}}
        """;
}

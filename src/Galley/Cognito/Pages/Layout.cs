using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Galley.Cognito.OAuth;

namespace Galley.Cognito.Pages;

/// <summary>The frame of every hosted page: plain HTML, one style sheet inside, no script. Everything that is not ours is encoded here.</summary>
internal static class Layout
{
    private const string Style = """
        :root{color-scheme:light dark;--page:#f3f5f9;--card:#fff;--text:#17202e;--soft:#566275;--line:#c3cad6;--accent:#2456d6;--on:#fff;--bad:#b3261e;--badbg:#fdeceb;--good:#1c6b3c;--goodbg:#e8f6ed;--field:#fff}
        @media (prefers-color-scheme:dark){:root{--page:#10151d;--card:#1a212c;--text:#e9eef6;--soft:#a7b2c3;--line:#465266;--accent:#8db0ff;--on:#0d1830;--bad:#ffb4ab;--badbg:#3a1d1c;--good:#9fdcb6;--goodbg:#17301f;--field:#121821}}
        *{box-sizing:border-box}
        body{margin:0;min-height:100vh;display:grid;place-items:center;padding:24px 16px;background:var(--page);color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
        main{width:100%;max-width:416px;background:var(--card);border:1px solid color-mix(in srgb,var(--line) 55%,transparent);border-radius:16px;padding:36px 34px;box-shadow:0 1px 2px rgb(16 24 40/.06),0 14px 36px rgb(16 24 40/.09)}
        .app{margin:0 0 4px;font-size:14px;color:var(--soft);overflow-wrap:anywhere}
        h1{margin:0 0 20px;font-size:25px;line-height:1.25;font-weight:650;letter-spacing:-.01em}
        p{margin:0 0 16px}
        .soft{color:var(--soft)}
        label{display:block;margin:0 0 6px;font-size:14px;font-weight:600}
        input{width:100%;height:46px;margin:0 0 18px;padding:0 13px;border:1px solid var(--line);border-radius:9px;background:var(--field);color:inherit;font:inherit}
        button{width:100%;min-height:46px;margin:4px 0 0;padding:10px 16px;border:0;border-radius:9px;background:var(--accent);color:var(--on);font:inherit;font-weight:650;cursor:pointer;overflow-wrap:anywhere}
        button:hover{filter:brightness(1.08)}
        button.link{width:auto;min-height:0;margin:0;padding:2px 0;background:none;color:var(--accent);font-weight:500;text-decoration:underline;text-underline-offset:3px}
        a{color:var(--accent);text-underline-offset:3px}
        input:focus-visible,button:focus-visible,a:focus-visible{outline:3px solid color-mix(in srgb,var(--accent) 55%,transparent);outline-offset:2px}
        .forgot{margin:-6px 0 18px;font-size:14px}
        .below{margin:22px 0 0;text-align:center;font-size:15px}
        .note{margin:0 0 18px;padding:11px 14px;border-radius:9px;font-size:15px;overflow-wrap:anywhere}
        .bad{background:var(--badbg);color:var(--bad)}
        .good{background:var(--goodbg);color:var(--good)}
        .code{letter-spacing:.35em;font-variant-numeric:tabular-nums}
        ul{margin:-4px 0 18px;padding:0 0 0 20px;font-size:14px;color:var(--soft)}
        code{font-size:14px;color:var(--soft);overflow-wrap:anywhere}
        @media (max-width:480px){body{padding:0;place-items:stretch;background:var(--card)}main{max-width:none;border:0;border-radius:0;box-shadow:none;padding:40px 24px}}
        """;

    /// <summary>What the content security policy allows: this style sheet and nothing else.</summary>
    public static string StyleHash { get; } = "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)));

    public static string E(string? text) => HtmlEncoder.Default.Encode(text ?? "");

    /// <param name="app">Name of the application that the page is for.</param>
    /// <param name="title">Heading, and title of the tab.</param>
    /// <param name="body">HTML, encoded.</param>
    /// <param name="problem">Text for the region that screen readers announce.</param>
    /// <param name="notice">As <paramref name="problem"/>, for good news.</param>
    public static string Whole(string? app, string title, string body, string? problem = null, string? notice = null) =>
        $"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width,initial-scale=1">
        <meta name="robots" content="noindex">
        <link rel="icon" href="data:,">
        <title>{E(title)}</title>
        <style>{Style}</style>
        </head>
        <body>
        <main>
        {(app is null ? "" : $"<p class=\"app\">{E(app)}</p>")}
        <h1>{E(title)}</h1>
        <div role="alert" aria-live="assertive">{(problem is null ? "" : $"<p class=\"note bad\">{E(problem)}</p>")}</div>
        <div role="status" aria-live="polite">{(notice is null ? "" : $"<p class=\"note good\">{E(notice)}</p>")}</div>
        {body}
        </main>
        </body>
        </html>
        """;

    /// <summary>The page for what cannot be told to the application.</summary>
    public static string Error(string error) => Whole(null, "Something went wrong", $"<p>An error was encountered with the requested page.</p><p><code>{E(error)}</code></p>");

    /// <summary>A form to a page of ours that keeps the application's query.</summary>
    public static string Form(SignInRequest request, string path, string fields) =>
        $"""
        <form method="post" action="{E(request.Link(path, request.RawQuery))}">
        <input type="hidden" name="_csrf" value="{E(request.Csrf())}">
        {fields}
        </form>
        """;

    public static string Link(SignInRequest request, string path, string text, string more = "")
        => $"<a href=\"{E(request.Link(path, request.RawQuery + more))}\">{E(text)}</a>";

    public static string Field(string id, string label, string type, string autocomplete, string? value = null, string more = "")
        => $"<label for=\"{id}\">{E(label)}</label>\n<input id=\"{id}\" name=\"{id}\" type=\"{type}\" autocomplete=\"{autocomplete}\" value=\"{E(value)}\" autocapitalize=\"none\" spellcheck=\"false\" required {more}>";

    public static string Rules(UserPool pool)
        => "<ul id=\"rules\">" + string.Concat(SignIn.PasswordRules.InWords(pool.PasswordPolicy).Select(rule => $"<li>{E(rule)}</li>")) + "</ul>";

    public static string CodeField(string label) => Field("code", label, "text", "one-time-code", null, "inputmode=\"numeric\" maxlength=\"12\" autofocus");

    /// <summary>What a pool calls the name one signs in with.</summary>
    public static string NameLabel(UserPool pool) => pool.UsernameAttributes is { Count: > 0 } by
        ? by.Count == 2 ? "Email or phone number" : by[0] == "email" ? "Email" : "Phone number"
        : "Username";
}

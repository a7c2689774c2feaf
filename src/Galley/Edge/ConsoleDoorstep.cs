using System.Security.Cryptography;
using System.Text;

namespace Galley.Edge;

/// <summary>What a browser without a session sees instead of a page of Galley's own: how to get in.</summary>
internal static class ConsoleDoorstep
{
    public static string Policy { get; } = $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Sheet)))}'; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    /// <param name="command">What prints a link: `galley inbox --port 4567`.</param>
    public static string Page(string command) =>
        $"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width,initial-scale=1">
        <link rel="icon" href="data:,">
        <title>Galley</title>
        <style>{Sheet}</style>
        </head>
        <body>
        <main>
        <h1>Open this page by its link</h1>
        <p>It is for whoever runs this Galley, and for nobody else. The terminal where Galley was started shows a link. It works once; for another, run</p>
        <pre><code>{command}</code></pre>
        </main>
        </body>
        </html>
        """;

    private const string Sheet = """
        :root{color-scheme:light dark;--ink:#141c2b;--soft:#525f75;--paper:#fff;--ground:#eef1f7;--line:#dfe5ef}
        @media (prefers-color-scheme:dark){:root{--ink:#e8edf6;--soft:#a4b0c4;--paper:#171e2a;--ground:#0c1119;--line:#2a3446}}
        body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
        main{max-width:430px;margin:20px;padding:28px 32px;background:var(--paper);border:1px solid var(--line);border-radius:16px}
        h1{margin:0 0 8px;font-size:22px;letter-spacing:-.01em;line-height:1.25}
        p{margin:0;color:var(--soft)}
        pre{margin:18px 0 0;padding:11px 15px;border:1px solid var(--line);border-radius:10px;background:var(--ground);overflow-x:auto}
        code{font:15px/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;user-select:all}
        """;
}

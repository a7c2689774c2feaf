using System.Text.Encodings.Web;
using Galley.Cognito.OAuth;

namespace Galley.Cognito.Pages;

/// <summary>What one hosted page says. All HTML in it is encoded already.</summary>
/// <param name="Title">Heading, and title of the tab.</param>
/// <param name="Body">HTML under the heading.</param>
internal sealed record Content(string Title, string Body)
{
    /// <summary>A sentence under the heading; text.</summary>
    public string? Lead { get; init; }

    /// <summary>Text for the region that screen readers announce.</summary>
    public string? Problem { get; init; }

    /// <summary>As <see cref="Problem"/>, for good news.</summary>
    public string? Notice { get; init; }
}

/// <summary>The frame and the parts of every hosted page. Everything that is not ours is encoded here. The `-customizable` classes are those a pool's own CSS may name.</summary>
internal static class Layout
{
    private const string Warning = """<svg width="18" height="18" viewBox="0 0 18 18" fill="none" stroke="currentColor" stroke-width="1.8" aria-hidden="true"><circle cx="9" cy="9" r="7.6"/><path d="M9 5v4.6M9 12.3v.4" stroke-linecap="round"/></svg>""";
    private const string Tick = """<svg width="18" height="18" viewBox="0 0 18 18" fill="none" stroke="currentColor" stroke-width="1.8" aria-hidden="true"><circle cx="9" cy="9" r="7.6"/><path d="m5.8 9.3 2.2 2.2 4.2-4.6" stroke-linecap="round" stroke-linejoin="round"/></svg>""";

    public static string E(string? text) => HtmlEncoder.Default.Encode(text ?? "");

    /// <param name="app">Name of the application that the page is for.</param>
    /// <param name="page">What the page says.</param>
    /// <param name="sheet">The pool's own style sheet.</param>
    /// <param name="logo">The pool's own picture, as a `data:` address.</param>
    public static string Whole(string? app, Content page, string? sheet = null, string? logo = null) =>
        $"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width,initial-scale=1">
        <meta name="robots" content="noindex">
        <link rel="icon" href="data:,">
        <title>{E(page.Title)}{(app is null ? "" : " · " + E(app))}</title>
        <style>{Style.Sheet}</style>
        {(sheet is null ? "" : $"<style>{sheet}</style>")}
        </head>
        <body class="background-customizable">
        <main>
        {Brand(app, logo)}
        <div class="content">
        <h1>{E(page.Title)}</h1>
        {(page.Lead is null ? "" : $"<p class=\"lead textDescription-customizable\">{E(page.Lead)}</p>")}
        <div role="alert" aria-live="assertive">{(page.Problem is null ? "" : $"<p class=\"note bad errorMessage-customizable\">{Warning}<span>{E(page.Problem)}</span></p>")}</div>
        <div role="status" aria-live="polite">{(page.Notice is null ? "" : $"<p class=\"note good\">{Tick}<span>{E(page.Notice)}</span></p>")}</div>
        {page.Body}
        </div>
        </main>
        <script>{Style.Script}</script>
        </body>
        </html>
        """;

    /// <summary>The page for what cannot be told to the application.</summary>
    public static Content Error(string error) => new("Something went wrong", $"<p>An error was encountered with the requested page.</p><p><code>{E(error)}</code></p>")
    {
        Lead = "The application sent a request that cannot be answered. Go back to it and try again.",
    };

    /// <summary>A form to a page of ours that keeps the application's query.</summary>
    public static string Form(SignInRequest request, string path, string fields) =>
        $"""
        <form method="post" action="{E(request.Link(path, request.RawQuery))}">
        <input type="hidden" name="_csrf" value="{E(request.Csrf())}">
        {fields}
        </form>
        """;

    public static string Link(SignInRequest request, string path, string text, string more = "")
        => $"<a class=\"redirect-customizable\" href=\"{E(request.Link(path, request.RawQuery + more))}\">{E(text)}</a>";

    public static string Submit(string text, string more = "") => $"<button class=\"button submitButton-customizable\" type=\"submit\" {more}>{E(text)}</button>";

    public static string Below(string html) => $"<p class=\"below\">{html}</p>";

    public static string Field(string id, string label, string type, string autocomplete, string? value = null, string more = "", string beside = "", string under = "") =>
        $"""
        <div class="field">
        <div class="row"><label class="label-customizable" for="{id}">{E(label)}</label>{beside}</div>
        <div class="input"><input class="inputField-customizable" id="{id}" name="{id}" type="{type}" autocomplete="{autocomplete}" value="{E(value)}" autocapitalize="none" spellcheck="false" required {more}></div>
        {under}
        </div>
        """;

    public static string CodeField(string label) => Field("code", label, "text", "one-time-code", null, "inputmode=\"numeric\" maxlength=\"12\" autofocus").Replace("inputField-customizable", "inputField-customizable code", StringComparison.Ordinal);

    /// <summary>A new password twice, with the pool's rules between.</summary>
    public static string NewPassword(UserPool pool, string label = "New password", bool twice = true)
        => Field("password", label, "password", "new-password", null, "aria-describedby=\"rules\"", under: Rules(pool))
            + (twice ? Field("confirm_password", "Enter new password again", "password", "new-password") : "");

    /// <summary>What a pool calls the name one signs in with.</summary>
    public static string NameLabel(UserPool pool) => pool.UsernameAttributes is { Count: > 0 } by
        ? by.Count == 2 ? "Email or phone number" : by[0] == "email" ? "Email" : "Phone number"
        : "Username";

    public static string NameField(UserPool pool, string? value, string more = "", string autocomplete = "username")
    {
        var label = NameLabel(pool);
        return Field("username", label, label switch { "Email" => "email", "Phone number" => "tel", _ => "text" }, autocomplete, value, more);
    }

    private static string Rules(UserPool pool)
        => "<ul id=\"rules\" class=\"rules\">" + string.Concat(SignIn.PasswordRules.InWords(pool.PasswordPolicy).Select(rule => $"<li {rule.Mark}>{E(rule.Text)}</li>")) + "</ul>";

    private static string Brand(string? app, string? logo)
    {
        if (logo is not null) return $"<div class=\"brand banner-customizable\"><img class=\"logo logo-customizable\" src=\"{logo}\" alt=\"{E(app ?? "Logo")}\"></div>";
        if (string.IsNullOrWhiteSpace(app)) return "<div class=\"bare banner-customizable\"></div>";
        return $"<div class=\"brand banner-customizable\"><span class=\"mark\" aria-hidden=\"true\">{E(Initial(app))}</span><p class=\"app\">{E(app)}</p></div>";
    }

    public static string Initial(string name) => System.Globalization.StringInfo.GetNextTextElement(name.Trim()).ToUpperInvariant();
}

namespace Galley.Mail;

/// <summary>`smtp://[user[:password]@]host[:587]`, with STARTTLS where the server has it, or `smtps://…[:465]`, TLS from the first byte.</summary>
internal sealed record SmtpAddress(string Host, int Port, bool Tls, string? User, string? Password)
{
    /// <exception cref="FormatException">Not such an address.</exception>
    public static SmtpAddress Parse(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("smtp" or "smtps") || uri.Host.Length == 0 || uri.AbsolutePath is not ("" or "/"))
            throw new FormatException("An SMTP server is written smtp://user@host:587 or smtps://user@host:465.");
        var tls = uri.Scheme == "smtps";
        var user = uri.UserInfo.Split(':', 2);
        return new SmtpAddress(uri.DnsSafeHost, uri.Port > 0 ? uri.Port : tls ? 465 : 587, tls, Part(user[0]), user.Length > 1 ? Part(user[1]) : null);

        static string? Part(string text) => text.Length == 0 ? null : Uri.UnescapeDataString(text);
    }
}

using System.Globalization;
using System.Text;

namespace Galley.Mail;

/// <summary>A message as RFC 5322 and MIME write it: one body, UTF-8 in base64, so that no line can be too long or mean anything to SMTP.</summary>
internal static class Mime
{
    public static string Text(Message message)
    {
        var body = Convert.ToBase64String(Encoding.UTF8.GetBytes(message.Text), Base64FormattingOptions.InsertLineBreaks);
        var domain = message.From.TrimEnd('>') is var from && from.LastIndexOf('@') is >= 0 and var at ? from[(at + 1)..] : "localhost";
        return string.Join("\r\n",
            "From: " + Address(message.From), "To: " + Address(message.To), "Subject: " + Word(message.Subject),
            "Date: " + message.Time.UtcDateTime.ToString("ddd, dd MMM yyyy HH:mm:ss", CultureInfo.InvariantCulture) + " +0000",
            $"Message-ID: <{message.Id}@{domain}>", "MIME-Version: 1.0",
            // Cognito's templates are HTML; a text without a tag reads the same in both.
            $"Content-Type: {(message.Text.Contains('<') ? "text/html" : "text/plain")}; charset=utf-8", "Content-Transfer-Encoding: base64", "", body);
    }

    private static string Address(string text)
    {
        var open = text.LastIndexOf('<');
        return open <= 0 ? text : Word(text[..open].Trim().Trim('"')) + " " + text[open..];
    }

    /// <summary>RFC 2047: words beyond ASCII, each at most 75 characters.</summary>
    private static string Word(string text)
    {
        if (Ascii.IsValid(text)) return text;
        var words = new List<string>();
        var part = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (Encoding.UTF8.GetByteCount(part.ToString()) + rune.Utf8SequenceLength > 42) Flush();
            part.Append(rune);
        }

        Flush();
        return string.Join("\r\n ", words);

        void Flush()
        {
            words.Add($"=?utf-8?B?{Convert.ToBase64String(Encoding.UTF8.GetBytes(part.ToString()))}?=");
            part.Clear();
        }
    }
}

using System.Net;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Galley.Mail;

/// <summary>A mail or a text message as the inbox keeps it.</summary>
internal sealed partial record Message
{
    public const string Sms = "SMS";

    public required string Id { get; init; }

    public required DateTimeOffset Time { get; init; }

    /// <summary>An address, or `SMS` for a text message.</summary>
    public required string From { get; init; }

    /// <summary>An address, or a phone number.</summary>
    public required string To { get; init; }

    public required string Subject { get; init; }

    public required string Text { get; init; }

    [JsonIgnore]
    public bool IsSms => From == Sms;

    /// <summary>`EMAIL` or `SMS`.</summary>
    public string Medium => IsSms ? Sms : "EMAIL";

    /// <summary>The six digits in the text, when there are some: what a reader of a verification mail is after.</summary>
    public string? Code => SixDigits().Match(Links().Replace(Text, "")) is { Success: true } match ? match.Value : null;

    /// <summary>The address of the first link in the text.</summary>
    public string? Link => Links().Match(Text) is { Success: true } match ? WebUtility.HtmlDecode(match.Groups[1].Value) : null;

    [GeneratedRegex(@"(?<!\d)\d{6}(?!\d)")]
    private static partial Regex SixDigits();

    /// <summary>A link as Cognito's templates make it.</summary>
    [GeneratedRegex("""<a href=["']?(https?://[^"'\s<>]+)["']?>([^<]*)</a>""", RegexOptions.IgnoreCase)]
    public static partial Regex Links();
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = false)]
[JsonSerializable(typeof(Message))]
[JsonSerializable(typeof(Outgoing))]
[JsonSerializable(typeof(ListMessagesRequest))]
[JsonSerializable(typeof(WaitForMessageRequest))]
[JsonSerializable(typeof(IReadOnlyList<Message>))]
internal sealed partial class MailJson : JsonSerializerContext;

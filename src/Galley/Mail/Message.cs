using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Galley.Mail;

/// <summary>A mail as the inbox keeps it.</summary>
internal sealed partial record Message
{
    public required string Id { get; init; }

    public required DateTimeOffset Time { get; init; }

    public required string From { get; init; }

    public required string To { get; init; }

    public required string Subject { get; init; }

    public required string Text { get; init; }

    /// <summary>The six digits in the text, when there are some: what a reader of a verification mail is after.</summary>
    public string? Code => SixDigits().Match(Text) is { Success: true } match ? match.Value : null;

    [GeneratedRegex(@"(?<!\d)\d{6}(?!\d)")]
    private static partial Regex SixDigits();
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = false)]
[JsonSerializable(typeof(Message))]
[JsonSerializable(typeof(IReadOnlyList<Message>))]
internal sealed partial class MailJson : JsonSerializerContext;

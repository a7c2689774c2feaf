using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Galley.Sqs;

/// <summary>Attributes beside a message's body: their rules, and the digests by which clients check what arrived. AWS: "Amazon SQS message metadata".</summary>
internal static partial class MessageAttributes
{
    private const int Most = 10;

    public static void Check(IReadOnlyDictionary<string, MessageAttribute>? attributes)
    {
        if (attributes is null) return;
        if (attributes.Count > Most) throw Errors.InvalidValue($"Number of message attributes [{attributes.Count}] exceeds the allowed maximum [{Most}].");
        foreach (var (name, attribute) in attributes)
        {
            if (!Name().IsMatch(name) || name.Contains("..", StringComparison.Ordinal) || name.StartsWith('.') || name.EndsWith('.') || name.StartsWith("aws.", StringComparison.OrdinalIgnoreCase) || name.StartsWith("amazon.", StringComparison.OrdinalIgnoreCase))
                throw Errors.InvalidValue($"The message attribute name '{name}' is invalid. Attribute name can contain A-Z, a-z, 0-9, underscore (_), hyphen (-), and period (.) characters.");
            Check(name, attribute);
        }
    }

    /// <summary>What counts towards a message's size, in bytes.</summary>
    public static int SizeOf(IReadOnlyDictionary<string, MessageAttribute>? attributes)
        => (attributes ?? new Dictionary<string, MessageAttribute>()).Sum(pair => Encoding.UTF8.GetByteCount(pair.Key) + Encoding.UTF8.GetByteCount(pair.Value.DataType!) + ValueOf(pair.Value).Length);

    /// <summary>Those that a receiver asked for, by name, by `prefix.*` or all of them; null for none.</summary>
    public static IReadOnlyDictionary<string, MessageAttribute>? Select(IReadOnlyDictionary<string, MessageAttribute>? attributes, IReadOnlyList<string>? names)
    {
        if (attributes is null || names is null) return null;
        var found = attributes.Where(pair => names.Any(name => name is "All" or ".*" || name == pair.Key || name.EndsWith(".*", StringComparison.Ordinal) && pair.Key.StartsWith(name[..^2], StringComparison.Ordinal)))
            .ToDictionary(pair => pair.Key, pair => pair.Value);
        return found.Count > 0 ? found : null;
    }

    [SuppressMessage("Security", "CA5351", Justification = "SQS's digest, against accidents only")]
    public static string MD5Of(string body) => Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(body)));

    /// <summary>In the order of their names, each part with its length before it; one byte tells text from bytes.</summary>
    [SuppressMessage("Security", "CA5351", Justification = "SQS's digest, against accidents only")]
    public static string? MD5Of(IReadOnlyDictionary<string, MessageAttribute>? attributes)
    {
        if (attributes is not { Count: > 0 }) return null;
        using var all = new MemoryStream();
        foreach (var (name, attribute) in attributes.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            Add(Encoding.UTF8.GetBytes(name));
            Add(Encoding.UTF8.GetBytes(attribute.DataType!));
            all.WriteByte((byte)(IsBinary(attribute) ? 2 : 1));
            Add(ValueOf(attribute));
        }

        return Convert.ToHexStringLower(MD5.HashData(all.ToArray()));

        void Add(byte[] part)
        {
            var length = new byte[sizeof(int)];
            BinaryPrimitives.WriteInt32BigEndian(length, part.Length);
            all.Write(length);
            all.Write(part);
        }
    }

    public static bool IsText(string text)
    {
        foreach (var rune in text.EnumerateRunes())
            if (rune.Value is not (0x9 or 0xA or 0xD or (>= 0x20 and <= 0xD7FF) or (>= 0xE000 and <= 0xFFFD) or >= 0x10000))
                return false;
        return true;
    }

    private static void Check(string name, MessageAttribute attribute)
    {
        if (string.IsNullOrEmpty(attribute.DataType)) throw Errors.InvalidValue($"The message attribute '{name}' must contain a non-empty message attribute type.");
        if (attribute.StringListValues is { Count: > 0 } || attribute.BinaryListValues is { Count: > 0 }) throw Errors.Unsupported("lists of values in message attributes");
        var kind = attribute.DataType.Split('.')[0];
        if (kind is not ("String" or "Number" or "Binary") || !Type().IsMatch(attribute.DataType))
            throw Errors.InvalidValue($"The type of message attribute '{name}' is invalid. You must use only the following supported type prefixes: Binary, Number, String.");
        if (kind == "Binary" ? attribute.BinaryValue is not { Length: > 0 } : string.IsNullOrEmpty(attribute.StringValue))
            throw Errors.InvalidValue($"The message attribute '{name}' must contain a non-empty message attribute value for message attribute type '{attribute.DataType}'.");
        if (kind == "Binary" ? attribute.StringValue is not null : attribute.BinaryValue is not null)
            throw Errors.InvalidValue($"The message attribute '{name}' has a value that is not of its type '{attribute.DataType}'.");
        if (kind == "Number" && !decimal.TryParse(attribute.StringValue, NumberStyles.Float, CultureInfo.InvariantCulture, out _) && !double.TryParse(attribute.StringValue, NumberStyles.Float, CultureInfo.InvariantCulture, out _))
            throw Errors.InvalidValue($"Can't cast the value of message (user) attribute '{name}' to a number.");
        if (kind != "Binary" && !IsText(attribute.StringValue!)) throw Errors.InvalidContents();
    }

    private static bool IsBinary(MessageAttribute attribute) => attribute.DataType!.StartsWith("Binary", StringComparison.Ordinal);

    private static byte[] ValueOf(MessageAttribute attribute) => IsBinary(attribute) ? attribute.BinaryValue! : Encoding.UTF8.GetBytes(attribute.StringValue!);

    [GeneratedRegex("^[a-zA-Z0-9_.-]{1,256}$")]
    private static partial Regex Name();

    [GeneratedRegex(@"^[A-Za-z]+(\..{1,249})?$")]
    private static partial Regex Type();
}

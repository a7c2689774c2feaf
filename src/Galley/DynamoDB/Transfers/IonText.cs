using System.Buffers;
using System.Globalization;
using System.Text;

namespace Galley.DynamoDB.Transfers;

/// <summary>Items as Amazon Ion text, as AWS's exports have them: numbers are decimals, sets are lists with an annotation.</summary>
internal static class IonText
{
    public const string Version = "$ion_1_0", StringSet = "$dynamodb_SS", NumberSet = "$dynamodb_NS", BinarySet = "$dynamodb_BS";

    private static readonly SearchValues<char> SymbolLetters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$");

    public static StringBuilder AppendIon(this StringBuilder text, Item item) => Struct(text, item.Attributes);

    /// <summary>Words that mean a value and not a symbol.</summary>
    public static bool IsKeyword(string name) => name is "null" or "true" or "false" or "nan";

    /// <summary>`$10`: a symbol by its number in a table that is not there.</summary>
    public static bool IsSymbolId(string name) => name.Length > 1 && name[0] == '$' && name.AsSpan(1).IndexOfAnyExceptInRange('0', '9') < 0;

    /// <param name="canonical">As <see cref="Number"/> has it. Zeros at the end of a whole number go into the exponent.</param>
    public static string Decimal(string canonical)
    {
        if (canonical.Contains('.', StringComparison.Ordinal)) return canonical;
        var digits = canonical == "0" ? canonical : canonical.TrimEnd('0');
        return digits.Length == canonical.Length ? canonical + "." : $"{digits}d{(canonical.Length - digits.Length).ToString(CultureInfo.InvariantCulture)}";
    }

    private static StringBuilder Struct(StringBuilder text, Dictionary<string, AttributeValue> members)
        => Join(text.Append('{'), members, member => Value(Name(text, member.Key).Append(':'), member.Value)).Append('}');

    private static StringBuilder List<T>(StringBuilder text, IEnumerable<T> elements, Action<T> append, string annotation = "")
        => Join(text.Append(annotation).Append(annotation.Length > 0 ? "::" : "").Append('['), elements, append).Append(']');

    private static StringBuilder Join<T>(StringBuilder text, IEnumerable<T> elements, Action<T> append)
    {
        var first = true;
        foreach (var element in elements)
        {
            if (!first) text.Append(',');
            first = false;
            append(element);
        }

        return text;
    }

    private static StringBuilder Value(StringBuilder text, AttributeValue value) => value.Type switch
    {
        AttributeType.S => Quoted(text, value.Text, '"'),
        AttributeType.N => text.Append(Decimal(value.Text)),
        AttributeType.B => Blob(text, value.Bytes),
        AttributeType.BOOL => text.Append(value.Flag ? "true" : "false"),
        AttributeType.NULL => text.Append("null"),
        AttributeType.L => List(text, value.Elements, element => Value(text, element)),
        AttributeType.M => Struct(text, value.Members),
        AttributeType.SS => List(text, value.Texts, member => Quoted(text, member, '"'), StringSet),
        AttributeType.NS => List(text, value.Texts, member => text.Append(Decimal(member)), NumberSet),
        _ => List(text, value.Binaries, member => Blob(text, member), BinarySet),
    };

    private static StringBuilder Blob(StringBuilder text, byte[] bytes) => text.Append("{{").Append(Convert.ToBase64String(bytes)).Append("}}");

    private static StringBuilder Name(StringBuilder text, string name)
        => name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.AsSpan().IndexOfAnyExcept(SymbolLetters) < 0 && !IsKeyword(name) && !IsSymbolId(name) ? text.Append(name) : Quoted(text, name, '\'');

    private static StringBuilder Quoted(StringBuilder text, string value, char quote)
    {
        text.Append(quote);
        foreach (var letter in value)
            switch (letter)
            {
                case '\\':
                    text.Append("\\\\");
                    break;
                case '\n':
                    text.Append("\\n");
                    break;
                case '\r':
                    text.Append("\\r");
                    break;
                case '\t':
                    text.Append("\\t");
                    break;
                case < ' ' or '\u007f':
                    text.Append("\\x").Append(((int)letter).ToString("x2", CultureInfo.InvariantCulture));
                    break;
                default:
                    if (letter == quote) text.Append('\\');
                    text.Append(letter);
                    break;
            }

        return text.Append(quote);
    }
}

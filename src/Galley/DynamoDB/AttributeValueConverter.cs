using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Galley.DynamoDB;

/// <summary>`{"S":"a"}` and its nine sisters. A value that AWS refuses throws its error; what is no such value at all, a JsonException (<see cref="Misread"/> has the words).</summary>
internal sealed class AttributeValueConverter : JsonConverter<AttributeValue>
{
    /// <summary>Levels of an item, its attributes being the first.</summary>
    public const int Deepest = 32;

    private const int LongestName = 65_535;

    public override bool HandleNull => true;

    public override AttributeValue Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Read(ref reader, stored: false);

    public override void Write(Utf8JsonWriter writer, AttributeValue value, JsonSerializerOptions options) => Write(writer, value);

    /// <param name="reader">Stands on the value's opening brace; is left on the closing one.</param>
    /// <param name="stored">The value comes from the store, so it was checked before.</param>
    /// <param name="depth">Levels of L and M around it.</param>
    public static AttributeValue Read(ref Utf8JsonReader reader, bool stored, int depth = 0)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw reader.TokenType == JsonTokenType.Null ? Errors.EmptyAttributeValue() : new JsonException();
        if (depth >= Deepest && !stored) throw Errors.NestedTooDeep(depth + Levels(reader));
        AttributeValue? value = null;
        var many = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var type = TypeOf(ref reader);
            reader.Read();
            if (reader.TokenType == JsonTokenType.Null) continue;
            if (type is null)
            {
                reader.Skip();
                continue;
            }

            many |= value is not null; // told after what is wrong with each
            value = ReadPayload(ref reader, type.Value, stored, depth);
        }

        if (many) throw Errors.TwoDatatypes();
        return value ?? throw Errors.EmptyAttributeValue();
    }

    /// <summary>`{"name": value, …}`, the reader on the opening brace.</summary>
    public static Dictionary<string, AttributeValue> ReadMembers(ref Utf8JsonReader reader, bool stored, int depth = 0)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
        var members = new Dictionary<string, AttributeValue>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            if (!stored && name.Length == 0 && depth == 0) throw Errors.EmptyName();
            if (!stored && IsTooLong(name)) throw Errors.NameTooLong();
            reader.Read();
            if (!members.TryAdd(name, Read(ref reader, stored, depth))) throw new JsonException();
        }

        return members;
    }

    /// <summary>Names of attributes have at most 65,535 bytes.</summary>
    public static bool IsTooLong(string name) => name.Length > LongestName / 3 && Encoding.UTF8.GetByteCount(name) > LongestName;

    public static void Write(Utf8JsonWriter writer, AttributeValue value)
    {
        writer.WriteStartObject();
        switch (value.Type)
        {
            case AttributeType.S:
                writer.WriteString("S"u8, value.Text);
                break;
            case AttributeType.N:
                writer.WriteString("N"u8, value.Text);
                break;
            case AttributeType.B:
                writer.WriteBase64String("B"u8, value.Bytes);
                break;
            case AttributeType.BOOL:
                writer.WriteBoolean("BOOL"u8, value.Flag);
                break;
            case AttributeType.NULL:
                writer.WriteBoolean("NULL"u8, true);
                break;
            case AttributeType.L:
                writer.WriteStartArray("L"u8);
                foreach (var element in value.Elements) Write(writer, element);
                writer.WriteEndArray();
                break;
            case AttributeType.M:
                writer.WritePropertyName("M"u8);
                Write(writer, value.Members);
                break;
            case AttributeType.BS:
                writer.WriteStartArray("BS"u8);
                foreach (var bytes in value.Binaries) writer.WriteBase64StringValue(bytes);
                writer.WriteEndArray();
                break;
            default:
                writer.WriteStartArray(value.Type == AttributeType.SS ? "SS"u8 : "NS"u8);
                foreach (var text in value.Texts) writer.WriteStringValue(text);
                writer.WriteEndArray();
                break;
        }

        writer.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter writer, Dictionary<string, AttributeValue> members)
    {
        writer.WriteStartObject();
        foreach (var (name, value) in members)
        {
            writer.WritePropertyName(name);
            Write(writer, value);
        }

        writer.WriteEndObject();
    }

    /// <summary>Levels of L and M in the value the reader stands on: two of JSON each.</summary>
    private static int Levels(Utf8JsonReader reader)
    {
        var (outside, deepest) = (reader.CurrentDepth, reader.CurrentDepth);
        while (reader.Read() && reader.CurrentDepth > outside) deepest = Math.Max(deepest, reader.CurrentDepth);
        return (deepest - outside) / 2;
    }

    private static AttributeType? TypeOf(ref Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("S"u8)) return AttributeType.S;
        if (reader.ValueTextEquals("N"u8)) return AttributeType.N;
        if (reader.ValueTextEquals("M"u8)) return AttributeType.M;
        if (reader.ValueTextEquals("L"u8)) return AttributeType.L;
        if (reader.ValueTextEquals("BOOL"u8)) return AttributeType.BOOL;
        if (reader.ValueTextEquals("NULL"u8)) return AttributeType.NULL;
        if (reader.ValueTextEquals("B"u8)) return AttributeType.B;
        if (reader.ValueTextEquals("SS"u8)) return AttributeType.SS;
        if (reader.ValueTextEquals("NS"u8)) return AttributeType.NS;
        return reader.ValueTextEquals("BS"u8) ? AttributeType.BS : null;
    }

    private static AttributeValue ReadPayload(ref Utf8JsonReader reader, AttributeType type, bool stored, int depth)
    {
        switch (type)
        {
            case AttributeType.S:
                return AttributeValue.S(Text(ref reader));
            case AttributeType.N:
                return AttributeValue.N(stored ? reader.GetString()! : Number.Normalize(Text(ref reader)));
            case AttributeType.B:
                return AttributeValue.B(Bytes(ref reader));
            case AttributeType.BOOL:
                return AttributeValue.Bool(Flag(ref reader));
            case AttributeType.NULL:
                return Flag(ref reader) ? AttributeValue.Null : throw Errors.InvalidParameterValues("Null attribute value types must have the value of true");
            case AttributeType.M:
                return AttributeValue.M(ReadMembers(ref reader, stored, depth + 1));
            case AttributeType.L:
                var elements = new List<AttributeValue>();
                for (Open(ref reader); reader.Read() && reader.TokenType != JsonTokenType.EndArray;) elements.Add(Read(ref reader, stored, depth + 1));
                return AttributeValue.L(elements);
            case AttributeType.BS:
                var binaries = new List<byte[]>();
                for (Open(ref reader); reader.Read() && reader.TokenType != JsonTokenType.EndArray;) binaries.Add(Bytes(ref reader));
                return stored ? AttributeValue.BS([.. binaries]) : Sets.Of(binaries);
            default:
                var texts = new List<string>();
                for (Open(ref reader); reader.Read() && reader.TokenType != JsonTokenType.EndArray;) texts.Add(Text(ref reader));
                if (!stored) return Sets.Of(type, texts);
                return type == AttributeType.SS ? AttributeValue.SS([.. texts]) : AttributeValue.NS([.. texts]);
        }
    }

    private static string Text(ref Utf8JsonReader reader)
        => reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw new JsonException();

    private static byte[] Bytes(ref Utf8JsonReader reader)
    {
        return reader.TokenType == JsonTokenType.String && reader.TryGetBytesFromBase64(out var bytes) ? bytes : throw new JsonException();
    }

    private static bool Flag(ref Utf8JsonReader reader)
        => Lenient.Boolean(ref reader) ?? throw new JsonException();

    private static void Open(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException();
    }
}

/// <summary>The rules of sets: not empty, no member twice, kept in the order of their members.</summary>
internal static class Sets
{
    public static int CompareBytes(byte[] a, byte[] b) => a.AsSpan().SequenceCompareTo(b);

    /// <summary>SS or NS of these members.</summary>
    public static AttributeValue Of(AttributeType type, List<string> texts)
    {
        (texts = Check(type, texts)).Sort(type == AttributeType.SS ? AttributeValue.CompareUtf8 : Number.Compare);
        return type == AttributeType.SS ? AttributeValue.SS([.. texts]) : AttributeValue.NS([.. texts]);
    }

    /// <summary>BS of these members.</summary>
    public static AttributeValue Of(List<byte[]> binaries)
    {
        Check(binaries);
        binaries.Sort(CompareBytes);
        return AttributeValue.BS([.. binaries]);
    }

    /// <summary>Members as they are stored: numbers canonical.</summary>
    public static List<string> Check(AttributeType type, List<string> texts)
    {
        if (texts.Count == 0) throw Errors.InvalidParameterValues(type == AttributeType.SS ? "An string set  may not be empty" : "An number set  may not be empty");
        if (type == AttributeType.SS)
            return texts.Distinct().Count() == texts.Count
                ? texts
                : throw Errors.DuplicateMembers($"[{string.Join(", ", Told(texts, string.CompareOrdinal).Select(text => $"\"{text}\""))}] contains", $"[{string.Join(", ", texts)}] contains");
        var numbers = texts.ConvertAll(Number.Normalize);
        return numbers.Distinct().Count() == numbers.Count ? numbers : throw Errors.DuplicateNumbers();
    }

    public static void Check(List<byte[]> binaries)
    {
        if (binaries.Count == 0) throw Errors.InvalidParameterValues("Binary sets should not be empty");
        if (binaries.Distinct(BinaryEquality.Instance).Count() == binaries.Count) return;
        throw Errors.DuplicateMembers($"[{string.Join(",", Told(binaries, CompareBytes).Select(bytes => $"\"{Convert.ToBase64String(bytes)}\""))}]of type BS contains",
            $"[{string.Join(", ", binaries.Select(Convert.ToBase64String))}]of type BS contains");
    }

    /// <summary>AWS shows the members before the first that repeats in their order, then the others as they came.</summary>
    private static IEnumerable<T> Told<T>(List<T> members, Comparison<T> order)
    {
        var repeat = 0;
        for (var seen = new SortedSet<T>(Comparer<T>.Create(order)); seen.Add(members[repeat]);) repeat++;
        var first = members.GetRange(0, repeat);
        first.Sort(order);
        return first.Concat(members.Skip(repeat));
    }
}

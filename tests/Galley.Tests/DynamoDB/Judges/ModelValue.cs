using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json.Nodes;

namespace Galley.Tests.DynamoDB.Judges;

/// <summary>
/// A DynamoDB value as plainly as can be: numbers are whole multiples of 10^-170, binaries are hex, equality is equality of one canonical
/// text, and nothing here is shared with the product.
/// </summary>
internal sealed class ModelValue
{
    private const int Scale = 170;

    private ModelValue(string type) => Type = type;

    /// <summary>AWS's name: S, N, B, BOOL, NULL, L, M, SS, NS, BS.</summary>
    public string Type { get; }

    /// <summary>Text of S, digits of N as written, hex of B, True or False of BOOL.</summary>
    public string Text { get; private init; } = "";

    /// <summary>Elements of L and of the sets.</summary>
    public IReadOnlyList<ModelValue> Elements { get; private init; } = [];

    public SortedDictionary<string, ModelValue> Members { get; private init; } = [];

    public bool IsSet => Type is "SS" or "NS" or "BS";

    public bool IsEmptyKey => Type is "S" or "B" && Text.Length == 0;

    public BigInteger Number => Parse(Text);

    public static ModelValue S(string text) => new("S") { Text = text };

    public static ModelValue N(string text) => new("N") { Text = text };

    public static ModelValue N(BigInteger scaled) => new("N") { Text = $"{scaled.ToString(CultureInfo.InvariantCulture)}E-{Scale}" };

    public static ModelValue B(string hex) => new("B") { Text = hex };

    public static ModelValue Bool(bool flag) => new("BOOL") { Text = flag.ToString() };

    public static ModelValue Null() => new("NULL");

    public static ModelValue L(IEnumerable<ModelValue> elements) => new("L") { Elements = [.. elements] };

    public static ModelValue M(IEnumerable<KeyValuePair<string, ModelValue>> members) => new("M") { Members = new(members.ToDictionary(), StringComparer.Ordinal) };

    public static ModelValue Set(string type, IEnumerable<ModelValue> elements) => new(type) { Elements = [.. elements.DistinctBy(element => element.Canonical)] };

    public string Canonical => Type switch
    {
        "S" => $"S{Text.Length}:{Text}",
        "N" => Plain(Number),
        "L" => $"L[{string.Concat(Elements.Select(element => element.Canonical + ","))}]",
        "M" => $"M{{{string.Concat(Members.Select(member => $"{member.Key.Length}:{member.Key}={member.Value.Canonical},"))}}}",
        "SS" or "NS" or "BS" => $"{Type}({string.Concat(Elements.Select(element => element.Canonical + ",").Order(StringComparer.Ordinal))})",
        _ => Type + Text,
    };

    public bool Same(ModelValue other) => Canonical == other.Canonical;

    /// <summary>Order within S, N and B; null for all other pairs.</summary>
    public int? Compare(ModelValue other) => Type != other.Type ? null : Type switch
    {
        "S" => Encoding.UTF8.GetBytes(Text).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(other.Text)),
        "N" => Number.CompareTo(other.Number),
        "B" => string.CompareOrdinal(Text, other.Text),
        _ => null,
    };

    /// <summary>What `size()` gives; null when the type has none.</summary>
    public ModelValue? SizeOf => Type switch
    {
        "S" => N(Encoding.UTF8.GetByteCount(Text).ToString(CultureInfo.InvariantCulture)),
        "B" => N((Text.Length / 2).ToString(CultureInfo.InvariantCulture)),
        "N" or "BOOL" or "NULL" => null,
        "M" => N(Members.Count.ToString(CultureInfo.InvariantCulture)),
        _ => N(Elements.Count.ToString(CultureInfo.InvariantCulture)),
    };

    public JsonObject Json() => new()
    {
        [Type] = Type switch
        {
            "S" or "N" => Text,
            "B" => Convert.ToBase64String(Convert.FromHexString(Text)),
            "BOOL" => Text == "True",
            "NULL" => true,
            "L" => new JsonArray([.. Elements.Select(element => element.Json())]),
            "M" => Json(Members),
            _ => new JsonArray([.. Elements.Select(element => element.Json()[element.Type]!.DeepClone())]),
        },
    };

    public static JsonObject Json(IEnumerable<KeyValuePair<string, ModelValue>> members)
        => new(members.Select(member => KeyValuePair.Create(member.Key, (JsonNode?)member.Value.Json())));

    public static ModelValue Read(JsonNode json)
    {
        var (type, value) = json.AsObject().Single();
        return type switch
        {
            "S" => S((string)value!),
            "N" => N((string)value!),
            "B" => B(Hex(value!)),
            "BOOL" => Bool((bool)value!),
            "NULL" => Null(),
            "L" => L(value!.AsArray().Select(element => Read(element!))),
            "M" => new("M") { Members = ReadItem(value!) },
            _ => new(type)
            {
                Elements = [.. value!.AsArray().Select(element => type switch
                {
                    "SS" => S((string)element!),
                    "NS" => N((string)element!),
                    _ => B(Hex(element!)),
                })],
            },
        };

        static string Hex(JsonNode base64) => Convert.ToHexStringLower(Convert.FromBase64String((string)base64!));
    }

    public static SortedDictionary<string, ModelValue> ReadItem(JsonNode json)
        => new(json.AsObject().ToDictionary(member => member.Key, member => Read(member.Value!)), StringComparer.Ordinal);

    /// <summary>Null when the number does not fit into 38 digits or the range of exponents.</summary>
    public static ModelValue? Fitting(BigInteger scaled)
    {
        var digits = BigInteger.Abs(scaled).ToString(CultureInfo.InvariantCulture);
        if (scaled.IsZero) return N("0");
        var exponent = digits.Length - 1 - Scale;
        return digits.TrimEnd('0').Length <= 38 && exponent is >= -130 and <= 125 ? N(scaled) : null;
    }

    /// <summary>Digits without needless zeros, and the power of ten.</summary>
    private static string Plain(BigInteger scaled)
    {
        var digits = scaled.ToString(CultureInfo.InvariantCulture);
        var significant = digits.TrimEnd('0');
        return scaled.IsZero ? "N0" : $"N{significant}e{digits.Length - significant.Length - Scale}";
    }

    private static BigInteger Parse(string text)
    {
        var e = text.IndexOfAny(['e', 'E']);
        var exponent = e < 0 ? 0 : int.Parse(text[(e + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var mantissa = e < 0 ? text : text[..e];
        var dot = mantissa.IndexOf('.', StringComparison.Ordinal);
        if (dot >= 0)
        {
            exponent -= mantissa.Length - dot - 1;
            mantissa = mantissa.Remove(dot, 1);
        }

        var power = BigInteger.Pow(10, Scale + exponent);
        return BigInteger.Parse(mantissa, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) * power;
    }
}

/// <summary>A path into an item: a name, then names and list indexes.</summary>
internal sealed record ModelPath(string Root, IReadOnlyList<object> Steps, bool Placeholder)
{
    public bool TopLevel => Steps.Count == 0;

    public bool OnlyNames => Steps.All(step => step is string);

    public ModelValue? In(SortedDictionary<string, ModelValue> item)
    {
        var value = item.GetValueOrDefault(Root);
        foreach (var step in Steps)
            value = step is string name
                ? value?.Type == "M" ? value.Members.GetValueOrDefault(name) : null
                : value?.Type == "L" ? value.Elements.ElementAtOrDefault((int)step) : null;
        return value;
    }

    /// <summary>AWS refuses two paths of which one holds the other, or that take one place for a list and a map.</summary>
    public bool Clashes(ModelPath other)
    {
        if (Root != other.Root) return false;
        for (var i = 0; i < Math.Min(Steps.Count, other.Steps.Count); i++)
            if (!Steps[i].Equals(other.Steps[i]))
                return Steps[i].GetType() != other.Steps[i].GetType();
        return true;
    }

    public string Render(ModelScope scope)
    {
        return Name(Root) + string.Concat(Steps.Select(step => step is string name ? "." + Name(name) : $"[{step}]"));

        string Name(string name) => Placeholder ? scope.Name(name) : name;
    }

    public override string ToString() => Root + string.Concat(Steps.Select(step => $".{step}"));
}

/// <summary>The placeholders of one request.</summary>
internal sealed class ModelScope
{
    private readonly Dictionary<string, string> _names = [];
    private readonly JsonObject _values = [];

    public string Name(string name) => _names.TryGetValue(name, out var known) ? known : _names[name] = "#n" + _names.Count.ToString(CultureInfo.InvariantCulture);

    public string Value(ModelValue value)
    {
        var name = ":v" + _values.Count.ToString(CultureInfo.InvariantCulture);
        _values[name] = value.Json();
        return name;
    }

    public void AddTo(JsonObject request)
    {
        if (_names.Count > 0) request["ExpressionAttributeNames"] = new JsonObject(_names.Select(pair => KeyValuePair.Create(pair.Value, (JsonNode?)pair.Key)));
        if (_values.Count > 0) request["ExpressionAttributeValues"] = _values.DeepClone();
    }
}

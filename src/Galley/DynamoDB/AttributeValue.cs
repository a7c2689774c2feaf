using System.Text;
using System.Text.Json.Serialization;

namespace Galley.DynamoDB;

/// <summary>The ten types, in AWS's names.</summary>
internal enum AttributeType : byte
{
    S, N, B, BOOL, NULL, L, M, SS, NS, BS,
}

/// <summary>One typed value. It never changes; numbers are held in canonical text.</summary>
[JsonConverter(typeof(AttributeValueConverter))]
internal sealed class AttributeValue
{
    public static readonly AttributeValue Null = new(AttributeType.NULL, true);
    public static readonly AttributeValue True = new(AttributeType.BOOL, true);
    public static readonly AttributeValue False = new(AttributeType.BOOL, false);

    private readonly object _value;

    private AttributeValue(AttributeType type, object value)
    {
        Type = type;
        _value = value;
    }

    public AttributeType Type { get; }

    /// <summary>The text of S and N.</summary>
    public string Text => (string)_value;

    /// <summary>The bytes of B.</summary>
    public byte[] Bytes => (byte[])_value;

    public bool Flag => (bool)_value;

    public IReadOnlyList<AttributeValue> Elements => (IReadOnlyList<AttributeValue>)_value;

    public Dictionary<string, AttributeValue> Members => (Dictionary<string, AttributeValue>)_value;

    /// <summary>The members of SS and NS.</summary>
    public string[] Texts => (string[])_value;

    /// <summary>The members of BS.</summary>
    public byte[][] Binaries => (byte[][])_value;

    public bool IsSet => Type is AttributeType.SS or AttributeType.NS or AttributeType.BS;

    /// <summary>What is wrong with the value, which then is none.</summary>
    public ValueProblem? Problem => _value as ValueProblem;

    public static AttributeValue Broken(ValueProblem problem) => new(AttributeType.NULL, problem);

    public static AttributeValue S(string text) => new(AttributeType.S, text);

    /// <param name="canonical">As <see cref="DynamoDB.Number.Normalize"/> gives it.</param>
    public static AttributeValue N(string canonical) => new(AttributeType.N, canonical);

    public static AttributeValue B(byte[] bytes) => new(AttributeType.B, bytes);

    public static AttributeValue Bool(bool flag) => flag ? True : False;

    public static AttributeValue L(IReadOnlyList<AttributeValue> elements) => new(AttributeType.L, elements);

    public static AttributeValue M(Dictionary<string, AttributeValue> members) => new(AttributeType.M, members);

    public static AttributeValue SS(string[] texts) => new(AttributeType.SS, texts);

    public static AttributeValue NS(string[] canonical) => new(AttributeType.NS, canonical);

    public static AttributeValue BS(byte[][] binaries) => new(AttributeType.BS, binaries);

    /// <summary>Equal by value: numbers numerically, sets without order; values of two types never are.</summary>
    public bool Same(AttributeValue other)
    {
        if (Type != other.Type) return false;
        switch (Type)
        {
            case AttributeType.S or AttributeType.N:
                return Text == other.Text;
            case AttributeType.B:
                return Bytes.AsSpan().SequenceEqual(other.Bytes);
            case AttributeType.BOOL:
                return Flag == other.Flag;
            case AttributeType.NULL:
                return true;
            case AttributeType.SS or AttributeType.NS:
                return Texts.Length == other.Texts.Length && Texts.ToHashSet().SetEquals(other.Texts);
            case AttributeType.BS:
                return Binaries.Length == other.Binaries.Length && Binaries.ToHashSet(BinaryEquality.Instance).SetEquals(other.Binaries);
            case AttributeType.L:
                return Elements.Count == other.Elements.Count && Elements.Zip(other.Elements).All(pair => pair.First.Same(pair.Second));
            default:
                return Members.Count == other.Members.Count
                       && Members.All(member => other.Members.TryGetValue(member.Key, out var value) && member.Value.Same(value));
        }
    }

    /// <summary>Order of two values of one ordered type (S, N, B); null for any other pair.</summary>
    public int? CompareTo(AttributeValue other) => Type != other.Type
        ? null
        : Type switch
        {
            AttributeType.S => CompareUtf8(Text, other.Text),
            AttributeType.N => DynamoDB.Number.Compare(Text, other.Text),
            AttributeType.B => Bytes.AsSpan().SequenceCompareTo(other.Bytes),
            _ => null,
        };

    /// <summary>Levels of L and M in it.</summary>
    public int Depth => Type switch
    {
        AttributeType.L => 1 + (Elements.Count == 0 ? 0 : Elements.Max(element => element.Depth)),
        AttributeType.M => 1 + (Members.Count == 0 ? 0 : Members.Values.Max(member => member.Depth)),
        _ => 0,
    };

    /// <summary>What the value counts for in an item's size.</summary>
    public int Size => Type switch
    {
        AttributeType.S => Encoding.UTF8.GetByteCount(Text),
        AttributeType.N => DynamoDB.Number.Size(Text),
        AttributeType.B => Bytes.Length,
        AttributeType.BOOL or AttributeType.NULL => 1,
        AttributeType.SS => Texts.Sum(Encoding.UTF8.GetByteCount),
        AttributeType.NS => Texts.Sum(DynamoDB.Number.Size),
        AttributeType.BS => Binaries.Sum(bytes => bytes.Length),
        AttributeType.L => 3 + Elements.Sum(element => 1 + element.Size),
        _ => 3 + Members.Sum(member => 1 + Encoding.UTF8.GetByteCount(member.Key) + member.Value.Size),
    };

    public static bool Contains(byte[][] set, byte[] bytes)
    {
        foreach (var member in set)
            if (member.AsSpan().SequenceEqual(bytes))
                return true;
        return false;
    }

    /// <summary>As AWS shows values in some messages: `{S:a}`.</summary>
    public override string ToString() => Type switch
    {
        AttributeType.S or AttributeType.N => $"{{{Type}:{Text}}}",
        AttributeType.B => $"{{B:{Convert.ToBase64String(Bytes)}}}",
        AttributeType.BOOL => $"{{BOOL:{(Flag ? "true" : "false")}}}",
        _ => $"{{{Type}}}",
    };

    /// <summary>By UTF-8 bytes: as UTF-16 but with surrogates above everything else.</summary>
    public static int CompareUtf8(string a, string b)
    {
        var common = a.AsSpan().CommonPrefixLength(b);
        if (common == a.Length || common == b.Length) return a.Length.CompareTo(b.Length);
        return Rank(a[common]).CompareTo(Rank(b[common]));

        static int Rank(char c) => char.IsSurrogate(c) ? c + 0x10000 : c;
    }
}

using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Galley.Wire;

namespace Galley.DynamoDB;

/// <summary>
/// A map of attributes: an item, or a key. An item out of the store keeps its bytes, which are its wire form already, and is
/// read into values only when somebody looks inside; a plain GetItem copies bytes.
/// </summary>
[JsonConverter(typeof(ItemConverter))]
internal sealed class Item
{
    private static readonly JsonReaderOptions Depth = new() { MaxDepth = 256 };
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true, MaxDepth = 256 };

    /// <summary>Room to write in, of each thread: an item is written in one go.</summary>
    [ThreadStatic] private static ArrayBufferWriter<byte>? _room;
    [ThreadStatic] private static Utf8JsonWriter? _writer;
    private const int LargestRoom = 64 << 10;

    private readonly ReadOnlyMemory<byte> _json;
    private byte[]? _stored;
    private Dictionary<string, AttributeValue>? _attributes;
    private int _size = -1;

    public Item(Dictionary<string, AttributeValue> attributes) => _attributes = attributes;

    private Item(int size, ReadOnlyMemory<byte> json) => (_size, _json) = (size, json);

    /// <summary>What is wrong with a value of the request's item, which then has no attributes.</summary>
    public ValueProblem? Problem { get; private init; }

    public Dictionary<string, AttributeValue> Attributes => _attributes ??= Parse();

    public AttributeValue? this[string name] => Attributes.GetValueOrDefault(name);

    /// <summary>AWS's item size: names and values.</summary>
    public int Size => _size >= 0 ? _size : _size = Attributes.Sum(attribute => Encoding.UTF8.GetByteCount(attribute.Key) + attribute.Value.Size);

    /// <summary>Whether one of the request's attributes has no name.</summary>
    public bool HasEmptyName { get; private init; }

    public static Item Broken(ValueProblem problem, bool hasEmptyName) => new(new Dictionary<string, AttributeValue>()) { Problem = problem, HasEmptyName = hasEmptyName };

    /// <summary>The item, if its values are well formed.</summary>
    public Item Sound(bool older = false) => Problem is null ? this : throw Problem.Error(older);

    /// <summary>The item in a stored value.</summary>
    public static Item Load(byte[] stored) => new(SizeOf(stored), stored.AsMemory(4));

    /// <summary>The same from its two parts.</summary>
    public static Item Of(int size, ReadOnlySpan<byte> json) => new(size, json.ToArray());

    public static int SizeOf(ReadOnlySpan<byte> stored) => BinaryPrimitives.ReadInt32LittleEndian(stored);

    public static ReadOnlySpan<byte> JsonOf(ReadOnlySpan<byte> stored) => stored[4..];

    /// <summary>The value to store: the size in four bytes, then the wire form. Made once; what takes long is best made before the transaction.</summary>
    public byte[] Store() => _stored ??= _json.IsEmpty ? Written() : Joined(Size, _json.Span);

    private static byte[] Joined(int size, ReadOnlySpan<byte> json)
    {
        var stored = new byte[4 + json.Length];
        BinaryPrimitives.WriteInt32LittleEndian(stored, size);
        json.CopyTo(stored.AsSpan(4));
        return stored;
    }

    private byte[] Written()
    {
        var room = _room ??= new(1024);
        room.ResetWrittenCount();
        BinaryPrimitives.WriteInt32LittleEndian(room.GetSpan(4), Size);
        room.Advance(4);
        var writer = _writer ??= new(room, Compact);
        writer.Reset(room);
        AttributeValueConverter.Write(writer, Attributes);
        writer.Flush();
        if (room.Capacity > LargestRoom) _room = null;
        return room.WrittenSpan.ToArray();
    }

    /// <summary>The wire form alone.</summary>
    public ReadOnlyMemory<byte> Json => _json.IsEmpty ? Store().AsMemory(4) : _json;

    public void Write(Utf8JsonWriter writer)
    {
        if (_json.IsEmpty && _stored is null) AttributeValueConverter.Write(writer, Attributes);
        else writer.WriteRawValue(Json.Span, skipInputValidation: true);
    }

    /// <summary>Only the named attributes.</summary>
    public Item Only(IEnumerable<string> names)
    {
        var attributes = new Dictionary<string, AttributeValue>();
        foreach (var name in names)
            if (this[name] is { } value)
                attributes[name] = value;
        return new Item(attributes);
    }

    public bool Same(Item other) => Attributes.Count == other.Attributes.Count && Attributes.All(pair => other[pair.Key] is { } value && value.Same(pair.Value));

    private Dictionary<string, AttributeValue> Parse()
    {
        var reader = new Utf8JsonReader(_json.Span, Depth);
        reader.Read();
        return AttributeValueConverter.ReadMembers(ref reader, stored: true);
    }
}

internal sealed class ItemConverter : JsonConverter<Item>
{
    public override Item Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var start = reader;
        try
        {
            return new(AttributeValueConverter.ReadMembers(ref reader, stored: false));
        }
        catch (ValidationError error)
        {
            var hasEmptyName = false;
            for (reader = start; reader.Read() && reader.TokenType == JsonTokenType.PropertyName;)
            {
                hasEmptyName |= reader.ValueTextEquals(""u8);
                reader.Skip();
            }

            return Item.Broken(ValueProblem.Of(error), hasEmptyName);
        }
    }

    public override void Write(Utf8JsonWriter writer, Item value, JsonSerializerOptions options) => value.Write(writer);
}

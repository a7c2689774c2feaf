using System.Text.Json;
using System.Text.Json.Serialization;
using Galley.Wire;

namespace Galley.DynamoDB;

/// <summary>The items of an answer, in their wire form one behind the other. It is written once.</summary>
[JsonConverter(typeof(ItemPageConverter))]
internal sealed class ItemPage
{
    private readonly RentedBuffer? _json;
    private readonly KeptPage? _kept;

    public ItemPage()
    {
        _json = new();
        Put((byte)'[');
    }

    /// <summary>All items of a page that is kept.</summary>
    public ItemPage(KeptPage kept) => _kept = kept;

    public void Add(ReadOnlySpan<byte> item)
    {
        if (_json!.Written.Length > 1) Put((byte)',');
        item.CopyTo(_json.GetSpan(item.Length));
        _json.Advance(item.Length);
    }

    public void WriteTo(Utf8JsonWriter writer)
    {
        if (_kept is not null)
        {
            writer.WriteRawValue(_kept.Json, skipInputValidation: true);
            return;
        }

        Put((byte)']');
        writer.WriteRawValue(_json!.Written.Span, skipInputValidation: true);
        _json.Dispose();
    }

    private void Put(byte one)
    {
        _json!.GetSpan(1)[0] = one;
        _json.Advance(1);
    }
}

internal sealed class ItemPageConverter : JsonConverter<ItemPage>
{
    public override ItemPage Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

    public override void Write(Utf8JsonWriter writer, ItemPage value, JsonSerializerOptions options) => value.WriteTo(writer);
}

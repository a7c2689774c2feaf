using System.Text.Json;
using System.Text.Json.Serialization;
using Galley.Wire;

namespace Galley.DynamoDB;

/// <summary>
/// What is wrong with a value of a request. It waits in the request until the operation looks at its values, because other checks
/// come first. DynamoDB words it in two ways: BatchWriteItem and Scan in the older one, everything else in the current one.
/// </summary>
internal sealed record ValueProblem(string Current, string Older)
{
    public static ValueProblem Of(AwsError error) => new(error.Message, error.Data["older"] as string ?? error.Message);

    public AwsError Error(bool older = false) => Errors.Validation(older ? Older : Current);
}

/// <summary>A value of a parameter from before expressions; what is malformed waits in it.</summary>
internal sealed class WaitingValueConverter : JsonConverter<AttributeValue>
{
    public override bool HandleNull => true;

    public override AttributeValue Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var start = reader;
        try
        {
            return AttributeValueConverter.Read(ref reader, stored: false);
        }
        catch (AwsError error) when (error.Code == "ValidationException")
        {
            reader = start;
            reader.Skip();
            return AttributeValue.Broken(ValueProblem.Of(error));
        }
    }

    public override void Write(Utf8JsonWriter writer, AttributeValue value, JsonSerializerOptions options) => AttributeValueConverter.Write(writer, value);
}

/// <summary>The same for lists of values.</summary>
internal sealed class WaitingValuesConverter : JsonConverter<AttributeValue[]>
{
    private static readonly WaitingValueConverter One = new();

    public override AttributeValue[] Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray) throw Errors.Serialization("Unexpected value type in payload");
        var values = new List<AttributeValue>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) values.Add(One.Read(ref reader, typeof(AttributeValue), options));
        return [.. values];
    }

    public override void Write(Utf8JsonWriter writer, AttributeValue[] value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (var one in value) AttributeValueConverter.Write(writer, one);
        writer.WriteEndArray();
    }
}

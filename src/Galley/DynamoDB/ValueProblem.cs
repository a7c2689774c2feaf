using System.Text.Json;
using System.Text.Json.Serialization;
using Galley.Wire;

namespace Galley.DynamoDB;

/// <summary>
/// What is wrong with a value of a request. It waits in the request until the operation looks at its values, because other checks
/// come first. DynamoDB words it in two ways: BatchWriteItem and Scan in the older one, everything else in the current one.
/// </summary>
/// <param name="Current">The words of most operations.</param>
/// <param name="Older">Those of BatchWriteItem and Scan.</param>
/// <param name="StandsAlone">See <see cref="ValidationError.StandsAlone"/>.</param>
internal sealed record ValueProblem(string Current, string Older, bool StandsAlone = false)
{
    /// <summary>Beyond these levels AWS finds a value nested too deep at another place, and words it otherwise.</summary>
    private const int SecondLimit = 61;

    public static ValueProblem Of(ValidationError error) => new(error.Message, error.OlderWords ?? error.Message, error.Levels > SecondLimit);

    /// <param name="error">What is wrong with the value.</param>
    /// <param name="placeholder">Its name in ExpressionAttributeValues.</param>
    public static ValueProblem Of(ValidationError error, string placeholder)
    {
        var older = $"ExpressionAttributeValues contains invalid value: {error.OlderWords ?? error.Message} for key {placeholder}";
        return error.Levels >= SecondLimit ? new(older, older, StandsAlone: true) : new(error.Message, older);
    }

    public AwsError Error(bool older = false) => new ValidationError(older ? Older : Current) { StandsAlone = StandsAlone };
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
        catch (ValidationError error)
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
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException();
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

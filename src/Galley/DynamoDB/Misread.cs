using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Galley.DynamoDB;

/// <summary>
/// What AWS says of a request whose values are not of the types that the operation takes: the words of its parser, which differ
/// by where the value stands. Only looked for when the contract could not read the request.
/// </summary>
internal static class Misread
{
    private const string Structure = "com.amazonaws.dynamodb.v20120810.", NotHere = "Start of structure or map found where not expected",
        Cast = "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class java.lang.Class (sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and java.lang.Class are in module java.base of loader 'bootstrap')";

    private static readonly JsonReaderOptions Depth = new() { MaxDepth = 256 };

    /// <summary>The first value in the body that does not fit; null when it is no JSON, or nothing is found.</summary>
    public static string? In(ReadOnlySpan<byte> body, JsonTypeInfo type)
    {
        try
        {
            var whole = new Utf8JsonReader(body, Depth);
            while (whole.Read())
            {
            }

            var reader = new Utf8JsonReader(body, Depth);
            reader.Read();
            return reader.TokenType == JsonTokenType.StartObject ? Look(ref reader, type.Type, type.Options, null, inside: false) : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException) // the latter: half a character written as \uXXXX
        {
            return null;
        }
    }

    /// <param name="reader">On the value; afterwards on its end.</param>
    /// <param name="type">What the contract wants.</param>
    /// <param name="options">Give the contracts of members.</param>
    /// <param name="member">The name under which it, or the list or map around it, stands.</param>
    /// <param name="inside">Whether it is an element of a list or a value of a map.</param>
    private static string? Look(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options, string? member, bool inside)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (reader.TokenType == JsonTokenType.Null) return null;
        if (ScalarName(type) is { } scalar) return Scalar(ref reader, scalar);
        if (ElementOf(type, options) is { } element) return List(ref reader, element, options, member, inside);
        if (ValueOf(type, options) is { } value) return Map(ref reader, value, options, member, inside);
        if (reader.TokenType == JsonTokenType.StartArray) return "Unrecognized collection type class " + Structure + ShapeName(type, member);
        if (reader.TokenType != JsonTokenType.StartObject) return inside ? "Unexpected value type in payload" : "Unexpected field type";
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            if (MemberOf(type, name, options) is not { } of) reader.Skip();
            else if (Look(ref reader, of, options, name, inside: false) is { } problem)
                return problem;
        }

        return null;
    }

    private static string? List(ref Utf8JsonReader reader, Type element, JsonSerializerOptions options, string? member, bool inside)
    {
        if (reader.TokenType == JsonTokenType.StartObject) return NotHere;
        if (reader.TokenType != JsonTokenType.StartArray) return inside ? Cast : "Unexpected field type";
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            if (Look(ref reader, element, options, member, inside: true) is { } problem)
                return problem;
        return null;
    }

    private static string? Map(ref Utf8JsonReader reader, Type value, JsonSerializerOptions options, string? member, bool inside)
    {
        if (reader.TokenType == JsonTokenType.StartArray) return $"Unrecognized collection type java.util.Map<java.lang.String, {JavaName(value, options, member)}>";
        if (reader.TokenType != JsonTokenType.StartObject) return inside ? Cast : "Unexpected field type";
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            reader.Read();
            if (Look(ref reader, value, options, member, inside: true) is { } problem) return problem;
        }

        return null;
    }

    private static string? Scalar(ref Utf8JsonReader reader, string name)
    {
        var token = reader.TokenType switch
        {
            JsonTokenType.String => "STRING_VALUE",
            JsonTokenType.True => "TRUE_VALUE",
            JsonTokenType.False => "FALSE_VALUE",
            JsonTokenType.Number => reader.ValueSpan.IndexOfAny(".eE"u8) < 0 ? "NUMBER_VALUE" : "DECIMAL_VALUE",
            _ => null,
        };
        if (reader.TokenType == JsonTokenType.StartArray) return "Unrecognized collection type class " + (name == "Blob" ? "java.nio.ByteBuffer" : "java.lang." + name);
        if (token is null) return NotHere;
        switch (name)
        {
            case "Blob" when token == "STRING_VALUE":
                var length = reader.GetString()!.Length;
                return length % 4 != 0 ? $"Base64 encoded length is expected a multiple of 4 bytes but found: {length}"
                    : reader.TryGetBytesFromBase64(out _) ? null : "Invalid last non-pad Base64 character dectected";
            case "Blob":
                return "only base-64-encoded strings are convertible to bytes";
            case "Boolean" when token == "STRING_VALUE":
                return Lenient.Boolean(ref reader) is null ? "Unexpected token received from parser" : null;
            case "Boolean" when token is "TRUE_VALUE" or "FALSE_VALUE":
            case "String" when token == "STRING_VALUE":
            case "Integer" or "Long" or "Double" when reader.TokenType == JsonTokenType.Number:
                return null;
            default:
                return $"{token} cannot be converted to {name}";
        }
    }

    private static string? ScalarName(Type type) => type == typeof(string) ? "String"
        : type == typeof(bool) ? "Boolean"
        : type == typeof(int) ? "Integer"
        : type == typeof(long) ? "Long"
        : type == typeof(double) || type == typeof(DateTimeOffset) ? "Double"
        : type == typeof(byte[]) ? "Blob" : null;

    private static Type? ElementOf(Type type, JsonSerializerOptions options)
        => type.IsArray ? type.GetElementType() : IsValues(type) ? null : options.TryGetTypeInfo(type, out var info) && info.Kind == JsonTypeInfoKind.Enumerable ? info.ElementType : null;

    private static Type? ValueOf(Type type, JsonSerializerOptions options)
        => IsValues(type) ? typeof(AttributeValue) : options.TryGetTypeInfo(type, out var info) && info.Kind == JsonTypeInfoKind.Dictionary ? info.ElementType : null;

    private static bool IsValues(Type type) => type == typeof(Item) || type == typeof(Expressions.ExpressionValues);

    private static Type? MemberOf(Type type, string name, JsonSerializerOptions options)
    {
        if (type == typeof(AttributeValue))
            return name switch
            {
                "S" or "N" => typeof(string),
                "B" => typeof(byte[]),
                "BOOL" or "NULL" => typeof(bool),
                "SS" or "NS" => typeof(string[]),
                "BS" => typeof(byte[][]),
                "L" => typeof(AttributeValue[]),
                "M" => typeof(Item),
                _ => null,
            };
        return options.TryGetTypeInfo(type, out var info) ? info.Properties.FirstOrDefault(property => property.Name == name)?.PropertyType : null;
    }

    private static string JavaName(Type type, JsonSerializerOptions options, string? member)
        => ScalarName(type) is { } scalar ? "java.lang." + scalar
            : ElementOf(type, options) is { } element ? $"java.util.List<{JavaName(element, options, member)}>" : Structure + ShapeName(type, member);

    /// <summary>AWS's name where ours is another.</summary>
    private static string ShapeName(Type type, string? member) => type.Name switch
    {
        "AttributeCondition" => "Condition",
        "SecondaryIndex" when member is "Create" or "Update" or "Delete" => member + "GlobalSecondaryIndexAction",
        "SecondaryIndex" => member == "LocalSecondaryIndexes" ? "LocalSecondaryIndex" : "GlobalSecondaryIndex",
        var name => name,
    };
}

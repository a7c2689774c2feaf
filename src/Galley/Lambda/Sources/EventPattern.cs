using System.Globalization;
using System.Text.Json;

namespace Galley.Lambda.Sources;

/// <summary>
/// EventBridge's patterns over an event: every named field must match one of its alternatives. AWS: "Amazon EventBridge event
/// patterns", as Lambda's filter criteria use them.
/// </summary>
internal sealed class EventPattern
{
    private readonly JsonElement _pattern;

    private EventPattern(JsonElement pattern) => _pattern = pattern;

    /// <summary>Null for text that is no pattern.</summary>
    public static EventPattern? Parse(string? text)
    {
        if (string.IsNullOrEmpty(text)) return new EventPattern(JsonDocument.Parse("{}").RootElement);
        try
        {
            var pattern = JsonDocument.Parse(text).RootElement;
            return pattern.ValueKind == JsonValueKind.Object && IsValid(pattern) ? new EventPattern(pattern) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public bool Matches(JsonElement data) => Object(_pattern, data);

    private static bool IsValid(JsonElement pattern) => pattern.EnumerateObject().All(field => field.Value.ValueKind switch
    {
        JsonValueKind.Object => IsValid(field.Value),
        JsonValueKind.Array when field.Name == "$or" => field.Value.EnumerateArray().All(one => one.ValueKind == JsonValueKind.Object && IsValid(one)),
        JsonValueKind.Array => field.Value.GetArrayLength() > 0 && field.Value.EnumerateArray().All(IsRule),
        _ => false,
    });

    private static bool IsRule(JsonElement rule)
    {
        if (rule.ValueKind == JsonValueKind.Array) return false;
        if (rule.ValueKind != JsonValueKind.Object) return true;
        if (rule.EnumerateObject().ToList() is not [var only]) return false;
        return only.Name switch
        {
            "prefix" or "suffix" => only.Value.ValueKind is JsonValueKind.String or JsonValueKind.Object,
            "equals-ignore-case" or "wildcard" => only.Value.ValueKind == JsonValueKind.String,
            "exists" => only.Value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            "numeric" => only.Value.ValueKind == JsonValueKind.Array && only.Value.GetArrayLength() is 2 or 4,
            "anything-but" => true,
            _ => false,
        };
    }

    private static bool Object(JsonElement pattern, JsonElement? data)
    {
        foreach (var field in pattern.EnumerateObject())
        {
            if (field.Name == "$or" && field.Value.ValueKind == JsonValueKind.Array)
            {
                if (!field.Value.EnumerateArray().Any(one => Object(one, data))) return false;
                continue;
            }

            var value = data is { ValueKind: JsonValueKind.Object } map && map.TryGetProperty(field.Name, out var found) ? found : (JsonElement?)null;
            if (field.Value.ValueKind == JsonValueKind.Object)
            {
                if (value is { ValueKind: JsonValueKind.Array } list ? !list.EnumerateArray().Any(one => Object(field.Value, one)) : !Object(field.Value, value)) return false;
            }
            else if (!field.Value.EnumerateArray().Any(rule => Rule(rule, value))) return false;
        }

        return true;
    }

    private static bool Rule(JsonElement rule, JsonElement? value)
    {
        if (rule.ValueKind == JsonValueKind.Object && rule.TryGetProperty("exists", out var exists)) return exists.GetBoolean() == (value is not null and not { ValueKind: JsonValueKind.Object });
        if (value is not { } present) return false;
        return present.ValueKind == JsonValueKind.Array ? present.EnumerateArray().Any(one => Value(rule, one)) : Value(rule, present);
    }

    private static bool Value(JsonElement rule, JsonElement value)
    {
        if (rule.ValueKind != JsonValueKind.Object) return Equal(rule, value);
        var only = rule.EnumerateObject().First();
        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : null;
        return only.Name switch
        {
            "prefix" => text is not null && Affix(only.Value, (other, compare) => text.StartsWith(other, compare)),
            "suffix" => text is not null && Affix(only.Value, (other, compare) => text.EndsWith(other, compare)),
            "equals-ignore-case" => text is not null && text.Equals(only.Value.GetString(), StringComparison.OrdinalIgnoreCase),
            "wildcard" => text is not null && Wildcard(only.Value.GetString()!, text),
            "numeric" => value.ValueKind == JsonValueKind.Number && Numeric([.. only.Value.EnumerateArray()], value.GetDouble()),
            "anything-but" => only.Value.ValueKind == JsonValueKind.Array ? !only.Value.EnumerateArray().Any(one => Value(one, value)) : !Value(only.Value, value),
            _ => false,
        };
    }

    private static bool Affix(JsonElement rule, Func<string, StringComparison, bool> test)
        => rule.ValueKind == JsonValueKind.String ? test(rule.GetString()!, StringComparison.Ordinal)
            : rule.TryGetProperty("equals-ignore-case", out var other) && other.ValueKind == JsonValueKind.String && test(other.GetString()!, StringComparison.OrdinalIgnoreCase);

    private static bool Equal(JsonElement rule, JsonElement value) => (rule.ValueKind, value.ValueKind) switch
    {
        (JsonValueKind.String, JsonValueKind.String) => rule.GetString() == value.GetString(),
        (JsonValueKind.Number, JsonValueKind.Number) => rule.GetDouble().Equals(value.GetDouble()),
        var (a, b) => a == b && a is JsonValueKind.True or JsonValueKind.False or JsonValueKind.Null && a == b,
    };

    private static bool Numeric(JsonElement[] rule, double value)
    {
        for (var i = 0; i + 1 < rule.Length; i += 2)
        {
            var bound = rule[i + 1].ValueKind == JsonValueKind.Number ? rule[i + 1].GetDouble() : double.Parse(rule[i + 1].ToString(), CultureInfo.InvariantCulture);
            var holds = rule[i].GetString() switch { "=" => value.Equals(bound), "<" => value < bound, "<=" => value <= bound, ">" => value > bound, ">=" => value >= bound, _ => false };
            if (!holds) return false;
        }

        return true;
    }

    /// <summary>`*` stands for any text; walked without backtracking into earlier stars.</summary>
    private static bool Wildcard(string pattern, string text)
    {
        int at = 0, inText = 0, star = -1, from = 0;
        while (inText < text.Length)
            if (at < pattern.Length && pattern[at] == '*') (star, from, at) = (at, inText, at + 1);
            else if (at < pattern.Length && pattern[at] == text[inText]) (at, inText) = (at + 1, inText + 1);
            else if (star >= 0) (at, inText) = (star + 1, ++from);
            else return false;
        return pattern.AsSpan(at).Trim('*').IsEmpty;
    }
}

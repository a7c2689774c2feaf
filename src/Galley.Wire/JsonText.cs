using System.Text;
using System.Text.Json;

namespace Galley.Wire;

/// <summary>JSON whose strings are all text. An escape like `\uD800` passes the platform's parser and throws when the string is asked for.</summary>
public static class JsonText
{
    /// <summary>False when a string or a name holds half a surrogate pair, or when it is no JSON.</summary>
    public static bool IsReadable(string json)
    {
        if (!json.Contains("\\u", StringComparison.Ordinal)) return true;
        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json), new JsonReaderOptions { MaxDepth = 1000 });
            while (reader.Read())
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped)
                    _ = reader.GetString();
            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }
}

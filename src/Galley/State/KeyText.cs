using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using Galley.Store;

namespace Galley.State;

/// <summary>
/// A key of the store as people read it: the list of its parts, texts and numbers as such. What no tuple can be read from stands in Base64, so
/// that every key comes back to the byte.
/// </summary>
internal static class KeyText
{
    private const byte BytesTag = 0x01, TextTag = 0x02, IntegerTag = 0x15;

    public static JsonArray Of(byte[] key)
    {
        var parts = new JsonArray();
        for (var at = 0; at < key.Length;)
        {
            (JsonNode? Node, int Next) part = key[at] switch
            {
                TextTag when Escaped(key, at, out var bytes, out var next) && TextOf(bytes) is { } text => (JsonValue.Create(text), next),
                BytesTag when Escaped(key, at, out var bytes, out var next) => (new JsonObject { ["bytes"] = Convert.ToBase64String(bytes) }, next),
                IntegerTag when key.Length - at >= 9 => (JsonValue.Create((long)(BinaryPrimitives.ReadUInt64BigEndian(key.AsSpan(at + 1)) ^ 0x8000_0000_0000_0000)), at + 9),
                _ => ((JsonNode)(TextOf(key[at..]) is { } rest ? new JsonObject { ["rest"] = rest } : new JsonObject { ["raw"] = Convert.ToBase64String(key, at, key.Length - at) }), key.Length),
            };
            parts.Add(part.Node);
            at = part.Next;
        }

        return Read(parts).AsSpan().SequenceEqual(key) ? parts : new JsonArray(new JsonObject { ["raw"] = Convert.ToBase64String(key) });
    }

    /// <exception cref="FormatException">These are no parts of a key.</exception>
    public static byte[] Read(JsonArray parts)
    {
        var key = new Key();
        foreach (var part in parts)
            switch (part)
            {
                case JsonValue value when value.TryGetValue<string>(out var text): key.Add(text); break;
                case JsonValue value when value.TryGetValue<long>(out var number): key.Add(number); break;
                case JsonObject one when (string?)one["bytes"] is { } bytes: key.Add(Convert.FromBase64String(bytes)); break;
                case JsonObject one when (string?)one["rest"] is { } rest: key.Raw(Encoding.UTF8.GetBytes(rest)); break;
                case JsonObject one when (string?)one["raw"] is { } raw: key.Raw(Convert.FromBase64String(raw)); break;
                default: throw new FormatException($"{part?.ToJsonString()} is no part of a key.");
            }

        return key.ToArray();
    }

    /// <summary>UTF-8 without control characters; null for anything else.</summary>
    public static string? TextOf(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty || !System.Text.Unicode.Utf8.IsValid(bytes)) return null;
        var text = Encoding.UTF8.GetString(bytes);
        foreach (var letter in text)
            if (char.IsControl(letter) && letter is not ('\n' or '\r' or '\t'))
                return null;
        return text;
    }

    /// <summary>A part that ends in 00, its inner 00 written 00 FF.</summary>
    private static bool Escaped(byte[] key, int at, out byte[] bytes, out int next)
    {
        var read = new List<byte>();
        for (next = at + 1; next < key.Length; next++)
        {
            if (key[next] == 0)
            {
                if (next + 1 >= key.Length || key[next + 1] != 0xFF)
                {
                    next++;
                    bytes = [.. read];
                    return true;
                }

                next++;
                read.Add(0);
                continue;
            }

            read.Add(key[next]);
        }

        bytes = [];
        return false;
    }
}

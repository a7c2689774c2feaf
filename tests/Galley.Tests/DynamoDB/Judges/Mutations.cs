using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Galley.Tests.DynamoDB.Judges;

/// <summary>Makes inputs of inputs: bytes changed, pieces cut, doubled and taken from elsewhere, words of the languages put in, JSON parts replaced.</summary>
internal sealed class Mutations(Random random, IReadOnlyList<byte[]> corpus)
{
    private static readonly byte[][] Words = [.. new[]
    {
        "{", "}", "[", "]", ":", ",", "\"", "\\", "\\u0000", "\\ud800", "null", "true", "false", "0", "-1", "1e400", "99999999999999999999", "\"S\"", "\"N\"", "\"B\"", "\"M\"", "\"L\"", "\"SS\"", "\"NS\"", "\"BS\"", "\"BOOL\"", "\"NULL\"",
        "(", ")", " AND ", " OR ", " NOT ", " BETWEEN ", " IN ", "=", "<>", "<", ">=", "+", "-", "SET ", "REMOVE ", "ADD ", "DELETE ", "attribute_exists(", "attribute_type(", "begins_with(", "contains(", "size(", "if_not_exists(", "list_append(",
        "#a", ":v", "a", "a.b", "a[0]", "[999999999999]", ".", "SELECT ", "FROM ", "WHERE ", "INSERT INTO ", "VALUE ", "UPDATE ", "RETURNING ALL NEW *", "'", "''", "<<", ">>", "?", "MISSING", "*", ";", "--", "/*", "é", "😀", "\0", "\uFFFD",
    }.Select(Encoding.UTF8.GetBytes)];

    private static readonly string[] Values = ["null", "true", "0", "-1", "1e400", "99999999999999999999", "\"\"", "\"x\"", "[]", "{}", "[null]", "[[]]", "{\"S\":\"x\"}", "{\"N\":\"1\"}", "{\"N\":\"x\"}", "{\"M\":{}}", "{\"SS\":[]}", "{\"x\":{\"x\":{}}}"];

    public byte[] Of(byte[] input)
    {
        var output = input;
        for (var rounds = 1 + random.Next(4); rounds > 0; rounds--) output = Once(output);
        return output;
    }

    /// <summary>The body with each of its parts, one after the other, replaced by the value.</summary>
    public static IEnumerable<byte[]> Replaced(byte[] body, string value)
    {
        JsonNode? root;
        int count;
        try
        {
            root = JsonNode.Parse(body);
            count = Parts(root).Count;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            yield break; // not JSON, half a surrogate pair, a name twice
        }

        for (var i = 0; i < count; i++)
        {
            var copy = JsonNode.Parse(body);
            var (parent, name, index) = Parts(copy)[i];
            if (name is not null) parent.AsObject()[name] = JsonNode.Parse(value);
            else parent.AsArray()[index] = JsonNode.Parse(value);
            if (Written(copy!) is { } written) yield return written;
        }
    }

    /// <summary>Null when it has half a surrogate pair, which cannot be written again.</summary>
    private static byte[]? Written(JsonNode node)
    {
        try
        {
            return Encoding.UTF8.GetBytes(node.ToJsonString());
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }

    private byte[] Once(byte[] input)
    {
        int Place() => random.Next(input.Length + 1);
        if (input.Length == 0) return Words[random.Next(Words.Length)];
        var (from, to) = (Place(), Place());
        if (from > to) (from, to) = (to, from);
        if (to - from > 40 && random.Next(4) > 0) to = from + random.Next(40);
        var piece = input[from..to];
        switch (random.Next(9))
        {
            case 0:
                var changed = input.ToArray();
                changed[random.Next(changed.Length)] ^= (byte)(1 << random.Next(8));
                return changed;
            case 1:
                return [.. input[..from], .. input[to..]];
            case 2:
                var times = random.Next(20) == 0 ? 2000 : 1 + random.Next(4);
                return input.Length > 200_000 ? piece : [.. input[..to], .. Enumerable.Repeat(piece, times).SelectMany(bytes => bytes), .. input[to..]];
            case 3:
                var other = corpus[random.Next(corpus.Count)];
                var start = random.Next(other.Length);
                return [.. input[..from], .. other[start..Math.Min(other.Length, start + random.Next(60))], .. input[to..]];
            case 4 or 5:
                return [.. input[..from], .. Words[random.Next(Words.Length)], .. input[from..]];
            case 6:
                return [.. input[..from], .. Words[random.Next(Words.Length)], .. input[to..]];
            case 7:
                return [.. input[..from], (byte)random.Next(256), .. input[from..]];
            default:
                var replaced = Replaced(input, Values[random.Next(Values.Length)]).ToList();
                return replaced.Count == 0 ? input : replaced[random.Next(replaced.Count)];
        }
    }

    private static List<(JsonNode Parent, string? Name, int Index)> Parts(JsonNode? root)
    {
        var parts = new List<(JsonNode, string?, int)>();
        Walk(root);
        return parts;

        void Walk(JsonNode? node)
        {
            if (node is JsonObject members)
                foreach (var (name, value) in members.ToList())
                {
                    parts.Add((members, name, 0));
                    Walk(value);
                }
            else if (node is JsonArray elements)
                for (var i = 0; i < elements.Count; i++)
                {
                    parts.Add((elements, null, i));
                    Walk(elements[i]);
                }
        }
    }
}

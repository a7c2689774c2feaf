using System.Text;
using System.Text.Json;
using Galley.Wire;

namespace Galley.DynamoDB.Transfers;

/// <summary>`{"Item":{…}}`, one a line. Null for a line that is no item.</summary>
internal static class ItemLines
{
    public static async IAsyncEnumerable<Item?> Read(TextReader reader)
    {
        var lines = new BoundedLines(reader);
        while (await lines.Next() is { } line)
            if (!string.IsNullOrWhiteSpace(line))
                yield return Parse(line);
    }

    private static Item? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, DynamoDBJson.Default.ItemLine)?.Item;
        }
        catch (Exception e) when (e is JsonException or AwsError or InvalidOperationException)
        {
            return null;
        }
    }
}

internal sealed record ItemLine(Item? Item);

/// <summary>CSV: a header (or a list of names given with the request), then one item a line. Key attributes have the types of the table, all else is text.</summary>
internal sealed class CsvItems(TextReader reader, CsvOptions? options, AttributeDefinition[] definitions)
{
    private readonly BoundedLines _lines = new(reader);
    private readonly char _delimiter = options?.Delimiter is { Length: 1 } text ? text[0] : ',';
    private readonly Dictionary<string, string> _types = definitions.ToDictionary(definition => definition.AttributeName!, definition => definition.AttributeType!);

    public async IAsyncEnumerable<Item?> Read()
    {
        IReadOnlyList<string>? names = options?.HeaderList;
        while (await Record() is { } fields)
            if (names is null) names = fields;
            else if (fields.Count > 1 || fields[0].Length > 0)
                yield return Make(names, fields);
    }

    private Item? Make(IReadOnlyList<string> names, List<string> fields)
    {
        if (fields.Count > names.Count) return null;
        var attributes = new Dictionary<string, AttributeValue>();
        try
        {
            for (var i = 0; i < fields.Count; i++)
                attributes[names[i]] = _types.GetValueOrDefault(names[i]) switch
                {
                    "N" => AttributeValue.N(Number.Normalize(fields[i])),
                    "B" => AttributeValue.B(Convert.FromBase64String(fields[i])),
                    _ => AttributeValue.S(fields[i]),
                };
        }
        catch (Exception e) when (e is AwsError or FormatException)
        {
            return null;
        }

        return new Item(attributes);
    }

    /// <summary>One record; quoted fields may hold delimiters, doubled quotes and line breaks. Null at the end.</summary>
    private async ValueTask<List<string>?> Record()
    {
        if (await _lines.Next() is not { } line) return null;
        var fields = new List<string>();
        var field = new StringBuilder();
        var quoted = false;
        for (var i = 0; ; i++)
        {
            if (i >= line.Length)
            {
                if (!quoted || await _lines.Next() is not { } next) break;
                field.Append('\n');
                if (field.Length > BoundedLines.Longest) throw BoundedLines.TooLong();
                (line, i) = (next, -1);
                continue;
            }

            var c = line[i];
            if (quoted && c == '"' && i + 1 < line.Length && line[i + 1] == '"')
            {
                field.Append('"');
                i++;
            }
            else if (c == '"' && (quoted || field.Length == 0)) quoted = !quoted;
            else if (c == _delimiter && !quoted)
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else field.Append(c);
        }

        fields.Add(field.ToString());
        return fields;
    }
}

/// <summary>The lines of a text, which may be longer than memory without a line's end in it.</summary>
internal sealed class BoundedLines(TextReader reader)
{
    /// <summary>An item has less, with all its escapes.</summary>
    public const int Longest = 16 << 20;

    private readonly char[] _buffer = new char[8192];
    private int _at, _end;
    private bool _behindReturn;

    public static InvalidDataException TooLong() => new("A line is longer than any item.");

    /// <summary>Without its end, `\n`, `\r` or both; null behind the last.</summary>
    /// <exception cref="InvalidDataException">It is longer than <see cref="Longest"/>, or the text cannot be read.</exception>
    public async ValueTask<string?> Next()
    {
        StringBuilder? line = null;
        while (true)
        {
            if (_at == _end)
            {
                (_at, _end) = (0, await reader.ReadAsync(_buffer));
                if (_end == 0) return line?.ToString();
            }

            if (_behindReturn && _buffer[_at] == '\n') _at++;
            _behindReturn = false;
            if (_at == _end) continue;
            var length = _buffer.AsSpan(_at, _end - _at).IndexOfAny('\n', '\r');
            var part = _buffer.AsMemory(_at, length < 0 ? _end - _at : length);
            (line ??= new()).Append(part.Span);
            _at += part.Length;
            if (line.Length > Longest) throw TooLong();
            if (length < 0) continue;
            _behindReturn = _buffer[_at++] == '\r';
            return line.ToString();
        }
    }
}

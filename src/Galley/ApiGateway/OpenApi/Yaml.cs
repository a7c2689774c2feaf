using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Galley.ApiGateway.OpenApi;

/// <summary>API definitions as YAML: the part of it that is JSON too (no aliases, merges or tags; no key twice).</summary>
internal sealed partial class Yaml
{
    private const int MaxDepth = 128;
    private static readonly System.Text.Json.JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, TypeInfoResolver = ApiGatewayJson.Default };
    private readonly IParser _parser;

    private Yaml(string text)
    {
        _parser = new Parser(new StringReader(text));
        _parser.MoveNext();
    }

    /// <summary>Throws <see cref="YamlException"/> for what is no YAML of this kind.</summary>
    public static JsonNode? Read(string text)
    {
        var yaml = new Yaml(text);
        yaml._parser.Consume<StreamStart>();
        yaml._parser.Consume<DocumentStart>();
        var root = yaml.Node(0);
        yaml._parser.Consume<DocumentEnd>();
        yaml._parser.Consume<StreamEnd>();
        return root;
    }

    /// <summary>The same document in block style; every text in quotes, so that none is taken for a number.</summary>
    public static string Write(JsonNode root)
    {
        var text = new StringBuilder();
        Write(root, 0, text, inList: false);
        return text.ToString();
    }

    private JsonNode? Node(int depth)
    {
        if (depth > MaxDepth) throw new YamlException(_parser.Current!.Start, _parser.Current.End, "the definition is nested too deeply");
        if (_parser.TryConsume<Scalar>(out var scalar)) return Value(scalar);
        if (_parser.TryConsume<SequenceStart>(out _))
        {
            var list = new JsonArray();
            while (!_parser.TryConsume<SequenceEnd>(out _)) list.Add(Node(depth + 1));
            return list;
        }

        _parser.Consume<MappingStart>(); // an alias is none, and is refused here
        var map = new JsonObject();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var key = _parser.Consume<Scalar>();
            if (!map.TryAdd(key.Value, null)) throw new YamlException(key.Start, key.End, $"duplicate key {key.Value}");
            map[key.Value] = Node(depth + 1);
        }

        return map;
    }

    private static JsonNode? Value(Scalar scalar)
    {
        if (scalar.Style != ScalarStyle.Plain || !scalar.Tag.IsEmpty && !scalar.Tag.IsNonSpecific) return JsonValue.Create(scalar.Value);
        return scalar.Value switch
        {
            "" or "~" or "null" => null,
            "true" => JsonValue.Create(true),
            "false" => JsonValue.Create(false),
            var text when Number().IsMatch(text) => JsonNode.Parse(text),
            var text => JsonValue.Create(text),
        };
    }

    private static void Write(JsonNode? node, int depth, StringBuilder text, bool inList)
    {
        var indent = new string(' ', depth * 2);
        switch (node)
        {
            case JsonObject { Count: > 0 } map:
                var first = inList;
                foreach (var (key, value) in map)
                {
                    if (!first) text.Append(indent);
                    first = false;
                    text.Append(PlainKey().IsMatch(key) ? key : Quoted(key)).Append(':');
                    Nested(value, depth, text);
                }

                break;
            case JsonArray { Count: > 0 } list:
                foreach (var item in list)
                {
                    text.Append(indent).Append("- ");
                    if (item is JsonObject { Count: > 0 }) Write(item, depth + 1, text, inList: true);
                    else text.Append(Scalar(item)).Append('\n');
                }

                break;
            default:
                text.Append(Scalar(node)).Append('\n');
                break;
        }
    }

    private static void Nested(JsonNode? value, int depth, StringBuilder text)
    {
        if (value is JsonObject { Count: > 0 } or JsonArray { Count: > 0 })
        {
            text.Append('\n');
            Write(value, depth + 1, text, inList: false);
        }
        else
        {
            text.Append(' ').Append(Scalar(value)).Append('\n');
        }
    }

    private static string Scalar(JsonNode? value) => value?.ToJsonString(Plain) ?? "null";

    private static string Quoted(string text) => JsonValue.Create(text).ToJsonString(Plain);

    [GeneratedRegex("^-?(?:0|[1-9][0-9]{0,17})(?:\\.[0-9]{1,17})?$")]
    private static partial Regex Number();

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_-]*$")]
    private static partial Regex PlainKey();
}

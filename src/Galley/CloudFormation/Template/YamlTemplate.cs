using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Galley.Wire;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Galley.CloudFormation.Template;

/// <summary>
/// CloudFormation's YAML: YAML 1.1 without aliases, merges and foreign tags, with the short forms `!Ref`, `!GetAtt A.B` … as functions.
/// Works on the parser's events, so nothing is built that the template does not spell out.
/// </summary>
internal sealed partial class YamlTemplate(string text)
{
    private static readonly HashSet<string> Functions =
    [
        "GetAtt", "Sub", "Join", "Split", "Select", "If", "And", "Or", "Not", "Equals", "FindInMap", "Base64", "ImportValue", "GetAZs", "Cidr",
        "Length", "ToJsonString", "Transform", "ForEach", "Contains", "EachMemberEquals", "EachMemberIn", "RefAll", "ValueOf", "ValueOfAll",
    ];

    private readonly IParser _parser = new Parser(new StringReader(text));

    public JsonNode? Read()
    {
        Expect<StreamStart>();
        Expect<DocumentStart>();
        var root = Node(0);
        Expect<DocumentEnd>();
        Expect<StreamEnd>();
        return root;
    }

    private JsonNode? Node(int depth)
    {
        if (depth > TemplateText.MaxDepth) throw Errors.Format("the template is nested too deeply.");
        var (at, tag, node) = Next() switch
        {
            Scalar scalar => (scalar.Start, scalar.Tag, Value(scalar)),
            SequenceStart sequence => (sequence.Start, sequence.Tag, Sequence(depth)),
            MappingStart mapping => (mapping.Start, mapping.Tag, Mapping(depth)),
            AnchorAlias => throw Errors.Template("YAML aliases are not allowed in CloudFormation templates"),
            var other => throw new YamlException(other.Start, other.End, "unexpected"),
        };
        return tag.IsEmpty || tag.IsNonSpecific || tag.Value == "tag:yaml.org,2002:str" ? node : Function(tag.Value, node, at);
    }

    private JsonArray Sequence(int depth)
    {
        var array = new JsonArray();
        while (_parser.MoveNext() && _parser.Current is not SequenceEnd)
        {
            _peeked = _parser.Current;
            array.Add(Node(depth + 1));
        }

        return array;
    }

    private JsonObject Mapping(int depth)
    {
        var map = new JsonObject();
        while (_parser.MoveNext() && _parser.Current is not MappingEnd)
        {
            if (_parser.Current is AnchorAlias) throw Errors.Template("YAML aliases are not allowed in CloudFormation templates");
            if (_parser.Current is not Scalar key) throw new YamlException(_parser.Current!.Start, _parser.Current.End, "a key must be text");
            if (key is { Value: "<<", Style: ScalarStyle.Plain }) throw Errors.Template("YAML hash merges are not allowed in CloudFormation templates");
            if (map.ContainsKey(key.Value)) throw Errors.Format($"YAML not well-formed. (duplicate key {key.Value}, line {key.Start.Line}, column {key.Start.Column})");
            map.Add(key.Value, Node(depth + 1));
        }

        return map;
    }

    /// <summary>Plain scalars are typed; what would not keep its spelling as a number (leading zeros, signs, exponents) stays text.</summary>
    private static JsonNode? Value(Scalar scalar)
    {
        if (scalar.Style != ScalarStyle.Plain || !scalar.Tag.IsEmpty) return JsonValue.Create(scalar.Value);
        return scalar.Value switch
        {
            "" or "~" or "null" or "Null" or "NULL" => null,
            "true" or "True" or "TRUE" => JsonValue.Create(true),
            "false" or "False" or "FALSE" => JsonValue.Create(false),
            var text when Number().IsMatch(text) => JsonNode.Parse(text),
            var text => JsonValue.Create(text),
        };
    }

    private static JsonObject Function(string tag, JsonNode? value, Mark at)
    {
        var name = tag.StartsWith('!') ? tag[1..] : tag;
        if (name is "Ref" or "Condition") return new JsonObject { [name] = value };
        if (!Functions.Contains(name)) throw Errors.Format($"unsupported YAML tag {tag} (line {at.Line.ToString(CultureInfo.InvariantCulture)})");
        if (name == "GetAtt" && value is JsonValue text && text.TryGetValue<string>(out var path))
            value = path.Split('.', 2) is [var resource, var attribute] ? new JsonArray(resource, attribute) : value;
        return new JsonObject { ["Fn::" + name] = value };
    }

    private ParsingEvent? _peeked;

    private ParsingEvent Next()
    {
        if (_peeked is { } peeked)
        {
            _peeked = null;
            return peeked;
        }

        return _parser.MoveNext() ? _parser.Current! : throw Ended();
    }

    private void Expect<T>() where T : ParsingEvent
    {
        if (Next() is not T) throw Ended();
    }

    private static AwsError Ended() => Errors.Format("unsupported structure.");

    [GeneratedRegex(@"^-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,17})?$")]
    private static partial Regex Number();
}

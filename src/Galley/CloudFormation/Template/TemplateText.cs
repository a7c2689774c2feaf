using System.Text.Json;
using System.Text.Json.Nodes;
using Galley.Wire;
using YamlDotNet.Core;

namespace Galley.CloudFormation.Template;

/// <summary>A template's text, JSON or YAML, as one JSON object. Refuses what is not well formed with AWS's text.</summary>
internal static class TemplateText
{
    public const int MaxDepth = 100;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = MaxDepth, AllowDuplicateProperties = false };

    public static JsonObject Parse(string text)
    {
        var root = text.AsSpan().TrimStart() is ['{', ..] ? Json(text) : Yaml(text);
        return root as JsonObject ?? throw Errors.Format("unsupported structure.");
    }

    private static JsonNode? Json(string text)
    {
        try
        {
            var root = JsonNode.Parse(text, documentOptions: Strict);
            return JsonText.IsReadable(text) ? root : throw Errors.Format("JSON not well-formed.");
        }
        catch (InvalidOperationException)
        {
            throw Errors.Format("JSON not well-formed."); // half a surrogate pair in a name
        }
        catch (JsonException e)
        {
            throw Errors.Format($"JSON not well-formed. (line {(e.LineNumber ?? 0) + 1}, column {(e.BytePositionInLine ?? 0) + 1})");
        }
    }

    private static JsonNode? Yaml(string text)
    {
        try
        {
            return new YamlTemplate(text).Read();
        }
        catch (YamlException e)
        {
            throw Errors.Format($"YAML not well-formed. (line {e.Start.Line}, column {e.Start.Column})");
        }
        catch (InvalidOperationException)
        {
            throw Errors.Format("YAML not well-formed."); // what the scanner throws at a plain text that it cannot place
        }
    }
}

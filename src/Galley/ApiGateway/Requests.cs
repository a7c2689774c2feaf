using System.Text.Json;
using System.Text.Json.Serialization;

namespace Galley.ApiGateway;

/// <summary>Requests shared by all nouns: one by id, a page of many, tags.</summary>
internal sealed record ApiRef
{
    public required string ApiId { get; init; }
}

/// <summary>A part of an API, by whichever id the path has.</summary>
internal sealed record PartRef
{
    public required string ApiId { get; init; }
    public string RouteId { get; init; } = "";
    public string IntegrationId { get; init; } = "";
    public string AuthorizerId { get; init; } = "";
    public string StageName { get; init; } = "";
    public string DeploymentId { get; init; } = "";
}

internal sealed record ListRequest
{
    public string ApiId { get; init; } = "";
    public int? MaxResults { get; init; }
    public string? NextToken { get; init; }

    public Page<T> Page<T>(List<T> all)
    {
        var from = NextToken is null ? 0 : int.TryParse(NextToken, out var at) && at >= 0 ? at : throw Errors.BadRequest("Invalid nextToken");
        var size = MaxResults ?? 500;
        if (size < 1) throw Errors.BadRequest("Invalid maxResults");
        var items = all.Skip(from).Take(size).ToList();
        return new Page<T> { Items = items, NextToken = from + items.Count < all.Count ? $"{from + items.Count}" : null };
    }
}

internal sealed record Page<T>
{
    public required List<T> Items { get; init; }
    public string? NextToken { get; init; }
}

internal sealed record TagRequest
{
    public required string ResourceArn { get; init; }
    public Dictionary<string, string>? Tags { get; init; }

    [JsonConverter(typeof(OneOrManyConverter))]
    public List<string>? TagKeys { get; init; }
}

internal sealed record TagList
{
    public required Dictionary<string, string> Tags { get; init; }
}

/// <summary>A list that comes as one text when the query string names it once.</summary>
internal sealed class OneOrManyConverter : JsonConverter<List<string>>
{
    public override List<string> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String) return [reader.GetString()!];
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException("not a list");
        var list = new List<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            list.Add(reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw new JsonException("not a text"));
        return list;
    }

    public override void Write(Utf8JsonWriter writer, List<string> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (var item in value) writer.WriteStringValue(item);
        writer.WriteEndArray();
    }
}

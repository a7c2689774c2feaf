using System.Text.Json;
using System.Text.Json.Serialization;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Galley.Functions;

namespace GalleyApp;

/// <summary>Notes in their table: everyone who is signed in reads and writes.</summary>
public sealed class Notes(IAmazonDynamoDB dynamodb, string table)
{
    public async Task<HttpApiResponse> List(HttpApiRequest request)
    {
        var page = await dynamodb.ScanAsync(new ScanRequest(table));
        var notes = (page.Items ?? []).Select(item => new Note(item["id"].S, item["text"].S)).OrderBy(note => note.Id, StringComparer.Ordinal).ToList();
        return HttpApiResponse.Json(JsonSerializer.Serialize(notes, NoteJson.Default.ListNote));
    }

    public async Task<HttpApiResponse> Add(HttpApiRequest request)
    {
        var text = request.BodyText().Trim();
        if (text.Length is 0 or > 1000) return HttpApiResponse.Json("""{"message":"A note has 1 to 1000 characters."}""", 400);
        var note = new Note($"{request.Claim("username")}-{request.RequestContext.RequestId}", text);
        await dynamodb.PutItemAsync(new PutItemRequest(table, new() { ["id"] = new(note.Id), ["text"] = new(note.Text) }));
        return HttpApiResponse.Json(JsonSerializer.Serialize(note, NoteJson.Default.Note), 201);
    }
}

public sealed record Note(string Id, string Text);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(List<Note>))]
[JsonSerializable(typeof(Note))]
public sealed partial class NoteJson : JsonSerializerContext;

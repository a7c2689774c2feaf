using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using System.Xml;

namespace Galley.Wire;

/// <summary>
/// The query protocol (IAM, STS, CloudFormation): a form in, XML out. A request is turned into JSON by its structure alone
/// (`Tags.member.1.Key=a` → `{"Tags":[{"Key":"a"}]}`) and an answer from JSON to XML, so services write the same contracts as for JSON.
/// </summary>
/// <param name="signingName">`iam`</param>
/// <param name="version">`2010-05-08`</param>
/// <param name="xmlNamespace">`https://iam.amazonaws.com/doc/2010-05-08/`</param>
/// <param name="contracts">Gives the contracts of all requests and answers.</param>
public class QueryService(string signingName, string version, string xmlNamespace, Func<JsonSerializerContext> contracts) : AwsService
{
    private readonly OperationTable _operations = new();

    public override string SigningName => signingName;

    public override Protocol Protocol => Protocol.Query;

    public override IEnumerable<Operation> Operations => _operations.All.Values;

    public override bool Claims(ApiRequest request) => Form(request).FirstOrDefault(pair => pair.Key == "Version").Value is var asked && (string.IsNullOrEmpty(asked) || asked == version);

    /// <summary>Adds operations when one is first asked for, not at the start.</summary>
    public void Later(Action add) => _operations.Later(add);

    public void Add<TRequest, TResponse>(
        Func<TRequest, Call, ValueTask<TResponse>> run,
        Func<TRequest, Call, string>? resource = null, string? action = null, bool unsigned = false,
        Func<TRequest, Call, IEnumerable<(string Action, string Resource)>>? also = null, Func<TRequest, IEnumerable<KeyValuePair<string, string>>>? conditions = null,
        [CallerArgumentExpression(nameof(run))] string name = "")
    {
        name = name[(name.LastIndexOf('.') + 1)..];
        var (request, response) = (new Contract<TRequest>(contracts), new Contract<TResponse>(contracts));
        _operations.Add(new Operation(name, action ?? $"{signingName}:{name}", api =>
        {
            var json = FormJson.ToJson(Form(api).Where(pair => pair.Key is not ("Action" or "Version")));
            var bound = Read(json, request);
            return new BoundCall(call => resource?.Invoke(bound, call) ?? "*", async call => Answer(name, await run(bound, call), response, call.RequestId))
            {
                Also = also is null ? null : call => also(bound, call),
                Conditions = conditions is null ? null : _ => conditions(bound),
                RequestTags = () => RequestTags.In(json),
            };
        })
        { Unsigned = unsigned, Request = request, Response = response, NamesResource = resource is not null });
    }

    public override Operation Identify(ApiRequest request)
    {
        var actions = Form(request).Where(pair => pair.Key == "Action").ToList();
        if (actions.Count > 1) throw new AwsError("ValidationError", "Action is given more than once."); // two readers could take two operations for the one
        var name = actions.Count == 0 ? "" : actions[0].Value;
        if (Form(request).FirstOrDefault(pair => pair.Key == "Version").Value is { Length: > 0 } asked && asked != version) throw new AwsError("InvalidAction", $"Could not find operation {name} for version {asked}");
        return _operations.All.TryGetValue(name, out var operation)
            ? operation
            : throw new AwsError("InvalidAction", $"Could not find operation {name} for version {version}");
    }

    public override Reply RenderError(AwsError error, string requestId) => Xml(error.Status, writer =>
    {
        writer.WriteStartElement("ErrorResponse", xmlNamespace);
        writer.WriteStartElement("Error");
        writer.WriteElementString("Type", error.Status >= 500 ? "Receiver" : "Sender");
        writer.WriteElementString("Code", error.Code);
        writer.WriteElementString("Message", error.Message);
        foreach (var (name, value) in error.Fields) writer.WriteElementString(name, value.ToString());
        writer.WriteEndElement();
        writer.WriteElementString("RequestId", requestId);
        writer.WriteEndElement();
    });

    /// <summary>The parameters of a request: query and form body together.</summary>
    private static IEnumerable<KeyValuePair<string, string>> Form(ApiRequest request)
        => request.Query.Where(pair => !pair.Key.StartsWith("X-Amz-", StringComparison.Ordinal))
            .Concat(request.Header("Content-Type")?.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) == true
                ? ApiRequest.ParseForm(request.BodyText)
                : []);

    private static T Read<T>(ReadOnlyMemory<byte> json, Contract<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(json.Span, type.Info)!;
        }
        catch (JsonException e)
        {
            throw JsonProblem.UnknownMember(e.Message) is { } member
                ? new AwsError("ValidationError", $"Galley does not support the parameter {member}.")
                : JsonProblem.MissingMembers(e.Message) is { } missing
                    ? new AwsError("ValidationError", $"The request must contain the parameter {missing}.")
                    : new AwsError("ValidationError", $"Could not read the value at {e.Path}.");
        }
    }

    private Reply Answer<T>(string name, T result, Contract<T> type, string requestId) => Xml(200, writer =>
    {
        writer.WriteStartElement(name + "Response", xmlNamespace);
        if (result is not Empty)
        {
            writer.WriteStartElement(name + "Result");
            using var json = JsonDocument.Parse(JsonSerializer.SerializeToUtf8Bytes(result, type.Info));
            FormJson.WriteXml(writer, json.RootElement);
            writer.WriteEndElement();
        }

        writer.WriteStartElement("ResponseMetadata");
        writer.WriteElementString("RequestId", requestId);
        writer.WriteEndElement();
        writer.WriteEndElement();
    });

    private static Reply Xml(int status, Action<XmlWriter> write)
    {
        using var body = new MemoryStream();
        using (var writer = XmlWriter.Create(body, new XmlWriterSettings { Encoding = new UTF8Encoding(false), CheckCharacters = false }))
            write(writer);
        return new Reply(status) { Body = body.ToArray() }.With("Content-Type", "text/xml");
    }
}

/// <summary>The structural bridge between query forms, JSON and XML.</summary>
internal static class FormJson
{
    private const int MaxParameters = 5000, MaxIndex = 5000, MaxDepth = 32;

    /// <summary>`A.member.2.B=x`, `M.entry.1.key=k&amp;M.entry.1.value=v` → JSON. `entry` maps become objects.</summary>
    public static ReadOnlyMemory<byte> ToJson(IEnumerable<KeyValuePair<string, string>> form)
    {
        var root = new SortedDictionary<string, object>(StringComparer.Ordinal);
        var count = 0;
        foreach (var (name, value) in form)
        {
            if (++count > MaxParameters) throw new AwsError("ValidationError", "Too many parameters.");
            var node = root;
            var path = name.Split('.', MaxDepth + 1);
            if (path.Length > MaxDepth) throw Malformed(name);
            for (var i = 0; i < path.Length - 1; i++)
            {
                if (!node.TryGetValue(path[i], out var next)) node[path[i]] = next = new SortedDictionary<string, object>(StringComparer.Ordinal);
                node = next as SortedDictionary<string, object> ?? throw Malformed(name);
            }

            if (!node.TryAdd(path[^1], value)) throw Malformed(name);
        }

        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer)) Write(writer, root);
        return buffer.WrittenMemory;
    }

    /// <summary>Objects become elements, arrays `member` elements, booleans `true`/`false`; null is left out.</summary>
    public static void WriteXml(XmlWriter writer, JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in json.EnumerateObject())
                {
                    if (member.Value.ValueKind == JsonValueKind.Null) continue;
                    if (member is { Name: "entry", Value.ValueKind: JsonValueKind.Array })
                    {
                        WriteEntries(writer, member.Value);
                        continue;
                    }

                    writer.WriteStartElement(member.Name);
                    WriteXml(writer, member.Value);
                    writer.WriteEndElement();
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in json.EnumerateArray())
                {
                    writer.WriteStartElement("member");
                    WriteXml(writer, item);
                    writer.WriteEndElement();
                }

                break;
            case JsonValueKind.String:
                writer.WriteString(json.GetString());
                break;
            case JsonValueKind.True or JsonValueKind.False:
                writer.WriteString(json.GetBoolean() ? "true" : "false");
                break;
            default:
                writer.WriteString(json.GetRawText());
                break;
        }
    }

    /// <summary>A map: one `entry` element each, with `key` and `value`.</summary>
    private static void WriteEntries(XmlWriter writer, JsonElement entries)
    {
        foreach (var entry in entries.EnumerateArray())
        {
            writer.WriteStartElement("entry");
            WriteXml(writer, entry);
            writer.WriteEndElement();
        }
    }

    private static void Write(Utf8JsonWriter writer, object node)
    {
        switch (node)
        {
            case string text:
                writer.WriteStringValue(text);
                break;
            case SortedDictionary<string, object> map when map.Count == 1 && map.TryGetValue("member", out var list):
                writer.WriteStartArray();
                // `X.member=` stands for an empty list
                if (list is SortedDictionary<string, object> members)
                    foreach (var item in members.OrderBy(pair => Index(pair.Key)))
                        Write(writer, item.Value);
                writer.WriteEndArray();
                break;
            case SortedDictionary<string, object> map when map.Count == 1 && map.TryGetValue("entry", out var entries) && entries is SortedDictionary<string, object> pairs:
                writer.WriteStartObject();
                foreach (var (index, pair) in pairs.OrderBy(pair => Index(pair.Key)))
                {
                    if (pair is not SortedDictionary<string, object> entry || !entry.TryGetValue("key", out var key) || !entry.TryGetValue("value", out var value))
                        throw Malformed($"entry.{index}");
                    writer.WritePropertyName((string)key);
                    Write(writer, value);
                }

                writer.WriteEndObject();
                break;
            case SortedDictionary<string, object> map:
                writer.WriteStartObject();
                foreach (var (name, value) in map)
                {
                    writer.WritePropertyName(name);
                    Write(writer, value);
                }

                writer.WriteEndObject();
                break;
        }
    }

    private static int Index(string text) => int.TryParse(text, out var index) && index is > 0 and <= MaxIndex ? index : throw Malformed(text);

    private static AwsError Malformed(string name) => new("MalformedInput", $"Unexpected list or map element in parameter {name}");
}

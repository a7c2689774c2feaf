using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace Galley.Wire;

/// <summary>
/// awsJson 1.0/1.1 (`X-Amz-Target`) and rest-json (method and path) over a table of operations. Bodies are read and written by the
/// compile-time JSON contracts of the service; a member that the request type lacks is refused by name.
/// </summary>
/// <param name="signingName">`dynamodb`</param>
/// <param name="protocol">One of the three JSON protocols.</param>
/// <param name="contracts">Gives the contracts of all requests and answers.</param>
/// <param name="targetPrefix">`DynamoDB_20120810`; for rest-json the path prefixes that are this service's, `/v2/`.</param>
public class JsonService(string signingName, Protocol protocol, Func<JsonSerializerContext> contracts, params string[] targetPrefix) : AwsService
{
    /// <summary>Of each thread: an answer is written in one go.</summary>
    [ThreadStatic] private static Utf8JsonWriter? _writer;

    private readonly OperationTable _operations = new();
    private readonly List<RestRoute> _routes = [];

    public override string SigningName => signingName;

    public override Protocol Protocol => protocol;

    public override IEnumerable<Operation> Operations => _operations.All.Values;

    /// <summary>Code of the error for parameters we cannot read or do not support.</summary>
    public string InvalidParameterCode { get; init; } = "ValidationException";

    /// <summary>The policy that a resource has of its own, by the resource's ARN; null in services without such policies.</summary>
    public Func<string, Call, ValueTask<string?>>? PolicyOf { get; set; }

    /// <summary>Whether an operation that tells nothing answers `{}`, as most services do, or no byte.</summary>
    public bool AnswersNothingWithBraces { get; init; } = true;

    /// <summary>Prefix of `__type` in error bodies by code; empty for the bare name.</summary>
    public Func<string, string> ErrorNamespace { get; init; } = _ => "";

    public override bool Claims(ApiRequest request) => protocol == Protocol.RestJson
        ? targetPrefix.Any(prefix => request.RawPath.StartsWith(prefix, StringComparison.Ordinal))
        : request.Target is not { } target || OwnsTarget(target);

    /// <summary>Adds operations when one is first asked for, not at the start.</summary>
    public void Later(Action add) => _operations.Later(add);

    private bool OwnsTarget(string target)
    {
        foreach (var prefix in targetPrefix)
            if (target.Length > prefix.Length && target[prefix.Length] == '.' && target.StartsWith(prefix, StringComparison.Ordinal))
                return true;
        return false;
    }

    /// <summary>Adds an awsJson operation: `Add&lt;PutItemRequest, PutItemResponse&gt;(items.PutItem)`.</summary>
    /// <param name="run">The operation; its method name is the operation's name.</param>
    /// <param name="resource">The ARN that IAM checks; `*` when absent.</param>
    /// <param name="action">The IAM action where it is not `service:Operation`.</param>
    /// <param name="unsigned">AWS takes the call without a signature.</param>
    /// <param name="also">Further rights that the request needs.</param>
    /// <param name="actionOf">The IAM action where it depends on the request; null for the operation's own.</param>
    /// <param name="conditions">IAM's condition keys for one of the rights: action, resource.</param>
    /// <param name="name">Filled by the compiler.</param>
    public void Add<TRequest, TResponse>(
        Func<TRequest, Call, ValueTask<TResponse>> run,
        Func<TRequest, Call, string>? resource = null, string? action = null, bool unsigned = false,
        Func<TRequest, Call, IEnumerable<(string Action, string Resource)>>? also = null, Func<TRequest, string?>? actionOf = null,
        Func<TRequest, Call, string, string, ValueTask<IEnumerable<KeyValuePair<string, string>>>>? conditions = null,
        [CallerArgumentExpression(nameof(run))] string name = "")
    {
        var (request, response) = (new Contract<TRequest>(contracts), new Contract<TResponse>(contracts));
        var bindings = new Bindings<TRequest, TResponse>(run, response, 200) { Resource = resource, Also = also, ActionOf = actionOf, Conditions = conditions };
        Add(name, action, unsigned, resource is not null, request, response, api => new Bound<TRequest, TResponse>(this, bindings, Read(api.Body, request), api.Body));
    }

    /// <summary>Adds a rest-json operation. Path variables and query parameters become members of the request by their wire names.</summary>
    /// <param name="route">`POST /v2/apis/{apiId}/routes`; `{name+}` takes the rest of the path.</param>
    /// <param name="status">Status of success.</param>
    /// <param name="of">Gives the contracts where they are not the service's own.</param>
    public void Add<TRequest, TResponse>(
        string route, int status, Func<TRequest, Call, ValueTask<TResponse>> run,
        Func<TRequest, Call, string>? resource = null, string? action = null,
        Func<TRequest, Call, IEnumerable<(string Action, string Resource)>>? also = null, Func<JsonSerializerContext>? of = null,
        Func<TRequest, Call, string, string, ValueTask<IEnumerable<KeyValuePair<string, string>>>>? conditions = null,
        [CallerArgumentExpression(nameof(run))] string name = "")
    {
        var (request, response) = (new Contract<TRequest>(of ?? contracts), new Contract<TResponse>(of ?? contracts));
        var bindings = new Bindings<TRequest, TResponse>(run, response, status) { Resource = resource, Also = also, Conditions = conditions };
        AddRoute(route, Add(name, action, false, resource is not null, request, response, api =>
        {
            var json = Merge(api);
            return new Bound<TRequest, TResponse>(this, bindings, Read(json, request), json);
        }));
    }

    /// <summary>Adds a rest-json operation that reads its own body and makes its own answer (Lambda's Invoke).</summary>
    /// <param name="of">Gives the request's contract where it is not one of the service's.</param>
    public void AddRaw<TRequest>(
        string route, Func<TRequest, ApiRequest, Call, ValueTask<Reply>> run,
        Func<TRequest, Call, string>? resource = null, string? action = null, Func<TRequest, Call, ValueTask<string?>>? resourcePolicy = null, Func<JsonSerializerContext>? of = null,
        [CallerArgumentExpression(nameof(run))] string name = "")
    {
        var request = new Contract<TRequest>(of ?? contracts);
        AddRoute(route, Add(name, action, false, resource is not null, request, null, api =>
        {
            var bound = Read(Merge(api, withBody: false), request);
            return new BoundCall(call => resource?.Invoke(bound, call) ?? "*", call => run(bound, api, call))
            {
                ResourcePolicy = resourcePolicy is null ? null : call => resourcePolicy(bound, call),
            };
        }));
    }

    public override Operation Identify(ApiRequest request)
    {
        if (protocol == Protocol.RestJson)
        {
            _ = _operations.All; // their routes come with them
            foreach (var route in _routes)
                if (route.Matches(request))
                    return route.Operation;
            throw new AwsError("UnknownOperationException", $"Galley has no operation at {request.Method} {request.RawPath}", 404);
        }

        var target = request.Target ?? "";
        var name = target.AsSpan(target.LastIndexOf('.') + 1);
        return _operations.Find(name) is { } operation && OwnsTarget(target) ? operation : throw UnknownOperation(name.ToString());
    }

    /// <summary>AWS's error for an operation that it, or Galley, does not have.</summary>
    protected virtual AwsError UnknownOperation(string name)
        => new("UnknownOperationException", name.Length == 0 ? "" : $"Galley does not support the operation {name}.");

    public override Reply RenderError(AwsError error, string requestId)
    {
        var body = Json(writer =>
        {
            if (protocol != Protocol.RestJson) writer.WriteString("__type", ErrorNamespace(error.Code) + error.Code);
            foreach (var (name, value) in error.Fields) WriteField(writer, name, value);
            if (error.Message.Length > 0 && !error.Fields.Any(field => field.Key is "message" or "Message")) writer.WriteString("message", error.Message);
        });
        var reply = new Reply(error.Status) { Body = body }.With("Content-Type", ContentType).With("x-amzn-ErrorType", error.Code);
        reply.Headers.AddRange(error.Headers);
        return reply;
    }

    private string ContentType => protocol switch
    {
        Protocol.AwsJson10 => "application/x-amz-json-1.0",
        Protocol.AwsJson11 => "application/x-amz-json-1.1",
        _ => "application/json",
    };

    private Operation Add(string expression, string? action, bool unsigned, bool namesResource, IContract request, IContract? response, Func<ApiRequest, BoundCall> bind)
    {
        var name = expression[(expression.LastIndexOf('.') + 1)..];
        var operation = new Operation(name, action ?? $"{signingName}:{name}", bind) { Unsigned = unsigned, Request = request, Response = response, NamesResource = namesResource };
        _operations.Add(operation);
        return operation;
    }

    private void AddRoute(string route, Operation operation)
    {
        _operations.Replace(operation = operation with { Route = route });
        _routes.Add(new RestRoute(route, operation));
        _routes.Sort((a, b) => a.Variables.CompareTo(b.Variables)); // literals win over variables
    }

    /// <summary>What is the same for all calls of one operation.</summary>
    private sealed record Bindings<TRequest, TResponse>(Func<TRequest, Call, ValueTask<TResponse>> Run, Contract<TResponse> Response, int Status)
    {
        public Func<TRequest, Call, string>? Resource { get; init; }

        public Func<TRequest, Call, IEnumerable<(string Action, string Resource)>>? Also { get; init; }

        public Func<TRequest, string?>? ActionOf { get; init; }

        public Func<TRequest, Call, string, string, ValueTask<IEnumerable<KeyValuePair<string, string>>>>? Conditions { get; init; }
    }

    /// <summary>One call. What is seldom asked of it is made when it is.</summary>
    private sealed class Bound<TRequest, TResponse>(JsonService service, Bindings<TRequest, TResponse> operation, TRequest request, ReadOnlyMemory<byte> json) : BoundCall(null!, null!)
    {
        public override Func<Call, ValueTask<string?>>? ResourcePolicy => service.PolicyOf is null || operation.Resource is null ? null : OwnPolicy;

        public override Func<Call, string, ValueTask<string?>>? PolicyOf => service.PolicyOf is not { } policyOf ? null : (call, on) => policyOf(on, call);

        public override Func<Call, string, string, ValueTask<IEnumerable<KeyValuePair<string, string>>>>? ConditionsOf
            => operation.Conditions is not { } conditions ? null : (call, action, on) => conditions(request, call, action, on);

        public override Func<IEnumerable<KeyValuePair<string, string?>>>? RequestTags => () => Wire.RequestTags.In(json);

        public override Func<Call, IEnumerable<(string Action, string Resource)>>? Also => operation.Also is not { } also ? null : call => also(request, call);

        public override string? Action => operation.ActionOf?.Invoke(request);

        public override string Resource(Call call) => operation.Resource?.Invoke(request, call) ?? "*";

        public override ValueTask<Reply> Run(Call call)
        {
            var running = operation.Run(request, call);
            return running.IsCompletedSuccessfully ? new(Answer(running.Result)) : Wait(running);
        }

        private async ValueTask<Reply> Wait(ValueTask<TResponse> running) => Answer(await running);

        private Reply Answer(TResponse result) => service.Answer(result, operation.Response, operation.Status);

        private async ValueTask<string?> Resolved(string resource, Call call) => await service.PolicyOf!(await service.Resolve!(resource, call), call);

        private ValueTask<string?> OwnPolicy(Call call)
        {
            var resource = Resource(call);
            return service.Resolve is null ? service.PolicyOf!(resource, call) : Resolved(resource, call);
        }
    }

    private Reply Answer<T>(T result, Contract<T> type, int status)
        => result as Reply ?? (status == 204 || protocol == Protocol.RestJson && result is Empty
            ? new Reply(status)
            : !AnswersNothingWithBraces && result is Empty
            ? new Reply(status).With("Content-Type", ContentType)
            : Written(result, type.Info, status));

    private Reply Written<T>(T result, JsonTypeInfo<T> type, int status)
    {
        var body = new RentedBuffer();
        var writer = _writer;
        _writer = null;
        if (writer is not null && writer.Options.Encoder == type.Options.Encoder && writer.Options.MaxDepth == type.Options.MaxDepth) writer.Reset(body);
        else writer = new(body, new JsonWriterOptions { Encoder = type.Options.Encoder, MaxDepth = type.Options.MaxDepth, SkipValidation = true });
        JsonSerializer.Serialize(writer, result, type);
        writer.Flush();
        _writer = writer;
        return new Reply(status) { Body = body.Written, Rented = body }.With("Content-Type", ContentType);
    }

    private T Read<T>(ReadOnlyMemory<byte> body, Contract<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(body.Length == 0 ? EmptyBody : body.Span, type.Info) ?? throw Unreadable("null", null, body.Span, type.Info);
        }
        catch (JsonException e)
        {
            throw Unreadable(e.Message, e.Path, body.Span, type.Info);
        }
        catch (InvalidOperationException e)
        {
            throw Unreadable(e.Message, null, body.Span, type.Info); // a lone surrogate
        }
    }

    /// <summary>What a request without a body means.</summary>
    protected virtual ReadOnlySpan<byte> EmptyBody => "{}"u8;

    /// <summary>The service's error for a body that its contract cannot read.</summary>
    /// <param name="problem">The parser's words.</param>
    /// <param name="path">Where, as `$.TableName`, if known.</param>
    /// <param name="body">The request's.</param>
    /// <param name="type">The contract, if that is what the body does not keep.</param>
    protected virtual AwsError Unreadable(string problem, string? path, ReadOnlySpan<byte> body, JsonTypeInfo? type)
    {
        if (JsonProblem.UnknownMember(problem) is { } member)
            return new AwsError(InvalidParameterCode, $"Galley does not support the parameter {JsonProblem.Place(path, member)}.");
        if (JsonProblem.MissingMembers(problem) is { } missing)
            return new AwsError(InvalidParameterCode, $"Missing required parameter: {missing}");
        return new AwsError("SerializationException", path is null or "$" ? "Could not parse the request body as JSON." : $"Could not read the value at {path}.");
    }

    /// <summary>One JSON object of path variables, query parameters and the body's members.</summary>
    private ReadOnlyMemory<byte> Merge(ApiRequest api, bool withBody = true)
    {
        var route = _routes.First(route => route.Matches(api));
        return Json(writer =>
        {
            foreach (var (name, value) in route.Read(api.RawPath)) writer.WriteString(name, value);
            foreach (var group in api.Query.Where(pair => !route.IsPartOfRoute(pair)).GroupBy(pair => pair.Key))
                if (group.Count() == 1) writer.WriteString(group.Key, group.First().Value);
                else
                {
                    writer.WriteStartArray(group.Key);
                    foreach (var (_, value) in group) writer.WriteStringValue(value);
                    writer.WriteEndArray();
                }

            if (!withBody || api.Body.Length == 0) return;
            try
            {
                using var body = JsonDocument.Parse(api.Body, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 256 });
                if (body.RootElement.ValueKind != JsonValueKind.Object) throw Unreadable("not an object", null, api.Body.Span, null);
                foreach (var member in body.RootElement.EnumerateObject()) member.WriteTo(writer);
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException) // the second for a lone surrogate
            {
                throw Unreadable(e.Message, null, api.Body.Span, null);
            }
        });
    }

    private static ReadOnlyMemory<byte> Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void WriteField(Utf8JsonWriter writer, string name, object value)
    {
        writer.WritePropertyName(name);
        if (value is ReadOnlyMemory<byte> json) writer.WriteRawValue(json.Span);
        else writer.WriteStringValue(value.ToString());
    }
}

/// <summary>What System.Text.Json says in its messages, read back.</summary>
public static class JsonProblem
{
    /// <summary>The member that the contract lacks: "The JSON property 'X' could not be mapped to any .NET member …".</summary>
    public static string? UnknownMember(string message)
        => message.StartsWith("The JSON property '", StringComparison.Ordinal) && message.Contains("could not be mapped", StringComparison.Ordinal)
            ? message.Split('\'')[1]
            : null;

    /// <summary>`Tags[0].Colour` for a member deep inside, as the parser tells where it was.</summary>
    public static string Place(string? path, string member)
    {
        var place = path?.StartsWith("$.", StringComparison.Ordinal) == true ? path[2..] : "";
        return place.Length == 0 || place == member ? member : place.EndsWith("." + member, StringComparison.Ordinal) ? place : $"{place}.{member}";
    }

    /// <summary>The members that are required and absent: "… was missing required properties including: 'a', 'b'.".</summary>
    public static string? MissingMembers(string message)
        => message.Contains("missing required properties", StringComparison.Ordinal)
            ? string.Join(", ", message.Split('\'').Where((_, i) => i % 2 == 1).Skip(1)) is { Length: > 0 } names ? names : message.Split('\'')[^2]
            : null;
}

/// <summary>`METHOD /a/{b}/{rest+}` against raw paths; `?find=LayerVersion` behind it must be in the query.</summary>
internal sealed class RestRoute
{
    private readonly string _method;
    private readonly KeyValuePair<string, string>? _query;
    private readonly string[] _segments;

    public RestRoute(string route, Operation operation)
    {
        var space = route.IndexOf(' ', StringComparison.Ordinal);
        _method = route[..space];
        var mark = route.IndexOf('?', StringComparison.Ordinal);
        if (mark > 0) _query = ApiRequest.ParseForm(route[(mark + 1)..])[0];
        _segments = route[(space + 1)..(mark > 0 ? mark : route.Length)].Trim('/').Split('/');
        Operation = operation;
        Variables = _segments.Sum(segment => segment.EndsWith("+}", StringComparison.Ordinal) ? 100 : segment.StartsWith('{') ? 1 : 0) * 2 - (mark > 0 ? 1 : 0);
    }

    public Operation Operation { get; }

    public int Variables { get; }

    private bool Greedy => _segments[^1].EndsWith("+}", StringComparison.Ordinal);

    public bool Matches(ApiRequest request)
        => Matches(request.Method, request.RawPath) && (_query is not { } query || request.QueryValue(query.Key) == query.Value);

    public bool IsPartOfRoute(KeyValuePair<string, string> parameter) => _query is { } query && query.Key == parameter.Key;

    private bool Matches(string method, string rawPath)
    {
        if (method != _method) return false;
        var parts = rawPath.Trim('/').Split('/');
        if (Greedy ? parts.Length < _segments.Length : parts.Length != _segments.Length) return false;
        for (var i = 0; i < _segments.Length; i++)
            if (!_segments[i].StartsWith('{') && _segments[i] != parts[i] || parts[i].Length == 0 && _segments[i].Length > 0)
                return false;
        return true;
    }

    public IEnumerable<(string Name, string Value)> Read(string rawPath)
    {
        var parts = rawPath.Trim('/').Split('/');
        for (var i = 0; i < _segments.Length; i++)
            if (_segments[i].StartsWith('{'))
                yield return (_segments[i].Trim('{', '}', '+'), Uri.UnescapeDataString(i == _segments.Length - 1 && Greedy ? string.Join('/', parts[i..]) : parts[i]));
    }
}

using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using Galley.Wire;

namespace Galley.DynamoDB;

/// <summary>The wire habits that are DynamoDB's alone: checksum header, long request ids, error namespaces, the health page.</summary>
internal sealed class DynamoDBApi(string host, string target = "DynamoDB_20120810") : JsonService("dynamodb", Protocol.AwsJson10, () => DynamoDBJson.Default, target)
{
    private static readonly HashSet<string> OfTheFramework =
    [
        "SerializationException", "UnknownOperationException", "MissingAuthenticationTokenException", "MissingAuthenticationToken", "IncompleteSignatureException",
        "InvalidSignatureException", "UnrecognizedClientException", "AccessDeniedException", "ExpiredTokenException", "InternalFailure",
        "RequestEntityTooLargeException",
    ];

    private static readonly HashSet<string> Lacking =
    [
        "CreateGlobalTable", "DescribeGlobalTable", "DescribeGlobalTableSettings", "ListGlobalTables", "UpdateGlobalTable", "UpdateGlobalTableSettings",
        "DescribeTableReplicaAutoScaling", "UpdateTableReplicaAutoScaling", "DescribeContributorInsights", "ListContributorInsights", "UpdateContributorInsights",
        "DescribeKinesisStreamingDestination", "DisableKinesisStreamingDestination", "EnableKinesisStreamingDestination", "UpdateKinesisStreamingDestination",
        "StartBulkPutItems", "CancelBulkOperation", "DescribeBulkOperation", "ListBulkOperations", "SearchVectors",
    ];

    private const string Own = "application/x-amz-json-1.0";

    public static string NamespaceOf(string code) => code == "ValidationException"
        ? "com.amazon.coral.validate#"
        : OfTheFramework.Contains(code) ? "com.amazon.coral.service#" : "com.amazonaws.dynamodb.v20120810#";

    /// <summary>Nobody must guess it, but it is no secret: a byte a letter is random enough.</summary>
    public override string NewRequestId(Ids ids) => string.Create(52, ids, static (text, ids) =>
    {
        Span<byte> bytes = stackalloc byte[52];
        ids.Fill(bytes);
        for (var i = 0; i < text.Length; i++) text[i] = Ids.UpperAlphanumeric[bytes[i] * 36 >> 8];
    });

    public override void Unpack(ApiRequest request)
    {
        if (request.Http.Request.Headers.ContentEncoding.Count > 0) request.Body = ContentCodings.Unpack(request.Header("Content-Encoding"), request.Body, MaxBody) ?? throw TooLarge(request);
    }

    public override Reply Pack(ApiRequest request, Reply reply)
    {
        if (reply.Stream is not null || reply.Body.Length < ContentCodings.LeastPacked || ContentCodings.Wanted(request.Header("Accept-Encoding")) is not { } coding) return reply;
        var packed = new Reply(reply.Status) { Body = ContentCodings.Pack(coding, reply.Body) };
        packed.Headers.AddRange(reply.Headers);
        reply.Rented?.Dispose();
        return packed.With("Content-Encoding", coding);
    }

    /// <summary>Clients check the checksum against the bytes they got.</summary>
    public override void Finish(ApiRequest request, Reply reply)
    {
        if (request.Header("Content-Type")?.StartsWith(Own, StringComparison.Ordinal) != true && reply.Headers.FindIndex(header => header.Value == Own) is >= 0 and var at)
            reply.Headers[at] = new("Content-Type", "application/json"); // in the words it was asked in
        if (reply.Stream is null) reply.With("x-amz-crc32", System.IO.Hashing.Crc32.HashToUInt32(reply.Body.Span).ToString(CultureInfo.InvariantCulture));
    }

    public override Reply? AnswerPlainHttp(ApiRequest request)
    {
        if (request.Method == "GET" && request.RawPath == "/") return Reply.Text($"healthy: {host} ", "text/plain");
        var type = request.Header("Content-Type");
        var semicolon = type?.IndexOf(';', StringComparison.Ordinal) ?? -1;
        if (semicolon >= 0) type = type![..semicolon];
        return request.Method == "POST" && (request.Body.Length == 0 || type is Own or "application/json")
            ? null
            : Reply.Text("<UnknownOperationException/>\n", "application/xml", 404);
    }

    /// <summary>What AWS has and Galley has not is told as such; for what nobody has, AWS has no words.</summary>
    protected override AwsError UnknownOperation(string name) => Lacking.Contains(name) ? base.UnknownOperation(name) : base.UnknownOperation("");

    /// <summary>No body is no request.</summary>
    protected override ReadOnlySpan<byte> EmptyBody => default;

    /// <summary>Of what is no JSON nothing more is said.</summary>
    protected override AwsError Unreadable(string problem, string? path, ReadOnlySpan<byte> body, JsonTypeInfo? type)
    {
        var error = base.Unreadable(problem, path, body, type);
        if (error.Code != "SerializationException") return error;
        return type is not null && Misread.In(body, type) is { } words ? Errors.Serialization(words) : new AwsError("SerializationException", "");
    }
}

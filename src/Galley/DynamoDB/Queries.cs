using Galley.DynamoDB.Expressions;
using Galley.Store;
using Galley.Wire;

namespace Galley.DynamoDB;

/// <summary>Query: one partition of a table or index, in the order of its sort key. Scan: everything, in the order of the partitions' hashes.</summary>
internal sealed class Queries(TableCatalog catalog)
{
    public async ValueTask<ReadResponse> Query(QueryRequest request, Call call)
    {
        var name = request.Check(older: false, constraints => constraints.Conditions(request.QueryFilter, "queryFilter").Conditions(request.KeyConditions, "keyConditions"));
        Legacy.CheckMix(
            [("AttributesToGet", request.AttributesToGet), ("QueryFilter", request.QueryFilter), ("ConditionalOperator", request.ConditionalOperator), ("KeyConditions", request.KeyConditions)],
            [("ProjectionExpression", request.ProjectionExpression), ("FilterExpression", request.FilterExpression), ("KeyConditionExpression", request.KeyConditionExpression)]);
        ExpressionContext.CheckUse(request.ExpressionAttributeNames, request.ExpressionAttributeValues, older: false,
            ("FilterExpression", request.FilterExpression), ("KeyConditionExpression", request.KeyConditionExpression), ("ProjectionExpression", request.ProjectionExpression));
        var filter = Legacy.Filter(request.QueryFilter, request.ConditionalOperator);
        var attributes = Legacy.AttributesToGet(request.AttributesToGet);
        request.ExclusiveStartKey?.Sound();
        if (request is { KeyConditions: null, KeyConditionExpression: null })
            throw Errors.Validation("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.");
        var expressions = new ExpressionContext(request.ExpressionAttributeNames, request.ExpressionAttributeValues,
            ("KeyConditionExpression", request.KeyConditionExpression), ("FilterExpression", request.FilterExpression), ("ProjectionExpression", request.ProjectionExpression));
        var condition = expressions.Condition("KeyConditionExpression", request.KeyConditionExpression);
        var prepare = Reading.Prepare(request, expressions, filter, attributes, older: false);
        expressions.End();
        var parts = condition is null ? Legacy.KeyConditions(request.KeyConditions!) : KeyCondition.Parts(condition);

        var reading = prepare(await catalog.Get(call, name));
        var given = request.ExclusiveStartKey;
        if (given is not null) reading.CheckStartCount(given);
        var key = KeyCondition.Of(parts, reading.Hashes, reading.Ranges, given is null ? null : part => Reading.CheckStart(given, part));
        if (given is not null) reading.CheckStart(given);
        var start = given is null ? null : reading.StartKey(given);
        if (start is not null) key.CheckStart(given!);
        reading.CheckProjection();
        foreach (var part in reading.Hashes.Concat(reading.Ranges))
            if (expressions.Touches("FilterExpression", part.Name))
                throw Errors.Validation($"Filter Expression can only contain non-primary key attributes: Primary key attribute: {part.Name}");
            else if (request.QueryFilter?.ContainsKey(part.Name) == true)
                throw Errors.Validation($"QueryFilter can only contain non-primary key attributes: Primary key attribute: {part.Name}");
        reading.CheckProjected();
        reading.Table.CheckPaths(expressions.Entered("FilterExpression"));
        var (from, to) = key.Range(reading.Space);
        var descending = request.ScanIndexForward == false;
        if (start is not null)
            if (descending) to = Lower(start, to);
            else from = Higher(Key.After(start), from);

        return await reading.Page(catalog, from, to, descending, request.ReturnConsumedCapacity);
    }

    public async ValueTask<ReadResponse> Scan(ScanRequest request, Call call)
    {
        var name = request.Check(older: true, constraints => constraints.Conditions(request.ScanFilter, "scanFilter").AtLeast(request.Segment, "segment", 0).AtMost(request.Segment, "segment", 999_999)
            .AtLeast(request.TotalSegments, "totalSegments", 1).AtMost(request.TotalSegments, "totalSegments", 1_000_000));
        Legacy.CheckMix(
            [("AttributesToGet", request.AttributesToGet), ("ScanFilter", request.ScanFilter), ("ConditionalOperator", request.ConditionalOperator)],
            [("ProjectionExpression", request.ProjectionExpression), ("FilterExpression", request.FilterExpression)]);
        ExpressionContext.CheckUse(request.ExpressionAttributeNames, request.ExpressionAttributeValues, older: true,
            ("FilterExpression", request.FilterExpression), ("ProjectionExpression", request.ProjectionExpression));
        var attributes = Legacy.AttributesToGet(request.AttributesToGet);
        var filter = Legacy.Filter(request.ScanFilter, request.ConditionalOperator, older: true);
        if (request.ExclusiveStartKey?.Problem is { } problem) throw StartKeyProblem(problem.Older);
        if (request is { Segment: not null, TotalSegments: null })
            throw Errors.Validation("The TotalSegments parameter is required but was not present in the request when Segment parameter is present");
        if (request is { Segment: null, TotalSegments: not null })
            throw Errors.Validation("The Segment parameter is required but was not present in the request when parameter TotalSegments is present");
        if (request.Segment >= request.TotalSegments)
            throw Errors.Validation($"The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: {request.Segment} is not less than TotalSegments: {request.TotalSegments}");
        var expressions = new ExpressionContext(request.ExpressionAttributeNames, request.ExpressionAttributeValues, older: true,
            ("FilterExpression", request.FilterExpression), ("ProjectionExpression", request.ProjectionExpression));
        var prepare = Reading.Prepare(request, expressions, filter, attributes, older: true);
        expressions.End();

        var reading = prepare(await catalog.Get(call, name));
        var (from, to) = Keys.Segment(reading.Space, request.Segment ?? 0, request.TotalSegments ?? 1);
        if (request.ExclusiveStartKey is { } start)
        {
            if (reading.Index is not null) reading.CheckStart(start);
            else if (start.Attributes.Count != reading.Table.KeyNames.Count()) throw Errors.InvalidStartKey(Errors.KeyMismatch().Message);
            reading.CheckProjected();
            var at = reading.StartKey(start);
            if (request.TotalSegments is not null && (at.AsSpan().SequenceCompareTo(from) < 0 || at.AsSpan().SequenceCompareTo(to) >= 0))
                throw Errors.Validation("The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. TotalSegments: " + request.TotalSegments + " Segment: " + request.Segment);
            from = Key.After(at);
        }

        reading.CheckProjected();
        reading.CheckProjection();
        reading.Table.CheckPaths(expressions.Entered("FilterExpression"));

        return await reading.Page(catalog, from, to, descending: false, request.ReturnConsumedCapacity);
    }

    /// <summary>What is wrong with numbers, and a member given twice, is told as of any other value.</summary>
    private static AwsError StartKeyProblem(string problem)
    {
        foreach (var part in (string[])["contains duplicates", "number set", "numeric value", "significant digits", "number with magnitude"])
            if (problem.Contains(part, StringComparison.Ordinal)) return Errors.Validation(problem);
        return Errors.InvalidStartKey(problem);
    }

    private static byte[] Lower(byte[] a, byte[] b) => a.AsSpan().SequenceCompareTo(b) < 0 ? a : b;

    private static byte[] Higher(byte[] a, byte[] b) => a.AsSpan().SequenceCompareTo(b) > 0 ? a : b;
}

internal sealed record QueryRequest : ReadRequest
{
    public string? KeyConditionExpression { get; set; }

    public Dictionary<string, AttributeCondition>? KeyConditions { get; set; }

    public Dictionary<string, AttributeCondition>? QueryFilter { get; set; }

    public bool? ScanIndexForward { get; set; }
}

internal sealed record ScanRequest : ReadRequest
{
    public int? Segment { get; set; }

    public int? TotalSegments { get; set; }

    public Dictionary<string, AttributeCondition>? ScanFilter { get; set; }
}

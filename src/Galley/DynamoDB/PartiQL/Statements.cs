using Galley.Wire;

namespace Galley.DynamoDB.PartiQL;

/// <summary>ExecuteStatement and BatchExecuteStatement.</summary>
internal sealed class Statements(TableCatalog catalog, StatementTexts texts)
{
    private const int MostStatements = 25;

    /// <summary>What the caller must have a right to. The request must be sound before anybody can say what it touches.</summary>
    public string Resource(ExecuteStatementRequest request, Call call)
    {
        Check(request);
        return texts.Right(request.Statement, call).Resource;
    }

    private static void Check(ExecuteStatementRequest request)
    {
        var constraints = new Constraints().ReturnConsumedCapacity(request.ReturnConsumedCapacity).AtLeast(request.Limit, "limit", 1)
            .OneOf(request.ReturnValuesOnConditionCheckFailure, "returnValuesOnConditionCheckFailure", "ALL_OLD", "NONE");
        StatementTexts.Check(constraints, request.Statement, request.Parameters);
        constraints.Throw();
        StatementTexts.CheckValues(request.Parameters);
    }

    public async ValueTask<ExecuteStatementResponse> ExecuteStatement(ExecuteStatementRequest request, Call call)
    {
        Check(request);
        var statement = texts.Parse(request.Statement!);
        switch (statement.Kind)
        {
            case StatementKind.Exists:
                throw Errors.Validation("EXISTS can only be used in ExecuteTransaction write requests.");
            case StatementKind.Select:
                var selecting = new Selecting(statement, request.Parameters);
                return await selecting.Page(catalog.Store, await catalog.Get(call, statement.Table), request);
        }

        var writing = new Writing(statement, request.Parameters);
        return await catalog.Write<ExecuteStatementResponse>(call, [statement.Table], tables =>
        {
            var change = writing.Of(tables[0], inTransaction: false, request.ReturnValuesOnConditionCheckFailure);
            return async transaction =>
            {
                var capacity = new Capacity(tables[0]);
                var (old, result) = await change.Run(transaction, capacity);
                return new() { Items = writing.Returned(old, result) is { } returned ? [returned] : [], ConsumedCapacity = capacity.Report(request.ReturnConsumedCapacity) };
            };
        });
    }

    public async ValueTask<BatchExecuteStatementResponse> BatchExecuteStatement(BatchExecuteStatementRequest request, Call call)
    {
        if (request.Statements is not { } statements) throw Errors.Required("Statements");
        var constraints = new Constraints().ReturnConsumedCapacity(request.ReturnConsumedCapacity).Count(statements.Length, "statements", 1, MostStatements, "[…]");
        for (var i = 0; i < statements.Length; i++)
        {
            constraints.Present(statements[i], $"statements.{i + 1}.member");
            if (statements[i] is { } one)
            {
                StatementTexts.Check(constraints, one.Statement, one.Parameters, $"statements.{i + 1}.member.");
                constraints.OneOf(one.ReturnValuesOnConditionCheckFailure, $"statements.{i + 1}.member.returnValuesOnConditionCheckFailure", "ALL_OLD", "NONE");
            }
        }

        constraints.Throw();
        CheckAlike(statements.Select(one => one!.Statement!), "BatchExecuteStatement");
        var capacities = new Dictionary<string, Capacity>();
        var responses = new BatchStatementResponse[statements.Length];
        for (var i = 0; i < responses.Length; i++) responses[i] = await Run(statements[i]!, capacities, call);
        return new() { Responses = responses, ConsumedCapacity = Batches.Report(capacities.Values, request.ReturnConsumedCapacity) };
    }

    /// <summary>Reads and writes do not stand in one request. What cannot be parsed is told elsewhere.</summary>
    public void CheckAlike(IEnumerable<string> all, string operation)
    {
        bool? reads = null;
        foreach (var text in all)
        {
            Statement statement;
            try
            {
                statement = texts.Parse(text);
            }
            catch (AwsError)
            {
                continue;
            }

            if (reads is not null && reads != statement.Reads) throw Errors.Validation($"{operation} API does not support both read and write operations in the same request.");
            reads = statement.Reads;
        }
    }

    /// <summary>One statement of a batch: its failure is its own, and names the table only when the statement ran.</summary>
    private async ValueTask<BatchStatementResponse> Run(BatchStatementRequest one, Dictionary<string, Capacity> capacities, Call call)
    {
        string? ran = null;
        try
        {
            StatementTexts.CheckValues(one.Parameters);
            var statement = texts.Parse(one.Statement!);
            if (statement.Kind == StatementKind.Exists) throw Errors.Validation("EXISTS can only be used in ExecuteTransaction write requests.");
            if (statement.Kind == StatementKind.Select) return await Read(new Selecting(statement, one.Parameters), statement, one, capacities, call);
            var writing = new Writing(statement, one.Parameters);
            return await catalog.Write<BatchStatementResponse>(call, [statement.Table], tables =>
            {
                var change = writing.Of(tables[0], inTransaction: false, onFailure: null);
                return async transaction =>
                {
                    ran = tables[0].Name;
                    var (old, result) = await change.Run(transaction, CapacityOf(tables[0], capacities));
                    return new() { TableName = ran, Item = writing.Returned(old, result) };
                };
            });
        }
        catch (AwsError error)
        {
            return new() { TableName = ran, Error = new(CodeOf(error), error.Message) };
        }
    }

    private async ValueTask<BatchStatementResponse> Read(Selecting selecting, Statement statement, BatchStatementRequest one, Dictionary<string, Capacity> capacities, Call call)
    {
        var table = await catalog.Get(call, statement.Table);
        selecting.CheckIndex(statement.Index is null ? null : table.Indexes.FirstOrDefault(index => index.Name == statement.Index));
        var key = selecting.KeyIn(table) ?? throw Errors.Validation("Select statements within BatchExecuteStatement must specify the primary key in the where clause.");
        table.CheckKey(key);
        var at = table.KeyOf(key);
        var item = await catalog.Store.Read(snapshot => snapshot.Get(at)) is { } stored ? Item.Load(stored) : null;
        CapacityOf(table, capacities).Add(Capacity.ReadUnits(item?.Size ?? 0, one.ConsistentRead == true));
        return new() { TableName = table.Name, Item = item is null ? null : selecting.Chosen(item) };
    }

    private static Capacity CapacityOf(Table table, Dictionary<string, Capacity> capacities)
    {
        if (!capacities.TryGetValue(table.Name, out var capacity)) capacities[table.Name] = capacity = new Capacity(table);
        return capacity;
    }

    private static string CodeOf(AwsError error) => error.Code switch
    {
        "ConditionalCheckFailedException" => "ConditionalCheckFailed",
        "DuplicateItemException" => "DuplicateItem",
        "ResourceNotFoundException" => "ResourceNotFound",
        "ValidationException" => "ValidationError",
        "ProvisionedThroughputExceededException" => "ProvisionedThroughputExceeded",
        "AccessDeniedException" => "AccessDenied",
        _ => "InternalServerError",
    };
}

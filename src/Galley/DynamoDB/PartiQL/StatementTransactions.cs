using System.Text.Json;
using Galley.Wire;

namespace Galley.DynamoDB.PartiQL;

/// <summary>ExecuteTransaction: up to 100 statements, all reads or all writes (EXISTS among these), all or nothing.</summary>
internal sealed class StatementTransactions(TableCatalog catalog, StatementTexts texts, Statements statements, Transactions transactions)
{
    private const int MostStatements = 100;

    public async ValueTask<ExecuteTransactionResponse> ExecuteTransaction(ExecuteTransactionRequest request, Call call)
    {
        if (request.TransactStatements is not { } all) throw Errors.Required("TransactStatements");
        var constraints = new Constraints().ReturnConsumedCapacity(request.ReturnConsumedCapacity).Count(all.Length, "transactStatements", 1, MostStatements, "[…]");
        if (request.ClientRequestToken is { } token) constraints.Count(token.Length, "clientRequestToken", 1, 36, token);
        for (var i = 0; i < all.Length; i++)
        {
            constraints.Present(all[i], $"transactStatements.{i + 1}.member");
            if (all[i] is { } one)
            {
                StatementTexts.Check(constraints, one.Statement, one.Parameters, $"transactStatements.{i + 1}.member.");
                constraints.OneOf(one.ReturnValuesOnConditionCheckFailure, $"transactStatements.{i + 1}.member.returnValuesOnConditionCheckFailure", "ALL_OLD", "NONE");
            }
        }

        constraints.Throw();
        foreach (var one in all) StatementTexts.CheckValues(one!.Parameters);
        var parsed = new Statement[all.Length];
        for (var i = 0; i < all.Length; i++) parsed[i] = InPlace(i, () => Parse(all[i]!));
        statements.CheckAlike(all.Select(one => one!.Statement!), "ExecuteTransaction");
        return parsed[0].Reads ? await Read(request, parsed, call) : await Write(request, parsed, call);
    }

    private Statement Parse(ParameterizedStatement one)
    {
        var statement = texts.Parse(one.Statement!);
        if (statement.Returning is not null) throw Errors.Validation("RETURNING clause is not supported in ExecuteTransaction.");
        return statement;
    }

    private async ValueTask<ExecuteTransactionResponse> Read(ExecuteTransactionRequest request, Statement[] parsed, Call call)
    {
        var selects = parsed.Select((statement, i) => InPlace(i, () => new Selecting(statement, request.TransactStatements![i]!.Parameters))).ToList();
        var tables = await TablesOf(parsed, call);
        for (var i = 0; i < parsed.Length; i++)
            if (parsed[i].Misplaced is { } misplaced) throw InPlace(i, Errors.Validation(misplaced));
            else if (parsed[i].Index is not null && (tables[i] is not null || tables.All(table => table is null)))
                throw InPlace(i, Errors.Validation("Reads on indices are not supported within transactions."));
        ThrowMissing(tables);
        var keys = new byte[parsed.Length][];
        var problems = new AwsError?[parsed.Length];
        for (var i = 0; i < parsed.Length; i++)
        {
            var key = selects[i].KeyIn(tables[i]!) ?? throw InPlace(i, Errors.Validation("Select statements within ExecuteTransaction must specify the primary key in the where clause."));
            Try(problems, i, () =>
            {
                tables[i]!.CheckKey(key);
                keys[i] = tables[i]!.KeyOf(key);
            });
        }

        ThrowCancelled(problems);
        Transactions.CheckApart(keys);
        var capacities = new Dictionary<string, Capacity>();
        var responses = await catalog.Store.Read(async snapshot =>
        {
            var found = new List<GetItemResponse>();
            var bytes = 0;
            for (var i = 0; i < keys.Length; i++)
            {
                var item = await snapshot.Get(keys[i]) is { } stored ? Item.Load(stored) : null;
                if ((bytes += item?.Size ?? 0) > Transactions.LargestRequest) throw Transactions.TooLarge();
                if (!capacities.TryGetValue(tables[i]!.Name, out var capacity)) capacities[tables[i]!.Name] = capacity = new Capacity(tables[i]!) { TransactionWrites = false };
                capacity.Add(2 * Capacity.ReadUnits(item?.Size ?? 0, consistent: true));
                found.Add(new() { Item = item is null ? null : selects[i].Chosen(item) });
            }

            return found;
        });
        return new() { Responses = responses, ConsumedCapacity = Batches.Report(capacities.Values, request.ReturnConsumedCapacity) };
    }

    private async ValueTask<ExecuteTransactionResponse> Write(ExecuteTransactionRequest request, Statement[] parsed, Call call)
    {
        var writings = parsed.Select((statement, i) => InPlace(i, () => new Writing(statement, request.TransactStatements![i]!.Parameters))).ToList();
        ThrowMissing(await TablesOf(parsed, call));
        var names = parsed.Select(statement => TableNames.Local(call, statement.Table)).Distinct().ToList();
        return await catalog.Write<ExecuteTransactionResponse>(call, names, tables =>
        {
            var changes = new List<Change>();
            var problems = new AwsError?[parsed.Length];
            for (var i = 0; i < parsed.Length; i++)
            {
                var table = tables[names.IndexOf(TableNames.Local(call, parsed[i].Table))];
                if (parsed[i].Kind == StatementKind.Exists && !writings[i].ChecksOneItem(table))
                    throw InPlace(i, Errors.Validation("EXISTS() must contain a single item read with additional condition"));
                if (parsed[i].Index is not null) throw InPlace(i, Errors.Validation("This operation is not supported on an index"));
                Try(problems, i, () => changes.Add(writings[i].Of(table, inTransaction: true, request.TransactStatements![i]!.ReturnValuesOnConditionCheckFailure)));
            }

            ThrowCancelled(problems);
            Transactions.CheckApart(changes);
            var mark = ClientToken.Of(request.ClientRequestToken, () => JsonSerializer.SerializeToUtf8Bytes(request, DynamoDBJson.Default.ExecuteTransactionRequest));
            return async transaction =>
            {
                var capacities = await transactions.Apply(transaction, tables, changes, mark, call, untold: !Capacity.IsTold(request.ReturnConsumedCapacity));
                return new() { Responses = [], ConsumedCapacity = Batches.Report(capacities, request.ReturnConsumedCapacity) };
            };
        });
    }

    private async ValueTask<Table?[]> TablesOf(Statement[] parsed, Call call)
    {
        var tables = new Table?[parsed.Length];
        for (var i = 0; i < tables.Length; i++) tables[i] = await catalog.Find(call, TableNames.Local(call, parsed[i].Table));
        return tables;
    }

    private static void ThrowMissing(Table?[] tables) => ThrowCancelled([.. tables.Select(table => table is null ? Errors.ResourceNotFound() : null)]);

    private static void ThrowCancelled(AwsError?[] problems)
    {
        if (problems.Any(problem => problem is not null)) throw Transactions.Cancelled(problems, new Item?[problems.Length]);
    }

    private static void Try(AwsError?[] problems, int i, Action action)
    {
        try
        {
            action();
        }
        catch (ValidationError error)
        {
            problems[i] = error;
        }
    }

    /// <summary>An error of one statement says which.</summary>
    private static T InPlace<T>(int i, Func<T> make)
    {
        try
        {
            return make();
        }
        catch (ValidationError error)
        {
            throw InPlace(i, error);
        }
    }

    private static AwsError InPlace(int i, AwsError error) => Errors.Validation($"Validation failed in TransactStatements[{i}]: {error.Message}");
}

using System.Text.Json;
using Galley.DynamoDB.Expressions;
using Galley.Store;
using Galley.Wire;

namespace Galley.DynamoDB;

/// <summary>TransactWriteItems and TransactGetItems: up to 100 actions, all or nothing, in one transaction of the store.</summary>
internal sealed class Transactions(Installation installation, TableCatalog catalog)
{
    public const int LargestRequest = 4 << 20;
    private const int MostActions = 100;
    private readonly ClientTokens _tokens = new(installation);

    public async ValueTask<TransactWriteItemsResponse> TransactWriteItems(TransactWriteItemsRequest request, Call call)
    {
        if (request.TransactItems is not { } items) throw Errors.Required("TransactItems");
        if (request.ClientRequestToken is { } token) new Constraints().Length(token.Length, "ClientRequestToken", 1, 36).Throw();
        new Constraints().Length(items.Length, "TransactItems", 1, MostActions)
            .ReturnConsumedCapacity(request.ReturnConsumedCapacity).ReturnItemCollectionMetrics(request.ReturnItemCollectionMetrics).Throw();
        var plans = Array.ConvertAll(items, TransactPlan.Of);
        if (plans.Sum(plan => plan.Size) > LargestRequest) throw TooLarge();
        var placed = Array.ConvertAll(plans, plan => TableNames.Local(call, plan.TableName));
        string[] names = placed.AsSpan().ContainsAnyExcept(placed[0]) ? [.. placed.Distinct()] : [placed[0]];
        return await catalog.Write<TransactWriteItemsResponse>(call, names, tables =>
        {
            var changes = Changes(plans, i => tables[Array.IndexOf(names, placed[i])]);
            CheckApart(changes);
            // here, where others are not waiting
            var mark = ClientToken.Of(request.ClientRequestToken, () => JsonSerializer.SerializeToUtf8Bytes(request, DynamoDBJson.Default.TransactWriteItemsRequest));
            return async transaction =>
            {
                var capacities = await Apply(transaction, tables, changes, mark, call, untold: !Capacity.IsTold(request.ReturnConsumedCapacity));
                return new()
                {
                    ConsumedCapacity = Batches.Report(capacities, request.ReturnConsumedCapacity),
                    ItemCollectionMetrics = await ItemCollection.Of(transaction, plans.Zip(changes, (plan, change) => (change.Table, plan.Key)), request.ReturnItemCollectionMetrics),
                };
            };
        });
    }

    public async ValueTask<TransactGetItemsResponse> TransactGetItems(TransactGetItemsRequest request, Call call)
    {
        if (request.TransactItems is not { } items) throw Errors.Required("TransactItems");
        new Constraints().Length(items.Length, "TransactItems", 1, MostActions).ReturnConsumedCapacity(request.ReturnConsumedCapacity).Throw();
        var reads = new List<(Table Table, byte[] Key, Selection? Selection)>();
        var problems = new AwsError?[items.Length];
        foreach (var get in items.Select(item => item?.Get ?? throw Errors.Required("Get")))
        {
            var name = TableNames.Check(get.TableName);
            if (get.Key is null) throw Errors.Required("Key");
            get.Key.Sound();
            var selection = Items.ParseProjection(get.ExpressionAttributeNames, get.ProjectionExpression);
            var table = await catalog.Get(call, name);
            try
            {
                table.CheckKey(get.Key);
                if (selection is not null) table.CheckPaths(selection.Entered);
            }
            catch (ValidationError error) when (!error.IsUpFront)
            {
                problems[reads.Count] = error;
                throw Cancelled(problems, new Item?[items.Length]);
            }

            reads.Add((table, table.KeyOf(get.Key), selection));
        }

        CheckApart([.. reads.Select(read => read.Key)]);
        var capacities = new Dictionary<string, Capacity>();
        var responses = await catalog.Store.Read(async snapshot =>
        {
            var found = new List<GetItemResponse>();
            var bytes = 0;
            foreach (var (table, key, selection) in reads)
            {
                var item = await catalog.Item(snapshot, key) is { } stored ? Item.Load(stored) : null;
                if ((bytes += item?.Size ?? 0) > LargestRequest) throw TooLarge();
                if (!capacities.TryGetValue(table.Name, out var capacity)) capacities[table.Name] = capacity = new Capacity(table) { TransactionWrites = false };
                capacity.Add(2 * Capacity.ReadUnits(item?.Size ?? 0, consistent: true));
                found.Add(new() { Item = item is null || selection is null ? item : selection.Of(item) });
            }

            return found;
        });
        return new() { Responses = responses, ConsumedCapacity = Batches.Report(capacities.Values, request.ReturnConsumedCapacity) };
    }

    public static AwsError TooLarge() => Errors.Validation("Transaction payload size cannot exceed 4 MB");

    public static void CheckApart(List<Change> changes) => CheckApart(changes.ConvertAll(change => change.Key));

    public static void CheckApart(IReadOnlyList<byte[]> keys)
    {
        if (!BinaryEquality.AreApart(keys)) throw Errors.Validation("Transaction request cannot include multiple operations on one item");
    }

    /// <summary>A wrong key or item cancels the transaction: the first such action is named, the others count as None.</summary>
    private static List<Change> Changes(TransactPlan[] plans, Func<int, Table> tableOf)
    {
        var changes = new List<Change>(plans.Length);
        for (var i = 0; i < plans.Length; i++)
            try
            {
                changes.Add(plans[i].Change(tableOf(i)));
            }
            catch (ValidationError error) when (!error.IsUpFront)
            {
                var problems = new AwsError?[plans.Length];
                problems[i] = error;
                throw Cancelled(problems, new Item?[plans.Length]);
            }

        return changes;
    }

    /// <summary>Checks every change and commits them all, or throws the cancellation. Gives the capacity of each table.</summary>
    /// <param name="transaction">Holds the writes.</param>
    /// <param name="tables">Of the changes.</param>
    /// <param name="changes">In the order of the request.</param>
    /// <param name="mark">If it was done with this token before, there is no second effect, and only the capacity of reading is counted.</param>
    /// <param name="call">Whose token it is.</param>
    /// <param name="untold">Nobody is told of the capacity.</param>
    public async ValueTask<IReadOnlyList<Capacity>> Apply(ITransaction transaction, IReadOnlyList<Table> tables, List<Change> changes, ClientToken? mark, Call call, bool untold)
    {
        var again = mark is not null && await _tokens.Knows(transaction, mark, call);
        var capacities = new Capacity[tables.Count];
        for (var i = 0; i < capacities.Length; i++) capacities[i] = new Capacity(tables[i]) { TransactionWrites = !again };
        var olds = new Item?[changes.Count];
        if (again)
        {
            foreach (var change in changes) CapacityOf(change).Add(2 * Capacity.ReadUnits((await change.Read(transaction))?.Size ?? 0, consistent: true));
            return capacities;
        }

        var results = new Item?[changes.Count];
        AwsError?[]? problems = null;
        Item?[]? shown = null;
        for (var i = 0; i < changes.Count; i++)
        {
            var old = olds[i] = untold && changes[i].IsBlind ? null : await changes[i].Read(transaction);
            try
            {
                if (changes[i].Allows(old)) results[i] = changes[i].Result(old);
                else
                {
                    (problems ??= new AwsError?[changes.Count])[i] = changes[i].Failure(null);
                    (shown ??= new Item?[changes.Count])[i] = changes[i].Shown(old);
                }
            }
            catch (ValidationError error) when (!error.IsUpFront)
            {
                (problems ??= new AwsError?[changes.Count])[i] = error;
            }
        }

        if (problems is not null) throw Cancelled(problems, shown ?? new Item?[changes.Count]);
        for (var i = 0; i < changes.Count; i++)
            try
            {
                await changes[i].Commit(transaction, olds[i], results[i], CapacityOf(changes[i]), factor: 2);
            }
            catch (AwsError error) when (error.Code == "ProvisionedThroughputExceededException")
            {
                problems = new AwsError?[changes.Count];
                problems[i] = error;
                throw Cancelled(problems, new Item?[changes.Count]);
            }

        if (mark is not null) await _tokens.Note(transaction, mark, call);
        return capacities;

        Capacity CapacityOf(Change change)
        {
            var at = 0;
            while (capacities[at].Table != change.Table) at++;
            return capacities[at];
        }
    }

    public static AwsError Cancelled(AwsError?[] problems, Item?[] shown)
    {
        var codes = problems.Select(problem => problem?.Code switch
        {
            null => "None",
            "ConditionalCheckFailedException" => "ConditionalCheckFailed",
            "DuplicateItemException" => "DuplicateItem",
            "ResourceNotFoundException" => "ResourceNotFound",
            "ProvisionedThroughputExceededException" => "ProvisionedThroughputExceeded",
            _ => "ValidationError",
        }).ToArray();
        var reasons = codes.Select((code, i) => new CancellationReason { Code = code, Message = problems[i]?.Message, Item = shown[i] }).ToArray();
        var message = $"Transaction cancelled, please refer cancellation reasons for specific reasons [{string.Join(", ", codes)}]";
        return new AwsError("TransactionCanceledException", message)
            .With("CancellationReasons", (ReadOnlyMemory<byte>)JsonSerializer.SerializeToUtf8Bytes(reasons, DynamoDBJson.Default.CancellationReasonArray))
            .With("Message", message);
    }
}

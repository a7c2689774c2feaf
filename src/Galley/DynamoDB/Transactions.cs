using System.Security.Cryptography;
using System.Text.Json;
using Galley.DynamoDB.Expressions;
using Galley.Store;
using Galley.Wire;

namespace Galley.DynamoDB;

/// <summary>TransactWriteItems and TransactGetItems: up to 100 actions, all or nothing, in one transaction of the store.</summary>
internal sealed class Transactions(Installation installation, TableCatalog catalog)
{
    private const int MostActions = 100, LargestRequest = 4 << 20;
    private static readonly TimeSpan TokenLife = TimeSpan.FromMinutes(10);

    public async ValueTask<TransactWriteItemsResponse> TransactWriteItems(TransactWriteItemsRequest request, Call call)
    {
        if (request.TransactItems is not { } items) throw Errors.Required("TransactItems");
        if (request.ClientRequestToken is { } token) new Constraints().Length(token.Length, "ClientRequestToken", 1, 36).Throw();
        new Constraints().Length(items.Length, "TransactItems", 1, MostActions)
            .ReturnConsumedCapacity(request.ReturnConsumedCapacity).ReturnItemCollectionMetrics(request.ReturnItemCollectionMetrics).Throw();
        var plans = items.Select(TransactPlan.Of).ToList();
        if (plans.Sum(plan => plan.Size) > LargestRequest) throw Errors.Validation("Transaction request cannot exceed 4 MB");
        var names = plans.Select(plan => TableNames.Local(call, plan.TableName)).Distinct().ToList();
        return await catalog.Write<TransactWriteItemsResponse>(call, names, tables =>
        {
            var of = tables.ToDictionary(table => table.Name);
            var changes = Changes(plans, plan => of[TableNames.Local(call, plan.TableName)]);
            CheckApart(changes.Select(change => change.Key));
            return async transaction =>
            {
                var again = request.ClientRequestToken is { } token && await SeenBefore(transaction, token, JsonSerializer.SerializeToUtf8Bytes(request, DynamoDBJson.Default.TransactWriteItemsRequest), call);
                var capacities = tables.ToDictionary(table => table.Name, table => new Capacity(table) { TransactionWrites = !again });
                await Apply(transaction, changes, capacities, readOnly: again, untold: !Capacity.IsTold(request.ReturnConsumedCapacity));
                return new()
                {
                    ConsumedCapacity = Batches.Report(capacities.Values, request.ReturnConsumedCapacity),
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
            }
            catch (ValidationError error) when (!error.IsUpFront)
            {
                problems[reads.Count] = error;
                throw Cancelled(problems, new Item?[items.Length]);
            }

            reads.Add((table, table.KeyOf(get.Key), selection));
        }

        CheckApart(reads.Select(read => read.Key));
        var capacities = new Dictionary<string, Capacity>();
        var responses = await catalog.Store.Read(async snapshot =>
        {
            var found = new List<GetItemResponse>();
            foreach (var (table, key, selection) in reads)
            {
                var item = await catalog.Item(snapshot, key) is { } stored ? Item.Load(stored) : null;
                if (!capacities.TryGetValue(table.Name, out var capacity)) capacities[table.Name] = capacity = new Capacity(table) { TransactionWrites = false };
                capacity.Add(2 * Capacity.ReadUnits(item?.Size ?? 0, consistent: true));
                found.Add(new() { Item = item is null || selection is null ? item : selection.Of(item) });
            }

            return found;
        });
        return new() { Responses = responses, ConsumedCapacity = Batches.Report(capacities.Values, request.ReturnConsumedCapacity) };
    }

    public static void CheckApart(IEnumerable<byte[]> keys)
    {
        if (!BinaryEquality.AreApart(keys)) throw Errors.Validation("Transaction request cannot include multiple operations on one item");
    }

    /// <summary>A wrong key or item cancels the transaction: the first such action is named, the others count as None.</summary>
    private static List<Change> Changes(List<TransactPlan> plans, Func<TransactPlan, Table> tableOf)
    {
        var changes = new List<Change>();
        var problems = new AwsError?[plans.Count];
        foreach (var plan in plans)
            try
            {
                changes.Add(plan.Change(tableOf(plan)));
            }
            catch (ValidationError error) when (!error.IsUpFront)
            {
                problems[changes.Count] = error;
                throw Cancelled(problems, new Item?[plans.Count]);
            }

        return changes;
    }

    /// <summary>Checks every change and commits them all, or throws the cancellation.</summary>
    /// <param name="transaction">Holds the writes.</param>
    /// <param name="changes">In the order of the request.</param>
    /// <param name="capacities">By table.</param>
    /// <param name="readOnly">It was done before: only the capacity of reading is counted.</param>
    /// <param name="untold">Nobody is told of the capacity.</param>
    public static async ValueTask Apply(ITransaction transaction, List<Change> changes, Dictionary<string, Capacity> capacities, bool readOnly, bool untold)
    {
        var olds = new Item?[changes.Count];
        var results = new Item?[changes.Count];
        var shown = new Item?[changes.Count];
        var problems = new AwsError?[changes.Count];
        for (var i = 0; i < changes.Count; i++)
        {
            var old = olds[i] = untold && changes[i].IsBlind ? null : await changes[i].Read(transaction);
            if (readOnly)
            {
                capacities[changes[i].Table.Name].Add(2 * Capacity.ReadUnits(old?.Size ?? 0, consistent: true));
                continue;
            }

            try
            {
                if (changes[i].Allows(old)) results[i] = changes[i].Result(old);
                else
                {
                    problems[i] = changes[i].Failure(null);
                    shown[i] = changes[i].Shown(old);
                }
            }
            catch (ValidationError error) when (!error.IsUpFront)
            {
                problems[i] = error;
            }
        }

        if (readOnly) return;
        if (problems.Any(problem => problem is not null)) throw Cancelled(problems, shown);
        for (var i = 0; i < changes.Count; i++)
            try
            {
                await changes[i].Commit(transaction, olds[i], results[i], capacities[changes[i].Table.Name], factor: 2);
            }
            catch (AwsError error) when (error.Code == "ProvisionedThroughputExceededException")
            {
                problems[i] = error;
                throw Cancelled(problems, shown);
            }
    }

    /// <summary>
    /// True when the client token came with the same request within ten minutes: then it succeeds without a second effect.
    /// Otherwise the token is noted in this very transaction.
    /// </summary>
    public async ValueTask<bool> SeenBefore(ITransaction transaction, string token, byte[] request, Call call)
    {
        var now = installation.Now.ToUnixTimeMilliseconds();
        var hash = SHA256.HashData(request);
        if (await transaction.Get(Keys.Token(call, token)) is { } known && BitConverter.ToInt64(known) > now)
            return known.AsSpan(8).SequenceEqual(hash) ? true : throw Errors.IdempotentParameterMismatch();

        var ended = new List<Entry>();
        await foreach (var entry in transaction.Range(Keys.Expiries(call), Keys.Expiry(call, now, "")))
        {
            ended.Add(entry);
            if (ended.Count == 10) break;
        }

        foreach (var entry in ended)
        {
            transaction.Delete(entry.Key);
            transaction.Delete(entry.Value);
        }

        var until = now + (long)TokenLife.TotalMilliseconds;
        transaction.Put(Keys.Token(call, token), [.. BitConverter.GetBytes(until), .. hash]);
        transaction.Put(Keys.Expiry(call, until, token), Keys.Token(call, token));
        return false;
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

using Galley.DynamoDB.Expressions;
using Galley.DynamoDB.PartiQL;
using Galley.Wire;
using Pairs = System.Collections.Generic.IEnumerable<System.Collections.Generic.KeyValuePair<string, string>>;

namespace Galley.DynamoDB;

/// <summary>
/// What IAM's conditions can ask of an item operation (fine-grained access control): `dynamodb:LeadingKeys`, `Attributes`, `Select`,
/// `ReturnValues` and their like. The partition key's name stands in the table, so the table is found first; the rest is read out of the
/// request only when a policy asks. What cannot be read here, the operation itself refuses.
/// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
/// </summary>
internal sealed class ConditionKeys(TableCatalog catalog, StatementTexts texts)
{
    private static readonly string[] Partitions = ["FirstPartitionKeyValues", "SecondPartitionKeyValues", "ThirdPartitionKeyValues", "FourthPartitionKeyValues"];

    public async ValueTask<Pairs> GetItem(GetItemRequest request, Call call, string action, string resource)
    {
        var table = await Find(call, request.TableName);
        return Later(() => Reading(table, [request.Key], request.ExpressionAttributeNames, request.ProjectionExpression, request.AttributesToGet)
            .Append(Capacity(request.ReturnConsumedCapacity)));
    }

    public async ValueTask<Pairs> PutItem(PutItemRequest request, Call call, string action, string resource)
    {
        var table = await Find(call, request.TableName);
        return Later(() => Writing(table, request.Item, request, null, []));
    }

    public async ValueTask<Pairs> UpdateItem(UpdateItemRequest request, Call call, string action, string resource)
    {
        var table = await Find(call, request.TableName);
        return Later(() => Writing(table, request.Key, request, request.UpdateExpression, request.AttributeUpdates?.Keys.ToArray() ?? []));
    }

    public async ValueTask<Pairs> DeleteItem(DeleteItemRequest request, Call call, string action, string resource)
    {
        var table = await Find(call, request.TableName);
        return Later(() => Writing(table, request.Key, request, null, []));
    }

    public async ValueTask<Pairs> Query(QueryRequest request, Call call, string action, string resource)
    {
        var table = await Find(call, request.TableName);
        return Later(() => Equalities(table, request).Concat(Searching(request, [.. (request.KeyConditions ?? []).Keys, .. (request.QueryFilter ?? []).Keys], request.KeyConditionExpression)));
    }

    /// <summary>A scan names no partition; so a policy that limits those should not allow it at all, here as on AWS.</summary>
    public ValueTask<Pairs> Scan(ScanRequest request, Call call, string action, string resource)
        => new(Later(() => Searching(request, [.. (request.ScanFilter ?? []).Keys], null)));

    public async ValueTask<Pairs> BatchGetItem(BatchGetItemRequest request, Call call, string action, string resource)
    {
        var (name, part) = (request.RequestItems ?? []).FirstOrDefault(pair => TableNames.ArnOf(call, pair.Key) == resource);
        var table = await Find(call, name);
        return Later(() => Reading(table, part?.Keys ?? [], part?.ExpressionAttributeNames, part?.ProjectionExpression, part?.AttributesToGet)
            .Append(Capacity(request.ReturnConsumedCapacity)));
    }

    public async ValueTask<Pairs> BatchWriteItem(BatchWriteItemRequest request, Call call, string action, string resource)
    {
        var (name, writes) = (request.RequestItems ?? []).FirstOrDefault(pair => TableNames.ArnOf(call, pair.Key) == resource);
        var table = await Find(call, name);
        return Later(() =>
        {
            var items = (writes ?? []).Select(write => write?.PutRequest?.Item ?? write?.DeleteRequest?.Key).ToList();
            return Leading(table, items).Concat(Attributes(items.SelectMany(Names))).Append(Capacity(request.ReturnConsumedCapacity));
        });
    }

    public async ValueTask<Pairs> TransactGetItems(TransactGetItemsRequest request, Call call, string action, string resource)
    {
        var gets = (request.TransactItems ?? []).Select(item => item?.Get).OfType<TransactGet>().Where(get => TableNames.ArnOf(call, get.TableName) == resource).ToList();
        var table = await Find(call, gets.FirstOrDefault()?.TableName);
        return Later(() => gets.SelectMany(get => Reading(table, [get.Key], get.ExpressionAttributeNames, get.ProjectionExpression, null)).Distinct()
            .Append(Capacity(request.ReturnConsumedCapacity)).Append(Pair("EnclosingOperation", "TransactGetItems")));
    }

    public async ValueTask<Pairs> TransactWriteItems(TransactWriteItemsRequest request, Call call, string action, string resource)
    {
        var actions = (request.TransactItems ?? []).Where(item => item is not null && TransactPlan.ActionOf(item) == action)
            .Select(item => item.ConditionCheck ?? item.Put ?? item.Update ?? item.Delete).OfType<TransactAction>().Where(one => TableNames.ArnOf(call, one.TableName) == resource).ToList();
        var table = await Find(call, actions.FirstOrDefault()?.TableName);
        return Later(() => Leading(table, actions.Select(one => one.Item ?? one.Key))
            .Concat(Attributes(actions.SelectMany(one => Names(one.Item ?? one.Key)
                .Concat(InExpressions(one.ExpressionAttributeNames, one.ExpressionAttributeValues, ("UpdateExpression", one.UpdateExpression), ("ConditionExpression", one.ConditionExpression))))))
            .Append(Capacity(request.ReturnConsumedCapacity)).Append(Pair("EnclosingOperation", "TransactWriteItems")));
    }

    /// <param name="enclosing">`ExecuteTransaction`, or null.</param>
    public async ValueTask<Pairs> Statements(IEnumerable<(string? Text, AttributeValue[]? Parameters)> all, string? capacity, string? enclosing, Call call, string action, string resource)
    {
        var mine = all.Where(one => texts.Action(one.Text) == action && texts.Right(one.Text, call).Resource == resource).ToList();
        var table = mine.Count == 0 ? null : await Find(call, texts.Parse(mine[0].Text!).Table);
        return Later(() =>
        {
            var pairs = mine.SelectMany(one => Told(() => new StatementKeys(texts.Parse(one.Text!), one.Parameters, table).All)).Select(pair => Pair(pair.Name, pair.Value))
                .Distinct().Append(Capacity(capacity));
            return enclosing is null ? pairs : pairs.Append(Pair("EnclosingOperation", enclosing));
        });
    }

    private static Pairs Reading(Table? table, IReadOnlyList<Item?> keys, Dictionary<string, string>? names, string? projection, string[]? attributesToGet)
        => Leading(table, keys)
            .Concat(Attributes(keys.SelectMany(Names).Concat(InExpressions(names, null, ("ProjectionExpression", projection))).Concat(attributesToGet ?? [])))
            .Append(Pair("Select", projection is null && attributesToGet is null ? "ALL_ATTRIBUTES" : "SPECIFIC_ATTRIBUTES"));

    private static Pairs Writing(Table? table, Item? item, ItemWriteRequest request, string? update, string[] updated)
        => Leading(table, [item])
            .Concat(Attributes(Names(item).Concat(InExpressions(request.ExpressionAttributeNames, request.ExpressionAttributeValues, ("UpdateExpression", update), ("ConditionExpression", request.ConditionExpression)))
                .Concat(request.Expected?.Keys ?? Enumerable.Empty<string>()).Concat(updated)))
            .Append(Pair("ReturnValues", request.ReturnValues ?? "NONE")).Append(Capacity(request.ReturnConsumedCapacity));

    private static Pairs Searching(ReadRequest request, string[] legacy, string? keyCondition)
    {
        var chosen = request.ProjectionExpression is not null || request.AttributesToGet is not null;
        return Attributes(InExpressions(request.ExpressionAttributeNames, request.ExpressionAttributeValues,
                ("KeyConditionExpression", keyCondition), ("FilterExpression", request.FilterExpression), ("ProjectionExpression", request.ProjectionExpression))
                .Concat(request.AttributesToGet ?? []).Concat(legacy))
            .Append(Pair("Select", request.Select ?? (chosen ? "SPECIFIC_ATTRIBUTES" : request.IndexName is null ? "ALL_ATTRIBUTES" : "ALL_PROJECTED_ATTRIBUTES")))
            .Append(Capacity(request.ReturnConsumedCapacity));
    }

    /// <summary>The partition that a Query names.</summary>
    private static Pairs Equalities(Table? table, QueryRequest request)
    {
        if (table is null) return [];
        KeyPart[] hashes = request.IndexName is null ? [table.Hash] : table.Indexes.FirstOrDefault(index => index.Name == request.IndexName)?.Hashes ?? [];
        var values = Told(() =>
        {
            var parts = request.KeyConditionExpression is null
                ? Legacy.KeyConditions(request.KeyConditions ?? [])
                : KeyCondition.Parts(new ExpressionContext(request.ExpressionAttributeNames, request.ExpressionAttributeValues, ("KeyConditionExpression", request.KeyConditionExpression)).Condition("KeyConditionExpression", request.KeyConditionExpression)!);
            return KeyCondition.Equalities(parts);
        }).ToDictionary(pair => pair.Attribute, pair => pair.Value);
        var pairs = new List<KeyValuePair<string, string>>();
        for (var i = 0; i < hashes.Length; i++)
            if (values.GetValueOrDefault(hashes[i].Name) is { } value && Text(value) is { } text)
            {
                if (i == 0) pairs.Add(Pair("LeadingKeys", text));
                pairs.Add(Pair(Partitions[i], text));
            }

        return pairs;
    }

    /// <summary>Without a table nobody knows which attribute leads: then all of them are asked about.</summary>
    private static Pairs Leading(Table? table, IEnumerable<Item?> items)
    {
        var values = items.OfType<Item>().SelectMany(item => item.Attributes).Where(pair => table is null || pair.Key == table.Hash.Name).Select(pair => Text(pair.Value));
        foreach (var text in values.OfType<string>().Distinct())
        {
            yield return Pair("LeadingKeys", text);
            yield return Pair(Partitions[0], text);
        }
    }

    private static Pairs Attributes(IEnumerable<string> names) => names.Distinct().Select(name => Pair("Attributes", name));

    private static IEnumerable<string> Names(Item? item) => item?.Attributes.Keys ?? Enumerable.Empty<string>();

    private static IEnumerable<string> InExpressions(Dictionary<string, string>? names, ExpressionValues? values, params (string Kind, string? Text)[] expressions)
        => Array.TrueForAll(expressions, one => one.Text is null) ? [] : Told(() =>
        {
            var context = new ExpressionContext(names, values, expressions);
            foreach (var (kind, text) in expressions)
                if (kind == "UpdateExpression") context.Update(text);
                else if (kind == "ProjectionExpression") context.Projection(text);
                else context.Condition(kind, text);
            return context.Attributes;
        });

    public static string? Text(AttributeValue value) => value.Type switch
    {
        AttributeType.S or AttributeType.N => value.Text,
        AttributeType.B => Convert.ToBase64String(value.Bytes),
        _ => null,
    };

    /// <summary>A malformed request has no answer here; the operation will say what is wrong with it, and do nothing.</summary>
    private static IReadOnlyCollection<T> Told<T>(Func<IEnumerable<T>> read)
    {
        try
        {
            return [.. read()];
        }
        catch (AwsError)
        {
            return [];
        }
    }

    private static Pairs Later(Func<Pairs> read)
    {
        foreach (var pair in read()) yield return pair;
    }

    private static KeyValuePair<string, string> Pair(string name, string value) => new("dynamodb:" + name, value);

    private static KeyValuePair<string, string> Capacity(string? asked) => Pair("ReturnConsumedCapacity", asked ?? "NONE");

    private async ValueTask<Table?> Find(Call call, string? name)
    {
        try
        {
            return name is null ? null : await catalog.Find(call, TableNames.Local(call, name));
        }
        catch (AwsError)
        {
            return null; // an ARN of elsewhere
        }
    }
}

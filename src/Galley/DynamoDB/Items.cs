using Galley.DynamoDB.Expressions;
using Galley.Wire;

namespace Galley.DynamoDB;

/// <summary>PutItem, GetItem, UpdateItem, DeleteItem.</summary>
internal sealed class Items(TableCatalog catalog)
{
    /// <summary>400 KB, names and values together.</summary>
    public const int LargestItem = 409_600;

    public async ValueTask<GetItemResponse> GetItem(GetItemRequest request, Call call)
    {
        var name = TableNames.Check(request.TableName);
        new Constraints().ReturnConsumedCapacity(request.ReturnConsumedCapacity).AttributesToGet(request.AttributesToGet).Throw();
        if (request.Key is not { } key) throw Errors.Required("Key");
        key.Sound();
        var projection = ParseProjection(request.ExpressionAttributeNames, request.ProjectionExpression, request.AttributesToGet);
        var table = await catalog.Get(call, name);
        table.CheckKey(key);
        if (projection is not null) table.CheckPaths(projection.Entered);
        var at = table.KeyOf(key);
        var stored = await catalog.Store.Read(snapshot => catalog.Item(snapshot, at));
        var item = stored is null ? null : Item.Load(stored);
        return new GetItemResponse
        {
            Item = item is null || projection is null ? item : projection.Of(item),
            ConsumedCapacity = request.ReturnConsumedCapacity is null && table.Throttle is null ? null : ReadCapacity(table, item, request.ConsistentRead == true).Report(request.ReturnConsumedCapacity),
        };
    }

    public async ValueTask<ItemResponse> PutItem(PutItemRequest request, Call call)
    {
        var (name, item, condition) = request.Read();
        return await catalog.Write<ItemResponse>(call, [name], tables =>
        {
            var change = Change.Put(tables[0], item, condition, request.ReturnValuesOnConditionCheckFailure);
            return async transaction =>
            {
                var capacity = new Capacity(tables[0]);
                var (old, _) = await change.Run(transaction, capacity, untold: request.ReturnValues != "ALL_OLD" && !Capacity.IsTold(request.ReturnConsumedCapacity));
                return new()
                {
                    Attributes = request.ReturnValues == "ALL_OLD" ? old : null,
                    ConsumedCapacity = capacity.Report(request.ReturnConsumedCapacity),
                    ItemCollectionMetrics = await ItemCollection.Of(transaction, tables[0], item, request.ReturnItemCollectionMetrics),
                };
            };
        });
    }

    public async ValueTask<ItemResponse> DeleteItem(DeleteItemRequest request, Call call)
    {
        var (name, key, condition) = request.Read();
        return await catalog.Write<ItemResponse>(call, [name], tables =>
        {
            var change = Change.Delete(tables[0], key, condition, request.ReturnValuesOnConditionCheckFailure);
            return async transaction =>
            {
                var capacity = new Capacity(tables[0]);
                var (old, _) = await change.Run(transaction, capacity);
                return new()
                {
                    Attributes = request.ReturnValues == "ALL_OLD" ? old : null,
                    ConsumedCapacity = capacity.Report(request.ReturnConsumedCapacity),
                    ItemCollectionMetrics = await ItemCollection.Of(transaction, tables[0], key, request.ReturnItemCollectionMetrics),
                };
            };
        });
    }

    public async ValueTask<ItemResponse> UpdateItem(UpdateItemRequest request, Call call)
    {
        var (name, key, update, condition) = request.Read();
        return await catalog.Write<ItemResponse>(call, [name], tables =>
        {
            var change = Change.Update(tables[0], key, update, condition, request.ReturnValuesOnConditionCheckFailure);
            if (request.UpdateExpression is not null && update!.Charge > LargestItem) throw Errors.UpdatedItemTooLarge();
            return async transaction =>
            {
                var capacity = new Capacity(tables[0]);
                var (old, updated) = await change.Run(transaction, capacity);
                return new()
                {
                    Attributes = Returned(request.ReturnValues, update, old, updated),
                    ConsumedCapacity = capacity.Report(request.ReturnConsumedCapacity),
                    ItemCollectionMetrics = await ItemCollection.Of(transaction, tables[0], key, request.ReturnItemCollectionMetrics),
                };
            };
        });
    }

    public static Selection? ParseProjection(Dictionary<string, string>? names, string? text, string[]? attributesToGet = null)
    {
        if (attributesToGet is not null) Legacy.CheckMix([("AttributesToGet", attributesToGet)], [("ProjectionExpression", text)]);
        if (names is null && text is null) return Legacy.AttributesToGet(attributesToGet);
        var expressions = new ExpressionContext(names, null, ("ProjectionExpression", text));
        var projection = expressions.Projection(text);
        expressions.End();
        return projection;
    }

    public static Condition? ParseCondition(Dictionary<string, string>? names, ExpressionValues? values, string? text)
    {
        if (names is null && values is null && text is null) return null;
        var expressions = new ExpressionContext(names, values, ("ConditionExpression", text));
        var condition = expressions.Condition("ConditionExpression", text);
        expressions.End();
        return condition;
    }

    public static void CheckSize(Item item)
    {
        if (item.Size > LargestItem) throw Errors.ItemTooLarge();
    }

    public static Capacity ReadCapacity(Table table, Item? item, bool consistent)
    {
        var capacity = new Capacity(table);
        capacity.Add(Capacity.ReadUnits(item?.Size ?? 0, consistent));
        return capacity;
    }

    private static Item? Returned(string? mode, Update? update, Item? old, Item? updated) => mode switch
    {
        "ALL_OLD" => old,
        "ALL_NEW" => updated,
        "UPDATED_OLD" when update is not null && old is not null => NotEmpty(new Selection(update.Paths).Of(old)),
        "UPDATED_NEW" when update is not null && updated is not null => NotEmpty(new Selection(update.Paths).Of(updated)),
        _ => null,
    };

    private static Item? NotEmpty(Item item) => item.Attributes.Count == 0 ? null : item;
}

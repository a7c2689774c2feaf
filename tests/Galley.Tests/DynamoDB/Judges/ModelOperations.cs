using System.Text.Json.Nodes;
using CsCheck;

namespace Galley.Tests.DynamoDB.Judges;

/// <summary>Random operations over the two tables of a shape.</summary>
internal sealed class ModelOperations(ModelValues values, IReadOnlyDictionary<string, ModelTable> shape)
{
    private readonly Gen<ModelTable> _table = Gen.OneOf(shape.Values.ToArray());

    public Gen<ModelOperation> Any => Gen.Frequency(
        (6, Write("Put")), (8, Write("Update")), (3, Write("Delete")), (3, Get), (6, Query), (3, Scan), (2, BatchWrite), (1, BatchGet), (4, TransactWrite), (2, TransactGet), (3, ModelStatements.Any(_table, values)));

    private Gen<ModelOperation> Get => Gen.Select(_table.SelectMany(table => values.Key(table).Select(key => (table, key))), Maybe(1, 3, values.Projection)).Select((place, projection) =>
    {
        var body = new JsonObject { ["TableName"] = place.table.Name, ["Key"] = ModelValue.Json(place.key) };
        Project(body, projection, new ModelScope());
        return new ModelOperation("GetItem " + body.ToJsonString(), async judge =>
        {
            var answer = await judge.Must("GetItem", body);
            var item = judge.Tables[place.table.Name].Find(place.key);
            ModelJudge.Agree("the item", ModelJudge.Show(item is null || projection is null ? item : ModelUpdate.Pick(item, projection)), ModelJudge.Show(answer["Item"]), answer);
        });
    });

    private Gen<ModelOperation> Write(string kind) => Gen.Select(_table.SelectMany(table => Change(table, kind)), values.Returns(kind), Gen.Bool).Select((change, returns, told) =>
    {
        if (change.Update?.OnlyNames == false && returns?.StartsWith("UPDATED", StringComparison.Ordinal) == true) returns = "ALL_NEW"; // what is shown of lists is nowhere written
        var expected = change is { Update: null, Condition: not null } ? ModelLegacy.Expected(change.Condition) : null;
        var body = (expected is null ? change : change with { Condition = null }).Body();
        if (expected is not null) body["Expected"] = expected;
        if (returns is not null) body["ReturnValues"] = returns;
        if (told) body["ReturnConsumedCapacity"] = "TOTAL";
        return new ModelOperation($"{kind}Item {body.ToJsonString()}", async judge =>
        {
            var table = judge.Tables[change.Table];
            var old = table.Find(change.Item);
            SortedDictionary<string, ModelValue>? result = null;
            var answer = await judge.Both(kind + "Item", body, () => result = change.Result(table, old));
            if (answer is null) return;
            if (told) ModelJudge.Agree("the capacity", $"{table.WriteUnits(old, result)}", answer["ConsumedCapacity"]!["CapacityUnits"]!.ToJsonString(), answer);
            table.Store(change.Item, result);
            var paths = change.Update?.Actions.Select(action => action.Path).ToList() ?? [];
            var shown = returns switch
            {
                "ALL_OLD" => old,
                "ALL_NEW" => result,
                "UPDATED_OLD" => old is null ? null : ModelUpdate.Pick(old, paths),
                "UPDATED_NEW" => result is null ? null : ModelUpdate.Pick(result, paths),
                _ => null,
            };
            ModelJudge.Agree("the attributes", ModelJudge.Show(shown is { Count: 0 } ? null : shown), ModelJudge.Show(answer["Attributes"]), answer);
        });
    });

    private Gen<ModelOperation> Query => Gen.Select(
        _table.SelectMany(table => Place(table).SelectMany(index => values.RangeCondition(table, index).Select(condition => (table, index, condition)))),
        Gen.Bool, Maybe(1, 2, Gen.Int[1, 4]), Maybe(1, 3, values.Condition), Maybe(1, 4, values.Projection)).Select((place, forward, limit, filter, projection) =>
    {
        var (table, index, condition) = place;
        var (parts, scope) = (index?.Parts ?? table.Parts, new ModelScope());
        if (index is not null) projection = null; // an index may not have what is wanted; that is another test's business
        if (filter is not null && filter.Paths.Any(path => parts.Any(part => part.Name == path.Root))) filter = null; // refused: keys are for the key condition
        var body = new JsonObject { ["TableName"] = table.Name, ["ScanIndexForward"] = forward };
        if (filter is null && projection is null && limit is not null && index is not { Hashes.Count: > 1 }) body["KeyConditions"] = ModelLegacy.KeyConditions(condition); // the older form for some
        else body["KeyConditionExpression"] = condition.Render(scope);
        if (index is not null) body["IndexName"] = index.Name;
        if (filter is not null) body["FilterExpression"] = filter.Render(scope);
        Project(body, projection, scope);
        if (projection is null) scope.AddTo(body);
        return new ModelOperation($"Query {body.ToJsonString()} by {limit}", async judge =>
        {
            var model = judge.Tables[table.Name];
            var (items, count, scanned) = await judge.Pages("Query", body, limit, table, index);
            var read = model.In(index).Where(condition.Holds).Select(item => model.Project(index, item)).ToList();
            var found = read.Where(item => filter?.Holds(item) != false).ToList();
            var answer = new JsonArray([.. items.Select(item => item.DeepClone())]);
            ModelJudge.Agree("the items", ModelJudge.Sorted(found.Select(item => ModelJudge.Show(projection is null ? item : ModelUpdate.Pick(item, projection)))), ModelJudge.Sorted(items.Select(ModelJudge.Show)), answer);
            ModelJudge.Agree("the counts", $"{found.Count} of {read.Count}", $"{count} of {scanned}", answer);
            if (projection is not null || (index is null ? table.Range : index.Ranges.FirstOrDefault()) is not { } range) return;
            var keys = items.Select(item => ModelValue.Read(item[range.Name]!)).ToList();
            for (var i = 1; i < keys.Count; i++)
                if ((forward ? keys[i - 1].Compare(keys[i]) : keys[i].Compare(keys[i - 1])) > 0) throw new Disagreement($"out of order: {answer.ToJsonString()}");
        });
    });

    private Gen<ModelOperation> Scan => Gen.Select(
        _table.SelectMany(table => Place(table).Select(index => (table, index))), Maybe(1, 2, Gen.Int[1, 4]), Gen.Int[0, 4], Maybe(1, 3, values.Condition)).Select((place, limit, segments, filter) =>
    {
        var (table, index) = place;
        var scope = new ModelScope();
        var body = new JsonObject { ["TableName"] = table.Name };
        if (index is not null) body["IndexName"] = index.Name;
        if (filter is not null) body["FilterExpression"] = filter.Render(scope);
        scope.AddTo(body);
        return new ModelOperation($"Scan {body.ToJsonString()} in {segments} segments by {limit}", async judge =>
        {
            var model = judge.Tables[table.Name];
            var (items, count, scanned) = (new List<JsonNode>(), 0, 0);
            for (var segment = 0; segment < Math.Max(1, segments); segment++)
            {
                var part = body.DeepClone().AsObject();
                if (segments > 0) (part["Segment"], part["TotalSegments"]) = (segment, segments);
                var (partItems, partCount, partScanned) = await judge.Pages("Scan", part, limit, table, index);
                items.AddRange(partItems);
                count += partCount;
                scanned += partScanned;
            }

            var read = model.In(index).Select(item => model.Project(index, item)).ToList();
            var found = read.Where(item => filter?.Holds(item) != false).ToList();
            var answer = new JsonArray([.. items.Select(item => item.DeepClone())]);
            ModelJudge.Agree("the items", ModelJudge.Sorted(found.Select(ModelJudge.Show)), ModelJudge.Sorted(items.Select(ModelJudge.Show)), answer);
            ModelJudge.Agree("the counts", $"{found.Count} of {read.Count}", $"{count} of {scanned}", answer);
        });
    });

    private Gen<ModelOperation> BatchWrite => _table.SelectMany(table => Gen.OneOf<IGen<ModelChange>>(Plain(table, "Put"), Plain(table, "Delete")).SelectMany(gen => gen)).List[1, 6].Select(changes =>
    {
        var distinct = Distinct(changes);
        var requests = new JsonObject(distinct.GroupBy(change => change.Table).Select(table => KeyValuePair.Create(table.Key, (JsonNode?)new JsonArray([.. table.Select(change => new JsonObject
        {
            [change.Kind + "Request"] = new JsonObject { [change.Kind == "Put" ? "Item" : "Key"] = ModelValue.Json(change.Item) },
        })]))));
        var body = new JsonObject { ["RequestItems"] = requests };
        return new ModelOperation("BatchWriteItem " + body.ToJsonString(), async judge =>
        {
            var answer = await judge.Both("BatchWriteItem", body, () =>
            {
                foreach (var change in distinct) change.Result(judge.Tables[change.Table], null);
            });
            if (answer is null) return;
            foreach (var change in distinct) judge.Tables[change.Table].Store(change.Item, change.Kind == "Put" ? change.Item : null);
            ModelJudge.Agree("what was not done", "{}", answer["UnprocessedItems"]!.ToJsonString(), answer);
        });
    });

    private Gen<ModelOperation> BatchGet => _table.SelectMany(table => values.Key(table).Select(key => (Table: table, Key: key))).List[1, 6].Select(gets =>
    {
        gets = [.. gets.DistinctBy(get => get.Table.Name + get.Table.KeyText(get.Key))];
        var body = new JsonObject
        {
            ["RequestItems"] = new JsonObject(gets.GroupBy(get => get.Table.Name).Select(table => KeyValuePair.Create(table.Key,
                (JsonNode?)new JsonObject { ["Keys"] = new JsonArray([.. table.Select(get => ModelValue.Json(get.Key))]) }))),
        };
        return new ModelOperation("BatchGetItem " + body.ToJsonString(), async judge =>
        {
            var answer = await judge.Must("BatchGetItem", body);
            foreach (var table in gets.GroupBy(get => get.Table.Name))
                ModelJudge.Agree("the items of " + table.Key, ModelJudge.Sorted(table.Select(get => ModelJudge.Show(judge.Tables[table.Key].Find(get.Key))).Where(text => text.Length > 0)),
                    ModelJudge.Sorted(answer["Responses"]![table.Key]!.AsArray().Select(ModelJudge.Show)), answer);
        });
    });

    private Gen<ModelOperation> TransactWrite => Gen.Select(
        _table.SelectMany(table => Gen.OneOf("Put", "Update", "Delete", "ConditionCheck").SelectMany(kind => Change(table, kind))).List[1, 4], Gen.Bool).Select((changes, token) =>
    {
        // What cannot fit the indexes is told before anything else; ConditionCheck and Update need their expressions.
        var distinct = Distinct(changes.Where(change => change.FitsIndexes(shape[change.Table]))
            .Select(change => change.Kind == "Update" && change.Update is null || change is { Kind: "ConditionCheck", Condition: null } ? change with { Kind = "Delete" } : change));
        if (distinct.Count == 0) return new ModelOperation("nothing", _ => Task.CompletedTask);
        var body = new JsonObject { ["TransactItems"] = new JsonArray([.. distinct.Select(change => new JsonObject { [change.Kind] = change.Body() })]) };
        return new ModelOperation($"TransactWriteItems {body.ToJsonString()}{(token ? " twice with one token" : "")}", async judge =>
        {
            var request = body.DeepClone().AsObject();
            if (token) request["ClientRequestToken"] = Guid.NewGuid().ToString();
            var results = new List<SortedDictionary<string, ModelValue>?>();
            var answer = await judge.Both("TransactWriteItems", request, () => results = Results(judge, distinct));
            if (answer is null) return;
            foreach (var (change, result) in distinct.Zip(results))
                if (change.Kind != "ConditionCheck")
                    judge.Tables[change.Table].Store(change.Item, result);
            if (token) await judge.Must("TransactWriteItems", request);
        });
    });

    private Gen<ModelOperation> TransactGet => _table.SelectMany(table => values.Key(table).Select(key => (Table: table, Key: key))).List[1, 4].Select(gets =>
    {
        gets = [.. gets.DistinctBy(get => get.Table.Name + get.Table.KeyText(get.Key))];
        var body = new JsonObject
        {
            ["TransactItems"] = new JsonArray([.. gets.Select(get => new JsonObject { ["Get"] = new JsonObject { ["TableName"] = get.Table.Name, ["Key"] = ModelValue.Json(get.Key) } })]),
        };
        return new ModelOperation("TransactGetItems " + body.ToJsonString(), async judge =>
        {
            var answer = await judge.Must("TransactGetItems", body);
            ModelJudge.Agree("the items", string.Join('\n', gets.Select(get => ModelJudge.Show(judge.Tables[get.Table.Name].Find(get.Key)))),
                string.Join('\n', answer["Responses"]!.AsArray().Select(one => ModelJudge.Show(one!["Item"]))), answer);
        });
    });

    private Gen<ModelChange> Plain(ModelTable table, string kind) => Change(table, kind).Select(change => change with { Condition = null, ShowOnFailure = false });

    private Gen<ModelChange> Change(ModelTable table, string kind) => Gen.Select(
        kind == "Put" ? values.Item(table) : values.Key(table), Maybe(1, 2, values.Condition), Maybe(9, 10, values.Update), Gen.Bool,
        (item, condition, update, show) => new ModelChange(table.Name, kind, item, condition, kind == "Update" ? update?.Without(table) : null, show));

    private static List<SortedDictionary<string, ModelValue>?> Results(ModelJudge judge, List<ModelChange> changes)
    {
        var (results, reasons) = (new List<SortedDictionary<string, ModelValue>?>(), new List<string>());
        foreach (var change in changes)
            try
            {
                results.Add(change.Result(judge.Tables[change.Table], judge.Tables[change.Table].Find(change.Item)));
                reasons.Add("None");
            }
            catch (Refusal refusal)
            {
                reasons.Add(refusal.Code == "ValidationException" ? "ValidationError" : "ConditionalCheckFailed" + ModelJudge.Show(refusal.Shown));
            }

        return reasons.All(reason => reason == "None") ? results : throw new Refusal("TransactionCanceledException") { Reasons = reasons };
    }

    private List<ModelChange> Distinct(IEnumerable<ModelChange> changes) => [.. changes.DistinctBy(change => change.Table + shape[change.Table].KeyText(change.Item))];

    private static Gen<ModelIndex?> Place(ModelTable table) => Gen.OneOf(table.Indexes.Prepend(null).ToArray());

    private static void Project(JsonObject body, IReadOnlyList<ModelPath>? projection, ModelScope scope)
    {
        if (projection is null) return;
        body["ProjectionExpression"] = string.Join(", ", projection.Select(path => path.Render(scope)));
        scope.AddTo(body);
    }

    private static Gen<T?> Maybe<T>(int times, int of, Gen<T> gen) where T : class => Gen.Frequency((times, gen.Select(value => (T?)value)), (of - times, Gen.Const((T?)null)));

    private static Gen<int?> Maybe(int times, int of, Gen<int> gen) => Gen.Frequency((times, gen.Select(value => (int?)value)), (of - times, Gen.Const((int?)null)));
}

using System.Text.Json;
using System.Text.Json.Nodes;

namespace Galley.Tests.DynamoDB.Judges;

/// <summary>One operation: how it reads in a counterexample, and how server and model are asked and compared.</summary>
internal sealed record ModelOperation(string Text, Func<ModelJudge, Task> Run)
{
    public override string ToString() => Text;
}

internal sealed class Disagreement(string message) : Exception(message);

/// <summary>Asks the server what the model was asked, and compares.</summary>
internal sealed class ModelJudge(DynamoDBWire wire, string prefix, IReadOnlyDictionary<string, ModelTable> tables)
{
    public IReadOnlyDictionary<string, ModelTable> Tables => tables;

    public async Task<(int Status, JsonObject Body)> Send(string operation, JsonObject body)
    {
        using var response = await wire.Send(operation, body.ToJsonString().Replace("\"@", "\"" + prefix, StringComparison.Ordinal).Replace("\\u0022@", "\\u0022" + prefix, StringComparison.Ordinal));
        var text = (await response.Content.ReadAsStringAsync()).Replace("\"" + prefix, "\"@", StringComparison.Ordinal);
        return ((int)response.StatusCode, JsonNode.Parse(text)!.AsObject());
    }

    public async Task<JsonObject> Must(string operation, JsonObject body)
    {
        var (status, answer) = await Send(operation, body);
        return status == 200 ? answer : throw new Disagreement($"{operation} {body.ToJsonString()}\n  answered {status} {answer.ToJsonString()}");
    }

    /// <summary>Both must succeed, or both refuse with the same code.</summary>
    public async Task<JsonObject?> Both(string operation, JsonObject body, Action model)
    {
        Refusal? refusal = null;
        try
        {
            model();
        }
        catch (Refusal r)
        {
            refusal = r;
        }

        var (status, answer) = await Send(operation, body);
        var code = status == 200 ? null : ((string)answer["__type"]!).Split('#')[1];
        Agree($"{operation}'s outcome", refusal?.Code ?? "success", code ?? "success", answer);
        if (refusal is null) return answer;
        if (refusal.Code == "ConditionalCheckFailedException") Agree("the failed condition's item", Show(refusal.Shown), Show(answer["Item"]), answer);
        if (refusal.Code == "TransactionCanceledException")
        {
            var reasons = answer["CancellationReasons"]!.AsArray();
            Agree("the reasons", string.Join(", ", refusal.Reasons), string.Join(", ", reasons.Select(reason => (string)reason!["Code"]! + Show(reason["Item"]))), answer);
        }

        return null;
    }

    public static void Agree(string what, string model, string server, JsonNode answer)
    {
        if (model != server) throw new Disagreement($"{what}:\n  model  {model}\n  server {server}\n  answer {answer.ToJsonString()}");
    }

    public static string Show(SortedDictionary<string, ModelValue>? item) => item is null ? "" : ModelValue.M(item).Canonical;

    public static string Show(JsonNode? item) => item is null ? "" : ModelValue.M(ModelValue.ReadItem(item)).Canonical;

    /// <summary>All items of both tables, through table and every index.</summary>
    public async Task CompareWhole()
    {
        foreach (var table in tables.Values)
            foreach (var index in table.Indexes.Prepend(null))
            {
                var body = new JsonObject { ["TableName"] = table.Name };
                if (index is not null) body["IndexName"] = index.Name;
                var answer = await Must("Scan", body);
                Agree($"all of {table.Name} {index?.Name}", Sorted(table.In(index).Select(item => Show(table.Project(index, item)))), Sorted(answer["Items"]!.AsArray().Select(Show)), answer);
            }
    }

    public static string Sorted(IEnumerable<string> texts) => string.Join("\n         ", texts.Order(StringComparer.Ordinal));

    /// <summary>Follows LastEvaluatedKey to the end; every page but the last is as long as its limit.</summary>
    public async Task<(List<JsonNode> Items, int Count, int Scanned)> Pages(string operation, JsonObject body, int? limit, ModelTable table, ModelIndex? index)
    {
        var items = new List<JsonNode>();
        var (count, scanned) = (0, 0);
        var request = body.DeepClone().AsObject();
        if (limit is not null) request["Limit"] = limit;
        for (var page = 0; ; page++)
        {
            var answer = await Must(operation, request);
            items.AddRange(answer["Items"]?.AsArray().Select(item => item!) ?? []);
            count += (int)answer["Count"]!;
            scanned += (int)answer["ScannedCount"]!;
            if (answer["LastEvaluatedKey"] is not { } last) return (items, count, scanned);
            Agree("the names of LastEvaluatedKey", string.Join(',', table.Parts.Concat(index?.Parts ?? []).Select(part => part.Name).Distinct().Order(StringComparer.Ordinal)),
                string.Join(',', last.AsObject().Select(member => member.Key).Order(StringComparer.Ordinal)), answer);
            Agree("a page's length", JsonSerializer.Serialize(limit), answer["ScannedCount"]!.ToJsonString(), answer);
            if (page > 100) throw new Disagreement("pages without end");
            request["ExclusiveStartKey"] = last.DeepClone();
        }
    }
}

using System.Text.Json.Nodes;
using CsCheck;

namespace Galley.Tests.DynamoDB.Judges;

/// <summary>PartiQL's statements upon one item, named by its key.</summary>
internal static class ModelStatements
{
    public static Gen<ModelOperation> Any(Gen<ModelTable> tables, ModelValues values) => Gen.OneOf(
        tables.SelectMany(table => values.Key(table).Select(key => Select(table, key))),
        tables.SelectMany(table => values.Item(table).Select(item => Insert(table, item))),
        tables.SelectMany(table => values.Key(table).Select(key => Delete(table, key))));

    private static ModelOperation Select(ModelTable table, SortedDictionary<string, ModelValue> key) => Statement(
        $"SELECT * FROM \"{table.Name}\"{Where(table)}", Key(table, key), async (judge, body) =>
        {
            var answer = await judge.Must("ExecuteStatement", body);
            ModelJudge.Agree("the item", ModelJudge.Show(judge.Tables[table.Name].Find(key)), string.Concat(answer["Items"]!.AsArray().Select(ModelJudge.Show)), answer);
        });

    /// <summary>An item that is there already is a duplicate.</summary>
    private static ModelOperation Insert(ModelTable table, SortedDictionary<string, ModelValue> item) => Statement(
        $"INSERT INTO \"{table.Name}\" VALUE {{{string.Join(", ", item.Keys.Select(name => $"'{name}': ?"))}}}", item.Values, async (judge, body) =>
        {
            var model = judge.Tables[table.Name];
            var answer = await judge.Both("ExecuteStatement", body, () =>
            {
                if (!model.FitsIndexes(item)) throw Refusal.Invalid();
                if (model.Find(item) is not null) throw new Refusal("DuplicateItemException");
            });
            if (answer is not null) model.Store(item, item);
        });

    private static ModelOperation Delete(ModelTable table, SortedDictionary<string, ModelValue> key) => Statement(
        $"DELETE FROM \"{table.Name}\"{Where(table)}", Key(table, key), async (judge, body) =>
        {
            await judge.Must("ExecuteStatement", body);
            judge.Tables[table.Name].Store(key, null);
        });

    private static ModelOperation Statement(string text, IEnumerable<ModelValue> parameters, Func<ModelJudge, JsonObject, Task> run)
    {
        var body = new JsonObject { ["Statement"] = text, ["Parameters"] = new JsonArray([.. parameters.Select(parameter => parameter.Json())]) };
        return new ModelOperation("ExecuteStatement " + body.ToJsonString(), judge => run(judge, body));
    }

    private static string Where(ModelTable table) => " WHERE " + string.Join(" AND ", table.Parts.Select(part => $"{part.Name} = ?"));

    private static IEnumerable<ModelValue> Key(ModelTable table, SortedDictionary<string, ModelValue> key) => table.Parts.Select(part => key[part.Name]);
}

using System.Text.Json.Nodes;

namespace Galley.Cli.Deploy;

/// <summary>Plain JSON items into a table; an item whose key is there already is left as it is.</summary>
internal sealed class Seeding(AwsClient aws, Progress progress)
{
    public async Task Seed(string table, string file, CancellationToken cancel)
    {
        if (!File.Exists(file)) throw new CliException($"The items to seed, {file}, do not exist.");
        var described = JsonNode.Parse(await DynamoDB("DescribeTable", new JsonObject { ["TableName"] = table }, cancel))!;
        var key = (string)described["Table"]!["KeySchema"]![0]!["AttributeName"]!;
        var added = 0;
        foreach (var item in JsonNode.Parse(await File.ReadAllTextAsync(file, cancel)) as JsonArray ?? throw new CliException($"{file} is no JSON array."))
            try
            {
                var attributes = new JsonObject();
                foreach (var (name, value) in item as JsonObject ?? throw new CliException($"{file}: every item is a JSON object.")) attributes[name] = Attribute(value);
                await DynamoDB("PutItem", new JsonObject
                {
                    ["TableName"] = table,
                    ["Item"] = attributes,
                    ["ConditionExpression"] = "attribute_not_exists(#key)",
                    ["ExpressionAttributeNames"] = new JsonObject { ["#key"] = key },
                }, cancel);
                added++;
            }
            catch (AwsClientException e) when (e.Code == "ConditionalCheckFailedException")
            {
                // there already, perhaps changed by hand
            }

        progress.Say($"table {table}: {added} items added");
    }

    private Task<string> DynamoDB(string operation, JsonObject input, CancellationToken cancel)
        => aws.Json("dynamodb", "DynamoDB_20120810." + operation, "1.0", input.ToJsonString(), cancel);

    private static JsonObject Attribute(JsonNode? value) => value switch
    {
        null => new() { ["NULL"] = true },
        JsonObject map => new() { ["M"] = new JsonObject(map.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)Attribute(pair.Value)))) },
        JsonArray list => new() { ["L"] = new JsonArray([.. list.Select(Attribute)]) },
        _ => value.GetValueKind() switch
        {
            System.Text.Json.JsonValueKind.Number => new() { ["N"] = value.ToJsonString() },
            System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False => new() { ["BOOL"] = value.DeepClone() },
            _ => new() { ["S"] = (string)value! },
        },
    };
}

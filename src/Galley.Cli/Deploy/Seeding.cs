using System.Text;
using System.Text.Json.Nodes;
using Galley.ApiGateway.OpenApi;
using YamlDotNet.Core;

namespace Galley.Cli.Deploy;

/// <summary>
/// What an app begins with: users with their groups, items of tables, objects of buckets (docs/how-to/seed.md). What is there already is left
/// as it is, so a seed may be put in again and again.
/// </summary>
internal sealed class Seeding(AwsClient aws, Progress progress)
{
    private const string Cognito = "AWSCognitoIdentityProviderService.";

    /// <param name="step">Of galley.yaml.</param>
    /// <param name="outputs">The stack's.</param>
    /// <param name="cancel">Ctrl-C.</param>
    public async Task Seed(SeedStep step, Dictionary<string, string> outputs, CancellationToken cancel)
    {
        if (step.Table is null) await SeedFile(step.File, outputs, cancel);
        else await Items(outputs.Output(step.Table), await Read(step.File, cancel) as JsonArray ?? throw new CliException($"{step.File} is no JSON array."), step.File, cancel);
    }

    /// <param name="file">A seed file, JSON or YAML.</param>
    /// <param name="names">What names in it may stand for: a stack's outputs, logical ids.</param>
    /// <param name="cancel">Ctrl-C.</param>
    public async Task SeedFile(string file, Dictionary<string, string> names, CancellationToken cancel)
    {
        var seed = await Read(file, cancel) as JsonObject ?? throw new CliException($"{file} is no seed: a mapping of users, tables and buckets.");
        foreach (var (part, value) in seed)
            switch (part, value)
            {
                case ("users", JsonArray users):
                    foreach (var user in users) await User(file, user as JsonObject ?? throw new CliException($"{file}: every user is a mapping with a name."), names, cancel);
                    progress.Say($"users: {users.Count} seeded");
                    break;
                case ("tables", JsonObject tables):
                    foreach (var (table, items) in tables) await Items(names.GetValueOrDefault(table, table), items as JsonArray ?? throw new CliException($"{file}: the items of {table} are a list."), file, cancel);
                    break;
                case ("buckets", JsonObject buckets):
                    foreach (var (bucket, objects) in buckets) await Objects(file, names.GetValueOrDefault(bucket, bucket), objects as JsonObject ?? throw new CliException($"{file}: the objects of {bucket} are a mapping of keys."), cancel);
                    break;
                default:
                    throw new CliException($"{file}: `{part}:` is not known here, or has the wrong shape. Known: users (a list), tables, buckets (mappings).");
            }
    }

    /// <summary>A user who is confirmed and in these groups; made where there is none.</summary>
    public async Task User(string pool, SeedUser user, CancellationToken cancel)
    {
        var attributes = new JsonArray(new JsonObject { ["Name"] = "email", ["Value"] = user.Email }, new JsonObject { ["Name"] = "email_verified", ["Value"] = "true" });
        foreach (var (name, value) in user.Attributes ?? new Dictionary<string, string>()) attributes.Add((JsonNode)new JsonObject { ["Name"] = name, ["Value"] = value });
        if (await Unless("UsernameExistsException", "AdminCreateUser", new JsonObject { ["UserPoolId"] = pool, ["Username"] = user.Name, ["MessageAction"] = "SUPPRESS", ["UserAttributes"] = attributes }, cancel))
            await Call("AdminSetUserPassword", new JsonObject { ["UserPoolId"] = pool, ["Username"] = user.Name, ["Password"] = user.Password, ["Permanent"] = true }, cancel);
        foreach (var group in user.Groups)
        {
            await Unless("GroupExistsException", "CreateGroup", new JsonObject { ["UserPoolId"] = pool, ["GroupName"] = group }, cancel);
            await Call("AdminAddUserToGroup", new JsonObject { ["UserPoolId"] = pool, ["Username"] = user.Name, ["GroupName"] = group }, cancel);
        }
    }

    private async Task User(string file, JsonObject user, Dictionary<string, string> names, CancellationToken cancel)
    {
        var name = Text("name") ?? throw new CliException($"{file}: a user lacks `name:`.");
        foreach (var (member, _) in user)
            if (member is not ("name" or "email" or "password" or "groups" or "attributes" or "pool"))
                throw new CliException($"{file}: a user has no `{member}:`. Known: name, email, password, groups, attributes, pool.");
        var pool = Text("pool") is { } named ? names.GetValueOrDefault(named, named) : await OnlyPool(file, cancel);
        await User(pool, new SeedUser(
            name, Text("email") ?? (name.Contains('@', StringComparison.Ordinal) ? name : name + "@example.com"), Text("password") ?? throw new CliException($"{file}: the user {name} lacks `password:`."),
            [.. (user["groups"] as JsonArray ?? []).Select(group => group!.ToString())])
        { Attributes = (user["attributes"] as JsonObject)?.ToDictionary(pair => pair.Key, pair => pair.Value?.ToString() ?? "") }, cancel);

        string? Text(string member) => user[member]?.ToString();
    }

    private async Task<string> OnlyPool(string file, CancellationToken cancel)
    {
        var pools = (JsonArray)JsonNode.Parse(await aws.Json("cognito-idp", Cognito + "ListUserPools", "1.1", """{"MaxResults":2}""", cancel))!["UserPools"]!;
        return pools.Count == 1 ? (string)pools[0]!["Id"]! : throw new CliException($"{file}: there {(pools.Count == 0 ? "is no user pool" : "are several user pools: say which by `pool:` (an output, or an id)")}.");
    }

    private async Task Items(string table, JsonArray items, string file, CancellationToken cancel)
    {
        var described = JsonNode.Parse(await DynamoDB("DescribeTable", new JsonObject { ["TableName"] = table }, cancel))!;
        var key = (string)described["Table"]!["KeySchema"]![0]!["AttributeName"]!;
        var added = 0;
        foreach (var item in items)
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

    /// <summary>Text as it stands, or `{ file: … }` beside the seed file.</summary>
    private async Task Objects(string file, string bucket, JsonObject objects, CancellationToken cancel)
    {
        var added = 0;
        foreach (var (key, value) in objects)
        {
            if (await aws.S3Exists(bucket, key, cancel)) continue;
            byte[] content;
            if (value is JsonObject from)
            {
                var path = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file))!, (string?)from["file"] ?? throw new CliException($"{file}: the object {key} is a text, or a mapping with `file:`."));
                content = File.Exists(path) ? await File.ReadAllBytesAsync(path, cancel) : throw new CliException($"{file}: the object {key} is to come from {path}, which does not exist.");
            }
            else
            {
                content = Encoding.UTF8.GetBytes(value?.ToString() ?? "");
            }

            await aws.S3Put(bucket, key, content, SiteDeployment.TypeOf(key), null, cancel);
            added++;
        }

        progress.Say($"bucket {bucket}: {added} objects added");
    }

    private static async Task<JsonNode?> Read(string file, CancellationToken cancel)
    {
        if (!File.Exists(file)) throw new CliException($"{file}, which is to be seeded, does not exist.");
        var text = await File.ReadAllTextAsync(file, cancel);
        try
        {
            return Path.GetExtension(file) == ".json" ? JsonNode.Parse(text) : Yaml.Read(text);
        }
        catch (YamlException e)
        {
            throw new CliException($"{file} ({e.Start.Line},{e.Start.Column}): {e.Message}", e);
        }
        catch (System.Text.Json.JsonException e)
        {
            throw new CliException($"{file}: {e.Message}", e);
        }
    }

    private Task<string> Call(string operation, JsonObject input, CancellationToken cancel) => aws.Json("cognito-idp", Cognito + operation, "1.1", input.ToJsonString(), cancel);

    /// <summary>False where the error says that it is there already.</summary>
    private async Task<bool> Unless(string error, string operation, JsonObject input, CancellationToken cancel)
    {
        try
        {
            await Call(operation, input, cancel);
            return true;
        }
        catch (AwsClientException e) when (e.Code == error)
        {
            return false;
        }
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

/// <summary>A user of a seed.</summary>
internal sealed record SeedUser(string Name, string Email, string Password, IReadOnlyList<string> Groups)
{
    /// <summary>Beside the e-mail address.</summary>
    public IReadOnlyDictionary<string, string>? Attributes { get; init; }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Galley.Tests.Iam;
using Galley.Wire;

namespace Galley.Tests.DynamoDB;

/// <summary>Fine-grained access control: policies that let a caller at its own items and at some attributes only, through every item operation.</summary>
public class FineGrainedAccessTests
{
    private const string Arn = "arn:aws:dynamodb:eu-west-2:123456789012:table/notes", Others = "arn:aws:dynamodb:eu-west-2:123456789012:table/others";

    [Fact]
    public async Task LeadingKeys_keep_a_caller_to_its_own_partition()
    {
        await using var server = await Start.Server();
        var root = await Tables(server);
        var ann = await Start.User(server, "ann", Own("dynamodb:*Item", "dynamodb:Query", "dynamodb:BatchGetItem", "dynamodb:PartiQL*"));
        object Mine(string owner, string id = "1") => new { owner = new { S = owner }, id = new { S = id } };
        await Allowed("PutItem", new { TableName = "notes", Item = Mine("ann") });
        await Denied("PutItem", new { TableName = "notes", Item = Mine("bob") });
        await Denied("PutItem", new { TableName = Arn, Item = Mine("bob") });
        await Denied("PutItem", new { TableName = "notes", Item = Mine("bob", "ann") });
        await Allowed("GetItem", new { TableName = "notes", Key = Mine("ann") });
        await Denied("GetItem", new { TableName = "notes", Key = Mine("bob") });
        await Allowed("UpdateItem", new { TableName = "notes", Key = Mine("ann"), UpdateExpression = "SET n = :n", ExpressionAttributeValues = new Dictionary<string, object> { [":n"] = new { N = "1" } } });
        await Denied("UpdateItem", new { TableName = "notes", Key = Mine("bob") });
        await Denied("DeleteItem", new { TableName = "notes", Key = Mine("bob") });
        object Values(string owner) => new Dictionary<string, object> { [":o"] = new { S = owner } };
        foreach (var condition in (string[])["owner = :o", "(:o = #o)", "#o = :o AND begins_with(id, :o)"])
        {
            var text = condition.Replace("owner", "#o", StringComparison.Ordinal);
            await Allowed("Query", new { TableName = "notes", KeyConditionExpression = text, ExpressionAttributeNames = new Dictionary<string, string> { ["#o"] = "owner" }, ExpressionAttributeValues = Values("ann") });
            await Denied("Query", new { TableName = "notes", KeyConditionExpression = text, ExpressionAttributeNames = new Dictionary<string, string> { ["#o"] = "owner" }, ExpressionAttributeValues = Values("bob") });
        }

        object Legacy(string owner) => new Dictionary<string, object> { ["owner"] = new { ComparisonOperator = "EQ", AttributeValueList = new[] { new { S = owner } } } };
        await Allowed("Query", new { TableName = "notes", KeyConditions = Legacy("ann") });
        await Denied("Query", new { TableName = "notes", KeyConditions = Legacy("bob") });
        await Allowed("BatchGetItem", new { RequestItems = new Dictionary<string, object> { ["notes"] = new { Keys = new[] { Mine("ann"), Mine("ann", "2") } } } });
        await Denied("BatchGetItem", new { RequestItems = new Dictionary<string, object> { ["notes"] = new { Keys = new[] { Mine("ann"), Mine("bob") } } } });
        object Write(params object[] writes) => new { RequestItems = new Dictionary<string, object> { ["notes"] = writes } };
        await Allowed("BatchWriteItem", Write(new { PutRequest = new { Item = Mine("ann", "3") } }, new { DeleteRequest = new { Key = Mine("ann", "4") } }));
        await Denied("BatchWriteItem", Write(new { PutRequest = new { Item = Mine("ann", "3") } }, new { DeleteRequest = new { Key = Mine("bob", "4") } }));
        await Denied("BatchWriteItem", Write(new { PutRequest = new { Item = Mine("bob", "3") } }));
        await Allowed("TransactWriteItems", new { TransactItems = new object[] { new { Put = new { TableName = "notes", Item = Mine("ann", "5") } }, new { Delete = new { TableName = "notes", Key = Mine("ann", "6") } } } });
        await Denied("TransactWriteItems", new { TransactItems = new object[] { new { Put = new { TableName = "notes", Item = Mine("ann", "5") } }, new { Delete = new { TableName = "notes", Key = Mine("bob", "6") } } } });
        await Denied("TransactWriteItems", new { TransactItems = new object[] { new { Put = new { TableName = "notes", Item = Mine("ann", "5") } }, new { Put = new { TableName = "notes", Item = Mine("bob", "6") } } } });
        await Allowed("TransactGetItems", new { TransactItems = new object[] { new { Get = new { TableName = "notes", Key = Mine("ann") } } } });
        await Denied("TransactGetItems", new { TransactItems = new object[] { new { Get = new { TableName = "notes", Key = Mine("ann") } }, new { Get = new { TableName = "notes", Key = Mine("bob") } } } });

        foreach (var (mine, other) in ((string, string)[])[
                     ("SELECT * FROM notes WHERE \"owner\" = 'ann'", "SELECT * FROM notes WHERE \"owner\" = 'bob'"), ("SELECT * FROM notes WHERE \"owner\" IN ['ann']", "SELECT * FROM notes WHERE \"owner\" IN ['ann', 'bob']"),
                     ("INSERT INTO notes VALUE {'owner':'ann','id':'7'}", "INSERT INTO notes VALUE {'owner':'bob','id':'7'}"), ("UPDATE notes SET n = 1 WHERE \"owner\" = 'ann' AND id = '7'", "UPDATE notes SET n = 1 WHERE id = '7' AND 'bob' = \"owner\""),
                     ("DELETE FROM notes WHERE \"owner\" = 'ann' AND id = '7'", "DELETE FROM notes WHERE \"owner\" = 'bob' AND id = '7'")])
        {
            await Allowed("ExecuteStatement", new { Statement = mine });
            await Denied("ExecuteStatement", new { Statement = other });
        }

        await Denied("ExecuteStatement", new { Statement = "SELECT * FROM notes WHERE \"owner\" = ?", Parameters = new[] { new { S = "bob" } } });
        await Denied("ExecuteTransaction", new { TransactStatements = new[] { new { Statement = "INSERT INTO notes VALUE {'owner':'ann','id':'8'}" }, new { Statement = "INSERT INTO notes VALUE {'owner':'bob','id':'8'}" } } });
        Assert.Equal(2, (int)(await root.Call("dynamodb", "Scan", new { TableName = "notes", Select = "COUNT", FilterExpression = "id <> :x", ExpressionAttributeValues = new Dictionary<string, object> { [":x"] = new { S = "1" } } }))["Count"]!);

        async Task Allowed(string operation, object request) => await ann.Call("dynamodb", operation, request);
        async Task Denied(string operation, object request) => Assert.Equal("AccessDeniedException", (await ann.Fails("dynamodb", operation, request)).Code);
    }

    [Fact]
    public async Task An_identity_of_a_pool_is_kept_to_the_partition_of_its_id()
    {
        await using var server = await Start.Server();
        var root = await Tables(server);
        using var http = new HttpClient();
        var pool = (string)(await Identity("CreateIdentityPool", new { IdentityPoolName = "guests", AllowUnauthenticatedIdentities = true }))["IdentityPoolId"]!;
        await root.Call("iam", "CreateRole", new
        {
            RoleName = "guest",
            AssumeRolePolicyDocument = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"cognito-identity.amazonaws.com"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"cognito-identity.amazonaws.com:aud":"POOL"}}}]}"""
                .Replace("POOL", pool, StringComparison.Ordinal),
        });
        await root.Call("iam", "PutRolePolicy", new { RoleName = "guest", PolicyName = "p", PolicyDocument = Own("dynamodb:*").Replace("aws:username", "cognito-identity.amazonaws.com:sub", StringComparison.Ordinal) });
        await Identity("SetIdentityPoolRoles", new { IdentityPoolId = pool, Roles = new { unauthenticated = $"arn:aws:iam::{Start.Account}:role/guest" } });
        var id = (string)(await Identity("GetId", new { IdentityPoolId = pool }))["IdentityId"]!;
        var keys = (await Identity("GetCredentialsForIdentity", new { IdentityId = id }))["Credentials"]!;
        var guest = new AwsJs(server, (string)keys["AccessKeyId"]!, (string)keys["SecretKey"]!, (string)keys["SessionToken"]!);
        foreach (var table in (string[])["notes", Arn]) await guest.Call("dynamodb", "PutItem", new { TableName = table, Item = new { owner = new { S = id }, id = new { S = "1" } } });
        Assert.Equal("AccessDeniedException", (await guest.Fails("dynamodb", "PutItem", new { TableName = "notes", Item = new { owner = new { S = "someone" }, id = new { S = "1" } } })).Code);
        Assert.Equal("AccessDeniedException", (await guest.Fails("dynamodb", "PutItem", new { TableName = "others", Item = new { owner = new { S = id }, id = new { S = "1" } } })).Code);

        async Task<JsonNode> Identity(string operation, object input)
        {
            var body = JsonSerializer.SerializeToUtf8Bytes(input);
            var headers = new Dictionary<string, string> { ["x-amz-target"] = "AWSCognitoIdentityService." + operation, ["content-type"] = "application/x-amz-json-1.1" };
            foreach (var (name, value) in SigV4.Sign(new(server.AccessKeyId, server.SecretAccessKey, server.Region, "cognito-identity"), "POST", server.Endpoint, [.. headers], SigV4.HashPayload(body), DateTimeOffset.UtcNow)) headers[name] = value;
            using var request = new HttpRequestMessage(HttpMethod.Post, server.Endpoint) { Content = new ByteArrayContent(body) };
            foreach (var (name, value) in headers)
                if (name == "content-type") request.Content.Headers.ContentType = System.Net.Http.Headers.MediaTypeHeaderValue.Parse(value);
                else request.Headers.TryAddWithoutValidation(name, value);
            using var response = await http.SendAsync(request);
            var text = await response.Content.ReadAsStringAsync();
            Assert.True(response.IsSuccessStatusCode, text);
            return text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!;
        }
    }

    [Fact]
    public async Task Attributes_and_what_is_returned_can_be_limited()
    {
        await using var server = await Start.Server();
        var root = await Tables(server);
        await root.Call("dynamodb", "PutItem", new { TableName = "notes", Item = new { owner = new { S = "x" }, id = new { S = "1" }, secret = new { S = "s" }, shown = new { S = "o" } } });
        var user = await Start.User(server, "u", Start.Policy("Allow", "dynamodb:*", Arn, """
            {"ForAllValues:StringEquals":{"dynamodb:Attributes":["owner","id","shown"]},"StringEqualsIfExists":{"dynamodb:Select":"SPECIFIC_ATTRIBUTES","dynamodb:ReturnValues":["NONE","UPDATED_OLD","UPDATED_NEW"]}}
            """));
        var key = new { owner = new { S = "x" }, id = new { S = "1" } };
        var names = new Dictionary<string, string> { ["#o"] = "owner" };
        object Value(string name) => new Dictionary<string, object> { [name] = new { S = "x" } };
        await Allowed("GetItem", new { TableName = "notes", Key = key, ProjectionExpression = "#o, id, shown", ExpressionAttributeNames = names });
        await Allowed("GetItem", new { TableName = "notes", Key = key, AttributesToGet = new[] { "shown" } });
        await Denied("GetItem", new { TableName = "notes", Key = key });
        await Denied("GetItem", new { TableName = "notes", Key = key, ProjectionExpression = "shown, #o.#s", ExpressionAttributeNames = new Dictionary<string, string> { ["#o"] = "secret", ["#s"] = "shown" } });
        await Denied("BatchGetItem", new { RequestItems = new Dictionary<string, object> { ["notes"] = new { Keys = new[] { key }, ProjectionExpression = "secret" } } });
        await Allowed("Query", new { TableName = "notes", KeyConditionExpression = "#o = :x", ExpressionAttributeNames = names, ExpressionAttributeValues = Value(":x"), ProjectionExpression = "id" });
        await Denied("Query", new { TableName = "notes", KeyConditionExpression = "#o = :x", ExpressionAttributeNames = names, ExpressionAttributeValues = Value(":x"), ProjectionExpression = "id", FilterExpression = "secret > :x" });
        await Denied("Query", new { TableName = "notes", KeyConditionExpression = "#o = :x", ExpressionAttributeNames = names, ExpressionAttributeValues = Value(":x") });
        await Denied("Scan", new { TableName = "notes", Select = "COUNT" });
        await Allowed("PutItem", new { TableName = "notes", Item = new { owner = new { S = "x" }, id = new { S = "2" }, shown = new { S = "o" } } });
        await Denied("PutItem", new { TableName = "notes", Item = new { owner = new { S = "x" }, id = new { S = "2" }, secret = new { S = "o" } } });
        await Denied("PutItem", new { TableName = "notes", Item = new { owner = new { S = "x" }, id = new { S = "2" } }, ReturnValues = "ALL_OLD" });
        await Allowed("UpdateItem", new { TableName = "notes", Key = key, UpdateExpression = "SET #p = :x", ExpressionAttributeNames = new Dictionary<string, string> { ["#p"] = "shown" }, ExpressionAttributeValues = Value(":x"), ReturnValues = "UPDATED_NEW" });
        await Denied("UpdateItem", new { TableName = "notes", Key = key, UpdateExpression = "SET #p = secret", ExpressionAttributeNames = new Dictionary<string, string> { ["#p"] = "shown" } });
        await Denied("UpdateItem", new { TableName = "notes", Key = key, UpdateExpression = "REMOVE secret" });
        await Denied("UpdateItem", new { TableName = "notes", Key = key, AttributeUpdates = new { secret = new { Action = "DELETE" } } });
        await Denied("DeleteItem", new { TableName = "notes", Key = key, ConditionExpression = "secret = :x", ExpressionAttributeValues = Value(":x") });
        await Denied("DeleteItem", new { TableName = "notes", Key = key, Expected = new { secret = new { Exists = false } } });
        await Denied("TransactWriteItems", new { TransactItems = new[] { new { ConditionCheck = new { TableName = "notes", Key = key, ConditionExpression = "attribute_exists(secret)" } } } });
        await Allowed("ExecuteStatement", new { Statement = "SELECT id FROM notes WHERE \"owner\" = 'x'" });
        await Denied("ExecuteStatement", new { Statement = "SELECT secret FROM notes WHERE \"owner\" = 'x'" });
        await Denied("ExecuteStatement", new { Statement = "SELECT id FROM notes WHERE \"owner\" = 'x' AND secret > 'a'" });
        await Denied("ExecuteStatement", new { Statement = "UPDATE notes REMOVE secret WHERE \"owner\" = 'x' AND id = '1'" });

        async Task Allowed(string operation, object request) => await user.Call("dynamodb", operation, request);
        async Task Denied(string operation, object request) => Assert.Equal("AccessDeniedException", (await user.Fails("dynamodb", operation, request)).Code);
    }

    [Fact]
    public async Task Scans_by_statement_transactions_and_further_tables_are_told_apart()
    {
        await using var server = await Start.Server();
        var root = await Tables(server);
        var user = await Start.User(server, "u", $$$$"""
            {"Version":"2012-10-17","Statement":[
              {"Effect":"Allow","Action":"dynamodb:*","Resource":"*"},
              {"Effect":"Deny","Action":"dynamodb:PartiQLSelect","Resource":"*","Condition":{"Bool":{"dynamodb:FullTableScan":"true"}}},
              {"Effect":"Deny","Action":"dynamodb:PutItem","Resource":"*","Condition":{"StringEquals":{"dynamodb:EnclosingOperation":"TransactWriteItems"}}},
              {"Effect":"Deny","Action":"dynamodb:BatchGetItem","Resource":"{{{{Others}}}}","Condition":{"ForAnyValue:StringEquals":{"dynamodb:LeadingKeys":"locked"}}}]}
            """);
        await user.Call("dynamodb", "ExecuteStatement", new { Statement = "SELECT * FROM notes WHERE \"owner\" = 'x'" });
        Assert.Equal("AccessDeniedException", (await user.Fails("dynamodb", "ExecuteStatement", new { Statement = "SELECT * FROM notes WHERE id = 'x'" })).Code);
        var item = new { owner = new { S = "locked" }, id = new { S = "1" } };
        await user.Call("dynamodb", "PutItem", new { TableName = "notes", Item = item });
        Assert.Equal("AccessDeniedException", (await user.Fails("dynamodb", "TransactWriteItems", new { TransactItems = new[] { new { Put = new { TableName = "notes", Item = item } } } })).Code);
        // A key of one table says nothing of another.
        object Keys(string mine, string other) => new { RequestItems = new Dictionary<string, object> { ["notes"] = new { Keys = new[] { new { owner = new { S = mine }, id = new { S = "1" } } } }, ["others"] = new { Keys = new[] { new { owner = new { S = other }, id = new { S = "1" } } } } } };
        await user.Call("dynamodb", "BatchGetItem", Keys("locked", "x"));
        Assert.Equal("AccessDeniedException", (await user.Fails("dynamodb", "BatchGetItem", Keys("x", "locked"))).Code);

        // The policy of a table stands also where the table is the second of a request, for the root too.
        await root.Call("dynamodb", "PutResourcePolicy", new
        {
            ResourceArn = Others,
            Policy = """{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"dynamodb:BatchGetItem","Resource":"HERE"}]}""".Replace("HERE", Others, StringComparison.Ordinal),
        });
        foreach (var caller in (AwsJs[])[user, root]) Assert.Equal("AccessDeniedException", (await caller.Fails("dynamodb", "BatchGetItem", Keys("x", "x"))).Code);
    }

    private static string Own(params string[] actions) => """
        {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ACTIONS"],"Resource":"TABLE","Condition":{"ForAllValues:StringEquals":{"dynamodb:LeadingKeys":["${aws:username}"]}}}]}
        """.Replace("ACTIONS", string.Join("\",\"", actions), StringComparison.Ordinal).Replace("TABLE", Arn, StringComparison.Ordinal);

    private static async Task<AwsJs> Tables(GalleyServer server)
    {
        var root = new AwsJs(server);
        foreach (var name in (string[])["notes", "others"])
            await root.Call("dynamodb", "CreateTable", new
            {
                TableName = name,
                BillingMode = "PAY_PER_REQUEST",
                AttributeDefinitions = new[] { new { AttributeName = "owner", AttributeType = "S" }, new { AttributeName = "id", AttributeType = "S" } },
                KeySchema = new[] { new { AttributeName = "owner", KeyType = "HASH" }, new { AttributeName = "id", KeyType = "RANGE" } },
            });
        return root;
    }
}

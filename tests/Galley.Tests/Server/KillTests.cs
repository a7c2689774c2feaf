using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Galley.Tests.Server;

/// <summary>`kill -9` while many write: what was answered is there after the next start.</summary>
public class KillTests
{
    private const int Cycles = 3, Writers = 8;

    [Fact]
    public async Task Everything_acknowledged_survives_kill_9()
    {
        using var place = new Workplace();
        string pool, client;
        await using (var program = await place.Start())
        {
            using var aws = await program.Client();
            await aws.Json("dynamodb", "DynamoDB_20120810.CreateTable", new
            {
                TableName = "notes",
                BillingMode = "PAY_PER_REQUEST",
                AttributeDefinitions = new[] { new { AttributeName = "id", AttributeType = "S" } },
                KeySchema = new[] { new { AttributeName = "id", KeyType = "HASH" } },
            });
            Assert.Equal(HttpStatusCode.OK, (await aws.Send("s3", HttpMethod.Put, "/killed", Encoding.UTF8.GetBytes("<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>eu-west-2</LocationConstraint></CreateBucketConfiguration>"))).Status);
            pool = (string)(await Cognito(aws, "CreateUserPool", new { PoolName = "p", AutoVerifiedAttributes = new[] { "email" } }))["UserPool"]!["Id"]!;
            client = (string)(await Cognito(aws, "CreateUserPoolClient", new { UserPoolId = pool, ClientName = "c" }))["UserPoolClient"]!["ClientId"]!;
            await program.Kill(); // what was set up is acknowledged, too
        }

        var acknowledged = new List<Write>();
        for (var cycle = 0; cycle < Cycles; cycle++)
        {
            await using var program = await place.Start();
            using var aws = await program.Client();
            foreach (var write in acknowledged) await AssertThere(aws, pool, write);
            var now = new ConcurrentBag<Write>();
            var writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteUntilKilled(aws, client, $"{cycle}-{writer}", now))));
            // The moment is random, but after a few writes of every kind.
            while (now.DistinctBy(write => write.Kind).Count() < 3 && !writing.IsCompleted) await Task.Delay(10);
            await Task.Delay(Random.Shared.Next(50, 1500));
            await program.Kill();
            await writing;
            Assert.NotEmpty(now);
            acknowledged.AddRange(now);
        }

        await using var last = await place.Start();
        using var reader = await last.Client();
        foreach (var write in acknowledged) await AssertThere(reader, pool, write);
        Assert.Equal(["item", "object", "user"], acknowledged.Select(write => write.Kind).Distinct().Order());
    }

    private static async Task WriteUntilKilled(SignedHttp aws, string client, string writer, ConcurrentBag<Write> acknowledged)
    {
        try
        {
            for (var i = 0; ; i++)
            {
                var name = $"w{writer}-{i}";
                var text = name + new string('x', Random.Shared.Next(3000));
                await aws.Json("dynamodb", "DynamoDB_20120810.PutItem", new { TableName = "notes", Item = new { id = new { S = name }, text = new { S = text } } });
                acknowledged.Add(new("item", name, text));
                await Cognito(aws, "SignUp", new { ClientId = client, Username = name, Password = "Passw0rd!", UserAttributes = new[] { new { Name = "email", Value = name + "@example.com" } } });
                acknowledged.Add(new("user", name, name + "@example.com"));
                Assert.Equal(HttpStatusCode.OK, (await aws.Send("s3", HttpMethod.Put, "/killed/" + name, Encoding.UTF8.GetBytes(text))).Status);
                acknowledged.Add(new("object", name, text));
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            // killed
        }
    }

    private static async Task AssertThere(SignedHttp aws, string pool, Write write)
    {
        switch (write.Kind)
        {
            case "item":
                var item = await aws.Json("dynamodb", "DynamoDB_20120810.GetItem", new { TableName = "notes", Key = new { id = new { S = write.Name } }, ConsistentRead = true });
                Assert.Equal(write.Text, (string?)item["Item"]?["text"]?["S"]);
                break;
            case "object":
                Assert.Equal((HttpStatusCode.OK, write.Text), await aws.Send("s3", HttpMethod.Get, "/killed/" + write.Name, null));
                break;
            default:
                var user = await Cognito(aws, "AdminGetUser", new { UserPoolId = pool, Username = write.Name });
                Assert.Contains(user["UserAttributes"]!.AsArray(), attribute => (string?)attribute!["Name"] == "email" && (string?)attribute["Value"] == write.Text);
                var (_, mail) = await aws.Send("galley", HttpMethod.Get, "/_galley/inbox/messages?to=" + Uri.EscapeDataString(write.Text), null);
                Assert.NotNull((string?)Assert.Single(JsonNode.Parse(mail)!.AsArray())!["code"]);
                break;
        }
    }

    private static Task<JsonObject> Cognito(SignedHttp aws, string operation, object input) => aws.Json("cognito-idp", "AWSCognitoIdentityProviderService." + operation, input);

    private sealed record Write(string Kind, string Name, string Text);
}

using Galley.Tests.Iam;

namespace Galley.Tests.Sqs;

/// <summary>Who may use a queue: by policies of their own or by the queue's.</summary>
public class QueuePoliciesTests
{
    private const string Arn = $"arn:aws:sqs:eu-west-2:{Start.Account}:q";

    [Fact]
    public async Task A_callers_policy_lets_it_do_what_it_names_with_the_queue_it_names()
    {
        await using var server = await Start.Server();
        var root = new AwsJs(server);
        var (url, other) = (await QueuesTests.Make(root, "q"), await QueuesTests.Make(root, "other"));
        var sender = await Start.User(server, "sender", Start.Policy("Allow", "sqs:SendMessage", Arn));
        await MessagesTests.Send(sender, url, "x");
        await sender.Call("sqs", "SendMessageBatch", new { QueueUrl = url, Entries = new[] { new { Id = "a", MessageBody = "x" } } });
        Start.Is(await sender.Fails("sqs", "SendMessage", new { QueueUrl = other, MessageBody = "x" }), "AccessDenied", 400,
            $"User: arn:aws:iam::{Start.Account}:user/sender is not authorized to perform: sqs:SendMessage on resource: arn:aws:sqs:eu-west-2:{Start.Account}:other because no identity-based policy allows the sqs:SendMessage action");
        foreach (var (operation, input) in ((string, object)[])
                 [("ReceiveMessage", new { QueueUrl = url }), ("DeleteMessage", new { QueueUrl = url, ReceiptHandle = "x" }), ("DeleteMessageBatch", new { QueueUrl = url, Entries = new[] { new { Id = "a", ReceiptHandle = "x" } } }),
                  ("PurgeQueue", new { QueueUrl = url }), ("DeleteQueue", new { QueueUrl = url }), ("SetQueueAttributes", new { QueueUrl = url, Attributes = new { DelaySeconds = "1" } }), ("GetQueueUrl", new { QueueName = "q" }), ("ListQueues", new { })])
            Assert.Equal("AccessDenied", (await sender.Fails("sqs", operation, input)).Code);
        // tags at creation are a right of their own
        var maker = await Start.User(server, "maker", Start.Policy("Allow", "sqs:CreateQueue", "*"));
        await QueuesTests.Make(maker, "made");
        Assert.Contains("sqs:TagQueue", (await maker.Fails("sqs", "CreateQueue", new { QueueName = "tagged", tags = new { a = "1" } })).Text);
    }

    [Fact]
    public async Task The_queues_policy_lets_in_and_shuts_out()
    {
        await using var server = await Start.Server();
        var root = new AwsJs(server);
        var url = await QueuesTests.Make(root, "q");
        var (alice, bob) = (await Start.User(server, "alice"), await Start.User(server, "bob", Start.Policy("Allow", "sqs:*", "*")));
        Assert.Equal("AccessDenied", (await alice.Fails("sqs", "SendMessage", new { QueueUrl = url, MessageBody = "x" })).Code);
        await QueuesTests.Set(root, url, ("Policy", $$"""
            {"Version":"2012-10-17","Statement":[
              {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::{{Start.Account}}:user/alice"},"Action":"SQS:SendMessage","Resource":"{{Arn}}"},
              {"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::{{Start.Account}}:user/bob"},"Action":"sqs:ReceiveMessage","Resource":"{{Arn}}"}]}
            """));
        await MessagesTests.Send(alice, url, "x");
        Assert.Equal("AccessDenied", (await alice.Fails("sqs", "ReceiveMessage", new { QueueUrl = url })).Code);
        await MessagesTests.Send(bob, url, "x");
        Assert.EndsWith("with an explicit deny in a resource-based policy", (await bob.Fails("sqs", "ReceiveMessage", new { QueueUrl = url })).Text);
        // a policy that shuts everybody out does not keep the root from changing it
        await QueuesTests.Set(root, url, ("Policy", $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"sqs:*","Resource":"{{Arn}}"}]}"""));
        Assert.Equal("AccessDenied", (await root.Fails("sqs", "SendMessage", new { QueueUrl = url, MessageBody = "x" })).Code);
        Assert.Equal("AccessDenied", (await bob.Fails("sqs", "SetQueueAttributes", new { QueueUrl = url, Attributes = new { Policy = "" } })).Code);
        await QueuesTests.Set(root, url, ("Policy", ""));
        await MessagesTests.Send(root, url, "x");
    }

    [Fact]
    public async Task AddPermission_and_RemovePermission_write_statements_of_the_policy()
    {
        await using var server = await Start.Server();
        var root = new AwsJs(server);
        var url = await QueuesTests.Make(root, "q");
        await root.Call("sqs", "AddPermission", new { QueueUrl = url, Label = "all", AWSAccountIds = new[] { Start.Account, "999999999999" }, Actions = new[] { "SendMessage" } });
        Assert.Equal($$$"""{"Version":"2008-10-17","Id":"{{{Arn}}}/SQSDefaultPolicy","Statement":[{"Sid":"all","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::{{{Start.Account}}}:root","arn:aws:iam::999999999999:root"]},"Action":"SQS:SendMessage","Resource":"{{{Arn}}}"}]}""",
            (string)(await QueuesTests.Attributes(root, url, "Policy"))["Policy"]!);
        Start.Is(await root.Fails("sqs", "AddPermission", new { QueueUrl = url, Label = "all", AWSAccountIds = new[] { Start.Account }, Actions = new[] { "SendMessage" } }), "InvalidParameterValue", 400, "Value all for parameter Label is invalid. Reason: Already exists.");
        Assert.Equal("InvalidParameterValue", (await root.Fails("sqs", "AddPermission", new { QueueUrl = url, Label = "b", AWSAccountIds = new[] { Start.Account }, Actions = new[] { "DeleteQueue" } })).Code);
        await root.Call("sqs", "RemovePermission", new { QueueUrl = url, Label = "all" });
        Assert.Null((await root.Call("sqs", "GetQueueAttributes", new { QueueUrl = url, AttributeNames = new[] { "Policy" } }))["Attributes"]);
        Start.Is(await root.Fails("sqs", "RemovePermission", new { QueueUrl = url, Label = "all" }), "InvalidParameterValue", 400, "Value all for parameter Label is invalid. Reason: can't find label on existing policy.");
    }
}

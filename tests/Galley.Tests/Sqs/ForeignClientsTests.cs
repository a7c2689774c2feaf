using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Galley.Tests.Docs;
using Galley.Tests.Server;

namespace Galley.Tests.Sqs;

/// <summary>The unchanged CLI and boto3 with a real program, which is killed.</summary>
public class ForeignClientsTests
{
    [Fact]
    public async Task The_aws_cli_and_boto3_use_queues()
    {
        using var place = new Workplace();
        await Snippets.NeedsAwsCli(place);
        await using var program = await place.Start();
        place.Write("env.sh", (await place.Galley("env", "--port", program.PortText)).Out);
        place.Write("use.py", """
            import boto3, botocore
            sqs = boto3.resource("sqs")
            dead = sqs.create_queue(QueueName="dead")
            queue = sqs.create_queue(QueueName="py", Attributes={"VisibilityTimeout": "5"}, tags={"a": "b"})
            queue.send_message(MessageBody="hello", MessageAttributes={"n": {"DataType": "Number", "StringValue": "1"}, "b": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}})
            sent = queue.send_messages(Entries=[{"Id": str(i), "MessageBody": f"m{i}"} for i in range(10)])
            seen = []
            while len(seen) < 11:
                for message in queue.receive_messages(MaxNumberOfMessages=10, WaitTimeSeconds=1, MessageAttributeNames=["All"], AttributeNames=["All"]):
                    seen.append((message.body, message.message_attributes))
                    message.delete()
            print(len(sent["Successful"]), sorted(body for body, _ in seen)[0], next(a for _, a in seen if a)["b"]["BinaryValue"])
            client = boto3.client("sqs")
            try:
                client.get_queue_url(QueueName="none")
            except client.exceptions.QueueDoesNotExist as e:
                print(e.response["Error"]["Code"], e.response["Error"]["QueryErrorCode"])
            try:
                client.create_queue(QueueName="py", Attributes={"VisibilityTimeout": "6"})
            except client.exceptions.QueueNameExists as e:
                print(e.response["Error"]["Code"])
            """);
        var ended = await place.Run("bash", "-c", Snippets.Prelude + """
            . ./env.sh
            set -e
            aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; } # version 1 has a host of its own for SQS, whatever the variable says
            url=$(aws sqs create-queue --queue-name cli --query QueueUrl --output text)
            aws sqs send-message --queue-url "$url" --message-body 'by the CLI' > /dev/null
            handle=$(aws sqs receive-message --queue-url "https://sqs.eu-west-2.amazonaws.com/000000000000/cli" --query 'Messages[0].ReceiptHandle' --output text)
            aws sqs delete-message --queue-url "$url" --receipt-handle "$handle"
            aws sqs get-queue-attributes --queue-url "$url" --attribute-names ApproximateNumberOfMessagesNotVisible --query Attributes --output text
            aws sqs get-queue-url --queue-name none 2>&1 | grep -o 'AWS.SimpleQueueService.NonExistentQueue' || true
            python3 use.py
            """);
        Assert.True(ended.Code == 0, ended.Out + ended.Error);
        Assert.Equal("0\nAWS.SimpleQueueService.NonExistentQueue\n10 hello b'\\x00\\xff'\nAWS.SimpleQueueService.NonExistentQueue QueueDoesNotExist\nQueueAlreadyExists", ended.Out.Trim());
    }

    /// <summary>What SendMessage answered is there after kill -9, and what DeleteMessage answered is not.</summary>
    [Fact]
    public async Task Messages_survive_kill_9()
    {
        using var place = new Workplace();
        var (sent, asked, deleted) = (new ConcurrentBag<string>(), new ConcurrentBag<string>(), new ConcurrentBag<string>());
        string url;
        await using (var program = await place.Start())
        {
            using var aws = await program.Client();
            url = (string)(await aws.Json("sqs", "AmazonSQS.CreateQueue", new { QueueName = "q" }))["QueueUrl"]!;
            var sending = Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(async () =>
            {
                try
                {
                    for (var n = 0; ; n++)
                    {
                        var body = $"{worker}-{n}";
                        if (await aws.TryJson("sqs", "AmazonSQS.SendMessage", new { QueueUrl = url, MessageBody = body }) is not { Status: HttpStatusCode.OK }) return;
                        sent.Add(body);
                        if (n % 3 > 0) continue;
                        var message = JsonNode.Parse((await aws.TryJson("sqs", "AmazonSQS.ReceiveMessage", new { QueueUrl = url })).Body)?["Messages"]?[0];
                        if (message is null) continue;
                        asked.Add((string)message["Body"]!); // a deletion may be done and not answered any more
                        if (await aws.TryJson("sqs", "AmazonSQS.DeleteMessage", new { QueueUrl = url, ReceiptHandle = (string)message["ReceiptHandle"]! }) is { Status: HttpStatusCode.OK }) deleted.Add((string)message["Body"]!);
                    }
                }
                catch (Exception e) when (e is HttpRequestException or IOException or System.Text.Json.JsonException)
                {
                    // killed
                }
            })));
            while (sent.Count < 60 || deleted.Count < 10) await Task.Delay(10);
            await program.Kill();
            await sending;
        }

        await using var again = await place.Start();
        using var reader = await again.Client();
        var attributes = (await reader.Json("sqs", "AmazonSQS.GetQueueAttributes", new { QueueUrl = url, AttributeNames = new[] { "All" } }))["Attributes"]!;
        Assert.Equal("q", ((string)attributes["QueueArn"]!).Split(':')[^1]);
        // One that a receiver had when Galley died is hidden for a while yet: count it, and read the rest.
        var hidden = int.Parse((string)attributes["ApproximateNumberOfMessagesNotVisible"]!, System.Globalization.CultureInfo.InvariantCulture);
        var there = new List<string>();
        while ((await reader.Json("sqs", "AmazonSQS.ReceiveMessage", new { QueueUrl = url, MaxNumberOfMessages = 10, VisibilityTimeout = 43200 }))["Messages"] is JsonArray some) there.AddRange(some.Select(message => (string)message!["Body"]!));
        var missing = sent.Except(asked).Except(there).ToList();
        Assert.True(missing.Count <= hidden, $"lost: {string.Join(' ', missing)}; hidden: {hidden}");
        Assert.Empty(there.Intersect(deleted));
        Assert.Equal(there.Count, there.Distinct().Count());
    }
}

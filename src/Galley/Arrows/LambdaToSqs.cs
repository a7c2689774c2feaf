using System.Text.Json.Nodes;
using Galley.Iam;
using Galley.Lambda;
using Galley.Lambda.Sources;
using Galley.Sqs;
using Galley.Wire;

namespace Galley.Arrows;

/// <summary>
/// Dead letters and records of invocations, sent to queues as the function's role: its policies or the queue's own must let it. Messages of the
/// queues that feed functions; Lambda has asked IAM before whether the role may.
/// </summary>
internal sealed class LambdaToSqs(Installation installation, SqsService sqs, IamService iam) : ISendMessages, IReceiveMessages
{
    private static readonly Dictionary<string, string> NoConditions = [];
    private readonly RoleSessions _roles = new(installation, iam, "lambda.amazonaws.com", "lambda");

    public async ValueTask<bool> MaySend(string roleArn, string queueArn) => await Sender(roleArn, queueArn) is not null;

    public async ValueTask Send(string roleArn, string queueArn, string body, IReadOnlyDictionary<string, (string Type, string Value)> attributes)
    {
        var role = await Sender(roleArn, queueArn) ?? throw new AwsError("AccessDenied", $"The role {roleArn} does not allow sqs:SendMessage on {queueArn}.", 403);
        await sqs.Send(queueArn, body, attributes, CallAs(role, queueArn));
    }

    public ValueTask<TimeSpan?> Visibility(string queueArn) => sqs.Visibility(queueArn);

    public async ValueTask<IReadOnlyList<QueueMessage>> Receive(string queueArn, int most, TimeSpan patience, CancellationToken cancel)
        => [.. (await sqs.Receive(queueArn, most, patience, cancel)).Select(message => new QueueMessage(message.MessageId, Record(message, queueArn)))];

    public ValueTask Delete(string queueArn, IEnumerable<string> messageIds) => sqs.Delete(queueArn, messageIds);

    /// <summary>AWS: "Using Lambda with Amazon SQS", the event.</summary>
    private static JsonObject Record(Message message, string queueArn)
    {
        var attributes = new JsonObject();
        foreach (var (name, attribute) in message.MessageAttributes ?? new Dictionary<string, MessageAttribute>())
        {
            var said = new JsonObject();
            if (attribute.StringValue is { } text) said["stringValue"] = text;
            if (attribute.BinaryValue is { } bytes) said["binaryValue"] = Convert.ToBase64String(bytes);
            (said["stringListValues"], said["binaryListValues"], said["dataType"]) = (new JsonArray(), new JsonArray(), attribute.DataType);
            attributes[name] = said;
        }

        var record = new JsonObject
        {
            ["messageId"] = message.MessageId,
            ["receiptHandle"] = message.ReceiptHandle,
            ["body"] = message.Body,
            ["attributes"] = new JsonObject((message.Attributes ?? new Dictionary<string, string>()).Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))),
            ["messageAttributes"] = attributes,
        };
        if (message.MD5OfMessageAttributes is { } digest) record["md5OfMessageAttributes"] = digest;
        (record["md5OfBody"], record["eventSource"], record["eventSourceARN"], record["awsRegion"]) = (message.MD5OfBody, "aws:sqs", queueArn, queueArn.Split(':')[3]);
        return record;
    }

    /// <summary>The role's session, if it may send; null otherwise, or when Lambda cannot assume it.</summary>
    private async ValueTask<Principal?> Sender(string roleArn, string queueArn)
    {
        if (await _roles.Of(roleArn) is { } known && await May(known)) return known;
        _roles.Forget(roleArn); // it may have been made anew
        return await _roles.Of(roleArn) is { } role && await May(role) ? role : null;

        async ValueTask<bool> May(Principal principal)
            => await iam.Allows(principal, "sqs:SendMessage", queueArn, await sqs.PolicyOf(queueArn, CallAs(principal, queueArn)), NoConditions);
    }

    private Call CallAs(Principal principal, string queueArn) => installation.CallAs(principal, Arn.TryParse(queueArn, out var queue) ? queue.Region : null);
}

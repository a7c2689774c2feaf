using System.Globalization;
using Galley.Store;
using Galley.Wire;

namespace Galley.Sqs;

/// <summary>
/// Messages on their way out. What is received is not shown again for its visibility timeout; what was received too often goes to the
/// dead-letter queue when somebody next asks. A long poll waits for the next message, or for the next one whose time comes.
/// </summary>
internal sealed class Receiving(Installation installation, Arrivals arrivals)
{
    private const int Most = 10;
    private CancellationToken _stopping;

    private static readonly HashSet<string> Known =
    [
        "All", "SenderId", "SentTimestamp", "ApproximateReceiveCount", "ApproximateFirstReceiveTimestamp", "SequenceNumber", "MessageDeduplicationId", "MessageGroupId", "AWSTraceHeader", "DeadLetterQueueSourceArn",
        // names of queues' attributes, which the older parameter takes without effect
        "Policy", "VisibilityTimeout", "MaximumMessageSize", "MessageRetentionPeriod", "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "CreatedTimestamp", "LastModifiedTimestamp", "QueueArn",
        "ApproximateNumberOfMessagesDelayed", "DelaySeconds", "ReceiveMessageWaitTimeSeconds", "RedrivePolicy", "FifoQueue", "ContentBasedDeduplication", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds",
        "DeduplicationScope", "FifoThroughputLimit", "RedriveAllowPolicy", "SqsManagedSseEnabled",
    ];

    /// <summary>Long polls end, empty, when Galley does.</summary>
    public void EndWith(CancellationToken stopping) => _stopping = stopping;

    public async ValueTask<ReceiveMessageResponse> ReceiveMessage(ReceiveMessageRequest request, Call call)
    {
        var queue = QueueRef.Of(request.QueueUrl, call);
        var names = (request.MessageSystemAttributeNames ?? []).Concat(request.AttributeNames ?? []).ToHashSet();
        if (names.FirstOrDefault(name => !Known.Contains(name)) is { } unknown) throw Errors.UnknownAttribute(unknown);
        if (request.MaxNumberOfMessages is < 1 or > Most) throw Errors.InvalidValue($"{request.MaxNumberOfMessages}", "MaxNumberOfMessages", $"Must be between 1 and {Most}, if provided.");
        if (request.WaitTimeSeconds is < 0 or > 20) throw Errors.InvalidValue($"{request.WaitTimeSeconds}", "WaitTimeSeconds", "Must be >= 0 and <= 20, if provided.");
        if (request.VisibilityTimeout is < 0 or > 43200) throw Errors.InvalidValue($"{request.VisibilityTimeout}", "VisibilityTimeout", "Must be >= 0 and <= 43200, if provided.");
        if (request.ReceiveRequestAttemptId is { } attempt) throw Errors.InvalidValue(attempt, "ReceiveRequestAttemptId", "The request include parameter that is not valid for this queue type.");
        var wait = request.WaitTimeSeconds ?? QueueAttributes.Number(await installation.Store.Read(snapshot => Queues.Get(snapshot, queue)), "ReceiveMessageWaitTimeSeconds");
        var taken = await Wait(queue, request.MaxNumberOfMessages ?? 1, request.VisibilityTimeout, TimeSpan.FromSeconds(wait), call.Cancellation);
        return new ReceiveMessageResponse(taken.Count == 0 ? null : [.. taken.Select(one => Show(queue, one.Message, one.Delivery, names, request.MessageAttributeNames))]);
    }

    /// <summary>The same for another service of ours, with all attributes.</summary>
    public async ValueTask<IReadOnlyList<Message>> Everything(QueueRef queue, int most, TimeSpan patience, CancellationToken cancel)
        => [.. (await Wait(queue, most, null, patience, cancel)).Select(one => Show(queue, one.Message, one.Delivery, ["All"], ["All"]))];

    /// <summary>Up to so many messages; waits for the first of them if there is none.</summary>
    public async ValueTask<IReadOnlyList<(MessageRecord Message, DeliveryRecord Delivery)>> Wait(QueueRef queue, int most, int? visibility, TimeSpan patience, CancellationToken cancel)
    {
        var until = installation.Now + patience;
        while (true)
        {
            var arrival = arrivals.Next(queue);
            var (taken, next) = await Take(queue, most, visibility);
            var left = until - installation.Now;
            if (taken.Count > 0 || left <= TimeSpan.Zero || _stopping.IsCancellationRequested) return taken;
            if (next <= installation.Now) continue; // the last look took out or moved on some that nobody gets
            if (next - installation.Now is { } sooner && sooner < left) left = sooner;
            using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel, _stopping);
            await Task.WhenAny(arrival, Task.Delay(left, installation.Time, over.Token));
            await over.CancelAsync();
            cancel.ThrowIfCancellationRequested();
        }
    }

    private async ValueTask<(IReadOnlyList<(MessageRecord Message, DeliveryRecord Delivery)> Taken, DateTimeOffset? Next)> Take(QueueRef queue, int most, int? visibility)
    {
        var next = await installation.Store.Read(async snapshot =>
        {
            await Queues.Get(snapshot, queue);
            return await Messages.Next(snapshot, queue);
        });
        if (next is null || next > installation.Now) return ([], next);
        var (taken, fed) = await installation.Store.Write(transaction => Take(transaction, queue, most, visibility));
        if (fed is { } dead) arrivals.Tell(dead);
        return (taken, await installation.Store.Read(snapshot => Messages.Next(snapshot, queue)));
    }

    private async ValueTask<(List<(MessageRecord, DeliveryRecord)> Taken, QueueRef? Fed)> Take(ITransaction transaction, QueueRef queue, int most, int? visibility)
    {
        var now = installation.Now;
        var record = await Queues.Get(transaction, queue);
        await Messages.Expire(transaction, queue, record, now);
        var oldest = now - TimeSpan.FromSeconds(QueueAttributes.Number(record, "MessageRetentionPeriod"));
        var redrive = QueueAttributes.Redrive(record);
        if (redrive is not null && await Queues.Find(transaction, redrive.Target) is null) redrive = null; // gone: the messages stay
        var (taken, dead) = (new List<DeliveryRecord>(), new List<DeliveryRecord>());
        await foreach (var delivery in Messages.Due(transaction, queue, now))
        {
            if (delivery.Sent <= oldest.ToUnixTimeMilliseconds()) continue; // its turn to be taken out comes
            (delivery.Receives >= redrive?.MaxReceiveCount ? dead : taken).Add(delivery);
            if (taken.Count == most || dead.Count == 100) break;
        }

        foreach (var delivery in dead)
        {
            var message = (await transaction.Get(Keys.Message(queue, delivery.MessageId), SqsJson.Default.MessageRecord))!;
            Messages.Remove(transaction, queue, delivery);
            Messages.Put(transaction, redrive!.Target, message with { Source = queue.Arn }, delivery with { Due = now.ToUnixTimeMilliseconds() });
        }

        var (hidden, found) = (1000L * (visibility ?? QueueAttributes.Number(record, "VisibilityTimeout")), new List<(MessageRecord, DeliveryRecord)>());
        foreach (var delivery in taken)
        {
            var time = now.ToUnixTimeMilliseconds();
            var after = delivery with { Due = time + hidden, Receives = delivery.Receives + 1, First = delivery.First ?? time };
            Messages.Change(transaction, queue, delivery, after);
            found.Add(((await transaction.Get(Keys.Message(queue, delivery.MessageId), SqsJson.Default.MessageRecord))!, after));
        }

        return (found, dead.Count > 0 ? redrive!.Target : null);
    }

    private Message Show(QueueRef queue, MessageRecord message, DeliveryRecord delivery, HashSet<string> names, IReadOnlyList<string>? attributeNames)
    {
        var system = Attributes(message, delivery).Where(pair => pair.Value is not null && (names.Contains("All") || names.Contains(pair.Key))).ToDictionary(pair => pair.Key, pair => pair.Value!);
        var attributes = MessageAttributes.Select(message.Attributes, attributeNames);
        return new Message
        {
            MessageId = message.MessageId,
            ReceiptHandle = Handle(queue, message.MessageId),
            MD5OfBody = MessageAttributes.MD5Of(message.Body),
            Body = message.Body,
            Attributes = system.Count > 0 ? system : null,
            MD5OfMessageAttributes = MessageAttributes.MD5Of(attributes),
            MessageAttributes = attributes,
        };
    }

    private string Handle(QueueRef queue, string messageId) => Handles.Of(queue, messageId, installation.Ids.Next(32));

    private static IEnumerable<KeyValuePair<string, string?>> Attributes(MessageRecord message, DeliveryRecord delivery) =>
    [
        new("SenderId", message.SenderId),
        new("SentTimestamp", Text(message.Sent)),
        new("ApproximateReceiveCount", Text(delivery.Receives)),
        new("ApproximateFirstReceiveTimestamp", Text(delivery.First ?? 0)),
        new("MessageGroupId", message.GroupId),
        new("AWSTraceHeader", message.TraceHeader),
        new("DeadLetterQueueSourceArn", message.Source),
    ];

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}

using System.Text;
using Galley.Wire;

namespace Galley.Sqs;

/// <summary>Messages on their way in: kept durably when the call answers.</summary>
internal sealed class Sending(Installation installation, Arrivals arrivals)
{
    private long _order;

    public async ValueTask<SendMessageResponse> SendMessage(SendMessageRequest request, Call call)
    {
        var queue = QueueRef.Of(request.QueueUrl, call);
        Check(request);
        var (message, delay) = New(request, call);
        await Keep(queue, [(message, delay, SizeOf(request))], one: true);
        return new SendMessageResponse(message.MessageId, MessageAttributes.MD5Of(message.Body), MessageAttributes.MD5Of(message.Attributes), MessageAttributes.MD5Of(request.MessageSystemAttributes));
    }

    public async ValueTask<SendMessageBatchResponse> SendMessageBatch(SendMessageBatchRequest request, Call call)
    {
        var queue = QueueRef.Of(request.QueueUrl, call);
        var entries = Batches.Check(request.Entries, "SendMessageBatchRequestEntry");
        var (good, failed) = (new List<(SendMessageBatchEntry Entry, MessageRecord Message, int? Delay, int Size)>(), new List<BatchResultErrorEntry>());
        foreach (var entry in entries)
            try
            {
                Check(entry);
                var (message, delay) = New(entry, call);
                good.Add((entry, message, delay, SizeOf(entry)));
            }
            catch (AwsError e)
            {
                failed.Add(Batches.Failed(entry, e));
            }

        if (good.Sum(one => one.Size) is var size && size > QueueAttributes.LargestMessage) throw Errors.BatchTooLong(QueueAttributes.LargestMessage, size);
        var kept = await Keep(queue, [.. good.Select(one => (one.Message, one.Delay, one.Size))], one: false);
        return new SendMessageBatchResponse(
            [.. good.Where(one => kept[one.Message.MessageId] is null).Select(one => new SendMessageBatchResultEntry(
                one.Entry.Id!, one.Message.MessageId, MessageAttributes.MD5Of(one.Message.Body), MessageAttributes.MD5Of(one.Message.Attributes), MessageAttributes.MD5Of(one.Entry.MessageSystemAttributes)))],
            [.. failed, .. good.Where(one => kept[one.Message.MessageId] is not null).Select(one => Batches.Failed(one.Entry, kept[one.Message.MessageId]!))]);
    }

    /// <summary>Puts messages into the queue, all in one step; gives what is wrong with each, or null.</summary>
    private async ValueTask<Dictionary<string, AwsError?>> Keep(QueueRef queue, IReadOnlyList<(MessageRecord Message, int? Delay, int Size)> messages, bool one)
    {
        var ordered = messages.Select(message => (message.Message, message.Delay, message.Size, Order: NextOrder())).ToList();
        var kept = await installation.Store.Write(async transaction =>
        {
            var record = await Queues.Get(transaction, queue);
            await Messages.Expire(transaction, queue, record, installation.Now);
            var results = new Dictionary<string, AwsError?>();
            foreach (var (message, delay, size, order) in ordered)
            {
                var largest = QueueAttributes.Number(record, "MaximumMessageSize");
                results[message.MessageId] = size > largest ? Errors.InvalidValue($"One or more parameters are invalid. Reason: Message must be shorter than {largest} bytes.") : null;
                if (results[message.MessageId] is { } error)
                {
                    if (one) throw error;
                    continue;
                }

                var due = message.Sent + 1000L * (delay ?? QueueAttributes.Number(record, "DelaySeconds"));
                Messages.Put(transaction, queue, message, new DeliveryRecord(message.MessageId, due, order, message.Sent));
            }

            return results;
        });
        arrivals.Tell(queue);
        return kept;
    }

    private (MessageRecord Message, int? Delay) New(MessageToSend request, Call call) => (new MessageRecord
    {
        MessageId = installation.Ids.Uuid(),
        Body = request.MessageBody!,
        Attributes = request.MessageAttributes is { Count: > 0 } attributes ? attributes : null,
        TraceHeader = request.MessageSystemAttributes?.GetValueOrDefault("AWSTraceHeader")?.StringValue,
        GroupId = request.MessageGroupId,
        SenderId = call.Principal.UserId.Length > 0 ? call.Principal.UserId : call.Account,
        Sent = installation.Now.ToUnixTimeMilliseconds(),
    }, request.DelaySeconds);

    private static void Check(MessageToSend request)
    {
        if (string.IsNullOrEmpty(request.MessageBody)) throw Errors.Missing("MessageBody");
        if (request.MessageDeduplicationId is { } id) throw Errors.InvalidValue(id, "MessageDeduplicationId", "The request include parameter that is not valid for this queue type.");
        if (request.DelaySeconds is < 0 or > 900) throw Errors.InvalidValue($"{request.DelaySeconds}", "DelaySeconds", "DelaySeconds must be >= 0 and <= 900.");
        if (!MessageAttributes.IsText(request.MessageBody)) throw Errors.InvalidContents();
        MessageAttributes.Check(request.MessageAttributes);
        foreach (var (name, attribute) in request.MessageSystemAttributes ?? new Dictionary<string, MessageAttribute>())
            if (name != "AWSTraceHeader" || attribute is not { DataType: "String", StringValue.Length: > 0 }) throw Errors.InvalidValue(name, "MessageSystemAttribute", "Only AWSTraceHeader, of type String, is a system attribute.");
    }

    private static int SizeOf(MessageToSend request) => Encoding.UTF8.GetByteCount(request.MessageBody!) + MessageAttributes.SizeOf(request.MessageAttributes);

    /// <summary>Greater than every one before, also across a restart as long as the clock goes forward.</summary>
    private long NextOrder()
    {
        while (true)
        {
            var last = Interlocked.Read(ref _order);
            var next = Math.Max(last + 1, installation.Now.UtcTicks);
            if (Interlocked.CompareExchange(ref _order, next, last) == last) return next;
        }
    }
}

using Galley.Store;
using Galley.Wire;

namespace Galley.Sqs;

/// <summary>What a receiver does with a message, by its receipt handle: delete it, or have it hidden longer or shorter.</summary>
internal sealed class Receipts(Installation installation, Arrivals arrivals)
{
    private const int Longest = 43200;

    /// <summary>A message that is gone already is no error.</summary>
    public async ValueTask<Empty> DeleteMessage(DeleteMessageRequest request, Call call)
    {
        var queue = QueueRef.Of(request.QueueUrl, call);
        var id = Handles.MessageOf(queue, request.ReceiptHandle);
        await installation.Store.Write(async transaction =>
        {
            await Queues.Get(transaction, queue);
            await Delete(transaction, queue, id);
        });
        return Empty.Value;
    }

    public ValueTask<BatchResponse> DeleteMessageBatch(DeleteMessageBatchRequest request, Call call)
        => Each(Batches.Check(request.Entries, "DeleteMessageBatchRequestEntry"), QueueRef.Of(request.QueueUrl, call), entry => entry.ReceiptHandle, (transaction, queue, id, _) => Delete(transaction, queue, id));

    public async ValueTask<Empty> ChangeMessageVisibility(ChangeMessageVisibilityRequest request, Call call)
    {
        var queue = QueueRef.Of(request.QueueUrl, call);
        var id = Handles.MessageOf(queue, request.ReceiptHandle);
        Check(request.VisibilityTimeout);
        await installation.Store.Write(async transaction =>
        {
            await Queues.Get(transaction, queue);
            await Change(transaction, queue, id, request.ReceiptHandle!, request.VisibilityTimeout!.Value);
        });
        arrivals.Tell(queue);
        return Empty.Value;
    }

    public async ValueTask<BatchResponse> ChangeMessageVisibilityBatch(ChangeMessageVisibilityBatchRequest request, Call call)
    {
        var queue = QueueRef.Of(request.QueueUrl, call);
        var answer = await Each(Batches.Check(request.Entries, "ChangeMessageVisibilityBatchRequestEntry"), queue, entry => entry.ReceiptHandle, (transaction, of, id, entry) =>
        {
            Check(entry.VisibilityTimeout);
            return Change(transaction, of, id, entry.ReceiptHandle!, entry.VisibilityTimeout!.Value);
        });
        arrivals.Tell(queue);
        return answer;
    }

    /// <summary>Messages that a service of ours has handled.</summary>
    public ValueTask Delete(QueueRef queue, IEnumerable<string> messageIds) => installation.Store.Write(async transaction =>
    {
        foreach (var id in messageIds) await Delete(transaction, queue, id);
    });

    private async ValueTask<BatchResponse> Each<T>(IReadOnlyList<T> entries, QueueRef queue, Func<T, string?> handle, Func<ITransaction, QueueRef, string, T, ValueTask> change) where T : IBatchEntry
        => await installation.Store.Write(async transaction =>
        {
            await Queues.Get(transaction, queue);
            var (done, failed) = (new List<BatchResultEntry>(), new List<BatchResultErrorEntry>());
            foreach (var entry in entries)
                try
                {
                    await change(transaction, queue, Handles.MessageOf(queue, handle(entry)), entry);
                    done.Add(new BatchResultEntry(entry.Id!));
                }
                catch (AwsError e)
                {
                    failed.Add(Batches.Failed(entry, e));
                }

            return new BatchResponse(done, failed);
        });

    private static async ValueTask Delete(ITransaction transaction, QueueRef queue, string id)
    {
        if (await Messages.Find(transaction, queue, id) is { } delivery) Messages.Remove(transaction, queue, delivery);
    }

    private async ValueTask Change(ITransaction transaction, QueueRef queue, string id, string handle, int seconds)
    {
        var now = installation.Now.ToUnixTimeMilliseconds();
        var delivery = await Messages.Find(transaction, queue, id) ?? throw Errors.InvalidValue(handle, "ReceiptHandle", "Message does not exist or is not available for visibility timeout change.");
        if (delivery.Due <= now) throw Errors.NotInflight();
        Messages.Change(transaction, queue, delivery, delivery with { Due = now + 1000L * seconds });
    }

    private static void Check(int? seconds)
    {
        if (seconds is null) throw Errors.Missing("VisibilityTimeout");
        if (seconds is < 0 or > Longest) throw Errors.InvalidValue($"{seconds}", "VisibilityTimeout", "VisibilityTimeout must be an integer between 0 and 43200, inclusive.");
    }
}

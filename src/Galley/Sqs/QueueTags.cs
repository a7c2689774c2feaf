using Galley.Store;
using Galley.Wire;

namespace Galley.Sqs;

/// <summary>Tags of queues.</summary>
internal sealed class QueueTags(Installation installation)
{
    private const int Most = 50;

    public async ValueTask<Empty> TagQueue(TagQueueRequest request, Call call)
    {
        var tags = request.Tags ?? throw Errors.Missing("Tags");
        await Change(QueueRef.Of(request.QueueUrl, call), before => before.Where(tag => !tags.ContainsKey(tag.Key)).Concat(tags));
        return Empty.Value;
    }

    public async ValueTask<Empty> UntagQueue(UntagQueueRequest request, Call call)
    {
        var names = request.TagKeys ?? throw Errors.Missing("TagKeys");
        await Change(QueueRef.Of(request.QueueUrl, call), before => before.Where(tag => !names.Contains(tag.Key)));
        return Empty.Value;
    }

    public async ValueTask<ListQueueTagsResponse> ListQueueTags(QueueRequest request, Call call)
    {
        var record = await installation.Store.Read(snapshot => Queues.Get(snapshot, QueueRef.Of(request.QueueUrl, call)));
        return new ListQueueTagsResponse(record.Tags.Count > 0 ? record.Tags : null);
    }

    /// <summary>For IAM; null for what is not there.</summary>
    public async ValueTask<IReadOnlyDictionary<string, string>?> TagsOf(string arn, Call call)
        => QueueRef.TryParse(arn, out var queue) ? (await installation.Store.Read(snapshot => Queues.Find(snapshot, queue)))?.Tags : null;

    /// <summary>All of a queue's tags, in the place of those there were.</summary>
    public ValueTask Set(QueueRef queue, IReadOnlyDictionary<string, string> tags) => Change(queue, _ => tags);

    public static void Check(IReadOnlyDictionary<string, string> tags)
    {
        if (tags.Keys.Any(key => key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase))) throw Errors.InvalidValue("Tag keys cannot start with aws:, which is AWS's own.");
        if (tags.Any(tag => tag.Key.Length is 0 or > 128 || tag.Value.Length > 256)) throw Errors.InvalidValue("A tag's key has 1 to 128 characters, its value at most 256.");
        if (tags.Count > Most) throw Errors.InvalidValue($"Too many tags: a queue has at most {Most}.");
    }

    private ValueTask Change(QueueRef queue, Func<IReadOnlyDictionary<string, string>, IEnumerable<KeyValuePair<string, string>>> change) => installation.Store.Write(async transaction =>
    {
        var record = await Queues.Get(transaction, queue);
        var tags = change(record.Tags).ToDictionary();
        Check(tags);
        transaction.Put(Keys.Queue(queue), record with { Tags = tags }, SqsJson.Default.QueueRecord);
    });
}

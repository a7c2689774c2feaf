using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Galley.Store;
using Galley.Wire;

namespace Galley.Sqs;

/// <summary>Standard queues. AWS: CreateQueue and its neighbours. Known difference: a name is free again as soon as its queue is deleted, not after a minute.</summary>
internal sealed partial class Queues(Installation installation, QueueAttributes attributes, Arrivals arrivals)
{
    private static readonly TimeSpan PurgeEvery = TimeSpan.FromSeconds(60);

    public async ValueTask<QueueUrlResponse> CreateQueue(CreateQueueRequest request, Call call)
    {
        var name = request.QueueName ?? throw Errors.Missing("QueueName");
        if (name.EndsWith(".fifo", StringComparison.Ordinal)) throw Errors.Unsupported("FIFO queues");
        if (!Name().IsMatch(name)) throw Errors.InvalidValue("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length");
        var given = request.Attributes ?? new Dictionary<string, string>();
        attributes.Check(given);
        var tags = request.Tags ?? new Dictionary<string, string>();
        QueueTags.Check(tags);
        var queue = new QueueRef(call.Account, call.Region, name);
        await installation.Store.Write(async transaction =>
        {
            if (await Find(transaction, queue) is { } there)
            {
                foreach (var (attribute, value) in QueueAttributes.With(new Dictionary<string, string>(), given))
                    if (!Same(QueueAttributes.Of(there, attribute), value))
                        throw Errors.QueueExists(attribute);
                return;
            }

            await QueueAttributes.CheckTarget(transaction, queue, given);
            transaction.Put(Keys.Queue(queue), new QueueRecord
            {
                Name = name,
                Created = installation.Now,
                Modified = installation.Now,
                Attributes = QueueAttributes.With(new Dictionary<string, string>(), given),
                Tags = tags,
            }, SqsJson.Default.QueueRecord);
        });
        return new QueueUrlResponse(queue.UrlFor(call));
    }

    public async ValueTask<QueueUrlResponse> GetQueueUrl(GetQueueUrlRequest request, Call call)
    {
        var queue = Named(request, call);
        if (queue.Account != call.Account) throw Errors.NoQueue();
        await installation.Store.Read(snapshot => Get(snapshot, queue));
        return new QueueUrlResponse(queue.UrlFor(call));
    }

    public static QueueRef Named(GetQueueUrlRequest request, Call call) => new(request.QueueOwnerAWSAccountId ?? call.Account, call.Region, request.QueueName ?? throw Errors.Missing("QueueName"));

    public async ValueTask<ListQueuesResponse> ListQueues(ListQueuesRequest request, Call call)
    {
        var all = (await All(call)).Select(record => record.Name).Where(name => name.StartsWith(request.QueueNamePrefix ?? "", StringComparison.Ordinal));
        var (page, next) = Page(all, request.MaxResults, request.NextToken);
        return new ListQueuesResponse(page.Count > 0 ? [.. page.Select(name => new QueueRef(call.Account, call.Region, name).UrlFor(call))] : null, next);
    }

    public async ValueTask<ListDeadLetterSourceQueuesResponse> ListDeadLetterSourceQueues(ListDeadLetterSourceQueuesRequest request, Call call)
    {
        var queue = QueueRef.Of(request.QueueUrl, call);
        await installation.Store.Read(snapshot => Get(snapshot, queue));
        var all = (await All(call)).Where(record => QueueAttributes.Redrive(record)?.Target == queue).Select(record => record.Name);
        var (page, next) = Page(all, request.MaxResults, request.NextToken);
        return new ListDeadLetterSourceQueuesResponse([.. page.Select(name => new QueueRef(call.Account, call.Region, name).UrlFor(call))], next);
    }

    public async ValueTask<Empty> DeleteQueue(QueueRequest request, Call call)
    {
        var queue = QueueRef.Of(request.QueueUrl, call);
        await installation.Store.Write(async transaction =>
        {
            await Get(transaction, queue);
            transaction.Delete(Keys.Queue(queue));
            await Messages.Clear(transaction, queue);
        });
        arrivals.Tell(queue);
        return Empty.Value;
    }

    public async ValueTask<Empty> PurgeQueue(QueueRequest request, Call call)
    {
        var queue = QueueRef.Of(request.QueueUrl, call);
        await installation.Store.Write(async transaction =>
        {
            var record = await Get(transaction, queue);
            if (record.Purged + PurgeEvery > installation.Now) throw Errors.PurgeInProgress(queue.Name);
            transaction.Put(Keys.Queue(queue), record with { Purged = installation.Now }, SqsJson.Default.QueueRecord);
            await Messages.Clear(transaction, queue);
        });
        return Empty.Value;
    }

    /// <summary>The queue's own policy, for IAM; null where there is none.</summary>
    public async ValueTask<string?> PolicyOf(string arn, Call call) => (await Find(arn))?.Attributes.GetValueOrDefault("Policy");

    /// <summary>Null for what is no queue.</summary>
    public async ValueTask<QueueRecord?> Find(string arn) => QueueRef.TryParse(arn, out var queue) ? await installation.Store.Read(snapshot => Find(snapshot, queue)) : null;

    public async ValueTask<IReadOnlyList<QueueRecord>> All(Call call) => await installation.Store.Read(snapshot => snapshot.List(Keys.Queues(call), SqsJson.Default.QueueRecord));

    public static ValueTask<QueueRecord?> Find(ISnapshot snapshot, QueueRef queue) => snapshot.Get(Keys.Queue(queue), SqsJson.Default.QueueRecord);

    public static async ValueTask<QueueRecord> Get(ISnapshot snapshot, QueueRef queue) => await Find(snapshot, queue) ?? throw Errors.NoQueue();

    /// <summary>Policies are the same when they say the same.</summary>
    private static bool Same(string? there, string wanted)
        => there == wanted || there is not null && wanted.StartsWith('{') && JsonNode.DeepEquals(JsonNode.Parse(there), JsonNode.Parse(wanted));

    private static (IReadOnlyList<string> Names, string? Next) Page(IEnumerable<string> all, int? most, string? after)
    {
        const int limit = 1000;
        if (most is < 1 or > limit) throw Errors.InvalidValue($"{most}", "MaxResults", $"Must be between 1 and {limit}, if provided.");
        var (page, next) = ListPage.Of(all, name => name, most ?? limit, after, StringComparer.Ordinal);
        return (page, most is null ? null : next); // AWS pages only for those who ask for pages
    }

    [GeneratedRegex("^[a-zA-Z0-9_-]{1,80}$")]
    private static partial Regex Name();
}

using System.Runtime.CompilerServices;
using Galley.Wire;

namespace Galley.Sqs;

/// <summary>
/// Simple Queue Service: standard queues, for apps and as the place where Lambda leaves what failed (decision 0040). AWS: AmazonSQS, awsJson 1.0.
/// </summary>
internal sealed class SqsService : IService
{
    private readonly Arrivals _arrivals = new();
    private readonly QueueAttributes _attributes;
    private readonly Queues _queues;
    private readonly Sending _sending;
    private readonly Receiving _receiving;
    private readonly Receipts _receipts;
    private readonly QueueTags _tags;
    private readonly QueuePermissions _permissions;

    public SqsService(Installation installation, IJudgeQueuePolicies policies)
    {
        _attributes = new QueueAttributes(installation, policies, _arrivals);
        _queues = new Queues(installation, _attributes, _arrivals);
        _sending = new Sending(installation, _arrivals);
        _receiving = new Receiving(installation, _arrivals);
        _receipts = new Receipts(installation, _arrivals);
        _tags = new QueueTags(installation);
        _permissions = new QueuePermissions(installation);
        var api = new SqsApi { InvalidParameterCode = "InvalidParameterValueException", ErrorNamespace = Errors.NamespaceOf, PolicyOf = _queues.PolicyOf, TagsOf = _tags.TagsOf };
        api.Later(() => Add(api));
        Apis = [api];
        Resources = [new QueueResource(_queues, _attributes, _tags), new QueuePolicyResource(_attributes, policies)];
        Scanners = new SqsScan(_queues).Scanners;
    }

    public IEnumerable<AwsService> Apis { get; }

    public IEnumerable<IResourceHandler> Resources { get; }

    public IEnumerable<ResourceScanner> Scanners { get; }

    /// <summary>The queue's own policy; null where there is none.</summary>
    public ValueTask<string?> PolicyOf(string queueArn, Call call) => _queues.PolicyOf(queueArn, call);

    /// <summary>A message from another service, which has the right already. Throws <see cref="AwsError"/> with SQS's code and text.</summary>
    /// <param name="queueArn">Where it goes.</param>
    /// <param name="body">Text of at most 1 MiB.</param>
    /// <param name="attributes">Type and value, by name.</param>
    /// <param name="call">As whom.</param>
    public async ValueTask Send(string queueArn, string body, IReadOnlyDictionary<string, (string Type, string Value)> attributes, Call call)
    {
        if (!QueueRef.TryParse(queueArn, out var queue)) throw Errors.NoQueue();
        await _sending.SendMessage(new SendMessageRequest
        {
            QueueUrl = queue.UrlFor(call),
            MessageBody = body,
            MessageAttributes = attributes.ToDictionary(pair => pair.Key, pair => new MessageAttribute { DataType = pair.Value.Type, StringValue = pair.Value.Value }),
        }, call);
    }

    /// <summary>Messages for another service, which has the right already, with everything that is known of them; waits for the first.</summary>
    public async ValueTask<IReadOnlyList<Message>> Receive(string queueArn, int most, TimeSpan patience, CancellationToken cancel)
        => QueueRef.TryParse(queueArn, out var queue) ? await _receiving.Everything(queue, most, patience, cancel) : throw Errors.NoQueue();

    /// <summary>Takes out what another service has handled; what is gone already is no error.</summary>
    public async ValueTask Delete(string queueArn, IEnumerable<string> messageIds)
    {
        if (QueueRef.TryParse(queueArn, out var queue)) await _receipts.Delete(queue, messageIds);
    }

    /// <summary>How long a queue hides what was received; null for what is no queue.</summary>
    public async ValueTask<TimeSpan?> Visibility(string queueArn) => await _queues.Find(queueArn) is { } record ? TimeSpan.FromSeconds(QueueAttributes.Number(record, "VisibilityTimeout")) : null;

    public ValueTask Start(CancellationToken stopping)
    {
        _receiving.EndWith(stopping);
        return ValueTask.CompletedTask;
    }

    public ValueTask Reset()
    {
        _arrivals.TellAll();
        return ValueTask.CompletedTask;
    }

    private void Add(SqsApi api)
    {
        api.Add<CreateQueueRequest, QueueUrlResponse>(_queues.CreateQueue, (r, call) => call.Arn("sqs", r.QueueName ?? ""), also: (r, call) => r.Tags is { Count: > 0 } ? [("sqs:TagQueue", call.Arn("sqs", r.QueueName ?? ""))] : []);
        api.Add<GetQueueUrlRequest, QueueUrlResponse>(_queues.GetQueueUrl, (r, call) => Queues.Named(r, call).Arn);
        api.Add<ListQueuesRequest, ListQueuesResponse>(_queues.ListQueues);
        OnQueue<QueueRequest, Empty>(api, _queues.DeleteQueue);
        OnQueue<QueueRequest, Empty>(api, _queues.PurgeQueue);
        OnQueue<ListDeadLetterSourceQueuesRequest, ListDeadLetterSourceQueuesResponse>(api, _queues.ListDeadLetterSourceQueues);
        OnQueue<GetQueueAttributesRequest, GetQueueAttributesResponse>(api, _attributes.GetQueueAttributes);
        OnQueue<SetQueueAttributesRequest, Empty>(api, _attributes.SetQueueAttributes);
        OnQueue<SendMessageRequest, SendMessageResponse>(api, _sending.SendMessage);
        OnQueue<SendMessageBatchRequest, SendMessageBatchResponse>(api, _sending.SendMessageBatch, "sqs:SendMessage");
        OnQueue<ReceiveMessageRequest, ReceiveMessageResponse>(api, _receiving.ReceiveMessage);
        OnQueue<DeleteMessageRequest, Empty>(api, _receipts.DeleteMessage);
        OnQueue<DeleteMessageBatchRequest, BatchResponse>(api, _receipts.DeleteMessageBatch, "sqs:DeleteMessage");
        OnQueue<ChangeMessageVisibilityRequest, Empty>(api, _receipts.ChangeMessageVisibility);
        OnQueue<ChangeMessageVisibilityBatchRequest, BatchResponse>(api, _receipts.ChangeMessageVisibilityBatch, "sqs:ChangeMessageVisibility");
        OnQueue<TagQueueRequest, Empty>(api, _tags.TagQueue);
        OnQueue<UntagQueueRequest, Empty>(api, _tags.UntagQueue);
        OnQueue<QueueRequest, ListQueueTagsResponse>(api, _tags.ListQueueTags);
        OnQueue<AddPermissionRequest, Empty>(api, _permissions.AddPermission);
        OnQueue<RemovePermissionRequest, Empty>(api, _permissions.RemovePermission);
    }

    private static void OnQueue<TRequest, TResponse>(SqsApi api, Func<TRequest, Call, ValueTask<TResponse>> run, string? action = null, [CallerArgumentExpression(nameof(run))] string name = "") where TRequest : IOnQueue
        => api.Add(run, (r, call) => QueueRef.Of(r.QueueUrl, call).Arn, action, name: name);
}

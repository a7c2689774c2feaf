using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Galley.Wire;

namespace Galley.Sqs;

/// <summary>AWS::SQS::Queue: Ref is the queue's URL.</summary>
internal sealed class QueueResource(Queues queues, QueueAttributes attributes, QueueTags tags) : IResourceHandler
{
    private const int LongestName = 80;

    public string Type => "AWS::SQS::Queue";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "FifoQueue", "QueueName" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
    {
        var wanted = request.Read(SqsPropertiesJson.Default.QueueProperties);
        var name = wanted.QueueName ?? request.Name[..Math.Min(LongestName, request.Name.Length)];
        var queue = new QueueRef(call.Account, call.Region, name);
        // CreateQueue takes a queue that is there and the same for its own; a stack must not.
        if ((await queues.All(call)).Any(record => record.Name == name)) throw new AwsError("AlreadyExists", $"Resource of type '{Type}' with identifier '{queue.UrlFor(call)}' already exists.");
        await queues.CreateQueue(new CreateQueueRequest { QueueName = name, Attributes = Attributes(wanted, forgotten: false), Tags = TagsOf(wanted) }, call);
        return Made(queue, call);
    }

    public async ValueTask<Resource> Update(ResourceRequest request, Call call)
    {
        var wanted = request.Read(SqsPropertiesJson.Default.QueueProperties);
        var queue = QueueRef.Of(request.PhysicalId, call);
        attributes.Check(Attributes(wanted, forgotten: false));
        await attributes.Set(queue, Attributes(wanted, forgotten: true));
        await tags.Set(queue, TagsOf(wanted));
        return Made(queue, call);
    }

    public async ValueTask Delete(ResourceRequest request, Call call)
    {
        try
        {
            await queues.DeleteQueue(new QueueRequest(request.PhysicalId), call);
        }
        catch (AwsError e) when (e.Code == "QueueDoesNotExist")
        {
            // gone already
        }
    }

    /// <param name="wanted">The template's.</param>
    /// <param name="forgotten">What the template does not say goes back to its default.</param>
    private static Dictionary<string, string> Attributes(QueueProperties wanted, bool forgotten)
    {
        var all = new Dictionary<string, string?>
        {
            ["VisibilityTimeout"] = wanted.VisibilityTimeout,
            ["MaximumMessageSize"] = wanted.MaximumMessageSize,
            ["MessageRetentionPeriod"] = wanted.MessageRetentionPeriod,
            ["DelaySeconds"] = wanted.DelaySeconds,
            ["ReceiveMessageWaitTimeSeconds"] = wanted.ReceiveMessageWaitTimeSeconds,
            ["RedrivePolicy"] = Json(wanted.RedrivePolicy),
            ["RedriveAllowPolicy"] = Json(wanted.RedriveAllowPolicy),
            ["SqsManagedSseEnabled"] = Flag(wanted.SqsManagedSseEnabled),
            ["KmsDataKeyReusePeriodSeconds"] = wanted.KmsDataKeyReusePeriodSeconds,
        };
        if (wanted.KmsMasterKeyId is { } key) all["KmsMasterKeyId"] = key;
        foreach (var (name, value) in (ReadOnlySpan<(string, string?)>)
                 [("FifoQueue", Flag(wanted.FifoQueue)), ("ContentBasedDeduplication", Flag(wanted.ContentBasedDeduplication)), ("DeduplicationScope", wanted.DeduplicationScope), ("FifoThroughputLimit", wanted.FifoThroughputLimit)])
            if (value is not (null or "false"))
                all[name] = value;
        return all.Where(pair => forgotten || pair.Value is not null).ToDictionary(pair => pair.Key, pair => pair.Value ?? "");
    }

    private static string? Json(JsonNode? node) => node is JsonValue text ? text.ToString() : node?.ToJsonString();

    private static string? Flag(bool? value) => value switch { null => null, true => "true", false => "false" };

    private static Dictionary<string, string> TagsOf(QueueProperties properties) => (properties.Tags ?? []).ToDictionary(tag => tag.Key, tag => tag.Value);

    private static Resource Made(QueueRef queue, Call call)
        => new(queue.UrlFor(call), new Dictionary<string, string> { ["Arn"] = queue.Arn, ["QueueName"] = queue.Name, ["QueueUrl"] = queue.UrlFor(call) });
}

internal sealed record QueueProperties
{
    public string? QueueName { get; init; }
    public string? DelaySeconds { get; init; }
    public string? MaximumMessageSize { get; init; }
    public string? MessageRetentionPeriod { get; init; }
    public string? ReceiveMessageWaitTimeSeconds { get; init; }
    public string? VisibilityTimeout { get; init; }
    public JsonNode? RedrivePolicy { get; init; }
    public JsonNode? RedriveAllowPolicy { get; init; }
    public bool? SqsManagedSseEnabled { get; init; }
    public string? KmsMasterKeyId { get; init; }
    public string? KmsDataKeyReusePeriodSeconds { get; init; }
    public bool? FifoQueue { get; init; }
    public bool? ContentBasedDeduplication { get; init; }
    public string? DeduplicationScope { get; init; }
    public string? FifoThroughputLimit { get; init; }
    public IReadOnlyList<ResourceTag>? Tags { get; init; }
}

internal sealed record ResourceTag(string Key, string Value);

[JsonSourceGenerationOptions(UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, Converters = [typeof(ScalarTextConverter), typeof(TextBooleanConverter)])]
[JsonSerializable(typeof(QueueProperties))]
[JsonSerializable(typeof(QueuePolicyProperties))]
internal sealed partial class SqsPropertiesJson : JsonSerializerContext;

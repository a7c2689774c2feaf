using System.Text.Json.Serialization;
using Galley.Wire;

namespace Galley.Sqs;

/// <summary>A request that names a queue.</summary>
internal interface IOnQueue
{
    string? QueueUrl { get; }
}

/// <summary>One of up to ten things that one request asks for.</summary>
internal interface IBatchEntry
{
    string? Id { get; }
}

internal sealed record MessageAttribute
{
    public string? StringValue { get; init; }
    public byte[]? BinaryValue { get; init; }
    public IReadOnlyList<string>? StringListValues { get; init; }
    public IReadOnlyList<byte[]>? BinaryListValues { get; init; }
    public string? DataType { get; init; }
}

internal sealed record CreateQueueRequest
{
    public string? QueueName { get; init; }
    public IReadOnlyDictionary<string, string>? Attributes { get; init; }
    [JsonPropertyName("tags")]
    public IReadOnlyDictionary<string, string>? Tags { get; init; }
}

internal sealed record QueueUrlResponse(string QueueUrl);

internal sealed record QueueRequest(string? QueueUrl) : IOnQueue;

internal sealed record GetQueueUrlRequest(string? QueueName, string? QueueOwnerAWSAccountId);

internal sealed record ListQueuesRequest(string? QueueNamePrefix, string? NextToken, int? MaxResults);

internal sealed record ListQueuesResponse(IReadOnlyList<string>? QueueUrls, string? NextToken);

internal sealed record ListDeadLetterSourceQueuesRequest(string? QueueUrl, string? NextToken, int? MaxResults) : IOnQueue;

internal sealed record ListDeadLetterSourceQueuesResponse([property: JsonPropertyName("queueUrls")] IReadOnlyList<string> QueueUrls, string? NextToken);

internal sealed record GetQueueAttributesRequest(string? QueueUrl, IReadOnlyList<string>? AttributeNames) : IOnQueue;

internal sealed record GetQueueAttributesResponse(IReadOnlyDictionary<string, string>? Attributes);

internal sealed record SetQueueAttributesRequest(string? QueueUrl, IReadOnlyDictionary<string, string>? Attributes) : IOnQueue;

/// <summary>What a message is, alone or in a batch.</summary>
internal abstract record MessageToSend
{
    public string? MessageBody { get; init; }
    public int? DelaySeconds { get; init; }
    public IReadOnlyDictionary<string, MessageAttribute>? MessageAttributes { get; init; }
    public IReadOnlyDictionary<string, MessageAttribute>? MessageSystemAttributes { get; init; }
    public string? MessageDeduplicationId { get; init; }
    public string? MessageGroupId { get; init; }
}

internal sealed record SendMessageRequest : MessageToSend, IOnQueue
{
    public string? QueueUrl { get; init; }
}

internal sealed record SendMessageResponse(string MessageId, string MD5OfMessageBody, string? MD5OfMessageAttributes, string? MD5OfMessageSystemAttributes);

internal sealed record SendMessageBatchEntry : MessageToSend, IBatchEntry
{
    public string? Id { get; init; }
}

internal sealed record SendMessageBatchRequest(string? QueueUrl, IReadOnlyList<SendMessageBatchEntry>? Entries) : IOnQueue;

internal sealed record SendMessageBatchResultEntry(string Id, string MessageId, string MD5OfMessageBody, string? MD5OfMessageAttributes, string? MD5OfMessageSystemAttributes);

internal sealed record BatchResultErrorEntry(string Id, bool SenderFault, string Code, string Message);

internal sealed record SendMessageBatchResponse(IReadOnlyList<SendMessageBatchResultEntry> Successful, IReadOnlyList<BatchResultErrorEntry> Failed);

internal sealed record ReceiveMessageRequest : IOnQueue
{
    public string? QueueUrl { get; init; }
    public IReadOnlyList<string>? AttributeNames { get; init; }
    public IReadOnlyList<string>? MessageSystemAttributeNames { get; init; }
    public IReadOnlyList<string>? MessageAttributeNames { get; init; }
    public int? MaxNumberOfMessages { get; init; }
    public int? VisibilityTimeout { get; init; }
    public int? WaitTimeSeconds { get; init; }
    public string? ReceiveRequestAttemptId { get; init; }
}

internal sealed record Message
{
    public required string MessageId { get; init; }
    public required string ReceiptHandle { get; init; }
    public required string MD5OfBody { get; init; }
    public required string Body { get; init; }
    public IReadOnlyDictionary<string, string>? Attributes { get; init; }
    public string? MD5OfMessageAttributes { get; init; }
    public IReadOnlyDictionary<string, MessageAttribute>? MessageAttributes { get; init; }
}

internal sealed record ReceiveMessageResponse(IReadOnlyList<Message>? Messages);

internal sealed record DeleteMessageRequest(string? QueueUrl, string? ReceiptHandle) : IOnQueue;

internal sealed record DeleteMessageBatchEntry(string? Id, string? ReceiptHandle) : IBatchEntry;

internal sealed record DeleteMessageBatchRequest(string? QueueUrl, IReadOnlyList<DeleteMessageBatchEntry>? Entries) : IOnQueue;

internal sealed record ChangeMessageVisibilityRequest(string? QueueUrl, string? ReceiptHandle, int? VisibilityTimeout) : IOnQueue;

internal sealed record ChangeMessageVisibilityBatchEntry(string? Id, string? ReceiptHandle, int? VisibilityTimeout) : IBatchEntry;

internal sealed record ChangeMessageVisibilityBatchRequest(string? QueueUrl, IReadOnlyList<ChangeMessageVisibilityBatchEntry>? Entries) : IOnQueue;

internal sealed record BatchResultEntry(string Id);

internal sealed record BatchResponse(IReadOnlyList<BatchResultEntry> Successful, IReadOnlyList<BatchResultErrorEntry> Failed);

internal sealed record TagQueueRequest(string? QueueUrl, IReadOnlyDictionary<string, string>? Tags) : IOnQueue;

internal sealed record UntagQueueRequest(string? QueueUrl, IReadOnlyList<string>? TagKeys) : IOnQueue;

internal sealed record ListQueueTagsResponse(IReadOnlyDictionary<string, string>? Tags);

internal sealed record AddPermissionRequest(string? QueueUrl, string? Label, IReadOnlyList<string>? AWSAccountIds, IReadOnlyList<string>? Actions) : IOnQueue;

internal sealed record RemovePermissionRequest(string? QueueUrl, string? Label) : IOnQueue;

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(Empty))]
[JsonSerializable(typeof(CreateQueueRequest))]
[JsonSerializable(typeof(QueueUrlResponse))]
[JsonSerializable(typeof(QueueRequest))]
[JsonSerializable(typeof(GetQueueUrlRequest))]
[JsonSerializable(typeof(ListQueuesRequest))]
[JsonSerializable(typeof(ListQueuesResponse))]
[JsonSerializable(typeof(ListDeadLetterSourceQueuesRequest))]
[JsonSerializable(typeof(ListDeadLetterSourceQueuesResponse))]
[JsonSerializable(typeof(GetQueueAttributesRequest))]
[JsonSerializable(typeof(GetQueueAttributesResponse))]
[JsonSerializable(typeof(SetQueueAttributesRequest))]
[JsonSerializable(typeof(SendMessageRequest))]
[JsonSerializable(typeof(SendMessageResponse))]
[JsonSerializable(typeof(SendMessageBatchRequest))]
[JsonSerializable(typeof(SendMessageBatchResponse))]
[JsonSerializable(typeof(ReceiveMessageRequest))]
[JsonSerializable(typeof(ReceiveMessageResponse))]
[JsonSerializable(typeof(DeleteMessageRequest))]
[JsonSerializable(typeof(DeleteMessageBatchRequest))]
[JsonSerializable(typeof(ChangeMessageVisibilityRequest))]
[JsonSerializable(typeof(ChangeMessageVisibilityBatchRequest))]
[JsonSerializable(typeof(BatchResponse))]
[JsonSerializable(typeof(TagQueueRequest))]
[JsonSerializable(typeof(UntagQueueRequest))]
[JsonSerializable(typeof(ListQueueTagsResponse))]
[JsonSerializable(typeof(AddPermissionRequest))]
[JsonSerializable(typeof(RemovePermissionRequest))]
[JsonSerializable(typeof(QueueRecord))]
[JsonSerializable(typeof(MessageRecord))]
[JsonSerializable(typeof(DeliveryRecord))]
internal sealed partial class SqsJson : JsonSerializerContext;

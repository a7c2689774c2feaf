using System.Text.Json.Nodes;

namespace Galley.Lambda.Sources;

/// <summary>Port: queues that feed functions; Lambda has asked IAM before whether the function's role may. (Arrows/LambdaToSqs)</summary>
internal interface IReceiveMessages
{
    /// <summary>How long a message is hidden once it is received; null for what is no queue.</summary>
    ValueTask<TimeSpan?> Visibility(string queueArn);

    /// <summary>Up to ten messages; waits for the first so long, and may give none. Throws SQS's error for a queue that is gone.</summary>
    ValueTask<IReadOnlyList<QueueMessage>> Receive(string queueArn, int most, TimeSpan patience, CancellationToken cancel);

    ValueTask Delete(string queueArn, IEnumerable<string> messageIds);
}

/// <param name="Id">The message's.</param>
/// <param name="Record">The message as Lambda's events have it.</param>
internal sealed record QueueMessage(string Id, JsonObject Record);

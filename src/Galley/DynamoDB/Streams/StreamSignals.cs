using System.Collections.Concurrent;

namespace Galley.DynamoDB.Streams;

/// <summary>Tells those who wait inside the process that a stream has new records or was closed, or that an import has ended.</summary>
internal sealed class StreamSignals
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _waiting = new();

    /// <summary>Ends with the next record. Take it first, then read: so none slips through between the two.</summary>
    public Task Next(string streamArn) => _waiting.GetOrAdd(streamArn, _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public void Ring(string streamArn)
    {
        if (_waiting.TryRemove(streamArn, out var waiting)) waiting.SetResult();
    }
}

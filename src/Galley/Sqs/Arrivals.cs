using System.Collections.Concurrent;

namespace Galley.Sqs;

/// <summary>Wakes those who wait for a queue's messages.</summary>
internal sealed class Arrivals
{
    private readonly ConcurrentDictionary<QueueRef, TaskCompletionSource> _waiting = new();

    /// <summary>Ends when something has changed in the queue. Ask before you look, so that nothing comes between.</summary>
    public Task Next(QueueRef queue) => _waiting.GetOrAdd(queue, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public void Tell(QueueRef queue)
    {
        if (_waiting.TryRemove(queue, out var waiting)) waiting.TrySetResult();
    }

    /// <summary>All queues may have changed.</summary>
    public void TellAll()
    {
        foreach (var queue in _waiting.Keys) Tell(queue);
    }
}

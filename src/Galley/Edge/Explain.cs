using System.Collections.Concurrent;
using Galley.Wire;

namespace Galley.Edge;

/// <summary>The trails of the last few thousand requests, by request id (design D10).</summary>
internal sealed class Explain
{
    private const int Kept = 4096;
    private readonly ConcurrentDictionary<string, Trail> _trails = new();
    private readonly ConcurrentQueue<string> _order = new();

    public void Keep(string requestId, Trail trail)
    {
        if (!_trails.TryAdd(requestId, trail)) return;
        _order.Enqueue(requestId);
        if (_order.Count > Kept && _order.TryDequeue(out var oldest)) _trails.TryRemove(oldest, out _);
    }

    public Trail? Of(string requestId) => _trails.GetValueOrDefault(requestId);
}

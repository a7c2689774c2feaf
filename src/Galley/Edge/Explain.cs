using Galley.Wire;

namespace Galley.Edge;

/// <summary>The trails of the last thousand requests (design D10): a ring, written at every request, searched when somebody asks.</summary>
internal sealed class Explain
{
    private readonly Trail?[] _ring = new Trail?[1024];
    private uint _next;

    public void Keep(Trail trail) => _ring[Interlocked.Increment(ref _next) % _ring.Length] = trail;

    public Trail? Of(string requestId) => Array.Find(_ring, trail => trail?.RequestId == requestId);
}

using System.Collections.Concurrent;

namespace Galley;

/// <summary>
/// A bounded memory of what was worked out: values are added to a young generation, and when that is full it becomes the old one, whose
/// values are dropped unless somebody asks for them meanwhile.
/// </summary>
/// <param name="size">Values in a generation.</param>
/// <param name="comparer">Of the keys.</param>
internal sealed class Generations<TKey, TValue>(int size, IEqualityComparer<TKey>? comparer = null) where TKey : notnull
{
    private readonly Lock _turning = new();
    private volatile ConcurrentDictionary<TKey, TValue> _young = new(comparer), _old = new(comparer);
    private int _added; // to the young one: its own count would take all its locks

    public bool TryGet(TKey key, [System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out TValue value)
    {
        if (_young.TryGetValue(key, out value)) return true;
        if (!_old.TryGetValue(key, out value)) return false;
        Keep(key, value);
        return true;
    }

    public void Keep(TKey key, TValue value)
    {
        if (Interlocked.Increment(ref _added) > size)
            lock (_turning)
                if (_added > size)
                {
                    (_old, _young) = (_young, new(comparer));
                    _added = 1;
                }

        _young[key] = value;
    }

    public void Clear()
    {
        lock (_turning)
        {
            (_old, _young) = (new(comparer), new(comparer));
            _added = 0;
        }
    }
}

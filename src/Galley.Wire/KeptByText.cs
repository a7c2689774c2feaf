using System.Collections.Concurrent;

namespace Galley.Wire;

/// <summary>What follows from texts that clients send all day: read once a text, found again without making a string of it.</summary>
/// <param name="read">Reads a text; null for what is none.</param>
internal sealed class KeptByText<T>(Func<string, T?> read) where T : class
{
    private const int Kept = 2048, Longest = 256;
    private readonly ConcurrentDictionary<string, T> _known = new();

    public T? Read(ReadOnlySpan<char> text)
    {
        if (_known.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text, out var known)) return known;
        var whole = text.ToString();
        if (read(whole) is not { } made) return null;
        if (whole.Length > Longest) return made;
        if (_known.Count >= Kept) _known.Clear(); // a new day, or somebody tries texts: begin again
        _known[whole] = made;
        return made;
    }
}

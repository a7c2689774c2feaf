namespace Galley.Wire;

/// <summary>
/// Why a request was decided as it was (design D10): short entries that every check leaves. Read by request id; never sent to the caller.
/// </summary>
public sealed class Trail
{
    private readonly List<TrailEntry> _entries = [];

    /// <param name="check">What decided: `signature`, `policy`, `token`, `cors`, `cache` …</param>
    /// <param name="allowed">Whether the request went on.</param>
    /// <param name="why">One sentence without any secret.</param>
    public void Add(string check, bool allowed, string why)
    {
        lock (_entries) _entries.Add(new TrailEntry(check, allowed, why));
    }

    public IReadOnlyList<TrailEntry> Entries
    {
        get
        {
            lock (_entries) return [.. _entries];
        }
    }
}

public sealed record TrailEntry(string Check, bool Allowed, string Why);

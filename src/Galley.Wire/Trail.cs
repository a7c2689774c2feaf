namespace Galley.Wire;

/// <summary>
/// Why a request was decided as it was (design D10): short entries that every check leaves. Read by request id; never sent to the caller.
/// </summary>
public sealed class Trail
{
    private readonly List<TrailEntry> _entries = new(2);

    /// <summary>The request that was decided.</summary>
    public string RequestId { get; init; } = "";

    /// <param name="check">What decided: `signature`, `policy`, `token`, `cors`, `cache` …</param>
    /// <param name="allowed">Whether the request went on.</param>
    /// <param name="why">One sentence without any secret.</param>
    /// <param name="about">Whom or what it is about, where that makes the sentence whole: so that no text is made for a request that nobody asks about.</param>
    public void Add(string check, bool allowed, string why, string about = "")
    {
        lock (_entries) _entries.Add(new TrailEntry(check, allowed, why, about));
    }

    public IReadOnlyList<TrailEntry> Entries
    {
        get
        {
            lock (_entries) return [.. _entries];
        }
    }
}

public readonly record struct TrailEntry(string Check, bool Allowed, string Why, string About);

namespace Galley.Wire;

/// <summary>
/// Why a request was decided as it was (design D10): short entries that every check leaves. Read by request id; never sent to the caller.
/// Texts hold names and reasons, never a secret, a token or a value that a user typed.
/// </summary>
/// <param name="clock">Tells when and how long; without one the trail has no times.</param>
public sealed class Trail(TimeProvider? clock = null)
{
    private const int MostEntries = 64, LongestText = 600;
    private readonly long _started = clock?.GetTimestamp() ?? 0;
    private readonly Lock _gate = new();
    private TrailEntry[] _entries = [];
    private int _count;

    /// <summary>The request that was decided, as its answer's request-id header names it.</summary>
    public string RequestId { get; init; } = "";

    public DateTimeOffset Time { get; } = clock?.GetUtcNow() ?? default;

    /// <summary>How long it has taken so far, or took.</summary>
    public TimeSpan Elapsed { get; private set; }

    /// <summary>`Root=1-…`, of all that one request to an API sets off; empty where there is none.</summary>
    public string Trace { get; set; } = "";

    /// <summary>The request of the edge that this one serves; empty for none.</summary>
    public string Parent { get; init; } = "";

    /// <summary>Method of HTTP.</summary>
    public string Method { get; init; } = "";

    /// <summary>Host name as asked for, without port.</summary>
    public string Host { get; init; } = "";

    /// <summary>Path without its query, which may hold secrets.</summary>
    public string Path { get; init; } = "";

    /// <summary>`dynamodb GetItem`, once it is known; for a door its kind.</summary>
    public string Service { get; set; } = "";

    public string Operation { get; set; } = "";

    /// <summary>Status of the answer; 0 while there is none.</summary>
    public int Status { get; set; }

    /// <summary>Whether a check said no.</summary>
    public bool Refused { get; private set; }

    /// <param name="check">What decided: `signature`, `policy`, `token`, `cors`, `cache` …</param>
    /// <param name="allowed">Whether the request went on.</param>
    /// <param name="why">One sentence without any secret.</param>
    /// <param name="about">Whom or what it is about, where that makes the sentence whole: so that no text is made for a request that nobody asks about.</param>
    /// <param name="fix">What would make the check say yes.</param>
    public void Add(string check, bool allowed, string why, string about = "", string fix = "") => Add(check, allowed, why, about, fix, default);

    /// <summary>Something that was done for the request, and how long it took until now.</summary>
    /// <param name="check">What.</param>
    /// <param name="why">In words.</param>
    /// <param name="about">Whom or what it is about.</param>
    /// <param name="since">The <see cref="Now"/> when it began.</param>
    public void Span(string check, string why, string about, TimeSpan since) => Add(check, allowed: true, why, about, "", Now - since);

    /// <summary>What a function's process took to start because none was ready, within the call that waited for it.</summary>
    /// <param name="function">ARN.</param>
    /// <param name="since">The <see cref="Now"/> when the function was called.</param>
    /// <param name="took">Zero for a warm start, which leaves no entry.</param>
    public void ColdStart(string function, TimeSpan since, TimeSpan took)
    {
        if (took > TimeSpan.Zero) Add("cold start", allowed: true, "a process was started, none was ready:", function, "", took, since + took);
    }

    /// <summary>Time since the request came.</summary>
    public TimeSpan Now => clock?.GetElapsedTime(_started) ?? default;

    /// <summary>The answer is sent.</summary>
    public void Finish() => Elapsed = Now;

    private void Add(string check, bool allowed, string why, string about, string fix, TimeSpan took, TimeSpan? at = null)
    {
        lock (_gate)
        {
            Refused |= !allowed;
            if (_count == MostEntries) return;
            if (_count == _entries.Length) Array.Resize(ref _entries, Math.Max(2, _count * 2));
            _entries[_count++] = new TrailEntry(check, allowed, Short(why), Short(about), Short(fix)) { At = at ?? Now, Took = took };
        }
    }

    /// <summary>A check that said no.</summary>
    public void Refuse(string check, string why, string fix = "") => Add(check, allowed: false, why, "", fix);

    /// <summary>The error that became the answer, with what it knows of its reason.</summary>
    public void Add(AwsError error)
    {
        if (error.Why is { } why && !(_count > 0 && _entries[_count - 1].Why == why)) Add(error.Check, allowed: false, why, "", error.Fix);
        Add("answer", allowed: false, $"{error.Code}: {WithoutValues(FirstLine(error.Message))}");
    }

    public IReadOnlyList<TrailEntry> Entries
    {
        get
        {
            lock (_gate) return _entries[.._count];
        }
    }

    /// <summary>AWS's texts go on with canonical requests, and repeat the Authorization header that was wrong.</summary>
    internal static string FirstLine(string message)
    {
        var end = message.IndexOf('\n', StringComparison.Ordinal);
        var header = message.IndexOf("Authorization=", StringComparison.Ordinal);
        if (header >= 0 && (end < 0 || header < end)) end = header;
        return end < 0 ? message : message[..end].TrimEnd();
    }

    /// <summary>AWS's validation repeats what it was given (`Value 'x' at 'password' failed …`, `…, got 'x'`), whatever that was.</summary>
    private static string WithoutValues(string text)
    {
        foreach (var before in (ReadOnlySpan<string>)["Value '", "got '", "Got '"])
            for (var at = text.IndexOf(before, StringComparison.Ordinal); at >= 0; at = text.IndexOf(before, at + before.Length, StringComparison.Ordinal))
            {
                var end = text.IndexOf("' at '", at + before.Length, StringComparison.Ordinal);
                if (end < 0) end = text.LastIndexOf('\'');
                if (end >= at + before.Length) text = string.Concat(text.AsSpan(0, at + before.Length), "…", text.AsSpan(end));
            }

        return text;
    }

    private static string Short(string text) => text.Length <= LongestText ? text : text[..LongestText] + "…";
}

/// <param name="Check">What decided.</param>
/// <param name="Allowed">Whether the request went on.</param>
/// <param name="Why">One sentence.</param>
/// <param name="About">What the sentence is about, or empty.</param>
/// <param name="Fix">What would make the check say yes, or empty.</param>
public readonly record struct TrailEntry(string Check, bool Allowed, string Why, string About, string Fix)
{
    /// <summary>Since the request came.</summary>
    public TimeSpan At { get; init; }

    /// <summary>How long it took, up to <see cref="At"/>; zero for a decision.</summary>
    public TimeSpan Took { get; init; }
}

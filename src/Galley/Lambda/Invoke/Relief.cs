namespace Galley.Lambda.Invoke;

/// <summary>
/// Looks again at a process whose event waits for a thread, 5 to 10 ms later. One timer for all of them: nearly always the thread is back by
/// then, and a timer of its own for each would be set, and its thread woken, for nothing. Real time: threads are waited for.
/// </summary>
internal static class Relief
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(5);
    private static readonly Lock Gate = new();
    private static readonly ITimer Timer = TimeProvider.System.CreateTimer(_ => Look(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    private static List<RuntimeApi> _fresh = [], _due = [];
    private static bool _runs;

    public static void Ask(RuntimeApi process)
    {
        lock (Gate)
        {
            _fresh.Add(process);
            if (_runs) return;
            _runs = true;
        }

        Timer.Change(Patience, Timeout.InfiniteTimeSpan);
    }

    private static void Look()
    {
        List<RuntimeApi> due;
        lock (Gate) (due, _due, _fresh) = (_due, _fresh, []);
        foreach (var process in due) process.Relieve();
        lock (Gate)
        {
            _runs = _due.Count + _fresh.Count > 0;
            if (!_runs) return;
        }

        Timer.Change(Patience, Timeout.InfiniteTimeSpan);
    }
}

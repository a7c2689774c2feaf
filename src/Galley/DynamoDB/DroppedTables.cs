using Galley.Store;

namespace Galley.DynamoDB;

/// <summary>
/// Removes the items of deleted tables and indexes in the background, some at a time, so that one large table does not hold up other writes.
/// What is left over when the process ends is noted in the store and removed after the next start.
/// </summary>
internal sealed class DroppedTables(Installation installation)
{
    private const int Step = 500;
    private readonly Lock _lock = new();
    private CancellationToken _stopping;
    private Task _work = Task.CompletedTask;

    public void Start(CancellationToken stopping)
    {
        _stopping = stopping;
        Sweep();
    }

    public void Sweep()
    {
        lock (_lock) _work = _work.ContinueWith(_ => SweepAll(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default).Unwrap();
    }

    /// <summary>The sweeps asked for so far are done.</summary>
    public Task Idle()
    {
        lock (_lock) return _work;
    }

    private async Task SweepAll()
    {
        try
        {
            while (!_stopping.IsCancellationRequested && await SweepSome())
            {
            }
        }
        catch (Exception e) when (!_stopping.IsCancellationRequested)
        {
            installation.Log($"error: removing items of deleted tables: {e}");
        }
        catch (Exception) // the store is closing; the rest is removed after the next start
        {
        }
    }

    /// <summary>False when nothing is left.</summary>
    private ValueTask<bool> SweepSome() => installation.Store.Write(async transaction =>
    {
        await foreach (var drop in transaction.Range(Keys.Dropped(), Key.After(Keys.Dropped())))
        {
            if (await IsHeld(transaction, drop.Key)) continue;
            var keys = new List<byte[]>(Step);
            await foreach (var entry in transaction.Range(drop.Value, Key.After(drop.Value)))
            {
                keys.Add(entry.Key);
                if (keys.Count == Step) break;
            }

            foreach (var key in keys) transaction.Delete(key);
            if (keys.Count < Step) transaction.Delete(drop.Key);
            return true;
        }

        return false;
    });

    /// <summary>Whether a restore still reads what was dropped; it sweeps again at its end.</summary>
    private static async ValueTask<bool> IsHeld(ISnapshot snapshot, byte[] drop)
    {
        byte[] held = [.. Keys.Held(), .. drop.AsSpan(Keys.Dropped().Length)];
        await foreach (var _ in snapshot.Range(held, Key.After(held))) return true;
        return false;
    }
}

using System.Text.Json;
using System.Threading.Channels;
using Galley.Store;

namespace Galley.DynamoDB.Upkeep;

/// <summary>
/// DynamoDB's background work: entries in the store ordered by the time they are due, so that looking for work is one seek, and work
/// begun before a crash goes on after the next start. Every kind of work removes or moves its own entry when it is done.
/// </summary>
internal sealed class Agenda(Installation installation)
{
    private const int Page = 100, MostApart = 4;
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, Func<IReadOnlyList<DueEntry>, ValueTask>> _work = [], _apart = [];
    private readonly Dictionary<byte[], Task> _running = new(BinaryEquality.Instance);
    private readonly Channel<bool> _wakes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private ITimer? _timer;
    private Task _loop = Task.CompletedTask;

    /// <summary>Work that takes long ends when it is cancelled, and is done again after the next start.</summary>
    public CancellationToken Stopping { get; private set; }

    /// <param name="run">Is given entries of one kind and one table.</param>
    public void Add(string kind, Func<IReadOnlyList<DueEntry>, ValueTask> run) => _work[kind] = run;

    /// <summary>The same for work that takes long: it goes on beside the other work, and is given one entry at a time.</summary>
    public void AddApart(string kind, Func<IReadOnlyList<DueEntry>, ValueTask> run) => _apart[kind] = run;

    public static byte[] Put(ITransaction transaction, DateTimeOffset at, DueWork work, ReadOnlySpan<byte> distinct = default)
    {
        var key = Keys.Due(at.ToUnixTimeMilliseconds(), work, distinct);
        transaction.Put(key, work, DynamoDBJson.Default.DueWork);
        return key;
    }

    public void Start(CancellationToken stopping)
    {
        Stopping = stopping;
        _timer = installation.Time.CreateTimer(_ => Wake(), null, TimeSpan.Zero, Pace);
        _loop = Task.Run(() => Run(stopping), CancellationToken.None);
    }

    /// <summary>There may be work at once.</summary>
    public void Wake() => _wakes.Writer.TryWrite(true);

    public async Task Stop()
    {
        _wakes.Writer.TryComplete();
        if (_timer is not null) await _timer.DisposeAsync();
        await _loop;
        await Task.WhenAll(_running.Values);
    }

    private async Task Run(CancellationToken stopping)
    {
        while (await _wakes.Reader.WaitToReadAsync(CancellationToken.None))
        {
            _wakes.Reader.TryRead(out _);
            try
            {
                while (!stopping.IsCancellationRequested && await RunDue())
                {
                }
            }
            catch (Exception e) when (!stopping.IsCancellationRequested)
            {
                installation.Log($"error: DynamoDB's background work: {e}");
            }
            catch (Exception) // the store is closing; the work goes on after the next start
            {
            }
        }
    }

    /// <summary>False when nothing is due that does not run already.</summary>
    private async ValueTask<bool> RunDue()
    {
        foreach (var (key, task) in _running)
            if (task.IsCompleted) _running.Remove(key);
        var (entries, apart) = await installation.Store.Read(async snapshot =>
        {
            var (found, lasting) = (new List<DueEntry>(), new List<DueEntry>());
            await foreach (var entry in snapshot.Range(Keys.Due(), Keys.Due(installation.Now.ToUnixTimeMilliseconds() + 1)))
            {
                if (_running.ContainsKey(entry.Key)) continue;
                var due = new DueEntry(entry.Key, JsonSerializer.Deserialize(entry.Value, DynamoDBJson.Default.DueWork)!);
                if (!_apart.ContainsKey(due.Work.Kind)) found.Add(due);
                else if (_running.Count + lasting.Count < MostApart) lasting.Add(due);
                if (found.Count == Page) break;
            }

            return (found, lasting);
        });
        foreach (var entry in apart) _running[entry.Key] = Task.Run(() => RunApart(entry), CancellationToken.None);
        foreach (var group in entries.GroupBy(entry => (entry.Work.Kind, entry.Work.TableId))) await Run(_work[group.Key.Kind], [.. group]);
        return entries.Count > 0;
    }

    private async ValueTask Run(Func<IReadOnlyList<DueEntry>, ValueTask> run, IReadOnlyList<DueEntry> entries)
    {
        try
        {
            await run(entries);
        }
        catch (Exception e) when (e is not ObjectDisposedException && !Stopping.IsCancellationRequested)
        {
            installation.Log($"error: DynamoDB's background work {entries[0].Work.Kind}: {e}");
            await PutOff(entries);
        }
    }

    private async Task RunApart(DueEntry entry)
    {
        try
        {
            await Run(_apart[entry.Work.Kind], [entry]);
            Wake();
        }
        catch (Exception) when (Stopping.IsCancellationRequested) // it is done again after the next start
        {
        }
        catch (Exception e)
        {
            installation.Log($"error: DynamoDB's background work {entry.Work.Kind}: {e}");
        }
    }

    private ValueTask PutOff(IReadOnlyList<DueEntry> entries) => installation.Store.Write(transaction =>
    {
        foreach (var entry in entries)
        {
            transaction.Delete(entry.Key);
            Put(transaction, installation.Now + AfterFailure, entry.Work, entry.Key);
        }

        return ValueTask.CompletedTask;
    });
}

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
    private const int Page = 100;
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, Func<IReadOnlyList<DueEntry>, ValueTask>> _work = [];
    private readonly Channel<bool> _wakes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private ITimer? _timer;
    private Task _running = Task.CompletedTask;

    /// <param name="run">Is given entries of one kind and one table.</param>
    public void Add(string kind, Func<IReadOnlyList<DueEntry>, ValueTask> run) => _work[kind] = run;

    public static byte[] Put(ITransaction transaction, DateTimeOffset at, DueWork work, ReadOnlySpan<byte> distinct = default)
    {
        var key = Keys.Due(at.ToUnixTimeMilliseconds(), work, distinct);
        transaction.Put(key, work, DynamoDBJson.Default.DueWork);
        return key;
    }

    public void Start(CancellationToken stopping)
    {
        _timer = installation.Time.CreateTimer(_ => Wake(), null, TimeSpan.Zero, Pace);
        _running = Task.Run(() => Run(stopping), CancellationToken.None);
    }

    /// <summary>There may be work at once.</summary>
    public void Wake() => _wakes.Writer.TryWrite(true);

    public async Task Stop()
    {
        _wakes.Writer.TryComplete();
        if (_timer is not null) await _timer.DisposeAsync();
        await _running;
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

    /// <summary>False when nothing is due.</summary>
    private async ValueTask<bool> RunDue()
    {
        var entries = await installation.Store.Read(async snapshot =>
        {
            var found = new List<DueEntry>();
            await foreach (var entry in snapshot.Range(Keys.Due(), Keys.Due(installation.Now.ToUnixTimeMilliseconds() + 1)))
            {
                found.Add(new(entry.Key, JsonSerializer.Deserialize(entry.Value, DynamoDBJson.Default.DueWork)!));
                if (found.Count == Page) break;
            }

            return found;
        });
        foreach (var group in entries.GroupBy(entry => (entry.Work.Kind, entry.Work.TableId)))
            try
            {
                await _work[group.Key.Kind]([.. group]);
            }
            catch (Exception e) when (e is not ObjectDisposedException)
            {
                installation.Log($"error: DynamoDB's background work {group.Key.Kind}: {e}");
                await PutOff([.. group]);
            }

        return entries.Count > 0;
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

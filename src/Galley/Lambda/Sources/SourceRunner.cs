using Galley.Lambda.Invoke;
using Galley.Store;

namespace Galley.Lambda.Sources;

/// <summary>Keeps one <see cref="StreamWorker"/> or <see cref="QueueWorker"/> running for every enabled mapping; a change ends the old one and starts the next.</summary>
internal sealed class SourceRunner(Installation installation, LambdaPorts ports, Invocation invocation)
{
    private readonly Dictionary<string, (CancellationTokenSource Stop, Task Task)> _running = [];
    private readonly Lock _gate = new();
    private CancellationToken _stopping;
    private bool _started;

    public async ValueTask Start(CancellationToken stopping)
    {
        (_stopping, _started) = (stopping, true);
        var all = await installation.Store.Read(async snapshot =>
        {
            var found = new List<MappingRecord>();
            foreach (var region in await snapshot.List(Keys.AllMappings(installation.Account), static () => LambdaJson.Default.MappingRecord)) found.Add(region);
            return found;
        });
        foreach (var mapping in all) Change(mapping.Uuid, Keys.Mapping(mapping));
    }

    /// <summary>The mapping is new, changed or gone.</summary>
    public void Change(string uuid, byte[] key)
    {
        lock (_gate)
        {
            if (!_started || _stopping.IsCancellationRequested) return;
            var before = Task.CompletedTask;
            if (_running.Remove(uuid, out var old))
            {
                old.Stop.Cancel();
                before = old.Task;
            }

            var stop = CancellationTokenSource.CreateLinkedTokenSource(_stopping);
            _running[uuid] = (stop, Task.Run(() => Run(uuid, key, before, stop.Token), CancellationToken.None));
        }
    }

    public async ValueTask Stop()
    {
        List<(CancellationTokenSource Stop, Task Task)> all;
        lock (_gate) all = [.. _running.Values];
        foreach (var (stop, _) in all) await stop.CancelAsync();
        await Task.WhenAll(all.Select(one => one.Task));
    }

    private async Task Run(string uuid, byte[] key, Task before, CancellationToken cancel)
    {
        await before; // never two at one stream for one mapping
        while (!cancel.IsCancellationRequested)
            try
            {
                var mapping = await installation.Store.Read(snapshot => snapshot.Get(key, LambdaJson.Default.MappingRecord));
                if (mapping is { IsOfQueue: true }) await new QueueWorker(installation, ports, invocation, key).Run(cancel);
                else if (mapping is not null) await new StreamWorker(installation, ports, invocation, uuid, key).Run(cancel);
                return;
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                installation.Log($"error: the event source mapping {uuid}: {e.Message}");
                try
                {
                    await Task.Delay(TimeSpan.FromSeconds(10), installation.Time, cancel);
                }
                catch (OperationCanceledException)
                {
                    return;
                }
            }
    }
}

namespace Galley.Lambda.Invoke;

/// <summary>A process and the Runtime API that it asks for its events.</summary>
internal sealed class ProcessRuntime : IRuntime
{
    private readonly RuntimeApi _api;
    private readonly WorkerProcess _process;
    private readonly IDisposable? _network;

    /// <param name="network">What else the process reaches by; ends with it.</param>
    public ProcessRuntime(RuntimeApi api, WorkerProcess process, IDisposable? network)
    {
        (_api, _process, _network) = (api, process, network);
        api.Serve(process.Id);
        Exited = WatchExit();
    }

    public Task<Beginning> Ready => _api.Ready;

    public Task Exited { get; }

    public bool IsAlive => !_process.Exited.IsCompleted;

    public bool IsBeingDebugged => false;

    public void Send(RuntimeEvent @event) => _api.Send(@event);

    public void Drain() => _process.Drain();

    public int PeakMemory() => _process.PeakMemory();

    public void Dispose()
    {
        _process.Kill();
        _api.Dispose();
        _network?.Dispose();
    }

    private async Task WatchExit()
    {
        await _process.Exited;
        _process.Drain();
        _api.End(_process.ExitReason());
        Dispose(); // what the process left behind ends with it
        _process.Dispose();
    }
}

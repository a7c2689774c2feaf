namespace Galley.Lambda.Invoke;

/// <summary>What runs the events of one execution environment: a process behind its Runtime API, or a delegate of the program that hosts Galley.</summary>
internal interface IRuntime : IDisposable
{
    /// <summary>Done when it can take an event, or never will.</summary>
    Task<Beginning> Ready { get; }

    /// <summary>Done when it has ended; what it ran has its answer then.</summary>
    Task Exited { get; }

    bool IsAlive { get; }

    /// <summary>A function that stands at a breakpoint is not late.</summary>
    bool IsBeingDebugged { get; }

    /// <summary>Runs an event; its answer comes by <see cref="RuntimeEvent.Done"/>.</summary>
    void Send(RuntimeEvent @event);

    /// <summary>Takes everything that was written to the log until now.</summary>
    void Drain();

    /// <summary>The most memory it has held, in MB; 0 where nobody can tell.</summary>
    int PeakMemory();
}

/// <summary>How an environment began.</summary>
/// <param name="Error">The error it reported instead of asking for an event.</param>
/// <param name="Exited">It ended before it asked.</param>
/// <param name="Reason">How it ended.</param>
internal sealed record Beginning(RuntimeAnswer? Error, bool Exited = false, string? Reason = null);

using Microsoft.Extensions.Time.Testing;

namespace Galley.Tests.Lambda;

/// <summary>Tells when somebody sleeps for so long.</summary>
internal sealed class SignallingTime() : FakeTimeProvider(DateTimeOffset.UtcNow)
{
    private readonly List<(TimeSpan For, TaskCompletionSource Seen)> _waiting = [];
    private readonly List<TimeSpan> _sleeps = [];

    public async Task Sleeping(TimeSpan @for)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_waiting)
            if (_sleeps.Contains(@for)) return;
            else _waiting.Add((@for, seen));
        await seen.Task.WaitAsync(TimeSpan.FromSeconds(60));
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        if (period != Timeout.InfiniteTimeSpan) return timer; // a regular round of somebody's is no sleep
        lock (_waiting)
        {
            _sleeps.Add(dueTime);
            foreach (var (_, seen) in _waiting.Where(one => one.For == dueTime)) seen.TrySetResult();
        }

        return timer;
    }
}

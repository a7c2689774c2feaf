using System.Collections.Concurrent;
using Galley.Store;

namespace Galley.CloudFormation.Deploy;

/// <summary>Runs stack operations in the background and takes up again, on start, those that a stop or a crash cut off.</summary>
internal sealed class Workers(Installation installation, Journal journal, Handlers handlers)
{
    private readonly ConcurrentDictionary<StackKey, Task> _running = new();
    private readonly ConcurrentDictionary<StackKey, CancellationTokenSource> _givingUp = new();
    private CancellationTokenSource _stopping = new();

    /// <summary>Starts what <see cref="Keys.Work"/> says is to be done to the stack.</summary>
    public void Start(StackKey stack)
    {
        var (token, giveUp) = (_stopping.Token, new CancellationTokenSource());
        _givingUp[stack] = giveUp;
        // What it follows is at its end already, or was given up.
        var before = _running.GetValueOrDefault(stack, Task.CompletedTask);
        _running[stack] = Task.Run(async () =>
        {
            await before;
            await Run(stack, giveUp, token);
        }, CancellationToken.None);
    }

    /// <summary>What is being done to the stack is not to begin anything new, nor to wait any longer: it goes back.</summary>
    public void GiveUp(StackKey stack)
    {
        if (_givingUp.TryGetValue(stack, out var giveUp)) giveUp.Cancel();
    }

    /// <summary>Set when the program stops: whoever waits for a stack gives up then, and goes on at the next start.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>Waits until nothing is being done to the stack any more, or the program stops, or whoever waits gives up.</summary>
    public async ValueTask Finished(StackKey stack, CancellationToken givenUp = default)
    {
        if (!_running.TryGetValue(stack, out var running)) return;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(Stopping, givenUp);
        await running.WaitAsync(either.Token);
    }

    public async ValueTask Resume()
    {
        foreach (var work in await journal.Store.Read(snapshot => snapshot.List(Keys.AllWork(), static () => CloudFormationJson.Default.WorkRecord))) Start(work.Stack);
    }

    /// <summary>Ends between two steps; what is left stays in the store.</summary>
    public async ValueTask Stop()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_running.Values);
    }

    public async ValueTask Reset()
    {
        await Stop();
        _running.Clear();
        _givingUp.Clear();
        _stopping.Dispose();
        _stopping = new CancellationTokenSource();
    }

    private async Task Run(StackKey stack, CancellationTokenSource giveUp, CancellationToken stopping)
    {
        try
        {
            var (work, record) = await journal.Store.Read(async snapshot => (
                await snapshot.Get(Keys.Work(stack), CloudFormationJson.Default.WorkRecord),
                await snapshot.Get(Keys.Stack(stack), CloudFormationJson.Default.StackRecord)));
            if (work is null || record is null) return;
            if (work.Cancelled) await giveUp.CancelAsync();
            await new Deployment(installation, journal, handlers, work, record, giveUp).Run(stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            installation.Log($"cloudformation: the work on stack {stack.Uuid} goes on at the next start");
        }
        catch (Exception e)
        {
            // The store itself failed or was emptied under us; the work record is still there for the next start.
            installation.Log($"error: cloudformation: stack {stack.Uuid}: {e}");
        }
    }
}

namespace Galley.Mail;

/// <summary>Callers that wait for the next message to an address.</summary>
internal sealed class MailWaiters
{
    private readonly List<(string To, TaskCompletionSource<Message> Done)> _waiting = [];

    public Task<Message> Next(string to, CancellationToken cancel)
    {
        var done = new TaskCompletionSource<Message>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_waiting) _waiting.Add((to, done));
        cancel.Register(() =>
        {
            lock (_waiting) _waiting.RemoveAll(waiter => waiter.Done == done);
            done.TrySetCanceled(cancel);
        });
        return done.Task;
    }

    public void Arrived(Message message)
    {
        List<TaskCompletionSource<Message>> served;
        lock (_waiting)
        {
            served = [.. _waiting.Where(waiter => string.Equals(waiter.To, message.To, StringComparison.OrdinalIgnoreCase)).Select(waiter => waiter.Done)];
            _waiting.RemoveAll(waiter => served.Contains(waiter.Done));
        }

        foreach (var done in served) done.TrySetResult(message);
    }
}

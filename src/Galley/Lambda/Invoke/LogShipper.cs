using System.Threading.Channels;

namespace Galley.Lambda.Invoke;

/// <summary>Carries log lines to CloudWatch Logs behind the answers: one reader, many lines to a write.</summary>
internal sealed class LogShipper
{
    private const int Batch = 1000;
    private readonly Installation _installation;
    private readonly IWriteLogs _logs;
    private readonly Channel<Item> _lines = Channel.CreateUnbounded<Item>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Task _shipping;

    private readonly record struct Item(FunctionRecord Function, string Stream, DateTimeOffset Time, string Line);

    public LogShipper(Installation installation, IWriteLogs logs)
    {
        _installation = installation;
        _logs = logs;
        _shipping = Task.Run(Ship);
    }

    public void Add(FunctionRecord function, string stream, string line) => _lines.Writer.TryWrite(new Item(function, stream, _installation.Now, line));

    /// <summary>Ends when everything added before is kept.</summary>
    public async ValueTask Stop()
    {
        _lines.Writer.TryComplete();
        await _shipping;
    }

    private async Task Ship()
    {
        var batch = new List<Item>(Batch);
        while (await _lines.Reader.WaitToReadAsync())
        {
            batch.Clear();
            while (batch.Count < Batch && _lines.Reader.TryRead(out var line)) batch.Add(line);
            // No two functions have a stream in common.
            foreach (var stream in batch.GroupBy(line => line.Stream))
            {
                var function = stream.First().Function;
                try
                {
                    await _logs.Append(function.Account, function.Region, function.Role, function.LogGroupName, stream.Key, [.. stream.Select(line => (line.Time, line.Line))]);
                }
                catch (Exception e)
                {
                    _installation.Log($"error: the log of {function.Name} could not be kept: {e.Message}");
                }
            }
        }
    }
}

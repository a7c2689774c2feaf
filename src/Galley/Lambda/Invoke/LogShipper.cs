using System.Threading.Channels;

namespace Galley.Lambda.Invoke;

/// <summary>Carries log lines to CloudWatch Logs behind the answers: one reader, what comes in a moment together in one write for each stream.</summary>
internal sealed class LogShipper
{
    private const int Batch = 1000;
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(50);
    private readonly Installation _installation;
    private readonly IWriteLogs _logs;
    private readonly Channel<Item> _lines = Channel.CreateUnbounded<Item>(new UnboundedChannelOptions { SingleReader = true });
    private readonly TaskCompletionSource _stopping = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _shipping;

    private readonly record struct Item(FunctionRecord Function, string Stream, DateTimeOffset Time, string? Line, Report? Report);

    private sealed record Report(Func<int, string> Text, Func<int> Peak);

    public LogShipper(Installation installation, IWriteLogs logs)
    {
        _installation = installation;
        _logs = logs;
        _shipping = Task.Run(Ship);
    }

    public void Add(FunctionRecord function, string stream, string line) => _lines.Writer.TryWrite(new Item(function, stream, _installation.Now, line, null));

    /// <summary>A line that is only written out when it is shipped: the most memory (MB) is asked for once for all that a process reports in a moment, for the question costs more than all lines.</summary>
    public void Add(FunctionRecord function, string stream, Func<int, string> report, Func<int> peak) => _lines.Writer.TryWrite(new Item(function, stream, _installation.Now, null, new Report(report, peak)));

    /// <summary>Ends when everything added before is kept.</summary>
    public async ValueTask Stop()
    {
        _lines.Writer.TryComplete();
        _stopping.TrySetResult();
        await _shipping;
    }

    private async Task Ship()
    {
        var batch = new List<Item>(Batch);
        while (await _lines.Reader.WaitToReadAsync())
        {
            await Rest();
            do
            {
                batch.Clear();
                while (batch.Count < Batch && _lines.Reader.TryRead(out var line)) batch.Add(line);
                // No two functions have a stream in common.
                foreach (var stream in batch.GroupBy(line => line.Stream)) await Keep(stream.Key, [.. stream]);
            } while (batch.Count == Batch);
        }
    }

    /// <summary>While it rests, lines are only laid down: nobody is woken for each, and one write keeps those of many events.</summary>
    private async Task Rest()
    {
        using var over = new CancellationTokenSource();
        await Task.WhenAny(Task.Delay(Moment, _installation.Time, over.Token), _stopping.Task);
        await over.CancelAsync();
    }

    private async ValueTask Keep(string stream, List<Item> lines)
    {
        var function = lines[0].Function;
        try
        {
            int? peak = null;
            await _logs.Append(function.Account, function.Region, function.Role, function.LogGroupName, stream,
                [.. lines.Select(line => (line.Time, (line.Line ?? line.Report!.Text(peak ??= line.Report.Peak())) + "\n"))]);
        }
        catch (Exception e)
        {
            _installation.Log($"error: the log of {function.Name} could not be kept: {e.Message}");
        }
    }
}

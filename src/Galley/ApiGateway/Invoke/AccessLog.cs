using System.Text;
using System.Threading.Channels;
using Galley.Wire;

namespace Galley.ApiGateway.Invoke;

/// <summary>
/// Access logs: one line per request in the stage's format, `$context.x` replaced, `-` for what is absent. Written behind the answer,
/// as AWS does, by one worker; when it cannot keep up the oldest lines are dropped.
/// </summary>
internal sealed class AccessLog(Installation installation, IWriteAccessLogs logs)
{
    private const int Waiting = 10_000, Batch = 500;
    private readonly Channel<Line> _lines = Channel.CreateBounded<Line>(new BoundedChannelOptions(Waiting) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
    private Task _worker = Task.CompletedTask;

    public void Start() => _worker = Task.Run(Work);

    public async ValueTask Stop()
    {
        _lines.Writer.TryComplete();
        await _worker;
    }

    public void Add(Exchange exchange)
    {
        if (exchange.Stage?.Stage.AccessLogSettings is not { DestinationArn: { } destination, Format: { } format } || !Arn.TryParse(destination, out var arn)) return;
        var group = arn.Resource["log-group:".Length..];
        if (group.EndsWith(":*", StringComparison.Ordinal)) group = group[..^2];
        _lines.Writer.TryWrite(new Line(arn.Account, arn.Region, group, exchange.Api.Api.ApiId, installation.Now, Fill(format, exchange)));
    }

    private async Task Work()
    {
        var batch = new List<Line>();
        while (await _lines.Reader.WaitToReadAsync())
        {
            batch.Clear();
            while (batch.Count < Batch && _lines.Reader.TryRead(out var line)) batch.Add(line);
            foreach (var group in batch.GroupBy(line => (line.Account, line.Region, line.Group, line.ApiId)))
            {
                try
                {
                    await logs.Write(group.Key.Account, group.Key.Region, group.Key.Group, group.Key.ApiId, [.. group.Select(line => (line.Time, line.Text))]);
                }
                catch (Exception e)
                {
                    installation.Log($"warning: access log {group.Key.Group}: {e.Message}");
                }
            }
        }
    }

    private static string Fill(string format, Exchange exchange)
    {
        const string mark = "$context.";
        var text = new StringBuilder(format.Length * 2);
        for (var at = 0; at < format.Length;)
        {
            var next = format.IndexOf(mark, at, StringComparison.Ordinal);
            if (next < 0)
            {
                text.Append(format, at, format.Length - at);
                break;
            }

            text.Append(format, at, next - at);
            var end = next + mark.Length;
            while (end < format.Length && (char.IsAsciiLetterOrDigit(format[end]) || format[end] is '_' or ':' || format[end] is '.' or '-' && end + 1 < format.Length && char.IsAsciiLetterOrDigit(format[end + 1]))) end++;
            text.Append(Clean(ContextVariables.Of(format[(next + mark.Length)..end], exchange)));
            at = end;
        }

        return text.ToString();
    }

    /// <summary>A request must not be able to end its line or leave a quoted field.</summary>
    private static string Clean(string? value)
        => string.IsNullOrEmpty(value) ? "-" : string.Concat(value.Select(c => c == '"' ? "\\\"" : c == '\\' ? "\\\\" : char.IsControl(c) ? " " : c.ToString()));

    private sealed record Line(string Account, string Region, string Group, string ApiId, DateTimeOffset Time, string Text);
}

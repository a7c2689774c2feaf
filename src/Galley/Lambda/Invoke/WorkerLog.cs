using System.Buffers;
using System.Globalization;
using System.Text;

namespace Galley.Lambda.Invoke;

/// <summary>The log stream of one process: its output line by line between AWS's START, END and REPORT lines.</summary>
internal sealed class WorkerLog(LogShipper shipper, FunctionRecord function, string stream)
{
    private const int MaxLine = 256 * 1024 - 26, TailBytes = 4096, Budget = 1 << 20;
    private readonly Lock _gate = new();
    private readonly StringBuilder _tail = new();
    private readonly ArrayBufferWriter<byte> _partial = new();
    private int _left = Budget;
    private bool _keepsTail;

    public string Stream => stream;

    /// <summary>Takes raw output; a line ends with LF alone (CR joins the lines of one event, as AWS's runtimes write it).</summary>
    public void Output(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
            while (_left > 0 && bytes.Length > 0)
            {
                var end = bytes.IndexOf((byte)'\n');
                var part = bytes[..Math.Min(end < 0 ? bytes.Length : end, MaxLine - _partial.WrittenCount)];
                _partial.Write(part);
                bytes = bytes[part.Length..];
                if (bytes.Length > 0 && bytes[0] == '\n') bytes = bytes[1..];
                else if (_partial.WrittenCount < MaxLine) return;
                EndLine();
            }
    }

    /// <summary>A line of Lambda's own.</summary>
    public void Platform(string line)
    {
        lock (_gate) Add(line);
    }

    /// <param name="tail">The caller wants to see <see cref="Tail"/>.</param>
    public void Start(string requestId, string version, bool tail)
    {
        lock (_gate)
        {
            _keepsTail = tail;
            _tail.Clear();
            _left = Budget;
            Add($"START RequestId: {requestId} Version: {version}");
        }
    }

    /// <summary>END and REPORT; what the process wrote without a line's end comes before.</summary>
    /// <param name="peak">The most memory in MB; asked behind the answer, for the question costs more than all other lines.</param>
    /// <param name="note">A line between the two (time-outs).</param>
    public void End(string requestId, TimeSpan duration, TimeSpan? init, int memory, Func<int> peak, string? note, string? status)
    {
        lock (_gate)
        {
            if (_partial.WrittenCount > 0 && _left > 0) EndLine();
            _partial.ResetWrittenCount();
            Add("END RequestId: " + requestId);
            if (note is not null) Add(note);
            if (_keepsTail) Add(Report());
            else shipper.Add(function, stream, () => Report() + "\n");
        }

        string Report()
        {
            var billed = Math.Ceiling((duration + (init ?? TimeSpan.Zero)).TotalMilliseconds);
            var report = string.Create(CultureInfo.InvariantCulture,
                $"REPORT RequestId: {requestId}\tDuration: {duration.TotalMilliseconds:F2} ms\tBilled Duration: {billed:F0} ms\tMemory Size: {memory} MB\tMax Memory Used: {peak()} MB\t");
            if (init is { } time) report += string.Create(CultureInfo.InvariantCulture, $"Init Duration: {time.TotalMilliseconds:F2} ms\t");
            return status is null ? report : $"{report}Status: {status}\t";
        }
    }

    /// <summary>The last 4 KB of this invocation's log, Base64 (`X-Amz-Log-Result`).</summary>
    public string Tail()
    {
        lock (_gate)
        {
            var bytes = Encoding.UTF8.GetBytes(_tail.ToString());
            return Convert.ToBase64String(bytes.AsSpan(Math.Max(0, bytes.Length - TailBytes)));
        }
    }

    private void EndLine()
    {
        _left -= _partial.WrittenCount + 1;
        Add(Encoding.UTF8.GetString(_partial.WrittenSpan));
        _partial.ResetWrittenCount();
        if (_left <= 0) Add($"[galley] The log of this invocation is cut here, after {Budget} bytes.");
    }

    private void Add(string line)
    {
        shipper.Add(function, stream, line + "\n");
        if (!_keepsTail) return;
        _tail.Append(line).Append('\n');
        if (_tail.Length > 4 * TailBytes) _tail.Remove(0, _tail.Length - 2 * TailBytes);
    }
}

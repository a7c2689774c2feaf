using System.Buffers;
using System.Text;

namespace Galley.Lambda.Invoke;

/// <summary>The log stream of one process: its output line by line between Lambda's own lines, as text or as JSON.</summary>
internal sealed class WorkerLog(LogShipper shipper, FunctionRecord function, string stream, TimeProvider time, bool provisioned)
{
    private const int MaxLine = 256 * 1024 - 26, TailBytes = 4096, Budget = 1 << 20;
    private readonly PlatformLines _platform = PlatformLines.For(function, time, provisioned);
    private readonly Lock _gate = new();
    private readonly StringBuilder _tail = new();
    private readonly ArrayBufferWriter<byte> _partial = new();
    private int _left = Budget;
    private bool _keepsTail = true;

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

    /// <summary>A whole line of the function's.</summary>
    public void Line(string line)
    {
        lock (_gate)
            if (_platform.Keeps(Encoding.UTF8.GetBytes(line)))
                Add(line);
    }

    /// <param name="version">The interpreter's own; null for `provided.*`.</param>
    public void InitStart(string? version)
    {
        lock (_gate)
        {
            Add(_platform.InitStart(version));
            _tail.Clear();
        }
    }

    /// <summary>The process asked for its first event, or will not.</summary>
    public void InitDone(TimeSpan took, RunStatus status)
    {
        lock (_gate)
            foreach (var line in _platform.InitDone(took, status))
                Add(line);
    }

    /// <param name="requestId">Whose.</param>
    /// <param name="tail">The caller wants to see <see cref="Tail"/>.</param>
    /// <param name="withInit">What was written before is part of it: the process failed to begin.</param>
    public void Start(string requestId, bool tail, bool withInit)
    {
        lock (_gate)
        {
            _keepsTail = tail;
            if (!withInit) _tail.Clear();
            _left = Budget;
            Add(_platform.Start(requestId));
        }
    }

    /// <summary>An event's end and report; what the process wrote without a line's end comes before.</summary>
    /// <param name="peak">The most memory in MB; asked behind the answer.</param>
    public void End(RunEnd end, Func<int> peak)
    {
        lock (_gate)
        {
            if (_partial.WrittenCount > 0 && _left > 0) EndLine();
            _partial.ResetWrittenCount();
            foreach (var line in _platform.Done(end)) Add(line);
            if (_platform.Report(end) is not { } report) return;
            if (_keepsTail) Add(report(peak()));
            else shipper.Add(function, stream, report, peak);
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
        if (_platform.Keeps(_partial.WrittenSpan)) Add(Encoding.UTF8.GetString(_partial.WrittenSpan));
        _partial.ResetWrittenCount();
        if (_left <= 0) Add(_platform.Cut(Budget));
    }

    private void Add(string? line)
    {
        if (line is null) return;
        shipper.Add(function, stream, line);
        if (!_keepsTail) return;
        _tail.Append(line).Append('\n');
        if (_tail.Length > 4 * TailBytes) _tail.Remove(0, _tail.Length - 2 * TailBytes);
    }
}

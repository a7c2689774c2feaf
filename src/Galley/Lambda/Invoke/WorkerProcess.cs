using System.Diagnostics;
using System.Globalization;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Galley.Lambda.Invoke;

/// <summary>
/// One process of a function with all that it starts: its own session (so that the whole tree can be killed), resource limits,
/// an environment built from nothing, output and errors in one pipe.
/// </summary>
internal sealed class WorkerProcess : IDisposable
{
    // Limits first, then a new session, then the program in the same process: its id is the group's id. Nothing of the function
    // is part of the text that the shell reads.
    private const string Launcher = "trap '' XFSZ; ulimit -c 0; ulimit -n 1024; ulimit -f \"$1\"; ulimit -d \"$2\" 2>/dev/null; shift 2; exec \"$@\" 2>&1 </dev/null";

    // bubblewrap reads its seccomp program from descriptor 9.
    private const string FilteringLauncher = "trap '' XFSZ; exec 9<\"$3\"; ulimit -c 0; ulimit -n 1024; ulimit -f \"$1\"; ulimit -d \"$2\" 2>/dev/null; shift 3; exec \"$@\" 2>&1 </dev/null";
    private const int BlocksPerMegabyte = 2048;
    private const int MemoryHeadroom = 1024;
    public static readonly string? SetSid = new[] { "/usr/bin/setsid", "/bin/setsid" }.FirstOrDefault(File.Exists);

    private readonly Process _process;
    private readonly SafeHandle _pipe;
    private readonly Action<ReadOnlySpan<byte>> _output;
    private readonly byte[] _buffer = new byte[32 << 10];
    private readonly Lock _gate = new();
    private readonly string _marker;
    private readonly Lock _memory = new();
    private SafeFileHandle? _status;
    private int _peak;
    private bool _ended;

    private WorkerProcess(Process process, string marker, Action<ReadOnlySpan<byte>> output)
    {
        _process = process;
        _marker = marker;
        _output = output;
        var stream = process.StandardOutput.BaseStream;
        _pipe = stream is PipeStream pipe ? pipe.SafePipeHandle : ((FileStream)stream).SafeFileHandle;
        Id = process.Id;
        Exited = process.WaitForExitAsync();
        new Thread(ReadAll, 128 << 10) { IsBackground = true, Name = "function output" }.Start();
    }

    public int Id { get; }

    /// <summary>It is a sandbox's own process, the function's is within.</summary>
    public bool IsContained { get; init; }

    public Task Exited { get; }

    /// <param name="command">Program and arguments; never holds anything secret.</param>
    /// <param name="environment">The whole environment.</param>
    /// <param name="folder">Where it runs.</param>
    /// <param name="limits">Largest file and memory, in MB.</param>
    /// <param name="marker">A `NAME=value` of the environment that no other process has: finds children that left the session.</param>
    /// <param name="filter">bubblewrap's seccomp program; null for none.</param>
    /// <param name="output">Takes what the process writes, in order, on one thread at a time.</param>
    public static WorkerProcess Start(
        IReadOnlyList<string> command, IReadOnlyDictionary<string, string> environment, string folder, (int File, int Memory) limits, string marker, Action<ReadOnlySpan<byte>> output, string? filter = null)
    {
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = folder, RedirectStandardOutput = true };
        foreach (var argument in (string[])["-c", filter is null ? Launcher : FilteringLauncher, "sh", Number(limits.File * BlocksPerMegabyte), Number((limits.Memory + MemoryHeadroom) * 1024), .. filter is null ? [] : (string[])[filter], .. SetSid is null ? [] : (string[])[SetSid], .. command])
            start.ArgumentList.Add(argument);
        start.Environment.Clear();
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return new WorkerProcess(Process.Start(start)!, marker, output) { IsContained = Path.GetFileName(command[0]) == "bwrap" };

        static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Takes everything that was written until now.</summary>
    public void Drain()
    {
        lock (_gate)
            while (!_ended && Posix.IsReadable(_pipe.DangerousGetHandle().ToInt32(), 0))
                ReadOnce();
    }

    /// <summary>`exit status 1`, `signal: killed`; null for a plain exit.</summary>
    public string? ExitReason() => _process.ExitCode switch
    {
        0 => null,
        137 => "signal: killed",
        139 => "signal: segmentation fault",
        134 => "signal: aborted",
        143 => "signal: terminated",
        var code => $"exit status {code}",
    };

    /// <summary>The most memory the process has held, in MB; 0 where the system does not tell. Also when it has ended: what was seen last.</summary>
    public int PeakMemory()
    {
        lock (_memory)
            if (!Exited.IsCompleted && ReadPeak() is > 0 and var seen) _peak = seen;
        return _peak;
    }

    private int ReadPeak()
    {
        try
        {
            _status ??= File.OpenHandle($"/proc/{Innermost()}/status"); // kept: every look from its start is a new one
            Span<byte> text = stackalloc byte[2048];
            text = text[..RandomAccess.Read(_status, text, 0)];
            var at = text.IndexOf("VmHWM:"u8);
            if (at < 0) return 0;
            text = text[(at + 6)..].TrimStart(" \t"u8);
            return System.Buffers.Text.Utf8Parser.TryParse(text, out long kilobytes, out _) ? (int)(kilobytes / 1024) : 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            return 0; // gone
        }
    }

    /// <summary>The function's own process, which is the innermost one of a sandbox's.</summary>
    private int Innermost()
    {
        var process = Id;
        for (var depth = 0; IsContained && depth < 3 && File.ReadAllText($"/proc/{process}/task/{process}/children").Split(' ')[0] is { Length: > 0 } child; depth++) process = int.Parse(child, CultureInfo.InvariantCulture);
        return process;
    }

    /// <summary>Ends the process and everything it started, at once.</summary>
    public void Kill()
    {
        PeakMemory(); // for the reports that are not written yet
        if (!Posix.KillGroup(Id) && !_process.HasExited) _process.Kill(entireProcessTree: true);
        if (IsContained) return; // all that was inside ends with the namespace's first process
        foreach (var process in Strays()) Posix.Kill(process);
    }

    public void Dispose()
    {
        Kill();
        lock (_gate)
        {
            _ended = true;
            _status?.Dispose();
            _process.Dispose();
        }
    }

    /// <summary>Children that opened a session of their own still carry the marker in their environment.</summary>
    private List<int> Strays()
    {
        var found = new List<int>();
        if (!OperatingSystem.IsLinux()) return found;
        var marker = System.Text.Encoding.UTF8.GetBytes(_marker);
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var id) || id == Environment.ProcessId) continue;
            try
            {
                if (File.ReadAllBytes(folder + "/environ").AsSpan().IndexOf(marker) >= 0) found.Add(id);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // gone, or another user's
            }
        }

        return found;
    }

    private void ReadAll()
    {
        // The descriptor stays open as long as this thread needs it, whoever disposes the process.
        var held = false;
        try
        {
            _pipe.DangerousAddRef(ref held);
            var file = _pipe.DangerousGetHandle().ToInt32();
            while (!_ended)
            {
                if (!Posix.IsReadable(file, 1000)) continue;
                lock (_gate)
                    if (!_ended && Posix.IsReadable(file, 0))
                        ReadOnce();
            }
        }
        catch (ObjectDisposedException)
        {
            // disposed before the first look
        }
        finally
        {
            if (held) _pipe.DangerousRelease();
        }
    }

    private void ReadOnce()
    {
        var read = Posix.Read(_pipe.DangerousGetHandle().ToInt32(), _buffer);
        if (read <= 0) _ended = true;
        else _output(_buffer.AsSpan(0, read));
    }
}

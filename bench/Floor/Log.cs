using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Galley.Floor;

/// <summary>An append log, preallocated; one fdatasync serves all appends that wait for one.</summary>
internal sealed partial class Log
{
    private const long Size = 1 << 30;
    private readonly SafeFileHandle _file;
    private readonly Lock _gate = new();
    private readonly MemoryStream[] _buffers = [new(), new()];
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _position;
    private bool _writing;
    private int _filling;

    public Log(string path) => _file = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.None, FileOptions.None, Size);

    public Task Append(ReadOnlyMemory<byte> bytes)
    {
        Task mine;
        lock (_gate)
        {
            _buffers[_filling].Write(bytes.Span);
            mine = _next.Task;
            if (_writing) return mine;
            _writing = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(static log => log.Drain(), this, preferLocal: false);
        return mine;
    }

    private void Drain()
    {
        while (true)
        {
            MemoryStream full;
            TaskCompletionSource done;
            lock (_gate)
            {
                full = _buffers[_filling];
                if (full.Length == 0)
                {
                    _writing = false;
                    return;
                }

                _filling ^= 1;
                (done, _next) = (_next, new(TaskCreationOptions.RunContinuationsAsynchronously));
            }

            RandomAccess.Write(_file, full.GetBuffer().AsSpan(0, (int)full.Length), _position);
            if (DataSync((int)_file.DangerousGetHandle()) != 0) Environment.FailFast("fdatasync");
            _position = (_position + full.Length) % (Size - (64 << 20));
            full.SetLength(0);
            done.SetResult();
        }
    }

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int DataSync(int descriptor);
}

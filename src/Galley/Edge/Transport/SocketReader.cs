using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using Microsoft.AspNetCore.Connections;

namespace Galley.Edge.Transport;

/// <summary>
/// What a client sends, in one piece of memory. As soon as all that came is consumed the socket is asked for more, so that a client
/// that hangs up is noticed while its request is still being answered. A connection that waits holds 2 KiB; more comes in <see cref="Blocks"/>.
/// </summary>
/// <param name="socket">Read by nobody else.</param>
/// <param name="ended">Told once that no more will come.</param>
internal sealed class SocketReader(Socket socket, Action ended) : PipeReader, IValueTaskSource<ReadResult>
{
    private const int Small = 2 << 10;

    private readonly Lock _gate = new(); // a receive ends on another thread than the reader's
    private readonly byte[] _small = GC.AllocateUninitializedArray<byte>(Small, pinned: true);
    private byte[]? _large;
    private Blocks.Block? _block; // whose memory `_large` is, unless that had to be larger still
    private int _start, _examined, _end; // of what came and is not consumed
    private bool _filled, _receiving, _waiting, _cancelled, _over, _completed;
    private Exception? _problem;
    private ValueTaskAwaiter<int> _receive;
    private Action? _received;
    private CancellationTokenRegistration _givingUp;
    private ManualResetValueTaskSourceCore<ReadResult> _source;

    private byte[] Bytes => _large ?? _small;

    /// <summary>Whether a reader would learn something new.</summary>
    private bool HasNews => _cancelled || _examined < _end || _over || _problem is not null;

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested) return ValueTask.FromCanceled<ReadResult>(cancellationToken);
        ReadResult news = default;
        bool hungUp, waits;
        lock (_gate)
        {
            hungUp = !HasNews && Receive();
            waits = !HasNews;
            if (!waits) news = Take();
            else _source.Reset();
            _waiting = waits;
        }

        if (hungUp) ended();
        if (!waits) return new(news);
        if (cancellationToken.CanBeCanceled) _givingUp = cancellationToken.UnsafeRegister(static (reader, token) => ((SocketReader)reader!).GiveUp(token), this);
        return new(this, _source.Version);
    }

    public override bool TryRead(out ReadResult result)
    {
        lock (_gate)
        {
            var has = HasNews;
            result = has ? Take() : default;
            return has;
        }
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        bool hungUp;
        lock (_gate)
        {
            _start = IndexOf(consumed);
            _examined = Math.Max(_start, IndexOf(examined));
            hungUp = _start == _end && Receive();
        }

        if (hungUp) ended();
    }

    public override void CancelPendingRead()
    {
        ReadResult news;
        lock (_gate)
        {
            _cancelled = true;
            if (!_waiting) return;
            _waiting = false;
            news = Take();
        }

        _source.SetResult(news);
    }

    public override void Complete(Exception? exception = null)
    {
        lock (_gate)
        {
            _completed = true;
            if (!_receiving) UseSmall();
        }
    }

    ReadResult IValueTaskSource<ReadResult>.GetResult(short token)
    {
        _givingUp.Dispose();
        _givingUp = default;
        return _source.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource<ReadResult>.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource<ReadResult>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) => _source.OnCompleted(continuation, state, token, flags);

    /// <summary>What is given lies in one array, so a place in it is an index.</summary>
    private static int IndexOf(SequencePosition position) => position.GetInteger() & int.MaxValue;

    private void GiveUp(CancellationToken token)
    {
        lock (_gate)
        {
            if (!_waiting) return;
            _waiting = false;
        }

        _source.SetException(new OperationCanceledException(token));
    }

    private ReadResult Take()
    {
        if (_problem is not null && _examined == _end && !_cancelled) throw _problem;
        var news = new ReadResult(new ReadOnlySequence<byte>(Bytes, _start, _end - _start), _cancelled, _over);
        _cancelled = false;
        return news;
    }

    /// <summary>Asks the socket for more, unless it is being asked already. True when it said that no more will come.</summary>
    private bool Receive()
    {
        if (_receiving || _completed || _over || _problem is not null) return false;
        MakeRoom();
        var receive = socket.ReceiveAsync(Bytes.AsMemory(_end), SocketFlags.None).GetAwaiter();
        if (receive.IsCompleted) return Came(receive);
        (_receiving, _receive) = (true, receive);
        _receive.UnsafeOnCompleted(_received ??= Received);
        return false;
    }

    private void Received()
    {
        bool hungUp, answers;
        ReadResult news = default;
        lock (_gate)
        {
            _receiving = false;
            hungUp = Came(_receive);
            if (_completed) UseSmall();
            answers = _waiting;
            _waiting = false;
            if (answers && _problem is null) news = Take();
        }

        if (hungUp) ended();
        if (!answers) return;
        if (_problem is not null) _source.SetException(_problem);
        else _source.SetResult(news);
    }

    /// <summary>True when no more will come.</summary>
    private bool Came(ValueTaskAwaiter<int> receive)
    {
        try
        {
            var count = receive.GetResult();
            _filled = _end + count == Bytes.Length;
            _end += count;
            _over = count == 0;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.TimedOut or SocketError.NetworkReset or SocketError.HostUnreachable)
        {
            _problem = new ConnectionResetException(e.Message, e);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            _problem = new ConnectionAbortedException(e.Message, e);
        }

        return _over || _problem is not null;
    }

    /// <summary>Room behind what is there. Nobody reads it at this moment, so it may move.</summary>
    private void MakeRoom()
    {
        var length = _end - _start;
        if (length == 0)
        {
            (_start, _examined, _end) = (0, 0, 0);
            if (_filled) UseBlock();
            else UseSmall();
            return;
        }

        if (_end < Bytes.Length) return;
        var from = Bytes;
        var held = _block;
        if (length > from.Length / 2)
        {
            _block = from == _small ? Blocks.Pool.Take() : null;
            _large = _block?.Bytes ?? GC.AllocateUninitializedArray<byte>(from.Length * 2, pinned: true);
        }

        Buffer.BlockCopy(from, _start, Bytes, 0, length);
        if (held is not null && held != _block) Blocks.Pool.Return(held);
        (_start, _examined, _end) = (0, _examined - _start, length);
    }

    private void UseBlock()
    {
        if (_large is { Length: Blocks.Size }) return;
        UseSmall();
        _block = Blocks.Pool.Take();
        _large = _block.Bytes;
    }

    private void UseSmall()
    {
        if (_block is not null) Blocks.Pool.Return(_block);
        (_block, _large) = (null, null);
    }
}

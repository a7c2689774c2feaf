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

    // What the poller tells. The rest of what there is room for can have come since; only an end that it told of comes without a word more.
    private int? _place;
    private bool _isPolled, _mayHaveMore = true, _ending;

    private byte[] Bytes => _large ?? _small;

    /// <summary>Whether a reader would learn something new.</summary>
    private bool HasNews => _cancelled || _examined < _end || HasEnded;

    private bool HasEnded => _over || _problem is not null;

    /// <summary>Has the poller, where there is one, say when there is something to receive. Without it each receive waits for itself.</summary>
    public void Begin()
    {
        if (Poller.Shared is not { } poller) return;
        socket.Blocking = false;
        _place = poller.Enter(this, socket);
        _isPolled = _place is not null;
    }

    /// <summary>Bytes have come, or an end or error.</summary>
    /// <param name="ending">No more comes behind them.</param>
    public void Ready(bool ending)
    {
        Arrival arrival;
        lock (_gate)
        {
            _mayHaveMore = true;
            _ending |= ending;
            if (!_receiving || !Poll()) return;
            arrival = Arrive();
        }

        Tell(arrival);
    }

    /// <summary>The socket was closed on this side. Nobody else tells those who wait for it.</summary>
    public void Closed()
    {
        if (!_isPolled) return;
        lock (_gate)
        {
            if (_place is { } place) Poller.Shared!.Leave(place);
            _place = null;
            if (!_receiving) return;
        }

        ThreadPool.UnsafeQueueUserWorkItem(static reader => reader.Ready(ending: true), this, preferLocal: false);
    }

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
        if (_receiving || _completed || HasEnded) return false;
        MakeRoom();
        if (_isPolled)
        {
            _receiving = !Poll();
            return HasEnded;
        }

        var receive = socket.ReceiveAsync(Bytes.AsMemory(_end), SocketFlags.None).GetAwaiter();
        if (receive.IsCompleted)
        {
            Came(receive);
            return HasEnded;
        }

        (_receiving, _receive) = (true, receive);
        _receive.UnsafeOnCompleted(_received ??= Received);
        return false;
    }

    /// <summary>Whether there was something to receive.</summary>
    private bool Poll()
    {
        if (!_mayHaveMore) return false;
        try
        {
            var room = Bytes.AsSpan(_end);
            var count = socket.Receive(room, SocketFlags.None, out var error);
            _mayHaveMore = error == SocketError.Success && (_ending || count == room.Length);
            if (error == SocketError.WouldBlock) return false;
            if (error == SocketError.Success) Came(count);
            else Failed(new SocketException((int)error));
        }
        catch (ObjectDisposedException e)
        {
            Failed(e);
        }

        return true;
    }

    private void Received()
    {
        Arrival arrival;
        lock (_gate)
        {
            Came(_receive);
            arrival = Arrive();
        }

        Tell(arrival);
    }

    /// <summary>What was asked for is there.</summary>
    private Arrival Arrive()
    {
        _receiving = false;
        if (_completed) UseSmall();
        var answers = _waiting;
        _waiting = false;
        return new(HasEnded, answers, answers && _problem is null ? Take() : default);
    }

    private void Tell(Arrival arrival)
    {
        if (arrival.IsEnd) ended();
        if (!arrival.Answers) return;
        if (_problem is not null) _source.SetException(_problem);
        else _source.SetResult(arrival.News);
    }

    private void Came(ValueTaskAwaiter<int> receive)
    {
        try
        {
            Came(receive.GetResult());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            Failed(e);
        }
    }

    private void Came(int count)
    {
        _filled = _end + count == Bytes.Length;
        _end += count;
        _over = count == 0;
    }

    private void Failed(Exception problem)
        => _problem = problem is SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.TimedOut or SocketError.NetworkReset or SocketError.HostUnreachable }
            ? new ConnectionResetException(problem.Message, problem)
            : new ConnectionAbortedException(problem.Message, problem);

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

    /// <summary>What a receive has changed.</summary>
    /// <param name="IsEnd">No more will come.</param>
    /// <param name="Answers">A reader waited for it.</param>
    /// <param name="News">What it gets, if there was no problem.</param>
    private readonly record struct Arrival(bool IsEnd, bool Answers, ReadResult News);
}

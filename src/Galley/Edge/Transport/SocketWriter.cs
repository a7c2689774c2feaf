using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Galley.Edge.Transport;

/// <summary>What goes to a client: gathered in <see cref="Blocks"/> and given to the socket by the flush, which ends when the kernel has it.</summary>
/// <param name="socket">Written by nobody else.</param>
internal sealed class SocketWriter(Socket socket) : PipeWriter
{
    private readonly List<(Blocks.Block? Block, byte[] Bytes, int Length)> _full = [];
    private Blocks.Block? _block;
    private byte[]? _bytes;
    private int _length, _before; // in the last piece; in those before
    private bool _broken, _flushing, _completed;

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _before + _length;

    public override Memory<byte> GetMemory(int sizeHint = 0) => Room(sizeHint).AsMemory(_length);

    public override Span<byte> GetSpan(int sizeHint = 0) => Room(sizeHint).AsSpan(_length);

    public override void Advance(int bytes) => _length += bytes;

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (_broken || UnflushedBytes == 0) return new(new FlushResult(false, _broken));
        if (_flushing) throw new InvalidOperationException("The flush before has not ended.");
        var sending = _full.Count == 0 ? socket.SendAsync(_bytes.AsMemory(0, _length), SocketFlags.None, CancellationToken.None) : new(socket.SendAsync(Pieces(), SocketFlags.None));
        if (!sending.IsCompletedSuccessfully) return Wait(sending);
        sending.GetAwaiter().GetResult();
        Clear();
        return default;
    }

    /// <summary>An abort of the connection ends what is being flushed; nothing else does.</summary>
    public override void CancelPendingFlush()
    {
    }

    public override void Complete(Exception? exception = null)
    {
        _completed = true;
        if (!_flushing) Clear();
    }

    private byte[] Room(int sizeHint)
    {
        if (_bytes is not null)
        {
            if (_bytes.Length - _length >= Math.Max(1, sizeHint)) return _bytes;
            _full.Add((_block, _bytes, _length));
            _before += _length;
        }

        (_block, _length) = (sizeHint <= Blocks.Size ? Blocks.Pool.Take() : null, 0);
        return _bytes = _block?.Bytes ?? GC.AllocateUninitializedArray<byte>(sizeHint, pinned: true);
    }

    private ArraySegment<byte>[] Pieces() => [.. _full.Select(piece => new ArraySegment<byte>(piece.Bytes, 0, piece.Length)), new(_bytes!, 0, _length)];

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FlushResult> Wait(ValueTask<int> sending)
    {
        _flushing = true;
        try
        {
            await sending; // ends when all is sent
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            _broken = true; // whoever reads learns why
        }

        _flushing = false;
        Clear();
        return new FlushResult(false, _broken || _completed);
    }

    private void Clear()
    {
        foreach (var (block, _, _) in _full)
            if (block is not null)
                Blocks.Pool.Return(block);
        _full.Clear();
        if (_block is not null) Blocks.Pool.Return(_block);
        (_block, _bytes, _length, _before) = (null, null, 0, 0);
    }
}

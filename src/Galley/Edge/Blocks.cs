using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Galley.Edge;

/// <summary>
/// The memory that connections read into and write from, in blocks of 32 KiB. With Kestrel's own, of 4 KiB, a large body is asked of the kernel
/// eight times as often and an answer of 4 KiB is given to it in two pieces. Idle connections hold none.
/// </summary>
internal sealed class Blocks : MemoryPool<byte>, IMemoryPoolFactory<byte>
{
    public const int Size = 32 << 10;

    /// <summary>Most blocks kept for the next that asks (16 MiB); more are left to the garbage collector.</summary>
    private const int MostKept = 512;

    private readonly ConcurrentQueue<Block> _free = new();
    private int _kept;

    public override int MaxBufferSize => Size;

    /// <summary>Kestrel takes a pool's maker by dependency injection alone, and here it runs without (decision 0026).</summary>
    public static SocketTransportOptions Use(SocketTransportOptions options)
    {
        SetMaker(options, new Blocks());
        return options;
    }

    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => this;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        if (minBufferSize > Size) throw new ArgumentOutOfRangeException(nameof(minBufferSize));
        if (!_free.TryDequeue(out var block)) return new Block(this);
        Interlocked.Decrement(ref _kept);
        return block;
    }

    /// <summary>Every listener disposes of the pool that it was given; this one is for all.</summary>
    protected override void Dispose(bool disposing)
    {
    }

    private void Return(Block block)
    {
        if (Interlocked.Increment(ref _kept) <= MostKept) _free.Enqueue(block);
        else Interlocked.Decrement(ref _kept);
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_MemoryPoolFactory")]
    private static extern void SetMaker(SocketTransportOptions options, IMemoryPoolFactory<byte> maker);

    /// <summary>Pinned, as the kernel writes to it while the garbage collector runs.</summary>
    private sealed class Block(Blocks owner) : IMemoryOwner<byte>
    {
        private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(Size, pinned: true);

        public Memory<byte> Memory => _bytes;

        public void Dispose() => owner.Return(this);
    }
}

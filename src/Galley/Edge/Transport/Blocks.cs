using System.Buffers;
using System.Collections.Concurrent;

namespace Galley.Edge.Transport;

/// <summary>
/// The memory that all connections read into and write from, in blocks of 32 KiB. With Kestrel's own, of 4 KiB, a large body is asked of the kernel
/// eight times as often and an answer of 4 KiB is given to it in two pieces. Idle connections hold none.
/// </summary>
internal sealed class Blocks : MemoryPool<byte>
{
    public const int Size = 32 << 10;

    /// <summary>Most blocks kept for the next that asks (16 MiB); more are left to the garbage collector.</summary>
    private const int MostKept = 512;

    /// <summary>An answer is written and sent by one thread: its block comes round without a queue.</summary>
    [ThreadStatic]
    private static Block? _near;

    private readonly ConcurrentQueue<Block> _free = new();
    private int _kept;

    private Blocks()
    {
    }

    public static Blocks Pool { get; } = new();

    public override int MaxBufferSize => Size;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        if (minBufferSize > Size) throw new ArgumentOutOfRangeException(nameof(minBufferSize));
        return Take();
    }

    public Block Take()
    {
        if (_near is { } near)
        {
            _near = null;
            return near;
        }

        if (!_free.TryDequeue(out var block)) return new Block();
        Interlocked.Decrement(ref _kept);
        return block;
    }

    public void Return(Block block)
    {
        if (_near is null) _near = block;
        else if (Interlocked.Increment(ref _kept) <= MostKept) _free.Enqueue(block);
        else Interlocked.Decrement(ref _kept);
    }

    /// <summary>Nobody's to dispose of.</summary>
    protected override void Dispose(bool disposing)
    {
    }

    /// <summary>Pinned, as the kernel writes to it while the garbage collector runs.</summary>
    internal sealed class Block : IMemoryOwner<byte>
    {
        public byte[] Bytes { get; } = GC.AllocateUninitializedArray<byte>(Size, pinned: true);

        public Memory<byte> Memory => Bytes;

        public void Dispose() => Pool.Return(this);
    }
}

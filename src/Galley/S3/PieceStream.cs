using Galley.Store;
using Galley.Wire;

namespace Galley.S3;

/// <summary>A range of an object's bytes over its pieces, front to back.</summary>
internal sealed class PieceStream : ReadOnlyBodyStream
{
    private readonly Queue<(Stream Stream, long Length)> _open = new();
    private long _left;

    /// <summary>Bytes that remain.</summary>
    public long Remaining { get; private set; }

    public static PieceStream Open(IBlobs blobs, IReadOnlyList<Piece> pieces, long from, long length)
    {
        var stream = new PieceStream { Remaining = length };
        try
        {
            foreach (var piece in pieces)
            {
                if (length <= 0) break;
                if (from >= piece.Length)
                {
                    from -= piece.Length;
                    continue;
                }

                var part = blobs.Open(piece.Blob);
                part.Seek(from, SeekOrigin.Begin);
                var take = Math.Min(length, piece.Length - from);
                stream._open.Enqueue((part, take));
                length -= take;
                from = 0;
            }

            if (stream._open.TryPeek(out var first)) stream._left = first.Length;
            return stream;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_open.TryPeek(out var at))
        {
            if (_left > 0)
            {
                var read = await at.Stream.ReadAsync(buffer.Length > _left ? buffer[..(int)_left] : buffer, cancellationToken);
                if (read == 0) throw new EndOfStreamException("a blob is shorter than its record says");
                _left -= read;
                Remaining -= read;
                return read;
            }

            await at.Stream.DisposeAsync();
            _open.Dequeue();
            if (_open.TryPeek(out var next)) _left = next.Length;
        }

        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            while (_open.TryDequeue(out var at))
                at.Stream.Dispose();
        base.Dispose(disposing);
    }
}

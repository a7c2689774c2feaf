using System.Threading.Channels;
using Galley.Store;
using Galley.Wire;

namespace Galley.S3;

/// <summary>
/// The bytes of objects. A blob is kept, then committed by reference; one that no record holds any more is deleted in the background.
/// </summary>
/// <remarks>
/// Equal content has one name, so a blob may be dropped by one object while another is about to commit it. Between the last byte
/// of an upload and its commit the upload holds a turn; the sweeper takes all turns before it looks who holds a blob.
/// </remarks>
internal sealed class Blobs(IStore store, IBlobs blobs) : IDisposable
{
    private const int Turns = 128;
    private readonly SemaphoreSlim _turns = new(Turns);
    private readonly Channel<string> _dropped = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });
    private Task _sweeping = Task.CompletedTask;

    /// <summary>Keeps <paramref name="content"/> durably and runs <paramref name="commit"/>, which checks it and writes the record that holds it.</summary>
    public async ValueTask<T> Keep<T>(Stream content, Func<BlobRef, ValueTask<T>> commit, CancellationToken cancel)
    {
        await using var turn = new TurnAtEnd(content, _turns);
        var blob = await blobs.Put(turn, cancel);
        await turn.Take();
        try
        {
            return await commit(blob);
        }
        catch
        {
            Drop(blob.Name);
            throw;
        }
    }

    /// <summary>Says that a record that held the blob is gone; it is deleted when nobody else holds it.</summary>
    public void Drop(string blob) => _dropped.Writer.TryWrite(blob);

    public void Drop(IEnumerable<Piece> pieces)
    {
        foreach (var piece in pieces) Drop(piece.Blob);
    }

    /// <summary>Opens the bytes from <paramref name="from"/> on; all pieces at once, so that a later overwrite cannot take them away.</summary>
    /// <exception cref="FileNotFoundException">The record was overwritten meanwhile; read it again.</exception>
    public PieceStream Open(IReadOnlyList<Piece> pieces, long from, long length) => PieceStream.Open(blobs, pieces, from, length);

    public void Start(CancellationToken stopping) => _sweeping = Task.Run(() => Sweep(stopping), CancellationToken.None);

    public async ValueTask Stop()
    {
        _dropped.Writer.TryComplete();
        await _sweeping;
    }

    public void Dispose() => _turns.Dispose();

    private async Task Sweep(CancellationToken stopping)
    {
        try
        {
            while (await _dropped.Reader.WaitToReadAsync(stopping))
            {
                var names = new HashSet<string>();
                while (_dropped.Reader.TryRead(out var name)) names.Add(name);
                await Delete(names);
            }
        }
        catch (OperationCanceledException)
        {
            // what is left over is found by the sweep after a restart
        }
    }

    private async Task Delete(HashSet<string> names)
    {
        for (var turn = 0; turn < Turns; turn++) await _turns.WaitAsync();
        try
        {
            var free = await store.Read(async snapshot =>
            {
                var unheld = new List<string>();
                foreach (var name in names)
                    if (!await snapshot.IsHeld(name))
                        unheld.Add(name);
                return unheld;
            });
            foreach (var name in free) blobs.Delete(name);
        }
        finally
        {
            _turns.Release(Turns);
        }
    }

    /// <summary>Passes the content on; its end waits for a turn, which lasts until this is disposed.</summary>
    private sealed class TurnAtEnd(Stream content, SemaphoreSlim turns) : ReadOnlyBodyStream
    {
        private bool _taken;

        public async ValueTask Take()
        {
            if (_taken) return;
            await turns.WaitAsync();
            _taken = true;
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await content.ReadAsync(buffer, cancellationToken);
            if (read == 0 && buffer.Length > 0) await Take();
            return read;
        }

        public override ValueTask DisposeAsync()
        {
            if (_taken) turns.Release();
            _taken = false;
            return base.DisposeAsync();
        }
    }
}

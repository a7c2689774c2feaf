using System.Security.Cryptography;
using System.Threading.Channels;
using Galley.Store;
using Galley.Wire;

namespace Galley.S3;

/// <summary>
/// The bytes of objects. Small ones go into the store with their record, so that a PUT is one commit. A large one is kept as a blob,
/// then committed by reference; a blob that no record holds any more is deleted in the background, after a crash at the next start.
/// </summary>
/// <remarks>
/// Equal content has one name, so a blob may be dropped by one object while another is about to commit it. Between the last byte
/// of an upload and its commit the upload holds a turn; the sweeper takes all turns before it looks who holds a blob.
/// </remarks>
internal sealed class Blobs(IStore store, IBlobs shared) : IDisposable
{
    /// <summary>Most bytes of an object that lies in the store.</summary>
    public const int MostInStore = 32 << 10;

    private const int Turns = 128, SweptAtOnce = 500;
    private readonly IBlobs _blobs = shared.Area("s3");
    private readonly SemaphoreSlim _turns = new(Turns);
    private readonly Channel<string> _dropped = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });
    private Task _sweeping = Task.CompletedTask;

    /// <summary>Keeps <paramref name="content"/> durably and runs <paramref name="commit"/>, which checks it and writes the record that holds it.</summary>
    /// <param name="content">Read to its end.</param>
    /// <param name="length">Its length where that is known.</param>
    /// <param name="commit">Runs when all is read.</param>
    /// <param name="cancel">Ends the reading.</param>
    public async ValueTask<T> Keep<T>(Stream content, long? length, Func<KeptBytes, ValueTask<T>> commit, CancellationToken cancel)
    {
        if (length <= MostInStore)
        {
            var bytes = new byte[length.Value];
            await content.ReadExactlyAsync(bytes, cancel);
            // the end must be seen: that is where a body is found to be wrong
            return await content.ReadAsync(new byte[1], cancel) == 0 ? await commit(new KeptBytes(bytes)) : throw Errors.IncompleteBody();
        }

        if (length is null)
        {
            var head = new byte[MostInStore + 1];
            var read = await content.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancel);
            if (read <= MostInStore) return await commit(new KeptBytes(head[..read]));
            content = new HeadedStream(head, content);
        }

        await using var turn = new TurnAtEnd(content, _turns);
        var blob = await _blobs.Put(turn, cancel);
        await turn.Take();
        try
        {
            return await commit(new KeptBytes(blob));
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
        foreach (var piece in pieces)
            if (!piece.InStore)
                Drop(piece.Blob);
    }

    /// <summary>Opens the bytes from <paramref name="from"/> on; all pieces at once, so that a later overwrite cannot take them away.</summary>
    /// <exception cref="FileNotFoundException">The record was overwritten meanwhile; read it again.</exception>
    public PieceStream Open(IReadOnlyList<Piece> pieces, long from, long length) => PieceStream.Open(_blobs, pieces, from, length);

    public void Start(CancellationToken stopping)
    {
        _sweeping = Task.Run(
            async () =>
            {
                // What a crash left: written and never committed, or dropped and not yet deleted.
                foreach (var name in _blobs.All()) Drop(name);
                await Sweep(stopping);
            }, CancellationToken.None);
    }

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
                while (names.Count < SweptAtOnce && _dropped.Reader.TryRead(out var name)) names.Add(name);
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
            foreach (var name in free) _blobs.Delete(name);
        }
        finally
        {
            _turns.Release(Turns);
        }
    }

    /// <summary>What was read already, then the rest.</summary>
    private sealed class HeadedStream(ReadOnlyMemory<byte> head, Stream rest) : ReadOnlyBodyStream
    {
        private ReadOnlyMemory<byte> _head = head;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_head.Length == 0) return rest.ReadAsync(buffer, cancellationToken);
            var count = Math.Min(_head.Length, buffer.Length);
            _head[..count].CopyTo(buffer);
            _head = _head[count..];
            return new(count);
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

/// <summary>What was read of an upload: the bytes themselves, or the blob that has them.</summary>
internal sealed class KeptBytes
{
    private readonly string _sha256 = "";

    public KeptBytes(byte[] bytes)
    {
        (Bytes, Length) = (bytes, bytes.Length);
        Md5 = Convert.ToHexStringLower(MD5.HashData(bytes));
        Pieces = bytes.Length == 0 ? [] : [new Piece("", bytes.Length)];
    }

    public KeptBytes(BlobRef blob)
    {
        (Length, Md5, _sha256) = (blob.Length, blob.Md5, blob.Name);
        Pieces = blob.Length == 0 ? [] : [new Piece(blob.Name, blob.Length)];
    }

    public byte[]? Bytes { get; }

    /// <summary>The blob's name; only where there is one.</summary>
    public string Blob => _sha256;

    public IReadOnlyList<Piece> Pieces { get; }

    public long Length { get; }

    /// <summary>Lower-case hex.</summary>
    public string Md5 { get; }

    /// <summary>Lower-case hex; of small bodies counted only when somebody asks.</summary>
    public string Sha256 => Bytes is null ? _sha256 : Convert.ToHexStringLower(SHA256.HashData(Bytes));
}

using System.Globalization;
using System.Text;

namespace Galley.Functions;

/// <summary>Sends every write of a streaming handler as one chunk, at once.</summary>
/// <param name="send">Takes ready bytes of HTTP.</param>
/// <param name="begin">The head of the request for a content type, sent before the first chunk.</param>
internal sealed class ResponseWriter(Func<ReadOnlyMemory<byte>, Task> send, Func<string, byte[]> begin) : Stream
{
    /// <summary>Counts until the first write.</summary>
    public string ContentType { get; set; } = "application/octet-stream";

    public bool HasBegun { get; private set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.Length == 0) return;
        await Begin().ConfigureAwait(false);
        var size = Encoding.ASCII.GetBytes(buffer.Length.ToString("x", CultureInfo.InvariantCulture) + "\r\n");
        var chunk = new byte[size.Length + buffer.Length + 2];
        size.CopyTo(chunk, 0);
        buffer.CopyTo(chunk.AsMemory(size.Length));
        "\r\n"u8.CopyTo(chunk.AsSpan(chunk.Length - 2));
        await send(chunk).ConfigureAwait(false);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => WriteAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    /// <summary>Ends the answer, with an error behind it or none.</summary>
    public async Task End(string? errorType, byte[]? error)
    {
        await Begin().ConfigureAwait(false);
        var trailers = errorType is null ? "" : $"Lambda-Runtime-Function-Error-Type: {errorType}\r\nLambda-Runtime-Function-Error-Body: {Convert.ToBase64String(error!)}\r\n";
        await send(Encoding.ASCII.GetBytes($"0\r\n{trailers}\r\n")).ConfigureAwait(false);
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private async Task Begin()
    {
        if (HasBegun) return;
        HasBegun = true;
        await send(begin(ContentType)).ConfigureAwait(false);
    }
}

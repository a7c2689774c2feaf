using System.Threading.Channels;

namespace Galley.Lambda.Invoke;

/// <summary>An answer on its way from the function's process to the caller, chunk by chunk; a slow caller slows the function.</summary>
internal sealed class ResponseStream
{
    private readonly Channel<ReadOnlyMemory<byte>> _chunks = Channel.CreateBounded<ReadOnlyMemory<byte>>(new BoundedChannelOptions(64) { SingleReader = true });
    private readonly TaskCompletionSource<string?> _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _abandoned;

    /// <summary>Done with the content type when the function has begun to stream; null when it answered in one piece, or failed.</summary>
    public Task<string?> Begun => _begun.Task;

    public bool HasBegun { get; private set; }

    public IAsyncEnumerable<ReadOnlyMemory<byte>> Read(CancellationToken cancel) => _chunks.Reader.ReadAllAsync(cancel);

    public void Begin(string contentType)
    {
        HasBegun = true;
        _begun.TrySetResult(contentType);
    }

    public async ValueTask Write(ReadOnlyMemory<byte> chunk)
    {
        if (_abandoned) return;
        try
        {
            await _chunks.Writer.WriteAsync(chunk);
        }
        catch (ChannelClosedException)
        {
            // the caller has gone: the function runs on for nobody
        }
    }

    public void Complete()
    {
        _begun.TrySetResult(null);
        _chunks.Writer.TryComplete();
    }

    /// <summary>The caller has gone.</summary>
    public void Abandon()
    {
        _abandoned = true;
        _chunks.Writer.TryComplete();
        while (_chunks.Reader.TryRead(out _))
        {
            // makes room for a writer that waits
        }
    }
}

using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Galley.Edge.Transport;

/// <summary>A client's connection, as Kestrel wants it.</summary>
internal sealed class SocketConnection : ConnectionContext, IConnectionIdFeature, IConnectionTransportFeature, IConnectionItemsFeature, IConnectionLifetimeFeature, IMemoryPoolFeature
{
    private static long _last;
    private readonly Socket _socket;
    private readonly SocketReader _input;
    private readonly SocketWriter _output;
    private readonly CancellationTokenSource _closed = new();
    private string? _id;
    private IDictionary<object, object?>? _items;

    public SocketConnection(Socket socket)
    {
        _socket = socket;
        (LocalEndPoint, RemoteEndPoint) = (socket.LocalEndPoint, socket.RemoteEndPoint);
        // on a thread of its own: what hangs on it is the application's
        _input = new SocketReader(socket, () => ThreadPool.UnsafeQueueUserWorkItem(static closed => closed.Cancel(), _closed, preferLocal: false));
        _input.Begin();
        _output = new SocketWriter(socket);
        Transport = new Duplex(_input, _output);
        ConnectionClosed = _closed.Token;
        Features.Set<IConnectionIdFeature>(this);
        Features.Set<IConnectionTransportFeature>(this);
        Features.Set<IConnectionItemsFeature>(this);
        Features.Set<IConnectionLifetimeFeature>(this);
        Features.Set<IMemoryPoolFeature>(this);
    }

    public override string ConnectionId { get => _id ??= Interlocked.Increment(ref _last).ToString("X", System.Globalization.CultureInfo.InvariantCulture); set => _id = value; }

    public override IFeatureCollection Features { get; } = new FeatureCollection();

    public override IDictionary<object, object?> Items { get => _items ??= new ConnectionItems(); set => _items = value; }

    public override IDuplexPipe Transport { get; set; }

    public override CancellationToken ConnectionClosed { get; set; }

    public override EndPoint? LocalEndPoint { get; set; }

    public override EndPoint? RemoteEndPoint { get; set; }

    public System.Buffers.MemoryPool<byte> MemoryPool => Blocks.Pool;

    /// <summary>At once, and so that the client sees it (RST): what was not sent is lost.</summary>
    public override void Abort(ConnectionAbortedException abortReason) => Abort();

    public override void Abort()
    {
        _socket.Close(0);
        _input.Closed();
    }

    /// <summary>What was flushed has been sent.</summary>
    public override ValueTask DisposeAsync()
    {
        _input.Complete();
        _output.Complete();
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // it is at its end already
        }

        _socket.Dispose();
        _input.Closed();
        return default;
    }
}

using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Text;
using Galley.Edge.Transport;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Galley.Edge;

/// <summary>HTTP and TLS on one port: the first byte of a connection tells (0x16 opens a TLS handshake, RFC 8446 §5.1).</summary>
/// <param name="certificates">Asked at the first handshake.</param>
/// <param name="owner">Whose a name is; for a name that is nobody's the certificate is `localhost`'s.</param>
/// <param name="takesPlain">Whether plain HTTP may come to this address of ours.</param>
/// <param name="patience">How long a client may take for its first byte.</param>
/// <param name="time">Clock of the patience.</param>
/// <param name="refused">Told of plain HTTP where it is not taken.</param>
internal sealed class Tls(Func<Certificates> certificates, Func<string, ValueTask<Names.Owner?>> owner, Func<EndPoint?, bool> takesPlain, TimeSpan patience, TimeProvider time, Action<string, int> refused)
{
    private const byte Handshake = 0x16;
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);

    public ConnectionDelegate Middleware(ConnectionDelegate next) => async connection =>
    {
        var input = connection.Transport.Input;
        using var limit = new CancellationTokenSource(patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, connection.ConnectionClosed);
        ReadResult first;
        try
        {
            first = await input.ReadAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        if (first.Buffer.IsEmpty) return; // hung up, or never began
        var encrypted = first.Buffer.FirstSpan[0] == Handshake;
        if (!encrypted && !takesPlain(connection.LocalEndPoint))
        {
            input.AdvanceTo(first.Buffer.End);
            await RefusePlain(connection.Transport.Output);
            return;
        }

        input.AdvanceTo(first.Buffer.Start); // nothing consumed, nothing examined: the next reader sees it all
        if (encrypted) await Encrypted(connection, next);
        else await next(connection);
    };

    private async Task RefusePlain(PipeWriter output)
    {
        const string why = "This address takes TLS only: ask by https. (galley start --insecure-lan takes plain HTTP too.)\n";
        refused("no TLS, which the address that it came by demands", 400);
        await output.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: {why.Length}\r\nConnection: close\r\n\r\n{why}"));
    }

    private async Task Encrypted(ConnectionContext connection, ConnectionDelegate next)
    {
        var plain = connection.Transport;
        await using var stream = new SslStream(new DuplexStream(plain));
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed);
        timeout.CancelAfter(HandshakeTimeout);
        try
        {
            await stream.AuthenticateAsServerAsync(
                async (_, hello, _, _) => new SslServerAuthenticationOptions
                {
                    ServerCertificate = certificates().For(hello.ServerName.Length > 0 && await owner(hello.ServerName) is not null ? hello.ServerName : OwnName(connection.LocalEndPoint)),
                    ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
                    EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                },
                null, timeout.Token);
        }
        catch (Exception e) when (e is AuthenticationException or IOException or OperationCanceledException)
        {
            return; // the client hung up or does not trust us; its own error says why
        }

        connection.Features.Set<ITlsConnectionFeature>(new Session());
        connection.Features.Set<ITlsApplicationProtocolFeature>(new Protocol(stream.NegotiatedApplicationProtocol.Protocol));
        // a block is written as one TLS record (two, when it is full), not in pieces of 4 KiB with a record and a system call each
        var pool = connection.Features.Get<IMemoryPoolFeature>()!.MemoryPool;
        connection.Transport = new Duplex(
            PipeReader.Create(stream, new StreamPipeReaderOptions(pool, bufferSize: Blocks.Size, leaveOpen: true, useZeroByteReads: true)),
            PipeWriter.Create(stream, new StreamPipeWriterOptions(pool, minimumBufferSize: Blocks.Size, leaveOpen: true)));
        try
        {
            await next(connection);
        }
        finally
        {
            await connection.Transport.Input.CompleteAsync();
            await connection.Transport.Output.CompleteAsync();
            connection.Transport = plain;
        }
    }

    /// <summary>Whom a client means that names nobody: `localhost` (null), or the address by which another machine came.</summary>
    private static string? OwnName(EndPoint? own) => own is IPEndPoint { Address: var address } && Listening.IsElsewhere(address) ? (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString() : null;

    private sealed class Session : ITlsConnectionFeature
    {
        public System.Security.Cryptography.X509Certificates.X509Certificate2? ClientCertificate { get; set; }

        public Task<System.Security.Cryptography.X509Certificates.X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken)
            => Task.FromResult<System.Security.Cryptography.X509Certificates.X509Certificate2?>(null);
    }

    private sealed class Protocol(ReadOnlyMemory<byte> name) : ITlsApplicationProtocolFeature
    {
        public ReadOnlyMemory<byte> ApplicationProtocol => name;
    }

    /// <summary>A connection's pipes as the stream that SslStream wants.</summary>
    private sealed class DuplexStream(IDuplexPipe pipe) : Stream
    {
        private readonly Stream _input = pipe.Input.AsStream(leaveOpen: true), _output = pipe.Output.AsStream(leaveOpen: true);

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => _input.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => _output.WriteAsync(buffer, cancellationToken);

        public override Task FlushAsync(CancellationToken cancellationToken) => _output.FlushAsync(cancellationToken);

        public override void Flush() => _output.Flush();

        public override int Read(byte[] buffer, int offset, int count) => _input.Read(buffer, offset, count);

        public override void Write(byte[] buffer, int offset, int count) => _output.Write(buffer, offset, count);

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}

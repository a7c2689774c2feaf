using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Galley.Tests.Edge;

/// <summary>Group H, row 112: an HTTP/2 client that misbehaves loses its stream or its connection, and others are served.</summary>
public class Http2Tests
{
    private const byte Data = 0, Headers = 1, ResetStream = 3, Settings = 4, GoAway = 7, Continuation = 9, EndStream = 1, EndHeaders = 4;

    [Fact]
    public async Task Row_112_rapid_reset_ends_the_connection()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0 });
        await using var client = await Client.Open(server);
        try
        {
            for (var stream = 1; stream < 40_000; stream += 2)
            {
                await client.Send(Headers, EndHeaders | EndStream, stream, Head("localhost"));
                await client.Send(ResetStream, 0, stream, [0, 0, 0, 8]);
            }
        }
        catch (IOException)
        {
            // closed meanwhile
        }

        Assert.Equal(GoAway, await client.Until(GoAway));
        await Serves(server);
    }

    [Fact]
    public async Task Row_112_a_flood_of_continuations_ends_the_connection()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0 });
        await using var client = await Client.Open(server);
        try
        {
            await client.Send(Headers, EndStream, 1, Head("localhost"));
            for (var i = 0; i < 1000; i++) await client.Send(Continuation, 0, 1, [.. Field("x-" + i, new string('a', 8000))]);
        }
        catch (IOException)
        {
            // closed meanwhile
        }

        Assert.Equal(GoAway, await client.Until(GoAway));
        await Serves(server);
    }

    /// <summary>RFC 9113 §8.3.1 asks for an error or for one name: Kestrel drops `host` beside `:authority`, so nobody can take it for the name.</summary>
    [Fact]
    public async Task Row_112_a_host_beside_the_authority_counts_for_nothing()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0 });
        await using var client = await Client.Open(server);
        await client.Send(Headers, EndHeaders | EndStream, 1, [.. Head("evil.example"), .. Field("host", "localhost")]);
        Assert.Equal("other", await client.StatusOf(1)); // 403
        await client.Send(Headers, EndHeaders | EndStream, 3, [.. Head("localhost"), .. Field("host", "evil.example")]);
        Assert.Equal("200", await client.StatusOf(3));
        await Serves(server);
    }

    [Theory]
    [InlineData("5", "abc")]
    [InlineData("2", "abc")]
    public async Task Row_112_a_length_unlike_the_data_resets_the_stream(string length, string data)
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0 });
        await using var client = await Client.Open(server);
        await client.Send(Headers, EndHeaders, 1, [.. Head("localhost", "POST", "/"), .. Field("x-amz-target", "DynamoDB_20120810.ListTables"), .. Field("content-length", length)]);
        await client.Send(Data, EndStream, 1, Encoding.ASCII.GetBytes(data));
        Assert.Equal("reset", await client.StatusOf(1));
        await Serves(server);
    }

    private static async Task Serves(GalleyServer server)
    {
        using var http = new HttpClient();
        Assert.Equal("{\"status\":\"ready\"}", await http.GetStringAsync(new Uri(server.Endpoint, "/_galley/health")));
    }

    private static byte[] Head(string authority, string method = "GET", string path = "/_galley/health")
        => [.. Field(":method", method), .. Field(":scheme", "https"), .. Field(":path", path), .. Field(":authority", authority)];

    /// <summary>RFC 7541 §6.2.2: a literal without indexing, its name a literal too, without Huffman.</summary>
    private static byte[] Field(string name, string value) => [0, .. Text(name), .. Text(value)];

    private static byte[] Text(string text)
    {
        var bytes = Encoding.ASCII.GetBytes(text);
        if (bytes.Length < 127) return [(byte)bytes.Length, .. bytes];
        List<byte> length = [127];
        var rest = bytes.Length - 127;
        for (; rest >= 128; rest >>= 7) length.Add((byte)(rest & 127 | 128));
        return [.. length, (byte)rest, .. bytes];
    }

    private sealed class Client(SslStream stream) : IAsyncDisposable
    {
        private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(60));

        public static async Task<Client> Open(GalleyServer server)
        {
            var tcp = new TcpClient();
            await tcp.ConnectAsync("127.0.0.1", server.Port);
#pragma warning disable CA5359 // the certificate is another test's matter
            var stream = new SslStream(tcp.GetStream(), false, (_, _, _, _) => true);
#pragma warning restore CA5359
            await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", ApplicationProtocols = [SslApplicationProtocol.Http2] });
            var client = new Client(stream);
            await stream.WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray());
            await client.Send(Settings, 0, 0, []);
            return client;
        }

        public async Task Send(byte type, int flags, int id, byte[] payload)
        {
            var frame = new byte[9 + payload.Length];
            BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8 | type);
            frame[4] = (byte)flags;
            BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), id);
            payload.CopyTo(frame, 9);
            await stream.WriteAsync(frame, _patience.Token);
        }

        /// <summary>Reads on until such a frame, or until the end, which is as good.</summary>
        public async Task<byte> Until(byte type)
        {
            try
            {
                while (await Frame() is { } frame)
                    if (frame.Type == type)
                        return type;
            }
            catch (IOException)
            {
                // reset
            }

            return GoAway;
        }

        /// <summary>`:status` of the stream's answer, `reset`, or `closed` when the connection ended.</summary>
        public async Task<string> StatusOf(int id)
        {
            while (await Frame() is { } frame)
            {
                if (frame.Type == GoAway) return "closed";
                if (frame.Id != id) continue;
                if (frame.Type == ResetStream) return "reset";
                if (frame.Type == Headers) return Status(frame.Payload);
            }

            return "closed";
        }

        /// <summary>RFC 7541 appendix A: 200 and some others have an index of their own; any other is a literal behind index 8.</summary>
        private static string Status(byte[] block) => block[0] switch
        {
            0x88 => "200",
            0x8c => "400",
            0x8d => "404",
            _ => "other",
        };

        private async Task<(byte Type, int Id, byte[] Payload)?> Frame()
        {
            var head = new byte[9];
            if (await stream.ReadAtLeastAsync(head, 9, throwOnEndOfStream: false, _patience.Token) < 9) return null;
            var payload = new byte[BinaryPrimitives.ReadInt32BigEndian(head) >> 8 & 0xFFFFFF];
            await stream.ReadExactlyAsync(payload, _patience.Token);
            return (head[3], BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)), payload);
        }

        public async ValueTask DisposeAsync()
        {
            _patience.Dispose();
            await stream.DisposeAsync();
        }
    }
}

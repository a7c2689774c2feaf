using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Galley.Edge.Transport;
using Microsoft.AspNetCore.Connections;

namespace Galley.Tests.Edge;

/// <summary>The sockets under Kestrel (decision 0043): in whatever pieces bytes come and go, none is lost, and who hangs up is noticed.</summary>
public sealed class SocketsTests
{
    [Theory]
    [InlineData(999)]
    [InlineData(2047)]
    [InlineData(2048)]
    [InlineData(2049)]
    [InlineData(40_000)]
    [InlineData(1 << 20)]
    public async Task Requests_come_in_pieces_of_any_size(int piece)
    {
        await using var galley = await GalleyServer.StartAsync(new GalleyOptions { Port = 0 });
        var health = $"GET /_galley/health HTTP/1.1\r\nHost: localhost\r\nX-Pad: {new string('p', 20_000)}\r\n\r\n";
        var call = $"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: DynamoDB_20120810.ListTables\r\nContent-Length: 70000\r\n\r\n{new string('b', 70_000)}";
        var requests = Encoding.ASCII.GetBytes(health + call + health + call + health);
        using var socket = await RawHttp.Connect(galley.Port);
        var reading = RawHttp.Read(socket, 5);
        for (var at = 0; at < requests.Length; at += piece) await socket.SendAsync(requests.AsMemory(at, Math.Min(piece, requests.Length - at)));
        var answers = await reading;
        Assert.Equal(5, RawHttp.Answers(answers));
        Assert.Equal(3, answers.Split("{\"status\":\"ready\"}").Length - 1);
    }

    [Fact]
    public async Task What_is_looked_at_and_not_consumed_grows_in_one_piece_and_stays()
    {
        await using var pair = await Pair.Make();
        var sent = Enumerable.Range(0, 300_000).Select(i => (byte)(i * 7 / 5)).ToArray();
        var sending = pair.Client.SendAsync(sent);
        ReadResult read;
        while ((read = await pair.Input.ReadAsync()).Buffer.Length < sent.Length) pair.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        Assert.True(read.Buffer.IsSingleSegment);
        Assert.Equal(sent, read.Buffer.ToArray());
        pair.Input.AdvanceTo(read.Buffer.GetPosition(299_000));
        Assert.Equal(sent[299_000..], (await pair.Input.ReadAsync()).Buffer.ToArray());
        await sending;
    }

    [Fact]
    public async Task A_read_that_is_cancelled_loses_nothing()
    {
        await using var pair = await Pair.Make();
        var reading = pair.Input.ReadAsync();
        pair.Input.CancelPendingRead();
        var cancelled = await reading;
        Assert.True(cancelled is { IsCanceled: true, Buffer.IsEmpty: true });
        pair.Input.AdvanceTo(cancelled.Buffer.Start);
        using var patience = new CancellationTokenSource();
        var given = pair.Input.ReadAsync(patience.Token).AsTask();
        await patience.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => given);
        await pair.Client.SendAsync("abc"u8.ToArray());
        Assert.Equal("abc"u8.ToArray(), (await pair.Input.ReadAsync()).Buffer.ToArray());
    }

    [Fact]
    public async Task Who_hangs_up_is_noticed_while_nobody_reads()
    {
        await using var pair = await Pair.Make();
        var closed = new TaskCompletionSource();
        await using var registered = pair.Connection.ConnectionClosed.Register(closed.SetResult);
        await pair.Client.SendAsync("a request"u8.ToArray());
        pair.Input.AdvanceTo((await pair.Input.ReadAsync()).Buffer.End); // it is being answered
        pair.Client.Shutdown(SocketShutdown.Send);
        await closed.Task;
        Assert.True((await pair.Input.ReadAsync()) is { IsCompleted: true, Buffer.IsEmpty: true });
        await pair.Connection.Transport.Output.WriteAsync("an answer"u8.ToArray()); // it hears us still
        Assert.Equal(9, await pair.Client.ReceiveAsync(new byte[20]));
    }

    [Fact]
    public async Task An_answer_of_many_pieces_comes_whole_to_a_slow_client()
    {
        await using var pair = await Pair.Make();
        var output = pair.Connection.Transport.Output;
        var answer = new byte[20 << 20];
        new Random(1).NextBytes(answer);
        for (var at = 0; at < answer.Length;)
        {
            var some = Math.Min(answer.Length - at, 1 + at % 100_000);
            answer.AsSpan(at, some).CopyTo(output.GetSpan(some));
            output.Advance(some);
            at += some;
        }

        Assert.Equal(answer.Length, output.UnflushedBytes);
        var flushing = output.FlushAsync().AsTask();
        Assert.False(flushing.IsCompleted); // no socket takes so much at once
        var got = new MemoryStream();
        var buffer = new byte[50_000];
        while (got.Length < answer.Length) got.Write(buffer, 0, await pair.Client.ReceiveAsync(buffer));
        Assert.False((await flushing).IsCompleted);
        Assert.True(answer.AsSpan().SequenceEqual(got.ToArray()));
    }

    /// <summary>Whoever reads goes on with the thread that heard the bytes. As many as these are more than there are such threads.</summary>
    [Fact]
    public async Task Readers_that_keep_their_threads_hold_up_nobody_else()
    {
        using var mayGoOn = new ManualResetEventSlim();
        var kept = await Task.WhenAll(Enumerable.Range(0, 40).Select(async _ => await Pair.Make()));
        var readers = kept.Select(async pair =>
        {
            await pair.Input.ReadAsync().ConfigureAwait(false);
            mayGoOn.Wait();
        }).ToList();
        foreach (var pair in kept) await pair.Client.SendAsync("keep"u8.ToArray());
        await using (var other = await Pair.Make())
        {
            for (var i = 0; i < 100; i++)
            {
                var reading = other.Input.ReadAsync();
                await other.Client.SendAsync("word"u8.ToArray());
                other.Input.AdvanceTo((await reading).Buffer.End);
            }
        }

        mayGoOn.Set();
        await Task.WhenAll(readers);
        foreach (var pair in kept) await pair.DisposeAsync();
    }

    /// <summary>As many wait for each other as there are no threads for at first.</summary>
    [Fact]
    public async Task What_is_posted_goes_on_though_what_was_posted_before_waits_for_it()
    {
        Assert.SkipWhen(Poller.Shared is null, "Only Linux has a poller.");
        using var all = new CountdownEvent(40);
        for (var i = all.InitialCount; i > 0; i--)
            Poller.Shared.Post(new Posted(() =>
            {
                all.Signal();
                all.Wait();
            }));
        Assert.True(await Task.Run(() => all.Wait(TimeSpan.FromSeconds(30))));
    }

    /// <summary>Between two, the threads fall asleep, are just about to, or are busy with another's.</summary>
    [Fact]
    public async Task Nothing_that_is_posted_is_slept_over()
    {
        Assert.SkipWhen(Poller.Shared is null, "Only Linux has a poller.");
        var runs = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(seed => Task.Run(async () =>
        {
            var random = new Random(seed);
            for (var i = 0; i < 2000; i++)
            {
                var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                Poller.Shared.Post(new Posted(() =>
                {
                    Interlocked.Increment(ref runs);
                    done.SetResult();
                }));
                await done.Task;
                Thread.SpinWait(random.Next(2000));
            }
        }))).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(8 * 2000, runs);
    }

    [Theory]
    [InlineData(2048)] // what there was room for
    [InlineData(100)]
    public async Task An_end_that_came_with_the_last_bytes_is_noticed(int length)
    {
        await using var pair = await Pair.Make();
        await pair.Client.SendAsync(new byte[length]);
        pair.Client.Shutdown(SocketShutdown.Send);
        var all = 0L;
        ReadResult read;
        do
        {
            read = await pair.Input.ReadAsync();
            all += read.Buffer.Length;
            pair.Input.AdvanceTo(read.Buffer.End);
        }
        while (!read.IsCompleted);
        Assert.Equal(length, all);
    }

    [Fact]
    public async Task An_abort_ends_a_flush_and_a_read()
    {
        await using var pair = await Pair.Make();
        var flushing = pair.Connection.Transport.Output.WriteAsync(new byte[20 << 20]).AsTask();
        var reading = pair.Input.ReadAsync().AsTask();
        pair.Connection.Abort(new ConnectionAbortedException("enough"));
        Assert.True((await flushing).IsCompleted);
        await Assert.ThrowsAnyAsync<Exception>(() => reading);
        Assert.True((await pair.Connection.Transport.Output.WriteAsync("more"u8.ToArray())).IsCompleted);
    }

    /// <summary>A client and the server's end of its connection.</summary>
    private sealed record Pair(Socket Client, ConnectionContext Connection, IConnectionListener Listener) : IAsyncDisposable
    {
        public PipeReader Input => Connection.Transport.Input;

        public static async Task<Pair> Make()
        {
            var transport = new SocketTransport(endpoint =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(endpoint);
                return socket;
            });
            var listener = await transport.BindAsync(new IPEndPoint(IPAddress.Loopback, 0));
            var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await client.ConnectAsync(listener.EndPoint);
            return new(client, (await listener.AcceptAsync())!, listener);
        }

        public async ValueTask DisposeAsync()
        {
            await Connection.DisposeAsync();
            await Listener.DisposeAsync();
            Client.Dispose();
        }
    }

    private sealed class Posted(Action run) : IThreadPoolWorkItem
    {
        public void Execute() => run();
    }
}

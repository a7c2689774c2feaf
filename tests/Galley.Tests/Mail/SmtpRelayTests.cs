using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;
using Galley.Mail;
using Microsoft.Extensions.Time.Testing;

namespace Galley.Tests.Mail;

public class SmtpRelayTests
{
    [Fact]
    public async Task Mail_is_kept_and_then_handed_to_the_server_in_MIME()
    {
        await using var smtp = new FakeSmtp();
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Smtp = $"smtp://joe:s%20ecret@127.0.0.1:{smtp.Port}" });
        await server.Mail.Send("Die Köche <no-reply@example.com>", "ann@example.com", "Grüße " + new string('ü', 40), "Your code is 123456.\r\n.\r\nüber");
        var got = await smtp.Next();
        Assert.Equal(["MAIL FROM:<no-reply@example.com>", "RCPT TO:<ann@example.com>"], got.Envelope);
        Assert.Equal("\0joe\0s ecret", got.Login);
        Assert.Contains("To: ann@example.com\r\n", got.Data);
        Assert.Contains("From: =?utf-8?B?" + Convert.ToBase64String(Encoding.UTF8.GetBytes("Die Köche")) + "?= <no-reply@example.com>\r\n", got.Data);
        Assert.Contains("Content-Type: text/plain; charset=utf-8\r\n", got.Data);
        Assert.All(got.Data.Split("\r\n"), line => Assert.True(line.Length <= 78, line));
        Assert.Equal("Your code is 123456.\r\n.\r\nüber", Encoding.UTF8.GetString(Convert.FromBase64String(got.Data[(got.Data.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..])));
        Assert.Single(await server.Mail.List("ann@example.com"));
    }

    [Fact]
    public async Task A_server_that_says_later_is_asked_again_and_text_messages_stay_here()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(50));
        var log = Channel.CreateUnbounded<string>();
        await using var smtp = new FakeSmtp(refuseFirst: "451 4.7.1 Please wait");
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Time = time, Smtp = $"smtp://127.0.0.1:{smtp.Port}", Log = line => log.Writer.TryWrite(line) });
        await server.Mail.Send(Message.Sms, "+441632960001", "", "Your authentication code is 111111. ");
        await server.Mail.Send("a@example.com", "ann@example.com", "Hello", "one");
        Assert.Contains("451 4.7.1 Please wait (next try in 5 s)", (await log.Reader.ReadAsync()).Replace("the server answered ", "", StringComparison.Ordinal));
        using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var arrived = smtp.Next();
        while (!arrived.IsCompleted)
        {
            // The relay starts its timer a moment after its log line.
            enough.Token.ThrowIfCancellationRequested();
            time.Advance(TimeSpan.FromSeconds(5));
            await Task.WhenAny(arrived, Task.Delay(20));
        }

        Assert.Equal("RCPT TO:<ann@example.com>", (await arrived).Envelope[1]);
        Assert.Equal(["EMAIL", "SMS"], (await server.Mail.List()).Select(message => message.Medium));
    }

    [Theory]
    [InlineData("smtp://mail.example.com", "mail.example.com", 587, false)]
    [InlineData("smtps://joe@mail.example.com", "mail.example.com", 465, true)]
    [InlineData("smtp://[::1]:25", "::1", 25, false)]
    public void An_address_names_host_port_and_encryption(string text, string host, int port, bool tls)
        => Assert.Equal((host, port, tls), (SmtpAddress.Parse(text).Host, SmtpAddress.Parse(text).Port, SmtpAddress.Parse(text).Tls));

    [Theory]
    [InlineData("mail.example.com:25")]
    [InlineData("http://mail.example.com")]
    [InlineData("smtp://mail.example.com/x")]
    public void Anything_else_is_no_address(string text) => Assert.False(GalleyOptions.IsSmtp(text));

    /// <summary>As much of an SMTP server as takes one message a connection.</summary>
    private sealed class FakeSmtp : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly Channel<Got> _got = Channel.CreateUnbounded<Got>();
        private readonly Task _serving;
        private string? _refuse;

        public FakeSmtp(string? refuseFirst = null)
        {
            _refuse = refuseFirst;
            _listener.Start();
            _serving = Serve();
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public Task<Got> Next() => _got.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));

        public async ValueTask DisposeAsync()
        {
            _listener.Stop();
            await _serving;
        }

        private async Task Serve()
        {
            while (true)
            {
                try
                {
                    using var client = await _listener.AcceptTcpClientAsync();
                    await Talk(client.GetStream());
                }
                catch (IOException)
                {
                    // The client went away.
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException)
                {
                    return;
                }
            }
        }

        private async Task Talk(NetworkStream stream)
        {
            using var reader = new StreamReader(stream);
            await using var writer = new StreamWriter(stream) { AutoFlush = true, NewLine = "\r\n" };
            var envelope = new List<string>();
            string? login = null;
            await writer.WriteLineAsync("220 fake");
            while (await reader.ReadLineAsync() is { } line)
            {
                if (line.StartsWith("EHLO", StringComparison.Ordinal)) await writer.WriteLineAsync("250-fake\r\n250-AUTH LOGIN PLAIN\r\n250 8BITMIME");
                else if (line.StartsWith("AUTH PLAIN ", StringComparison.Ordinal))
                {
                    login = Encoding.UTF8.GetString(Convert.FromBase64String(line[11..]));
                    await writer.WriteLineAsync("235 ok");
                }
                else if (line.StartsWith("MAIL", StringComparison.Ordinal) && _refuse is { } refuse)
                {
                    _refuse = null;
                    await writer.WriteLineAsync(refuse);
                }
                else if (line == "DATA")
                {
                    await writer.WriteLineAsync("354 go");
                    var data = new StringBuilder();
                    while (await reader.ReadLineAsync() is { } text && text != ".") data.Append(text).Append("\r\n");
                    await writer.WriteLineAsync("250 taken");
                    _got.Writer.TryWrite(new Got(envelope, data.ToString(), login));
                }
                else if (line == "QUIT") return;
                else
                {
                    envelope.Add(line);
                    await writer.WriteLineAsync("250 ok");
                }
            }
        }

        internal sealed record Got(List<string> Envelope, string Data, string? Login);
    }
}

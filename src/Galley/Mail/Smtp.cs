using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Galley.Mail;

/// <summary>The part of RFC 5321 that hands one message to a relay: EHLO, STARTTLS, AUTH PLAIN or LOGIN, MAIL, RCPT, DATA.</summary>
internal sealed class Smtp : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TcpClient _tcp;
    private readonly CancellationToken _cancel;
    private Stream _stream;
    private StreamReader _reader;
    private HashSet<string> _offers = [];

    private Smtp(TcpClient tcp, CancellationToken cancel)
    {
        (_tcp, _cancel, _stream) = (tcp, cancel, tcp.GetStream());
        _reader = Reader();
    }

    /// <summary>Sends; returns when the server has taken the message.</summary>
    /// <exception cref="SmtpRefused">The server said no.</exception>
    public static async ValueTask Send(SmtpAddress server, Message message, TimeProvider time, CancellationToken stopping)
    {
        using var timeout = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stopping);
        try
        {
            var tcp = new TcpClient();
            try
            {
                await tcp.ConnectAsync(server.Host, server.Port, either.Token);
            }
            catch
            {
                tcp.Dispose();
                throw;
            }

            await using var smtp = new Smtp(tcp, either.Token);
            await smtp.Greet(server);
            await smtp.Deliver(message);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            throw new TimeoutException("the server did not answer in time");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _reader.Dispose();
        await _stream.DisposeAsync();
        _tcp.Dispose();
    }

    private async ValueTask Greet(SmtpAddress server)
    {
        var safe = server.Tls;
        if (safe) await Encrypt(server.Host);
        await Expect(220);
        await Hello();
        if (!safe && _offers.Contains("STARTTLS"))
        {
            await Say("STARTTLS", 220);
            await Encrypt(server.Host);
            await Hello();
            safe = true;
        }

        if (server.User is null) return;
        if (!safe && !IsHere(server.Host)) throw new SmtpRefused("the server offers no TLS, and the password does not go out without", permanent: false);
        if (_offers.Contains("AUTH PLAIN"))
        {
            await Say("AUTH PLAIN " + Base64($"\0{server.User}\0{server.Password}"), 235, secret: true);
            return;
        }

        await Say("AUTH LOGIN", 334);
        await Say(Base64(server.User), 334, secret: true);
        await Say(Base64(server.Password ?? ""), 235, secret: true);
    }

    private async ValueTask Deliver(Message message)
    {
        var (from, to) = (Mailbox(message.From), Mailbox(message.To));
        var wide = !Ascii.IsValid(from) || !Ascii.IsValid(to);
        if (wide && !_offers.Contains("SMTPUTF8")) throw new SmtpRefused("the server takes no addresses beyond ASCII", permanent: true);
        await Say($"MAIL FROM:<{from}>{(wide ? " SMTPUTF8" : "")}", 250);
        await Say($"RCPT TO:<{to}>", 250);
        await Say("DATA", 354);
        await Write(Mime.Text(message) + "\r\n.\r\n");
        await Expect(250);
        await Write("QUIT\r\n");
    }

    private async ValueTask Hello()
    {
        await Write("EHLO localhost\r\n");
        var lines = await Expect(250);
        _offers = [.. lines.Skip(1).SelectMany(Offer)];

        static IEnumerable<string> Offer(string line)
        {
            var words = line.ToUpperInvariant().Split(' ');
            return words[0] == "AUTH" ? words.Skip(1).Select(way => "AUTH " + way) : [words[0]];
        }
    }

    private async ValueTask Encrypt(string host)
    {
        var tls = new SslStream(_stream);
        _stream = tls;
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = host }, _cancel);
        // What was read ahead came before the encryption and must not count after it.
        _reader = Reader();
    }

    private async ValueTask Say(string command, int code, bool secret = false)
    {
        if (command.AsSpan().ContainsAny('\r', '\n')) throw new SmtpRefused("a line break in an address", permanent: true);
        await Write(command + "\r\n");
        await Expect(code, secret);
    }

    private async ValueTask Write(string text)
    {
        await _stream.WriteAsync(Encoding.UTF8.GetBytes(text), _cancel);
        await _stream.FlushAsync(_cancel);
    }

    private async ValueTask<List<string>> Expect(int code, bool secret = false)
    {
        var lines = new List<string>();
        while (true)
        {
            var line = await _reader.ReadLineAsync(_cancel) ?? throw new IOException("the server closed the connection");
            if (lines.Count > 100 || line.Length < 3 || !int.TryParse(line.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var said)) throw new IOException("the server does not speak SMTP");
            lines.Add(line.Length > 4 ? line[4..] : "");
            if (line.Length > 3 && line[3] == '-') continue;
            if (said == code) return lines;
            throw new SmtpRefused(secret ? $"the server answered {said} to the log-in" : $"the server answered {line}", permanent: said is >= 500 and < 600 && !secret);
        }
    }

    private StreamReader Reader() => new(_stream, Encoding.UTF8, detectEncodingFromByteOrderMarks: false, bufferSize: 1024, leaveOpen: true);

    private static string Mailbox(string text)
    {
        var open = text.LastIndexOf('<');
        var address = open < 0 ? text.Trim() : text[(open + 1)..].TrimEnd().TrimEnd('>');
        return address.AsSpan().ContainsAny("<> \t\r\n") || !address.Contains('@') ? throw new SmtpRefused("no mail address", permanent: true) : address;
    }

    private static bool IsHere(string host) => host == "localhost" || IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address);

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}

/// <summary>The SMTP server said no.</summary>
internal sealed class SmtpRefused(string message, bool permanent) : Exception(message)
{
    /// <summary>Asking again would change nothing.</summary>
    public bool Permanent => permanent;
}

using System.Globalization;
using Galley.Store;

namespace Galley.Mail;

/// <summary>
/// Passes stored mail on to a real SMTP server (`--smtp`): each message has a row until the server has taken it, so nothing is forgotten over a
/// restart. A server that is not there, or says "later", is tried again; one that says "never" is believed.
/// </summary>
internal sealed class SmtpRelay(Installation installation, SmtpAddress server, Func<string, ValueTask<Message?>> find)
{
    private const int MaxAttempts = 12;

    private readonly SemaphoreSlim _work = new(0);

    /// <summary>Puts the message's row in the caller's write.</summary>
    public void Put(ITransaction tx, Message message)
    {
        if (!message.IsSms) tx.Put(Keys.Outgoing(installation.Account, message.Id), new Outgoing(message.Id, 0, installation.Now), MailJson.Default.Outgoing);
    }

    public void Wake() => _work.Release();

    public async Task Run(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                var next = await Round(stopping);
                using var timer = new CancellationTokenSource(next is { } at && at > installation.Now ? at - installation.Now : TimeSpan.FromMinutes(10), installation.Time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, stopping);
                await _work.WaitAsync(either.Token);
            }
            catch (OperationCanceledException)
            {
                // Time for the next round, or the end.
            }
        }
    }

    /// <summary>Sends all that is due; when the next one is.</summary>
    private async ValueTask<DateTimeOffset?> Round(CancellationToken stopping)
    {
        DateTimeOffset? next = null;
        foreach (var row in await installation.Store.Read(tx => tx.List(Keys.Outgoings(installation.Account), MailJson.Default.Outgoing)))
        {
            stopping.ThrowIfCancellationRequested();
            var later = row.Next > installation.Now ? row : await Try(row, stopping);
            if (later is not null && (next is null || later.Next < next)) next = later.Next;
        }

        return next;
    }

    /// <summary>One attempt; the row as it waits for the next, null when it is over.</summary>
    private async ValueTask<Outgoing?> Try(Outgoing row, CancellationToken stopping)
    {
        var message = await find(row.Id);
        Outgoing? later = null;
        try
        {
            if (message is not null) await Smtp.Send(server, message, installation.Time, stopping);
        }
        catch (Exception e) when (e is SmtpRefused or IOException or System.Net.Sockets.SocketException or System.Security.Authentication.AuthenticationException or TimeoutException)
        {
            var attempts = row.Attempts + 1;
            var over = e is SmtpRefused { Permanent: true } || attempts >= MaxAttempts;
            var wait = TimeSpan.FromSeconds(Math.Min(5 * Math.Pow(2, row.Attempts), 3600));
            installation.Log($"mail {row.Id} to {server.Host}: {e.Message} ({(over ? "given up" : string.Create(CultureInfo.InvariantCulture, $"next try in {wait.TotalSeconds} s"))})");
            later = over ? null : row with { Attempts = attempts, Next = installation.Now + wait };
        }

        await installation.Store.Write(tx =>
        {
            if (later is null) tx.Delete(Keys.Outgoing(installation.Account, row.Id));
            else tx.Put(Keys.Outgoing(installation.Account, row.Id), later, MailJson.Default.Outgoing);
            return ValueTask.CompletedTask;
        });
        return later;
    }
}

/// <param name="Id">The message's.</param>
/// <param name="Attempts">Failed ones so far.</param>
/// <param name="Next">When it is tried next.</param>
internal sealed record Outgoing(string Id, int Attempts, DateTimeOffset Next);

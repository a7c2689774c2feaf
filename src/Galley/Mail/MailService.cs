using Galley.Store;

namespace Galley.Mail;

/// <summary>What Galley mails, kept in an inbox of the installation instead of being sent: a page and a small API show it.</summary>
internal sealed class MailService(Installation installation) : IService
{
    private readonly MailWaiters _waiters = new();

    public IEnumerable<IDoor> Doors => [new Inbox(this, installation)];

    /// <summary>Keeps a message; durable on return.</summary>
    public async ValueTask Send(string from, string to, string subject, string text)
    {
        if ((from + to + subject).AsSpan().ContainsAny('\r', '\n')) throw new ArgumentException("a line break in a mail header");
        var message = new Message
        {
            Id = installation.Ids.Next(16),
            Time = installation.Now,
            From = from,
            To = to,
            Subject = subject,
            Text = text,
        };
        // A mail holds codes, which must not lie in the data in clear.
        var kept = message with { Text = installation.Secrets.SealText(Purpose(message), text) };
        await installation.Store.Write(tx =>
        {
            tx.Put(Keys.Message(installation.Account, message), kept, MailJson.Default.Message);
            return ValueTask.CompletedTask;
        });
        _waiters.Arrived(message);
    }

    /// <summary>Messages, newest first.</summary>
    /// <param name="to">Only those to this address; null for all.</param>
    public async ValueTask<IReadOnlyList<Message>> List(string? to = null)
    {
        var prefix = Keys.Messages(installation.Account);
        return await installation.Store.Read<IReadOnlyList<Message>>(async snapshot =>
        {
            var messages = await snapshot.List(prefix, MailJson.Default.Message);
            messages.Reverse();
            return (to is null ? messages : messages.FindAll(message => Same(message.To, to)))
                .ConvertAll(message => message with { Text = installation.Secrets.OpenText(Purpose(message), message.Text) });
        });
    }

    /// <summary>The newest message to an address that came after <paramref name="after"/>; waits for it until cancelled.</summary>
    public async ValueTask<Message> Wait(string to, string? after, CancellationToken cancel)
    {
        // Registered before the look, so that nothing falls between the look and the wait.
        var next = _waiters.Next(to, cancel);
        var there = (await List(to)).FirstOrDefault();
        return there is not null && there.Id != after ? there : await next;
    }

    private static string Purpose(Message message) => "mail/" + message.Id;

    private static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);
}

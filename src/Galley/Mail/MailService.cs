using Galley.Store;
using Galley.Wire;

namespace Galley.Mail;

/// <summary>
/// What Galley mails and texts, kept in an inbox of the installation: a page and a small API show it. With an SMTP server mail also goes out,
/// after it was kept.
/// </summary>
internal sealed class MailService : IService
{
    private readonly Installation _installation;
    private readonly MailWaiters _waiters = new();
    private readonly SmtpRelay? _relay;
    private DateTimeOffset _newest;
    private Task _relaying = Task.CompletedTask;

    public MailService(Installation installation)
    {
        _installation = installation;
        if (installation.Options.Smtp is { } smtp) _relay = new SmtpRelay(installation, SmtpAddress.Parse(smtp), Find);
    }

    public IEnumerable<IDoor> Doors => [new Inbox(this, _installation)];

    public void AddOwn(JsonService own) => new InboxApi(this, _installation).AddTo(own);

    /// <summary>Keeps a message; durable on return.</summary>
    public async ValueTask Send(string from, string to, string subject, string text)
    {
        if ((from + to + subject).AsSpan().ContainsAny('\r', '\n')) throw new ArgumentException("a line break in a mail header");
        var message = new Message
        {
            Id = _installation.Ids.Next(16),
            Time = NextTime(),
            From = from,
            To = to,
            Subject = subject,
            Text = text,
        };
        // A mail holds codes, which must not lie in the data in clear.
        var kept = message with { Text = _installation.Secrets.SealText(Purpose(message), text) };
        await _installation.Store.Write(tx =>
        {
            tx.Put(Keys.Message(_installation.Account, message), kept, MailJson.Default.Message);
            _relay?.Put(tx, message);
            return ValueTask.CompletedTask;
        });
        _waiters.Arrived(message);
        _relay?.Wake();
    }

    public ValueTask Start(CancellationToken stopping)
    {
        if (_relay is not null) _relaying = _relay.Run(stopping);
        return ValueTask.CompletedTask;
    }

    public async ValueTask Stop() => await _relaying;

    private async ValueTask<Message?> Find(string id) => (await List()).FirstOrDefault(message => message.Id == id);

    /// <summary>Messages, newest first.</summary>
    /// <param name="to">Only those to this address; null for all.</param>
    public async ValueTask<IReadOnlyList<Message>> List(string? to = null)
    {
        var prefix = Keys.Messages(_installation.Account);
        return await _installation.Store.Read<IReadOnlyList<Message>>(async snapshot =>
        {
            var messages = await snapshot.List(prefix, MailJson.Default.Message);
            messages.Reverse();
            return (to is null ? messages : messages.FindAll(message => Same(message.To, to)))
                .ConvertAll(message => message with { Text = _installation.Secrets.OpenText(Purpose(message), message.Text) });
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

    /// <summary>Now, and yet later than the message before, so that the order of arrival is kept.</summary>
    private DateTimeOffset NextTime()
    {
        lock (_waiters)
        {
            var now = _installation.Now;
            return _newest = now > _newest ? now : _newest.AddTicks(1);
        }
    }

    private static string Purpose(Message message) => "mail/" + message.Id;

    private static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);
}

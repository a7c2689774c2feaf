using System.Collections.Concurrent;

namespace Galley.Testing;

/// <summary>What the cloud has mailed and texted.</summary>
public sealed class CloudMail
{
    private readonly GalleyServer _server;
    private readonly ConcurrentDictionary<string, string> _seen = new(StringComparer.OrdinalIgnoreCase);

    internal CloudMail(GalleyServer server) => _server = server;

    /// <summary>The code in the next message to an address: one that this has not given yet, there already or still to come.</summary>
    /// <param name="address">E-mail address, or telephone number for text messages.</param>
    /// <param name="patience">How long to wait, by the machine's clock; ten seconds when null.</param>
    /// <exception cref="TimeoutException">No message came.</exception>
    /// <exception cref="InvalidOperationException">The message has no code.</exception>
    public async Task<string> WaitForCodeAsync(string address, TimeSpan? patience = null)
        => await WaitAsync(address, patience) is var message && message.Code is { } code ? code : throw new InvalidOperationException($"The mail \"{message.Subject}\" to {address} has no code in it: {message.Text}");

    /// <summary>The code in the next message to a user.</summary>
    /// <inheritdoc cref="WaitForCodeAsync(string, TimeSpan?)" />
    public Task<string> WaitForCodeAsync(CloudUser user, TimeSpan? patience = null) => WaitForCodeAsync(user.Email, patience);

    /// <summary>The next message to an address, as <see cref="WaitForCodeAsync(string, TimeSpan?)"/> finds it.</summary>
    /// <inheritdoc cref="WaitForCodeAsync(string, TimeSpan?)" />
    public async Task<CloudMessage> WaitAsync(string address, TimeSpan? patience = null)
    {
        using var late = new CancellationTokenSource(patience ?? TimeSpan.FromSeconds(10));
        try
        {
            var message = await _server.Mail.Wait(address, _seen.GetValueOrDefault(address), late.Token);
            _seen[address] = message.Id;
            return new CloudMessage(message.To, message.Subject, message.Text, message.Code, message.Time);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"No new mail came to {address}.");
        }
    }

    /// <summary>Every message that is kept, newest first.</summary>
    /// <param name="address">Only those to it; null for all.</param>
    public async Task<IReadOnlyList<CloudMessage>> ListAsync(string? address = null)
        => [.. (await _server.Mail.List(address)).Select(message => new CloudMessage(message.To, message.Subject, message.Text, message.Code, message.Time))];

    internal IReadOnlyDictionary<string, string> Seen() => new Dictionary<string, string>(_seen);

    internal void PutBack(IReadOnlyDictionary<string, string> seen)
    {
        _seen.Clear();
        foreach (var (address, id) in seen) _seen[address] = id;
    }
}

/// <summary>A mail or a text message.</summary>
/// <param name="To">Address or number.</param>
/// <param name="Subject">Empty for a text message.</param>
/// <param name="Text">What it says.</param>
/// <param name="Code">The code in it; null for none.</param>
/// <param name="Time">When it was sent, by the cloud's clock.</param>
public sealed record CloudMessage(string To, string Subject, string Text, string? Code, DateTimeOffset Time);

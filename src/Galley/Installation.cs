using Galley.Store;
using Galley.Wire;

namespace Galley;

/// <summary>What belongs to one installation and every service may use: store, clock, ids, secrets, names.</summary>
internal sealed record Installation : IAsyncDisposable
{
    public required GalleyOptions Options { get; init; }

    public required IStore Store { get; init; }

    public required IBlobs Blobs { get; init; }

    public required Ids Ids { get; init; }

    public required Secrets Secrets { get; init; }

    public required LocalNames Names { get; init; }

    public required Certificates Certificates { get; init; }

    /// <summary>The account's root; IAM answers for every other key.</summary>
    public required RootKey RootKey { get; init; }

    /// <summary>A folder for files that live only as long as the process (unpacked functions, sockets); 0700.</summary>
    public required string ScratchFolder { get; init; }

    public TimeProvider Time => Options.Time;

    public DateTimeOffset Now => Options.Time.GetUtcNow();

    public string Account => Options.Account;

    public string Region => Options.Region;

    /// <summary>The port we listen on; known once the listener is up.</summary>
    public int Port => Names.Port;

    public void Log(string line) => Options.Log?.Invoke(line);

    /// <summary>A call of our own, for background work and arrows that act as a service.</summary>
    /// <param name="principal">As whom.</param>
    /// <param name="region">The installation's when null.</param>
    /// <param name="cancel">Ends it.</param>
    /// <param name="trail">That of the door's request on whose behalf we call; its id becomes the call's.</param>
    public Call CallAs(Principal principal, string? region = null, CancellationToken cancel = default, Trail? trail = null) => new()
    {
        RequestId = trail?.RequestId ?? Ids.Uuid(),
        Trail = trail ?? new Trail(),
        Account = Account,
        Region = region ?? Region,
        Principal = principal,
        Cancellation = cancel,
    };

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        Certificates.Dispose();
        if (Directory.Exists(ScratchFolder)) Directory.Delete(ScratchFolder, recursive: true);
    }
}

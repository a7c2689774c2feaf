using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Galley.Store;
using Galley.Wire;
using Microsoft.AspNetCore.Http;

namespace Galley;

/// <summary>What belongs to one installation and every service may use: store, clock, ids, secrets, names.</summary>
internal sealed record Installation : IAsyncDisposable
{
    public required GalleyOptions Options { get; init; }

    public required IStore Store { get; init; }

    public required IBlobs Blobs { get; init; }

    /// <summary>What services read again and again out of the store.</summary>
    public required ReadCache Reads { get; init; }

    public required Ids Ids { get; init; }

    public required Secrets Secrets { get; init; }

    public required LocalNames Names { get; init; }

    public required Certificates Certificates { get; init; }

    /// <summary>The account's root; IAM answers for every other key.</summary>
    public required RootKey RootKey { get; init; }

    public required Listening Listening { get; init; }

    /// <summary>A folder for files that live only as long as the process (unpacked functions, sockets); 0700.</summary>
    public required string ScratchFolder { get; init; }

    public TimeProvider Time => Options.Time;

    public DateTimeOffset Now => Options.Time.GetUtcNow();

    public string Account => Options.Account;

    public string Region => Options.Region;

    /// <summary>The clock of clients and of functions' processes, where ours is moved by hand; null where all have the same.</summary>
    public IClientClock? ClientClock => Options.Time as IClientClock;

    /// <summary>What a request's signature is judged by, in a region and an account. `--credentials any` is for programs: what a web page sends must be signed by a real key all the same (security §4).</summary>
    public SigV4.Rules SignatureRules(HttpContext http, string region, string account)
        => new(Now, region, account, Options.AnyCredentials && !Listening.IsFromAWebPage(http)) { Clients = ClientClock, WithoutRoot = Listening.WithoutRoot(http) };

    /// <summary>The port we listen on; known once the listener is up.</summary>
    public int Port => Names.Port;

    private readonly ConcurrentDictionary<int, byte> _functionPorts = new();

    /// <summary>Marks a connection to our own port as a contained function's, until it is disposed.</summary>
    public IDisposable OfAFunction(Socket connection)
    {
        var port = ((IPEndPoint)connection.LocalEndPoint!).Port;
        _functionPorts[port] = 0;
        return new Closing(() => _functionPorts.TryRemove(port, out _));
    }

    /// <summary>Whether a request came out of a contained function: our own pages are not for it.</summary>
    public bool IsOfAFunction(int remotePort) => _functionPorts.ContainsKey(remotePort);

    /// <summary>What a test wants to befall a request here.</summary>
    public ValueTask<Harm> Reach(Hop hop, string name, CancellationToken cancel) => Options.Faults is { } faults ? faults.At(hop, name, cancel) : default;

    public void Log(string line) => Options.Log?.Invoke(line);

    /// <summary>A call of our own, for background work and arrows that act as a service.</summary>
    /// <param name="principal">As whom.</param>
    /// <param name="region">The installation's when null.</param>
    /// <param name="cancel">Ends it.</param>
    /// <param name="trail">That of the door's request on whose behalf we call; its id becomes the call's.</param>
    /// <param name="via">The service that calls with the principal's rights, where that is somebody else's.</param>
    public Call CallAs(Principal principal, string? region = null, CancellationToken cancel = default, Trail? trail = null, string? via = null) => new()
    {
        RequestId = trail?.RequestId ?? Ids.Uuid(),
        Trail = trail ?? new Trail(),
        Account = Account,
        Region = region ?? Region,
        Principal = principal,
        Cancellation = cancel,
        Via = via,
    };

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        Certificates.Dispose();
        if (Directory.Exists(ScratchFolder)) Directory.Delete(ScratchFolder, recursive: true);
    }

    private sealed class Closing(Action close) : IDisposable
    {
        public void Dispose() => close();
    }
}

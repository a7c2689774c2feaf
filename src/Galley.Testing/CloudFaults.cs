namespace Galley.Testing;

/// <summary>Where on a request's way a fault strikes.</summary>
public sealed record At
{
    private At(Hop hop, string? name) => (Hop, Name) = (hop, name);

    internal Hop Hop { get; }

    internal string? Name { get; }

    /// <summary>CloudFront, every distribution.</summary>
    public static At Edge { get; } = new(Hop.Edge, null);

    /// <summary>Every HTTP API, before anything else of it.</summary>
    public static At Api { get; } = new(Hop.Api, null);

    /// <summary>The sign-in pages and OAuth endpoints.</summary>
    public static At SignIn { get; } = new(Hop.SignIn, null);

    /// <summary>The authorizers of every API; routes without one are not touched.</summary>
    public static At Authorizer { get; } = new(Hop.Authorizer, null);

    /// <summary>A function, by its name or its logical id in the template; null for every one.</summary>
    public static At Function(string? name = null) => new(Hop.Function, name);

    /// <summary>A DynamoDB table, by its name or its logical id; null for every one. Whoever asks for it, functions and SDKs alike.</summary>
    public static At Table(string? name = null) => new(Hop.Table, name);

    /// <summary>An S3 bucket as the S3 API has it, by its name or its logical id; null for every one. CloudFront does not come by here.</summary>
    public static At Bucket(string? name = null) => new(Hop.Bucket, name);

    /// <summary>One operation of the AWS API.</summary>
    /// <param name="name">As in a policy: `ssm:GetParameter`.</param>
    public static At Operation(string name) => new(Hop.Operation, name);
}

/// <summary>Faults that strike requests on their way: delays on the cloud's clock, throttling, errors, crashes; each as the service itself would show it.</summary>
public sealed class CloudFaults
{
    private readonly Lock _gate = new();
    private readonly Random _chances;
    private readonly TimeProvider _time;
    private readonly Func<string, string, bool> _isNamed;
    private volatile Fault[] _active = [];

    internal CloudFaults(int seed, TimeProvider time, Func<string, string, bool> isNamed)
    {
        (_chances, _time, _isNamed) = (new Random(seed), time, isNamed);
        Seam = new Place(this);
    }

    internal IFaults Seam { get; }

    /// <summary>Requests wait there so long, by the cloud's clock: move it, and they go on.</summary>
    /// <param name="at">Where.</param>
    /// <param name="by">How long.</param>
    /// <param name="times">How many requests; null for every one.</param>
    /// <param name="chance">Of each request to be struck, from 0 to 1, drawn from the cloud's seed.</param>
    /// <returns>Dispose it to end it.</returns>
    public Fault Delay(At at, TimeSpan by, int? times = null, double chance = 1) => Add(new Fault(this, at, Harm.None, by, times, chance));

    /// <summary>Requests are refused as too many: `ProvisionedThroughputExceededException`, `SlowDown`, `TooManyRequestsException`, status 429.</summary>
    /// <inheritdoc cref="Delay" />
    public Fault Throttle(At at, int? times = null, double chance = 1) => Add(new Fault(this, at, Harm.Throttle, default, times, chance));

    /// <summary>Requests fail there by an error of the service's own, a function by an unhandled one.</summary>
    /// <inheritdoc cref="Delay" />
    public Fault Fail(At at, int? times = null, double chance = 1) => Add(new Fault(this, at, Harm.Error, default, times, chance));

    /// <summary>What would serve the request ends: the connection breaks without an answer, the function's process dies.</summary>
    /// <inheritdoc cref="Delay" />
    public Fault Crash(At at, int? times = null, double chance = 1) => Add(new Fault(this, at, Harm.Crash, default, times, chance));

    /// <summary>Ends every fault.</summary>
    public void Clear()
    {
        lock (_gate) _active = [];
    }

    internal void Remove(Fault fault)
    {
        lock (_gate) _active = [.. _active.Where(other => other != fault)];
    }

    private Fault Add(Fault fault)
    {
        lock (_gate) _active = [.. _active, fault];
        return fault;
    }

    private bool Strikes(Fault fault, Hop hop, string name)
    {
        if (fault.At.Hop != hop || fault.At.Name is { } wanted && wanted != name && !_isNamed(wanted, name)) return false;
        lock (_gate) return (fault.Chance >= 1 || _chances.NextDouble() < fault.Chance) && fault.Take();
    }

    private sealed class Place(CloudFaults faults) : IFaults
    {
        public async ValueTask<Harm> At(Hop hop, string name, CancellationToken cancel)
        {
            foreach (var fault in faults._active)
                if (faults.Strikes(fault, hop, name))
                {
                    if (fault.Harm != Harm.None) return fault.Harm;
                    await Task.Delay(fault.By, faults._time, cancel);
                }

            return Harm.None;
        }
    }
}

/// <summary>A fault that strikes until it is disposed.</summary>
public sealed class Fault : IDisposable
{
    private readonly CloudFaults _faults;
    private readonly int? _times;
    private int _hits;

    internal Fault(CloudFaults faults, At at, Harm harm, TimeSpan by, int? times, double chance) => (_faults, At, Harm, By, _times, Chance) = (faults, at, harm, by, times, chance);

    /// <summary>How many requests it has struck.</summary>
    public int Hits => Volatile.Read(ref _hits);

    internal At At { get; }

    internal Harm Harm { get; }

    internal TimeSpan By { get; }

    internal double Chance { get; }

    /// <summary>Ends it; requests that wait for a delay wait on.</summary>
    public void Dispose() => _faults.Remove(this);

    /// <summary>One more request, while there are any left.</summary>
    internal bool Take()
    {
        if (_hits >= _times) return false;
        _hits++;
        return true;
    }
}

using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Galley.Wire;

namespace Galley.Edge;

/// <summary>
/// The trails of the last few thousand requests (design D10, decision 0016), kept at every request and searched when somebody asks.
/// Refusals have a ring of their own, so that a busy hour of good answers does not push one out.
/// </summary>
internal sealed class Explain
{
    private const string ConsoleHost = "console.galley.localhost";

    private readonly Ring _refused = new(4096), _passed = new(1024);

    public void Keep(Trail trail)
    {
        trail.Finish();
        if (trail.Refused || trail.Status >= 400) _refused.Keep(trail);
        else if (trail.Host != ConsoleHost) _passed.Keep(trail); // an open console asks again and again
    }

    public Trail? Of(string requestId) => _refused.Find(requestId) ?? _passed.Find(requestId);

    /// <summary>The last refusals, the newest first.</summary>
    public IReadOnlyList<Trail> LastRefused(int most) => _refused.Last(most);

    /// <summary>Requests that ended after a time, the newest first.</summary>
    public IReadOnlyList<Trail> Since(DateTimeOffset time, int most)
        => [.. _refused.Last(int.MaxValue).Concat(_passed.Last(int.MaxValue)).Where(trail => trail.Time + trail.Elapsed > time).OrderByDescending(trail => trail.Time).Take(most)];

    private sealed class Ring(int size)
    {
        private readonly Trail?[] _kept = new Trail?[size];
        private uint _next;

        public void Keep(Trail trail) => Volatile.Write(ref _kept[Interlocked.Increment(ref _next) % _kept.Length], trail);

        public Trail? Find(string requestId) => Array.Find(_kept, trail => trail?.RequestId == requestId);

        public IReadOnlyList<Trail> Last(int most)
        {
            var found = new List<Trail>();
            var next = Volatile.Read(ref _next);
            for (uint i = 0; i < _kept.Length && found.Count < most; i++)
                if (_kept[(next - i) % _kept.Length] is { } trail)
                    found.Add(trail);
            return found;
        }
    }
}

/// <summary>
/// Galley's own operations at `/_galley/`, which AWS does not have: signed and authorized (`galley:Explain`) as any other, so no web page can call them.
/// </summary>
internal static class OwnApi
{
    public static JsonService Of(Explain explain, ConsoleSessions sessions, State.SavedStates states, IEnumerable<IService> services)
    {
        var api = new OwnService();
        api.Add<ExplainRequest, Explanation>("GET /_galley/explain/{requestId}", 200, Explain);
        api.Add<ListRefusalsRequest, Refusals>("GET /_galley/explain", 200, ListRefusals, action: "galley:Explain");
        api.Add<ListRequestsRequest, Refusals>("GET /_galley/requests", 200, ListRequests, action: "galley:Explain");
        // Whoever opens a page of Galley's own gets the rights of the role GalleyConsole.
        api.Add<OpenPageRequest, OpenPageResponse>("POST /_galley/links", 200, OpenPage);
        states.AddTo(api);
        foreach (var service in services) service.AddOwn(api);
        return api;

        async ValueTask<OpenPageResponse> OpenPage(OpenPageRequest request, Call call) => new((await sessions.NewLink(request.Page)).AbsoluteUri);

        ValueTask<Explanation> Explain(ExplainRequest request, Call call) => explain.Of(request.RequestId) is { } trail
            ? new(Explanation.Of(trail))
            : throw new AwsError("ResourceNotFoundException", $"No request {request.RequestId} is known. Galley remembers the last 4096 refusals and the last 1024 other requests since it was started.", 404);

        ValueTask<Refusals> ListRequests(ListRequestsRequest request, Call call) => new(new Refusals([.. explain.Since(request.Time, 500).Select(Explanation.Of)]));

        ValueTask<Refusals> ListRefusals(ListRefusalsRequest request, Call call) => new(new Refusals([.. explain.LastRefused(20).Select(Explanation.Of)]));
    }
}

/// <summary>The wire of Galley's own operations; a snapshot is larger than any of AWS's calls.</summary>
internal sealed class OwnService() : JsonService("galley", Protocol.RestJson, () => EdgeJson.Default, "/_galley/explain", "/_galley/requests", "/_galley/audit", "/_galley/links", "/_galley/inbox", "/_galley/snapshot")
{
    public override long MaxBody => State.SavedStates.MaxSize;
}

internal sealed record ExplainRequest
{
    public required string RequestId { get; init; }
}

internal sealed record ListRefusalsRequest;

internal sealed record ListRequestsRequest
{
    /// <summary>Only requests that ended after this time; all that are kept when absent.</summary>
    public string? After { get; init; }

    [JsonIgnore]
    public DateTimeOffset Time => DateTimeOffset.TryParse(After, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : DateTimeOffset.MinValue;
}

internal sealed record OpenPageRequest
{
    /// <summary>`inbox` or `console`.</summary>
    public required string Page { get; init; }
}

/// <param name="Url">Opens the page, once.</param>
internal sealed record OpenPageResponse(string Url);

internal sealed record Refusals(IReadOnlyList<Explanation> Requests);

/// <summary>A trail as it is read.</summary>
internal sealed record Explanation
{
    public required string RequestId { get; init; }

    public required DateTimeOffset Time { get; init; }

    /// <summary>`GET d1.cloudfront.net/index.html`</summary>
    public required string Request { get; init; }

    /// <summary>`dynamodb GetItem`, or the kind of door.</summary>
    public required string Service { get; init; }

    public required int Status { get; init; }

    /// <summary>From the request's coming to its answer's end.</summary>
    public double Milliseconds { get; init; }

    /// <summary>`1-5e6722a7-…`, of all that one request to an API sets off; the same in the calls of its function.</summary>
    public string? Trace { get; init; }

    /// <summary>The id of the edge's request that this one serves.</summary>
    public string? Parent { get; init; }

    public required IReadOnlyList<Step> Steps { get; init; }

    public static Explanation Of(Trail trail) => new()
    {
        RequestId = trail.RequestId,
        Time = trail.Time,
        Request = $"{trail.Method} {trail.Host}{trail.Path}",
        Service = trail.Operation.Length == 0 ? trail.Service : $"{trail.Service} {trail.Operation}",
        Status = trail.Status,
        Milliseconds = Math.Round(trail.Elapsed.TotalMilliseconds, 2),
        Trace = RootOf(trail.Trace),
        Parent = trail.Parent.Length == 0 ? null : trail.Parent,
        Steps = [.. trail.Entries.Select(entry => new Step(entry.Check, entry.Allowed, entry.About.Length == 0 ? entry.Why : $"{entry.Why} {entry.About}", entry.Fix.Length == 0 ? null : entry.Fix)
        {
            At = Math.Round(entry.At.TotalMilliseconds, 2),
            Took = entry.Took == default ? null : Math.Round(entry.Took.TotalMilliseconds, 2),
        })],
    };

    private static string? RootOf(string trace)
    {
        var at = trace.IndexOf("Root=", StringComparison.Ordinal);
        if (at < 0) return null;
        var root = trace[(at + 5)..];
        var end = root.IndexOf(';', StringComparison.Ordinal);
        return end < 0 ? root : root[..end];
    }
}

/// <param name="Check">What decided.</param>
/// <param name="Allowed">Whether it said yes.</param>
/// <param name="Why">The reason.</param>
/// <param name="Fix">What would make it say yes.</param>
internal sealed record Step(string Check, bool Allowed, string Why, string? Fix)
{
    /// <summary>Milliseconds since the request came.</summary>
    public double At { get; init; }

    /// <summary>Milliseconds that it took, up to <see cref="At"/>; null for a decision.</summary>
    public double? Took { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(ExplainRequest))]
[JsonSerializable(typeof(ListRefusalsRequest))]
[JsonSerializable(typeof(ListRequestsRequest))]
[JsonSerializable(typeof(Explanation))]
[JsonSerializable(typeof(Refusals))]
[JsonSerializable(typeof(OpenPageRequest))]
[JsonSerializable(typeof(OpenPageResponse))]
internal sealed partial class EdgeJson : JsonSerializerContext;

/// <summary>As AWS's SDKs name them.</summary>
[JsonSerializable(typeof(ConsoleCredentials))]
internal sealed partial class ConsoleJson : JsonSerializerContext;

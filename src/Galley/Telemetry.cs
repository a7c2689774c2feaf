using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Http;

namespace Galley;

/// <summary>
/// Spans and metrics of a request's way (edge → authorizer → function → table) under the names of OpenTelemetry's conventions (decision 0030).
/// Subscribe to the source and the meter named <see cref="Name"/>. While nobody does, each costs one look at a field.
/// </summary>
public static partial class Telemetry
{
    /// <summary>Of the <see cref="ActivitySource"/> and the <see cref="Meter"/>.</summary>
    public const string Name = "Galley";

    private static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);

    /// <summary>Seconds a request took at a door or at the AWS API.</summary>
    private static readonly Histogram<double> Requests = Meter.CreateHistogram<double>("http.server.request.duration", "s", "Duration of requests at a door or at the AWS API.");

    private static readonly Histogram<double> Invocations = Meter.CreateHistogram<double>("faas.invoke_duration", "s", "Duration of a function's invocations, cold starts included.");
    private static readonly Counter<long> ColdStarts = Meter.CreateCounter<long>("faas.coldstarts", "{coldstart}", "Invocations that had to wait for a new execution environment.");
    private static readonly Counter<long> Failures = Meter.CreateCounter<long>("faas.errors", "{error}", "Invocations that ended in an error.");

    /// <summary>Whether durations are wanted at all.</summary>
    internal static bool Measures => Requests.Enabled || Invocations.Enabled;

    /// <summary>A span for a request from outside, below the span or the segment that its headers name; null while nobody listens.</summary>
    internal static Activity? Serve(string name, HttpContext http)
    {
        if (!Source.HasListeners()) return null;
        var activity = Source.StartActivity(name, ActivityKind.Server, ParentOf(http.Request.Headers));
        activity?.SetTag("http.request.method", http.Request.Method).SetTag("server.address", Edge.Doors.HostOf(http)).SetTag("url.scheme", http.Request.Scheme);
        return activity;
    }

    /// <summary>A span inside a request; null while nobody listens.</summary>
    internal static Activity? Step(string name, ActivityKind kind = ActivityKind.Internal) => Source.StartActivity(name, kind);

    internal static void Served(string hop, int status, TimeSpan took) => Requests.Record(took.TotalSeconds, new KeyValuePair<string, object?>("galley.hop", hop), new("http.response.status_code", status));

    internal static void Invoked(string function, bool cold, bool failed, TimeSpan took)
    {
        var name = new KeyValuePair<string, object?>("faas.invoked_name", function);
        Invocations.Record(took.TotalSeconds, name);
        if (cold) ColdStarts.Add(1, name);
        if (failed) Failures.Add(1, name);
    }

    /// <summary>A trace header of X-Ray's as it goes on from a span: its root and its parent are the span's, all else stays.</summary>
    internal static string Carry(string header, Activity? activity)
    {
        if (activity is null) return header;
        var rest = header.Split(';').Where(part => !part.StartsWith("Root=", StringComparison.Ordinal) && !part.StartsWith("Parent=", StringComparison.Ordinal) && !part.StartsWith("Sampled=", StringComparison.Ordinal));
        return string.Join(';', [$"{RootOf(activity)};Parent={activity.SpanId.ToHexString()};Sampled={(activity.Recorded ? 1 : 0)}", .. rest]);
    }

    /// <summary>`Root=1-58406520-a006649127e371903a2de979` of a W3C trace id, whose first four bytes stand for the time.</summary>
    internal static string RootOf(Activity activity)
    {
        var id = activity.TraceId.ToHexString();
        return $"Root=1-{id[..8]}-{id[8..]}";
    }

    /// <summary>`Root=1-5e6722a7-cc2xmpl46db7ae98c58a9d0b` of a request: the one of the span, the one that the client sent, or a new one.</summary>
    internal static string RootFor(HttpRequest request, Installation installation)
        => Activity.Current is { IdFormat: ActivityIdFormat.W3C } span ? RootOf(span)
            : SentRoot().Match(request.Headers["X-Amzn-Trace-Id"].ToString()) is { Success: true } sent ? sent.Value
            : $"Root=1-{installation.Now.ToUnixTimeSeconds():x8}-{Convert.ToHexStringLower(installation.Ids.Bytes(12))}";

    [System.Text.RegularExpressions.GeneratedRegex("(?<=^|;)Root=1-[0-9a-f]{8}-[0-9a-f]{24}(?=$|;)")]
    private static partial System.Text.RegularExpressions.Regex SentRoot();

    private static ActivityContext ParentOf(IHeaderDictionary headers)
    {
        if (headers.TraceParent is [{ } parent] && ActivityContext.TryParse(parent, headers.TraceState, isRemote: true, out var context)) return context;
        string? root = null, segment = null;
        var sampled = false;
        foreach (var part in headers["X-Amzn-Trace-Id"].ToString().Split(';'))
            if (part.StartsWith("Root=1-", StringComparison.Ordinal)) root = part["Root=1-".Length..].Replace("-", "", StringComparison.Ordinal);
            else if (part.StartsWith("Parent=", StringComparison.Ordinal)) segment = part["Parent=".Length..];
            else if (part == "Sampled=1") sampled = true;
        return root is { Length: 32 } && segment is { Length: 16 } && IsHex(root) && IsHex(segment)
            ? new ActivityContext(ActivityTraceId.CreateFromString(root), ActivitySpanId.CreateFromString(segment), sampled ? ActivityTraceFlags.Recorded : ActivityTraceFlags.None, isRemote: true)
            : Activity.Current?.Context ?? default;
    }

    private static bool IsHex(string text) => text.All(letter => letter is >= '0' and <= '9' or >= 'a' and <= 'f');
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Galley.Functions;

namespace Galley.Testing.Tests;

/// <summary>Spans from the edge to the table in one trace, with cold starts and the cache; trace headers go into functions; nothing where nobody listens.</summary>
public class TelemetryTests(NotesApp notes)
{
    [Fact]
    public async Task A_request_is_one_trace_through_authorizer_function_and_table_below_the_callers_span()
    {
        await using var cloud = await notes.StartAsync();
        using var api = cloud.App.CreateClient("ApiUrl", await cloud.App.SignInAsync("ann"));
        var trace = ActivityTraceId.CreateRandom();
        using var listener = new Spans(trace);
        api.DefaultRequestHeaders.Add("traceparent", $"00-{trace}-b7ad6b7169203331-01");
        Assert.Equal("[]", await api.GetStringAsync("notes"));
        Assert.Equal("[]", await api.GetStringAsync("notes"));

        var entry = await listener.Two("execute-api");
        Assert.All(entry, span => Assert.Equal(("b7ad6b7169203331", 200), (span.ParentSpanId.ToHexString(), span.GetTagItem("http.response.status_code"))));
        await listener.Two("authorizer");
        var functions = await listener.Two(cloud.App.Resources["ListNotes"]);
        Assert.Equal([true, false], functions.Select(span => span.GetTagItem("faas.coldstart")));
        Assert.Contains(functions[0].ParentSpanId, entry.Select(span => span.SpanId));
        var scans = await listener.Two("dynamodb.Scan");
        Assert.All(scans, span => Assert.Equal([cloud.App["TableName"]], (string[])span.GetTagItem("aws.dynamodb.table_names")!));
        Assert.All(scans, span => Assert.Equal("Scan", span.GetTagItem("rpc.method")));
    }

    [Fact]
    public async Task The_edge_tells_of_its_cache()
    {
        await using var cloud = await notes.StartAsync();
        using var site = cloud.App.CreateClient("SiteUrl");
        var trace = ActivityTraceId.CreateRandom();
        using var listener = new Spans(trace);
        site.DefaultRequestHeaders.Add("traceparent", $"00-{trace}-b7ad6b7169203331-01");
        await site.GetStringAsync("index.html");
        await site.GetStringAsync("index.html");
        Assert.Equal(["Miss from cloudfront", "Hit from cloudfront"], (await listener.Two("cloudfront")).OrderBy(span => span.StartTimeUtc).Select(span => span.GetTagItem("galley.cache")));
    }

    [Fact]
    public async Task The_callers_X_Ray_trace_goes_into_the_function_and_its_event()
    {
        await using var cloud = await notes.StartAsync();
        using var api = cloud.App.CreateClient("ApiUrl");
        api.DefaultRequestHeaders.Add("X-Amzn-Trace-Id", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1");
        string? header = null, inEvent = null;
        using var _ = cloud.App.Handle<HttpApiRequest, HttpApiResponse>("Ping", (request, invocation) =>
        {
            (header, inEvent) = (invocation.TraceId, request.Headers["x-amzn-trace-id"]);
            return Task.FromResult(HttpApiResponse.Json("1"));
        });
        await api.GetStringAsync("ping");
        Assert.StartsWith("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=", header);
        Assert.StartsWith("Root=1-5759e988-bd862e3fe1be46a994272793", inEvent);
    }

    [Fact]
    public async Task Durations_and_cold_starts_are_measured_while_somebody_listens()
    {
        await using var cloud = await notes.StartAsync();
        var name = cloud.App.Resources["Ping"];
        var measured = new ConcurrentBag<string>();
        using (var listener = new MeterListener { InstrumentPublished = (instrument, listening) => { if (instrument.Meter.Name == Telemetry.Name) listening.EnableMeasurementEvents(instrument); } })
        {
            listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Note(instrument, tags));
            listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Note(instrument, tags));
            listener.Start();
            using var api = cloud.App.CreateClient("ApiUrl");
            await api.GetStringAsync("ping");
        }

        Assert.Contains("faas.invoke_duration", measured);
        Assert.Contains("faas.coldstarts", measured);

        void Note(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            foreach (var tag in tags)
                if (tag.Value as string == name)
                    measured.Add(instrument.Name);
        }
    }

    /// <summary>The spans of one trace; the others' are nobody's business.</summary>
    private sealed class Spans : IDisposable
    {
        private readonly ConcurrentQueue<Activity> _ended = new();
        private readonly SemaphoreSlim _more = new(0);
        private readonly ActivityListener _listener;

        public Spans(ActivityTraceId trace)
        {
            _listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name == Telemetry.Name,
                Sample = (ref ActivityCreationOptions<ActivityContext> options) => options.Parent.TraceId == trace ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
                ActivityStopped = span => { _ended.Enqueue(span); _more.Release(); },
            };
            ActivitySource.AddActivityListener(_listener);
        }

        /// <summary>The two spans of a name. A door's ends a moment after its answer has left, so they are waited for.</summary>
        public async Task<List<Activity>> Two(string name)
        {
            List<Activity> found;
            while ((found = [.. _ended.Where(span => span.DisplayName == name)]).Count < 2)
                Assert.True(await _more.WaitAsync(TimeSpan.FromSeconds(30)), $"{found.Count} spans of {name}");
            Assert.Equal(2, found.Count);
            return found;
        }

        public void Dispose()
        {
            _listener.Dispose();
            _more.Dispose();
        }
    }
}

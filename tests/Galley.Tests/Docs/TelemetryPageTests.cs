using System.Collections.Concurrent;
using System.Net;
using Galley.Tests.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Galley.Tests.Docs;

/// <summary>The command of docs/how-to/telemetry.md, with a collector that speaks gRPC as the Aspire dashboard does.</summary>
public class TelemetryPageTests
{
    [Fact]
    public async Task Galley_up_tells_the_collector_by_gRPC()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the snippets are for a Unix shell");
        var told = new ConcurrentDictionary<string, TaskCompletionSource>();
        await using var collector = await Collector(path => Of(path).TrySetResult());
        using var place = new Workplace();
        place.Write("galley.yaml", "stack: s");
        place.Write("template.yaml", "Resources:\n  Pool: { Type: 'AWS::Cognito::UserPool' }\n");
        await Snippets.Shim(place, "bin/galley", null);
        var block = Assert.Single(Snippets.Of("docs/how-to/telemetry.md", "console"));
        var port = new Uri(collector.Urls.Single()).Port;
        (place.Variables["OTEL_BSP_SCHEDULE_DELAY"], place.Variables["OTEL_METRIC_EXPORT_INTERVAL"]) = ("100", "100");
        await using var program = await Workplace.Ready(place.WatchShell("export PATH=\"$PWD/bin:$PATH\"\n" + Snippets.Commands(block).Replace("localhost:4317", $"127.0.0.1:{port}", StringComparison.Ordinal)));
        foreach (var service in (string[])["trace.v1.TraceService", "metrics.v1.MetricsService"])
        {
            var heard = Of($"/opentelemetry.proto.collector.{service}/Export").Task;
            Assert.True(await Task.WhenAny(heard, Task.Delay(TimeSpan.FromMinutes(1))) == heard, $"{service}: {string.Join(' ', told.Keys)}\n{program.Output}\n{program.Error}");
        }

        TaskCompletionSource Of(string path) => told.GetOrAdd(path, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
    }

    /// <summary>Answers every call with an empty message and status 0.</summary>
    private static async Task<WebApplication> Collector(Action<string> called)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        var app = builder.Build();
        app.Run(async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            called(context.Request.Path);
            context.Response.ContentType = "application/grpc";
            await context.Response.Body.WriteAsync(new byte[5]);
            context.Response.AppendTrailer("grpc-status", "0");
        });
        await app.StartAsync();
        return app;
    }
}

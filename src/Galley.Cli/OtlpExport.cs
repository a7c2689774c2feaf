using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Galley.Cli;

/// <summary>
/// Traces, metrics and log lines to a collector (the Aspire dashboard, say) by OTLP, when OpenTelemetry's standard variables name one:
/// OTEL_EXPORTER_OTLP_ENDPOINT or its kin, OTEL_EXPORTER_OTLP_PROTOCOL, OTEL_EXPORTER_OTLP_HEADERS, OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES,
/// OTEL_TRACES_SAMPLER. Without them nothing of it is loaded.
/// </summary>
internal sealed class OtlpExport : IDisposable
{
    private static readonly string[] Endpoints = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"];

    private readonly TracerProvider _traces;
    private readonly MeterProvider _metrics;
    private readonly ILoggerFactory _logs;

    private OtlpExport()
    {
        _traces = Sdk.CreateTracerProviderBuilder().ConfigureResource(Name).AddSource(Telemetry.Name).AddOtlpExporter().Build();
        _metrics = Sdk.CreateMeterProviderBuilder().ConfigureResource(Name).AddMeter(Telemetry.Name).AddOtlpExporter().Build();
        _logs = LoggerFactory.Create(logging => logging.AddOpenTelemetry(options =>
        {
            var resource = ResourceBuilder.CreateDefault();
            Name(resource);
            options.SetResourceBuilder(resource).AddOtlpExporter();
        }));
        Log = _logs.CreateLogger("Galley");
    }

    public ILogger Log { get; }

    /// <summary>Null when no variable names a collector, or OTEL_SDK_DISABLED is true.</summary>
    public static OtlpExport? Start()
        => Endpoints.Any(name => Environment.GetEnvironmentVariable(name) is { Length: > 0 }) && !string.Equals(Environment.GetEnvironmentVariable("OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase)
            ? new OtlpExport()
            : null;

    /// <summary>Sends what is still here.</summary>
    public void Dispose()
    {
        _traces.Dispose();
        _metrics.Dispose();
        _logs.Dispose();
    }

    private static void Name(ResourceBuilder resource)
    {
        if (Environment.GetEnvironmentVariable("OTEL_SERVICE_NAME") is not { Length: > 0 }) resource.AddService("galley");
    }
}

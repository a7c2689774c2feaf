using System.Globalization;

namespace Galley.Lambda.Invoke;

/// <summary>How a start or an event ended.</summary>
/// <param name="Name">`success`, `error` or `timeout`.</param>
/// <param name="ErrorType">As the Telemetry API tells it: `Runtime.ExitError`, `Runtime.Unknown` …</param>
/// <param name="Crashed">The process ended or never began, rather than its handler failed.</param>
internal sealed record RunStatus(string Name, string? ErrorType = null, bool Crashed = false)
{
    public static readonly RunStatus Success = new("success"), Timeout = new("timeout");
}

/// <summary>What an event's last lines tell.</summary>
/// <param name="Init">How long the process took to start, if this event waited for it.</param>
internal sealed record RunEnd(string RequestId, TimeSpan Duration, TimeSpan? Init, int Produced, RunStatus Status)
{
    /// <summary>Milliseconds; since August 2025 AWS bills the start too.</summary>
    public double Billed => Math.Ceiling((Duration + (Init ?? TimeSpan.Zero)).TotalMilliseconds);
}

/// <summary>Lambda's own lines in a function's log; null for those that its settings leave out.</summary>
internal abstract class PlatformLines(FunctionRecord function, TimeProvider time)
{
    protected FunctionRecord Function => function;

    /// <summary>`python:3.13.1`, `nodejs:22.11.0`: what really runs the function, whichever version its setting names; `provided.al2023` brings its own.</summary>
    protected string RuntimeVersion(string? version) => version is null ? function.Runtime : $"{Runtimes.KindOf(function.Runtime) switch { RuntimeKind.Python => "python", RuntimeKind.Node => "nodejs", _ => "dotnet" }}:{version}";

    protected string Now => time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public static PlatformLines For(FunctionRecord function, TimeProvider time, bool provisioned)
        => function.JsonLog is { } levels ? new JsonLines(function, levels, time, provisioned) : new TextLines(function, time);

    /// <summary>Whether a line of the function's is in the log.</summary>
    public abstract bool Keeps(ReadOnlySpan<byte> line);

    /// <param name="version">The interpreter's own.</param>
    public abstract string? InitStart(string? version);

    public abstract IEnumerable<string> InitDone(TimeSpan took, RunStatus status);

    public abstract string? Start(string requestId);

    public abstract IEnumerable<string> Done(RunEnd end);

    /// <summary>The report, as soon as somebody knows the most memory in MB.</summary>
    public abstract Func<int, string>? Report(RunEnd end);

    /// <summary>What stands where the rest of too long an output would.</summary>
    public abstract string Cut(int bytes);
}

/// <summary>INIT_START, START, END and REPORT.</summary>
internal sealed class TextLines(FunctionRecord function, TimeProvider time) : PlatformLines(function, time)
{
    public override bool Keeps(ReadOnlySpan<byte> line) => true;

    public override string InitStart(string? version) => $"INIT_START Runtime Version: {RuntimeVersion(version)}\tRuntime Version ARN: {Function.RuntimeVersionArn}";

    public override IEnumerable<string> InitDone(TimeSpan took, RunStatus status)
        => status == RunStatus.Success ? [] : [string.Create(CultureInfo.InvariantCulture, $"INIT_REPORT Init Duration: {took.TotalMilliseconds:F2} ms\tPhase: init\tStatus: {status.Name}{(status.ErrorType is null ? "" : "\tError Type: " + status.ErrorType)}")];

    public override string Start(string requestId) => $"START RequestId: {requestId} Version: {Function.Version}";

    public override IEnumerable<string> Done(RunEnd end)
    {
        yield return "END RequestId: " + end.RequestId;
        if (end.Status == RunStatus.Timeout) yield return string.Create(CultureInfo.InvariantCulture, $"{Now} {end.RequestId} Task timed out after {end.Duration.TotalSeconds:F2} seconds\n");
    }

    public override Func<int, string> Report(RunEnd end) => memory =>
    {
        var report = string.Create(CultureInfo.InvariantCulture,
            $"REPORT RequestId: {end.RequestId}\tDuration: {end.Duration.TotalMilliseconds:F2} ms\tBilled Duration: {end.Billed:F0} ms\tMemory Size: {Function.MemorySize} MB\tMax Memory Used: {memory} MB\t");
        if (end.Init is { } init) report += string.Create(CultureInfo.InvariantCulture, $"Init Duration: {init.TotalMilliseconds:F2} ms\t");
        return end.Status == RunStatus.Timeout ? report + "Status: timeout\t" : end.Status.Crashed ? $"{report}Status: error\tError Type: {end.Status.ErrorType}\t" : report;
    };

    public override string Cut(int bytes) => $"[galley] The log of this invocation is cut here, after {bytes} bytes.";
}

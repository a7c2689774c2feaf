using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Galley.Lambda.Invoke;

/// <summary>
/// Lambda's own events as JSON, in the Telemetry API's shapes (2022-12-13), and which of the function's lines are above its level. AWS:
/// "Configuring advanced logging controls for Lambda functions", with its table of the events' levels.
/// </summary>
internal sealed class JsonLines(FunctionRecord function, LogLevels levels, TimeProvider time, bool provisioned) : PlatformLines(function, time)
{
    private const int Debug = 1, Info = 2, Warn = 3;
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly int _application = Rank(levels.Application) ?? Info, _system = Rank(levels.System) ?? Info;

    /// <summary>A line that says no level has INFO.</summary>
    public override bool Keeps(ReadOnlySpan<byte> line) => _application == 0 || LevelOf(line) >= _application;

    public override string? InitStart(string? version) => Event(Info, "platform.initStart", json =>
    {
        Initialization(json);
        json.WriteString("runtimeVersion", RuntimeVersion(version));
        json.WriteString("runtimeVersionArn", Function.RuntimeVersionArn);
        json.WriteString("functionName", Function.Name);
        json.WriteString("functionVersion", Function.Version);
    });

    public override IEnumerable<string> InitDone(TimeSpan took, RunStatus status)
    {
        var level = status == RunStatus.Success ? Debug : Warn;
        if (Event(level, "platform.initRuntimeDone", json =>
            {
                Initialization(json);
                Status(json, status);
            }) is { } done) yield return done;
        if (Event(provisioned && level == Debug ? Info : level, "platform.initReport", json =>
            {
                Initialization(json);
                Status(json, status);
                json.WriteStartObject("metrics");
                json.WriteNumber("durationMs", Milliseconds(took));
                json.WriteEndObject();
            }) is { } report) yield return report;
    }

    public override string? Start(string requestId) => Event(Info, "platform.start", json =>
    {
        json.WriteString("requestId", requestId);
        json.WriteString("version", Function.Version);
    });

    public override IEnumerable<string> Done(RunEnd end)
    {
        if (Event(end.Status == RunStatus.Success ? Debug : Warn, "platform.runtimeDone", json =>
            {
                json.WriteString("requestId", end.RequestId);
                Status(json, end.Status);
                json.WriteStartObject("metrics");
                json.WriteNumber("durationMs", Milliseconds(end.Duration));
                json.WriteNumber("producedBytes", end.Produced);
                json.WriteEndObject();
            }) is { } done) yield return done;
    }

    public override Func<int, string>? Report(RunEnd end)
    {
        if ((end.Status == RunStatus.Success ? Info : Warn) < _system) return null;
        var now = Now;
        return memory => Written("platform.report", now, json =>
        {
            json.WriteString("requestId", end.RequestId);
            json.WriteStartObject("metrics");
            json.WriteNumber("durationMs", Milliseconds(end.Duration));
            json.WriteNumber("billedDurationMs", end.Billed);
            json.WriteNumber("memorySizeMB", Function.MemorySize);
            json.WriteNumber("maxMemoryUsedMB", memory);
            if (end.Init is { } init) json.WriteNumber("initDurationMs", Milliseconds(init));
            json.WriteEndObject();
            Status(json, end.Status);
        });
    }

    public override string Cut(int bytes) => Written("platform.logsDropped", Now, json => json.WriteString("reason", $"Galley cuts the log of an invocation after {bytes} bytes."));

    private static int? Rank(string level) => level.ToUpperInvariant() switch
    {
        "TRACE" => 0,
        "DEBUG" => Debug,
        "INFO" or "INFORMATION" => Info,
        "WARN" or "WARNING" => Warn,
        "ERROR" => 4,
        "FATAL" or "CRITICAL" => 5,
        _ => null,
    };

    private static int LevelOf(ReadOnlySpan<byte> line)
    {
        if (line.Length == 0 || line[0] != '{') return Info;
        try
        {
            var reader = new Utf8JsonReader(line);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isLevel = reader.ValueTextEquals("level"u8) || reader.ValueTextEquals("Level"u8) || reader.ValueTextEquals("LogLevel"u8);
                reader.Read();
                if (isLevel) return reader.TokenType == JsonTokenType.String ? Rank(reader.GetString()!) ?? Info : Info;
                reader.Skip();
            }
        }
        catch (JsonException)
        {
            // then it is a line of text
        }

        return Info;
    }

    private string? Event(int level, string type, Action<Utf8JsonWriter> record) => level < _system ? null : Written(type, Now, record);

    private static string Written(string type, string now, Action<Utf8JsonWriter> record)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("time", now);
            json.WriteString("type", type);
            json.WriteStartObject("record");
            record(json);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private void Initialization(Utf8JsonWriter json)
    {
        json.WriteString("initializationType", provisioned ? "provisioned-concurrency" : "on-demand");
        json.WriteString("phase", "init");
    }

    private static void Status(Utf8JsonWriter json, RunStatus status)
    {
        json.WriteString("status", status.Name);
        if (status.ErrorType is { } type) json.WriteString("errorType", type);
    }

    private static double Milliseconds(TimeSpan time) => Math.Round(time.TotalMilliseconds, 3);
}

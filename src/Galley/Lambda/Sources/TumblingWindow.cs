using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Galley.Lambda.Sources;

/// <summary>
/// A tumbling window of a mapping: what the function gave for state goes into its next event, until the window's time is over and a
/// last event without records hands it the result. AWS: "Implementing stateful DynamoDB stream processing in Lambda".
/// </summary>
internal sealed class TumblingWindow(WindowRecord window, string shard)
{
    private const int MaxState = 1 << 20;

    public DateTimeOffset Start => DateTimeOffset.FromUnixTimeSeconds(window.Start);

    public DateTimeOffset End => DateTimeOffset.FromUnixTimeSeconds(window.End);

    public string State { get; private set; } = window.State;

    public WindowRecord Record => window with { State = State };

    /// <summary>The state is larger than AWS keeps: the window ends now.</summary>
    public bool IsTooLarge => Encoding.UTF8.GetByteCount(State) > MaxState;

    /// <summary>The next event is the window's last.</summary>
    public bool IsFinal { get; set; }

    public static WindowRecord Of(DateTimeOffset time, int seconds)
    {
        var start = time.ToUnixTimeSeconds() / seconds * seconds;
        return new WindowRecord(start, start + seconds, "{}");
    }

    /// <summary>A window that ended early goes on empty with what else belongs to its time.</summary>
    public void Restart() => (State, IsFinal) = ("{}", false);

    /// <summary>What the event says beside its records.</summary>
    public void Write(Utf8JsonWriter json, string source)
    {
        json.WriteStartObject("window");
        json.WriteString("start", Time(Start));
        json.WriteString("end", Time(End));
        json.WriteEndObject();
        json.WritePropertyName("state");
        json.WriteRawValue(State);
        json.WriteString("shardId", shard);
        json.WriteString("eventSourceARN", source);
        json.WriteBoolean("isFinalInvokeForWindow", IsFinal);
        json.WriteBoolean("isWindowTerminatedEarly", IsFinal && IsTooLarge);

        static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
    }

    /// <summary>Takes the state out of an answer; one without is a failed invocation, as on AWS.</summary>
    public bool Take(ReadOnlyMemory<byte> answer)
    {
        try
        {
            using var document = JsonDocument.Parse(answer);
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("state", out var state) || state.ValueKind != JsonValueKind.Object) return false;
            State = state.GetRawText();
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}

/// <summary>A window as the store keeps it: seconds since 1970, and the state's JSON.</summary>
internal sealed record WindowRecord(long Start, long End, string State);

using System.Text.Json;
using Galley.Wire;

namespace Galley.Cognito.Triggers;

/// <summary>
/// One invocation of a trigger: the event that all have in common, five seconds of patience, three tries of a function that does not answer in
/// them or cannot be had just now, and AWS's errors for what goes wrong.
/// </summary>
internal sealed class TriggerCall(Installation installation, IInvokeTriggers functions)
{
    public const string NoClient = "CLIENT_ID_NOT_APPLICABLE";

    private const int Tries = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>The `response` the function gave back.</summary>
    public async ValueTask<JsonElement> Run(TriggerEvent asked, string functionArn)
    {
        var result = await Invoke(asked, functionArn, Json.Object(writer => Write(writer, asked)));
        JsonElement answer;
        try
        {
            using var document = JsonDocument.Parse(result.Payload);
            answer = document.RootElement.Clone();
        }
        catch (JsonException)
        {
            throw Errors.TriggerAnswer("Invalid lambda function output : Invalid JSON");
        }

        if (result.Failed) throw Errors.TriggerFailed(asked.Name, Text(answer, "errorMessage") ?? Text(answer, "errorType") ?? "Unhandled");
        if (answer.ValueKind != JsonValueKind.Object) throw Errors.TriggerAnswer("Invalid lambda function output : Invalid JSON");
        return answer.TryGetProperty("response", out var response) && response.ValueKind == JsonValueKind.Object ? response : throw Errors.TriggerAnswer("Unrecognizable lambda output");
    }

    /// <summary>Leaves the event to the function, whose answer counts for nothing.</summary>
    public async ValueTask Queue(TriggerEvent asked, string functionArn)
    {
        try
        {
            await functions.Enqueue(functionArn, asked.Pool.Arn, Json.Object(writer => Write(writer, asked)));
        }
        catch (AwsError e)
        {
            throw Errors.TriggerUnreachable(asked.Name, e.Code);
        }
    }

    public static string? Text(JsonElement json, string name)
        => json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>A boolean of the response; null when it is absent. Anything else is AWS's error.</summary>
    public static bool? Flag(JsonElement json, string name) => !json.TryGetProperty(name, out var value) ? null : value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Null => null,
        _ => throw Errors.TriggerAnswer("Unrecognizable lambda output"),
    };

    /// <summary>A map of text to text.</summary>
    public static Dictionary<string, string> Map(JsonElement json, string name)
    {
        var map = new Dictionary<string, string>();
        if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty(name, out var value) || value.ValueKind is JsonValueKind.Null) return map;
        if (value.ValueKind != JsonValueKind.Object) throw Errors.TriggerAnswer("Unrecognizable lambda output");
        foreach (var member in value.EnumerateObject())
            if (member.Value.ValueKind is not JsonValueKind.Null)
                map[member.Name] = member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString()! : member.Value.GetRawText();
        return map;
    }

    public static void WriteMap(Utf8JsonWriter writer, string name, IEnumerable<KeyValuePair<string, string>>? map)
    {
        if (map is null) return;
        writer.WriteStartObject(name);
        foreach (var (key, value) in map) writer.WriteString(key, value);
        writer.WriteEndObject();
    }

    private async ValueTask<TriggerResult> Invoke(TriggerEvent asked, string functionArn, byte[] payload)
    {
        for (var left = Tries - 1; ; left--)
        {
            using var clock = new CancellationTokenSource(Patience, installation.Time);
            try
            {
                return await functions.Invoke(functionArn, asked.Pool.Arn, payload, clock.Token);
            }
            catch (AwsError e)
            {
                if (left == 0 || e.Code is not ("TooManyRequestsException" or "ServiceException")) throw Errors.TriggerUnreachable(asked.Name, e.Code);
            }
            catch (OperationCanceledException)
            {
                if (left == 0) throw Errors.TriggerUnreachable(asked.Name, "Socket timeout while invoking Lambda function");
            }
        }
    }

    private static void Write(Utf8JsonWriter writer, TriggerEvent asked)
    {
        writer.WriteString("version", asked.Version);
        writer.WriteString("region", asked.Pool.Ref.Region);
        writer.WriteString("userPoolId", asked.Pool.Id);
        writer.WriteString("userName", asked.Username);
        writer.WriteStartObject("callerContext");
        writer.WriteString("awsSdkVersion", "aws-sdk-unknown-unknown");
        writer.WriteString("clientId", asked.ClientId ?? NoClient);
        writer.WriteEndObject();
        writer.WriteString("triggerSource", asked.Source);
        writer.WriteStartObject("request");
        asked.Request(writer);
        writer.WriteEndObject();
        writer.WriteStartObject("response");
        asked.Response?.Invoke(writer);
        writer.WriteEndObject();
    }
}

/// <param name="Name">The trigger as errors name it: `PreSignUp`.</param>
/// <param name="Source">`triggerSource`.</param>
/// <param name="Pool">The pool.</param>
/// <param name="ClientId">The app client; null where there is none.</param>
/// <param name="Username">Whom it is about; null for a machine.</param>
/// <param name="Request">Writes the members of `request`.</param>
/// <param name="Response">Writes the members that `response` has beforehand.</param>
internal sealed record TriggerEvent(
    string Name, string Source, UserPool Pool, string? ClientId, string? Username, Action<Utf8JsonWriter> Request, Action<Utf8JsonWriter>? Response = null)
{
    public string Version { get; init; } = "1";
}

using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Galley.Lambda;

/// <summary>What CreateFunction and UpdateFunctionConfiguration refuse.</summary>
internal static partial class FunctionRules
{
    private const int MaxEnvironment = 4096;

    private static readonly HashSet<string> Reserved =
    [
        "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
    ];

    /// <param name="settings">What is asked for.</param>
    /// <param name="key">The API's `KMSKeyArn`, a template's `KmsKeyArn`.</param>
    /// <param name="role">Null when none was said.</param>
    /// <param name="architectures">Null when none were said.</param>
    public static void Check(FunctionSettings settings, string? key, string? role, string[]? architectures = null)
    {
        var wrong = new List<string>();
        if (role is not null && !RoleForm().IsMatch(role)) Say(role, "role", @"Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+");
        if (settings.Handler is { } handler && !HandlerForm().IsMatch(handler)) Say(handler, "handler", @"Member must satisfy regular expression pattern: [^\s]+");
        if (settings.Description is { Length: > 256 } description) Say(description, "description", "Member must have length less than or equal to 256");
        Range(settings.Timeout, "timeout", 1, 900);
        Range(settings.MemorySize, "memorySize", 128, 10240);
        Range(settings.EphemeralStorage?.Size, "ephemeralStorage.size", 512, 10240);
        Among(settings.TracingConfig?.Mode, "tracingConfig.mode", "Active", "PassThrough");
        Among(settings.SnapStart?.ApplyOn, "snapStart.applyOn", "PublishedVersions", "None");
        Among(settings.LoggingConfig?.LogFormat, "loggingConfig.logFormat", "JSON", "Text");
        Among(settings.LoggingConfig?.ApplicationLogLevel, "loggingConfig.applicationLogLevel", "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL");
        Among(settings.LoggingConfig?.SystemLogLevel, "loggingConfig.systemLogLevel", "DEBUG", "INFO", "WARN");
        if (settings.LoggingConfig?.LogGroup is { } group && !GroupForm().IsMatch(group)) Say(group, "loggingConfig.logGroup", @"Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+");
        if (architectures is { Length: > 1 }) Say(Shown(architectures), "architectures", "Member must have length less than or equal to 1");
        else if (architectures is [not ("x86_64" or "arm64")]) Say(Shown(architectures), "architectures", "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]");
        if (settings.DeadLetterConfig?.TargetArn is { Length: > 0 } dead && !ArnForm().IsMatch(dead)) Say(dead, "deadLetterConfig.targetArn", @"Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()");
        if (wrong.Count > 0) throw Errors.Invalid(wrong);
        if (settings.Runtime is { } runtime) Runtimes.Require(runtime);
        if (settings.SnapStart?.ApplyOn == "PublishedVersions" && settings.Runtime is { } without && Runtimes.KindOf(without) is RuntimeKind.Node or RuntimeKind.Provided)
            throw Errors.InvalidParameter($"{without} is not supported for SnapStart enabled functions.");
        if (settings.DeadLetterConfig?.TargetArn is { Length: > 0 } target && !Destinations.IsQueue(target))
            throw Errors.InvalidParameter($"Galley does not support the dead-letter target {target}: queues of SQS are the dead-letter targets here.");
        if (Unsupported(settings, key) is { } option) throw Errors.InvalidParameter($"Galley does not support {option}.");

        void Say(string value, string member, string constraint) => wrong.Add(Errors.Violation(value, member, constraint));

        void Range(int? value, string member, int least, int most)
        {
            if (value < least) Say($"{value}", member, $"Member must have value greater than or equal to {least}");
            if (value > most) Say($"{value}", member, $"Member must have value less than or equal to {most}");
        }

        void Among(string? value, string member, params string[] values)
        {
            if (value is not null && !values.Contains(value)) Say(value, member, $"Member must satisfy enum value set: [{string.Join(", ", values)}]");
        }
    }

    internal static string Shown(IEnumerable<string> values) => $"[{string.Join(", ", values)}]";

    /// <summary>The variables as sealed text for the record; null when none were sent.</summary>
    public static string? Seal(EnvironmentDescription? environment, FunctionRef function, Secrets secrets)
    {
        if (environment is null) return null;
        var variables = environment.Variables ?? [];
        var json = JsonSerializer.SerializeToUtf8Bytes(variables, LambdaJson.Default.DictionaryStringString);
        const string prefix = "Lambda was unable to configure your environment variables because the environment variables you have provided ";
        var measured = Measured(variables);
        if (measured.Length > MaxEnvironment) throw Errors.InvalidParameter($"{prefix}exceeded the 4KB limit. String measured: {Encoding.UTF8.GetString(measured)}");
        if (variables.Keys.Where(Reserved.Contains).ToList() is { Count: > 0 } reserved)
            throw Errors.InvalidParameter($"{prefix}contains reserved keys that are currently not supported for modification. Reserved keys used in this request: {string.Join(", ", reserved)}");
        if (variables.Keys.FirstOrDefault(name => !VariableForm().IsMatch(name)) is { } bad)
            throw Errors.Constraint(bad, "environment.variables", "Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]");
        if (variables.Values.Any(value => value.Contains('\0', StringComparison.Ordinal))) throw Errors.InvalidParameter($"{prefix}contains a null character.");
        return secrets.Seal("lambda-environment/" + function.Arn, json);
    }

    /// <summary>The variables as JSON that escapes no more than it must: a character counts as the bytes it has.</summary>
    private static ReadOnlySpan<byte> Measured(Dictionary<string, string> variables)
    {
        var json = new System.Buffers.ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            foreach (var (name, value) in variables) writer.WriteString(name, value);
            writer.WriteEndObject();
        }

        return json.WrittenSpan;
    }

    /// <summary>What a logging configuration makes of the one before: a member that is not said stays, and JSON begins at INFO.</summary>
    public static LogLevels? Logging(LoggingConfig? asked, LogLevels? before)
    {
        if (asked is null) return before;
        if (asked.LogFormat == "Text" || asked.LogFormat is null && before is null)
            return asked is { ApplicationLogLevel: null, SystemLogLevel: null } ? null
                : throw Errors.InvalidParameter("LogLevel is not supported when LogFormat is set to \"Text\". Remove LogLevel from your request or change the LogFormat to \"JSON\" and try again.");
        return new LogLevels(asked.ApplicationLogLevel ?? before?.Application ?? "INFO", asked.SystemLogLevel ?? before?.System ?? "INFO");
    }

    private static string? Unsupported(FunctionSettings settings, string? key)
        => settings.SnapStart is { ApplyOn: not (null or "None") } ? "SnapStart"
            : !string.IsNullOrEmpty(key) ? "a KMS key of the function's own (KMSKeyArn, KmsKeyArn in templates)"
            : settings.VpcConfig is { SubnetIds.Length: > 0 } or { SecurityGroupIds.Length: > 0 } ? "VpcConfig" : null;

    [GeneratedRegex(@"^[^\s]{1,128}$")]
    private static partial Regex HandlerForm();

    [GeneratedRegex(@"^arn:aws[a-zA-Z-]*:iam::[0-9]{12}:role/[a-zA-Z_0-9+=,.@\-/]+$")]
    private static partial Regex RoleForm();

    [GeneratedRegex("^arn:aws[a-zA-Z-]*:[a-z0-9.-]+:")]
    private static partial Regex ArnForm();

    [GeneratedRegex(@"^[\.\-_/#A-Za-z0-9]{1,512}$")]
    private static partial Regex GroupForm();

    [GeneratedRegex(@"^[a-zA-Z][a-zA-Z0-9_]+$")]
    private static partial Regex VariableForm();
}

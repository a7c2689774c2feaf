using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Galley.Functions;

namespace Galley.FunctionHost;

/// <summary>ILambdaContext and ILambdaLogger, whichever version of Amazon.Lambda.Core the function brought: members are answered by their names.</summary>
public class LambdaContext : DispatchProxy
{
    private FunctionContext? _context;
    private object? _serializer;

    internal static object Make(Type type, FunctionContext context, object? serializer)
    {
        var proxy = Create(type, typeof(LambdaContext));
        (((LambdaContext)proxy)._context, ((LambdaContext)proxy)._serializer) = (context, serializer);
        return proxy;
    }

    /// <inheritdoc />
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        static string? Variable(string name) => Environment.GetEnvironmentVariable(name);
        return targetMethod!.Name switch
        {
            "get_AwsRequestId" => _context!.RequestId,
            "get_InvokedFunctionArn" => _context!.FunctionArn,
            "get_FunctionName" => Variable("AWS_LAMBDA_FUNCTION_NAME"),
            "get_FunctionVersion" => Variable("AWS_LAMBDA_FUNCTION_VERSION"),
            "get_LogGroupName" => Variable("AWS_LAMBDA_LOG_GROUP_NAME"),
            "get_LogStreamName" => Variable("AWS_LAMBDA_LOG_STREAM_NAME"),
            "get_MemoryLimitInMB" => int.Parse(Variable("AWS_LAMBDA_FUNCTION_MEMORY_SIZE") ?? "128", CultureInfo.InvariantCulture),
            "get_RemainingTime" => _context!.Deadline > DateTimeOffset.UtcNow ? _context.Deadline - DateTimeOffset.UtcNow : TimeSpan.Zero,
            "get_TraceId" => Variable("_X_AMZN_TRACE_ID"),
            "get_Logger" => Logger.Make(targetMethod.ReturnType),
            "get_ClientContext" => Told.Make(targetMethod.ReturnType, _context!.ClientContext),
            "get_Identity" => Told.Make(targetMethod.ReturnType, _context!.CognitoIdentity),
            "get_Serializer" => _serializer,
            _ => null, // members of versions to come
        };
    }

    /// <summary>IClientContext, its IClientApplication, and ICognitoIdentity: never null, as on AWS; what the caller did not say is.</summary>
    public class Told : DispatchProxy
    {
        private JsonElement _said;

        internal static object Make(Type type, string? json) => Make(type, string.IsNullOrWhiteSpace(json) ? default : JsonElement.Parse(json));

        /// <inheritdoc />
        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod!.Name switch
        {
            "get_Environment" => Map("env"),
            "get_Custom" => Map("custom"),
            "get_Client" => Member("client") is { ValueKind: JsonValueKind.Object } client ? Make(targetMethod.ReturnType, client) : null,
            "get_AppPackageName" => Text("app_package_name"),
            "get_AppTitle" => Text("app_title"),
            "get_AppVersionCode" => Text("app_version_code"),
            "get_AppVersionName" => Text("app_version_name"),
            "get_InstallationId" => Text("installation_id"),
            "get_IdentityId" => Text("cognitoIdentityId"),
            "get_IdentityPoolId" => Text("cognitoIdentityPoolId"),
            _ => null,
        };

        private static object Make(Type type, JsonElement said)
        {
            var proxy = Create(type, typeof(Told));
            ((Told)proxy)._said = said;
            return proxy;
        }

        private Dictionary<string, string>? Map(string name)
            => Member(name) is { ValueKind: JsonValueKind.Object } map ? map.EnumerateObject().ToDictionary(member => member.Name, member => member.Value.ToString()) : null;

        private string? Text(string name) => Member(name) is { ValueKind: not (JsonValueKind.Undefined or JsonValueKind.Null) } value ? value.ToString() : null;

        private JsonElement Member(string name) => _said.ValueKind == JsonValueKind.Object && _said.TryGetProperty(name, out var value) ? value : default;
    }

    /// <summary>Writes what it is given to the function's log.</summary>
    public class Logger : DispatchProxy
    {
        internal static object Make(Type type) => Create(type, typeof(Logger));

        /// <inheritdoc />
        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            var texts = args?.OfType<string>().ToList() ?? [];
            if (!targetMethod!.Name.StartsWith("Log", StringComparison.Ordinal) || texts.Count == 0) return null;
            // Log(level, message, args…), LogInformation(message, args…), LogLine(message): the message is the last text before the arguments.
            var (level, message) = targetMethod.Name != "Log" ? (targetMethod.Name[3..], texts[0])
                : args![0] is string ? texts.Count > 1 ? (texts[0], texts[1]) : ("", texts[0])
                : (args[0]?.ToString() ?? "", texts[0]);
            HostLog.Write(level, message, args!.OfType<object[]>().FirstOrDefault() ?? [], args!.OfType<Exception>().FirstOrDefault());
            return null;
        }
    }
}

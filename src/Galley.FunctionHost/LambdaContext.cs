using System.Globalization;
using System.Reflection;
using Galley.Functions;

namespace Galley.FunctionHost;

/// <summary>ILambdaContext and ILambdaLogger, whichever version of Amazon.Lambda.Core the function brought: members are answered by their names.</summary>
public class LambdaContext : DispatchProxy
{
    private FunctionContext? _context;

    internal static object Make(Type type, FunctionContext context)
    {
        var proxy = Create(type, typeof(LambdaContext));
        ((LambdaContext)proxy)._context = context;
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
            _ => null, // client context and identity, which no caller here can send, and members of versions to come
        };
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

// The shapes of Amazon.Lambda.Core that handlers use, under their own names.
namespace Amazon.Lambda.Core;

public interface ILambdaContext
{
    string AwsRequestId { get; }

    string FunctionName { get; }

    string InvokedFunctionArn { get; }

    int MemoryLimitInMB { get; }

    TimeSpan RemainingTime { get; }

    IClientContext ClientContext { get; }

    ICognitoIdentity Identity { get; }

    ILambdaSerializer Serializer { get; }

    ILambdaLogger Logger { get; }
}

public interface IClientContext
{
    IDictionary<string, string>? Environment { get; }

    IDictionary<string, string>? Custom { get; }

    IClientApplication? Client { get; }
}

public interface IClientApplication
{
    string? AppTitle { get; }

    string? InstallationId { get; }
}

public interface ICognitoIdentity
{
    string? IdentityId { get; }
}

public static class LambdaLogger
{
#pragma warning disable IDE0044 // Lambda's runtime sets them
    private static Action<string> _loggingAction = message => Console.WriteLine("default " + message);
    private static Action<string, string, object[]> _loggingWithLevelAction = (level, message, _) => Console.WriteLine($"default {level} {message}");
#pragma warning restore IDE0044

    public static void Log(string message) => _loggingAction(message);

    public static void Log(string level, string message, params object[] args) => _loggingWithLevelAction(level, message, args);
}

public interface ILambdaLogger
{
    void Log(string message);

    void LogLine(string message);

    void LogInformation(string message) => LogLine("default " + message);

    void LogDebug(string message) => LogLine("default " + message);

    void LogWarning(string message, params object[] args) => LogLine("default " + message);
}

public interface ILambdaSerializer
{
    T Deserialize<T>(Stream requestStream);

    void Serialize<T>(T response, Stream responseStream);
}

[AttributeUsage(AttributeTargets.Assembly | AttributeTargets.Method)]
public sealed class LambdaSerializerAttribute(Type serializerType) : Attribute
{
    public Type SerializerType => serializerType;
}

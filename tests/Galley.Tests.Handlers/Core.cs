// The shapes of Amazon.Lambda.Core that handlers use, under their own names.
namespace Amazon.Lambda.Core;

public interface ILambdaContext
{
    string AwsRequestId { get; }

    string FunctionName { get; }

    string InvokedFunctionArn { get; }

    int MemoryLimitInMB { get; }

    TimeSpan RemainingTime { get; }

    ILambdaLogger Logger { get; }
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

using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.Loader;
using Galley.Functions;

namespace Galley.FunctionHost;

/// <summary>
/// A handler `Assembly::Namespace.Type::Method`, of any shape that AWS takes: no input or one, with or without ILambdaContext; streams
/// or types that the function's serializer knows; synchronous or not. What AWS's runtime (Amazon.Lambda.RuntimeSupport) refuses is refused
/// in its words. Amazon.Lambda.Core comes with the function; it is met by name.
/// </summary>
internal sealed class Handler
{
    private readonly MethodInfo _method;
    private readonly object? _instance;
    private readonly Serializer? _serializer;
    private readonly Type? _contextType;
    private readonly Type? _inputType;
    private readonly Type _outputType;

    private Handler(MethodInfo method, object? instance, Serializer? serializer, Type? input, Type? context)
        => (_method, _instance, _serializer, _inputType, _contextType, _outputType) = (method, instance, serializer, input, context, OutputOf(method.ReturnType));

    public static RawHandler Load(string handler, string folder)
    {
        var (assemblyName, typeName, methodName) = HandlerMethods.Parse(handler);
        var file = Path.Combine(folder, assemblyName + ".dll");
        if (!File.Exists(file)) throw new HandlerException($"Could not find the specified handler assembly with the file name '{assemblyName}, Culture=neutral, PublicKeyToken=null'. The assembly should be located in the root of your uploaded .zip file.");
        var resolver = new AssemblyDependencyResolver(file);
        AssemblyLoadContext.Default.Resolving += (context, name) => Find(resolver, folder, name) is { } path ? context.LoadFromAssemblyPath(path) : null;
        AssemblyLoadContext.Default.ResolvingUnmanagedDll += (_, name) => resolver.ResolveUnmanagedDllToPath(name) is { } path ? System.Runtime.InteropServices.NativeLibrary.Load(path) : 0;
        StaticLogger.Begin();
        var assembly = AssemblyLoadContext.Default.LoadFromAssemblyPath(file);
        var type = assembly.GetType(typeName) ?? throw new HandlerException($"Unable to load type '{typeName}' from assembly '{assemblyName}'.");
        var method = HandlerMethods.Find(type, methodName, assemblyName);
        HandlerMethods.Check(type, method);
        object? instance = null;
        if (method.IsStatic) RuntimeHelpers.RunClassConstructor(type.TypeHandle);
        else instance = Activator.CreateInstance(type);
        var (input, context) = HandlerMethods.Shape(type, method);
        var serializer = Serializer.Of(method, assembly);
        var made = new Handler(method, instance, serializer, input, context);
        if (serializer is null && input is not null && input != typeof(Stream)) throw Unserialized("deserialize input", input);
        if (serializer is null && made._outputType != typeof(void) && !made._outputType.IsAssignableTo(typeof(Stream))) throw Unserialized("serialize output", made._outputType);
        return made.Run;

        HandlerException Unserialized(string what, Type data)
            => new($"Could not find the LambdaSerializerAttribute on the assembly '{assemblyName}' or method '{method.Name}' while attempting to {what} data of type '{data.FullName}'. To use types other than System.IO.Stream as input/output parameters, the assembly or Lambda function should be annotated with Amazon.Lambda.Core.LambdaSerializerAttribute.");
    }

    private async ValueTask<ReadOnlyMemory<byte>> Run(ReadOnlyMemory<byte> @event, FunctionContext context)
    {
        var arguments = new List<object?>();
        if (_inputType is not null) arguments.Add(_inputType == typeof(Stream) ? new MemoryStream(@event.ToArray(), writable: false) : _serializer!.Read(@event, _inputType));
        if (_contextType is not null) arguments.Add(LambdaContext.Make(_contextType, context, _serializer?.Instance));
        object? result;
        try
        {
            result = _method.Invoke(_instance, [.. arguments]);
        }
        catch (TargetInvocationException e) when (e.InnerException is { } inner)
        {
            ExceptionDispatchInfo.Throw(inner);
            throw;
        }

        if (result is ValueTask plain) result = plain.AsTask();
        else if (_method.ReturnType.IsGenericType && _method.ReturnType.GetGenericTypeDefinition() == typeof(ValueTask<>)) result = _method.ReturnType.GetMethod("AsTask")!.Invoke(result, null);
        if (result is Task task)
        {
            await task.ConfigureAwait(false);
            result = _outputType == typeof(void) ? null : task.GetType().GetProperty("Result")!.GetValue(task);
        }

        if (_outputType == typeof(void)) return "null"u8.ToArray();
        if (!_outputType.IsAssignableTo(typeof(Stream))) return _serializer!.Write(result, _outputType);
        // From where the function left it, as AWS reads it: one that was written and not put back to its beginning gives nothing.
        using var bytes = new MemoryStream();
        await ((Stream)result!).CopyToAsync(bytes).ConfigureAwait(false);
        return bytes.ToArray();
    }

    /// <summary>What comes out when all is awaited; `void` for nothing.</summary>
    private static Type OutputOf(Type type)
    {
        if (type == typeof(ValueTask)) return typeof(void);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueTask<>)) return type.GetGenericArguments()[0];
        for (var task = type; task is not null; task = task.BaseType)
            if (task.IsGenericType && task.GetGenericTypeDefinition() == typeof(Task<>))
                return task.GetGenericArguments()[0];
        return type.IsAssignableTo(typeof(Task)) ? typeof(void) : type;
    }

    private static string? Find(AssemblyDependencyResolver resolver, string folder, AssemblyName name)
        => resolver.ResolveAssemblyToPath(name)
           ?? new[] { folder, "/opt", Environment.GetEnvironmentVariable("GALLEY_LAYERS") ?? "/opt" }.Select(place => Path.Combine(place, name.Name + ".dll")).FirstOrDefault(File.Exists);
}

/// <summary>The handler cannot be used; the message says why, in AWS's words where we know them.</summary>
internal sealed class HandlerException(string message) : Exception(message);

using System.Reflection;
using System.Runtime.Loader;
using Galley.Functions;

namespace Galley.FunctionHost;

/// <summary>
/// A handler `Assembly::Namespace.Type::Method`, of any shape that AWS takes: no input or one, with or without ILambdaContext; streams
/// or types that the function's serializer knows; synchronous or not. Amazon.Lambda.Core comes with the function; it is met by name.
/// </summary>
internal sealed class Handler
{
    private readonly MethodInfo _method;
    private readonly object? _instance;
    private readonly Serializer? _serializer;
    private readonly Type? _contextType;
    private readonly Type? _inputType;

    private Handler(MethodInfo method, object? instance, Serializer? serializer, Type? input, Type? context)
        => (_method, _instance, _serializer, _inputType, _contextType) = (method, instance, serializer, input, context);

    public static RawHandler Load(string handler, string folder)
    {
        if (handler.Split("::") is not [var assemblyName, var typeName, var methodName])
            throw new HandlerException($"Invalid lambda function handler: '{handler}'. The valid format is 'ASSEMBLY::TYPE::METHOD'.");
        var file = Path.Combine(folder, assemblyName + ".dll");
        if (!File.Exists(file)) throw new HandlerException($"Could not find the specified handler assembly with the file name '{assemblyName}, Culture=neutral, PublicKeyToken=null'. The assembly should be located in the root of your uploaded .zip file.");
        var resolver = new AssemblyDependencyResolver(file);
        AssemblyLoadContext.Default.Resolving += (context, name) => Find(resolver, folder, name) is { } path ? context.LoadFromAssemblyPath(path) : null;
        AssemblyLoadContext.Default.ResolvingUnmanagedDll += (_, name) => resolver.ResolveUnmanagedDllToPath(name) is { } path ? System.Runtime.InteropServices.NativeLibrary.Load(path) : 0;
        var assembly = AssemblyLoadContext.Default.LoadFromAssemblyPath(file);
        var type = assembly.GetType(typeName) ?? throw new HandlerException($"Unable to load type '{typeName}' from assembly '{assemblyName}'.");
        var method = MethodOf(type, methodName) ?? throw new HandlerException($"Found no method '{methodName}' of type '{type}' that can be a handler.");
        var (input, context) = Shape(method);
        var serializer = Serializer.Of(method, assembly);
        if (serializer is null && NeedsSerializer(input) is { } unread)
            throw new HandlerException($"Could not find the LambdaSerializerAttribute on the assembly '{assembly.GetName().Name}' or method '{method.Name}' while attempting to deserialize input data of type '{unread.FullName}'. To use types other than System.IO.Stream as input/output parameters, the assembly or Lambda function should be annotated with Amazon.Lambda.LambdaSerializerAttribute.");
        var instance = method.IsStatic ? null : Instance(type);
        return new Handler(method, instance, serializer, input, context).Run;
    }

    private async ValueTask<ReadOnlyMemory<byte>> Run(ReadOnlyMemory<byte> @event, FunctionContext context)
    {
        var arguments = new List<object?>();
        if (_inputType is not null) arguments.Add(_inputType == typeof(Stream) ? new MemoryStream(@event.ToArray(), writable: false) : _serializer!.Read(@event, _inputType));
        if (_contextType is not null) arguments.Add(LambdaContext.Make(_contextType, context));
        object? result;
        try
        {
            result = _method.Invoke(_instance, [.. arguments]);
        }
        catch (TargetInvocationException e) when (e.InnerException is { } inner)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(inner);
            throw;
        }

        var type = _method.ReturnType;
        if (result is ValueTask plain) result = plain.AsTask();
        else if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueTask<>)) result = type.GetMethod("AsTask")!.Invoke(result, null);
        if (result is Task task)
        {
            await task.ConfigureAwait(false);
            type = type.IsGenericType ? type.GetGenericArguments()[0] : typeof(void);
            result = type == typeof(void) ? null : task.GetType().GetProperty("Result")!.GetValue(task);
        }
        else if (type == typeof(ValueTask)) type = typeof(void);

        if (type == typeof(void) || type == typeof(Task)) return "null"u8.ToArray();
        if (result is not Stream stream) return _serializer is null ? "null"u8.ToArray() : _serializer.Write(result, type);
        using var bytes = new MemoryStream();
        if (stream.CanSeek) stream.Position = 0;
        await stream.CopyToAsync(bytes).ConfigureAwait(false);
        return bytes.ToArray();
    }

    private static (Type? Input, Type? Context) Shape(MethodInfo method)
    {
        var parameters = method.GetParameters();
        var context = parameters.LastOrDefault()?.ParameterType is { Name: "ILambdaContext", Namespace: "Amazon.Lambda.Core" } last ? last : null;
        return (parameters.Length - (context is null ? 0 : 1)) switch
        {
            0 => (null, context),
            1 => (parameters[0].ParameterType, context),
            _ => throw new HandlerException($"The method '{method.Name}' of type '{method.DeclaringType}' has too many parameters: a handler takes an input, an ILambdaContext, or both."),
        };
    }

    private static Type? NeedsSerializer(Type? input) => input is not null && input != typeof(Stream) ? input : null;

    private static MethodInfo? MethodOf(Type type, string name)
    {
        const BindingFlags any = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.FlattenHierarchy;
        var found = type.GetMethods(any).Where(method => method.Name == name && !method.IsGenericMethodDefinition).ToList();
        return found.Find(method => method.DeclaringType == type) ?? found.FirstOrDefault();
    }

    private static object Instance(Type type)
    {
        if (type.GetConstructor(Type.EmptyTypes) is not { } constructor) throw new HandlerException($"The type '{type}' has no constructor without parameters.");
        try
        {
            return constructor.Invoke(null);
        }
        catch (TargetInvocationException e) when (e.InnerException is { } inner)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(inner);
            throw;
        }
    }

    private static string? Find(AssemblyDependencyResolver resolver, string folder, AssemblyName name)
        => resolver.ResolveAssemblyToPath(name)
           ?? new[] { folder, "/opt", Environment.GetEnvironmentVariable("GALLEY_LAYERS") ?? "/opt" }.Select(place => Path.Combine(place, name.Name + ".dll")).FirstOrDefault(File.Exists);
}

/// <summary>The handler cannot be used; the message says why, in AWS's words where we know them.</summary>
internal sealed class HandlerException(string message) : Exception(message);

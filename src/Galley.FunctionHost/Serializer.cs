using System.Reflection;

namespace Galley.FunctionHost;

/// <summary>The function's own serializer, as its LambdaSerializer attribute names it, on the method or on the assembly.</summary>
internal sealed class Serializer
{
    private readonly object _serializer;
    private readonly MethodInfo _read, _write;

    private Serializer(object serializer, Type contract)
        => (_serializer, _read, _write) = (serializer, contract.GetMethod("Deserialize")!, contract.GetMethod("Serialize")!);

    public static Serializer? Of(MethodInfo method, Assembly assembly)
    {
        var attribute = method.CustomAttributes.Concat(method.DeclaringType!.CustomAttributes).Concat(assembly.CustomAttributes).FirstOrDefault(one => one.AttributeType.FullName == "Amazon.Lambda.Core.LambdaSerializerAttribute");
        if (attribute?.ConstructorArguments.FirstOrDefault().Value is not Type type) return null;
        var contract = type.GetInterfaces().FirstOrDefault(one => one.FullName == "Amazon.Lambda.Core.ILambdaSerializer")
                       ?? throw new HandlerException($"The serializer '{type}' does not implement Amazon.Lambda.Core.ILambdaSerializer.");
        return new Serializer(Activator.CreateInstance(type)!, contract);
    }

    public object? Read(ReadOnlyMemory<byte> json, Type type)
    {
        using var stream = new MemoryStream(json.ToArray(), writable: false);
        return Call(_read.MakeGenericMethod(type), stream);
    }

    public ReadOnlyMemory<byte> Write(object? value, Type type)
    {
        using var stream = new MemoryStream();
        Call(_write.MakeGenericMethod(type), value, stream);
        return stream.ToArray();
    }

    private object? Call(MethodInfo method, params object?[] arguments)
    {
        try
        {
            return method.Invoke(_serializer, arguments);
        }
        catch (TargetInvocationException e) when (e.InnerException is { } inner)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(inner);
            throw;
        }
    }
}

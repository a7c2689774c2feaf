using System.Reflection;

namespace Galley.FunctionHost;

/// <summary>The function's own serializer, as its LambdaSerializer attribute names it, on the method or on the assembly.</summary>
internal sealed class Serializer
{
    private readonly MethodInfo _read, _write;

    private Serializer(object instance, Type contract)
        => (Instance, _read, _write) = (instance, contract.GetMethod("Deserialize")!, contract.GetMethod("Serialize")!);

    /// <summary>An ILambdaSerializer.</summary>
    public object Instance { get; }

    public static Serializer? Of(MethodInfo method, Assembly assembly)
    {
        var attribute = method.CustomAttributes.Concat(assembly.CustomAttributes).FirstOrDefault(one => one.AttributeType.FullName == "Amazon.Lambda.Core.LambdaSerializerAttribute");
        if (attribute is null) return null;
        if (attribute.ConstructorArguments.FirstOrDefault().Value is not Type type) throw new HandlerException("The 'SerializerType' property on attribute class 'Amazon.Lambda.Core.LambdaSerializerAttribute' is not set.");
        if (type.GetConstructor(Type.EmptyTypes) is not { } constructor) throw new HandlerException($"The indicated serializer '{type.FullName}' does not define a public zero-parameter constructor.");
        var contract = type.GetInterfaces().FirstOrDefault(one => one.FullName == "Amazon.Lambda.Core.ILambdaSerializer")
                       ?? throw new HandlerException($"The '{type.FullName}' class is invalid: it does not implement the 'ILambdaSerializer' interface.");
        return new Serializer(constructor.Invoke(null), contract);
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
            return method.Invoke(Instance, arguments);
        }
        catch (TargetInvocationException e) when (e.InnerException is { } inner)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(inner);
            throw;
        }
    }
}

using System.Reflection;
using System.Runtime.CompilerServices;

namespace Galley.FunctionHost;

/// <summary>Which method a handler's name means, and what AWS's runtime does not take as one.</summary>
internal static class HandlerMethods
{
    private const string Format = "The valid format is 'ASSEMBLY::TYPE::METHOD'.";
    private const BindingFlags OfTypeItself = BindingFlags.DeclaredOnly | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;

    public static (string Assembly, string Type, string Method) Parse(string handler)
    {
        if (handler.Length == 0) throw new HandlerException("Empty lambda function handler. " + Format);
        if (handler.Split("::", 3, StringSplitOptions.TrimEntries) is not [var assembly, var type, var method]) throw new HandlerException($"Invalid lambda function handler: '{handler}'. {Format}");
        foreach (var (part, name) in ((string, string)[])[(assembly, "assembly"), (type, "type"), (method, "method")])
            if (part.Length == 0)
                throw new HandlerException($"Invalid lambda function handler: '{handler}', the {name} is missing. {Format}");
        return (assembly, type, method);
    }

    /// <summary>The one method of the name in the type, or else in the nearest type that it derives from.</summary>
    public static MethodInfo Find(Type type, string name, string assembly)
    {
        for (var at = type; at is not null; at = at.BaseType)
        {
            var all = at.GetMethods(OfTypeItself).Where(method => method.Name == name).ToList();
            if (all.Count > 1)
                throw new HandlerException($"The method '{name}' in type '{at.FullName}' appears to have a number of overloads. To call this method please specify a complete method signature. Possible candidates are:\n{string.Join('\n', all)}.");
            if (all.Count == 1) return all[0];
        }

        throw new HandlerException($"Unable to find method '{name}' in type '{type.FullName}' from assembly '{assembly}': Found no methods matching method name '{name}'.");
    }

    public static void Check(Type type, MethodInfo method)
    {
        if (method.IsAbstract) throw Not("it is an abstract method. Handler methods cannot be abstract. Please specify a non-abstract handler method.");
        if (method.IsGenericMethod) throw Not("it is a generic method. Handler methods cannot be generic. Please specify a non-generic handler method.");
        if (method.ReturnType == typeof(void) && method.IsDefined(typeof(AsyncStateMachineAttribute))) throw Not("it is an 'async void' method. Handler methods cannot be 'async void'. Please specify a method that is not 'async void'.");
        if (method.GetParameters().LastOrDefault()?.IsDefined(typeof(ParamArrayAttribute)) == true) throw Not("it is a 'params' method. Please specify a method that does not use 'params'.");
        if (type.IsGenericType) throw new HandlerException($"The type '{type.FullName}' cannot be used as a Lambda Handler type because it is generic. Handler methods cannot be located in generic types. Please specify a handler method in a non-generic type.");
        if (!method.IsStatic && type.IsAbstract) throw new HandlerException($"The instance method '{method}' cannot be used as a Lambda Handler because its type '{type.FullName}' is abstract. Please either use a static handler or specify a type that is not abstract.");

        HandlerException Not(string why) => new($"The method '{method}' cannot be used as a Lambda Handler because {why}");
    }

    /// <summary>An input, an ILambdaContext, or both in this order.</summary>
    public static (Type? Input, Type? Context) Shape(Type type, MethodInfo method) => method.GetParameters().Select(parameter => parameter.ParameterType).ToList() switch
    {
        [] => (null, null),
        [var context] when IsContext(context) => (null, context),
        [var input] => (input, null),
        [var input, var context] when IsContext(context) => (input, context),
        [_, _] => throw new HandlerException($"Method '{method.Name}' of type '{type.FullName}' is not supported: the method has 2 parameters, but the second parameter is not of type 'Amazon.Lambda.Core.ILambdaContext'."),
        _ => throw new HandlerException($"Method '{method.Name}' of type '{type.FullName}' is not supported: the method has more than 2 parameters."),
    };

    private static bool IsContext(Type type) => type.FullName == "Amazon.Lambda.Core.ILambdaContext";
}

using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Galley.Wire;

/// <summary>How a request or an answer is read and written, for whoever does not know its type.</summary>
public interface IContract
{
    /// <exception cref="InvalidOperationException">The context does not name the type.</exception>
    JsonTypeInfo Info { get; }
}

/// <summary>
/// The compile-time contract of a type, taken out of its context when it is first needed: a program that starts has hundreds of
/// operations, and whoever starts it calls a few.
/// </summary>
internal sealed class Contract<T>(Func<JsonSerializerContext> contracts) : IContract
{
    private JsonTypeInfo<T>? _info;

    public JsonTypeInfo<T> Info => _info ??= (JsonTypeInfo<T>?)contracts().GetTypeInfo(typeof(T)) ?? throw new InvalidOperationException($"{contracts().GetType().Name} names no {typeof(T)}");

    JsonTypeInfo IContract.Info => Info;
}

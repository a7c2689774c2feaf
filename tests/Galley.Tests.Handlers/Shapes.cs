using System.Text.Json;
using Amazon.Lambda.Core;

namespace ClassLibrary;

/// <summary>Upper case in and out: the method's own serializer, not the assembly's.</summary>
public sealed class Loud : ILambdaSerializer
{
    public T Deserialize<T>(Stream requestStream)
    {
        using var reader = new StreamReader(requestStream);
        return JsonSerializer.Deserialize<T>(reader.ReadToEnd().ToUpperInvariant())!;
    }

    public void Serialize<T>(T response, Stream responseStream) => JsonSerializer.Serialize(responseStream, JsonSerializer.Serialize(response).ToUpperInvariant());
}

/// <summary>A serializer that AWS's runtime cannot make.</summary>
public sealed class Demanding(string what) : ILambdaSerializer
{
    public T Deserialize<T>(Stream requestStream) => throw new InvalidOperationException(what);

    public void Serialize<T>(T response, Stream responseStream) => throw new InvalidOperationException(what);
}

/// <summary>What a handler inherits: its types are known where it is derived.</summary>
public abstract class Base<TIn, TOut>
{
    public async Task<TOut> Handle(TIn input, ILambdaContext context)
    {
        await Task.Yield();
        return Make(input, context);
    }

    public string Alone(TIn input) => $"alone {input}";

    protected abstract TOut Make(TIn input, ILambdaContext context);
}

public sealed class Derived : Base<string, int>
{
    protected override int Make(string input, ILambdaContext context) => input is null ? 0 : input.Length;
}

/// <summary>Handlers may be in structs.</summary>
public struct Small
{
    public readonly string Say(string word) => word + "?";
}

public static class Kept
{
    public static readonly List<string> Lines = [];

    static Kept() => throw new InvalidOperationException("not ready");

    public static void Run() => Lines.Add("never");
}

public sealed class Broken
{
    public Broken() => throw new InvalidOperationException("no database", new TimeoutException("too slow"));

    public string Run() => "never" + GetHashCode();
}

public sealed class Generic<T>
{
    public string Run() => typeof(T) + "never" + GetHashCode();
}

public abstract class Abstract
{
    public string Run() => "never" + GetHashCode();

    public static string Static() => "static";

    public abstract string Nothing();
}

/// <summary>The shapes of methods that AWS's runtime documents, and some that it refuses.</summary>
public sealed class Shapes
{
    private string _last = "nothing";

    public void Void(string word) => _last = word;

    public async Task Nothing(string word)
    {
        await Task.Yield();
        _last = word;
    }

    public string Last() => _last;

    public static async Task<string> OnlyContext(ILambdaContext context)
    {
        await Task.Yield();
        ArgumentNullException.ThrowIfNull(context);
        LambdaLogger.Log("said by nobody");
        LambdaLogger.Log("Warning", "{count} left", 3);
        return $"{context.ClientContext.Client?.AppTitle} {context.ClientContext.Custom?["k"]} {context.ClientContext.Environment?["e"]} {context.Identity.IdentityId is null} {context.Serializer.GetType().Name}";
    }

    public static Stream StreamIn(Stream input, ILambdaContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return input;
    }

    public static MemoryStream StreamOut(string word) => new(System.Text.Encoding.UTF8.GetBytes($"[{word.Length}]"));

    public static string FromStream(Stream input)
    {
        using var reader = new StreamReader(input);
        return reader.ReadToEnd();
    }

    /// <summary>Written and not put back to its beginning: AWS's runtime sends what is left, nothing.</summary>
    public static Stream AtItsEnd(Stream input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var written = new MemoryStream();
        input.CopyTo(written);
        return written;
    }

    [LambdaSerializer(typeof(Loud))]
    public static string Own(string word) => word + " said";

    [LambdaSerializer(typeof(Demanding))]
    public static string Demands(string word) => word;

    public static string Two(int number) => "number " + number;

    public static string Two(string word) => "word " + word;

    public static string Wrong(ILambdaContext context, string word) => word + (context is null);

    public static string Many(string one, string two, ILambdaContext context) => one + two + (context is null);

    public static string Any<T>(T one) => $"{one}";

    public static string Rest(params string[] words) => string.Concat(words);

#pragma warning disable CA1822, VSTHRD100 // as somebody writes it
    public async void AsyncVoid(string word)
    {
        await Task.Yield();
        _last = word;
    }
#pragma warning restore CA1822, VSTHRD100

    public static async Task<string> Several()
    {
        await Task.Yield();
        throw new AggregateException("several", new InvalidOperationException("one", new TimeoutException("why")), new FormatException("two"));
    }

    private static string Hidden(string word) => "hidden " + word;
}

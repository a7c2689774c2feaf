using System.Text.Json;
using Amazon.Lambda.Core;

[assembly: LambdaSerializer(typeof(ClassLibrary.Json))]

namespace ClassLibrary;

public sealed record Person(string Name, int Age);

public sealed class Json : ILambdaSerializer
{
    public T Deserialize<T>(Stream requestStream) => JsonSerializer.Deserialize<T>(requestStream)!;

    public void Serialize<T>(T response, Stream responseStream) => JsonSerializer.Serialize(responseStream, response);
}

public static class Faults
{
    private static readonly List<byte[]> Kept = [];

    public static string Run(Dictionary<string, string> @event)
    {
        ArgumentNullException.ThrowIfNull(@event);
        switch (@event.GetValueOrDefault("fault"))
        {
            case "exit":
                Environment.Exit(7);
                break;
            case "throw":
                throw new InvalidOperationException("thrown");
            case "loop":
                while (true) Thread.SpinWait(1000);
            case "memory":
                while (true) Kept.Add(new byte[16 << 20]);
            default:
                return "fine";
        }

        return "";
    }
}

public sealed class Greeter
{
    private int _calls;

    public string Hello(Person person, ILambdaContext context)
    {
        ArgumentNullException.ThrowIfNull(person);
        ArgumentNullException.ThrowIfNull(context);
        context.Logger.LogLine("line of " + person.Name);
        context.Logger.LogInformation("information of " + person.Name);
        return $"{person.Name} {context.FunctionName} {context.MemoryLimitInMB} {context.RemainingTime > TimeSpan.FromSeconds(1)} {context.AwsRequestId.Length}";
    }

    public static string Log(ILambdaContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.Logger.LogDebug("below the level");
        context.Logger.LogWarning("sold {count} of {thing}", 3, "pears");
        Console.Write("half a ");
        Console.WriteLine("line");
        return context.AwsRequestId;
    }

    public async Task<Person> Older(Person person)
    {
        await Task.Delay(1).ConfigureAwait(false);
        ArgumentNullException.ThrowIfNull(person);
        return person with { Age = person.Age + ++_calls };
    }

    /// <summary>A route's answer of both payload formats: the event itself.</summary>
    public static Dictionary<string, object> Answer(JsonElement @event)
        => new() { ["statusCode"] = 203, ["headers"] = new Dictionary<string, string> { ["content-type"] = "application/json" }, ["body"] = @event.GetRawText(), ["isBase64Encoded"] = false };

    public static async Task<Stream> Echo(Stream input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var copy = new MemoryStream();
        await input.CopyToAsync(copy).ConfigureAwait(false);
        copy.Position = 0;
        return copy;
    }

    public static Task Nothing() => Task.CompletedTask;

    public static async ValueTask<int> Fail(Person person)
    {
        await Task.Yield();
        throw new InvalidOperationException("no " + person);
    }

    public static string Version() => Environment.Version.ToString();

    public static string Shout(string word)
    {
        var loud = word + "!";
        return loud; // a debugger stops here
    }

    public static string Where() => $"{Environment.ProcessId} {Path.GetTempPath()}";

    public static string Read(ILambdaContext context) => Environment.GetEnvironmentVariable("AWS_EXECUTION_ENV") + (context is null);
}

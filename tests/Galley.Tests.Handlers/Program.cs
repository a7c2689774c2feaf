using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ClassLibrary;

/// <summary>The same assembly as a program of its own, as users write them with a bootstrap of Amazon.Lambda.RuntimeSupport: it asks for its events itself.</summary>
internal static class Program
{
    private static async Task Main()
    {
        using var http = new HttpClient { BaseAddress = new Uri($"http://{Environment.GetEnvironmentVariable("AWS_LAMBDA_RUNTIME_API")}/2018-06-01/runtime/"), Timeout = Timeout.InfiniteTimeSpan };
        for (var count = 1; ; count++)
        {
            using var next = await http.GetAsync(new Uri("invocation/next", UriKind.Relative));
            var id = next.Headers.GetValues("Lambda-Runtime-Aws-Request-Id").Single();
            Console.WriteLine("event " + id);
            var @event = await next.Content.ReadAsStringAsync();
            using var answer = new StringContent(await Answer(@event, count), Encoding.UTF8, "application/json");
            using var taken = await http.PostAsync(new Uri($"invocation/{id}/response", UriKind.Relative), answer);
        }
    }

    private static async Task<string> Answer(string @event, int count) => Environment.GetEnvironmentVariable("_HANDLER") switch
    {
        "bombs" => JsonSerializer.Serialize(await Bombs.Run(JsonSerializer.Deserialize<Dictionary<string, string>>(@event)!)),
        "probes" => JsonSerializer.Serialize(Probes.Run(JsonSerializer.Deserialize<JsonObject>(@event)!)),
        var handler => $$"""{"event":{{@event}},"count":{{count}},"handler":"{{handler}}"}""",
    };
}

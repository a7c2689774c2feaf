using System.Text;
using System.Text.Json.Nodes;

namespace Galley.Tests.Lambda;

/// <summary>A client of the Debug Adapter Protocol, as editors are: https://microsoft.github.io/debug-adapter-protocol/specification.</summary>
internal sealed class DebugAdapter(Stream toAdapter, Stream fromAdapter)
{
    private readonly List<JsonObject> _came = [];
    private int _sent;

    /// <summary>Attaches, stops at a line, looks at an expression there and goes on; what the expression was worth.</summary>
    /// <param name="attach">The arguments of `attach`, which are each debugger's own.</param>
    /// <param name="source">The file, as the debugger knows it.</param>
    /// <param name="line">From 1.</param>
    /// <param name="expression">In the language of the function.</param>
    /// <param name="run">What makes the function pass the line.</param>
    public async Task<string> StopAt(JsonObject attach, string source, int line, string expression, Action run)
    {
        await Ask("initialize", new { adapterID = "galley", clientID = "galley", linesStartAt1 = true, columnsStartAt1 = true, pathFormat = "path" });
        // It is answered only when the breakpoints have been told.
        var attached = await Send("attach", attach);
        await Event("initialized");
        await Ask("setBreakpoints", new { source = new { path = source, name = Path.GetFileName(source) }, breakpoints = new[] { new { line } } });
        await Ask("configurationDone", new { });
        await Answer(attached);
        run();
        var thread = (int)(await Event("stopped"))["threadId"]!;
        var frame = (await Ask("stackTrace", new { threadId = thread, startFrame = 0, levels = 1 }))["stackFrames"]![0]!;
        Assert.Equal((Path.GetFileName(source), line), (Path.GetFileName((string)frame["source"]!["path"]!), (int)frame["line"]!));
        var value = (string)(await Ask("evaluate", new { expression, frameId = (int)frame["id"]!, context = "watch" }))["result"]!;
        await Ask("setBreakpoints", new { source = new { path = source, name = Path.GetFileName(source) }, breakpoints = Array.Empty<object>() });
        await Ask("continue", new { threadId = thread });
        return value;
    }

    private async Task<JsonNode> Ask(string command, object arguments) => await Answer(await Send(command, System.Text.Json.JsonSerializer.SerializeToNode(arguments)!));

    private async Task<int> Send(string command, JsonNode arguments)
    {
        var body = Encoding.UTF8.GetBytes(new JsonObject { ["seq"] = ++_sent, ["type"] = "request", ["command"] = command, ["arguments"] = arguments }.ToJsonString());
        await toAdapter.WriteAsync((byte[])[.. Encoding.ASCII.GetBytes($"Content-Length: {body.Length}\r\n\r\n"), .. body]);
        await toAdapter.FlushAsync();
        return _sent;
    }

    private async Task<JsonNode> Answer(int request)
    {
        var answer = await Next(one => (string)one["type"]! == "response" && (int)one["request_seq"]! == request);
        Assert.True((bool)answer["success"]!, answer.ToJsonString());
        return answer["body"] ?? new JsonObject();
    }

    private async Task<JsonNode> Event(string name) => (await Next(one => (string)one["type"]! == "event" && (string)one["event"]! == name))["body"] ?? new JsonObject();

    private async Task<JsonObject> Next(Predicate<JsonObject> wanted)
    {
        for (var at = _came.FindIndex(wanted); ; at = _came.FindIndex(wanted))
        {
            if (at >= 0)
            {
                var found = _came[at];
                _came.RemoveAt(at);
                return found;
            }

            _came.Add(await Read());
        }
    }

    private async Task<JsonObject> Read()
    {
        var head = new List<byte>();
        var one = new byte[1];
        while (!head.TakeLast(4).SequenceEqual("\r\n\r\n"u8.ToArray()))
        {
            await fromAdapter.ReadExactlyAsync(one);
            head.Add(one[0]);
        }

        var length = Encoding.ASCII.GetString([.. head]).Split("\r\n").Single(line => line.StartsWith("Content-Length: ", StringComparison.Ordinal))["Content-Length: ".Length..];
        var body = new byte[int.Parse(length, System.Globalization.CultureInfo.InvariantCulture)];
        await fromAdapter.ReadExactlyAsync(body);
        return JsonNode.Parse(body)!.AsObject();
    }
}

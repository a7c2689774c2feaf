using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Galley.Tests.Docs;

namespace Galley.Tests.Lambda;

/// <summary>The recipes of docs/debugging.md, tried.</summary>
public class DebuggerTests
{
    private const string Page = "docs/debugging.md", Debugger = "Galley.Tests.Debugger";

    [Fact]
    public async Task Node_stops_at_a_breakpoint_of_its_inspector()
    {
        await using var functions = await TestFunctions.Start();
        var port = FreePort.Next();
        var setting = Assert.Single(Snippets.Of(Page, "ini")).Trim().Replace(":9229", $":{port}", StringComparison.Ordinal).Split('=', 2);
        await functions.Create("f", "nodejs20.x", "index.handler", TestFunctions.Zip(("index.mjs", "export const handler = async ({ word }) => {\n  const loud = word + '!';\n  return loud;\n};\n")), await functions.Role("r"), f =>
        {
            f["Timeout"] = 60;
            f["Environment"] = new JsonObject { ["Variables"] = new JsonObject { [setting[0]] = setting[1] } };
        });
        Assert.Equal("\"one!\"", (await functions.Invoke("f", """{"word":"one"}""")).Payload);

        // As Chrome and VS Code do: the target, its socket, a breakpoint, and what a variable is worth where it stops.
        using var http = new HttpClient();
        var target = JsonNode.Parse(await http.GetStringAsync(new Uri($"http://127.0.0.1:{port}/json/list")))![0]!;
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri((string)target["webSocketDebuggerUrl"]!), CancellationToken.None);
        await Ask(1, "Debugger.enable", new { });
        var set = await Ask(2, "Debugger.setBreakpointByUrl", new { lineNumber = 2, urlRegex = ".*/index\\.mjs" });
        Assert.Single(set["locations"]!.AsArray());
        var invoked = functions.Invoke("f", """{"word":"two"}""");
        var stopped = (await Until(message => (string?)message["method"] == "Debugger.paused"))["params"]!["callFrames"]![0]!;
        Assert.Equal(("handler", 2), ((string)stopped["functionName"]!, (int)stopped["location"]!["lineNumber"]!));
        Assert.False(invoked.IsCompleted);
        Assert.Equal("two!", (string)(await Ask(3, "Debugger.evaluateOnCallFrame", new { callFrameId = (string)stopped["callFrameId"]!, expression = "loud" }))["result"]!["value"]!);
        await Ask(4, "Debugger.resume", new { });
        Assert.Equal("\"two!\"", (await invoked).Payload);

        async Task<JsonNode> Ask(int id, string method, object parameters)
        {
            await socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(new { id, method, @params = parameters }), WebSocketMessageType.Text, true, CancellationToken.None);
            return (await Until(message => (int?)message["id"] == id))["result"]!;
        }

        async Task<JsonNode> Until(Predicate<JsonNode> wanted)
        {
            var part = new byte[64 << 10];
            while (true)
            {
                using var whole = new MemoryStream();
                WebSocketReceiveResult read;
                do
                {
                    read = await socket.ReceiveAsync(part, CancellationToken.None);
                    whole.Write(part, 0, read.Count);
                }
                while (!read.EndOfMessage);
                var message = JsonNode.Parse(whole.ToArray())!;
                if (wanted(message)) return message;
            }
        }
    }

    [Fact]
    public async Task Python_stops_at_a_breakpoint_of_debugpy()
    {
        // Debian's python3-debugpy, or what pip put where the machine's Python looks.
        string[] places = ["", "/usr/lib/python3/dist-packages"];
        var place = places.FirstOrDefault(folder => Runs("python3", folder, "-c", "import debugpy"));
        Assert.SkipWhen(place is null, "debugpy is not installed (Debian: python3-debugpy; else pip install debugpy)");
        await using var functions = await TestFunctions.Start();
        var port = FreePort.Next();
        var block = Assert.Single(Snippets.Of(Page, "python")).Replace("5678", port.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
        Assert.Equal(2, block.TrimEnd().Count(letter => letter == '\n') + 1); // the breakpoint below counts lines
        await functions.Python("f", block + """
            def lambda_handler(event, context):
                loud = event["word"] + "!"
                return [loud, __file__]
            """, await functions.Role("r"), f =>
        {
            f["Timeout"] = 60;
            f["MemorySize"] = 512;
            if (place!.Length > 0) f["Environment"] = new JsonObject { ["Variables"] = new JsonObject { ["PYTHONPATH"] = place } };
        });
        var first = await functions.Invoke("f", """{"word":"one"}""", tail: true);
        Assert.True(first.Error is null, first.Payload + first.Log);
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, port);
        Task<Invoked>? invoked = null;
        var seen = await new DebugAdapter(socket.GetStream(), socket.GetStream()).StopAt(
            new JsonObject { ["justMyCode"] = false, ["redirectOutput"] = false }, (string)first.Json[1]!, 5, "loud", () => invoked = functions.Invoke("f", """{"word":"two"}"""));
        Assert.Equal("'two!'", seen);
        Assert.Equal("two!", (string)(await invoked!).Json[0]!);
    }

    /// <summary>
    /// By the runtime's own debugging library, as netcoredbg, vsdbg and Rider attach (project Galley.Tests.Debugger). Without the sandbox the debugger
    /// gets the function's TMPDIR; a contained function is debugged from inside its namespaces.
    /// </summary>
    [Theory]
    [InlineData(SandboxMode.Off)]
    [InlineData(SandboxMode.On)]
    public async Task A_class_library_stops_at_a_breakpoint_of_a_dotnet_debugger(SandboxMode sandbox)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "processes are found in /proc");
        Assert.SkipWhen(sandbox == SandboxMode.On && !File.Exists("/usr/bin/bwrap"), "bubblewrap is not installed");
        await using var functions = await TestFunctions.Start(sandbox: sandbox);
        var zip = TestFunctions.Zip(archive =>
        {
            foreach (var file in (string[])["Galley.Tests.Handlers.dll", "Galley.Tests.Handlers.pdb", Debugger + ".dll", Debugger + ".runtimeconfig.json"])
                TestFunctions.Add(archive, file, File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, file)));
        });
        await functions.Create("f", "dotnet8", "Galley.Tests.Handlers::ClassLibrary.Greeter::Shout", zip, await functions.Role("r"), f => f["Timeout"] = 60);
        Assert.Equal("\"one!\"", (await functions.Invoke("f", "\"one\"")).Payload);

        var process = functions.Processes("f").Single(id => File.ReadAllText($"/proc/{id}/cmdline").Split('\0') is [var program, .., _] && Path.GetFileName(program) == "dotnet");
        var source = Path.Combine(Repository.Root, "tests", "Galley.Tests.Handlers", "Handlers.cs");
        var line = Array.FindIndex(await File.ReadAllLinesAsync(source), text => text.Contains("a debugger stops here", StringComparison.Ordinal)) + 1;
        string[] what = ["Galley.Tests.Handlers.dll", "Handlers.cs", $"{line}", "loud", "word"];
        var command = Assert.Single(Snippets.Of(Page, "sh")).Split('\n', StringSplitOptions.RemoveEmptyEntries)[sandbox == SandboxMode.Off ? 0 : 1];
        command = command.Replace("PID", $"{process}", StringComparison.Ordinal).Replace("netcoredbg --attach", sandbox == SandboxMode.Off ? $"dotnet exec {Path.Combine(AppContext.BaseDirectory, Debugger + ".dll")}" : $"dotnet exec /var/task/{Debugger}.dll", StringComparison.Ordinal);
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"{command} {string.Join(' ', what)}"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var debugger = Process.Start(start)!;
        var errors = debugger.StandardError.ReadToEndAsync();
        async Task<string> Said() => await debugger.StandardOutput.ReadLineAsync() ?? await errors;
        Assert.Equal("ready", await Said());
        var invoked = functions.Invoke("f", "\"two\"");
        Assert.Equal("stopped Shout loud=two! word=two", await Said());
        Assert.False(invoked.IsCompleted);
        await debugger.StandardInput.WriteLineAsync();
        Assert.Equal("continued", await Said());
        Assert.Equal("\"two!\"", (await invoked).Payload);
        debugger.StandardInput.Close();
        await debugger.WaitForExitAsync();
        Assert.True(debugger.ExitCode == 0, await errors);
        Assert.Equal("\"three!\"", (await functions.Invoke("f", "\"three\"")).Payload);
        Assert.Equal(process, functions.Processes("f").Single(id => id == process)); // let go, it is the same
    }

    [Fact]
    public async Task A_wrapper_of_AWS_LAMBDA_EXEC_WRAPPER_starts_the_runtime_in_its_own_way()
    {
        await using var functions = await TestFunctions.Start();
        var zip = TestFunctions.Zip(archive =>
        {
            TestFunctions.Add(archive, "lambda_function.py", "import os, sys\ndef lambda_handler(e, c):\n    return [os.environ['WRAPPED'], sys.flags.dev_mode]\n"u8.ToArray());
            TestFunctions.Add(archive, "wrapper", "#!/bin/sh\nexport WRAPPED=yes\nprogram=$1; shift\nexec \"$program\" -X dev \"$@\"\n"u8.ToArray(), 0x81ED);
        });
        await functions.Create("f", "python3.12", "lambda_function.lambda_handler", zip, await functions.Role("r"), f => f["Environment"] = new JsonObject { ["Variables"] = new JsonObject { ["AWS_LAMBDA_EXEC_WRAPPER"] = "/var/task/wrapper" } });
        Assert.Equal("[\"yes\", true]", (await functions.Invoke("f")).Payload);
    }

    [Fact]
    public async Task A_dotnet_debugger_finds_the_process_by_its_runtimes_own_ports()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the ports are named pipes elsewhere");
        await using var functions = await TestFunctions.Start();
        var library = await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "Galley.Tests.Handlers.dll"));
        await functions.Create("f", "dotnet8", "Galley.Tests.Handlers::ClassLibrary.Greeter::Where", TestFunctions.Zip(archive => TestFunctions.Add(archive, "Galley.Tests.Handlers.dll", library)), await functions.Role("r"), f => f["Timeout"] = 60);
        var (process, folder) = ((string)JsonNode.Parse((await functions.Invoke("f")).Payload)!).Split(' ') is [var id, var at] ? (int.Parse(id, System.Globalization.CultureInfo.InvariantCulture), at) : default;
        Assert.NotEmpty(Directory.GetFiles(folder, $"clr-debug-pipe-{process}-*")); // what vsdbg and netcoredbg attach to

        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Assert.Single(Directory.GetFiles(folder, $"dotnet-diagnostic-{process}-*-socket"))));
        await socket.SendAsync((byte[])[.. "DOTNET_IPC_V1\0"u8, 20, 0, 4, 0, 0, 0]); // ProcessInfo
        var answer = new byte[4096];
        var read = await socket.ReceiveAsync(answer);
        Assert.True(read > 28 && answer.AsSpan(0, 13).SequenceEqual("DOTNET_IPC_V1"u8));
        Assert.Equal(process, BitConverter.ToInt64(answer, 20));
    }

    private static bool Runs(string program, string pythonPath, params string[] arguments)
    {
        try
        {
            var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
            if (pythonPath.Length > 0) start.Environment["PYTHONPATH"] = pythonPath;
            using var process = Process.Start(start)!;
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}

using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Galley.Tests.Lambda;

/// <summary>The recipes of docs/debugging.md, tried.</summary>
public class DebuggerTests
{
    [Fact]
    public async Task Nodes_inspector_answers_on_the_port_that_NODE_OPTIONS_names()
    {
        await using var functions = await TestFunctions.Start();
        var port = FreePort();
        await functions.Create("f", "nodejs20.x", "index.handler", TestFunctions.Zip(("index.mjs", "globalThis.seen = 41; export const handler = async () => ++globalThis.seen;")), await functions.Role("r"),
            f => f["Environment"] = new JsonObject { ["Variables"] = new JsonObject { ["NODE_OPTIONS"] = $"--inspect=127.0.0.1:{port}" } });
        Assert.Equal("42", (await functions.Invoke("f")).Payload);

        using var http = new HttpClient();
        var target = JsonNode.Parse(await http.GetStringAsync(new Uri($"http://127.0.0.1:{port}/json/list")))![0]!;
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri((string)target["webSocketDebuggerUrl"]!), CancellationToken.None);
        await socket.SendAsync(Encoding.UTF8.GetBytes("""{"id":1,"method":"Runtime.evaluate","params":{"expression":"globalThis.seen"}}"""), WebSocketMessageType.Text, true, CancellationToken.None);
        var buffer = new byte[16 << 10];
        var answer = await socket.ReceiveAsync(buffer, CancellationToken.None);
        Assert.Equal(42, (int)JsonNode.Parse(Encoding.UTF8.GetString(buffer, 0, answer.Count))!["result"]!["result"]!["value"]!);
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

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

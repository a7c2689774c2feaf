using System.Text.Json.Nodes;

namespace Galley.Tests.Lambda;

/// <summary>Faults and bombs (security group I and §3): contained, reported in AWS's forms, and the next call works.</summary>
public class FaultsTests
{
    /// <summary>The eight bombs; output and results that are too large are rows 118 and 124.</summary>
    [Theory]
    [InlineData(SandboxMode.Off, 1, "EFBIG")]
    [InlineData(SandboxMode.On, 2, "ENOSPC")]
    public async Task Bombs_end_in_the_function_and_nowhere_else(SandboxMode sandbox, int files, string full)
    {
        Assert.SkipWhen(sandbox == SandboxMode.On && !File.Exists("/usr/bin/bwrap"), "bubblewrap is not installed");
        await using var functions = await TestFunctions.Start(sandbox: sandbox);
        await functions.Python("f", """
            import os, sys, errno, subprocess, threading, time
            def memory():
                kept = []
                try:
                    while len(kept) < 4000: kept.append(bytearray(16 << 20))
                except MemoryError:
                    kept.clear()
                    return "MemoryError"
            def files():
                kept = []
                try:
                    while len(kept) < 5000: kept.append(open("/dev/null"))
                except OSError as e:
                    return errno.errorcode[e.errno]
                finally:
                    for f in kept: f.close()
            def disk(files):
                paths = [os.path.join(os.environ["TMPDIR"], "big%d" % n) for n in range(files)]
                try:
                    for path in paths:
                        with open(path, "wb") as f:
                            for _ in range(600 // files): f.write(bytes(1 << 20))
                except OSError as e:
                    return errno.errorcode[e.errno]
                finally:
                    for path in paths:
                        if os.path.exists(path): os.remove(path)
            def threads():
                stop = threading.Event()
                count = 0
                try:
                    while count < 3000:
                        threading.Thread(target=stop.wait, daemon=True).start()
                        count += 1
                except RuntimeError:
                    return "no more"
                finally:
                    stop.set()
            def forks():
                for _ in range(200):
                    if os.fork() == 0: time.sleep(600); os._exit(0)
                time.sleep(600)
            def daemon():
                for _ in range(5): subprocess.Popen(["sleep", "600"], start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                return "left"
            def lambda_handler(event, context):
                return globals()[event["bomb"]](*event.get("with", [])) if event else "fine"
            """, await functions.Role("r"), f => f["Timeout"] = 20);
        Assert.Equal("\"MemoryError\"", (await functions.Invoke("f", """{"bomb":"memory"}""")).Payload);
        Assert.Equal("\"EMFILE\"", (await functions.Invoke("f", """{"bomb":"files"}""")).Payload);
        Assert.Equal($"\"{full}\"", (await functions.Invoke("f", $$"""{"bomb":"disk","with":[{{files}}]}""")).Payload);
        Assert.Equal("\"no more\"", (await functions.Invoke("f", """{"bomb":"threads"}""")).Payload);
        await functions.Js.Call("lambda", "UpdateFunctionConfiguration", new { FunctionName = "f", Timeout = 2 });
        Assert.Equal("Sandbox.Timedout", (string)(await functions.Invoke("f", """{"bomb":"forks"}""")).Json["errorType"]!);
        await Gone(functions.Server.Port);
        Assert.Equal("\"left\"", (await functions.Invoke("f", """{"bomb":"daemon"}""")).Payload);
        Assert.True(Alive("AWS_LAMBDA_FUNCTION_NAME=f", functions.Server.Port) > 5);
        await functions.Js.Call("lambda", "UpdateFunctionConfiguration", new { FunctionName = "f", Description = "a new environment" });
        await Gone(functions.Server.Port);
        Assert.Equal("\"fine\"", (await functions.Invoke("f")).Payload);
    }

    /// <summary>A runtime's faults, one after the other: told by their names, the next call works, and another function is answered while they happen.</summary>
    [Theory]
    [InlineData("python3.12", "ValueError", "MemoryError")]
    [InlineData("nodejs20.x", "RangeError", "Runtime.ExitError")]
    [InlineData("dotnet8", "InvalidOperationException", "OutOfMemoryException")]
    public async Task A_fault_is_one_functions_own(string runtime, string thrown, string exhausted)
    {
        await using var functions = await TestFunctions.Start();
        var role = await functions.Role("r");
        await functions.Python("other", "def lambda_handler(e, c): return 'other'", role, f => f["Timeout"] = 60);
        var (handler, zip) = runtime switch
        {
            "python3.12" => ("f.run", TestFunctions.Zip(("f.py", """
                import os
                kept = []
                def run(event, context):
                    fault = event.get("fault")
                    if fault == "exit": os._exit(7)
                    if fault == "throw": raise ValueError("thrown")
                    while fault == "loop": pass
                    while fault == "memory": kept.append(bytearray(16 << 20))
                    return "fine"
                """))),
            "nodejs20.x" => ("f.run", TestFunctions.Zip(("f.mjs", """
                const kept = [];
                export const run = async ({ fault }) => {
                  if (fault === "exit") process.exit(7);
                  if (fault === "throw") throw new RangeError("thrown");
                  while (fault === "loop");
                  while (fault === "memory") kept.push(new Array(1 << 20).fill(kept.length + 0.5));
                  return "fine";
                };
                """))),
            _ => ("Galley.Tests.Handlers::ClassLibrary.Faults::Run", TestFunctions.Zip(archive => TestFunctions.Add(archive, "Galley.Tests.Handlers.dll", File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Galley.Tests.Handlers.dll"))))),
        };
        await functions.Create("f", runtime, handler, zip, role, f => f["Timeout"] = 60);
        Assert.Equal("\"other\"", (await functions.Invoke("other")).Payload);
        Assert.Equal("\"fine\"", (await functions.Invoke("f")).Payload);
        foreach (var (fault, type) in ((string, string)[])[("throw", thrown), ("exit", "Runtime.ExitError"), ("memory", exhausted), ("loop", "Sandbox.Timedout")])
        {
            if (fault == "loop") await functions.Js.Call("lambda", "UpdateFunctionConfiguration", new { FunctionName = "f", Timeout = 5 });
            var failing = functions.Invoke("f", $$"""{"fault":"{{fault}}"}""");
            Assert.Equal("\"other\"", (await functions.Invoke("other")).Payload);
            if (fault == "loop") Assert.False(failing.IsCompleted); // it was answered meanwhile
            var failed = await failing;
            Assert.Equal(("Unhandled", type), (failed.Error, (string)failed.Json["errorType"]!));
            Assert.Equal("\"other\"", (await functions.Invoke("other")).Payload);
            if (fault == "loop") await functions.Js.Call("lambda", "UpdateFunctionConfiguration", new { FunctionName = "f", Timeout = 60 });
            Assert.Equal("\"fine\"", (await functions.Invoke("f")).Payload);
        }
    }

    [Fact]
    public async Task Children_that_left_their_session_end_with_the_time_out()
    {
        await using var functions = await TestFunctions.Start();
        var marker = Guid.NewGuid().ToString("N");
        await functions.Python("f", $"""
            import os, time
            def lambda_handler(event, context):
                for _ in range(20):
                    if os.fork() == 0:
                        os.setsid()
                        if os.fork() == 0: os.execvp("sleep", ["sleep", "60", "{marker}"][:2])
                        os._exit(0)
                time.sleep(30)
            """, await functions.Role("r"), f => f["Timeout"] = 1);
        var answer = await functions.Invoke("f", tail: true);
        Assert.Equal("Sandbox.Timedout", (string)answer.Json["errorType"]!);
        Assert.Matches("REPORT RequestId: [0-9a-f-]{36}\tDuration: 1000.00 ms\t.*Status: timeout\t\n$", answer.Log);
        await Gone(functions.Server.Port);
    }

    private static async Task Gone(int port)
    {
        for (var i = 0; i < 500 && Alive("AWS_LAMBDA_FUNCTION_NAME=f", port) > 0; i++) await Task.Delay(20);
        Assert.Equal(0, Alive("AWS_LAMBDA_FUNCTION_NAME=f", port));
    }

    private static int Alive(string name, int port) => Directory.EnumerateDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), out _)).Count(folder =>
    {
        try
        {
            var environment = File.ReadAllText(folder + "/environ");
            return environment.Contains(name, StringComparison.Ordinal) && environment.Contains($"AWS_ENDPOINT_URL=http://127.0.0.1:{port}\0", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    });

    [Fact]
    public async Task A_function_sees_its_own_role_alone_and_nothing_of_Galleys_environment()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Python("f", "import os\ndef lambda_handler(e, c):\n    return dict(os.environ)\n", await functions.Role("r"));
        var variables = (await functions.Invoke("f")).Json.AsObject();
        Assert.StartsWith("ASIA", (string)variables["AWS_ACCESS_KEY_ID"]!);
        Assert.DoesNotContain(variables, pair => pair.Key.StartsWith("_GALLEY", StringComparison.Ordinal) || (string?)pair.Value == functions.Server.SecretAccessKey);
        Assert.Equal(("f", "$LATEST", "128", "lambda_function.lambda_handler", "AWS_Lambda_python3.12"), ((string)variables["AWS_LAMBDA_FUNCTION_NAME"]!, (string)variables["AWS_LAMBDA_FUNCTION_VERSION"]!, (string)variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]!, (string)variables["_HANDLER"]!, (string)variables["AWS_EXECUTION_ENV"]!));
    }
}

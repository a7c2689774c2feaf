using System.Text.Json.Nodes;

namespace Galley.Tests.Lambda;

/// <summary>Faults (security group I and §3; the bombs are in BombsTests): contained, reported in AWS's forms, and the next call works.</summary>
public class FaultsTests
{
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
            _ => ("Galley.Tests.Handlers::ClassLibrary.Faults::Run", TestFunctions.Handlers()),
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
        await functions.Gone("f");
    }

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

namespace Galley.Tests.Lambda;

/// <summary>A machine without an interpreter: the function exists, its call says what to install, nothing is pretended.</summary>
public class MissingRuntimeTests
{
    [Theory]
    [InlineData("python3.12", "python3", "Install Python 3 so that `python3` is on PATH, then restart Galley.")]
    [InlineData("nodejs22.x", "node", "Install Node.js so that `node` is on PATH, then restart Galley.")]
    [InlineData("dotnet8", "dotnet", "Install the .NET 10 runtime so that `dotnet` is on PATH, then restart Galley.")]
    public async Task Invoke_says_what_to_install_when_the_runtime_is_missing(string runtime, string program, string cure)
    {
        var empty = Directory.CreateTempSubdirectory("galley-no-programs");
        try
        {
            await using var functions = new TestFunctions(await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = TestFunctions.Account, ProgramPath = empty.FullName }));
            var created = await functions.Create("f", runtime, "index.handler", TestFunctions.Zip(("index.py", "def handler(e, c): return 1"), ("index.js", "exports.handler = async () => 1;")), await functions.Role("r"));
            Assert.Equal("Pending", (string)created["State"]!);
            var answer = await functions.Invoke("f");
            Assert.Equal("Unhandled", answer.Error);
            Assert.Equal("Runtime.InvalidEntrypoint", (string)answer.Json["errorType"]!);
            Assert.Matches($"^RequestId: [0-9a-f-]{{36}} Error: The runtime {runtime} needs the program {program}, which this machine does not have\\. ", (string)answer.Json["errorMessage"]!);
            Assert.EndsWith(cure, (string)answer.Json["errorMessage"]!);
        }
        finally
        {
            empty.Delete(recursive: true);
        }
    }

    /// <summary>`provided.*` brings its own program, so it runs where nothing is installed.</summary>
    [Fact]
    public async Task Invoke_runs_a_bootstrap_where_no_interpreter_is_found()
    {
        await using var functions = new TestFunctions(await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = TestFunctions.Account, ProgramPath = "/nonexistent" }));
        const string script = """
            #!/bin/sh
            while true; do
              H=$(mktemp)
              curl -sS -D "$H" "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/next" > /dev/null || exit 1
              I=$(grep -i Lambda-Runtime-Aws-Request-Id "$H" | tr -d '[:space:]' | cut -d: -f2)
              curl -sS -X POST "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/$I/response" -d '"here"' > /dev/null
            done
            """;
        await functions.Create("f", "provided.al2023", "x", TestFunctions.Zip(zip => TestFunctions.Add(zip, "bootstrap", System.Text.Encoding.UTF8.GetBytes(script), 0x81ED)), await functions.Role("r"));
        Assert.Equal("\"here\"", (await functions.Invoke("f")).Payload);
    }
}

namespace Galley.Tests.Lambda;

/// <summary>The eight bombs of security §3, in each runtime's own language, without and with the sandbox: each ends in its function, another function answers meanwhile, and the next call works.</summary>
public class BombsTests
{
    [Theory]
    [InlineData("python3.12", SandboxMode.Off)]
    [InlineData("python3.12", SandboxMode.On)]
    [InlineData("nodejs20.x", SandboxMode.Off)]
    [InlineData("nodejs20.x", SandboxMode.On)]
    [InlineData("dotnet8", SandboxMode.Off)]
    [InlineData("dotnet8", SandboxMode.On)]
    [InlineData("provided.al2023", SandboxMode.Off)]
    [InlineData("provided.al2023", SandboxMode.On)]
    public async Task A_bomb_ends_in_its_function_and_nowhere_else(string runtime, SandboxMode sandbox)
    {
        Assert.SkipWhen(sandbox == SandboxMode.On && !File.Exists("/usr/bin/bwrap"), "bubblewrap is not installed");
        await using var functions = await TestFunctions.Start(sandbox: sandbox);
        var role = await functions.Role("r");
        await functions.Create(runtime, "bombs", role, f => f["Timeout"] = 60);
        await functions.Python("other", "def lambda_handler(e, c):\n    return 'other'\n", role, f => f["Timeout"] = 60);
        async Task<Invoked> Explode(string bomb, string more = "")
        {
            var exploding = functions.Invoke("bombs", $$"""{"bomb":"{{bomb}}"{{more}}}""", tail: true);
            do Assert.Equal("\"other\"", (await functions.Invoke("other")).Payload);
            while (!exploding.IsCompleted);
            return await exploding;
        }

        // What asks for too much is refused it, or its process ends, then or soon after: the next one is to be another's.
        async Task Refused(string bomb)
        {
            var answer = await Explode(bomb);
            Assert.True(answer.Payload == "\"refused\"" || (string?)answer.Json["errorType"] == "Runtime.ExitError", answer.Payload + answer.Log);
            await functions.Js.Call("lambda", "UpdateFunctionConfiguration", new { FunctionName = "bombs", Description = "after " + bomb });
        }

        await Refused("memory");
        await Refused("threads");
        var files = await Explode("files");
        Assert.True(files.Payload == "\"EMFILE\"", files.Payload + files.Log);
        // The largest file is as large as /tmp is to be; inside the sandbox /tmp itself is.
        Assert.Equal(sandbox == SandboxMode.Off ? "\"EFBIG\"" : "\"ENOSPC\"", (await Explode("disk", sandbox == SandboxMode.Off ? ""","parts":"1" """ : ""","parts":"2" """)).Payload);
        var written = await Explode("output");
        Assert.Equal("\"written\"", written.Payload);
        Assert.InRange(written.Log.Length, 100, 4096);
        Assert.Equal("Function.ResponseSizeTooLarge", (string)(await Explode("result")).Json["errorType"]!);

        await functions.Js.Call("lambda", "UpdateFunctionConfiguration", new { FunctionName = "bombs", Timeout = 1 });
        Assert.Equal("Sandbox.Timedout", (string)(await Explode("forks")).Json["errorType"]!);
        await functions.Gone("bombs");
        await functions.Js.Call("lambda", "UpdateFunctionConfiguration", new { FunctionName = "bombs", Timeout = 60 });
        Assert.Equal("\"left\"", (await Explode("daemon")).Payload);
        // The shells that start them come and go: what counts is what stays.
        for (var i = 0; i < 500 && functions.Alive("bombs", "sleep") < 5; i++) await Task.Delay(20);
        Assert.Equal(5, functions.Alive("bombs", "sleep"));
        await functions.Js.Call("lambda", "UpdateFunctionConfiguration", new { FunctionName = "bombs", Description = "a new environment" });
        await functions.Gone("bombs");
        Assert.Equal("\"fine\"", (await functions.Invoke("bombs")).Payload);
    }
}

using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;

namespace Galley.Tests.Lambda;

/// <summary>Functions that run inside the program that hosts Galley: everything around the delegate is as for a process.</summary>
public class DelegateTests
{
    private const string Own = "def lambda_handler(event, context):\n    return 'own code'\n";

    [Fact]
    public async Task A_delegate_runs_in_place_of_the_functions_code_until_it_is_disposed()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Python("f", Own, await functions.Role("r", "logs:*"), f => f["Environment"] = new JsonObject { ["Variables"] = new JsonObject { ["COLOUR"] = "blue" } });
        Assert.Equal("\"own code\"", (await functions.Invoke("f")).Payload);
        FunctionInvocation? seen = null;
        using (functions.Server.UseFunction("f", (@event, invocation) =>
        {
            seen = invocation;
            invocation.Log("looking at it");
            return Task.FromResult<ReadOnlyMemory<byte>>(Encoding.UTF8.GetBytes($"[{Encoding.UTF8.GetString(@event.Span)},\"{invocation.Environment["COLOUR"]}\"]"));
        }))
        {
            var answer = await functions.Invoke("f", """{"a":1}""", tail: true);
            Assert.Equal((null, """[{"a":1},"blue"]"""), (answer.Error, answer.Payload));
            Assert.Matches(@"^START RequestId: [0-9a-f-]{36} Version: \$LATEST\nlooking at it\nEND RequestId: [0-9a-f-]{36}\nREPORT RequestId: [0-9a-f-]{36}\tDuration: ", answer.Log);
            Assert.Equal(("f", "$LATEST", 128, "/aws/lambda/f", $"arn:aws:lambda:eu-west-2:{TestFunctions.Account}:function:f"), (seen!.FunctionName, seen.FunctionVersion, seen.MemoryLimit, seen.LogGroupName, seen.FunctionArn));
            Assert.Contains(seen.RequestId, answer.Log, StringComparison.Ordinal);
            Assert.InRange(seen.RemainingTime, TimeSpan.Zero, TimeSpan.FromSeconds(3));
            Assert.StartsWith("ASIA", seen.Credentials.AccessKeyId);
            var asRole = new AwsJs(functions.Server, seen.Credentials.AccessKeyId, seen.Credentials.SecretAccessKey, seen.Credentials.SessionToken);
            Assert.Contains(":assumed-role/r/", (string)(await asRole.Call("sts", "GetCallerIdentity"))["Arn"]!, StringComparison.Ordinal);
            Assert.Equal(403, (await asRole.Fails("lambda", "ListFunctions")).Status);
        }

        Assert.Equal("\"own code\"", (await functions.Invoke("f")).Payload);
    }

    [Fact]
    public async Task A_delegate_of_a_version_leaves_the_others_alone_and_streams_go_in_and_out()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Python("f", Own, await functions.Role("r"));
        await functions.Js.Call("lambda", "PublishVersion", new { FunctionName = "f" });
        using var one = functions.Server.UseFunction($"arn:aws:lambda:eu-west-2:{TestFunctions.Account}:function:f:1", async (@event, response, _) =>
        {
            await response.WriteAsync("[1,"u8.ToArray());
            await @event.CopyToAsync(response);
            await response.WriteAsync("]"u8.ToArray());
        });
        Assert.Equal("[1,{}]", (await functions.Invoke("f:1")).Payload);
        Assert.Equal("\"own code\"", (await functions.Invoke("f")).Payload);
        var streamed = await functions.Js.Call("lambda", "InvokeWithResponseStream", new { FunctionName = "f", Qualifier = "1" });
        Assert.NotNull(streamed);
        Assert.Throws<ArgumentException>(() => functions.Server.UseFunction("f:live", (_, _) => Task.FromResult<ReadOnlyMemory<byte>>(default)));
    }

    [Fact]
    public async Task What_a_delegate_throws_is_the_functions_error_and_its_stack_is_in_the_log()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Python("f", Own, await functions.Role("r"));
        using var _ = functions.Server.UseFunction("f", (ReadOnlyMemory<byte> _, FunctionInvocation _) => throw new InvalidOperationException("not today"));
        var answer = await functions.Invoke("f", tail: true);
        Assert.Equal(("Unhandled", "InvalidOperationException", "not today"), (answer.Error, (string)answer.Json["errorType"]!, (string)answer.Json["errorMessage"]!));
        Assert.Contains("DelegateTests", (string)answer.Json["stackTrace"]![0]!, StringComparison.Ordinal);
        Assert.Contains("System.InvalidOperationException: not today\r", answer.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_delegate_that_takes_too_long_is_cancelled_and_its_late_answer_is_nobodys()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var functions = await TestFunctions.Start(time);
        await functions.Python("f", Own, await functions.Role("r"));
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var calls = 0;
        using var _ = functions.Server.UseFunction("f", async (_, invocation) =>
        {
            if (Interlocked.Increment(ref calls) > 1) return "2"u8.ToArray();
            entered.SetResult();
            await using var end = invocation.Cancellation.Register(cancelled.SetResult);
            await cancelled.Task;
            return "1"u8.ToArray();
        });
        var invoked = functions.Invoke("f", tail: true);
        await entered.Task;
        time.Advance(TimeSpan.FromSeconds(3));
        var answer = await invoked;
        Assert.Equal(("Unhandled", "Sandbox.Timedout"), (answer.Error, (string)answer.Json["errorType"]!));
        Assert.Contains("Task timed out after 3.00 seconds", answer.Log, StringComparison.Ordinal);
        await cancelled.Task;
        Assert.Equal("2", (await functions.Invoke("f")).Payload);
    }

    [Fact]
    public async Task A_delegate_runs_under_the_functions_permissions_limits_and_answer_size()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Python("f", Own, await functions.Role("r"));
        using var _ = functions.Server.UseFunction("f", (@event, _) => Task.FromResult<ReadOnlyMemory<byte>>(Encoding.UTF8.GetBytes('"' + new string('x', int.Parse(Encoding.UTF8.GetString(@event.Span))) + '"')));
        Assert.Equal("Function.ResponseSizeTooLarge", (string)(await functions.Invoke("f", "6291555")).Json["errorType"]!);
        Assert.Equal(6_291_556, (await functions.Invoke("f", "6291554")).Payload.Length);
        await functions.Js.Call("lambda", "PutFunctionConcurrency", new { FunctionName = "f", ReservedConcurrentExecutions = 0 });
        Assert.Equal("TooManyRequestsException", (await functions.Js.Fails("lambda", "Invoke", new { FunctionName = "f", Payload = AwsJs.Bytes("1"u8) })).Code);
        Assert.Equal(404, (await functions.Js.Fails("lambda", "Invoke", new { FunctionName = "g" })).Status);
    }
}

using Galley.Tests.Lambda;

namespace Galley.Tests.Server;

/// <summary>`galley invoke` and `galley doctor` as a user types them.</summary>
public class InvokeCommandTests
{
    [Fact]
    public async Task Invoke_prints_the_answer_and_the_log_apart_and_ends_as_the_function_does()
    {
        using var place = new Workplace();
        await using var program = await place.Start();
        using var aws = await program.Client();
        await RowsTests.CreateByHttp(aws, "f", """
            def lambda_handler(event, context):
                print("seen", event)
                if event.get("bad"): raise ValueError("no")
                return {"got": event}
            """, timeout: 60);
        var done = await place.Galley("invoke", "f", "-p", """{"a":1}""", "--port", program.PortText);
        Assert.True(done.Code == 0, done.Error);
        Assert.Equal("{\"got\": {\"a\": 1}}\n", done.Out);
        Assert.Matches(@"^START RequestId: [0-9a-f-]{36} Version: \$LATEST\nseen \{'a': 1\}\nEND RequestId: [0-9a-f-]{36}\nREPORT RequestId: ", done.Error);

        var file = place.Write("event.json", """{"b":2}""");
        var quiet = await place.Galley("invoke", "f", "-p", "@" + file, "--quiet", "--port", program.PortText);
        Assert.Equal((0, "{\"got\": {\"b\": 2}}\n", ""), (quiet.Code, quiet.Out, quiet.Error));
        var failed = await place.Galley("invoke", "f", "-p", """{"bad":true}""", "--port", program.PortText);
        Assert.Equal(1, failed.Code);
        Assert.Contains("\"errorType\": \"ValueError\"", failed.Out, StringComparison.Ordinal);
        Assert.Equal((0, ""), (await place.Galley("invoke", "f", "--async", "--port", program.PortText)) is var queued ? (queued.Code, queued.Out) : default);
        var missing = await place.Galley("invoke", "nobody", "--port", program.PortText);
        Assert.NotEqual(0, missing.Code);
        Assert.Contains("Function not found: arn:aws:lambda:", missing.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_says_what_is_there_and_which_containment_functions_have()
    {
        using var place = new Workplace();
        await using var program = await place.Start();
        var said = await place.Galley("doctor", "--port", program.PortText);
        Assert.Equal(0, said.Code);
        Assert.Contains($"ok       port {program.Port}: Galley answers\n", said.Out, StringComparison.Ordinal);
        foreach (var name in (string[])["python3", "node", "dotnet"]) Assert.Contains($"ok       {name}: ", said.Out, StringComparison.Ordinal);
        Assert.Matches(
            File.Exists("/usr/bin/bwrap") ? "\nok       containment: functions run inside bubblewrap" : "\nmissing  containment: .*bubblewrap.*; functions are held by resource limits and process groups only",
            said.Out);
    }
}

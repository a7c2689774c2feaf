using System.Text.Json.Nodes;

namespace Galley.Tests.Lambda;

/// <summary>Versions, aliases with weights, provisioned concurrency, layers' and functions' small settings.</summary>
public class VersionsTests
{
    private const string Version = "import os\ndef lambda_handler(event, context):\n    return [context.function_version, os.environ['AWS_LAMBDA_INITIALIZATION_TYPE'], os.getpid()]\n";

    [Fact]
    public async Task PublishVersion_gives_the_last_one_again_until_code_or_settings_change()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Python("f", Version, await functions.Role("r"));
        async Task<string> Publish(string? description = null) => (string)(await functions.Js.Call("lambda", "PublishVersion", new { FunctionName = "f", Description = description }))["Version"]!;
        Assert.Equal("1", await Publish());
        Assert.Equal("1", await Publish("other words"));
        await functions.Js.Call("lambda", "UpdateFunctionCode", new JsonObject { ["FunctionName"] = "f", ["ZipFile"] = AwsJs.Bytes(TestFunctions.Zip(("lambda_function.py", Version + "\n"))) });
        Assert.Equal("2", await Publish());
        await functions.Js.Call("lambda", "UpdateFunctionConfiguration", new { FunctionName = "f", Timeout = 9 });
        Assert.Equal("3", await Publish());
        var all = await functions.Js.Call("lambda", "ListFunctions", new { FunctionVersion = "ALL" });
        Assert.Equal(["$LATEST", "1", "2", "3"], all["Functions"]!.AsArray().Select(one => (string)one!["Version"]!));
        Assert.Equal("1", (string)(await functions.Invoke("f:1")).Json[0]!);
        Assert.Equal((400, "InvalidParameterValueException"), await functions.Js.Fails("lambda", "PublishVersion", new { FunctionName = "f", CodeSha256 = "wrong" }) is var wrong ? (wrong.Status, wrong.Code) : default);
        Assert.Equal(412, (await functions.Js.Fails("lambda", "PublishVersion", new { FunctionName = "f", RevisionId = "wrong" })).Status);
    }

    [Fact]
    public async Task Alias_sends_its_share_of_events_to_the_other_version()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Python("f", Version, await functions.Role("r"));
        await functions.Js.Call("lambda", "PublishVersion", new { FunctionName = "f" });
        await functions.Js.Call("lambda", "UpdateFunctionConfiguration", new { FunctionName = "f", Timeout = 9 });
        await functions.Js.Call("lambda", "PublishVersion", new { FunctionName = "f" });
        var alias = await functions.Js.Call("lambda", "CreateAlias", JsonNode.Parse("""{"FunctionName":"f","Name":"live","FunctionVersion":"1","RoutingConfig":{"AdditionalVersionWeights":{"2":0.5}}}""")!);
        Assert.Equal("{\"AdditionalVersionWeights\":{\"2\":0.5}}", alias["RoutingConfig"]!.ToJsonString());
        var seen = new HashSet<string>();
        for (var i = 0; i < 60 && seen.Count < 2; i++) seen.Add((string)(await functions.Invoke("f:live")).Json[0]!);
        Assert.Equal(["1", "2"], seen.Order());

        async Task<string> Fails(string routing, string version = "1") => (await functions.Js.Fails("lambda", "UpdateAlias", JsonNode.Parse($$"""{"FunctionName":"f","Name":"live","FunctionVersion":"{{version}}","RoutingConfig":{"AdditionalVersionWeights":{{routing}} } }""")!)).Text;
        Assert.Equal("Number of items in AdditionalVersionWeights cannot be greater than 1", await Fails("""{"2":0.1,"3":0.1}"""));
        Assert.Equal("Invalid function version 1. Function version 1 is already included in routing configuration.", await Fails("""{"1":0.1}"""));
        Assert.Equal("$LATEST is not supported for an alias pointing to more than 1 version", await Fails("""{"2":0.1}""", "$LATEST"));
        var plain = await functions.Js.Call("lambda", "UpdateAlias", JsonNode.Parse("""{"FunctionName":"f","Name":"live","RoutingConfig":{"AdditionalVersionWeights":{}}}""")!);
        Assert.Null(plain["RoutingConfig"]);
        Assert.Equal("1", (string)(await functions.Invoke("f:live")).Json[0]!);
        Assert.Contains("is referenced by alias live", (await functions.Js.Fails("lambda", "DeleteFunction", new { FunctionName = "f", Qualifier = "1" })).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Provisioned_concurrency_keeps_processes_ready()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Python("f", Version, await functions.Role("r"));
        await functions.Js.Call("lambda", "PublishVersion", new { FunctionName = "f" });
        Assert.Equal("No Provisioned Concurrency Config found for this function", (await functions.Js.Fails("lambda", "GetProvisionedConcurrencyConfig", new { FunctionName = "f", Qualifier = "1" })).Text);
        Assert.Equal("Provisioned Concurrency Configs cannot be applied to unpublished function versions.", (await functions.Js.Fails("lambda", "PutProvisionedConcurrencyConfig", new { FunctionName = "f", Qualifier = "$LATEST", ProvisionedConcurrentExecutions = 1 })).Text);
        var put = await functions.Js.Call("lambda", "PutProvisionedConcurrencyConfig", new { FunctionName = "f", Qualifier = "1", ProvisionedConcurrentExecutions = 2 });
        Assert.Equal(("IN_PROGRESS", 2), ((string)put["Status"]!, (int)put["RequestedProvisionedConcurrentExecutions"]!));
        JsonObject got = [];
        for (var i = 0; i < 400 && (string?)got["Status"] != "READY"; i++)
        {
            await Task.Delay(25);
            got = await functions.Js.Call("lambda", "GetProvisionedConcurrencyConfig", new { FunctionName = "f", Qualifier = "1" });
        }

        Assert.Equal(("READY", 2), ((string)got["Status"]!, (int)got["AvailableProvisionedConcurrentExecutions"]!));
        var warm = await functions.Invoke("f:1", tail: true);
        Assert.Equal("provisioned-concurrency", (string)warm.Json[1]!);
        Assert.DoesNotContain("Init Duration", warm.Log, StringComparison.Ordinal);
        Assert.Equal("on-demand", (string)(await functions.Invoke("f")).Json[1]!);
        Assert.Single((JsonArray)(await functions.Js.Call("lambda", "ListProvisionedConcurrencyConfigs", new { FunctionName = "f" }))["ProvisionedConcurrencyConfigs"]!);
        await functions.Js.Call("lambda", "DeleteProvisionedConcurrencyConfig", new { FunctionName = "f", Qualifier = "1" });
        Assert.Empty((JsonArray)(await functions.Js.Call("lambda", "ListProvisionedConcurrencyConfigs", new { FunctionName = "f" }))["ProvisionedConcurrencyConfigs"]!);
    }

    [Fact]
    public async Task Small_settings_are_kept_and_described()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Python("f", Version, await functions.Role("r"));
        Assert.Equal("Terminate", (string)(await functions.Js.Call("lambda", "GetFunctionRecursionConfig", new { FunctionName = "f" }))["RecursiveLoop"]!);
        await functions.Js.Call("lambda", "PutFunctionRecursionConfig", new { FunctionName = "f", RecursiveLoop = "Allow" });
        Assert.Equal("Allow", (string)(await functions.Js.Call("lambda", "GetFunctionRecursionConfig", new { FunctionName = "f" }))["RecursiveLoop"]!);
        Assert.Equal("Auto", (string)(await functions.Js.Call("lambda", "GetRuntimeManagementConfig", new { FunctionName = "f" }))["UpdateRuntimeOn"]!);
        await functions.Js.Call("lambda", "PutRuntimeManagementConfig", new { FunctionName = "f", UpdateRuntimeOn = "FunctionUpdate" });
        Assert.Equal("FunctionUpdate", (string)(await functions.Js.Call("lambda", "GetRuntimeManagementConfig", new { FunctionName = "f" }))["UpdateRuntimeOn"]!);
        Assert.Equal(202, (int)(await functions.Js.Call("lambda", "InvokeAsync", new { FunctionName = "f", InvokeArgs = "{}" }))["Status"]!);
    }
}

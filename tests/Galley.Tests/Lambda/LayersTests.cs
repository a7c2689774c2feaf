using System.Text.Json.Nodes;

namespace Galley.Tests.Lambda;

/// <summary>Layers: published, listed, shared, and really there when a function runs.</summary>
public class LayersTests
{
    [Fact]
    public async Task A_functions_layers_are_in_reach_of_its_code()
    {
        await using var functions = await TestFunctions.Start();
        async Task<string> Publish(string name, params (string, string)[] files)
            => (string)(await functions.Js.Call("lambda", "PublishLayerVersion", new JsonObject { ["LayerName"] = name, ["Content"] = new JsonObject { ["ZipFile"] = AwsJs.Bytes(TestFunctions.Zip(files)) } }))["LayerVersionArn"]!;
        var first = await Publish("first", ("python/shared.py", "who = 'first'\n"), ("nodejs/node_modules/shared/index.js", "exports.who = 'first';"));
        var second = await Publish("second", ("python/shared.py", "who = 'second'\n"), ("python/other.py", "x = 2\n"));
        Assert.Equal($"arn:aws:lambda:eu-west-2:{TestFunctions.Account}:layer:first:1", first);
        var role = await functions.Role("r");
        var created = await functions.Python("f", "import shared, other\ndef lambda_handler(e, c):\n    return [shared.who, other.x]\n", role, f => f["Layers"] = new JsonArray(first, second));
        Assert.Equal([first, second], created["Layers"]!.AsArray().Select(layer => (string)layer!["Arn"]!));
        Assert.Equal("[\"second\", 2]", (await functions.Invoke("f")).Payload);
        await functions.Create("js", "nodejs20.x", "index.handler", TestFunctions.Zip(("index.js", "const { who } = require('shared'); exports.handler = async () => who;")), role, f => f["Layers"] = new JsonArray(first));
        Assert.Equal("\"first\"", (await functions.Invoke("js")).Payload);

        // A deleted version stays with the functions that use it.
        await functions.Js.Call("lambda", "DeleteLayerVersion", new { LayerName = "second", VersionNumber = 1 });
        Assert.Equal("The resource you requested does not exist.", (await functions.Js.Fails("lambda", "GetLayerVersion", new { LayerName = "second", VersionNumber = 1 })).Text);
        Assert.Equal("[\"second\", 2]", (await functions.Invoke("f")).Payload);
        Assert.EndsWith(":2", await Publish("second", ("python/other.py", "x = 3\n")));

        async Task<string> Refused(params string[] layers)
            => (await functions.Js.Fails("lambda", "UpdateFunctionConfiguration", new { FunctionName = "f", Layers = layers })).Text;
        Assert.Equal($"Layer version {second} does not exist.", await Refused(second));
        Assert.Equal("Cannot reference more than 5 layers.", await Refused(first, first, first, first, first, first));
        Assert.StartsWith("Two different versions of the same layer are not allowed to be referenced in the same function.", await Refused(first, first));
        await functions.Js.Call("lambda", "UpdateFunctionConfiguration", new { FunctionName = "f", Layers = Array.Empty<string>() });
        Assert.Equal("Runtime.ImportModuleError", (string)(await functions.Invoke("f")).Json["errorType"]!);
    }

    [Fact]
    public async Task Layers_are_listed_by_name_version_runtime_and_ARN_and_shared_by_policy()
    {
        await using var functions = await TestFunctions.Start();
        Task<JsonObject> Publish(string runtime) => functions.Js.Call("lambda", "PublishLayerVersion", new JsonObject
        {
            ["LayerName"] = "l",
            ["Description"] = runtime,
            ["LicenseInfo"] = "MIT",
            ["CompatibleRuntimes"] = new JsonArray(runtime),
            ["Content"] = new JsonObject { ["ZipFile"] = AwsJs.Bytes(TestFunctions.Zip(("a", "b"))) },
        });
        await Publish("python3.12");
        var second = await Publish("nodejs20.x");
        Assert.Equal((2, "nodejs20.x", "MIT"), ((int)second["Version"]!, (string)second["Description"]!, (string)second["LicenseInfo"]!));
        Assert.Equal([2, 1], (await functions.Js.Call("lambda", "ListLayerVersions", new { LayerName = "l" }))["LayerVersions"]!.AsArray().Select(one => (int)one!["Version"]!));
        var python = await functions.Js.Call("lambda", "ListLayers", new { CompatibleRuntime = "python3.12" });
        Assert.Equal(1, (int)python["Layers"]![0]!["LatestMatchingVersion"]!["Version"]!);
        var byArn = await functions.Js.Call("lambda", "GetLayerVersionByArn", new { Arn = (string)second["LayerVersionArn"]! });
        Assert.Equal(2, (int)byArn["Version"]!);
        using var http = new HttpClient();
        Assert.NotEmpty(await http.GetByteArrayAsync((string)byArn["Content"]!["Location"]!));

        var input = new { LayerName = "l", VersionNumber = 1, StatementId = "s", Action = "lambda:GetLayerVersion", Principal = "*" };
        Assert.Equal("No policy is associated with the given resource.", (await functions.Js.Fails("lambda", "GetLayerVersionPolicy", new { LayerName = "l", VersionNumber = 1 })).Text);
        await functions.Js.Call("lambda", "AddLayerVersionPermission", input);
        Assert.Equal(409, (await functions.Js.Fails("lambda", "AddLayerVersionPermission", input)).Status);
        Assert.Contains("\"Action\":\"lambda:GetLayerVersion\"", (string)(await functions.Js.Call("lambda", "GetLayerVersionPolicy", new { LayerName = "l", VersionNumber = 1 }))["Policy"]!, StringComparison.Ordinal);
        await functions.Js.Call("lambda", "RemoveLayerVersionPermission", new { LayerName = "l", VersionNumber = 1, StatementId = "s" });
        Assert.Equal(404, (await functions.Js.Fails("lambda", "RemoveLayerVersionPermission", new { LayerName = "l", VersionNumber = 1, StatementId = "s" })).Status);
    }
}

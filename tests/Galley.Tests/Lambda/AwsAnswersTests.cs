using System.Text.Json.Nodes;

namespace Galley.Tests.Lambda;

/// <summary>What AWS's own control plane answers, word for word: which operation names what how, what is checked first, what moves a revision.</summary>
public class AwsAnswersTests
{
    private const string Code = "def lambda_handler(event, context):\n    return 1\n", NotFound = "ResourceNotFoundException", Invalid = "InvalidParameterValueException", Validation = "ValidationException";
    private const string Before = @"Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?";
    private const string Namespaced = Before + @"([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?", Plain = Before + @"([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?";

    [Fact]
    public async Task A_name_is_read_as_the_operation_reads_names()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Python("f", Code, await functions.Role("r"));
        foreach (var name in (string[])["*", "f!", "x:function:f", "arn:aws:lambda:nowhere:123456789012:function:f", "arn:aws:ec2:eu-west-2:123456789012:instance:i-1", Arn("f") + ":1:2", "function:f:$LATEST:x", "arn:aws:lambda::123456789012:function:f", "arn:aws:lambda:eu-west-2::function:f", Arn("f") + ":$LATES"])
        {
            await Refused(functions, 400, Validation, One(name, "functionName", Namespaced), "GetFunction", new { FunctionName = name });
            await Refused(functions, 400, Validation, One(name, "functionName", Plain), "GetAlias", new { FunctionName = name, Name = "live" });
        }

        var (full, partial) = (await functions.Js.Call("lambda", "GetFunction", new { FunctionName = Arn("f") }), await functions.Js.Call("lambda", "GetFunction", new { FunctionName = "123456789012:function:f" }));
        Assert.Equal((Arn("f"), Arn("f")), ((string)full["Configuration"]!["FunctionArn"]!, (string)partial["Configuration"]!["FunctionArn"]!));
        string qualifier = new('q', 129), tooLong = "arn:aws:lambda:nowhere:123456789012:function:" + new string('f', 260), most = "failed to satisfy constraint: Member must have length less than or equal to";
        await Refused(functions, 400, Validation, One("in!", "qualifier", "Member must satisfy regular expression pattern: (|[a-zA-Z0-9$_-]+)"), "Invoke", new { FunctionName = "f", Qualifier = "in!" });
        await Refused(functions, 400, Validation, $"3 validation errors detected: Value '{qualifier}' at 'qualifier' {most} 128; Value '{tooLong}' at 'functionName' {most} 256; Value '{tooLong}' at 'functionName' failed to satisfy constraint: {Namespaced}", "GetFunction", new { FunctionName = tooLong, Qualifier = qualifier });

        var name65 = new string('a', 65);
        await Refused(functions, 404, NotFound, $"Function not found: {Arn(name65)}", "GetFunction", new { FunctionName = name65 });
        await Refused(functions, 404, NotFound, $"Function not found: {Arn("none")}:$LATEST", "Invoke", new { FunctionName = "none" });
        await Refused(functions, 404, NotFound, $"Function not found: {Arn("f")}:$latest", "GetFunction", new { FunctionName = "f", Qualifier = "$latest" });
        await Refused(functions, 400, Invalid, "The derived qualifier from the function name does not match the specified qualifier.", "GetFunction", new { FunctionName = "f:$LATEST", Qualifier = "1" });
        foreach (var command in (string[])["GetFunction", "GetFunctionConcurrency", "GetFunctionUrlConfig", "GetFunctionCodeSigningConfig", "GetFunctionEventInvokeConfig", "DeleteFunction", "Invoke"])
            await Refused(functions, 404, NotFound, "Functions from 'us-east-1' are not reachable in this region ('eu-west-2')", command, new { FunctionName = "arn:aws:lambda:us-east-1:123456789012:function:f" });
        Assert.Equal(("AccessDeniedException", 403), await functions.Js.Fails("lambda", "GetFunction", new { FunctionName = "arn:aws:lambda:eu-west-2:999999999999:function:f" }) is var denied ? (denied.Code, denied.Status) : default);
    }

    [Fact]
    public async Task CreateFunction_says_all_that_is_wrong_with_the_form_at_once()
    {
        await using var functions = await TestFunctions.Start();
        var role = await functions.Role("r");
        await Fails(Validation, One("f!", "functionName", Plain), "f!");
        await Fails(Invalid, One(new string('a', 65), "functionName", "Member must have length less than or equal to 64"), new string('a', 65));
        await Fails(Validation, One(Arn(new string('a', 120)), "functionName", "Member must have length less than or equal to 140"), Arn(new string('a', 120)));
        await Fails(NotFound, "Functions from 'us-east-1' are not reachable in this region ('eu-west-2')", "arn:aws:lambda:us-east-1:123456789012:function:f");
        await Fails("AccessDeniedException", null, "arn:aws:lambda:eu-west-2:999999999999:function:f");
        await Fails(Validation, "2 validation errors detected: Value '0' at 'timeout' failed to satisfy constraint: Member must have value greater than or equal to 1; Value '1' at 'memorySize' failed to satisfy constraint: Member must have value greater than or equal to 128", "f", """{"Timeout":0,"MemorySize":1}""");
        await Fails(Validation, One("[x86_64, arm64]", "architectures", "Member must have length less than or equal to 1"), "f", """{"Architectures":["x86_64","arm64"]}""");
        await Fails(Validation, One("[X86_64]", "architectures", "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]"), "f", """{"Architectures":["X86_64"]}""");
        await Fails(Validation, One("511", "ephemeralStorage.size", "Member must have value greater than or equal to 512"), "f", """{"EphemeralStorage":{"Size":511}}""");
        await Fails(Validation, One("Some", "snapStart.applyOn", "Member must satisfy enum value set: [PublishedVersions, None]"), "f", """{"SnapStart":{"ApplyOn":"Some"}}""");
        await Fails(Invalid, "nodejs20.x is not supported for SnapStart enabled functions.", "f", """{"Runtime":"nodejs20.x","SnapStart":{"ApplyOn":"PublishedVersions"}}""");
        await Fails(Invalid, "Galley does not support the package type Image.", "f", """{"PackageType":"Image","Code":{"ImageUri":"a/b:c"}}""");
        await Fails(Invalid, "Number of tags exceeds resource tag limit.", "f", new JsonObject { ["Tags"] = new JsonObject(Enumerable.Range(0, 51).Select(i => KeyValuePair.Create($"k{i}", (JsonNode?)"v"))) }.ToJsonString());
        foreach (var runtime in (string[])["python3.7", "java8", "go1.x", "ruby2.7", "nodejs14.x", "dotnetcore3.1"])
            await Fails(Invalid, $"The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.", "f", $$"""{"Runtime":"{{runtime}}"}""");

        // Four kilobytes are counted as they were sent: no character weighs more for being escaped here.
        await functions.Python("f", Code, role, f => f["Environment"] = new JsonObject { ["Variables"] = new JsonObject { ["LARGE"] = new string('&', 4080) } });
        await Refused(functions, 400, Invalid, "Please don't provide ImageUri when updating a function with packageType Zip.", "UpdateFunctionCode", new { FunctionName = "f", ImageUri = "a/b:c" });

        async Task Fails(string code, string? text, string name, string settings = "{}")
        {
            var e = await Assert.ThrowsAsync<AwsJsError>(() => functions.Python(name, Code, role, f =>
            {
                foreach (var (member, value) in JsonNode.Parse(settings)!.AsObject()) f[member] = value!.DeepClone();
            }));
            Assert.Equal((code, text ?? e.Text), (e.Code, e.Text));
        }
    }

    [Fact]
    public async Task A_published_version_is_told_as_AWS_tells_it()
    {
        await using var functions = await TestFunctions.Start();
        var created = await functions.Python("f", Code, await functions.Role("r"), f => f["Publish"] = true);
        Assert.Equal(("1", Arn("f"), "Pending", null), ((string)created["Version"]!, (string)created["FunctionArn"]!, (string)created["State"]!, (string?)created["LastUpdateStatus"]));
        var updated = await functions.Js.Call("lambda", "UpdateFunctionCode", new JsonObject { ["FunctionName"] = "f", ["Publish"] = true, ["ZipFile"] = AwsJs.Bytes(TestFunctions.Zip(("lambda_function.py", Code + "\n"))) });
        Assert.Equal(("2", Arn("f") + ":2", "Pending", "Creating", null), ((string)updated["Version"]!, (string)updated["FunctionArn"]!, (string)updated["State"]!, (string)updated["StateReasonCode"]!, (string?)updated["LastUpdateStatus"]));
        var versions = (JsonArray)(await functions.Js.Call("lambda", "ListVersionsByFunction", new { FunctionName = "f" }))["Versions"]!;
        var listed = (JsonArray)(await functions.Js.Call("lambda", "ListFunctions"))["Functions"]!;
        Assert.All(versions.Concat(listed), one => Assert.DoesNotContain((string[])["State", "LastUpdateStatus", "RuntimeVersionConfig"], one!.AsObject().ContainsKey));
        Assert.Equal("Active", (string)(await functions.Js.Call("lambda", "GetFunctionConfiguration", new { FunctionName = "f", Qualifier = "2" }))["State"]!);

        // A version that is not there is deleted already; an alias is no version.
        await functions.Js.Call("lambda", "DeleteFunction", new { FunctionName = "f", Qualifier = "77" });
        await Refused(functions, 400, Invalid, "Deletion of aliases is not currently supported.", "DeleteFunction", new { FunctionName = "f", Qualifier = "live" });
        await Refused(functions, 400, Invalid, "$LATEST version cannot be deleted without deleting the function.", "DeleteFunction", new { FunctionName = "none", Qualifier = "$LATEST" });
        await Refused(functions, 404, NotFound, $"Function not found: {Arn("none")}", "DeleteFunction", new { FunctionName = "none", Qualifier = "77" });
        Assert.Equal("1", (await functions.Invoke("f:2")).Payload);
    }

    [Fact]
    public async Task A_policy_has_the_revision_of_what_it_hangs_on()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Python("f", "import os\ndef lambda_handler(event, context):\n    return os.getpid()\n", await functions.Role("r"));
        await functions.Js.Call("lambda", "PublishVersion", new { FunctionName = "f" });
        await functions.Js.Call("lambda", "CreateAlias", new { FunctionName = "f", Name = "live", FunctionVersion = "1" });
        await Refused(functions, 404, NotFound, "The resource you requested does not exist.", "GetPolicy", new { FunctionName = "f" });
        await Refused(functions, 404, NotFound, "The resource you requested does not exist.", "GetPolicy", new { FunctionName = "f", Qualifier = "7" });
        await Refused(functions, 404, NotFound, $"Function not found: {Arn("none")}", "GetPolicy", new { FunctionName = "none" });
        await Refused(functions, 404, NotFound, "No policy is associated with the given resource.", "RemovePermission", new { FunctionName = "f", StatementId = "s" });
        await Refused(functions, 404, NotFound, $"No policy found for: {Arn("none")}", "RemovePermission", new { FunctionName = "none", StatementId = "s" });
        await Refused(functions, 404, NotFound, $"Cannot find alias arn: {Arn("f")}:none", "RemovePermission", new { FunctionName = "f", StatementId = "s", Qualifier = "none" });
        await Refused(functions, 404, NotFound, $"Cannot find alias arn: {Arn("f")}:none", "AddPermission", Statement("none"));
        await Refused(functions, 404, NotFound, $"Function not found: {Arn("f")}:42", "AddPermission", Statement("42"));
        await Refused(functions, 404, NotFound, $"Function not found: {Arn("f")}:a$b", "AddPermission", Statement("a$b"));

        var process = (await functions.Invoke("f")).Payload;
        foreach (var qualifier in (string?[])[null, "1", "live"])
        {
            var before = await Revision(qualifier);
            Assert.Equal(412, (await functions.Js.Fails("lambda", "AddPermission", Statement(qualifier, "wrong"))).Status);
            await functions.Js.Call("lambda", "AddPermission", Statement(qualifier, before));
            var after = await Revision(qualifier);
            Assert.NotEqual(before, after);
            Assert.Equal(after, (string)(await functions.Js.Call("lambda", "GetPolicy", new { FunctionName = "f", Qualifier = qualifier }))["RevisionId"]!);
            Assert.Equal(412, (await functions.Js.Fails("lambda", "RemovePermission", new { FunctionName = "f", StatementId = "s", Qualifier = qualifier, RevisionId = before })).Status);
            await functions.Js.Call("lambda", "RemovePermission", new { FunctionName = "f", StatementId = "s", Qualifier = qualifier, RevisionId = after });
        }

        var untagged = await Revision(null);
        await functions.Js.Call("lambda", "TagResource", new { Resource = Arn("f"), Tags = new { a = "b" } });
        Assert.NotEqual(untagged, await Revision(null));
        Assert.Equal(process, (await functions.Invoke("f")).Payload); // no new environment for that
        await functions.Js.Call("lambda", "UpdateFunctionConfiguration", new { FunctionName = "f", Timeout = 9, RevisionId = await Revision(null) });
        var alexa = JsonNode.Parse((string)(await functions.Js.Call("lambda", "AddPermission", new { FunctionName = "f", StatementId = "alexa", Action = "lambda:InvokeFunction", Principal = "*", EventSourceToken = "amzn1.ask.skill.x" }))["Statement"]!)!;
        Assert.Equal("""{"StringEquals":{"lambda:EventSourceToken":"amzn1.ask.skill.x"}}""", alexa["Condition"]!.ToJsonString());

        static object Statement(string? qualifier, string? revision = null) => new { FunctionName = "f", StatementId = "s", Action = "lambda:InvokeFunction", Principal = "s3.amazonaws.com", Qualifier = qualifier, RevisionId = revision };

        async Task<string> Revision(string? qualifier) => qualifier == "live"
            ? (string)(await functions.Js.Call("lambda", "GetAlias", new { FunctionName = "f", Name = qualifier }))["RevisionId"]!
            : (string)(await functions.Js.Call("lambda", "GetFunction", new { FunctionName = "f", Qualifier = qualifier }))["Configuration"]!["RevisionId"]!;
    }

    [Fact]
    public async Task What_is_provisioned_comes_out_of_what_is_reserved()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Python("f", Code, await functions.Role("r"));
        await functions.Js.Call("lambda", "PublishVersion", new { FunctionName = "f" });
        await functions.Js.Call("lambda", "CreateAlias", new { FunctionName = "f", Name = "live", FunctionVersion = "1" });
        const string OnlyFunctions = "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.";
        await Refused(functions, 400, Invalid, OnlyFunctions, "PutFunctionConcurrency", new { FunctionName = Arn("f") + ":$LATEST", ReservedConcurrentExecutions = 1 });
        await Refused(functions, 404, NotFound, $"Function not found: {Arn("none")}:$LATEST", "PutFunctionConcurrency", new { FunctionName = "none", ReservedConcurrentExecutions = 1 });
        foreach (var command in (string[])["GetProvisionedConcurrencyConfig", "DeleteProvisionedConcurrencyConfig", "PutProvisionedConcurrencyConfig"])
        {
            await Refused(functions, 404, NotFound, $"Cannot find alias arn: {Arn("f")}:none", command, new { FunctionName = "f", Qualifier = "none", ProvisionedConcurrentExecutions = 1 });
            await Refused(functions, 404, NotFound, $"Function not found: {Arn("f")}:10", command, new { FunctionName = "f", Qualifier = "10", ProvisionedConcurrentExecutions = 1 });
        }

        await functions.Js.Call("lambda", "PutProvisionedConcurrencyConfig", new { FunctionName = "f", Qualifier = "live", ProvisionedConcurrentExecutions = 2 });
        await Refused(functions, 400, Invalid, " ReservedConcurrentExecutions  1 should not be lower than function's total provisioned concurrency [2].", "PutFunctionConcurrency", new { FunctionName = "f", ReservedConcurrentExecutions = 1 });
        await functions.Js.Call("lambda", "PutFunctionConcurrency", new { FunctionName = "f", ReservedConcurrentExecutions = 2 });
        Assert.Equal("Rate Exceeded.", (await Assert.ThrowsAsync<AwsJsError>(() => functions.Invoke("f"))).Text); // nothing is left for $LATEST
        Assert.Equal("1", (await functions.Invoke("f:1")).Payload);
        await functions.Js.Call("lambda", "UpdateFunctionConfiguration", new { FunctionName = "f", Timeout = 9 });
        await functions.Js.Call("lambda", "PublishVersion", new { FunctionName = "f" });
        await Refused(functions, 400, Invalid, "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function", "PutProvisionedConcurrencyConfig", new { FunctionName = "f", Qualifier = "2", ProvisionedConcurrentExecutions = 1 });
        await functions.Js.Call("lambda", "PutFunctionConcurrency", new { FunctionName = "f", ReservedConcurrentExecutions = 3 });
        Assert.Equal("1", (await functions.Invoke("f")).Payload);
    }

    [Fact]
    public async Task A_URLs_settings_are_told_as_they_were_asked_and_outlive_their_alias()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Python("f", Code, await functions.Role("r"));
        foreach (var (command, none) in ((string, string)[])[("CreateFunctionUrlConfig", "Function does not exist"), ("UpdateFunctionUrlConfig", "Function does not exist"), ("GetFunctionUrlConfig", "The resource you requested does not exist."), ("DeleteFunctionUrlConfig", "The resource you requested does not exist.")])
        {
            await Refused(functions, 404, NotFound, none, command, new { FunctionName = "none", AuthType = "NONE" });
            await Refused(functions, 404, NotFound, none, command, new { FunctionName = "f", Qualifier = "none", AuthType = "NONE" });
            await Refused(functions, 400, Validation, One("1", "qualifier", @"Member must satisfy regular expression pattern: ((?!^\d+$)^[0-9a-zA-Z-_]+$)"), command, new { FunctionName = "none", Qualifier = "1", AuthType = "NONE" });
        }

        await Refused(functions, 404, NotFound, "The resource you requested does not exist.", "UpdateFunctionUrlConfig", new { FunctionName = "f", AuthType = "NONE" });
        await Refused(functions, 404, NotFound, "Function does not exist", "ListFunctionUrlConfigs", new { FunctionName = "none" });
        var created = await functions.Js.Call("lambda", "CreateFunctionUrlConfig", new { FunctionName = "f", AuthType = "NONE" });
        Assert.False(created.ContainsKey("InvokeMode") || created.ContainsKey("LastModifiedTime"));
        Assert.Equal("BUFFERED", (string)(await functions.Js.Call("lambda", "GetFunctionUrlConfig", new { FunctionName = "f" }))["InvokeMode"]!);
        Assert.Null((await functions.Js.Call("lambda", "UpdateFunctionUrlConfig", new { FunctionName = "f", AuthType = "AWS_IAM" }))["InvokeMode"]);
        await functions.Js.Call("lambda", "UpdateFunctionUrlConfig", new { FunctionName = "f", InvokeMode = "RESPONSE_STREAM" });
        Assert.Equal("RESPONSE_STREAM", (string)(await functions.Js.Call("lambda", "UpdateFunctionUrlConfig", new { FunctionName = "f", AuthType = "NONE" }))["InvokeMode"]!);

        await functions.Js.Call("lambda", "PublishVersion", new { FunctionName = "f" });
        await functions.Js.Call("lambda", "CreateAlias", new { FunctionName = "f", Name = "live", FunctionVersion = "1" });
        await functions.Js.Call("lambda", "CreateFunctionUrlConfig", new { FunctionName = "f", Qualifier = "live", AuthType = "NONE" });
        await functions.Js.Call("lambda", "DeleteAlias", new { FunctionName = "f", Name = "live" });
        Assert.Equal([Arn("f"), Arn("f") + ":live"], ((JsonArray)(await functions.Js.Call("lambda", "ListFunctionUrlConfigs", new { FunctionName = "f" }))["FunctionUrlConfigs"]!).Select(url => (string)url!["FunctionArn"]!));
    }

    [Fact]
    public async Task Tags_hang_on_functions_and_mappings_alone()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Python("f", Code, await functions.Role("r"));
        const string Form = @"Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*):lambda:[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:(function:[a-zA-Z0-9-_]+(:(\$LATEST|[a-zA-Z0-9-_]+))?|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|capacity-provider:[a-zA-Z0-9-_]+)";
        const string Mapping = "arn:aws:lambda:eu-west-2:123456789012:event-source-mapping:0d8b6d2f-6c1b-4c4e-9d0a-3e4a5b6c7d8e";
        foreach (var arn in (string[])["arn:aws:something", "arn:aws:lambda:eu-west-2:123456789012:thing:x", Mapping + ":alias"])
        {
            await Refused(functions, 400, Validation, One(arn, "resource", Form), "TagResource", new { Resource = arn, Tags = new { a = "b" } });
            await Refused(functions, 400, Validation, One(arn, "resource", Form), "ListTags", new { Resource = arn });
        }

        foreach (var qualifier in (string[])["$LATEST", "1", "live"])
            await Refused(functions, 400, Invalid, "Tags on function aliases and versions are not supported. Please specify a function ARN.", "TagResource", new { Resource = $"{Arn("f")}:{qualifier}", Tags = new { a = "b" } });
        await Refused(functions, 404, NotFound, $"Event source mapping not found: {Mapping}", "ListTags", new { Resource = Mapping });
        await Refused(functions, 400, Invalid, "An error occurred and the request cannot be processed.", "TagResource", new { Resource = Arn("f"), Tags = new { } });
        await Refused(functions, 400, Validation, "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must not be null", "UntagResource", new { Resource = Arn("f"), TagKeys = Array.Empty<string>() });
        await functions.Js.Call("lambda", "TagResource", new { Resource = Arn("f"), Tags = Enumerable.Range(0, 50).ToDictionary(i => $"k{i}", _ => "v") });
        await Refused(functions, 400, Invalid, "Number of tags exceeds resource tag limit.", "TagResource", new { Resource = Arn("f"), Tags = new { a = "b" } });
        await functions.Js.Call("lambda", "UntagResource", new { Resource = Arn("f"), TagKeys = (string[])["none"] });
    }

    [Fact]
    public async Task Layers_mappings_and_small_settings_are_refused_in_AWSs_words()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Python("f", Code, await functions.Role("r", "dynamodb:*"), f => f["LoggingConfig"] = new JsonObject { ["LogGroup"] = "/my/group" });
        await Refused(functions, 400, Invalid, "Layer Version Cannot be less than 1", "GetLayerVersion", new { LayerName = "l", VersionNumber = 0 });
        await Refused(functions, 400, Validation, One("nix", "compatibleArchitecture", "Member must satisfy enum value set: [x86_64, arm64]"), "ListLayers", new { CompatibleArchitecture = "nix" });
        Assert.StartsWith("1 validation error detected: Value 'nix' at 'compatibleRuntime' failed to satisfy constraint: Member must satisfy enum value set: [nodejs", (await functions.Js.Fails("lambda", "ListLayers", new { CompatibleRuntime = "nix" })).Text);
        var both = await functions.Js.Fails("lambda", "PublishLayerVersion", new JsonObject { ["LayerName"] = "l", ["Content"] = new JsonObject { ["ZipFile"] = AwsJs.Bytes(TestFunctions.Zip(("a.py", ""))) }, ["CompatibleRuntimes"] = new JsonArray("r"), ["CompatibleArchitectures"] = new JsonArray("a") });
        Assert.StartsWith("2 validation errors detected: Value '[r]' at 'compatibleRuntimes' failed to satisfy constraint: Member must satisfy enum value set: [nodejs", both.Text);
        Assert.EndsWith("]; Value '[a]' at 'compatibleArchitectures' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64]]", both.Text);

        await Refused(functions, 400, Invalid, "Function does not exist", "CreateEventSourceMapping", new { FunctionName = "none", EventSourceArn = "arn:aws:sqs:eu-west-2:123456789012:q" });
        await Refused(functions, 400, Invalid, "Unrecognized event source.", "CreateEventSourceMapping", new { FunctionName = "f" });
        await Refused(functions, 400, Invalid, "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.", "CreateEventSourceMapping", new { FunctionName = "f", EventSourceArn = "arn:aws:dynamodb:eu-west-2:123456789012:table/t/stream/2026-01-01T00:00:00.000" });
        await Refused(functions, 400, Validation, One("Maybe", "recursiveLoop", "Member must satisfy enum value set: [Terminate, Allow]"), "PutFunctionRecursionConfig", new { FunctionName = "f", RecursiveLoop = "Maybe" });
        Assert.Null((await functions.Js.Call("lambda", "GetFunctionCodeSigningConfig", new { FunctionName = "f" }))["FunctionName"]);
        var logging = (await functions.Js.Call("lambda", "UpdateFunctionConfiguration", new { FunctionName = "f", LoggingConfig = new { LogFormat = "JSON" } }))["LoggingConfig"]!;
        Assert.Equal(("JSON", "/my/group"), ((string)logging["LogFormat"]!, (string)logging["LogGroup"]!)); // what is not said stays
    }

    private static string Arn(string name) => $"arn:aws:lambda:eu-west-2:{TestFunctions.Account}:function:{name}";

    private static string One(string value, string member, string constraint) => $"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {constraint}";

    private static async Task Refused(TestFunctions functions, int status, string code, string text, string command, object input)
    {
        var e = await functions.Js.Fails("lambda", command, input);
        Assert.Equal((status, code, text), (e.Status, e.Code, e.Text));
    }
}

using System.Text;
using System.Text.Json.Nodes;

namespace Galley.Tests.Lambda;

public class FunctionsTests
{
    private const string Code = "def lambda_handler(event, context):\n    return 1\n";

    [Fact]
    public async Task CreateFunction_is_pending_then_active_and_echoes_its_settings()
    {
        await using var functions = await TestFunctions.Start();
        var role = await functions.Role("myDynamoDbRole");
        var zip = TestFunctions.Zip(("lambda_function.py", Code));
        var created = await functions.Create("GetRecipes", "python3.8", "lambda_function.lambda_handler", zip, role, f => f["Environment"] = new JsonObject { ["Variables"] = new JsonObject { ["AB"] = "b" } });
        Assert.Equal(("Pending", "Creating", "The function is being created."), ((string)created["State"]!, (string)created["StateReasonCode"]!, (string)created["StateReason"]!));
        Assert.Equal(Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(zip)), (string)created["CodeSha256"]!);
        Assert.Equal(("3", "128", "PassThrough", "$LATEST"), ($"{created["Timeout"]}", $"{created["MemorySize"]}", (string)created["TracingConfig"]!["Mode"]!, (string)created["Version"]!));

        var got = await functions.Js.Call("lambda", "GetFunction", new { FunctionName = "GetRecipes" });
        var configuration = got["Configuration"]!;
        Assert.Equal(("Active", "Successful", "b"), ((string)configuration["State"]!, (string)configuration["LastUpdateStatus"]!, (string)configuration["Environment"]!["Variables"]!["AB"]!));
        Assert.Equal($"arn:aws:lambda:eu-west-2:{TestFunctions.Account}:function:GetRecipes", (string)configuration["FunctionArn"]!);
        using var http = new HttpClient();
        Assert.Equal(zip, await http.GetByteArrayAsync((string)got["Code"]!["Location"]!));
        Assert.Equal(403, (int)(await http.GetAsync(((string)got["Code"]!["Location"]!)[..^1] + "x")).StatusCode);

        var again = await Assert.ThrowsAsync<AwsJsError>(() => functions.Create("GetRecipes", "python3.8", "x.y", zip, role));
        Assert.Equal(("ResourceConflictException", 409, "Function already exist: GetRecipes"), (again.Code, again.Status, again.Text));
        var versions = await functions.Js.Call("lambda", "ListVersionsByFunction", new { FunctionName = "GetRecipes" });
        Assert.EndsWith(":GetRecipes:$LATEST", (string)versions["Versions"]![0]!["FunctionArn"]!);
    }

    [Fact]
    public async Task CreateFunction_refuses_what_AWS_refuses_in_its_words()
    {
        await using var functions = await TestFunctions.Start();
        var role = await functions.Role("r");
        var zip = TestFunctions.Zip(("lambda_function.py", Code));
        async Task<AwsJsError> Fails(string name = "f", string runtime = "python3.12", byte[]? code = null, string? withRole = null, Action<JsonObject>? change = null)
            => await Assert.ThrowsAsync<AwsJsError>(() => functions.Create(name, runtime, "a.b", code ?? zip, withRole ?? role, change));

        Assert.StartsWith("Value nodejsX at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [", (await Fails(runtime: "nodejsX")).Text);
        Assert.Contains("Galley does not run the runtime java21", (await Fails(runtime: "java21")).Text, StringComparison.Ordinal);
        Assert.Equal("ValidationException", (await Fails(name: "a;id")).Code);
        Assert.Equal("The role defined for the function cannot be assumed by Lambda.", (await Fails(withRole: $"arn:aws:iam::{TestFunctions.Account}:role/nothere")).Text);
        Assert.StartsWith("1 validation error detected: Value 'r1' at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:", (await Fails(withRole: "r1")).Text);
        Assert.Contains("exceeded the 4KB limit. String measured: {", (await Fails(change: f => f["Environment"] = new JsonObject { ["Variables"] = new JsonObject { ["AB"] = new string('x', 5000) } })).Text, StringComparison.Ordinal);
        Assert.EndsWith("Reserved keys used in this request: AWS_REGION", (await Fails(change: f => f["Environment"] = new JsonObject { ["Variables"] = new JsonObject { ["AWS_REGION"] = "x" } })).Text);
        Assert.Equal("Could not unzip uploaded file. Please check your file, then try to upload again.", (await Fails(code: Encoding.UTF8.GetBytes("no zip"))).Text);
        Assert.Equal("Layer version arn:aws:lambda:eu-west-2:123456789012:layer:l:1 does not exist.", (await Fails(change: f => f["Layers"] = new JsonArray("arn:aws:lambda:eu-west-2:123456789012:layer:l:1"))).Text);
    }

    /// <summary>What Galley has not is refused by its name, nothing is made.</summary>
    [Theory]
    [InlineData("SnapStart", """{"SnapStart":{"ApplyOn":"PublishedVersions"}}""")]
    [InlineData("dead-letter target arn:aws:sns:eu-west-2:123456789012:t", """{"DeadLetterConfig":{"TargetArn":"arn:aws:sns:eu-west-2:123456789012:t"}}""")]
    [InlineData("VpcConfig", """{"VpcConfig":{"SubnetIds":["subnet-1"],"SecurityGroupIds":["sg-1"]}}""")]
    [InlineData("KMSKeyArn", """{"KMSKeyArn":"arn:aws:kms:eu-west-2:123456789012:key/1"}""")]
    public async Task CreateFunction_refuses_by_name_what_Galley_has_not(string name, string settings)
    {
        await using var functions = await TestFunctions.Start();
        var role = await functions.Role("r");
        var refused = await Assert.ThrowsAsync<AwsJsError>(() => functions.Create("f", "python3.12", "a.b", TestFunctions.Zip(("a.py", "")), role, f =>
        {
            foreach (var (member, value) in JsonNode.Parse(settings)!.AsObject()) f[member] = value!.DeepClone();
        }));
        Assert.Equal(("InvalidParameterValueException", 400), (refused.Code, refused.Status));
        Assert.Contains(name, refused.Text, StringComparison.Ordinal);
        Assert.Equal(404, (await functions.Js.Fails("lambda", "GetFunction", new { FunctionName = "f" })).Status);
    }

    [Fact]
    public async Task UpdateFunction_is_in_progress_then_successful_and_checks_revisions()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Python("f", Code, await functions.Role("r"));
        var updated = await functions.Js.Call("lambda", "UpdateFunctionConfiguration", new { FunctionName = "f", Timeout = 7, Description = "d" });
        Assert.Equal(("InProgress", 7), ((string)updated["LastUpdateStatus"]!, (int)updated["Timeout"]!));
        var now = await functions.Js.Call("lambda", "GetFunctionConfiguration", new { FunctionName = "f" });
        Assert.Equal(("Successful", "d"), ((string)now["LastUpdateStatus"]!, (string)now["Description"]!));
        Assert.Equal(("PreconditionFailedException", 412), await functions.Js.Fails("lambda", "UpdateFunctionConfiguration", new { FunctionName = "f", RevisionId = "old", Timeout = 1 }) is var e ? (e.Code, e.Status) : default);
        await functions.Js.Call("lambda", "DeleteFunction", new { FunctionName = "f" });
        Assert.Equal(404, (await functions.Js.Fails("lambda", "GetFunction", new { FunctionName = "f" })).Status);
    }

    [Fact]
    public async Task Versions_and_aliases_run_the_code_they_froze()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Python("f", Code, await functions.Role("r"));
        Assert.Equal("1", (string)(await functions.Js.Call("lambda", "PublishVersion", new { FunctionName = "f" }))["Version"]!);
        Assert.Equal("1", (string)(await functions.Js.Call("lambda", "PublishVersion", new { FunctionName = "f" }))["Version"]!);
        await functions.Js.Call("lambda", "CreateAlias", new { FunctionName = "f", Name = "live", FunctionVersion = "1" });
        await functions.Js.Call("lambda", "UpdateFunctionCode", new JsonObject { ["FunctionName"] = "f", ["ZipFile"] = AwsJs.Bytes(TestFunctions.Zip(("lambda_function.py", "def lambda_handler(e, c):\n    return c.invoked_function_arn\n"))) });
        Assert.Equal("1", (await functions.Invoke("f:live")).Payload);
        Assert.Equal($"\"arn:aws:lambda:eu-west-2:{TestFunctions.Account}:function:f\"", (await functions.Invoke("f")).Payload);
        Assert.Equal(404, (await Assert.ThrowsAsync<AwsJsError>(() => functions.Invoke("f:7"))).Status);
    }

    [Fact]
    public async Task AddPermission_writes_the_statement_that_AWS_writes()
    {
        await using var functions = await TestFunctions.Start();
        await functions.Python("f", Code, await functions.Role("r"));
        Assert.Equal(("ResourceNotFoundException", "The resource you requested does not exist."), await functions.Js.Fails("lambda", "GetPolicy", new { FunctionName = "f" }) is var none ? (none.Code, none.Text) : default);
        var input = new { FunctionName = "f", StatementId = "api", Action = "lambda:InvokeFunction", Principal = "apigateway.amazonaws.com", SourceArn = "arn:aws:execute-api:eu-west-2:123456789012:abc/*/*/recipes" };
        var added = await functions.Js.Call("lambda", "AddPermission", input);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""
            {"Sid":"api","Effect":"Allow","Principal":{"Service":"apigateway.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:eu-west-2:123456789012:function:f",
             "Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:execute-api:eu-west-2:123456789012:abc/*/*/recipes"}}}
            """), JsonNode.Parse((string)added["Statement"]!)));
        Assert.Equal(("ResourceConflictException", 409), await functions.Js.Fails("lambda", "AddPermission", input) is var twice ? (twice.Code, twice.Status) : default);
        await functions.Js.Call("lambda", "RemovePermission", new { FunctionName = "f", StatementId = "api" });
        Assert.Equal(404, (await functions.Js.Fails("lambda", "RemovePermission", new { FunctionName = "f", StatementId = "api" })).Status);
    }
}

using System.IO.Compression;
using System.Text.Json.Nodes;
using Galley.Tests.CloudFormation;
using Galley.Tests.Server;

namespace Galley.Tests.Lambda;

/// <summary>Code out of folders of this machine, the form for development (docs/how-to/local-code.md).</summary>
public sealed class LocalCodeTests : IDisposable
{
    private const string Module = "lambda_function.py";
    private readonly string _folder = Directory.CreateTempSubdirectory("galley-code-").FullName;
    private int _written;

    [Fact]
    public async Task What_changes_in_the_folder_runs_with_the_next_invocation()
    {
        await using var functions = await Start(_folder);
        Write("app/" + Module, "import other\ndef lambda_handler(event, context): return other.WORD");
        Write("app/other.py", "WORD = 'one'");
        await Create(functions, "f", "app");
        Assert.Equal("\"one\"", (await functions.Invoke("f")).Payload);
        var version = (string)(await functions.Js.Call("lambda", "PublishVersion", new { FunctionName = "f" }))["Version"]!;
        var before = await functions.Js.Call("lambda", "GetFunctionConfiguration", new { FunctionName = "f" });

        Write("app/other.py", "WORD = 'two'");
        Assert.Equal("\"two\"", (await functions.Invoke("f")).Payload);
        Write("app/more/third.py", "WORD = 'three'");
        Write("app/other.py", "from more.third import WORD");
        Assert.Equal("\"three\"", (await functions.Invoke("f")).Payload);
        Assert.Equal("\"one\"", (await functions.Invoke("f:" + version)).Payload);
        var after = await functions.Js.Call("lambda", "GetFunction", new { FunctionName = "f" });
        Assert.NotEqual((string)before["CodeSha256"]!, (string)after["Configuration"]!["CodeSha256"]!);
        using var http = new HttpClient();
        using var zip = new ZipArchive(await http.GetStreamAsync(new Uri((string)after["Code"]!["Location"]!)));
        Assert.Equal([Module, "more/third.py", "other.py"], zip.Entries.Select(entry => entry.FullName).Where(name => !name.Contains("__pycache__", StringComparison.Ordinal)));

        // a folder that is gone leaves the function as it was; code that is sent takes the folder's place
        Directory.Move(Path.Combine(_folder, "app"), Path.Combine(_folder, "moved"));
        Assert.Equal("\"three\"", (await functions.Invoke("f")).Payload);
        Directory.Move(Path.Combine(_folder, "moved"), Path.Combine(_folder, "app"));
        await functions.Js.Call("lambda", "UpdateFunctionCode", new JsonObject { ["FunctionName"] = "f", ["ZipFile"] = AwsJs.Bytes(TestFunctions.Zip((Module, "def lambda_handler(event, context): return 'sent'"))) });
        Write("app/other.py", "WORD = 'four'");
        Assert.Equal("\"sent\"", (await functions.Invoke("f")).Payload);
        await functions.Js.Call("lambda", "UpdateFunctionCode", new { FunctionName = "f", S3Bucket = "__local__", S3Key = Path.Combine(_folder, "app") });
        Assert.Equal("\"four\"", (await functions.Invoke("f")).Payload);
    }

    [Fact]
    public async Task A_template_may_name_the_folder()
    {
        await using var functions = await Start(_folder);
        Write(Module, "def lambda_handler(event, context): return 'stack'");
        await functions.Js.Call("cloudformation", "CreateStack", new
        {
            StackName = "s",
            Capabilities = new[] { "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND" },
            TemplateBody = "Transform: AWS::Serverless-2016-10-31\nResources: {F: {Type: 'AWS::Serverless::Function', Properties: {FunctionName: f, Runtime: python3.12, Handler: lambda_function.lambda_handler, CodeUri: {Bucket: __local__, Key: .}}}}",
        });
        var stack = await StacksTests.Settled(functions.Js, "s");
        Assert.True((string)stack["StackStatus"]! == "CREATE_COMPLETE", stack.ToJsonString());
        Assert.Equal("\"stack\"", (await functions.Invoke("f")).Payload);
    }

    [Fact]
    public async Task Only_named_folders_are_read_and_no_link_leads_out_of_them()
    {
        Write("secret/" + Module, "def lambda_handler(event, context): return 'secret'");
        Write("code/app/" + Module, "def lambda_handler(event, context): return 'app'");
        await using (var closed = await Start())
            Assert.Contains("--local-code", (await Assert.ThrowsAsync<AwsJsError>(() => Create(closed, "f", Path.Combine(_folder, "code", "app")))).Text, StringComparison.Ordinal);

        await using var functions = await Start(Path.Combine(_folder, "code"));
        Directory.CreateSymbolicLink(Path.Combine(_folder, "code", "way-out"), Path.Combine(_folder, "secret"));
        foreach (var key in (string[])["../secret", Path.Combine(_folder, "secret"), "/etc", "way-out", "none", "app/" + Module])
        {
            var refused = await Assert.ThrowsAsync<AwsJsError>(() => Create(functions, "f", key));
            Assert.Equal((key, "InvalidParameterValueException"), (key, refused.Code));
        }

        // a link inside the folder is what it leads to; one that leads out is refused, and where it comes later the old code stays
        File.CreateSymbolicLink(Path.Combine(_folder, "code", "app", "inside.py"), Path.Combine(_folder, "code", "app", Module));
        await Create(functions, "f", "app");
        Assert.Equal("\"app\"", (await functions.Invoke("f")).Payload);
        File.CreateSymbolicLink(Path.Combine(_folder, "code", "app", "outside.py"), Path.Combine(_folder, "secret", Module));
        Assert.Contains("leads out", (await Assert.ThrowsAsync<AwsJsError>(() => Create(functions, "g", "app"))).Text, StringComparison.Ordinal);
        Write("code/app/" + Module, "def lambda_handler(event, context): return 'later'");
        Assert.Equal("\"app\"", (await functions.Invoke("f")).Payload);
        File.Delete(Path.Combine(_folder, "code", "app", "outside.py"));
        Assert.Equal("\"later\"", (await functions.Invoke("f")).Payload);
    }

    [Fact]
    public async Task The_pages_commands_run()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the snippets are for a Unix shell");
        const string page = "docs/how-to/local-code.md";
        using var place = new Workplace();
        await Docs.Snippets.NeedsAwsCli(place);
        Write("shop/hello/app.py", "def handler(event, context): return 'hello'");
        var commands = Docs.Snippets.Of(page, "sh").ToList();
        var option = commands[0].Trim().Split(' ')[2];
        await using var program = await place.Start(option, _folder);
        using var aws = await program.Client();
        await aws.Query("iam", "Action=CreateRole&Version=2010-05-08&RoleName=hello&AssumeRolePolicyDocument=" + Uri.EscapeDataString("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"""));
        await Docs.Snippets.Shim(place, "bin/galley", program);
        var ended = await place.Run("bash", "-c", Docs.Snippets.Prelude + "eval \"$(bin/galley env)\"\n" + commands[1] + "aws lambda wait function-active-v2 --function-name hello\naws lambda invoke --function-name hello out.json\ncat out.json");
        Assert.True(ended.Code == 0 && ended.Out.EndsWith("\"hello\"", StringComparison.Ordinal), ended.Out + ended.Error);
    }

    [Fact]
    public async Task The_program_wants_folders_that_are_there()
    {
        using var place = new Workplace();
        var ended = await place.Galley("start", "--in-memory", "--local-code", Path.Combine(_folder, "none"));
        Assert.NotEqual(0, ended.Code);
        Assert.Contains("--local-code names a folder that is there", ended.Error, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static async Task<TestFunctions> Start(params string[] folders)
        => new(await GalleyServer.StartAsync(new GalleyOptions { Port = 0, Account = TestFunctions.Account, LocalCode = folders }));

    private static async Task Create(TestFunctions functions, string name, string key)
    {
        var role = await functions.Role("r-" + Guid.NewGuid().ToString("N"));
        await functions.Js.Call("lambda", "CreateFunction", new { FunctionName = name, Runtime = "python3.12", Handler = "lambda_function.lambda_handler", Role = role, Timeout = 60, Code = new { S3Bucket = "__local__", S3Key = key } });
    }

    /// <summary>Each file is younger than all before it, however coarse the file system's clock.</summary>
    private void Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        File.SetLastWriteTimeUtc(path, new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddSeconds(++_written));
    }
}

namespace Galley.Tests.Lambda;

/// <summary>.NET class libraries by `Assembly::Type::Method`, as users write them against Amazon.Lambda.Core.</summary>
public class DotNetTests
{
    [Fact]
    public async Task Class_library_handlers_run_in_every_shape()
    {
        await using var functions = await TestFunctions.Start();
        var role = await functions.Role("r");
        var library = await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "Galley.Tests.Handlers.dll"));
        var zip = TestFunctions.Zip(archive => TestFunctions.Add(archive, "Galley.Tests.Handlers.dll", library));
        async Task<Invoked> Run(string method, string payload = """{"Name":"Ada","Age":36}""", string type = "ClassLibrary.Greeter", string name = "")
        {
            name = name.Length > 0 ? name : method;
            await functions.Create(name, "dotnet8", $"Galley.Tests.Handlers::{type}::{method}", zip, role, f => f["Timeout"] = 60);
            return await functions.Invoke(name, payload, tail: true);
        }

        var hello = await Run("Hello");
        Assert.Equal("\"Ada Hello 128 True 36\"", hello.Payload);
        Assert.Matches(@"\n[0-9T:.-]+Z\t[0-9a-f-]{36}\tinfo\tline of Ada\n", hello.Log);
        Assert.Contains("\tinfo\tinformation of Ada\n", hello.Log, StringComparison.Ordinal);
        Assert.Equal("""{"Name":"Ada","Age":37}""", (await Run("Older")).Payload);
        Assert.Equal("""{"Name":"Ada","Age":38}""", (await functions.Invoke("Older", """{"Name":"Ada","Age":36}""")).Payload);
        Assert.Equal("""{"a":1}""", (await Run("Echo", """{"a":1}""")).Payload);
        Assert.Equal("null", (await Run("Nothing")).Payload);
        Assert.Equal("\"AWS_Lambda_dotnet8False\"", (await Run("Read")).Payload);
        var failed = await Run("Fail");
        Assert.Equal(("Unhandled", "InvalidOperationException"), (failed.Error, (string)failed.Json["errorType"]!));
        Assert.StartsWith("no Person", (string)failed.Json["errorMessage"]!);

        Assert.Equal("Unable to load type 'ClassLibrary.Nobody' from assembly 'Galley.Tests.Handlers'.", (string)(await Run("Hello", type: "ClassLibrary.Nobody", name: "notype")).Json["errorMessage"]!);
        Assert.Contains("'Missing'", (string)(await Run("Missing", name: "nomethod")).Json["errorMessage"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_assembly_that_is_a_program_runs_by_its_name_alone()
    {
        await using var functions = await TestFunctions.Start();
        var role = await functions.Role("r");
        var program = await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "Galley.Tests.Handlers.dll"));
        var zip = TestFunctions.Zip(archive => TestFunctions.Add(archive, "Galley.Tests.Handlers.dll", program));
        await functions.Create("f", "dotnet8", "Galley.Tests.Handlers", zip, role, f => f["Timeout"] = 60);
        var first = await functions.Invoke("f", """{"a":1}""", tail: true);
        Assert.Equal("""{"event":{"a":1},"count":1,"handler":"Galley.Tests.Handlers"}""", first.Payload);
        Assert.Contains("\nevent ", first.Log, StringComparison.Ordinal);
        Assert.Equal(2, (int)(await functions.Invoke("f")).Json["count"]!);

        await functions.Create("missing", "dotnet8", "Other", zip, role);
        var missing = await functions.Invoke("missing");
        Assert.Equal(("Unhandled", "Runtime.InvalidEntrypoint"), (missing.Error, (string)missing.Json["errorType"]!));
        Assert.Contains("handler assembly with the file name 'Other.dll'", (string)missing.Json["errorMessage"]!, StringComparison.Ordinal);
    }
}

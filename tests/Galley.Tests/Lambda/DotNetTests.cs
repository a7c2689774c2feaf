using System.Text;

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

    /// <summary>By the list of Amazon.Lambda.RuntimeSupport, UserCodeLoader and InvokeDelegateBuilder: which shapes there are, and whose types.</summary>
    [Fact]
    public async Task Every_documented_shape_of_a_handler_runs()
    {
        await using var library = await Library.Start();
        foreach (var (handler, payload, answer) in ((string, string, string)[])[
            ("Derived::Handle", "\"four\"", "4"),
            ("Derived::Alone", "\"four\"", "\"alone four\""),
            ("Small::Say", "\"so\"", "\"so?\""),
            ("Abstract::Static", "{}", "\"static\""),
            ("Shapes::Void", "\"a\"", "null"),
            ("Shapes::Nothing", "\"a\"", "null"),
            ("Shapes::Last", "{}", "\"nothing\""),
            ("Shapes::StreamIn", """{"a":1}""", """{"a":1}"""),
            ("Shapes::StreamOut", "\"four\"", "[4]"),
            ("Shapes::FromStream", "[1]", "\"[1]\""),
            ("Shapes::AtItsEnd", "[1]", ""),
            ("Shapes::Own", "\"word\"", "\"\\u0022WORD SAID\\u0022\""),
            ("Shapes::Hidden", "\"x\"", "\"hidden x\"")])
            Assert.Equal((handler, answer), (handler, (await library.Run(handler, payload)).Payload));
    }

    /// <summary>Their messages too are those of Amazon.Lambda.RuntimeSupport.</summary>
    [Fact]
    public async Task What_AWS_does_not_take_as_a_handler_is_refused_in_its_words()
    {
        await using var library = await Library.Start();
        foreach (var (handler, message) in ((string, string)[])[
            ("Shapes::Two", "The method 'Two' in type 'ClassLibrary.Shapes' appears to have a number of overloads. To call this method please specify a complete method signature. Possible candidates are:\nSystem.String Two(Int32)\nSystem.String Two(System.String)."),
            ("Shapes::None", "Unable to find method 'None' in type 'ClassLibrary.Shapes' from assembly 'Galley.Tests.Handlers': Found no methods matching method name 'None'."),
            ("Shapes::Wrong", "Method 'Wrong' of type 'ClassLibrary.Shapes' is not supported: the method has 2 parameters, but the second parameter is not of type 'Amazon.Lambda.Core.ILambdaContext'."),
            ("Shapes::Many", "Method 'Many' of type 'ClassLibrary.Shapes' is not supported: the method has more than 2 parameters."),
            ("Shapes::Any", "The method 'System.String Any[T](T)' cannot be used as a Lambda Handler because it is a generic method. Handler methods cannot be generic. Please specify a non-generic handler method."),
            ("Shapes::Rest", "The method 'System.String Rest(System.String[])' cannot be used as a Lambda Handler because it is a 'params' method. Please specify a method that does not use 'params'."),
            ("Shapes::AsyncVoid", "The method 'Void AsyncVoid(System.String)' cannot be used as a Lambda Handler because it is an 'async void' method. Handler methods cannot be 'async void'. Please specify a method that is not 'async void'."),
            ("Shapes::Demands", "The indicated serializer 'ClassLibrary.Demanding' does not define a public zero-parameter constructor."),
            ("Generic`1::Run", "The type 'ClassLibrary.Generic`1' cannot be used as a Lambda Handler type because it is generic. Handler methods cannot be located in generic types. Please specify a handler method in a non-generic type."),
            ("Abstract::Run", "The instance method 'System.String Run()' cannot be used as a Lambda Handler because its type 'ClassLibrary.Abstract' is abstract. Please either use a static handler or specify a type that is not abstract."),
            ("Abstract::Nothing", "The method 'System.String Nothing()' cannot be used as a Lambda Handler because it is an abstract method. Handler methods cannot be abstract. Please specify a non-abstract handler method."),
            ("Shapes::", "Invalid lambda function handler: 'Galley.Tests.Handlers::ClassLibrary.Shapes::', the method is missing. The valid format is 'ASSEMBLY::TYPE::METHOD'.")])
        {
            var refused = await library.Run(handler);
            Assert.Equal((handler, "Unhandled", "LambdaValidationException", message), (handler, refused.Error, (string)refused.Json["errorType"]!, (string)refused.Json["errorMessage"]!));
        }
    }

    [Fact]
    public async Task An_exception_tells_its_type_message_stack_and_causes()
    {
        await using var library = await Library.Start();
        var several = (await library.Run("Shapes::Several")).Json;
        Assert.Equal(["errorType", "errorMessage", "stackTrace", "cause", "causes"], several.AsObject().Select(member => member.Key));
        Assert.Equal(("AggregateException", "several (one) (two)", "InvalidOperationException", "one"), ((string)several["errorType"]!, (string)several["errorMessage"]!, (string)several["cause"]!["errorType"]!, (string)several["cause"]!["errorMessage"]!));
        Assert.StartsWith("at ClassLibrary.Shapes.Several()", (string)several["stackTrace"]![0]!, StringComparison.Ordinal);
        Assert.Equal(["InvalidOperationException TimeoutException", "FormatException "], several["causes"]!.AsArray().Select(one => $"{one!["errorType"]} {one["cause"]?["errorType"]}"));

        // what a constructor throws comes wrapped, as AWS's runtime makes it
        var broken = (await library.Run("Broken::Run")).Json;
        Assert.Equal(("TargetInvocationException", "InvalidOperationException", "no database", "TimeoutException"), ((string)broken["errorType"]!, (string)broken["cause"]!["errorType"]!, (string)broken["cause"]!["errorMessage"]!, (string)broken["cause"]!["cause"]!["errorType"]!));
        var kept = (await library.Run("Kept::Run")).Json;
        Assert.Equal(("TypeInitializationException", "not ready"), ((string)kept["errorType"]!, (string)kept["cause"]!["errorMessage"]!));
    }

    [Fact]
    public async Task The_context_has_the_callers_and_the_static_logger_writes_as_the_contexts_does()
    {
        await using var library = await Library.Start();
        await library.Create("f", "Shapes::OnlyContext");
        var context = Convert.ToBase64String("""{"client":{"app_title":"shop"},"custom":{"k":"v"},"env":{"e":"1"}}"""u8);
        var answer = await library.Functions.Js.Call("lambda", "Invoke", new { FunctionName = "f", ClientContext = context, LogType = "Tail" });
        Assert.Equal("\"shop v 1 True Json\"", Encoding.UTF8.GetString(Convert.FromBase64String((string)answer["Payload"]!["$bytes"]!)));
        var log = Encoding.UTF8.GetString(Convert.FromBase64String((string)answer["LogResult"]!));
        Assert.Contains("\tinfo\tsaid by nobody\n", log, StringComparison.Ordinal);
        Assert.Contains("\twarn\t3 left\n", log, StringComparison.Ordinal);
        Assert.Equal("\"   True Json\"", (await library.Functions.Invoke("f")).Payload);
    }

    /// <summary>A server with functions out of the class library, one for each handler.</summary>
    private sealed class Library(TestFunctions functions, string role) : IAsyncDisposable
    {
        private static readonly byte[] Zip = TestFunctions.Handlers();
        private int _made;

        public TestFunctions Functions => functions;

        public static async Task<Library> Start()
        {
            var functions = await TestFunctions.Start();
            return new Library(functions, await functions.Role("r"));
        }

        /// <param name="name">Of the function.</param>
        /// <param name="handler">`Type::Method`.</param>
        public Task Create(string name, string handler) => functions.Create(name, "dotnet8", $"Galley.Tests.Handlers::ClassLibrary.{handler}", Zip, role, f => f["Timeout"] = 60);

        public async Task<Invoked> Run(string handler, string payload = "{}")
        {
            var name = $"f{_made++}";
            await Create(name, handler);
            var answer = await functions.Invoke(name, payload);
            await functions.Js.Call("lambda", "DeleteFunction", new { FunctionName = name });
            return answer;
        }

        public ValueTask DisposeAsync() => functions.DisposeAsync();
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

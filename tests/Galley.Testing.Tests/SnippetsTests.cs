using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Galley.Testing.Tests;

/// <summary>Every C# snippet of the documentation compiles and runs as it stands; `my-app` is the app of these tests.</summary>
public partial class SnippetsTests(NotesApp notes)
{
    private static readonly string[] Pages = ["README.md", "src/Galley.Testing/README.md", "docs/how-to/telemetry.md", "docs/debugging.md"];

    private const string Before = """
        using System; using System.Collections.Concurrent; using System.Collections.Generic; using System.Diagnostics; using System.Linq; using System.Net; using System.Net.Http; using System.Net.Http.Json; using System.Threading.Tasks;
        using Amazon.DynamoDBv2; using Galley; using Galley.Functions; using Galley.Testing; using Microsoft.Extensions.Configuration; using Xunit;
        public static class Snippet { public static async Task Run(Func<Task<GalleyCloud>> start, Func<GalleyCloud, Task<DeployedApp>> deploy, string folder) {
        """;

    public static TheoryData<string, int> Snippets
    {
        get
        {
            var all = new TheoryData<string, int>();
            foreach (var page in Pages)
                for (var i = 0; i < Of(page).Count; i++)
                    all.Add(page, i);
            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Snippets))]
    public async Task A_snippet_runs(string page, int number)
    {
        var code = Of(page)[number].Replace("DeployAsync(\"my-app\", ", "DeployAsync(folder, ", StringComparison.Ordinal).Replace("GalleyCloud.StartAsync(deployed)", "start()", StringComparison.Ordinal);
        code = Deploying().Replace(code, "deploy($1)");
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(file => MetadataReference.CreateFromFile(file));
        var compilation = CSharpCompilation.Create("snippet", [CSharpSyntaxTree.ParseText(Before + code + "\n}}")], references, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        using var bytes = new MemoryStream();
        var made = compilation.Emit(bytes);
        Assert.True(made.Success, code + "\n" + string.Join('\n', made.Diagnostics.Where(one => one.Severity == DiagnosticSeverity.Error)));
        var run = Assembly.Load(bytes.ToArray()).GetType("Snippet")!.GetMethod("Run")!;
        await (Task)run.Invoke(null, [(Func<Task<GalleyCloud>>)notes.StartAsync, (Func<GalleyCloud, Task<DeployedApp>>)Deploy, NotesApp.Folder])!;
    }

    [Fact]
    public void Every_page_with_CSharp_is_among_those_that_are_run()
    {
        var root = PublicApiTests.Root();
        var pages = Directory.GetFiles(Path.Combine(root, "docs"), "*.md", SearchOption.AllDirectories).Concat([Path.Combine(root, "README.md"), Path.Combine(root, "src", "Galley.Testing", "README.md")])
            .Where(file => File.ReadAllText(file).Contains("```csharp", StringComparison.Ordinal)).Select(file => Path.GetRelativePath(root, file).Replace('\\', '/'));
        Assert.Equal(Pages.Order(StringComparer.Ordinal), pages.Order(StringComparer.Ordinal));
    }

    private static async Task<DeployedApp> Deploy(GalleyCloud cloud)
    {
        var app = await cloud.DeployAsync(NotesApp.Folder, new DeployOptions { InProcess = true });
        NotesApp.Handle(cloud);
        return app;
    }

    private static List<string> Of(string page) => [.. Block().Matches(File.ReadAllText(Path.Combine(PublicApiTests.Root(), page))).Select(block => block.Groups[1].Value)];

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("""(\w+)\.DeployAsync\("my-app"\)""")]
    private static partial Regex Deploying();
}

using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;

namespace Galley.Testing.Tests.Packages;

/// <summary>The packages as others meet them: installed from a feed into projects outside the repository, and used as the README says.</summary>
[Collection(nameof(LocalFeed))]
public partial class PackagesTests(LocalFeed feed)
{
    [Fact]
    public async Task The_template_begins_an_app_whose_tests_pass()
    {
        string[] hive = ["--debug:custom-hive", Path.Combine(feed.Outside, "hive")];
        await feed.Must(feed.Outside, "dotnet", ["new", "install", "Galley.Templates", .. hive]);
        await feed.Must(feed.Outside, "dotnet", ["new", "galley-app", "-n", "Shop", .. hive]);
        var shop = Path.Combine(feed.Outside, "Shop");
        Assert.Contains("namespace Shop;", await File.ReadAllTextAsync(Path.Combine(shop, "functions", "Notes.cs")));
        Assert.Contains("stack: shop", await File.ReadAllTextAsync(Path.Combine(shop, "galley.yaml")));
        var command = Console().Match(await File.ReadAllTextAsync(Path.Combine(shop, "README.md"))).Groups[1].Value;
        Assert.StartsWith("dotnet test", command);
        Assert.Matches(@"succeeded: 3\b", await feed.Must(shop, "bash", "-c", command));
        Assert.True(Directory.Exists(Path.Combine(feed.Outside, "installed", "galley.testing")));
    }

    [Fact]
    public async Task The_tool_is_installed_and_starts()
    {
        await feed.Must(feed.Outside, "dotnet", "tool", "install", "galley", "--tool-path", "tools");
        using var galley = Process.Start(feed.Prepare(feed.Outside, Path.Combine(feed.Outside, "tools", "galley"), "start", "--in-memory", "--port", "0"))!;
        _ = galley.StandardError.ReadToEndAsync();
        try
        {
            var address = "";
            while (await galley.StandardOutput.ReadLineAsync() is { } line && address.Length == 0) address = Ready().Match(line).Groups[1].Value;
            using var http = new HttpClient();
            Assert.Equal(HttpStatusCode.Forbidden, (await http.GetAsync(address)).StatusCode); // nobody's call
        }
        finally
        {
            galley.Kill(entireProcessTree: true);
            await galley.WaitForExitAsync();
        }
    }

    [Fact]
    public async Task The_READMEs_first_lines_run_in_xUnit_NUnit_MSTest_and_TUnit()
    {
        const string inOther = """
            await using var cloud = await GalleyCloud.StartAsync();
            var app = await cloud.DeployAsync("my-app");
            using var api = app.CreateClient("ApiUrl", await app.SignInAsync("ann"));
            var before = await api.GetStringAsync("notes");
            cloud.Clock.Advance(TimeSpan.FromHours(2));
            var after = (int)(await api.GetAsync("notes")).StatusCode;
            """;
        string[] pages = ["README.md", "src/Galley.Testing/README.md"];
        var lines = string.Join('\n', pages.Select((page, number) => $"[Fact] public async Task Of_{number}() {{\n{CSharp().Match(File.ReadAllText(Path.Combine(PublicApiTests.Root(), page))).Groups[1].Value}}}"));
        const string galley = "<PackageReference Include=\"Galley.Testing\" Version=\"0.1.0\" />";
        Project("WithXUnit", "<PackageReference Include=\"xunit.v3\" Version=\"4.0.2\" />", "Xunit", "", lines);
        Project("WithNUnit", galley + "<PackageReference Include=\"NUnit\" Version=\"5.0.0\" /><PackageReference Include=\"NUnit3TestAdapter\" Version=\"6.3.1\" />", "NUnit.Framework", "",
            $"[Test] public async Task Runs() {{\n{inOther}\nAssert.That((before, after), Is.EqualTo((\"[]\", 401)));\n}}");
        Project("WithMSTest", galley + "<PackageReference Include=\"MSTest.TestAdapter\" Version=\"4.5.3\" /><PackageReference Include=\"MSTest.TestFramework\" Version=\"4.5.3\" />", "Microsoft.VisualStudio.TestTools.UnitTesting", "[TestClass]",
            $"[TestMethod] public async Task Runs() {{\n{inOther}\nAssert.AreEqual((\"[]\", 401), (before, after));\n}}");
        Project("WithTUnit", galley + "<PackageReference Include=\"TUnit\" Version=\"1.81.10\" />", "TUnit.Core", "",
            $"[Test] public async Task Runs() {{\n{inOther}\nawait Assert.That((before, after)).IsEqualTo((\"[]\", 401));\n}}");
        await feed.Must(Path.Combine(feed.Outside, "WithXUnit"), "bash", "-c", Console().Match(await File.ReadAllTextAsync(Path.Combine(PublicApiTests.Root(), pages[1]))).Groups[1].Value);
        string[] all = ["WithXUnit", "WithNUnit", "WithMSTest", "WithTUnit"];
        feed.Write("all/all.slnx", $"<Solution>{string.Concat(all.Select(name => $"<Project Path=\"../{name}/{name}.csproj\" />"))}</Solution>");

        var (code, said) = await feed.Run(Path.Combine(feed.Outside, "all"), "dotnet", "build", "all.slnx", "-v", "quiet", "--nologo");
        Assert.SkipWhen(code != 0 && NotServed().IsMatch(said) && !said.Contains("'Galley", StringComparison.OrdinalIgnoreCase), "another's test framework cannot be had here: " + said);
        Assert.True(code == 0, said);
        foreach (var name in all)
        {
            var folder = Path.Combine(feed.Outside, name);
            foreach (var place in (string[])["", "bin/Debug/net10.0/"]) MyApp($"{name}/{place}"); // xUnit's tests run beside their assembly
            Assert.Matches($@"succeeded: {(name == "WithXUnit" ? pages.Length : 1)}\b", await feed.Must(folder, Path.Combine(folder, "bin", "Debug", "net10.0", name)));
        }
    }

    private void Project(string name, string packages, string @using, string attribute, string tests)
    {
        feed.Write($"{name}/{name}.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <OutputType>Exe</OutputType>
                <ImplicitUsings>enable</ImplicitUsings>
                <UseMicrosoftTestingPlatformRunner>true</UseMicrosoftTestingPlatformRunner>
                <EnableNUnitRunner>true</EnableNUnitRunner>
                <EnableMSTestRunner>true</EnableMSTestRunner>
              </PropertyGroup>
              <ItemGroup>
                {packages}
              </ItemGroup>
            </Project>
            """);
        feed.Write($"{name}/Tests.cs", $$"""
            using Galley.Testing;
            using {{@using}};
            {{attribute}}
            public class Tests
            {
            {{tests}}
            }
            """);
    }

    /// <summary>The README's `my-app`: an API that asks for a token, before a function that answers `[]`.</summary>
    private void MyApp(string place) => feed.Write($"{place}my-app/template.yaml", """
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Notes:
            Type: AWS::Serverless::Function
            Properties:
              Runtime: nodejs22.x
              Handler: index.handler
              InlineCode: "exports.handler = async () => ({ statusCode: 200, body: '[]' })"
              Events:
                Get: { Type: HttpApi, Properties: { ApiId: !Ref Api, Method: GET, Path: /notes } }
          Api:
            Type: AWS::Serverless::HttpApi
            Properties:
              Auth:
                DefaultAuthorizer: Jwt
                Authorizers:
                  Jwt:
                    IdentitySource: $request.header.Authorization
                    JwtConfiguration: { issuer: !Sub 'https://cognito-idp.${AWS::Region}.amazonaws.com/${Pool}', audience: [!Ref Client] }
          Pool:
            Type: AWS::Cognito::UserPool
            Properties: { AutoVerifiedAttributes: [email] }
          Client:
            Type: AWS::Cognito::UserPoolClient
            Properties: { UserPoolId: !Ref Pool }
        Outputs:
          ApiUrl: { Value: !GetAtt Api.ApiEndpoint }
        """);

    [GeneratedRegex("```console\n\\$ ([^#\n]*)")]
    private static partial Regex Console();

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CSharp();

    [GeneratedRegex(@"^Galley is ready at (http://\S+)")]
    private static partial Regex Ready();

    /// <summary>NuGet's words for a package or a source that is not there.</summary>
    [GeneratedRegex("NU1101|NU1102|NU1103|NU1301")]
    private static partial Regex NotServed();
}

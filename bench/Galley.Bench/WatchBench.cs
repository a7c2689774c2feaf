using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Galley.Bench;

/// <summary>
/// `bench/run watch [changes]`: from a saved file to the first answer of the new code, as somebody sees it who works with `galley up --watch`:
/// the native program, functions in the sandbox, one app for each language. For C# the time of its build alone stands beside it.
/// </summary>
internal sealed class WatchBench(int changes)
{
    private const string GalleyProgram = "artifacts/galley/galley";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    // A place in the repository, so that the C# project finds Galley.Functions.
    private readonly string _folder = Path.GetFullPath("artifacts/bench-watch");

    private sealed record Kind(string Name, string Runtime, string Handler, string File, Func<string, string> Code, string? Build);

    public async Task Run()
    {
        Kind[] kinds =
        [
            new("Python", "python3.12", "f.handler", "f.py", word => $"def handler(event, context):\n    return '{word}'\n", null),
            new("Node", "nodejs20.x", "f.handler", "f.mjs", word => $"export const handler = async () => '{word}';\n", null),
            new("C#, Galley.Functions", "provided.al2023", "x", "Program.cs", word => $"await Galley.Functions.Function.Run((_, _) => ValueTask.FromResult<ReadOnlyMemory<byte>>(\"\\\"{word}\\\"\"u8.ToArray()));\n", "dotnet build -o publish -v quiet --nologo"),
        ];
        var report = new StringBuilder();
        Line("| function | median ms | least | most | its build alone, median ms |");
        Line("|---|---|---|---|---|");
        foreach (var kind in kinds)
        {
            var (all, builds) = await Measure(kind);
            Line(string.Create(CultureInfo.InvariantCulture, $"| {kind.Name} | {Middle(all):0} | {all.Min():0} | {all.Max():0} | {(builds.Count == 0 ? "" : Middle(builds).ToString("0", CultureInfo.InvariantCulture))} |"));
        }

        Directory.CreateDirectory("artifacts/bench");
        await File.WriteAllTextAsync("artifacts/bench/watch.md", report.ToString());

        void Line(string text)
        {
            Console.WriteLine(text);
            report.AppendLine(text);
        }
    }

    private async Task<(List<double> All, List<double> Builds)> Measure(Kind kind)
    {
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
        var code = Directory.CreateDirectory(Path.Combine(_folder, "functions")).FullName;
        var source = Path.Combine(code, kind.File);
        await File.WriteAllTextAsync(source, kind.Code("word0"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "Directory.Build.props"), "<Project/>"); // a project of its own, not one of ours
        if (kind.Build is not null)
            await File.WriteAllTextAsync(Path.Combine(code, "App.csproj"), """
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup>
                    <OutputType>Exe</OutputType>
                    <AssemblyName>bootstrap</AssemblyName>
                    <PublishAot>true</PublishAot>
                    <TargetFramework>net10.0</TargetFramework>
                    <ImplicitUsings>enable</ImplicitUsings>
                  </PropertyGroup>
                  <ItemGroup>
                    <ProjectReference Include="../../../src/Galley.Functions/Galley.Functions.csproj" />
                  </ItemGroup>
                </Project>
                """);
        await File.WriteAllTextAsync(Path.Combine(_folder, "galley.yaml"), "stack: watched\n" + (kind.Build is null ? "" : $"build:\n  - in: functions\n    run: dotnet publish -c Release -o publish\n    watch: {kind.Build}\n    makes: publish\n"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "template.yaml"), $$"""
            Transform: AWS::Serverless-2016-10-31
            Resources:
              F: { Type: AWS::Serverless::Function, Properties: { FunctionName: f, Runtime: {{kind.Runtime}}, Handler: {{kind.Handler}}, CodeUri: {{(kind.Build is null ? "functions" : "functions/publish")}}, Timeout: 60 } }
            """);
        List<double> all = [], builds = [];
        try
        {
            using (var galley = await Server.Start(GalleyProgram, port => ["up", _folder, "--watch", "--in-memory", "--port", $"{port}"], "/_galley/health"))
            {
                var aws = await Aws.Of(GalleyProgram, galley.Port);
                await Answers(aws, "word0");
                for (var change = 1; change <= changes + 1; change++)
                {
                    await Task.Delay(1000); // what the last change left to do is done
                    var start = Stopwatch.GetTimestamp();
                    await File.WriteAllTextAsync(source, kind.Code("word" + change));
                    await Answers(aws, "word" + change);
                    if (change > 1) all.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds); // the first warms up
                }
            }

            for (var change = 0; change < changes && kind.Build is not null; change++)
            {
                await File.WriteAllTextAsync(source, kind.Code("alone" + change));
                var start = Stopwatch.GetTimestamp();
                using var build = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", kind.Build]) { WorkingDirectory = code, RedirectStandardOutput = true })!;
                await build.WaitForExitAsync();
                builds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
        }
        finally
        {
            Directory.Delete(_folder, recursive: true);
        }

        return (all, builds);
    }

    /// <summary>Invokes until the code answers with the word.</summary>
    private static async Task Answers(Aws aws, string word)
    {
        var start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < Patience)
        {
            try
            {
                if (await aws.Xml(HttpMethod.Post, "/2015-03-31/functions/f/invocations", "lambda", "{}") == $"\"{word}\"") return;
            }
            catch (InvalidOperationException)
            {
                // not deployed yet
            }

            await Task.Delay(10);
        }

        throw new TimeoutException($"no answer '{word}'");
    }

    private static double Middle(List<double> all) => all.Order().ElementAt(all.Count / 2);
}

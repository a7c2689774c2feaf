using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Galley.Wire;

namespace Galley.Tests;

/// <summary>`docs/coverage` is what the program has, beside what AWS has: generated from Galley's own tables and the schemas of the AWS SDK for JavaScript.</summary>
public class CoverageTests
{
    /// <summary>Signing name → the SDK's packages for it.</summary>
    private static readonly Dictionary<string, string[]> Packages = new()
    {
        ["access-analyzer"] = ["accessanalyzer"],
        ["apigateway"] = ["apigatewayv2"],
        ["cognito-idp"] = ["cognito-identity-provider"],
        ["dynamodb"] = ["dynamodb", "dynamodb-streams"],
        ["logs"] = ["cloudwatch-logs"],
    };

    private static string Folder => Path.Combine(Repository.Root, "docs", "coverage");

    [Fact]
    public async Task Coverage_pages_are_what_the_program_has()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0 });
        var aws = await OperationsOfAws();
        var pages = new Dictionary<string, string>();
        var index = new StringBuilder("""
            # Coverage

            Every operation, parameter and resource type that Galley has, generated from its tables, beside what AWS has by the schemas of the AWS SDK for JavaScript.
            What is not here is refused with AWS's own kind of error, naming it: an operation by `UnknownOperationException` (JSON protocols), `InvalidAction` (query) or `NotImplemented` (S3, CloudFront),
            a parameter by the service's validation error. [Differences](../differences.md) says what is there and behaves otherwise.

            | service | operations | of AWS's |
            |---|---|---|

            """);
        foreach (var service in server.Apis.GroupBy(api => api.SigningName).OrderBy(service => service.Key, StringComparer.Ordinal))
        {
            var theirs = Packages.GetValueOrDefault(service.Key, [service.Key]).SelectMany(package => aws[package]).ToDictionary(StringComparer.Ordinal);
            var ours = service.SelectMany(api => api.Operations).GroupBy(operation => operation.Name).Select(same => same.First()).OrderBy(operation => operation.Name, StringComparer.Ordinal).ToList();
            pages[service.Key + ".md"] = Page(service.Key, ours, theirs);
            index.Append($"| [{service.Key}]({service.Key}.md) | {ours.Count} | {theirs.Count} |\n");
        }

        var types = server.ResourceHandlers.Select(handler => handler.Type).Order(StringComparer.Ordinal).ToList();
        index.Append($"\n## CloudFormation: {types.Count} resource types\n{string.Join(" · ", types)}\n");
        pages["README.md"] = index.ToString();
        if (Environment.GetEnvironmentVariable("GALLEY_WRITE_COVERAGE") == "1")
        {
            Directory.CreateDirectory(Folder);
            foreach (var (name, text) in pages) await File.WriteAllTextAsync(Path.Combine(Folder, name), text);
        }

        Assert.All(pages, page => Assert.True(
            File.Exists(Path.Combine(Folder, page.Key)) && File.ReadAllText(Path.Combine(Folder, page.Key)) == page.Value,
            $"docs/coverage/{page.Key} is old: run the tests once with GALLEY_WRITE_COVERAGE=1"));
    }

    [Fact]
    public async Task Every_operation_finds_the_contracts_of_its_request_and_its_answer()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0 });
        Assert.All(server.Apis.SelectMany(api => api.Operations), operation => Assert.All([operation.Request, operation.Response], contract => _ = contract?.Info));
    }

    private static string Page(string service, List<Operation> ours, Dictionary<string, string[]> theirs)
    {
        var page = new StringBuilder($"# {service}: {ours.Count} operations\n\n| operation | takes | refuses |\n|---|---|---|\n");
        foreach (var operation in ours)
        {
            var known = theirs.GetValueOrDefault(operation.Name, []);
            var read = operation.Request?.Info.Properties.Select(property => property.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
            var takes = read is null ? known : [.. known.Where(read.Contains)];
            page.Append($"| {operation.Name} | {string.Join(", ", takes)} | {string.Join(", ", known.Except(takes))} |\n");
        }

        var missing = theirs.Keys.Except(ours.Select(operation => operation.Name)).Order(StringComparer.Ordinal).ToList();
        if (missing.Count > 0) page.Append($"\n## Not here\n{string.Join(" · ", missing)}\n");
        return page.ToString();
    }

    private static async Task<Dictionary<string, Dictionary<string, string[]>>> OperationsOfAws()
    {
        var start = new ProcessStartInfo("node", [Path.Combine(Repository.Root, "tests", "clients", "operations.mjs")]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var node = Process.Start(start)!;
        var error = node.StandardError.ReadToEndAsync();
        var output = await node.StandardOutput.ReadToEndAsync();
        await node.WaitForExitAsync();
        Assert.True(node.ExitCode == 0, await error);
        return JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, string[]>>>(output)!;
    }
}

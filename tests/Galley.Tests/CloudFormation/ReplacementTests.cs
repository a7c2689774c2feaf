using System.Diagnostics;

namespace Galley.Tests.CloudFormation;

/// <summary>Which changed properties mean another resource: for every type, those that AWS's resource schemas call create-only.</summary>
public class ReplacementTests
{
    private static readonly Dictionary<string, string[]> Beside = new()
    {
        // What UpdateTable cannot change: the schema says that a changed key replaces sometimes, and of local indexes nothing (the user guide has "Replacement").
        ["AWS::DynamoDB::Table"] = ["KeySchema", "LocalSecondaryIndexes"],
        ["AWS::DynamoDB::GlobalTable"] = ["KeySchema", "LocalSecondaryIndexes"],
        // "Updates are not supported", says the user guide. Here that is a replacement, which a store's name refuses.
        ["AWS::CloudFront::KeyValueStore"] = ["ImportSource"],
    };

    private static string Folder => Path.Combine(Repository.Root, "tests", "Galley.Tests", "CloudFormation");

    /// <summary>Type → properties, a `?` behind those that replace only sometimes.</summary>
    private static Dictionary<string, string[]> Facts => File.ReadAllLines(Path.Combine(Folder, "create-only.txt")).Select(line => line.Split(' ')).ToDictionary(words => words[0], words => words[1..]);

    [Fact]
    public async Task Every_type_is_replaced_for_the_properties_for_which_AWS_replaces_it()
    {
        await using var server = await GalleyServer.StartAsync(new GalleyOptions { Port = 0 });
        var wrong = server.ResourceHandlers
            .Select(handler => (handler.Type, Ours: handler.ReplaceOn.Order(StringComparer.Ordinal).ToList(), Theirs: Facts[handler.Type].Where(name => name[^1] != '?').Concat(Beside.GetValueOrDefault(handler.Type, [])).Order(StringComparer.Ordinal).ToList()))
            .Where(one => !one.Ours.SequenceEqual(one.Theirs))
            .Select(one => $"{one.Type}: here {string.Join(' ', one.Ours)}; on AWS {string.Join(' ', one.Theirs)}");
        Assert.Empty(wrong);
    }

    /// <summary>cfn-lint carries the schemas that AWS publishes.</summary>
    [Fact]
    public async Task The_facts_are_those_of_the_published_schemas()
    {
        using var python = Start();
        Assert.SkipWhen(python is null, "python3 is not installed");
        await python.StandardInput.WriteAsync(string.Join('\n', Facts.Keys));
        python.StandardInput.Close();
        var (said, errors) = (python.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), python.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await python.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.SkipWhen((await errors).Contains("No module named 'cfnlint", StringComparison.Ordinal), "cfn-lint is not installed (pip install cfn-lint)");
        Assert.True(python.ExitCode == 0, await errors);
        Assert.Equal(await File.ReadAllTextAsync(Path.Combine(Folder, "create-only.txt"), TestContext.Current.CancellationToken), await said);
    }

    private static Process? Start()
    {
        try
        {
            return Process.Start(new ProcessStartInfo("python3", Path.Combine(Folder, "create-only.py")) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true });
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}

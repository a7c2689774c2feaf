using System.Diagnostics;

namespace Galley.Tests.CloudFormation;

/// <summary>cfn-lint, AWS's own checker of templates, over those of the samples and of the corpus that are meant to be right.</summary>
public class CfnLintTests
{
    [Fact]
    public async Task It_finds_nothing_in_our_templates()
    {
        Assert.SkipUnless((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "cfn-lint"))), "cfn-lint is not installed (pip install cfn-lint)");
        var folder = Directory.CreateTempSubdirectory("galley-cfn-lint-").FullName;
        try
        {
            var count = 0;
            foreach (var file in ((string[])["functions", "types", "updates"]).SelectMany(CorpusCase.Files))
            {
                var test = CorpusCase.Read(file);
                for (var i = 0; i < test.Steps.Count; i++)
                {
                    var step = test.Steps[i];
                    // What fails on purpose may be found, and objects are parts of templates at most.
                    if (step.Kind.StartsWith("object ", StringComparison.Ordinal) || step.One("status")?.Contains("ROLLBACK", StringComparison.Ordinal) == true || step.Lines["refused"].Any()) continue;
                    await File.WriteAllTextAsync(Path.Combine(folder, $"{file.Replace('/', '-')}-{i}{Path.GetExtension(file)}"), step.Template, TestContext.Current.CancellationToken);
                    count++;
                }
            }

            Assert.True(count > 50);
            foreach (var (name, path) in ((string, string)[])[("cook-recipes", "samples/cook-recipes"), ("galley-app", "src/Galley.Templates/templates/galley-app"), ("notes", "tests/Galley.Testing.Tests/apps/notes")])
                File.Copy(Path.Combine(Repository.Root, path, "template.yaml"), Path.Combine(folder, name + ".yaml"));
            using var lint = Process.Start(new ProcessStartInfo("cfn-lint", ["--regions", "eu-west-2", "--", Path.Combine(folder, "*")]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var found = await lint.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken) + await lint.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await lint.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(lint.ExitCode == 0, found);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}

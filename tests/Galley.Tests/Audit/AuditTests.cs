using Galley.CloudFormation.Audit;

namespace Galley.Tests.Audit;

/// <summary>`galley audit`: bad templates yield exactly the rules they break, good ones none.</summary>
public class AuditTests
{
    private static readonly string Cases = Path.Combine(Repository.Root, "tests", "Galley.Tests", "Audit");

    [Fact]
    public void A_template_that_breaks_every_rule_yields_every_rule()
    {
        var folder = Directory.CreateTempSubdirectory("galley-audit-").FullName;
        try
        {
            // a secret in a source beside it, put together here so that none stands in this repository
            File.WriteAllText(Path.Combine(folder, "app.js"), $"const key = '{"AKIA" + "IOSFODNN7EXAMPLE"}';");
            var found = TemplateAudit.Run(AuditedTemplate.Read(File.ReadAllText(Path.Combine(Cases, "bad.yaml"))), folder).Select(finding => finding.Rule.Id).Distinct().Order().ToList();
            Assert.Equal(Rules.All.Select(rule => rule.Id).Order(), found);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_careful_template_yields_nothing()
        => Assert.Empty(TemplateAudit.Run(AuditedTemplate.Read(File.ReadAllText(Path.Combine(Cases, "good.yaml")))).Select(finding => $"{finding.Rule.Id} {finding.Resource} {finding.Detail}"));

    [Fact]
    public void Every_rule_says_why_how_and_where_and_there_are_many()
    {
        Assert.True(Rules.All.Count >= 20);
        Assert.Equal(Rules.All.Count, Rules.All.DistinctBy(rule => rule.Id).Count());
        Assert.All(Rules.All, rule => Assert.True(rule.Title.Length > 0 && rule.Why.Length > 0 && rule.Fix.Length > 0 && rule.Reference.Length > 0, rule.Id));
    }

    [Fact]
    public void The_sample_has_a_reason_for_everything_that_is_found_in_it()
    {
        var folder = Path.Combine(Repository.Root, "samples", "cook-recipes");
        var findings = TemplateAudit.Run(AuditedTemplate.Read(File.ReadAllText(Path.Combine(folder, "template.yaml"))), folder);
        Assert.Empty(findings.Where(finding => finding.Accepted is null).Select(finding => $"{finding.Rule.Id} {finding.Resource} {finding.Detail}"));
        // The tutorial's own design yields several.
        Assert.Superset(new HashSet<string> { "token-in-url", "api-no-authorizer", "secret-in-environment" }, findings.Select(finding => finding.Rule.Id).ToHashSet());
    }

    [Fact]
    public async Task The_command_tells_it_in_words_or_JSON_and_by_its_exit_code()
    {
        using var place = new Server.Workplace();
        place.Write("bad/template.yaml", File.ReadAllText(Path.Combine(Cases, "bad.yaml")));
        var words = await place.Galley("audit", "bad");
        Assert.Equal(1, words.Code);
        Assert.Contains("HIGH   s3-public: The bucket policy lets everybody in", words.Out);
        Assert.Contains("see: RFC 9700 §2.1.2", words.Out);
        var json = await place.Galley("audit", Path.Combine("bad", "template.yaml"), "--json", "--fail-on", "never");
        Assert.Equal(0, json.Code);
        using var findings = System.Text.Json.JsonDocument.Parse(json.Out);
        Assert.Contains(findings.RootElement.EnumerateArray(), finding => finding.GetProperty("rule").GetString() == "oauth-implicit" && finding.GetProperty("severity").GetString() == "high");
        place.Write("good.yaml", File.ReadAllText(Path.Combine(Cases, "good.yaml")));
        Assert.Equal(0, (await place.Galley("audit", "good.yaml", "--fail-on", "low")).Code);
        Assert.Equal(1, (await place.Galley("audit", "nowhere")).Code);
    }
}

using System.CommandLine;
using System.Text;
using System.Text.Json;
using Galley.Cli.Deploy;
using Galley.CloudFormation.Audit;
using Galley.Wire;

namespace Galley.Cli;

/// <summary>`galley audit [DIR]`: what a security reviewer would say of a template, or of the stacks that run.</summary>
internal static class AuditCommand
{
    public static Command Build()
    {
        var path = new Argument<string?>("dir") { Description = "A template, or a folder with one; none looks at the stacks of the running Galley.", Arity = ArgumentArity.ZeroOrOne };
        var json = new Option<bool>("--json") { Description = "Findings as JSON." };
        var failOn = new Option<string>("--fail-on") { Description = "Exit with 1 from this severity on.", DefaultValueFactory = _ => "medium" };
        failOn.AcceptOnlyFromAmong("low", "medium", "high", "never");
        var command = new Command("audit", "Name what a security reviewer would, with why and how to fix it.") { path, json, failOn, ServerOptions.Port };
        command.SetAction(async (result, cancel) =>
        {
            var findings = result.GetValue(path) is { } given ? OfPath(given) : await OfStacks(result.GetValue(ServerOptions.Port), cancel);
            Console.WriteLine(result.GetValue(json) ? Json(findings) : Text(findings));
            var limit = result.GetValue(failOn);
            return limit != "never" && findings.Any(finding => finding.Accepted is null && finding.Rule.Severity >= Enum.Parse<Severity>(limit!, ignoreCase: true)) ? 1 : 0;
        });
        return command;
    }

    private static List<Finding> OfPath(string path)
    {
        if (File.Exists(path)) return TemplateAudit.Run(Read(File.ReadAllText(path)));
        var file = File.Exists(Path.Combine(path, "galley.yaml")) ? DeployFile.Read(path).Template
            : new[] { "template.yaml", "template.yml", "template.json" }.Select(name => Path.Combine(path, name)).FirstOrDefault(File.Exists) ?? throw new CliException($"There is no template in {Path.GetFullPath(path)}.");
        return TemplateAudit.Run(Read(File.ReadAllText(file)), path);
    }

    private static async Task<List<Finding>> OfStacks(int port, CancellationToken cancel)
    {
        const string version = "2010-05-15";
        using var aws = AwsClient.Local(Running.Find(port));
        var findings = new List<Finding>();
        foreach (var name in (await aws.Query("cloudformation", version, "DescribeStacks", [], cancel)).Descendants().Where(element => element.Name.LocalName == "StackName").Select(element => element.Value).Distinct())
        {
            var body = (await aws.Query("cloudformation", version, "GetTemplate", [("StackName", name)], cancel)).Value("TemplateBody");
            if (body.Length == 0) continue; // only reviewed as yet
            findings.AddRange(TemplateAudit.Run(Read(body)).Select(finding => finding with { Resource = $"{name}/{finding.Resource}" }));
        }

        return findings;
    }

    private static AuditedTemplate Read(string text)
    {
        try
        {
            return AuditedTemplate.Read(text);
        }
        catch (AwsError e)
        {
            throw new CliException($"This template cannot be read: {e.Message}");
        }
    }

    private static string Text(List<Finding> findings)
    {
        var text = new StringBuilder();
        foreach (var group in findings.Where(finding => finding.Accepted is null).GroupBy(finding => finding.Rule))
        {
            text.AppendLine($"{group.Key.Severity.ToString().ToUpperInvariant(),-6} {group.Key.Id}: {group.Key.Title}");
            foreach (var finding in group) text.AppendLine($"         {finding.Resource}: {finding.Detail}");
            text.AppendLine($"       why: {group.Key.Why}").AppendLine($"       fix: {group.Key.Fix}").AppendLine($"       see: {group.Key.Reference}").AppendLine();
        }

        foreach (var finding in findings.Where(finding => finding.Accepted is not null)) text.AppendLine($"kept   {finding.Rule.Id}: {finding.Resource}: {finding.Detail}. {finding.Accepted}");
        return text.Append($"{findings.Count(finding => finding.Accepted is null)} findings, {findings.Count(finding => finding.Accepted is not null)} kept with a reason; {Rules.All.Count} rules.").ToString();
    }

    private static string Json(List<Finding> findings)
    {
        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body, new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartArray();
            foreach (var finding in findings)
            {
                json.WriteStartObject();
                json.WriteString("rule", finding.Rule.Id);
                json.WriteString("severity", finding.Rule.Severity.ToString().ToLowerInvariant());
                json.WriteString("resource", finding.Resource);
                json.WriteString("detail", finding.Detail);
                json.WriteString("title", finding.Rule.Title);
                json.WriteString("why", finding.Rule.Why);
                json.WriteString("fix", finding.Rule.Fix);
                json.WriteString("reference", finding.Rule.Reference);
                if (finding.Accepted is { } reason) json.WriteString("accepted", reason);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(body.ToArray());
    }
}

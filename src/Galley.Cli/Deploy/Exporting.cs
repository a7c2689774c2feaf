using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Galley.CloudFormation.Export;
using Galley.CloudFormation.Template;

namespace Galley.Cli.Deploy;

/// <summary>
/// What is there as a template that `galley deploy` or `aws cloudformation package` and `deploy` take: CloudFormation scans and writes
/// it, the functions' code is fetched and stands beside it. Only AWS's own operations are used.
/// </summary>
internal sealed class Exporting(AwsClient aws)
{
    private const string Version = "2010-05-15";

    /// <summary>As long as CloudFormation takes source text in a template.</summary>
    private const int MaxInline = 4096;

    /// <summary>Files that go beside the template, by relative path.</summary>
    public Dictionary<string, byte[]> Files { get; } = [];

    /// <summary>What a person should know of it.</summary>
    public List<string> Remarks { get; } = [];

    /// <summary>The template of a stack, as it was deployed.</summary>
    public async Task<string> Stack(string name, CancellationToken cancel)
        => (await aws.Query("cloudformation", Version, "GetTemplate", [("StackName", name)], cancel)).Value("TemplateBody");

    /// <param name="all">Also what belongs to stacks.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task<string> Account(bool all, CancellationToken cancel)
    {
        var chosen = (await Scan(cancel)).Where(resource => all || !resource.Managed).ToList();
        if (chosen.Count == 0) throw new CliException(all ? "There is nothing to export." : "There is nothing that was not made by a stack. `galley export --all` writes the stacks' resources too, `--stack NAME` a stack's own template.");
        var name = $"galley-export-{Guid.CreateVersion7():N}";
        var form = new List<(string, string)> { ("GeneratedTemplateName", name), ("TemplateConfiguration.DeletionPolicy", "DELETE"), ("TemplateConfiguration.UpdateReplacePolicy", "DELETE") };
        for (var i = 0; i < chosen.Count; i++)
        {
            form.Add(($"Resources.member.{i + 1}.ResourceType", chosen[i].Type));
            foreach (var (number, part) in chosen[i].Identifier.Select((part, at) => (at + 1, part)))
            {
                form.Add(($"Resources.member.{i + 1}.ResourceIdentifier.entry.{number}.key", part.Key));
                form.Add(($"Resources.member.{i + 1}.ResourceIdentifier.entry.{number}.value", part.Value));
            }
        }

        await aws.Query("cloudformation", Version, "CreateGeneratedTemplate", form, cancel);
        try
        {
            var described = await Complete(name, cancel);
            var template = JsonNode.Parse((await aws.Query("cloudformation", Version, "GetGeneratedTemplate", [("GeneratedTemplateName", name), ("Format", "JSON")], cancel)).Value("TemplateBody"))!.AsObject();
            foreach (var resource in described.Members("Resources").Where(resource => resource.Value("ResourceType") == "AWS::Lambda::Function"))
                await TakeCode(template, resource.Value("LogicalResourceId"), Map(resource)["FunctionName"], cancel);
            foreach (var resource in described.Members("Resources").Where(resource => resource.Value("ResourceType") == "AWS::Lambda::LayerVersion"))
                await TakeLayer(template, resource.Value("LogicalResourceId"), Map(resource)["LayerVersionArn"].Split(':'), cancel);
            WarnOfIds(chosen);
            return YamlText.Write(template);
        }
        finally
        {
            await aws.Query("cloudformation", Version, "DeleteGeneratedTemplate", [("GeneratedTemplateName", name)], CancellationToken.None);
        }
    }

    private async Task<List<(string Type, Dictionary<string, string> Identifier, bool Managed)>> Scan(CancellationToken cancel)
    {
        var id = (await aws.Query("cloudformation", Version, "StartResourceScan", [], cancel)).Value("ResourceScanId");
        while ((await aws.Query("cloudformation", Version, "DescribeResourceScan", [("ResourceScanId", id)], cancel)).Value("Status") is var status && status != "COMPLETE")
        {
            if (status != "IN_PROGRESS") throw new CliException($"The scan of the account ended as {status}.");
            await Task.Delay(TimeSpan.FromSeconds(2), cancel);
        }

        var found = new List<(string, Dictionary<string, string>, bool)>();
        string? next = null;
        do
        {
            var page = await aws.Query("cloudformation", Version, "ListResourceScanResources", next is null ? [("ResourceScanId", id)] : [("ResourceScanId", id), ("NextToken", next)], cancel);
            found.AddRange(page.Members("Resources").Select(resource => (resource.Value("ResourceType"), Map(resource), resource.Value("ManagedByStack") == "true")));
            next = page.Value("NextToken") is { Length: > 0 } token ? token : null;
        }
        while (next is not null);
        return found;
    }

    private async Task<XElement> Complete(string name, CancellationToken cancel)
    {
        while (true)
        {
            var described = await aws.Query("cloudformation", Version, "DescribeGeneratedTemplate", [("GeneratedTemplateName", name)], cancel);
            switch (described.Value("Status"))
            {
                case "COMPLETE":
                    return described;
                case "FAILED":
                    throw new CliException($"The template could not be written: {described.Value("StatusReason")}");
                default:
                    await Task.Delay(TimeSpan.FromSeconds(2), cancel);
                    break;
            }
        }
    }

    /// <summary>Source text of one file goes into the template, anything else beside it.</summary>
    private async Task TakeCode(JsonObject template, string logicalId, string function, CancellationToken cancel)
    {
        var answer = JsonNode.Parse(await aws.Rest("lambda", HttpMethod.Get, $"/2015-03-31/functions/{Uri.EscapeDataString(function)}", "", cancel))!;
        if ((string?)answer["Code"]?["Location"] is not { } location) return;
        using var http = new HttpClient();
        var zip = await http.GetByteArrayAsync(location, cancel);
        var properties = Freed(template, logicalId, "Code");
        if (Inline(zip) is { } source) properties["Code"] = new JsonObject { ["ZipFile"] = source };
        else
        {
            properties["Code"] = $"code/{function}.zip";
            Files[$"code/{function}.zip"] = zip;
        }
    }

    private async Task TakeLayer(JsonObject template, string logicalId, string[] arn, CancellationToken cancel)
    {
        var answer = JsonNode.Parse(await aws.Rest("lambda", HttpMethod.Get, $"/2018-10-31/layers/{Uri.EscapeDataString(arn[^2])}/versions/{arn[^1]}", "", cancel))!;
        if ((string?)answer["Content"]?["Location"] is not { } location) return;
        using var http = new HttpClient();
        var file = $"code/{arn[^2]}-{arn[^1]}.zip";
        Files[file] = await http.GetByteArrayAsync(location, cancel);
        Freed(template, logicalId, "Content")["Content"] = file;
    }

    /// <summary>The resource's properties, without the parameters that asked for what is now known.</summary>
    private static JsonObject Freed(JsonObject template, string logicalId, string member)
    {
        var properties = template["Resources"]![logicalId]!["Properties"]!.AsObject();
        foreach (var parameter in References.Of(properties[member])) (template["Parameters"] as JsonObject)?.Remove(parameter);
        if (template["Parameters"] is JsonObject { Count: 0 }) template.Remove("Parameters");
        return properties;
    }

    private static string? Inline(byte[] bytes)
    {
        using var zip = new ZipArchive(new MemoryStream(bytes));
        if (zip.Entries is not [{ FullName: "index.js" or "index.py", Length: > 0 and <= MaxInline } only]) return null;
        using var reader = new StreamReader(only.Open(), new UTF8Encoding(false));
        return reader.ReadToEnd();
    }

    /// <summary>Ids that stand in a function's code will be others where the template is deployed.</summary>
    private void WarnOfIds(List<(string Type, Dictionary<string, string> Identifier, bool Managed)> resources)
    {
        var ids = resources.Where(resource => resource.Type is "AWS::ApiGatewayV2::Api" or "AWS::Cognito::UserPool" or "AWS::Cognito::UserPoolClient" or "AWS::CloudFront::Distribution").Select(resource => (resource.Type, Id: resource.Identifier.Values.Last())).ToList();
        foreach (var (path, bytes) in Files)
        {
            using var zip = new ZipArchive(new MemoryStream(bytes));
            foreach (var entry in zip.Entries.Where(entry => entry.Length is > 0 and < 1 << 20))
            {
                using var reader = new StreamReader(entry.Open(), Encoding.Latin1);
                var text = reader.ReadToEnd();
                foreach (var (type, id) in ids.Where(one => text.Contains(one.Id, StringComparison.Ordinal)))
                    Remarks.Add($"{path}: {entry.FullName} names the {type} {id}, which will have another id. Give it to the function as an environment variable.");
            }
        }
    }

    private static Dictionary<string, string> Map(XElement resource)
        => resource.Elements().Single(element => element.Name.LocalName == "ResourceIdentifier").Elements().ToDictionary(entry => entry.Value("key"), entry => entry.Value("value"));
}

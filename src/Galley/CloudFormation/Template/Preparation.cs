using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Galley.CloudFormation.Deploy;
using Galley.CloudFormation.Sam;
using Galley.Wire;

namespace Galley.CloudFormation.Template;

/// <summary>A request to make something of a template, read and found sound before anything is touched.</summary>
/// <param name="Original">As it was sent.</param>
/// <param name="Processed">JSON after transforms.</param>
/// <param name="Template">The same, read.</param>
/// <param name="Parameters">Values as given.</param>
/// <param name="Resolved">Values of those that name a parameter of Systems Manager.</param>
internal sealed record Prepared(string Original, string Processed, StackTemplate Template, Dictionary<string, string> Parameters, Dictionary<string, string> Resolved);

/// <summary>From the request's template (body, URL, the one in force) to one that can be deployed: parameters, transforms, references, capabilities.</summary>
internal sealed partial class Preparation(IReadTemplates templates, IReadParameters stored, Handlers handlers)
{
    public const int MaxBody = 51_200, MaxFile = 1 << 20;

    /// <param name="request">What was sent.</param>
    /// <param name="inForce">Template and parameters of the existing stack, for `UsePreviousTemplate` and `UsePreviousValue`.</param>
    /// <param name="call">The call.</param>
    /// <param name="direct">No change set stands between this and the deployment.</param>
    public async ValueTask<Prepared> Prepare(DeployRequest request, (TemplateRecord Template, Dictionary<string, string> Parameters)? inForce, Call call, bool direct)
    {
        var original = request.UsePreviousTemplate == true
            ? inForce?.Template.Original ?? throw Errors.Validation("No previous template available.")
            : await Text(request.TemplateBody, request.TemplateUrl, call);
        var sent = TemplateText.Parse(original);
        var head = StackTemplate.Head(sent);
        var given = (request.Parameters ?? [], inForce?.Parameters ?? []);
        if (Includes.Has(sent))
        {
            // What is included may itself declare parameters, but where it is can depend on none of those.
            var known = head.Parameters.Values.ToDictionary(parameter => parameter.Name, parameter => given.Item1.LastOrDefault(one => one.ParameterKey == parameter.Name)?.ParameterValue ?? given.Item2.GetValueOrDefault(parameter.Name) ?? parameter.Default ?? "");
            sent = await new Includes(templates, Functions(head, known, request.StackName, call), call).Expand(sent);
            head = StackTemplate.Head(sent);
        }

        var parameters = Values(head, given.Item1, given.Item2);
        var resolved = await Stored(head, parameters, call);
        var effective = Effective(parameters, resolved);
        foreach (var (name, value) in effective) head.Parameters[name].CheckZones(value, call.Region);
        new Rules(head, Functions(head, effective, request.StackName, call), call.Region).Check(sent["Rules"]);
        var template = StackTemplate.Read(Loops(sent, head, effective, request.StackName, call));
        var root = Transform(template, effective, call);
        var whole = StackTemplate.ReadWhole(root);
        handlers.RequireAll(whole, Functions(whole, effective, request.StackName, call));
        Capabilities.Require(whole, request.Capabilities ?? [], expand: false);
        if (direct) Capabilities.Require(template, request.Capabilities ?? [], expand: true);
        return new Prepared(original, root.ToJsonString(), whole, parameters, resolved);
    }

    /// <summary>A template to be looked at: loops written out with the parameters' defaults where they can be.</summary>
    public static StackTemplate Read(string text, Call call)
    {
        var sent = TemplateText.Parse(text);
        var head = StackTemplate.Head(sent);
        return StackTemplate.Read(Loops(sent, head, head.Parameters.Values.ToDictionary(parameter => parameter.Name, parameter => parameter.Default ?? ""), "", call));
    }

    /// <summary>Parameter values as functions see them: for those that name a stored parameter, its value.</summary>
    public static Dictionary<string, string> Effective(Dictionary<string, string> given, Dictionary<string, string>? resolved)
        => resolved is { Count: > 0 } ? given.ToDictionary(pair => pair.Key, pair => resolved.GetValueOrDefault(pair.Key, pair.Value)) : given;

    private static JsonObject Loops(JsonObject sent, StackTemplate head, IReadOnlyDictionary<string, string> parameters, string stackName, Call call)
        => head.Transforms.Contains(LanguageExtensions.Name) ? new LanguageExtensions(Functions(head, parameters, stackName, call)).Expand(sent) : sent;

    /// <summary>Functions over parameters alone: no resource exists yet.</summary>
    private static Intrinsics Functions(StackTemplate template, IReadOnlyDictionary<string, string> parameters, string stackName, Call call) => new(new Scope
    {
        Template = template,
        Parameters = parameters,
        Account = call.Account,
        Region = call.Region,
        StackName = stackName,
        StackId = "",
        Exports = new Dictionary<string, string>(),
        Resource = (_, _) => null,
    });

    private async ValueTask<Dictionary<string, string>> Stored(StackTemplate head, Dictionary<string, string> given, Call call)
    {
        var resolved = new Dictionary<string, string>();
        foreach (var parameter in head.Parameters.Values.Where(parameter => parameter.IsOfStore))
            resolved[parameter.Name] = await stored.Read(given[parameter.Name], null, call)
                ?? throw Errors.Validation($"Unable to fetch parameters [{given[parameter.Name]}] from parameter store for this account.");
        return resolved;
    }

    /// <summary>The text of a template given by body or by URL.</summary>
    public async ValueTask<string> Text(string? body, string? url, Call call)
    {
        if (body is null == url is null) throw Errors.Validation("Either Template URL or Template Body must be specified.");
        if (body is not null) return Encoding.UTF8.GetByteCount(body) <= MaxBody && body.Length > 0 ? body : throw Errors.BadBody(body);
        return await File(url!, MaxFile, call);
    }

    /// <summary>The text of an object by its URL.</summary>
    public async ValueTask<string> File(string url, int most, Call call)
    {
        var (bucket, key) = Address(url);
        return await templates.Read(bucket, key, most, call) ?? throw Errors.Validation("S3 error: Access Denied");
    }

    /// <summary>Bucket and key of `https://bucket.s3.region.amazonaws.com/key`, the path form and their local twins. No other address is ever asked.</summary>
    private static (string Bucket, string Key) Address(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("https" or "http")) throw Errors.Validation("TemplateURL must be a supported URL.");
        var path = Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/'));
        if (BucketHost().Match(uri.Host) is { Success: true } host && path.Length > 0) return (host.Groups[1].Value, path);
        if ((ServiceHost().IsMatch(uri.Host) || uri.IsLoopback) && path.Split('/', 2) is [{ Length: > 0 } bucket, { Length: > 0 } key]) return (bucket, key);
        throw Errors.Validation(BucketHost().IsMatch(uri.Host) || ServiceHost().IsMatch(uri.Host)
            ? "TemplateURL must be a supported URL."
            : $"S3 error: Domain name specified in {uri.Host} is not a valid S3 domain");
    }

    private static JsonObject Transform(StackTemplate template, Dictionary<string, string> parameters, Call call)
    {
        foreach (var transform in template.Transforms)
            if (transform is not (SamTransform.Name or LanguageExtensions.Name or Includes.Name))
                throw Errors.NotSupported($"the transform {transform}");
        return template.Transforms.Contains(SamTransform.Name) ? new SamTransform(template, parameters, call.Region).Apply() : (JsonObject)template.Root.DeepClone();
    }

    private static Dictionary<string, string> Values(StackTemplate template, IReadOnlyList<StackParameter> given, Dictionary<string, string> previous)
    {
        var unknown = given.Select(parameter => parameter.ParameterKey).Where(key => !template.Parameters.ContainsKey(key)).ToList();
        if (unknown.Count > 0) throw Errors.Validation($"Parameters: [{string.Join(", ", unknown)}] do not exist in the template");
        var values = new Dictionary<string, string>();
        var missing = new List<string>();
        foreach (var parameter in template.Parameters.Values)
        {
            var sent = given.LastOrDefault(one => one.ParameterKey == parameter.Name);
            var value = sent?.UsePreviousValue == true ? previous.GetValueOrDefault(parameter.Name) : sent?.ParameterValue ?? parameter.Default;
            if (value is null) missing.Add(parameter.Name);
            else values[parameter.Name] = value;
        }

        if (missing.Count > 0) throw Errors.Validation($"Parameters: [{string.Join(", ", missing)}] must have values");
        foreach (var (name, value) in values) template.Parameters[name].Check(value);
        return values;
    }

    [GeneratedRegex(@"^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\.s3(?:[.-][a-z0-9-]+)?\.(?:amazonaws\.com|localhost)$")]
    private static partial Regex BucketHost();

    [GeneratedRegex(@"^s3(?:[.-][a-z0-9-]+)?\.(?:amazonaws\.com|localhost)$")]
    private static partial Regex ServiceHost();
}

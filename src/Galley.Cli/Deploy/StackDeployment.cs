using System.Text;
using System.Xml.Linq;

namespace Galley.Cli.Deploy;

/// <summary>One stack through CloudFormation's change sets, as `aws cloudformation deploy` does it, with its events as progress.</summary>
internal sealed class StackDeployment(AwsClient aws, string stack, Progress progress)
{
    private const int MaxBody = 51_200;

    /// <summary>Where a template goes that is too long for a request.</summary>
    public Packaging? Uploads { get; init; }

    private readonly TimeSpan _poll = TimeSpan.FromMilliseconds(aws.IsLocal ? 20 : 250);

    /// <summary>Creates or updates; gives the outputs.</summary>
    /// <exception cref="CliException">The deployment failed; says which resource and why.</exception>
    public async Task<Dictionary<string, string>> Deploy(string template, IReadOnlyDictionary<string, string> parameters, CancellationToken cancel)
    {
        var existing = await Describe(cancel);
        var status = existing?.Value("StackStatus");
        if (status is "ROLLBACK_COMPLETE" or "ROLLBACK_FAILED" or "CREATE_FAILED")
        {
            progress.Say($"the stack {stack} is {status} from an earlier try: deleting it first");
            await Call("DeleteStack", [("StackName", stack)], cancel);
            await Settled(existing!.Value("StackId"), null, cancel);
            existing = null;
        }

        var changeSet = await NewChangeSet(existing is null || status == "REVIEW_IN_PROGRESS", template, parameters, cancel);
        if (await Ready(changeSet, cancel))
        {
            var since = await LastEvent(cancel);
            await Call("ExecuteChangeSet", [("StackName", stack), ("ChangeSetName", changeSet)], cancel);
            var end = await Settled(stack, since, cancel);
            if (end is not ("CREATE_COMPLETE" or "UPDATE_COMPLETE")) throw new CliException($"The stack {stack} ended as {end}. {await WhyFailed(since, cancel)}");
        }
        else
        {
            await Call("DeleteChangeSet", [("StackName", stack), ("ChangeSetName", changeSet)], cancel);
            progress.Say("the stack is up to date");
        }

        return Outputs((await Describe(cancel))!);
    }

    /// <summary>Says what a deployment would change; gives the outputs of the stack as it is, null where there is none.</summary>
    public async Task<Dictionary<string, string>?> Plan(string template, IReadOnlyDictionary<string, string> parameters, CancellationToken cancel)
    {
        var existing = await Describe(cancel);
        if (IsLong(template))
        {
            progress.Say($"stack    {stack}, by a template that must be uploaded before CloudFormation can compare it:");
            foreach (var (name, type) in Packaging.Resources(template)) progress.Say($"  Have      {type,-38} {name}");
            return existing is null ? null : Outputs(existing);
        }

        if (existing is null || existing.Value("StackStatus") is "REVIEW_IN_PROGRESS" or "ROLLBACK_COMPLETE" or "ROLLBACK_FAILED" or "CREATE_FAILED")
        {
            await Call("ValidateTemplate", [("TemplateBody", template)], cancel);
            progress.Say(existing is null ? $"stack    {stack}, new" : $"stack    {stack}, anew: it is {existing.Value("StackStatus")}");
            foreach (var (name, type) in Packaging.Resources(template)) progress.Say($"  Add       {type,-38} {name}");
            return null;
        }

        var changeSet = await NewChangeSet(create: false, template, parameters, cancel);
        try
        {
            var changes = await Ready(changeSet, cancel) ? await Changes(changeSet, cancel) : [];
            progress.Say(changes.Count == 0 ? $"stack    {stack}, nothing to change" : $"stack    {stack}");
            foreach (var change in changes)
                progress.Say($"  {change.Value("Action"),-9} {change.Value("ResourceType"),-38} {change.Value("LogicalResourceId")}{(change.Value("Replacement") is "True" or "Conditional" ? " (replaced)" : "")}");
        }
        finally
        {
            await Call("DeleteChangeSet", [("StackName", stack), ("ChangeSetName", changeSet)], CancellationToken.None);
        }

        return Outputs(existing);
    }

    private async Task<List<XElement>> Changes(string changeSet, CancellationToken cancel)
    {
        var changes = new List<XElement>();
        for (string? next = ""; next is not null;)
        {
            var page = await Call("DescribeChangeSet", [("StackName", stack), ("ChangeSetName", changeSet), .. next.Length > 0 ? [("NextToken", next)] : Array.Empty<(string, string)>()], cancel);
            changes.AddRange(page.Members("Changes").SelectMany(change => change.Elements().Where(part => part.Name.LocalName == "ResourceChange")));
            next = page.Value("NextToken") is { Length: > 0 } more ? more : null;
        }

        return changes;
    }

    private async Task<string> NewChangeSet(bool create, string template, IReadOnlyDictionary<string, string> parameters, CancellationToken cancel)
    {
        var changeSet = $"galley-{DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()}";
        var form = new List<(string, string)>
        {
            ("StackName", stack), ("ChangeSetName", changeSet), ("ChangeSetType", create ? "CREATE" : "UPDATE"),
            IsLong(template) && Uploads is not null ? ("TemplateURL", await Uploads.Upload(template, cancel)) : ("TemplateBody", template),
            ("Capabilities.member.1", "CAPABILITY_IAM"), ("Capabilities.member.2", "CAPABILITY_NAMED_IAM"), ("Capabilities.member.3", "CAPABILITY_AUTO_EXPAND"),
        };
        foreach (var (index, (key, value)) in parameters.Index())
            form.AddRange([($"Parameters.member.{index + 1}.ParameterKey", key), ($"Parameters.member.{index + 1}.ParameterValue", value)]);
        await Call("CreateChangeSet", form, cancel);
        return changeSet;
    }

    private static bool IsLong(string template) => Encoding.UTF8.GetByteCount(template) > MaxBody;

    private static Dictionary<string, string> Outputs(XElement described) => described.Members("Outputs").ToDictionary(output => output.Value("OutputKey"), output => output.Value("OutputValue"));

    /// <summary>False when there is nothing to change.</summary>
    private async Task<bool> Ready(string changeSet, CancellationToken cancel)
    {
        while (true)
        {
            var set = await Call("DescribeChangeSet", [("StackName", stack), ("ChangeSetName", changeSet)], cancel);
            switch (set.Value("Status"))
            {
                case "CREATE_COMPLETE": return true;
                case "FAILED" when set.Value("StatusReason") is var why:
                    return why.Contains("didn't contain changes", StringComparison.Ordinal) || why.Contains("No updates are to be performed", StringComparison.Ordinal)
                        ? false
                        : throw new CliException($"CloudFormation refused the change set: {why}");
            }

            await Task.Delay(_poll, cancel);
        }
    }

    private async Task<string> Settled(string name, string? since, CancellationToken cancel)
    {
        var seen = since;
        while (true)
        {
            if (since is not null || name == stack)
                foreach (var happened in await EventsAfter(seen, cancel))
                {
                    seen = happened.Value("EventId");
                    if (happened.Value("ResourceType") != "AWS::CloudFormation::Stack" && happened.Value("ResourceStatus") is var status && !status.EndsWith("IN_PROGRESS", StringComparison.Ordinal))
                        progress.Say($"{status,-16} {happened.Value("ResourceType"),-38} {happened.Value("LogicalResourceId")}{(happened.Value("ResourceStatusReason") is { Length: > 0 } why ? ": " + why : "")}");
                }

            var now = (await Describe(cancel, name))?.Value("StackStatus") ?? "DELETE_COMPLETE";
            if (!now.EndsWith("IN_PROGRESS", StringComparison.Ordinal)) return now;
            await Task.Delay(_poll, cancel);
        }
    }

    private async Task<string> WhyFailed(string? since, CancellationToken cancel)
        => (await EventsAfter(since, cancel)).FirstOrDefault(happened => happened.Value("ResourceStatus").EndsWith("FAILED", StringComparison.Ordinal) && !happened.Value("ResourceStatusReason").Contains("cancelled", StringComparison.Ordinal)) is { } first
            ? $"{first.Value("LogicalResourceId")} ({first.Value("ResourceType")}): {first.Value("ResourceStatusReason")}"
            : "";

    private async Task<string?> LastEvent(CancellationToken cancel) => (await Call("DescribeStackEvents", [("StackName", stack)], cancel)).Members("StackEvents").FirstOrDefault()?.Value("EventId");

    /// <summary>Oldest first.</summary>
    private async Task<List<XElement>> EventsAfter(string? since, CancellationToken cancel)
    {
        try
        {
            var events = (await Call("DescribeStackEvents", [("StackName", stack)], cancel)).Members("StackEvents").TakeWhile(happened => happened.Value("EventId") != since).ToList();
            events.Reverse();
            return events;
        }
        catch (AwsClientException)
        {
            return []; // the stack is gone by now
        }
    }

    private async Task<XElement?> Describe(CancellationToken cancel, string? name = null)
    {
        try
        {
            return (await Call("DescribeStacks", [("StackName", name ?? stack)], cancel)).Members("Stacks").First();
        }
        catch (AwsClientException e) when (e.Code == "ValidationError")
        {
            return null;
        }
    }

    private Task<XElement> Call(string action, IEnumerable<(string, string)> form, CancellationToken cancel) => aws.Query("cloudformation", "2010-05-15", action, form, cancel);
}

/// <summary>Reading CloudFormation's XML without its namespace.</summary>
internal static class XmlReading
{
    public static string Value(this XElement element, string name) => element.Elements().FirstOrDefault(child => child.Name.LocalName == name)?.Value ?? "";

    public static IEnumerable<XElement> Members(this XElement element, string list)
        => element.Elements().FirstOrDefault(child => child.Name.LocalName == list)?.Elements() ?? [];
}

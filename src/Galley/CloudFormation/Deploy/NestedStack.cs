using System.Text.Json.Nodes;
using Galley.CloudFormation.Template;
using Galley.Wire;

namespace Galley.CloudFormation.Deploy;

/// <summary>`AWS::CloudFormation::Stack`: a stack inside a stack. Ref is its ARN, `Outputs.Name` its outputs.</summary>
internal sealed class NestedStack(Journal journal, Stacks stacks, StackRollbacks rollbacks, Workers workers) : IResourceHandler
{
    private static readonly HashSet<string> Members = ["TemplateURL", "Parameters", "Tags", "NotificationARNs", "TimeoutInMinutes"];

    public const string Name = "AWS::CloudFormation::Stack";

    public string Type => Name;

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string>();

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
    {
        var made = await stacks.CreateNested(await Deploy(request, call), request.StackId, call);
        return await Settled(made.Key, request, "CREATE_COMPLETE", "created", call);
    }

    public async ValueTask<Resource> Update(ResourceRequest request, Call call)
    {
        var key = await Living(request.PhysicalId, call) ?? throw new CustomResourceFailure($"Embedded stack {request.PhysicalId} does not exist.", request.PhysicalId);
        var wanted = await Deploy(request, call);
        try
        {
            await stacks.UpdateNested(wanted with { StackName = request.PhysicalId }, call);
        }
        catch (AwsError e) when (e.Message == Errors.NoUpdates().Message)
        {
            return Made(await journal.Stack(key));
        }

        return await Settled(key, request, "UPDATE_COMPLETE", "updated", call);
    }

    public async ValueTask Delete(ResourceRequest request, Call call)
    {
        if (await Living(request.PhysicalId, call) is not { } key) return;
        if ((await journal.Stack(key)).Status != "CREATE_IN_PROGRESS") await workers.Finished(key); // what a crash or a failure of the parent left under way
        await stacks.DeleteStack(new DeleteStackRequest { StackName = request.PhysicalId }, call);
        await workers.Finished(key);
        var stack = await journal.Stack(key);
        workers.Stopping.ThrowIfCancellationRequested();
        if (stack.Status != "DELETE_COMPLETE") throw new CustomResourceFailure($"Embedded stack {stack.StackId} was not successfully deleted: {stack.Reason}", stack.StackId);
    }

    private async ValueTask<NestedRequest> Deploy(ResourceRequest request, Call call)
    {
        if (request.Properties.Select(pair => pair.Key).FirstOrDefault(name => !Members.Contains(name)) is { } unknown)
            throw new CustomResourceFailure($"Encountered unsupported property {unknown}", "");
        if (request.Properties["NotificationARNs"] is not null and not JsonArray { Count: 0 })
            throw new CustomResourceFailure("Galley does not support the property NotificationARNs of AWS::CloudFormation::Stack.", "");
        var parent = await journal.Store.Read(snapshot => StackNames.Require(snapshot, call, request.StackId));
        return new NestedRequest
        {
            StackName = request.Name,
            TemplateUrl = Scalars.Text(request.Properties["TemplateURL"]),
            TimeoutInMinutes = int.TryParse(Scalars.Text(request.Properties["TimeoutInMinutes"]), System.Globalization.CultureInfo.InvariantCulture, out var minutes) ? minutes : null,
            Parameters = [.. (request.Properties["Parameters"] as JsonObject ?? []).Select(pair => new StackParameter
            {
                ParameterKey = pair.Key,
                ParameterValue = pair.Value is JsonArray list ? string.Join(',', list.Select(Scalars.Text)) : Scalars.Text(pair.Value),
            })],
            Capabilities = parent.Definition.Capabilities,
            Tags = [.. parent.Definition.Tags, .. (request.Properties["Tags"] as JsonArray ?? []).Select(tag => new Tag(Scalars.Text(tag?["Key"]) ?? "", Scalars.Text(tag?["Value"]) ?? ""))],
        };
    }

    private async ValueTask<StackKey?> Living(string nameOrId, Call call)
        => await journal.Store.Read(snapshot => StackNames.Find(snapshot, call, nameOrId)) is { Status: not "DELETE_COMPLETE" } stack ? stack.Key : null;

    private async ValueTask<Resource> Settled(StackKey key, ResourceRequest request, string wanted, string verb, Call call)
    {
        try
        {
            await workers.Finished(key, call.Cancellation);
        }
        catch (OperationCanceledException) when (!workers.Stopping.IsCancellationRequested)
        {
            // The stack around it was given up. One that is being made is deleted when that one goes back.
            if (verb == "created") throw new CustomResourceFailure("Resource creation cancelled", (await journal.Stack(key)).StackId);
            await CallOff(key, call);
            throw new CustomResourceFailure("Resource update cancelled", request.PhysicalId);
        }

        workers.Stopping.ThrowIfCancellationRequested();
        var stack = await journal.Stack(key);
        return stack.Status == wanted ? Made(stack)
            : throw new CustomResourceFailure($"Embedded stack {stack.StackId} was not successfully {verb}: {await WhyOf(key) ?? stack.Reason ?? stack.Status}", stack.StackId);
    }

    private async ValueTask CallOff(StackKey key, Call call)
    {
        try
        {
            await rollbacks.CancelUpdateStack(new CancelUpdateStackRequest { StackName = (await journal.Stack(key)).StackId }, call);
        }
        catch (AwsError)
        {
            // done in this moment
        }

        await workers.Finished(key);
    }

    /// <summary>The reason that set the failure off: the stack's last status has often none of its own.</summary>
    private async ValueTask<string?> WhyOf(StackKey key)
        => (await journal.Store.Read(snapshot => Store.StoreExtensions.List(snapshot, Keys.Events(key), CloudFormationJson.Default.StackEvent)))
            .LastOrDefault(one => one.ResourceType == Type && one.ResourceStatusReason?.StartsWith("The following resource(s) failed", StringComparison.Ordinal) == true)?.ResourceStatusReason;

    private static Resource Made(StackRecord stack) => new(stack.StackId, stack.Outputs.ToDictionary(output => "Outputs." + output.OutputKey, output => output.OutputValue));
}

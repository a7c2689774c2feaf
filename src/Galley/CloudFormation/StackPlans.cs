using Galley.CloudFormation.Deploy;
using Galley.CloudFormation.Template;
using Galley.Store;
using Galley.Wire;

namespace Galley.CloudFormation;

/// <summary>What a stack is made from: kept, read back, compared with what is asked for.</summary>
internal sealed class StackPlans(Journal journal, Handlers handlers)
{
    /// <summary>Stores the template and gives the stack its new definition; the caller puts the stack.</summary>
    public StackRecord Keep(ITransaction transaction, StackRecord stack, Prepared prepared, DeployRequest request)
    {
        var version = stack.Templates + 1;
        transaction.Put(Keys.Template(stack.Key, version), new TemplateRecord(prepared.Original, prepared.Processed), CloudFormationJson.Default.TemplateRecord);
        return stack with
        {
            Templates = version,
            Definition = new Definition
            {
                Template = version,
                Description = prepared.Template.Description,
                SealedParameters = journal.SealParameters(stack.Key, prepared.Parameters),
                Resolved = prepared.Resolved,
                Hidden = [.. prepared.Template.Parameters.Values.Where(parameter => parameter.NoEcho).Select(parameter => parameter.Name)],
                Tags = request.Tags ?? stack.Definition.Tags,
                Capabilities = request.Capabilities ?? [],
                DeploymentConfig = request.DeploymentConfig,
            },
        };
    }

    public ValueTask<TemplateRecord> Template(StackKey stack, Definition definition) => journal.Store.Read(async snapshot =>
        await snapshot.Get(Keys.Template(stack, definition.Template), CloudFormationJson.Default.TemplateRecord) ?? throw Errors.Validation("No template is stored for the stack."));

    public async ValueTask<(TemplateRecord Template, Dictionary<string, string> Parameters)?> InForce(StackRecord stack)
        => stack.Definition.Template == 0 ? null : (await Template(stack.Key, stack.Definition), journal.OpenParameters(stack.Key, stack.Definition));

    public async ValueTask<bool> IsNothing(StackRecord stack, Prepared prepared, DeployRequest request)
    {
        if (stack.Status.EndsWith("_FAILED", StringComparison.Ordinal)) return false; // what failed is tried again
        var (changes, outputs) = await Plan(stack, prepared);
        return IsNothing(stack, changes, outputs, request.Tags ?? stack.Definition.Tags);
    }

    /// <summary>Refuses a template whose functions cannot be done, as far as that is known before anything is made.</summary>
    public async ValueTask Check(StackRecord stack, Prepared prepared)
    {
        try
        {
            await Plan(stack, prepared);
        }
        catch (AwsError e) when (!e.Message.StartsWith("Template error:", StringComparison.Ordinal))
        {
            // That an export is missing, say, the deployment tells.
        }
    }

    public static bool IsNothing(StackRecord stack, IReadOnlyList<ChangeSummary> changes, IReadOnlyList<Output> outputs, IReadOnlyList<Tag> tags)
        => changes.Count == 0 && outputs.SequenceEqual(stack.Outputs) && tags.Order(ByKey).SequenceEqual(stack.Definition.Tags.Order(ByKey));

    public async ValueTask<(IReadOnlyList<ChangeSummary> Changes, IReadOnlyList<Output> Outputs)> Plan(StackRecord stack, Prepared prepared)
    {
        var (records, exports) = await journal.Store.Read(async snapshot => (
            await snapshot.List(Keys.Resources(stack.Key), CloudFormationJson.Default.ResourceRecord),
            await snapshot.List(Keys.Exports(stack.Key.Account, stack.Key.Region), CloudFormationJson.Default.ExportRecord)));
        return Deploy.Plan.Make(
            prepared.Template,
            records.Where(record => record.Status != "DELETE_COMPLETE" && record.PhysicalId.Length > 0).ToDictionary(record => record.LogicalId, record => (record, journal.Open(stack.Key, record))),
            handlers,
            resource => new Scope
            {
                Template = prepared.Template,
                Parameters = Preparation.Effective(prepared.Parameters, prepared.Resolved),
                Account = stack.Key.Account,
                Region = stack.Key.Region,
                StackName = stack.Name,
                StackId = stack.StackId,
                Exports = exports.ToDictionary(export => export.Name, export => export.Value),
                Resource = resource,
            });
    }

    /// <summary>Parameters as they are told: those marked NoEcho as stars.</summary>
    public IReadOnlyList<StackParameter> Shown(StackKey stack, Definition definition)
        => [.. journal.OpenParameters(stack, definition).Select(pair => new StackParameter { ParameterKey = pair.Key, ParameterValue = definition.Hidden.Contains(pair.Key) ? "****" : pair.Value, ResolvedValue = definition.Resolved?.GetValueOrDefault(pair.Key) })];

    private static readonly Comparer<Tag> ByKey = Comparer<Tag>.Create((a, b) => string.CompareOrdinal(a.Key, b.Key));
}

using System.Text.Json.Nodes;
using Galley.CloudFormation.Export;
using Galley.CloudFormation.Template;
using Galley.Wire;

namespace Galley.CloudFormation;

/// <summary>
/// What a change set with `ImportExistingResources` takes in: things with a name that the template spells out, that are there and belong
/// to no stack. AWS: "Import AWS resources into a CloudFormation stack automatically".
/// </summary>
internal sealed class ExistingResources(Scans scans)
{
    /// <summary>By logical id. The caller finds what it may read.</summary>
    public async ValueTask<Dictionary<string, ImportedResource>> Find(StackTemplate template, IReadOnlyList<ChangeSummary> changes, Call call)
    {
        var added = changes.Where(change => change.ResourceChange.Action == "Add").Select(change => template.Resources[change.ResourceChange.LogicalResourceId]).ToList();
        var there = await scans.Read(added.Select(resource => resource.Type).ToHashSet(), call);
        var managed = await scans.Managed(call);
        var found = new Dictionary<string, ImportedResource>();
        foreach (var resource in added)
            if (there.FirstOrDefault(one => one.Type == resource.Type && IsNamed(one.Resource, resource.Properties)).Resource is { } same && !managed.ContainsKey((resource.Type, same.PhysicalId)))
                found[resource.Name] = new ImportedResource(same.PhysicalId, same.Attributes.ToDictionary());
        return found;
    }

    /// <summary>The same changes, those that take something in saying so.</summary>
    public static IReadOnlyList<ChangeSummary> Named(IReadOnlyList<ChangeSummary> changes, Dictionary<string, ImportedResource>? imports)
        => [.. changes.Select(change => imports?.GetValueOrDefault(change.ResourceChange.LogicalResourceId) is { } there
            ? change with { ResourceChange = change.ResourceChange with { Action = "Import", PhysicalResourceId = there.PhysicalId } }
            : change)];

    /// <summary>Why the change set cannot be: what is taken in must outlive the stack.</summary>
    public static string? Refusal(StackTemplate template, Dictionary<string, ImportedResource>? imports)
    {
        var unkept = (imports ?? []).Where(pair => template.Resources[pair.Key].DeletionPolicy is not ("Retain" or "RetainExceptOnCreate")).ToList();
        return unkept.Count == 0 ? null
            : "CloudFormation is attempting to import some resources because they already exist in your account. The resources must have the DeletionPolicy attribute set to 'Retain' or 'RetainExceptOnCreate' in the template for successful import. "
              + $"The affected resources are {string.Join(", ", unkept.Select(pair => $"{pair.Key} ({{{NameOf(template.Resources[pair.Key].Properties, pair.Value)}}})"))}";
    }

    private static bool IsNamed(ScannedResource there, JsonObject properties)
        => there.Identifier.All(pair => properties[pair.Key] is JsonValue name && Scalars.Text(name) == pair.Value);

    private static string NameOf(JsonObject properties, ImportedResource there)
        => properties.FirstOrDefault(pair => pair.Value is JsonValue name && Scalars.Text(name) == there.PhysicalId) is { Key: { } property } ? $"{property}={there.PhysicalId}" : there.PhysicalId;
}

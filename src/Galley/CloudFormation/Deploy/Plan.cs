using System.Text.Json.Nodes;
using Galley.CloudFormation.Template;

namespace Galley.CloudFormation.Deploy;

/// <summary>What a template would change in a stack, as far as it can be known before.</summary>
internal static class Plan
{
    /// <summary>In the place of what only the deployment will tell.</summary>
    public const string Unknown = "{{changeSet:KNOWN_AFTER_APPLY}}";

    /// <param name="template">What is wanted.</param>
    /// <param name="existing">The stack's resources with their opened content; empty for a new stack.</param>
    /// <param name="handlers">Say what cannot change in place.</param>
    /// <param name="scopeOf">The scope around a look-up of resources.</param>
    public static (IReadOnlyList<ChangeSummary> Changes, IReadOnlyList<Output> Outputs) Make(
        StackTemplate template, IReadOnlyDictionary<string, (ResourceRecord Record, ResourceContent Content)> existing, Handlers handlers, Func<Func<string, string?, string?>, Scope> scopeOf)
    {
        var known = new Dictionary<string, (string PhysicalId, Dictionary<string, string> Attributes)>();
        var changed = new HashSet<string>();
        var intrinsics = new Intrinsics(scopeOf((name, attribute) =>
            known.TryGetValue(name, out var there) && (attribute is null || !changed.Contains(name) || there.Attributes.ContainsKey(attribute)) ? Rollout.Lookup(name, attribute, known)
            : template.Resources.ContainsKey(name) ? Unknown : null));
        var changes = new List<ChangeSummary>();
        foreach (var name in References.Order(References.Graph(template)))
        {
            var resource = template.Resources[name];
            if (!intrinsics.IsTrue(resource.Condition)) continue;
            var properties = intrinsics.ResolveObject(resource.Properties);
            if (!existing.TryGetValue(name, out var old))
            {
                changes.Add(new("Resource", new ResourceChange { Action = "Add", LogicalResourceId = name, ResourceType = resource.Type }));
                continue;
            }

            if (old.Record.Type != resource.Type)
                throw Errors.Validation($"Update of resource type is not permitted. The new template modifies resource type of the following resources: [{name}]");
            var change = Modify(resource, properties, old.Record, old.Content, handlers.Find(resource.Type));
            if (change is not null)
            {
                changes.Add(new("Resource", change));
                changed.Add(name);
            }

            if (change?.Replacement is null or "False") known[name] = (old.Record.PhysicalId, old.Content.Attributes);
        }

        foreach (var (name, (record, _)) in existing)
            if (!template.Resources.TryGetValue(name, out var kept) || !intrinsics.IsTrue(kept.Condition))
                changes.Add(new("Resource", new ResourceChange { Action = "Remove", LogicalResourceId = name, PhysicalResourceId = record.PhysicalId, ResourceType = record.Type }));
        return (changes, Outputs.Resolve(template, intrinsics));
    }

    private static ResourceChange? Modify(TemplateResource resource, JsonObject properties, ResourceRecord record, ResourceContent content, IResourceHandler handler)
    {
        var changed = Differences.Between(content.Properties, properties);
        var policies = resource.DeletionPolicy != record.DeletionPolicy || resource.UpdateReplacePolicy != record.UpdateReplacePolicy;
        if (changed.Count == 0 && !policies) return null;
        var details = changed.Select(name => new ChangeDetail(
            new ChangeTarget("Properties", name, !handler.Replaces(name, content.Properties[name], properties[name]) ? "Never" : IsUnknown(properties[name]) ? "Conditionally" : "Always"),
            IsUnknown(properties[name]) ? "Dynamic" : "Static", IsUnknown(properties[name]) ? "ResourceReference" : "DirectModification")).ToList();
        return new ResourceChange
        {
            Action = "Modify",
            LogicalResourceId = resource.Name,
            PhysicalResourceId = record.PhysicalId,
            ResourceType = resource.Type,
            Replacement = details.Any(detail => detail.Target.RequiresRecreation == "Always") ? "True" : details.Any(detail => detail.Target.RequiresRecreation == "Conditionally") ? "Conditional" : "False",
            Scope = [.. (string[])[.. changed.Count > 0 ? ["Properties"] : (string[])[], .. policies ? ["DeletionPolicy"] : (string[])[]]],
            Details = details,
        };
    }

    public static bool IsUnknown(JsonNode? node) => node?.ToJsonString().Contains("changeSet:KNOWN_AFTER_APPLY", StringComparison.Ordinal) == true;
}

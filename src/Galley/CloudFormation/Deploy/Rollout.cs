using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Galley.CloudFormation.Template;
using Galley.Store;
using Galley.Wire;

namespace Galley.CloudFormation.Deploy;

/// <summary>
/// One way forward through a template: every resource created, updated in place or replaced, each as soon as what it needs is there.
/// Nothing old is deleted here, so all of it can be taken back. Steps already done (before a crash) are recognised and left.
/// </summary>
internal sealed class Rollout(Installation installation, Journal journal, Handlers handlers, WorkRecord work, StackTemplate template, Call call, Func<Func<string, string?, string?>, Scope> scopeOf)
{
    private const int AtOnce = 8;

    /// <summary>A value that is part of every other word cannot be hidden.</summary>
    private const int ShortestSecret = 4;

    private readonly ConcurrentDictionary<string, (string PhysicalId, Dictionary<string, string> Attributes)> _made = new();
    private readonly ConcurrentDictionary<string, bool> _failures = new();
    private readonly ConcurrentDictionary<string, string> _exist = new();
    private readonly ConcurrentDictionary<string, bool> _secrets = new();
    private readonly SemaphoreSlim _slots = new(AtOnce);
    private readonly Lock _resolving = new();
    private Intrinsics? _intrinsics;
    private CancellationToken _until;

    private readonly StackPolicy? _policy = work.Policy is { } policy ? StackPolicy.Parse(policy) : null;

    private StackKey Stack => work.Stack;

    private bool Updating => work.Kind == WorkKind.Update;

    /// <summary>The call for what is waited for: it ends when the whole is given up.</summary>
    public required Call Patient { get; init; }

    /// <summary>Logical ids of what failed, and whether it was to come into being.</summary>
    public IReadOnlyDictionary<string, bool> Failures => _failures;

    /// <summary>Resources that the template wants, conditions applied.</summary>
    public IReadOnlySet<string> Wanted { get; private set; } = new HashSet<string>();

    public Intrinsics Intrinsics => _intrinsics ??= new Intrinsics(scopeOf((name, attribute) => Lookup(name, attribute, _made)));

    /// <summary>False when something failed, or was not begun since the whole was given up.</summary>
    /// <param name="stopping">Ends the work between two steps.</param>
    public async Task<bool> Run(CancellationToken stopping)
    {
        using var until = CancellationTokenSource.CreateLinkedTokenSource(stopping, Patient.Cancellation);
        _until = until.Token;
        Wanted = template.Resources.Values.Where(resource => Intrinsics.IsTrue(resource.Condition)).Select(resource => resource.Name).ToHashSet();
        var records = (await journal.Store.Read(snapshot => snapshot.List(Keys.Resources(Stack), CloudFormationJson.Default.ResourceRecord))).ToDictionary(record => record.LogicalId);
        foreach (var record in records.Values.Where(record => !Wanted.Contains(record.LogicalId) && record.Status != "DELETE_COMPLETE"))
            if (_policy?.Refusal("Update:Delete", record.LogicalId, record.Type) is { } why)
                await Failed(record, new CustomResourceFailure(why, ""));
        var graph = References.Graph(template);
        var steps = new Dictionary<string, Task<bool>>();
        foreach (var name in References.Order(graph).Where(Wanted.Contains))
        {
            var needs = graph[name].Where(Wanted.Contains).Select(need => steps[need]).ToList();
            steps[name] = Task.Run(() => StepAfter(needs, template.Resources[name], records.GetValueOrDefault(name), stopping), CancellationToken.None);
        }

        var done = await Task.WhenAll(steps.Values);
        stopping.ThrowIfCancellationRequested();
        return _failures.IsEmpty && !done.Contains(false);
    }

    /// <summary>What Ref or GetAtt gives of a resource that exists; an attribute it lacks is the template's error.</summary>
    public static string? Lookup(string name, string? attribute, IReadOnlyDictionary<string, (string PhysicalId, Dictionary<string, string> Attributes)> made)
        => !made.TryGetValue(name, out var resource) ? null
            : attribute is null ? resource.PhysicalId
            : resource.Attributes.TryGetValue(attribute, out var value) ? value
            : throw Errors.Template($"resource {name} does not support attribute type {attribute} in Fn::GetAtt");

    private async Task<bool> StepAfter(List<Task<bool>> needs, TemplateResource resource, ResourceRecord? record, CancellationToken stopping)
    {
        if ((await Task.WhenAll(needs)).Contains(false)) return false;
        await _slots.WaitAsync(CancellationToken.None);
        try
        {
            if (!_failures.IsEmpty || Patient.Cancellation.IsCancellationRequested || stopping.IsCancellationRequested) return false;
            await Step(resource, record);
            return true;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return false; // taken up again at the next start
        }
        catch (Exception e)
        {
            await Failed(
                await journal.Store.Read(snapshot => snapshot.Get(Keys.Resource(Stack, resource.Name), CloudFormationJson.Default.ResourceRecord))
                ?? Shape(resource, new ResourceRecord { LogicalId = resource.Name, Type = resource.Type, Name = NewName(resource.Name), Status = "", Time = installation.Now, New = Updating }), e);
            return false;
        }
        finally
        {
            _slots.Release();
        }
    }

    private async Task Step(TemplateResource resource, ResourceRecord? record)
    {
        installation.Ids.Begin($"{Stack.Uuid}/{resource.Name}");
        JsonObject properties;
        lock (_resolving) properties = Intrinsics.ResolveObject(resource.Properties);
        var handler = handlers.Find(resource.Type);
        if (record is null || record.Status == "CREATE_FAILED" || record.PhysicalId.Length == 0 && record.Before is null)
        {
            await Create(handler, resource, properties, record);
            return;
        }

        if (record.PhysicalId.Length == 0)
        {
            // A replacement failed, and what it was to replace is still there: perhaps just that is wanted again.
            var kept = journal.Open(Stack, record.Before!);
            if (record.Status != "UPDATE_FAILED" || Differences.Between(kept.Properties, properties).Count > 0)
            {
                await Replace(handler, resource, properties, record);
                return;
            }

            record = record with { PhysicalId = record.Before!.PhysicalId, Name = record.Before.Name, Sealed = record.Before.Sealed, Status = "UPDATE_COMPLETE", Reason = null, Time = installation.Now };
            await journal.Keep(Stack, record, work.Token, ("UPDATE_COMPLETE", null));
        }

        var content = journal.Open(Stack, record);
        var before = record.Before is { } old && !record.Status.EndsWith("_COMPLETE", StringComparison.Ordinal) ? journal.Open(Stack, old).Properties : content.Properties;
        var changed = Differences.Between(before, properties);
        var replaced = changed.Any(name => handler.Replaces(name, before[name], properties[name]));
        if (changed.Count == 0 && record.Status != "UPDATE_FAILED")
        {
            var same = Shape(resource, record);
            if (same.DeletionPolicy != record.DeletionPolicy || same.UpdateReplacePolicy != record.UpdateReplacePolicy || !same.DependsOn.SequenceEqual(record.DependsOn))
                await journal.Keep(Stack, same with { Before = record.Before ?? record.State }, work.Token);
            Hide(content);
            _made[resource.Name] = (record.PhysicalId, content.Attributes);
        }
        else if (_policy?.Refusal(replaced ? "Update:Replace" : "Update:Modify", resource.Name, resource.Type) is { } why) throw new CustomResourceFailure(why, "");
        else if (replaced)
        {
            CustomNames.RequireFree(resource.Type, before, properties);
            await Replace(handler, resource, properties, record);
        }
        else await Update(handler, resource, properties, record, before, content.Attributes);
    }

    private async Task Create(IResourceHandler handler, TemplateResource resource, JsonObject properties, ResourceRecord? doubtful)
    {
        if (work.Imports.TryGetValue(resource.Name, out var there))
        {
            await Import(resource, properties, there);
            return;
        }

        if (doubtful is not null) await DeleteDoubtful(handler, doubtful, properties);
        var record = Shape(resource, new ResourceRecord
        {
            LogicalId = resource.Name,
            Type = resource.Type,
            Name = NewName(resource.Name),
            Status = "CREATE_IN_PROGRESS",
            Time = installation.Now,
            New = Updating,
            // What is tried is kept at once: a failed or interrupted attempt may have to be deleted by it.
            Sealed = journal.Seal(Stack, resource.Name, new ResourceContent(properties, [])),
        });
        await journal.Keep(Stack, record, work.Token, ("CREATE_IN_PROGRESS", null));
        var made = await New(handler, record, properties);
        await Made(record, "CREATE", properties, made, withInitiated: true);
    }

    private async Task Import(TemplateResource resource, JsonObject properties, ImportedResource there)
    {
        await journal.Keep(Stack, Shape(resource, new ResourceRecord
        {
            LogicalId = resource.Name,
            Type = resource.Type,
            Name = NewName(resource.Name),
            PhysicalId = there.PhysicalId,
            Status = "IMPORT_COMPLETE",
            Time = installation.Now,
            New = Updating,
            Imported = true,
            Sealed = journal.Seal(Stack, resource.Name, new ResourceContent(properties, there.Attributes)),
        }), work.Token, ("IMPORT_IN_PROGRESS", "Resource import started."), ("IMPORT_COMPLETE", "Resource import completed."));
        _made[resource.Name] = (there.PhysicalId, there.Attributes);
    }

    private async Task Replace(IResourceHandler handler, TemplateResource resource, JsonObject properties, ResourceRecord record)
    {
        if (record.PhysicalId.Length == 0) await DeleteDoubtful(handler, record, properties);
        var next = Shape(resource, record) with
        {
            Before = record.Before ?? record.State,
            PhysicalId = "",
            Name = NewName(resource.Name),
            Sealed = journal.Seal(Stack, resource.Name, new ResourceContent(properties, [])),
            Status = "UPDATE_IN_PROGRESS",
            Reason = null,
            Time = installation.Now,
        };
        await journal.Keep(Stack, next, work.Token);
        await journal.Note(Stack, record, "UPDATE_IN_PROGRESS", "Requested update requires the creation of a new physical resource; hence creating one.", work.Token);
        var made = await New(handler, next, properties);
        await Made(next, "UPDATE", properties, made, withInitiated: true);
    }

    private async Task Update(IResourceHandler handler, TemplateResource resource, JsonObject properties, ResourceRecord record, JsonObject before, Dictionary<string, string> attributes)
    {
        // The properties that are tried are kept at once, so that a rollback knows from what it must go back.
        var next = Shape(resource, record) with
        {
            Before = record.Before ?? record.State,
            Status = "UPDATE_IN_PROGRESS",
            Reason = null,
            Time = installation.Now,
            Sealed = journal.Seal(Stack, resource.Name, new ResourceContent(properties, attributes)),
        };
        await journal.Keep(Stack, next, work.Token, ("UPDATE_IN_PROGRESS", null));
        var made = await handler.Update(Request(next, properties) with { OldProperties = (JsonObject)before.DeepClone() }, Waits(resource.Type) ? Patient : call);
        await Made(next, "UPDATE", properties, made, withInitiated: false);
    }

    private async Task Made(ResourceRecord record, string verb, JsonObject properties, Resource made, bool withInitiated)
    {
        var attributes = made.Attributes.ToDictionary();
        var content = new ResourceContent(properties, attributes) { NoEcho = made.NoEcho };
        Hide(content);
        var done = record with
        {
            PhysicalId = made.PhysicalId,
            Status = verb + "_COMPLETE",
            Time = installation.Now,
            Sealed = journal.Seal(Stack, record.LogicalId, content),
        };
        await journal.Keep(Stack, done, work.Token, withInitiated
            ? [(verb + "_IN_PROGRESS", "Resource creation Initiated"), (done.Status, null)]
            : [(done.Status, null)]);
        _made[record.LogicalId] = (made.PhysicalId, attributes);
    }

    private async Task<Resource> New(IResourceHandler handler, ResourceRecord record, JsonObject properties)
    {
        var request = Request(record, properties) with { Exists = id => _exist[record.LogicalId] = id };
        var made = Waits(record.Type) ? await handler.Create(request, Patient) : await Creations.Noted(Stack.Uuid, record.LogicalId, () => handler.Create(request, call));
        if (installation.Options.BeforeNoted is { } hold) await hold(record.LogicalId);
        return made;
    }

    /// <summary>Others are done in a moment; these wait, and no longer than what they are part of.</summary>
    private static bool Waits(string type) => CustomResource.Is(type) || type == NestedStack.Name;

    /// <summary>
    /// What an earlier try left: by the name that a custom resource gave in its failure, or, where a crash cut a creation off, under the
    /// generated name, which can only be ours.
    /// </summary>
    private async Task DeleteDoubtful(IResourceHandler handler, ResourceRecord record, JsonObject properties)
    {
        try
        {
            await handler.Delete(Request(record, properties) with { PhysicalId = record.PhysicalId.Length > 0 ? record.PhysicalId : record.Name }, call);
        }
        catch (Exception e)
        {
            installation.Log($"cloudformation: nothing to clear under {record.Name}: {e.Message}");
        }
    }

    private async Task Failed(ResourceRecord record, Exception e)
    {
        var givenUp = e is OperationCanceledException && _until.IsCancellationRequested; // any other cancellation is a fault
        if (!givenUp && e is not (AwsError or CustomResourceFailure)) installation.Log($"error: cloudformation: {record.LogicalId}: {e}");
        var reason = Masked(HandlerFailure.Reason(e, installation.Ids));
        _failures[record.LogicalId] = record.PhysicalId.Length == 0 && record.Before is null;
        var status = _failures[record.LogicalId] ? "CREATE_FAILED" : "UPDATE_FAILED";
        var left = record.PhysicalId.Length > 0 ? record.PhysicalId : e is CustomResourceFailure failure ? failure.PhysicalId : _exist.GetValueOrDefault(record.LogicalId, "");
        await journal.Keep(Stack, record with { PhysicalId = left, Status = status, Reason = reason, Time = installation.Now }, work.Token, (status, reason));
    }

    /// <summary>Nobody reads in a stack's events what a custom resource gave with `NoEcho`, whatever a service quotes in its errors.</summary>
    private void Hide(ResourceContent content)
    {
        if (!content.NoEcho) return;
        foreach (var value in content.Attributes.Values)
            if (value.Length >= ShortestSecret)
                _secrets[value] = true;
    }

    private string Masked(string reason) => _secrets.Keys.OrderByDescending(secret => secret.Length).Aggregate(reason, (text, secret) => text.Replace(secret, "****", StringComparison.Ordinal));

    private ResourceRecord Shape(TemplateResource resource, ResourceRecord record) => record with
    {
        DeletionPolicy = resource.DeletionPolicy,
        UpdateReplacePolicy = resource.UpdateReplacePolicy,
        DependsOn = [.. References.Of(resource.Properties).Concat(resource.DependsOn).Where(Wanted.Contains).Distinct().Order(StringComparer.Ordinal)],
    };

    private ResourceRequest Request(ResourceRecord record, JsonObject properties)
        => new(record.LogicalId, record.Name, (JsonObject)properties.DeepClone(), call.Arn("cloudformation", $"stack/{StackName}/{Stack.Uuid}")) { PhysicalId = record.PhysicalId, Type = record.Type, Until = _until };

    public required string StackName { get; init; }

    /// <summary>`stack-Logical-AB12CD34EF56`, never longer than the shortest limit of a name (63).</summary>
    private string NewName(string logicalId)
    {
        var (stack, logical) = StackName.Length + logicalId.Length <= 49 ? (StackName, logicalId)
            : (StackName[..Math.Min(StackName.Length, 24)], logicalId[..Math.Min(logicalId.Length, 24)]);
        return $"{stack}-{logical}-{installation.Ids.Next(12, Ids.UpperAlphanumeric)}";
    }
}

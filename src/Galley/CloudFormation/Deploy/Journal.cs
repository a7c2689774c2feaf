using System.Text.Json;
using Galley.Store;
using Galley.Wire;

namespace Galley.CloudFormation.Deploy;

/// <summary>Writes what happens to a stack: status, resources, events, always together, so that what is told is what is kept.</summary>
internal sealed class Journal(Installation installation)
{
    public IStore Store => installation.Store;

    public async ValueTask<StackRecord> Stack(StackKey key) => await Store.Read(snapshot => Stack(snapshot, key));

    public static async ValueTask<StackRecord> Stack(ISnapshot snapshot, StackKey key)
        => await snapshot.Get(Keys.Stack(key), CloudFormationJson.Default.StackRecord) ?? throw new InvalidOperationException($"stack {key.Uuid} is gone");

    /// <summary>The stack takes a status; an event says so.</summary>
    public async ValueTask<StackRecord> Turn(ITransaction transaction, StackRecord stack, string status, string? reason = null, string? token = null)
    {
        stack = stack with { Status = status, Reason = reason };
        transaction.Put(Keys.Stack(stack.Key), stack, CloudFormationJson.Default.StackRecord);
        await Note(transaction, stack.Key, new StackEvent
        {
            StackId = stack.StackId,
            OperationId = stack.Operation?.OperationId,
            StackName = stack.Name,
            EventId = installation.Ids.Uuid(),
            Timestamp = installation.Now,
            LogicalResourceId = stack.Name,
            PhysicalResourceId = stack.StackId,
            ResourceType = "AWS::CloudFormation::Stack",
            ResourceStatus = status,
            ResourceStatusReason = reason,
            ClientRequestToken = token,
        });
        return await Stack(transaction, stack.Key);
    }

    /// <summary>The resource is kept as given, with one event for each (status, reason).</summary>
    public ValueTask Keep(StackKey key, ResourceRecord resource, string? token, params (string Status, string? Reason)[] events)
        => Store.Write(async transaction =>
        {
            transaction.Put(Keys.Resource(key, resource.LogicalId), resource, CloudFormationJson.Default.ResourceRecord);
            await Creations.Forget(transaction, key.Uuid, resource.LogicalId);
            foreach (var (status, reason) in events) await Note(transaction, key, resource, status, reason, token);
        });

    public ValueTask Note(StackKey key, ResourceState resource, string status, string? reason, string? token)
        => Store.Write(transaction => Note(transaction, key, resource, status, reason, token));

    public async ValueTask Note(ITransaction transaction, StackKey key, ResourceState resource, string status, string? reason, string? token)
    {
        var stack = await Stack(transaction, key);
        await Note(transaction, key, new StackEvent
        {
            StackId = stack.StackId,
            OperationId = stack.Operation?.OperationId,
            StackName = stack.Name,
            Timestamp = installation.Now,
            LogicalResourceId = resource.LogicalId,
            PhysicalResourceId = resource.PhysicalId,
            EventId = $"{resource.LogicalId}-{status}-{installation.Now.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}",
            ResourceType = resource.Type,
            ResourceStatus = status,
            ResourceStatusReason = reason,
            ClientRequestToken = token,
        });
    }

    public ResourceContent Open(StackKey key, ResourceState resource)
        => resource.Sealed.Length == 0
            ? new ResourceContent([], [])
            : JsonSerializer.Deserialize(installation.Secrets.Open(Purpose(key, resource.LogicalId), resource.Sealed), CloudFormationJson.Default.ResourceContent)!;

    public string Seal(StackKey key, string logicalId, ResourceContent content)
        => installation.Secrets.Seal(Purpose(key, logicalId), JsonSerializer.SerializeToUtf8Bytes(content, CloudFormationJson.Default.ResourceContent));

    public Dictionary<string, string> OpenParameters(StackKey key, Definition definition)
        => definition.SealedParameters.Length == 0
            ? []
            : JsonSerializer.Deserialize(installation.Secrets.Open(Purpose(key, "parameters"), definition.SealedParameters), CloudFormationJson.Default.DictionaryStringString)!;

    public string SealParameters(StackKey key, Dictionary<string, string> values)
        => installation.Secrets.Seal(Purpose(key, "parameters"), JsonSerializer.SerializeToUtf8Bytes(values, CloudFormationJson.Default.DictionaryStringString));

    private static string Purpose(StackKey key, string what) => $"cloudformation/{key.Uuid}/{what}";

    private static async ValueTask Note(ITransaction transaction, StackKey key, StackEvent note)
    {
        var stack = await Stack(transaction, key);
        transaction.Put(Keys.Event(key, stack.Events), note, CloudFormationJson.Default.StackEvent);
        transaction.Put(Keys.Stack(key), stack with { Events = stack.Events + 1 }, CloudFormationJson.Default.StackRecord);
    }
}

using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Galley.Lambda.Invoke;
using Galley.Store;
using Galley.Wire;

namespace Galley.Lambda.Sources;

/// <summary>
/// One mapping at work on one queue: receives batches, filters them, gives each to the function, and deletes what the function handled. What
/// it did not stays in the queue, which shows it again after its visibility timeout. AWS: "Using Lambda with Amazon SQS".
/// </summary>
internal sealed class QueueWorker(Installation installation, LambdaPorts ports, Invocation invocation, byte[] key)
{
    private const int MaxPayload = 6_000_000, AtATime = 10, Usual = 5;
    private static readonly TimeSpan Denied = TimeSpan.FromSeconds(10), Look = TimeSpan.FromSeconds(20);

    public static readonly string[] Needs = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];

    /// <summary>Runs until it is cancelled, or the mapping is gone or disabled. Batches under way go on.</summary>
    public async Task Run(CancellationToken cancel)
    {
        var running = new List<Task>();
        while (!cancel.IsCancellationRequested)
        {
            if (await installation.Store.Read(snapshot => snapshot.Get(key, LambdaJson.Default.MappingRecord)) is not { Enabled: true } mapping) return;
            running.RemoveAll(task => task.IsCompleted);
            if (running.Count >= (mapping.MaximumConcurrency ?? Usual))
            {
                await Task.WhenAny(running).WaitAsync(cancel);
                continue;
            }

            try
            {
                var function = await installation.Store.Read(snapshot => Functions.Find(snapshot, mapping.Function));
                foreach (var action in Needs)
                    if (!await ports.ActingRoles.Allows(function.Role, action, mapping.EventSourceArn))
                        throw Errors.InvalidParameter($"The provided execution role does not have permissions to call {action["sqs:".Length..]} on SQS");
                if (await Gather(mapping, cancel) is { Count: > 0 } batch) running.Add(Task.Run(() => Handle(mapping, batch), CancellationToken.None));
            }
            catch (AwsError e)
            {
                installation.Log($"The queue {mapping.EventSourceArn} does not feed {mapping.Function.Name}: {e.Message}");
                await Task.Delay(Denied, installation.Time, cancel);
            }
        }
    }

    /// <summary>A batch that is full, or as full as its window made it.</summary>
    private async ValueTask<List<QueueMessage>> Gather(MappingRecord mapping, CancellationToken cancel)
    {
        List<QueueMessage> batch = [.. await ports.Queues.Receive(mapping.EventSourceArn, Math.Min(AtATime, mapping.BatchSize), Look, cancel)];
        var until = installation.Now.AddSeconds(mapping.Window);
        while (batch.Count > 0 && batch.Count < mapping.BatchSize && until - installation.Now is { Ticks: > 0 } left)
            batch.AddRange(await ports.Queues.Receive(mapping.EventSourceArn, Math.Min(AtATime, mapping.BatchSize - batch.Count), left, cancel));
        return batch;
    }

    private async Task Handle(MappingRecord mapping, List<QueueMessage> batch)
    {
        try
        {
            var filters = mapping.Filters.Select(EventPattern.Parse).ToList();
            var wanted = filters.Count == 0 ? batch : batch.FindAll(message => Fits(filters, message));
            // What no filter wants is nobody's any more.
            if (wanted.Count < batch.Count) await ports.Queues.Delete(mapping.EventSourceArn, batch.Except(wanted).Select(message => message.Id));
            for (var at = 0; at < wanted.Count;)
            {
                var (payload, count) = Event(wanted, at);
                await Try(mapping, wanted.GetRange(at, count), payload);
                at += count;
            }
        }
        catch (Exception e)
        {
            installation.Log($"error: a batch of {mapping.EventSourceArn} for {mapping.Function.Name}: {e.Message}"); // its messages come again
        }
    }

    private async ValueTask Try(MappingRecord mapping, List<QueueMessage> batch, byte[] payload)
    {
        var (outcome, _) = await invocation.Invoke(mapping.Function, new InvokeEvent(installation.Ids.Uuid(), mapping.Function.QualifiedArn, invocation.Trace(), null, payload));
        if (outcome.FunctionError is not null) return;
        var ids = batch.ConvertAll(message => message.Id);
        var failed = mapping.ResponseTypes.Length == 0 ? [] : BatchItemFailures.Of(outcome.Payload, ids);
        if (ids.Except(failed).ToList() is { Count: > 0 } handled) await ports.Queues.Delete(mapping.EventSourceArn, handled);
    }

    /// <summary>The event of as many messages from a place on as it can take, at least one.</summary>
    private static (byte[] Payload, int Count) Event(List<QueueMessage> messages, int from)
    {
        var (records, size) = (new JsonArray(), 0);
        foreach (var message in messages.Skip(from))
        {
            size += Encoding.UTF8.GetByteCount(message.Record.ToJsonString());
            if (records.Count > 0 && size > MaxPayload) break;
            records.Add((JsonNode)message.Record.DeepClone());
        }

        return (JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["Records"] = records }, LambdaJson.Default.JsonObject), records.Count);
    }

    /// <summary>Filters see a body that is JSON as JSON.</summary>
    private static bool Fits(List<EventPattern?> filters, QueueMessage message)
    {
        var seen = message.Record.DeepClone().AsObject();
        try
        {
            if (JsonNode.Parse((string)seen["body"]!) is JsonObject body) seen["body"] = body;
        }
        catch (JsonException)
        {
            // text
        }

        using var document = JsonDocument.Parse(seen.ToJsonString());
        return filters.Exists(filter => filter?.Matches(document.RootElement) == true);
    }
}

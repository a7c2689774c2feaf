using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Galley.Store;
using Galley.Wire;

namespace Galley.Sqs;

/// <summary>AddPermission and RemovePermission: statements of the queue's policy by their label.</summary>
internal sealed partial class QueuePermissions(Installation installation)
{
    private static readonly HashSet<string> Actions =
        ["*", "SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueAttributes", "GetQueueUrl", "ListDeadLetterSourceQueues", "PurgeQueue"];

    public async ValueTask<Empty> AddPermission(AddPermissionRequest request, Call call)
    {
        var queue = QueueRef.Of(request.QueueUrl, call);
        var label = request.Label ?? throw Errors.Missing("Label");
        if (!Label().IsMatch(label)) throw Errors.InvalidValue(label, "Label", "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length.");
        if (request.AWSAccountIds is not { Count: > 0 } accounts) throw Errors.Missing("AWSAccountIds");
        if (request.Actions is not { Count: > 0 } actions) throw Errors.Missing("Actions");
        if (accounts.FirstOrDefault(account => account.Length != 12 || !account.All(char.IsAsciiDigit)) is { } bad) throw Errors.InvalidValue(bad, "PrincipalId", "Unable to verify.");
        if (actions.FirstOrDefault(action => !Actions.Contains(action)) is { } other) throw Errors.InvalidValue("SQS:" + other, "ActionName", "Only the queue owner is allowed to invoke this action.");
        await Change(queue, statements =>
        {
            if (statements.Any(statement => (string?)statement?["Sid"] == label)) throw Errors.InvalidValue(label, "Label", "Already exists.");
            statements.Add((JsonNode)new JsonObject
            {
                ["Sid"] = label,
                ["Effect"] = "Allow",
                ["Principal"] = new JsonObject { ["AWS"] = OneOrAll([.. accounts.Select(account => $"arn:aws:iam::{account}:root")]) },
                ["Action"] = OneOrAll([.. actions.Select(action => "SQS:" + action)]),
                ["Resource"] = queue.Arn,
            });
        });
        return Empty.Value;
    }

    public async ValueTask<Empty> RemovePermission(RemovePermissionRequest request, Call call)
    {
        var label = request.Label ?? throw Errors.Missing("Label");
        await Change(QueueRef.Of(request.QueueUrl, call), statements =>
        {
            if (statements.RemoveAll(statement => (string?)statement?["Sid"] == label) == 0) throw Errors.InvalidValue(label, "Label", "can't find label on existing policy.");
        });
        return Empty.Value;
    }

    private ValueTask Change(QueueRef queue, Action<JsonArray> change) => installation.Store.Write(async transaction =>
    {
        var record = await Queues.Get(transaction, queue);
        var policy = record.Attributes.TryGetValue("Policy", out var text) ? JsonNode.Parse(text)!.AsObject() : new JsonObject { ["Version"] = "2008-10-17", ["Id"] = queue.Arn + "/SQSDefaultPolicy", ["Statement"] = new JsonArray() };
        if (policy["Statement"] is JsonObject single) policy["Statement"] = new JsonArray(single.DeepClone());
        var statements = policy["Statement"]!.AsArray();
        change(statements);
        var given = new Dictionary<string, string> { ["Policy"] = statements.Count > 0 ? policy.ToJsonString() : "" };
        transaction.Put(Keys.Queue(queue), record with { Attributes = QueueAttributes.With(record.Attributes, given), Modified = installation.Now }, SqsJson.Default.QueueRecord);
    });

    private static JsonNode OneOrAll(string[] texts) => texts is [var one] ? one : new JsonArray([.. texts.Select(text => (JsonNode)text)]);

    [GeneratedRegex("^[a-zA-Z0-9_-]{1,80}$")]
    private static partial Regex Label();
}

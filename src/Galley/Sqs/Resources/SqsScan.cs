using System.Text.Json.Nodes;
using Galley.Wire;

namespace Galley.Sqs;

/// <summary>Queues and their policies as AWS::SQS::Queue and AWS::SQS::QueuePolicy; the messages are nobody's template.</summary>
internal sealed class SqsScan(Queues queues)
{
    private static readonly string[] Numbers = ["DelaySeconds", "MaximumMessageSize", "MessageRetentionPeriod", "ReceiveMessageWaitTimeSeconds", "VisibilityTimeout", "KmsDataKeyReusePeriodSeconds"];

    public IEnumerable<ResourceScanner> Scanners => [new("AWS::SQS::Queue", "sqs:GetQueueAttributes", ScanQueues), new("AWS::SQS::QueuePolicy", "sqs:GetQueueAttributes", ScanPolicies)];

    private async ValueTask<IReadOnlyList<ScannedResource>> ScanQueues(Call call) => [.. (await queues.All(call)).Select(record =>
    {
        var queue = new QueueRef(call.Account, call.Region, record.Name);
        var said = new JsonObject { ["QueueName"] = record.Name };
        foreach (var (name, value) in record.Attributes)
            if (Numbers.Contains(name)) said[name] = int.Parse(value, System.Globalization.CultureInfo.InvariantCulture);
            else if (name is "RedrivePolicy" or "RedriveAllowPolicy") said[name] = JsonNode.Parse(value);
            else if (name == "SqsManagedSseEnabled") said[name] = value == "true";
        if (record.Tags.Count > 0) said["Tags"] = Described.Tags(record.Tags);
        return new ScannedResource(Url(queue), said)
        {
            Identifier = Described.Of(("QueueUrl", Url(queue))),
            Attributes = Described.Of(("Arn", queue.Arn), ("QueueName", queue.Name), ("QueueUrl", Url(queue))),
            Label = record.Name + " Queue",
        };
    })];

    private async ValueTask<IReadOnlyList<ScannedResource>> ScanPolicies(Call call) => [.. (await queues.All(call)).Where(record => record.Attributes.ContainsKey("Policy")).Select(record =>
    {
        var url = Url(new QueueRef(call.Account, call.Region, record.Name));
        return new ScannedResource(record.Name, new JsonObject { ["PolicyDocument"] = JsonNode.Parse(record.Attributes["Policy"]), ["Queues"] = new JsonArray(url) })
        {
            Identifier = Described.Of(("Id", record.Name)),
            Label = record.Name + " Queue Policy",
            Parent = ("AWS::SQS::Queue", url),
        };
    })];

    /// <summary>By AWS's name: that is what a stack's queues are called, whoever scans.</summary>
    private static string Url(QueueRef queue) => $"https://sqs.{queue.Region}.amazonaws.com/{queue.Account}/{queue.Name}";
}

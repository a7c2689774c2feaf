using System.Text.Json;
using System.Text.Json.Nodes;
using Galley.Wire;

namespace Galley.Sqs;

/// <summary>AWS::SQS::QueuePolicy: one policy for several queues, named by their URLs. The right is judged here, queue by queue.</summary>
internal sealed class QueuePolicyResource(QueueAttributes attributes, IJudgeQueuePolicies judge) : IResourceHandler
{
    public string Type => "AWS::SQS::QueuePolicy";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string>();

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
    {
        await Put(request, call);
        return Made(request.Name);
    }

    public async ValueTask<Resource> Update(ResourceRequest request, Call call)
    {
        var wanted = await Put(request, call);
        var before = (request with { Properties = request.OldProperties }).Read(SqsPropertiesJson.Default.QueuePolicyProperties);
        foreach (var url in before.Queues.Except(wanted.Queues)) await TakeAway(url, call);
        return Made(request.PhysicalId);
    }

    public async ValueTask Delete(ResourceRequest request, Call call)
    {
        foreach (var url in request.Read(SqsPropertiesJson.Default.QueuePolicyProperties).Queues) await TakeAway(url, call);
    }

    private async ValueTask<QueuePolicyProperties> Put(ResourceRequest request, Call call)
    {
        var wanted = request.Read(SqsPropertiesJson.Default.QueuePolicyProperties);
        var policy = new Dictionary<string, string> { ["Policy"] = wanted.PolicyDocument is JsonValue text ? text.ToString() : wanted.PolicyDocument.ToJsonString() };
        attributes.Check(policy);
        foreach (var url in wanted.Queues)
        {
            var queue = QueueRef.Of(url, call);
            await Require(queue, call);
            await attributes.Set(queue, policy);
        }

        return wanted;
    }

    private async ValueTask TakeAway(string url, Call call)
    {
        var queue = QueueRef.Of(url, call);
        await Require(queue, call);
        try
        {
            await attributes.Set(queue, new Dictionary<string, string> { ["Policy"] = "" });
        }
        catch (AwsError e) when (e.Code == "QueueDoesNotExist")
        {
            // gone with its queue
        }
    }

    private async ValueTask Require(QueueRef queue, Call call)
    {
        if (!await judge.MaySetAttributes(call, queue.Arn))
            throw new AwsError("AccessDenied", $"User: {call.Principal.Arn} is not authorized to perform: sqs:SetQueueAttributes on resource: {queue.Arn} because no identity-based policy allows the sqs:SetQueueAttributes action", 403);
    }

    private static Resource Made(string id) => new(id, new Dictionary<string, string> { ["Id"] = id });
}

internal sealed record QueuePolicyProperties(JsonNode PolicyDocument, IReadOnlyList<string> Queues);

using Galley.Iam;
using Galley.Sqs;
using Galley.Wire;

namespace Galley.Arrows;

/// <summary>SQS asks IAM whether a queue's new policy is one, and whether whoever deploys a template may give queues policies.</summary>
internal sealed class SqsToIam(IamService iam) : IJudgeQueuePolicies
{
    public bool IsPolicy(string policy) => iam.Says(policy, "sqs:*", "*", new Dictionary<string, string>()) is not null;

    public ValueTask<bool> MaySetAttributes(Call call, string queueArn) => iam.Allows(call, "sqs:SetQueueAttributes", queueArn, []);
}

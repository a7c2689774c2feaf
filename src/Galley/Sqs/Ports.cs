using Galley.Wire;

namespace Galley.Sqs;

/// <summary>Port: what IAM knows of policies, and of who makes stacks. (Arrows/SqsToIam)</summary>
internal interface IJudgeQueuePolicies
{
    /// <summary>Whether the text is a policy at all.</summary>
    bool IsPolicy(string policy);

    /// <summary>Whether whoever deploys a stack may set the queue's attributes.</summary>
    ValueTask<bool> MaySetAttributes(Call call, string queueArn);
}

using Galley.Iam;
using Galley.Lambda;
using Galley.Sqs;
using Galley.Wire;

namespace Galley.Arrows;

/// <summary>Dead letters and records of invocations, sent to queues as the function's role: its policies or the queue's own must let it.</summary>
internal sealed class LambdaToSqs(Installation installation, SqsService sqs, IamService iam) : ISendMessages
{
    private static readonly Dictionary<string, string> NoConditions = [];
    private readonly RoleSessions _roles = new(installation, iam, "lambda.amazonaws.com", "lambda");

    public async ValueTask<bool> MaySend(string roleArn, string queueArn) => await Sender(roleArn, queueArn) is not null;

    public async ValueTask Send(string roleArn, string queueArn, string body, IReadOnlyDictionary<string, (string Type, string Value)> attributes)
    {
        var role = await Sender(roleArn, queueArn) ?? throw new AwsError("AccessDenied", $"The role {roleArn} does not allow sqs:SendMessage on {queueArn}.", 403);
        await sqs.Send(queueArn, body, attributes, CallAs(role, queueArn));
    }

    /// <summary>The role's session, if it may send; null otherwise, or when Lambda cannot assume it.</summary>
    private async ValueTask<Principal?> Sender(string roleArn, string queueArn)
    {
        if (await _roles.Of(roleArn) is { } known && await May(known)) return known;
        _roles.Forget(roleArn); // it may have been made anew
        return await _roles.Of(roleArn) is { } role && await May(role) ? role : null;

        async ValueTask<bool> May(Principal principal)
            => await iam.Allows(principal, "sqs:SendMessage", queueArn, await sqs.PolicyOf(queueArn, CallAs(principal, queueArn)), NoConditions);
    }

    private Call CallAs(Principal principal, string queueArn) => installation.CallAs(principal, Arn.TryParse(queueArn, out var queue) ? queue.Region : null);
}

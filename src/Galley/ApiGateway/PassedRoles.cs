using Galley.Wire;

namespace Galley.ApiGateway;

/// <summary>Who lets API Gateway act as a role must have the right to pass it, whichever way the role is named: call, definition or template.</summary>
internal sealed class PassedRoles(IJudgeInvocations judge)
{
    public async ValueTask Require(Call call, params IEnumerable<string?> roles)
    {
        foreach (var role in roles)
            if (!string.IsNullOrEmpty(role) && !await judge.MayPass(call.Principal, role))
                throw new AwsError("AccessDeniedException", $"User: {call.Principal.Arn} is not authorized to perform: iam:PassRole on resource: {role} because no identity-based policy allows the iam:PassRole action", 403);
    }
}

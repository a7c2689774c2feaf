using Galley.ApiGateway;
using Galley.Iam;
using Galley.Wire;

namespace Galley.Arrows;

/// <summary>API Gateway asks whose key signed a request, and whether that caller, or an authorizer's policy, may invoke a route.</summary>
internal sealed class ApiGatewayToIam(IamService iam) : IJudgeInvocations
{
    private const string Action = "execute-api:Invoke";
    private static readonly Dictionary<string, string> Passed = new() { ["iam:PassedToService"] = "apigateway.amazonaws.com" };

    public ValueTask<CallerKey?> Find(string accessKeyId) => iam.FindKey(accessKeyId);

    public ValueTask<bool> MayPass(Principal caller, string roleArn)
        => caller.Kind == PrincipalKind.Root ? new(true) : iam.Allows(caller, "iam:PassRole", roleArn, null, Passed);

    public ValueTask<bool> Allows(Principal caller, string routeArn, IReadOnlyDictionary<string, string> conditions)
        => caller.Kind == PrincipalKind.Root ? new(true) : iam.Allows(caller, Action, routeArn, null, conditions);

    public bool? Allows(string policy, string routeArn, IReadOnlyDictionary<string, string> conditions) => iam.Says(policy, Action, routeArn, conditions);
}

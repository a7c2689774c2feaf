using Galley.ApiGateway;
using Galley.Iam;
using Galley.Lambda;
using Galley.Wire;

namespace Galley.Arrows;

/// <summary>
/// API Gateway invokes functions as its service principal, and then the function's own policy must let the API's route or authorizer do
/// so; or as a role that trusts it, by that role's policies.
/// </summary>
internal sealed class ApiGatewayToLambda(Installation installation, LambdaService lambda, IamService iam) : IInvokeFunctions
{
    private const string Service = "apigateway.amazonaws.com";
    private static readonly Principal Caller = Principal.Service(Service);
    private readonly RoleSessions _roles = new(installation, iam, Service, "BackplaneAssumeRoleSession");

    public async ValueTask<FunctionResult> Invoke(FunctionCall call, CancellationToken cancel)
    {
        if (call.RoleArn is null) return Of(await lambda.Invoke(call.FunctionArn, Caller, call.SourceArn, call.Payload, cancel, call.Trace));
        try
        {
            return Of(await lambda.Invoke(call.FunctionArn, await Role(call.RoleArn), call.SourceArn, call.Payload, cancel, call.Trace));
        }
        catch (AwsError e) when (e.Status == 403)
        {
            _roles.Forget(call.RoleArn);
            return Of(await lambda.Invoke(call.FunctionArn, await Role(call.RoleArn), call.SourceArn, call.Payload, cancel, call.Trace));
        }
    }

    private async ValueTask<Principal> Role(string roleArn)
        => await _roles.Of(roleArn) ?? throw new AwsError("AccessDeniedException", $"API Gateway cannot assume the role {roleArn}.", 403);

    private static FunctionResult Of(InvokeResult result) => new(result.Payload, result.FunctionError is not null, result.RequestId, result.ColdStart);
}

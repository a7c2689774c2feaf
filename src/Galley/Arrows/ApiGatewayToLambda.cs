using Galley.ApiGateway;
using Galley.Lambda;
using Galley.Wire;

namespace Galley.Arrows;

/// <summary>API Gateway invokes functions as its service principal: the function's own policy must let the API's route do so.</summary>
internal sealed class ApiGatewayToLambda(LambdaService lambda) : IInvokeFunctions
{
    private static readonly Principal Caller = Principal.Service("apigateway.amazonaws.com");

    public async ValueTask<FunctionResult> Invoke(string functionArn, string sourceArn, ReadOnlyMemory<byte> payload, CancellationToken cancel)
    {
        var result = await lambda.Invoke(functionArn, Caller, sourceArn, payload, cancel);
        return new FunctionResult(result.Payload, result.FunctionError is not null);
    }
}

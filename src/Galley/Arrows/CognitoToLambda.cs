using Galley.Cognito;
using Galley.Lambda;
using Galley.Wire;

namespace Galley.Arrows;

/// <summary>Cognito invokes a pool's triggers as its service principal: the function's own policy must let the pool do so.</summary>
internal sealed class CognitoToLambda(LambdaService lambda) : IInvokeTriggers
{
    private static readonly Principal Caller = Principal.Service("cognito-idp.amazonaws.com");

    public async ValueTask<TriggerResult> Invoke(string functionArn, string poolArn, ReadOnlyMemory<byte> payload, CancellationToken cancel)
    {
        var result = await lambda.Invoke(functionArn, Caller, poolArn, payload, cancel);
        return new TriggerResult(result.Payload, result.FunctionError is not null);
    }

    public ValueTask Enqueue(string functionArn, string poolArn, ReadOnlyMemory<byte> payload) => lambda.Enqueue(functionArn, Caller, poolArn, payload);
}

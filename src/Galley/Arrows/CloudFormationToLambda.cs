using Galley.CloudFormation;
using Galley.Lambda;
using Galley.Wire;

namespace Galley.Arrows;

/// <summary>A custom resource's function is invoked asynchronously, by the right of whoever deploys.</summary>
internal sealed class CloudFormationToLambda(LambdaService lambda) : IInvokeCustomResources
{
    public ValueTask Invoke(string functionArn, ReadOnlyMemory<byte> request, Action<string> failed, Call call) => lambda.Enqueue(functionArn, call.Principal, null, request, failed);
}

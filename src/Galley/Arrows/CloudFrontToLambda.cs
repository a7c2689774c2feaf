using Galley.CloudFront;
using Galley.Lambda;
using Galley.Wire;

namespace Galley.Arrows;

/// <summary>
/// CloudFront runs functions at the edge. As on AWS, where the replicas belong to the service, the function's own policy is not asked:
/// whoever associated the version with a distribution had the right to (lambda:EnableReplication). It runs as the account's.
/// </summary>
internal sealed class CloudFrontToLambda(LambdaService lambda, Installation installation) : IInvokeAtEdge
{
    private Principal Root => new(PrincipalKind.Root, $"arn:aws:iam::{installation.Account}:root", installation.Account);

    public async ValueTask<(ReadOnlyMemory<byte> Payload, bool Failed)> Invoke(string functionArn, string distributionArn, ReadOnlyMemory<byte> payload, CancellationToken cancel)
    {
        var result = await lambda.Invoke(functionArn, Root, distributionArn, payload, cancel);
        return (result.Payload, result.FunctionError is not null);
    }
}

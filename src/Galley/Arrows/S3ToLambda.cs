using Galley.Lambda;
using Galley.S3.Events;
using Galley.Wire;

namespace Galley.Arrows;

/// <summary>
/// S3 puts a bucket's events into functions' queues as its service principal: the function's own policy must let the bucket do so.
/// Lambda reads code out of S3 and is made after it, so it is looked up when the first event comes.
/// </summary>
internal sealed class S3ToLambda(Func<LambdaService> lambda, Installation installation) : IInvokeOnEvents
{
    private static readonly Principal Caller = Principal.Service("s3.amazonaws.com");

    public ValueTask Enqueue(string functionArn, string bucketArn, ReadOnlyMemory<byte> payload) => lambda().Enqueue(functionArn, Caller, bucketArn, payload);

    public async ValueTask<bool> Allows(string functionArn, string bucketArn)
    {
        try
        {
            await lambda().RequirePermission(FunctionRef.Parse(functionArn, installation.Account, installation.Region), Caller, bucketArn);
            return true;
        }
        catch (AwsError)
        {
            return false;
        }
    }
}

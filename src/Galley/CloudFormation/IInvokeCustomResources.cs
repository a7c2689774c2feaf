using Galley.Wire;

namespace Galley.CloudFormation;

/// <summary>Hands a request of a custom resource to the function that its `ServiceToken` names.</summary>
internal interface IInvokeCustomResources
{
    /// <summary>Returns when the event is durably accepted.</summary>
    ValueTask Invoke(string functionArn, ReadOnlyMemory<byte> request, Call call);
}

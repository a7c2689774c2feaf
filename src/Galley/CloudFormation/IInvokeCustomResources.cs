using Galley.Wire;

namespace Galley.CloudFormation;

/// <summary>Hands a request of a custom resource to the function that its `ServiceToken` names.</summary>
internal interface IInvokeCustomResources
{
    /// <summary>Returns when the event is durably accepted.</summary>
    /// <param name="functionArn">Which function.</param>
    /// <param name="request">The event's JSON.</param>
    /// <param name="failed">Told why when the function failed at every attempt, so that no answer can come any more.</param>
    /// <param name="call">As whom.</param>
    ValueTask Invoke(string functionArn, ReadOnlyMemory<byte> request, Action<string> failed, Call call);
}

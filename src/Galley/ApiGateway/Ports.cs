using System.Security.Cryptography;

namespace Galley.ApiGateway;

/// <summary>Port: run a function as `apigateway.amazonaws.com`, if the function's own policy lets <paramref name="sourceArn"/> of this API do so. (Arrows/ApiGatewayToLambda)</summary>
internal interface IInvokeFunctions
{
    /// <summary>Throws <see cref="Galley.Wire.AwsError"/> when the function is not there, may not be called or has no room.</summary>
    ValueTask<FunctionResult> Invoke(string functionArn, string sourceArn, ReadOnlyMemory<byte> payload, CancellationToken cancel);
}

/// <param name="Payload">What the handler returned, as JSON.</param>
/// <param name="Failed">The function itself failed; the payload says how.</param>
internal readonly record struct FunctionResult(ReadOnlyMemory<byte> Payload, bool Failed);

/// <summary>Port: the public keys of a token issuer that is one of our own user pools. (Arrows/ApiGatewayToCognito)</summary>
internal interface IFetchSigningKeys
{
    /// <summary>Null when the issuer is none of ours.</summary>
    ValueTask<IReadOnlyList<IssuerKey>?> Fetch(string issuer);
}

internal sealed record IssuerKey(string Kid, RSAParameters Key);

/// <summary>Port: keep access log lines. (Arrows/ApiGatewayToLogs)</summary>
internal interface IWriteAccessLogs
{
    ValueTask Write(string account, string region, string group, string stream, IReadOnlyList<(DateTimeOffset Time, string Message)> lines);
}

using System.Security.Cryptography;
using Galley.Wire;

namespace Galley.ApiGateway;

/// <summary>What API Gateway needs of other services.</summary>
internal sealed record Ports(IInvokeFunctions Functions, IFetchSigningKeys SigningKeys, IJudgeInvocations Invocations, IWriteAccessLogs Logs, IReadDefinitions Definitions);

/// <summary>
/// Port: run a function as `apigateway.amazonaws.com`, if the function's own policy lets a route or authorizer of this API do so; or as a
/// role that trusts API Gateway, by the role's policies. (Arrows/ApiGatewayToLambda)
/// </summary>
internal interface IInvokeFunctions
{
    /// <summary>Throws <see cref="AwsError"/> when the function is not there, may not be called or has no room.</summary>
    ValueTask<FunctionResult> Invoke(FunctionCall call, CancellationToken cancel);
}

/// <param name="FunctionArn">ARN, with or without qualifier.</param>
/// <param name="SourceArn">The route or authorizer it is called for (`aws:SourceArn`).</param>
/// <param name="RoleArn">The role to call as (`credentialsArn`); null for the service itself.</param>
/// <param name="Payload">The event, JSON.</param>
/// <param name="Trace">`Root=…` of the request; null for a new one.</param>
internal readonly record struct FunctionCall(string FunctionArn, string SourceArn, string? RoleArn, ReadOnlyMemory<byte> Payload, string? Trace = null);

/// <param name="Payload">What the handler returned, as JSON.</param>
/// <param name="Failed">The function itself failed; the payload says how.</param>
/// <param name="RequestId">What the function's own log calls the invocation.</param>
/// <param name="ColdStart">How long its process took to start for this call; zero when one was ready.</param>
internal readonly record struct FunctionResult(ReadOnlyMemory<byte> Payload, bool Failed, string RequestId, TimeSpan ColdStart);

/// <summary>Port: the public keys of a token issuer that is one of our own user pools. (Arrows/ApiGatewayToCognito)</summary>
internal interface IFetchSigningKeys
{
    /// <summary>Null when the issuer is none of ours.</summary>
    ValueTask<PoolKeys?> Fetch(string issuer);
}

/// <param name="Issuer">What the pool's tokens have as `iss`, under whichever of its names it was asked for.</param>
/// <param name="Keys">Those that it signs with.</param>
internal sealed record PoolKeys(string Issuer, IReadOnlyList<IssuerKey> Keys);

/// <summary>Port: whose access key it is, what policies say of `execute-api:Invoke`, and who may hand us a role. (Arrows/ApiGatewayToIam)</summary>
internal interface IJudgeInvocations
{
    /// <summary>Whether the caller may let API Gateway act as a role (`iam:PassRole`).</summary>
    ValueTask<bool> MayPass(Principal caller, string roleArn);

    ValueTask<CallerKey?> Find(string accessKeyId);

    /// <summary>Whether the caller's own policies allow it.</summary>
    ValueTask<bool> Allows(Principal caller, string routeArn, IReadOnlyDictionary<string, string> conditions);

    /// <summary>Whether a policy that an authorizer function answered allows it; null for what is no policy.</summary>
    bool? Allows(string policy, string routeArn, IReadOnlyDictionary<string, string> conditions);
}

internal sealed record IssuerKey(string Kid, RSAParameters Key);

/// <summary>Port: keep access log lines. (Arrows/ApiGatewayToLogs)</summary>
internal interface IWriteAccessLogs
{
    ValueTask Write(string account, string region, string group, string stream, IReadOnlyList<(DateTimeOffset Time, string Message)> lines);
}

/// <summary>Port: read an API definition out of a bucket with the caller's rights. (Arrows/ApiGatewayToS3)</summary>
internal interface IReadDefinitions
{
    /// <summary>Null when it is not there, too large or not the caller's to read.</summary>
    ValueTask<string?> Read(string bucket, string key, Call call);
}

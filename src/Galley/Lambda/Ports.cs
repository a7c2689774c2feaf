using Galley.Wire;

namespace Galley.Lambda;

/// <summary>Port: credentials of a function's role. (Arrows/LambdaToIam)</summary>
internal interface IAssumeRoles
{
    /// <summary>Throws <see cref="AwsError"/> when the role is not there or does not trust Lambda.</summary>
    /// <param name="roleArn">The role.</param>
    /// <param name="sessionName">The function's name.</param>
    /// <param name="duration">How long the credentials are good.</param>
    /// <param name="functionArn">The function that will call with them (`lambda:SourceFunctionArn`); null when none will.</param>
    ValueTask<RoleCredentials> Assume(string roleArn, string sessionName, TimeSpan duration, string? functionArn = null);
}

/// <summary>Port: what a function's own policy says of a caller. (Arrows/LambdaToIam)</summary>
internal interface IJudgePolicies
{
    ValueTask<bool> Allows(Principal caller, string action, string resource, string? resourcePolicy, IReadOnlyDictionary<string, string> conditions);

    /// <summary>Whether whoever deploys a stack may do this by himself.</summary>
    ValueTask<bool> Allows(Call call, string action, string resource, IEnumerable<KeyValuePair<string, string>> conditions);
}

/// <summary>Port: what a function's role may do, where Lambda acts in its name (destinations, event sources). (Arrows/LambdaToIam)</summary>
internal interface IActAsRoles
{
    ValueTask<bool> Allows(string roleArn, string action, string resource);
}

/// <summary>Port: whose key signed a call of a function URL. (Arrows/LambdaToIam)</summary>
internal interface IIdentifyCallers
{
    ValueTask<CallerKey?> Find(string accessKeyId);
}

/// <summary>Port: a zip in S3, read with the rights of the caller. (Arrows/LambdaToS3)</summary>
internal interface IFetchCode
{
    /// <summary>Throws <see cref="AwsError"/> with S3's code and text.</summary>
    ValueTask<byte[]> Fetch(Principal caller, string bucket, string key, long limit, CancellationToken cancel);
}

/// <summary>Port: buckets that take records of failed invocations, written with the rights of the function's role. (Arrows/LambdaToS3)</summary>
internal interface IKeepRecords
{
    /// <summary>Throws <see cref="AwsError"/> with S3's code and text, or when the role cannot be assumed.</summary>
    ValueTask Put(string roleArn, string bucket, string key, ReadOnlyMemory<byte> json);
}

/// <summary>Port: queues that take dead letters and records of invocations, sent with the rights of the function's role. (Arrows/LambdaToSqs)</summary>
internal interface ISendMessages
{
    /// <summary>Whether the role's policies, or the queue's own, let it send there; whether the queue is there is another question.</summary>
    ValueTask<bool> MaySend(string roleArn, string queueArn);

    /// <summary>Kept durably on return. Throws <see cref="AwsError"/> with SQS's code and text, or when the role may not.</summary>
    /// <param name="roleArn">As whom.</param>
    /// <param name="queueArn">Where to.</param>
    /// <param name="body">At most 1 MiB.</param>
    /// <param name="attributes">Type and value, by name.</param>
    ValueTask Send(string roleArn, string queueArn, string body, IReadOnlyDictionary<string, (string Type, string Value)> attributes);
}

/// <summary>Port: where log lines go. (Arrows/LambdaToLogs)</summary>
internal interface IWriteLogs
{
    /// <summary>Keeps the lines if the role may write them; otherwise they are lost, as on AWS.</summary>
    ValueTask Append(string account, string region, string roleArn, string group, string stream, IReadOnlyList<(DateTimeOffset Time, string Message)> lines);
}

internal sealed record RoleCredentials(string AccessKeyId, string SecretAccessKey, string SessionToken, DateTimeOffset Expiration);

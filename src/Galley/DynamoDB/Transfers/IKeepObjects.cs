using Galley.Wire;

namespace Galley.DynamoDB.Transfers;

/// <summary>Port: objects in buckets, as the given caller may write, list and read them (Arrows/DynamoDBToS3).</summary>
internal interface IKeepObjects
{
    /// <summary>Gives the ETag, the MD5 of the content in hex.</summary>
    ValueTask<string> Put(Principal caller, NewObject made, Stream content, CancellationToken cancel);

    ValueTask<IReadOnlyList<string>> List(Principal caller, string bucket, string prefix);

    ValueTask Read(Principal caller, string bucket, string key, Stream into, CancellationToken cancel);
}

/// <summary>An object to be.</summary>
/// <param name="Bucket">Its bucket.</param>
/// <param name="Key">Its key there.</param>
/// <param name="Encryption">`x-amz-server-side-encryption`; null for the bucket's own.</param>
internal sealed record NewObject(string Bucket, string Key, string? Encryption);

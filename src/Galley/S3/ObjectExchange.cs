using Galley.S3.Events;
using Galley.Store;
using Galley.Wire;

namespace Galley.S3;

/// <summary>Objects written and listed for another service, with the rights of the caller it acts for (DynamoDB's exports and imports).</summary>
internal sealed class ObjectExchange(IStore store, Installation installation, Access access, Blobs blobs, Objects objects, Changes changes)
{
    /// <summary>Puts an object; gives its ETag, without quotes.</summary>
    /// <exception cref="AwsError">NoSuchBucket, AccessDenied.</exception>
    public async ValueTask<string> Put(Principal caller, string bucket, string key, string contentType, Stream content, CancellationToken cancel, string? encryption = null)
    {
        var headers = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase) { ["Content-Type"] = contentType, ["x-amz-server-side-encryption"] = encryption };
        var request = new S3Request("PUT", bucket, key, [], headers.GetValueOrDefault);
        var found = await Allowed(caller, request, "s3:PutObject", request.ObjectArn);
        var call = installation.CallAs(caller, cancel: cancel);
        var template = ObjectHeaders.Template(request, found, call);
        return await blobs.Keep(
            content, content.CanSeek ? content.Length - content.Position : null, async kept =>
            {
                await changes.Put(call.Account, bucket, objects.Made(template, kept, null), kept.Bytes, WriteConditions.Read(request), Cause.Of(call, Cause.Put));
                return kept.Md5;
            }, cancel);
    }

    /// <summary>The keys that start with <paramref name="prefix"/>, in order.</summary>
    /// <exception cref="AwsError">NoSuchBucket, AccessDenied.</exception>
    public async ValueTask<IReadOnlyList<string>> List(Principal caller, string bucket, string prefix)
    {
        await Allowed(caller, new S3Request("GET", bucket, "", [], _ => null), "s3:ListBucket", "arn:aws:s3:::" + bucket);
        var under = Keys.Object(installation.Account, bucket, prefix);
        return await store.Read(async snapshot =>
        {
            var keys = new List<string>();
            await foreach (var record in snapshot.All(under, S3Json.Default.ObjectRecord))
                if (!record.DeleteMarker)
                    keys.Add(record.Key);
            return keys;
        });
    }

    private async ValueTask<BucketRecord> Allowed(Principal caller, S3Request request, string action, string resource)
    {
        var bucket = await access.Find(request) ?? throw Errors.NoSuchBucket(request.Bucket);
        return await access.Allows(bucket, caller, action, resource) ? bucket : throw Errors.AccessDenied();
    }
}

using Galley.S3.Events;
using Galley.Wire;

namespace Galley.S3;

/// <summary>DeleteObjects: up to 1,000 keys or versions in one request, each with the caller's own right to it.</summary>
internal sealed class DeletionOfMany(Access access, Changes changes)
{
    private const int MaxKeys = 1000;

    public async ValueTask<Reply> DeleteObjects(S3Request request, Call call)
    {
        var bucket = await access.Bucket(request, call);
        if (request.Header("x-amz-expected-bucket-owner") is { } owner && owner != call.Account) throw Errors.AccessDenied();
        if (call.Principal.Kind == PrincipalKind.Anonymous && bucket.Policy is null && bucket.Grants is null) throw Errors.AccessDenied();
        var body = S3Xml.Parse(await IncomingBody.ReadAll(request, call, 2 << 20), "Delete").Only("Object", "Quiet");
        var asked = body.Children("Object").Select(Read).ToList();
        if (asked.Count is 0 or > MaxKeys) throw Errors.MalformedXml();

        var allowed = new List<Asked>();
        var done = new Dictionary<Asked, (Deletion Deletion, AwsError? Error)>();
        foreach (var item in asked.Distinct())
            if (item.Version is { } version && !VersionChain.IsId(version)) done[item] = (default, Errors.NoSuchVersion(item.Key, version));
            else if (await access.Allows(bucket, call.Principal, item.Version is null ? "s3:DeleteObject" : "s3:DeleteObjectVersion", $"{request.BucketArn}/{item.Key}")) allowed.Add(item);
            else done[item] = (default, Errors.AccessDenied());

        var cause = Cause.Of(call, Cause.Delete);
        await changes.Write(call.Account, request.Bucket, async write =>
        {
            foreach (var item in allowed)
                try
                {
                    done[item] = (await write.Delete(item.Key, item.Version, new WriteConditions(item.ETag, false), cause), null);
                }
                catch (AwsError error)
                {
                    done[item] = (default, error);
                }

            return true;
        });
        return Answer(asked.Distinct(), done, body.Flag("Quiet"), bucket.Versioning is not null);
    }

    private static Asked Read(System.Xml.Linq.XElement item)
    {
        item.Only("Key", "VersionId", "ETag");
        var key = item.ChildText("Key") is { Length: > 0 } text ? text : throw Errors.MalformedXml();
        return new(key, item.ChildText("VersionId") is { Length: > 0 } version ? version : null, item.ChildText("ETag"));
    }

    private static Reply Answer(IEnumerable<Asked> asked, Dictionary<Asked, (Deletion Deletion, AwsError? Error)> done, bool quiet, bool versioned) => S3Xml.Answer("DeleteResult", writer =>
    {
        foreach (var item in asked)
        {
            var (deletion, error) = done[item];
            if (error is null && quiet) continue;
            writer.Element(error is null ? "Deleted" : "Error", () =>
            {
                writer.Element("Key", item.Key);
                writer.Element("VersionId", item.Version);
                if (error is not null)
                {
                    writer.Element("Code", error.Code);
                    writer.Element("Message", error.Message);
                }
                else if (deletion.Marker)
                {
                    writer.Element("DeleteMarker", "true");
                    if (versioned) writer.Element("DeleteMarkerVersionId", deletion.VersionId);
                }
            });
        }
    });

    private sealed record Asked(string Key, string? Version, string? ETag);
}

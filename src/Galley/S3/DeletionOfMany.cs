using Galley.Store;
using Galley.Wire;

namespace Galley.S3;

/// <summary>DeleteObjects: up to a thousand keys; each is authorized for itself, all that may go in one write.</summary>
internal sealed class DeletionOfMany(IStore store, Access access, Blobs blobs)
{
    private const int MaxKeys = 1000;

    public async ValueTask<Reply> DeleteObjects(S3Request request, Call call)
    {
        var bucket = await access.Bucket(request, call);
        if (request.Header("x-amz-expected-bucket-owner") is { } owner && owner != call.Account) throw Errors.AccessDenied();
        if (call.Principal.Kind == PrincipalKind.Anonymous && bucket.Policy is null) throw Errors.AccessDenied();
        var body = S3Xml.Parse(await IncomingBody.ReadAll(request, call, 2 << 20), "Delete").Only("Object", "Quiet");
        var asked = body.Children("Object").Select(item => item.Only("Key", "VersionId")).ToList();
        if (asked.Count is 0 or > MaxKeys) throw Errors.MalformedXml();

        var failed = new List<(string Key, AwsError Error)>();
        var allowed = new List<string>();
        foreach (var item in asked)
        {
            var key = item.ChildText("Key") is { Length: > 0 } text ? text : throw Errors.MalformedXml();
            if (item.ChildText("VersionId") is { Length: > 0 } version and not "null")
                failed.Add((key, new AwsError("NoSuchVersion", "The specified version does not exist.", 404).With("VersionId", version)));
            else if (await access.Allows(bucket, call.Principal, "s3:DeleteObject", $"{request.BucketArn}/{key}")) allowed.Add(key);
            else failed.Add((key, Errors.AccessDenied()));
        }

        blobs.Drop(await store.Write(async tx =>
        {
            var pieces = new List<Piece>();
            foreach (var key in allowed) pieces.AddRange(await Objects.Remove(tx, call.Account, request.Bucket, key, default));
            return pieces;
        }));
        var quiet = body.Flag("Quiet");
        return S3Xml.Answer("DeleteResult", writer =>
        {
            if (!quiet)
                foreach (var key in allowed)
                    writer.Element("Deleted", () => writer.Element("Key", key));
            foreach (var (key, error) in failed)
                writer.Element("Error", () =>
                {
                    writer.Element("Key", key);
                    writer.Element("Code", error.Code);
                    writer.Element("Message", error.Message);
                });
        });
    }
}

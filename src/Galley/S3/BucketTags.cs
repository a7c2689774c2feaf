using Galley.Wire;

namespace Galley.S3;

/// <summary>
/// TagResource, UntagResource and ListTagsForResource of S3 Control, for buckets: they change single tags, and are the only way to change them
/// while tags decide over access (PutBucketAbac).
/// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_TagResource.html
/// </summary>
internal sealed class BucketTags(Settings settings)
{
    private const int Most = 50;

    public async ValueTask<Reply> TagResource(S3Request request, Call call)
    {
        S3Control.RequireOwn(request, call);
        var asked = await Asked(request, call);
        await Change(request, call, old => [.. old.Where(tag => asked.All(other => other.Key != tag.Key)), .. asked]);
        return new Reply(204);
    }

    public async ValueTask<Reply> UntagResource(S3Request request, Call call)
    {
        S3Control.RequireOwn(request, call);
        var names = Names(request);
        await Change(request, call, old => [.. old.Where(tag => !names.Contains(tag.Key))]);
        return new Reply(204);
    }

    public async ValueTask<Reply> ListTagsForResource(S3Request request, Call call)
    {
        S3Control.RequireOwn(request, call);
        var tags = (await settings.Get(request, call)).Tags ?? [];
        return S3Xml.Answer("ListTagsForResourceResult", writer => TagSets.Write(writer, tags, "Tags"));
    }

    /// <summary>What a request would put on, with values, or take off, for `aws:RequestTag/…` and `aws:TagKeys`.</summary>
    public async ValueTask<IEnumerable<KeyValuePair<string, string?>>> Of(S3Request request, Call call) => request.Method switch
    {
        "POST" => (await Asked(request, call)).Select(tag => KeyValuePair.Create(tag.Key, (string?)tag.Value)),
        "DELETE" => Names(request).Select(name => KeyValuePair.Create(name, (string?)null)),
        _ => [],
    };

    private static async ValueTask<IReadOnlyList<Tag>> Asked(S3Request request, Call call)
        => TagSets.Read(S3Xml.Parse(await request.Document(call), "TagResourceRequest").Only("Tags").Child("Tags") ?? throw Errors.MalformedXml(), Most);

    private static List<string> Names(S3Request request) => [.. request.QueryPairs.Where(pair => pair.Key == "tagKeys").Select(pair => pair.Value)];

    private ValueTask<BucketRecord> Change(S3Request request, Call call, Func<IReadOnlyList<Tag>, List<Tag>> change) => settings.Change(request.Bucket, call, bucket =>
    {
        var tags = change(bucket.Tags ?? []);
        return tags.Count > Most ? throw new AwsError("BadRequest", $"Bucket tag count cannot be greater than {Most}") : bucket with { Tags = tags.Count > 0 ? tags : null };
    });
}

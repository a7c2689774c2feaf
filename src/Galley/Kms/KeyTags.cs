using Galley.Wire;

namespace Galley.Kms;

/// <summary>Tags of keys.</summary>
internal sealed class KeyTags(KeyFinder finder)
{
    private const int Most = 50;

    public async ValueTask<Empty> TagResource(TagResourceRequest request, Call call)
    {
        Check(request.Tags);
        await finder.Change(request.KeyId, call, record => With(record, [.. record.Tags.Where(tag => request.Tags.All(given => given.TagKey != tag.TagKey)), .. request.Tags]));
        return Empty.Value;
    }

    public async ValueTask<Empty> UntagResource(UntagResourceRequest request, Call call)
    {
        await finder.Change(request.KeyId, call, record => record with { Tags = [.. record.Tags.Where(tag => !request.TagKeys.Contains(tag.TagKey))] });
        return Empty.Value;
    }

    public async ValueTask<ListResourceTagsResponse> ListResourceTags(PagedKeyRequest request, Call call)
    {
        var record = await finder.Find(request.KeyId, call, aliases: false);
        var (page, next) = Page.Of(record.Tags, tag => tag.TagKey, request.Limit ?? 50, 50, request.Marker);
        return new ListResourceTagsResponse(page, next, next is not null);
    }

    /// <summary>For IAM; null for what is no key.</summary>
    public async ValueTask<IReadOnlyDictionary<string, string>?> TagsOf(string arn, Call call)
    {
        if (KeyFinder.IsAlias(arn) || !arn.Contains(":key/", StringComparison.Ordinal)) return null;
        try
        {
            return (await finder.Find(arn, call)).Tags.ToDictionary(tag => tag.TagKey, tag => tag.TagValue);
        }
        catch (AwsError)
        {
            return null;
        }
    }

    /// <summary>All of a key's tags, in the place of those there were.</summary>
    public async ValueTask Set(string keyId, IReadOnlyList<Tag> tags, Call call)
    {
        Check(tags);
        await finder.Change(keyId, call, record => With(record, tags));
    }

    public static void Check(IReadOnlyList<Tag> tags)
    {
        if (tags.Any(tag => tag.TagKey.StartsWith("aws:", StringComparison.OrdinalIgnoreCase))) throw Errors.Tag("Tag keys cannot start with aws:");
        if (tags.Any(tag => tag.TagKey.Length is 0 or > 128 || tag.TagValue.Length > 256)) throw Errors.Tag("A tag's key has 1 to 128 characters, its value at most 256.");
        if (tags.DistinctBy(tag => tag.TagKey).Count() != tags.Count) throw Errors.Tag("Duplicate tag keys");
        if (tags.Count > Most) throw new AwsError("LimitExceededException", "Too many tags");
    }

    private static KeyRecord With(KeyRecord record, IReadOnlyList<Tag> tags) => tags.Count > Most ? throw new AwsError("LimitExceededException", "Too many tags") : record with { Tags = tags };
}

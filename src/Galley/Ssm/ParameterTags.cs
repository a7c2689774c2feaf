using Galley.Store;
using Galley.Wire;

namespace Galley.Ssm;

/// <summary>Tags of parameters; other things of Systems Manager have none here.</summary>
internal sealed class ParameterTags(Installation installation)
{
    private const int MaxTags = 50;

    public ValueTask<Empty> AddTagsToResource(AddTagsRequest request, Call call)
        => Change(request.ResourceType, request.ResourceId, tags => [.. tags.Where(tag => request.Tags.All(one => one.Key != tag.Key)), .. request.Tags], call);

    public ValueTask<Empty> RemoveTagsFromResource(RemoveTagsRequest request, Call call)
        => Change(request.ResourceType, request.ResourceId, tags => [.. tags.Where(tag => !request.TagKeys.Contains(tag.Key))], call);

    public async ValueTask<TagsResponse> ListTagsForResource(TagsRequest request, Call call)
    {
        RequireParameter(request.ResourceType);
        var record = await installation.Store.Read(snapshot => snapshot.Get(Keys.Parameter(call, request.ResourceId), SsmJson.Default.ParameterRecord)) ?? throw Errors.InvalidResourceId();
        return new TagsResponse(record.Tags ?? []);
    }

    /// <summary>Tags for IAM; null for what is not there. An ARN has one slash before a name, with or without one of its own.</summary>
    public async ValueTask<IReadOnlyDictionary<string, string>?> TagsOf(string resource, Call call)
    {
        if (!Arn.TryParse(resource, out var arn) || !arn.Resource.StartsWith("parameter/", StringComparison.Ordinal)) return null;
        var name = arn.Resource["parameter/".Length..];
        var record = await installation.Store.Read(async snapshot => await snapshot.Get(Keys.Parameter(call, "/" + name), SsmJson.Default.ParameterRecord) ?? await snapshot.Get(Keys.Parameter(call, name), SsmJson.Default.ParameterRecord));
        return record is null ? null : (record.Tags ?? []).ToDictionary(tag => tag.Key, tag => tag.Value);
    }

    private async ValueTask<Empty> Change(string type, string name, Func<IReadOnlyList<Tag>, List<Tag>> change, Call call)
    {
        RequireParameter(type);
        await installation.Store.Write(async transaction =>
        {
            var record = await transaction.Get(Keys.Parameter(call, name), SsmJson.Default.ParameterRecord) ?? throw Errors.InvalidResourceId();
            var tags = change(record.Tags ?? []);
            if (tags.Count > MaxTags) throw new AwsError("TooManyTagsError", "The Targets parameter includes too many tags. Remove one or more tags and try the command again.");
            transaction.Put(Keys.Parameter(call, name), record with { Tags = tags }, SsmJson.Default.ParameterRecord);
        });
        return Empty.Value;
    }

    private static void RequireParameter(string type)
    {
        if (type != "Parameter") throw new AwsError("InvalidResourceType", $"Galley does not support the resource type {type}.");
    }
}

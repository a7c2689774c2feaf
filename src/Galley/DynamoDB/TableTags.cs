using Galley.Store;
using Galley.Wire;

namespace Galley.DynamoDB;

/// <summary>Tags of tables.</summary>
internal sealed class TableTags(TableCatalog catalog)
{
    public async ValueTask<Empty> TagResource(TagResourceRequest request, Call call)
    {
        new Constraints().Present(request.ResourceArn, "resourceArn").Present(request.Tags, "tags").Throw();
        var tags = TagRules.Read(request.Tags);
        await Change(request.ResourceArn!, call, table =>
        {
            var all = new Dictionary<string, string>(table.Tags);
            foreach (var (key, value) in tags) all[key] = value;
            return all.Count <= TagRules.Most ? table with { Tags = all } : throw TagRules.TooMany();
        });
        return Empty.Value;
    }

    public async ValueTask<Empty> UntagResource(UntagResourceRequest request, Call call)
    {
        new Constraints().Present(request.ResourceArn, "resourceArn").Present(request.TagKeys, "tagKeys").Throw();
        await Change(request.ResourceArn!, call, table => table with { Tags = table.Tags.Where(tag => !request.TagKeys!.Contains(tag.Key)).ToDictionary() });
        return Empty.Value;
    }

    public async ValueTask<ListTagsOfResourceResponse> ListTagsOfResource(ListTagsOfResourceRequest request, Call call)
    {
        new Constraints().Present(request.ResourceArn, "resourceArn").Throw();
        if (request.NextToken is not null) throw Errors.Validation("Invalid NextToken");
        var table = await catalog.Find(call, NameIn(request.ResourceArn!, call)) ?? throw Errors.ResourceNotFound(request.ResourceArn!);
        return new([.. table.Document.Tags.Select(tag => new Tag { Key = tag.Key, Value = tag.Value })]);
    }

    private async ValueTask Change(string arn, Call call, Func<TableDocument, TableDocument> change)
    {
        var name = NameIn(arn, call);
        await catalog.Store.Write(async transaction =>
        {
            var table = await catalog.Find(transaction, call, name) ?? throw Errors.ResourceNotFound(arn);
            transaction.Put(Keys.Table(call, name), change(table.Document), DynamoDBJson.Default.TableDocument);
        });
        catalog.Forget();
    }

    private static string NameIn(string text, Call call)
    {
        if (!Arn.TryParse(text, out var arn) || arn.Service != "dynamodb" || arn.Resource.Split('/') is not ["table", var name])
            throw Errors.Validation($"Invalid TableArn: Invalid ResourceArn provided as input {text}");
        if (arn.Account != call.Account) throw new AwsError("AccessDeniedException", $"User is not authorized to access the resource {text}");
        if (arn.Region != call.Region) throw Errors.ResourceNotFound(text);
        return name;
    }
}

internal static class TagRules
{
    public const int Most = 50;

    public static Dictionary<string, string> Read(Tag[]? tags)
    {
        Constraints.NoNulls(tags, "tags");
        var read = new Dictionary<string, string>();
        foreach (var tag in tags ?? [])
        {
            new Constraints().Present(tag.Key, "tags.1.member.key").Present(tag.Value, "tags.1.member.value").Throw();
            if (tag.Key!.Length is 0 or > 128 || tag.Value!.Length > 256) throw Errors.Validation("One or more parameter values were invalid: Tag keys have 1 to 128 characters, tag values 0 to 256");
            if (tag.Key.StartsWith("aws:", StringComparison.Ordinal)) throw Errors.Validation("One or more parameter values were invalid: Tag keys that start with aws: are reserved");
            if (!read.TryAdd(tag.Key, tag.Value)) throw Errors.InvalidParameterValues($"Duplicate tag key: {tag.Key}");
        }

        return read.Count <= Most ? read : throw TooMany();
    }

    public static AwsError TooMany() => Errors.InvalidParameterValues($"Too many tags: a table has at most {Most}");
}

internal sealed record TagResourceRequest
{
    public string? ResourceArn { get; init; }

    public Tag[]? Tags { get; init; }
}

internal sealed record UntagResourceRequest
{
    public string? ResourceArn { get; init; }

    public string[]? TagKeys { get; init; }
}

internal sealed record ListTagsOfResourceRequest
{
    public string? ResourceArn { get; init; }

    public string? NextToken { get; init; }
}

internal sealed record ListTagsOfResourceResponse(Tag[] Tags);

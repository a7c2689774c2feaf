using System.Text;
using Galley.Store;
using Galley.Wire;

namespace Galley.DynamoDB;

/// <summary>Tags of tables.</summary>
internal sealed class TableTags(TableCatalog catalog)
{
    public async ValueTask<Empty> TagResource(TagResourceRequest request, Call call)
    {
        var name = NameIn(request.ResourceArn, call);
        new Constraints().Present(request.Tags, "tags").Throw();
        if (request.Tags!.Length == 0) throw Errors.Validation("Atleast one Tag needs to be provided as Input.");
        var tags = TagRules.Read(request.Tags);
        await Change(name, request.ResourceArn!, call, table =>
        {
            var all = new Dictionary<string, string>(table.Tags);
            foreach (var (key, value) in tags) all[key] = value;
            return all.Count <= TagRules.Most ? table with { Tags = all } : throw TagRules.TooMany();
        });
        return Empty.Value;
    }

    public async ValueTask<Empty> UntagResource(UntagResourceRequest request, Call call)
    {
        var name = NameIn(request.ResourceArn, call);
        new Constraints().Present(request.TagKeys, "tagKeys").Throw();
        if (request.TagKeys!.Length == 0) throw Errors.Validation("Atleast one Tag Key needs to be provided as Input.");
        foreach (var key in request.TagKeys) TagRules.Check(key);
        if (request.TagKeys.Length > TagRules.Most) throw TagRules.TooMany();
        await Change(name, request.ResourceArn!, call, table => table with { Tags = table.Tags.Where(tag => !request.TagKeys!.Contains(tag.Key)).ToDictionary() });
        return Empty.Value;
    }

    public async ValueTask<ListTagsOfResourceResponse> ListTagsOfResource(ListTagsOfResourceRequest request, Call call)
    {
        var name = NameIn(request.ResourceArn, call);
        if (request.NextToken is not null) throw Errors.Validation("Invalid NextToken");
        var table = await catalog.Find(call, name) ?? throw Errors.ResourceNotFound(request.ResourceArn!);
        return new([.. table.Document.Tags.Select(tag => new Tag { Key = tag.Key, Value = tag.Value })]);
    }

    /// <summary>Of a table, for IAM, also where one of its indexes is meant; null for anything else.</summary>
    public async ValueTask<IReadOnlyDictionary<string, string>?> Of(string resource, Call call)
        => Arn.TryParse(resource, out var arn) && arn.Service == "dynamodb" && arn.Account == call.Account && arn.Region == call.Region && arn.Resource.Split('/') is ["table", var name, ..]
            ? (await catalog.Find(call, name))?.Document.Tags
            : null;

    private async ValueTask Change(string name, string arn, Call call, Func<TableDocument, TableDocument> change)
    {
        await catalog.Store.Write(async transaction =>
        {
            var table = await catalog.Find(transaction, call, name) ?? throw Errors.ResourceNotFound(arn);
            transaction.Put(Keys.Table(call, name), change(table.Document), DynamoDBJson.Default.TableDocument);
        });
        catalog.Forget();
    }

    /// <summary>The table in an ARN. A stream has no tags, an index and a backup cannot have any.</summary>
    private static string NameIn(string? text, Call call)
    {
        if (text is null) throw Errors.Validation("Invalid TableArn");
        if (!text.StartsWith("arn:", StringComparison.Ordinal)) throw Errors.InvalidParameterValues($"ARNs must start with 'arn:': {text}");
        if (!Arn.TryParse(text, out var arn) || arn.Service != "dynamodb") throw Foreign();
        if (arn.Account != call.Account) throw new AwsError("AccessDeniedException", "Access is denied");
        if (arn.Region != call.Region || arn.Partition != "aws") throw Invalid();
        switch (arn.Resource.Split('/'))
        {
            case ["table", var name]:
                return name.Length is >= 3 and <= 255 && Constraints.IsName(name) ? name : throw Invalid();
            case ["table", _, "index", _]:
                throw Errors.InvalidParameterValues($"Invalid resource arn provided, only table or stream is accepted. Provided resource arn: {text}");
            case ["table", _, "stream", _]:
                throw Errors.ResourceNotFound(text);
            default:
                throw Foreign();
        }

        AwsError Foreign() => Errors.InvalidParameterValues($"Provided Arn is not a DynamoDB resource arn: {text}");

        AwsError Invalid() => Errors.Validation($"Invalid TableArn: Invalid ResourceArn provided as input {text}");
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
            Check(tag.Key, tag.Value);
            if (!read.TryAdd(tag.Key!, tag.Value!)) throw Errors.Validation($"Duplicate Tag Keys provided as input: Duplicate Tag Key found {tag.Key}");
        }

        return read.Count <= Most ? read : throw TooMany();
    }

    /// <param name="key">Also of a tag that is to be removed, which has no value.</param>
    /// <param name="value">Of a tag that is to be set.</param>
    public static void Check(string? key, string? value = "")
    {
        if (key is not { Length: > 0 and <= 128 } || !IsPlain(key)) throw Errors.Validation($"The Tag Key provided is invalid, Key: {key ?? "null"}");
        if (value is not { Length: <= 256 } || !IsPlain(value)) throw Errors.Validation($"The Tag Value provided is invalid, Value: {value ?? "null"}");
        if (key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase)) throw Errors.Validation($"Tag Key cannot be prefixed with aws:, Key: {key}");
    }

    /// <summary>Letters and digits of every script, spaces, and AWS's few signs.</summary>
    private static bool IsPlain(string text) => text.EnumerateRunes().All(rune => Rune.IsLetter(rune) || Rune.IsNumber(rune) || Rune.IsSeparator(rune) || rune.IsAscii && "+-=._:/@".Contains((char)rune.Value, StringComparison.Ordinal));

    public static AwsError TooMany() => Errors.Validation("Number of Tags exceed the current limit for the provided ResourceArn");
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

using System.Text;
using Galley.Store;
using Galley.Wire;

namespace Galley.DynamoDB;

/// <summary>Tags of tables.</summary>
internal sealed class TableTags(TableCatalog catalog)
{
    public async ValueTask<Empty> TagResource(TagResourceRequest request, Call call)
    {
        CheckForm(request.ResourceArn, "TagResource", call);
        new Constraints().Present(request.Tags, "tags").Throw();
        CheckTable(request.ResourceArn!);
        if (request.Tags!.Length == 0) throw Errors.Validation("Atleast one Tag needs to be provided as Input.");
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
        CheckForm(request.ResourceArn, "UntagResource", call);
        new Constraints().Present(request.TagKeys, "tagKeys").Throw();
        CheckTable(request.ResourceArn!);
        if (request.TagKeys!.Length == 0) throw Errors.Validation("Atleast one Tag Key needs to be provided as Input.");
        if (request.TagKeys.Any(string.IsNullOrEmpty)) throw Errors.Validation("The Tag Key provided is invalid, Key: ");
        await Change(request.ResourceArn!, call, table => table with { Tags = table.Tags.Where(tag => !request.TagKeys!.Contains(tag.Key)).ToDictionary() });
        return Empty.Value;
    }

    public async ValueTask<ListTagsOfResourceResponse> ListTagsOfResource(ListTagsOfResourceRequest request, Call call)
    {
        CheckForm(request.ResourceArn, "ListTagsOfResource", call);
        if (request.NextToken is not null) throw Errors.Validation("Invalid NextToken");
        var table = await catalog.Find(call, NameIn(request.ResourceArn!, call)) ?? throw Errors.ResourceNotFound(request.ResourceArn!);
        return new([.. table.Document.Tags.Select(tag => new Tag { Key = tag.Key, Value = tag.Value })]);
    }

    /// <summary>Of a table, for IAM, also where one of its indexes is meant; null for anything else.</summary>
    public async ValueTask<IReadOnlyDictionary<string, string>?> Of(string resource, Call call)
        => Arn.TryParse(resource, out var arn) && arn.Service == "dynamodb" && arn.Account == call.Account && arn.Region == call.Region && arn.Resource.Split('/') is ["table", var name, ..]
            ? (await catalog.Find(call, name))?.Document.Tags
            : null;

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

    /// <summary>What is no ARN of any resource, nobody has a right to.</summary>
    private static void CheckForm(string? arn, string operation, Call call)
    {
        if (arn is null) throw Errors.Validation("Invalid TableArn");
        if (arn.Split(':', 6) is [.., var resource] parts && parts.Length == 6 && parts.All(part => part.Length > 0) && resource.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash && slash < resource.Length - 1) return;
        throw Errors.NotAuthorized(call, operation, arn.Length == 0 ? "*" : arn);
    }

    /// <summary>Whether it can be a table's at all.</summary>
    private static void CheckTable(string text)
    {
        if (!Arn.TryParse(text, out var arn) || arn.Service != "dynamodb" || arn.Resource.Split('/') is not ["table", { Length: >= 3 }] || arn.Account.Length == 0 || !arn.Account.All(char.IsAsciiDigit))
            throw Errors.Validation($"Invalid TableArn: Invalid ResourceArn provided as input {text}");
    }

    private static string NameIn(string text, Call call)
    {
        CheckTable(text);
        Arn.TryParse(text, out var arn);
        var name = arn.Resource.Split('/')[1];
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
            if (tag.Key is not { Length: > 0 and <= 128 } || !IsPlain(tag.Key)) throw Errors.Validation($"The Tag Key provided is invalid, Key: {tag.Key ?? "null"}");
            if (tag.Value is not { Length: <= 256 } || !IsPlain(tag.Value)) throw Errors.Validation($"The Tag Value provided is invalid, Value: {tag.Value ?? "null"}");
            if (tag.Key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase)) throw Errors.Validation($"Tag Key cannot be prefixed with aws:, Key: {tag.Key}");
            if (!read.TryAdd(tag.Key, tag.Value)) throw Errors.Validation($"Duplicate Tag Keys provided as input: Duplicate Tag Key found {tag.Key}");
        }

        return read.Count <= Most ? read : throw TooMany();
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

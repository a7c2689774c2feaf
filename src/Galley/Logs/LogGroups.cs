using System.Text.RegularExpressions;
using Galley.Store;
using Galley.Wire;

namespace Galley.Logs;

/// <summary>Log groups: create, describe, retention, tags, delete. AWS: CloudWatch Logs API, CreateLogGroup and its neighbours.</summary>
internal sealed partial class LogGroups(Installation installation)
{
    private static readonly int[] Retentions = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

    public async ValueTask<Empty> CreateLogGroup(CreateLogGroupRequest request, Call call)
    {
        if (!GroupName().IsMatch(request.LogGroupName))
            throw Errors.Constraint(request.LogGroupName, "logGroupName", @"Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+");
        if (request.LogGroupClass is not (null or "STANDARD")) throw Errors.InvalidParameter($"Galley does not support the log group class {request.LogGroupClass}.");
        await installation.Store.Write(async tx =>
        {
            var key = Keys.Group(call.Account, call.Region, request.LogGroupName);
            if (await tx.Get(key) is not null) throw Errors.GroupExists();
            var group = new LogGroup { Name = request.LogGroupName, CreationTime = installation.Now.ToUnixTimeMilliseconds(), Tags = request.Tags ?? [] };
            tx.Put(key, group, LogsJson.Default.LogGroup);
        });
        return Empty.Value;
    }

    public async ValueTask<Empty> DeleteLogGroup(LogGroupRequest request, Call call)
    {
        await installation.Store.Write(async tx =>
        {
            await Get(tx, call, request.LogGroupName);
            tx.Delete(Keys.Group(call.Account, call.Region, request.LogGroupName));
            await tx.DeleteAll(Keys.Streams(call.Account, call.Region, request.LogGroupName));
            await tx.DeleteAll(Keys.Events(call.Account, call.Region, request.LogGroupName));
        });
        return Empty.Value;
    }

    public ValueTask<Empty> PutRetentionPolicy(PutRetentionPolicyRequest request, Call call)
    {
        if (!Retentions.Contains(request.RetentionInDays))
            throw Errors.Constraint($"{request.RetentionInDays}", "retentionInDays", $"Member must satisfy enum value set: [{string.Join(", ", Retentions)}]");
        return Change(call, request.LogGroupName, group => group with { RetentionInDays = request.RetentionInDays });
    }

    public ValueTask<Empty> DeleteRetentionPolicy(LogGroupRequest request, Call call)
        => Change(call, request.LogGroupName, group => group with { RetentionInDays = null });

    public async ValueTask<DescribeLogGroupsResponse> DescribeLogGroups(DescribeLogGroupsRequest request, Call call)
    {
        if (request is { LogGroupNamePrefix: not null, LogGroupNamePattern: not null })
            throw Errors.InvalidParameter("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.");
        var limit = request.Limit ?? 50;
        if (limit is < 1 or > 50) throw Errors.Constraint($"{limit}", "limit", "Member must have value less than or equal to 50");
        var all = await installation.Store.Read(snapshot => snapshot.List(Keys.Groups(call.Account, call.Region), LogsJson.Default.LogGroup));
        var groups = all
            .Where(group => request.LogGroupNamePrefix is not { } prefix || group.Name.StartsWith(prefix, StringComparison.Ordinal))
            .Where(group => request.LogGroupNamePattern is not { } pattern || group.Name.Contains(pattern, StringComparison.OrdinalIgnoreCase))
            .Where(group => request.LogGroupClass is null or "STANDARD")
            .Where(group => request.NextToken is not { } token || string.CompareOrdinal(group.Name, token) > 0)
            .OrderBy(group => group.Name, StringComparer.Ordinal)
            .ToList();
        return new DescribeLogGroupsResponse(
            [.. groups.Take(limit).Select(group => new LogGroupDescription
            {
                LogGroupName = group.Name,
                CreationTime = group.CreationTime,
                RetentionInDays = group.RetentionInDays,
                Arn = call.Arn("logs", $"log-group:{group.Name}:*"),
                LogGroupArn = call.Arn("logs", $"log-group:{group.Name}"),
            })],
            groups.Count > limit ? groups[limit - 1].Name : null);
    }

    public ValueTask<Empty> TagLogGroup(TagLogGroupRequest request, Call call) => Tag(call, request.LogGroupName, request.Tags);

    public ValueTask<Empty> TagResource(TagResourceRequest request, Call call) => Tag(call, NameOf(request.ResourceArn), request.Tags);

    public ValueTask<Empty> UntagLogGroup(UntagLogGroupRequest request, Call call) => Untag(call, request.LogGroupName, request.Tags);

    public ValueTask<Empty> UntagResource(UntagResourceRequest request, Call call) => Untag(call, NameOf(request.ResourceArn), request.TagKeys);

    public ValueTask<TagsResponse> ListTagsLogGroup(LogGroupRequest request, Call call) => Tags(call, request.LogGroupName);

    public ValueTask<TagsResponse> ListTagsForResource(ResourceArnRequest request, Call call) => Tags(call, NameOf(request.ResourceArn));

    /// <summary>Tags for IAM, of the group whose ARN it is or whose stream's; null for what is not there.</summary>
    public async ValueTask<IReadOnlyDictionary<string, string>?> TagsOf(string resource, Call call)
        => Arn.TryParse(resource, out var arn) && arn.Resource.Split(':') is ["log-group", var name, ..]
            ? (await installation.Store.Read(snapshot => snapshot.Get(Keys.Group(call.Account, call.Region, name), LogsJson.Default.LogGroup)))?.Tags
            : null;

    /// <summary>The group, or AWS's error.</summary>
    public static async ValueTask<LogGroup> Get(ISnapshot snapshot, Call call, string name)
        => await snapshot.Get(Keys.Group(call.Account, call.Region, name), LogsJson.Default.LogGroup) ?? throw Errors.GroupNotFound();

    /// <summary>`arn:…:log-group:name` with or without `:*` → name.</summary>
    public static string NameOf(string arn)
        => Arn.TryParse(arn, out var parsed) && parsed.Resource.StartsWith("log-group:", StringComparison.Ordinal)
            ? parsed.Resource["log-group:".Length..].Split(':')[0]
            : throw Errors.InvalidParameter($"The ARN {arn} is not that of a log group.");

    private ValueTask<Empty> Tag(Call call, string name, Dictionary<string, string> tags)
        => Change(call, name, group => group with { Tags = group.Tags.Concat(tags).GroupBy(tag => tag.Key).ToDictionary(same => same.Key, same => same.Last().Value) });

    private ValueTask<Empty> Untag(Call call, string name, string[] keys)
        => Change(call, name, group => group with { Tags = group.Tags.Where(tag => !keys.Contains(tag.Key)).ToDictionary() });

    private ValueTask<TagsResponse> Tags(Call call, string name)
        => installation.Store.Read(async snapshot => new TagsResponse((await Get(snapshot, call, name)).Tags));

    private async ValueTask<Empty> Change(Call call, string name, Func<LogGroup, LogGroup> change)
    {
        await installation.Store.Write(async tx =>
            tx.Put(Keys.Group(call.Account, call.Region, name), change(await Get(tx, call, name)), LogsJson.Default.LogGroup));
        return Empty.Value;
    }

    [GeneratedRegex(@"^[\.\-_/#A-Za-z0-9]{1,512}$")]
    private static partial Regex GroupName();
}

internal sealed record CreateLogGroupRequest(string? LogGroupClass, Dictionary<string, string>? Tags)
{
    public required string LogGroupName { get; init; }
}

internal sealed record LogGroupRequest
{
    public required string LogGroupName { get; init; }
}

internal sealed record PutRetentionPolicyRequest
{
    public required string LogGroupName { get; init; }

    public required int RetentionInDays { get; init; }
}

internal sealed record DescribeLogGroupsRequest(string? LogGroupNamePrefix, string? LogGroupNamePattern, string? LogGroupClass, string? NextToken, int? Limit);

internal sealed record DescribeLogGroupsResponse(LogGroupDescription[] LogGroups, string? NextToken);

internal sealed record LogGroupDescription
{
    public required string LogGroupName { get; init; }

    public long CreationTime { get; init; }

    public int? RetentionInDays { get; init; }

    public int MetricFilterCount { get; init; }

    public required string Arn { get; init; }

    public long StoredBytes { get; init; }

    public string LogGroupClass { get; init; } = "STANDARD";

    public required string LogGroupArn { get; init; }
}

internal sealed record TagLogGroupRequest
{
    public required string LogGroupName { get; init; }

    public required Dictionary<string, string> Tags { get; init; }
}

internal sealed record UntagLogGroupRequest
{
    public required string LogGroupName { get; init; }

    public required string[] Tags { get; init; }
}

internal sealed record TagResourceRequest
{
    public required string ResourceArn { get; init; }

    public required Dictionary<string, string> Tags { get; init; }
}

internal sealed record UntagResourceRequest
{
    public required string ResourceArn { get; init; }

    public required string[] TagKeys { get; init; }
}

internal sealed record ResourceArnRequest
{
    public required string ResourceArn { get; init; }
}

internal sealed record TagsResponse(Dictionary<string, string> Tags);

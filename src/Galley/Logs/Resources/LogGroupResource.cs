using Galley.Wire;

namespace Galley.Logs;

/// <summary>AWS::Logs::LogGroup: Ref is the name, `Arn` ends in `:*`.</summary>
internal sealed class LogGroupResource(LogGroups groups) : IResourceHandler
{
    public string Type => "AWS::Logs::LogGroup";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "LogGroupName" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
    {
        var properties = request.Read(LogGroupPropertiesJson.Default.LogGroupProperties);
        var name = properties.LogGroupName ?? request.Name;
        await groups.CreateLogGroup(new CreateLogGroupRequest(properties.LogGroupClass, Tags(properties)) { LogGroupName = name }, call);
        request.Exists(name);
        return await Settle(name, properties, call);
    }

    public async ValueTask<Resource> Update(ResourceRequest request, Call call)
    {
        var properties = request.Read(LogGroupPropertiesJson.Default.LogGroupProperties);
        var arn = call.Arn("logs", "log-group:" + request.PhysicalId);
        var old = (await groups.ListTagsForResource(new ResourceArnRequest { ResourceArn = arn }, call)).Tags;
        await groups.UntagResource(new UntagResourceRequest { ResourceArn = arn, TagKeys = [.. old.Keys] }, call);
        await groups.TagResource(new TagResourceRequest { ResourceArn = arn, Tags = Tags(properties) ?? [] }, call);
        return await Settle(request.PhysicalId, properties, call);
    }

    public async ValueTask Delete(ResourceRequest request, Call call)
    {
        try
        {
            await groups.DeleteLogGroup(new LogGroupRequest { LogGroupName = request.PhysicalId }, call);
        }
        catch (AwsError e) when (e.Code == "ResourceNotFoundException")
        {
            // gone already
        }
    }

    private async ValueTask<Resource> Settle(string name, LogGroupProperties properties, Call call)
    {
        if (properties.RetentionInDays is { } days) await groups.PutRetentionPolicy(new PutRetentionPolicyRequest { LogGroupName = name, RetentionInDays = days }, call);
        else await groups.DeleteRetentionPolicy(new LogGroupRequest { LogGroupName = name }, call);
        return new Resource(name, new Dictionary<string, string> { ["Arn"] = call.Arn("logs", $"log-group:{name}:*") });
    }

    private static Dictionary<string, string>? Tags(LogGroupProperties properties) => properties.Tags?.ToDictionary(tag => tag.Key, tag => tag.Value);
}

internal sealed record LogGroupProperties(string? LogGroupName, string? LogGroupClass, int? RetentionInDays, ResourceTag[]? Tags);

internal sealed record ResourceTag
{
    public required string Key { get; init; }

    public required string Value { get; init; }
}

[System.Text.Json.Serialization.JsonSourceGenerationOptions(
    UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
    NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowReadingFromString, Converters = [typeof(ScalarTextConverter)])]
[System.Text.Json.Serialization.JsonSerializable(typeof(LogGroupProperties))]
internal sealed partial class LogGroupPropertiesJson : System.Text.Json.Serialization.JsonSerializerContext;

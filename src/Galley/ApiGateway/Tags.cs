using Galley.Store;
using Galley.Wire;

namespace Galley.ApiGateway;

/// <summary>Tags of APIs, stages and domain names, by ARN: `arn:aws:apigateway:r::/apis/id`, `…/apis/id/stages/name`, `…/domainnames/name`.</summary>
internal sealed class Tags(ApiStore store, DomainNames domains)
{
    private const int MaxTags = 50;
    private static readonly ApiGatewayJson Json = ApiGatewayJson.Default;

    public async ValueTask<TagList> GetTags(TagRequest request, Call call)
    {
        if (DomainOf(request.ResourceArn) is { } name) return new TagList { Tags = (await domains.GetDomainName(new DomainRef { DomainName = name }, call)).Tags };
        var (apiId, stageName) = Parse(request.ResourceArn);
        return await store.Read(call, apiId, async (tx, keys, api) => new TagList
        {
            Tags = stageName is null ? api.Tags : (await tx.Get(keys.Stage(stageName), Json.Stage) ?? throw Errors.NoStage(stageName)).Tags,
        });
    }

    /// <summary>Tags for IAM: an API's are those of all its parts, a stage's own come first; null for what is not there.</summary>
    public async ValueTask<IReadOnlyDictionary<string, string>?> TagsOf(string resource, Call call)
    {
        if (!Arn.TryParse(resource, out var arn)) return null;
        try
        {
            return arn.Resource.Trim('/').Split('/') switch
            {
                ["domainnames", var name, ..] => (await domains.GetDomainName(new DomainRef { DomainName = name }, call)).Tags,
                ["apis", var id, "stages", var stage, ..] => await store.Read(call, id, async (tx, keys, api) => await tx.Get(keys.Stage(stage), Json.Stage) is { } found ? found.Tags.Concat(api.Tags).DistinctBy(tag => tag.Key).ToDictionary() : api.Tags),
                ["apis", var id, ..] => await store.Read(call, id, (_, _, api) => new ValueTask<Dictionary<string, string>>(api.Tags)),
                _ => null,
            };
        }
        catch (AwsError)
        {
            return null;
        }
    }

    public ValueTask<Empty> TagResource(TagRequest request, Call call) => Edit(request, call, tags =>
    {
        foreach (var (name, value) in request.Tags ?? throw Errors.Missing("tags")) tags[name] = value;
        if (tags.Count > MaxTags) throw Errors.BadRequest($"No more than {MaxTags} tags are allowed");
    });

    public ValueTask<Empty> UntagResource(TagRequest request, Call call) => Edit(request, call, tags =>
    {
        foreach (var name in request.TagKeys ?? throw Errors.Missing("tagKeys")) tags.Remove(name);
    });

    private async ValueTask<Empty> Edit(TagRequest request, Call call, Action<Dictionary<string, string>> edit)
    {
        if (DomainOf(request.ResourceArn) is { } name)
        {
            await domains.Edit(name, call, domain =>
            {
                edit(domain.Tags);
                return domain;
            });
            return Empty.Value;
        }

        var (apiId, stageName) = Parse(request.ResourceArn);
        return await store.Change(call, apiId, async (tx, keys, api) =>
        {
            if (stageName is null)
            {
                edit(api.Tags);
                tx.Put(keys.Api, api, Json.Api);
            }
            else
            {
                var stage = await tx.Get(keys.Stage(stageName), Json.Stage) ?? throw Errors.NoStage(stageName);
                edit(stage.Tags);
                tx.Put(keys.Stage(stageName), stage, Json.Stage);
            }

            return Empty.Value;
        });
    }

    private static string? DomainOf(string text) => Arn.TryParse(text, out var arn) && arn.Service == "apigateway" && arn.Resource.Trim('/').Split('/') is ["domainnames", var name] ? name : null;

    private static (string ApiId, string? StageName) Parse(string text)
    {
        if (!Arn.TryParse(text, out var arn) || arn.Service != "apigateway") throw Errors.BadRequest($"Invalid resource ARN {text}");
        return arn.Resource.Trim('/').Split('/') switch
        {
            ["apis", var api] => (api, null),
            ["apis", var api, "stages", var stage] => (api, stage),
            _ => throw Errors.Unsupported($"tags of {arn.Resource}"),
        };
    }
}

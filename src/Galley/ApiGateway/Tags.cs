using Galley.Store;
using Galley.Wire;

namespace Galley.ApiGateway;

/// <summary>Tags of APIs and stages, by ARN: `arn:aws:apigateway:r::/apis/id`, `…/apis/id/stages/name`.</summary>
internal sealed class Tags(ApiStore store)
{
    private const int MaxTags = 50;
    private static readonly ApiGatewayJson Json = ApiGatewayJson.Default;

    public async ValueTask<TagList> GetTags(TagRequest request, Call call)
    {
        var (apiId, stageName) = Parse(request.ResourceArn);
        return await store.Read(call, apiId, async (tx, keys, api) => new TagList
        {
            Tags = stageName is null ? api.Tags : (await tx.Get(keys.Stage(stageName), Json.Stage) ?? throw Errors.NoStage(stageName)).Tags,
        });
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

    private ValueTask<Empty> Edit(TagRequest request, Call call, Action<Dictionary<string, string>> edit)
    {
        var (apiId, stageName) = Parse(request.ResourceArn);
        return store.Change(call, apiId, async (tx, keys, api) =>
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

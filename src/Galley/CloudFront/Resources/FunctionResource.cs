using System.Text;
using System.Text.Json.Nodes;
using Galley.Wire;

namespace Galley.CloudFront.Resources;

/// <summary>`AWS::CloudFront::Function`; with AutoPublish what is made is live.</summary>
internal sealed class FunctionResource(Functions functions, Tags tags) : IResourceHandler
{
    public string Type => "AWS::CloudFront::Function";

    public IReadOnlySet<string> ReplaceOn => new HashSet<string> { "Name" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
    {
        var made = await functions.Create(Text(request.Properties, "Name"), await Stage(request.Properties, call), Tags.Read(request.Properties), call);
        request.Exists(made.Arn(call.Account));
        return await Published(made, request, call);
    }

    public async ValueTask<Resource> Update(ResourceRequest request, Call call)
    {
        var updated = await functions.Update(request.PhysicalId.Split('/')[^1], null, await Stage(request.Properties, call), call);
        await tags.Replace(updated.Arn(call.Account), Tags.Read(request.Properties), call);
        return await Published(updated, request, call);
    }

    public async ValueTask Delete(ResourceRequest request, Call call)
    {
        try
        {
            await functions.Delete(request.PhysicalId.Split('/')[^1], null, call);
        }
        catch (AwsError error) when (error.Code == "NoSuchFunctionExists")
        {
            // gone already
        }
    }

    private async ValueTask<Resource> Published(EdgeFunction function, ResourceRequest request, Call call)
    {
        if (request.Properties["AutoPublish"]?.ToString().ToLowerInvariant() == "true") function = await functions.Publish(function.Name, null, call);
        var arn = function.Arn(call.Account);
        return new Resource(arn, new Dictionary<string, string> { ["FunctionARN"] = arn, ["FunctionMetadata.FunctionARN"] = arn, ["Stage"] = function.Live is null ? "DEVELOPMENT" : "LIVE" });
    }

    private ValueTask<FunctionStage> Stage(JsonObject properties, Call call)
    {
        foreach (var (name, _) in properties)
            if (name is not ("Name" or "AutoPublish" or "FunctionCode" or "FunctionConfig" or "FunctionMetadata" or "Tags"))
                throw Errors.NotSupported(name);
        if (properties["FunctionConfig"] is not JsonObject config) throw Errors.Missing("FunctionConfig");
        var stores = (config["KeyValueStoreAssociations"] as JsonArray ?? []).Select(item => item!["KeyValueStoreARN"]!.ToString()).ToList();
        return functions.Stage(Text(config, "Runtime"), config["Comment"]?.ToString() ?? "", Encoding.UTF8.GetBytes(Text(properties, "FunctionCode")), stores, call);
    }

    private static string Text(JsonObject from, string name) => from[name]?.ToString() ?? throw Errors.Missing(name);
}

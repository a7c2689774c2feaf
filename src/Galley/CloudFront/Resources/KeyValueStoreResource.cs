using Galley.Wire;

namespace Galley.CloudFront.Resources;

/// <summary>`AWS::CloudFront::KeyValueStore`</summary>
internal sealed class KeyValueStoreResource(KeyValueStores stores, Tags tags) : IResourceHandler
{
    public string Type => "AWS::CloudFront::KeyValueStore";

    public IReadOnlySet<string> ReplaceOn => new HashSet<string> { "Name", "ImportSource" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
    {
        foreach (var (name, _) in request.Properties)
            if (name is not ("Name" or "Comment" or "ImportSource" or "Tags"))
                throw Errors.NotSupported(name);
        return Of(await stores.Create(request.Properties["Name"]?.ToString() ?? throw Errors.Missing("Name"), request.Properties["Comment"]?.ToString() ?? "", request.Properties["ImportSource"]?["SourceArn"]?.ToString(), Tags.Read(request.Properties), call), call);
    }

    public async ValueTask<Resource> Update(ResourceRequest request, Call call)
    {
        var updated = await stores.Update(request.PhysicalId, null, request.Properties["Comment"]?.ToString() ?? "", call);
        await tags.Replace(updated.Arn(call.Account), Tags.Read(request.Properties), call);
        return Of(updated, call);
    }

    public async ValueTask Delete(ResourceRequest request, Call call)
    {
        try
        {
            await stores.Delete(request.PhysicalId, null, call);
        }
        catch (AwsError error) when (error.Code == "EntityNotFound")
        {
            // gone already
        }
    }

    private static Resource Of(KeyValueStore store, Call call)
        => new(store.Name, new Dictionary<string, string> { ["Arn"] = store.Arn(call.Account), ["Id"] = store.Id, ["Status"] = "READY" });
}

using System.Text.Json.Nodes;
using Galley.Wire;

namespace Galley.S3.Resources;

/// <summary>`AWS::S3::BucketPolicy`. `Ref` gives the bucket's name.</summary>
internal sealed class BucketPolicyResource(Policies policies, Settings settings) : IResourceHandler
{
    public string Type => "AWS::S3::BucketPolicy";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "Bucket" };

    public ValueTask<Resource> Create(ResourceRequest request, Call call) => Put(request, call);

    public ValueTask<Resource> Update(ResourceRequest request, Call call) => Put(request, call);

    public async ValueTask Delete(ResourceRequest request, Call call)
    {
        try
        {
            await settings.Change(request.PhysicalId, call, bucket => bucket with { Policy = null });
        }
        catch (AwsError error) when (error.Code == "NoSuchBucket")
        {
            // gone with its bucket
        }
    }

    private async ValueTask<Resource> Put(ResourceRequest request, Call call)
    {
        var properties = request.Properties.Only(Type, "Bucket", "PolicyDocument");
        var bucket = properties.Text("Bucket") ?? throw new AwsError("ValidationError", "Property Bucket cannot be empty.");
        var document = properties["PolicyDocument"] switch
        {
            JsonObject policy => policy.ToJsonString(),
            { } text => text.ToString(),
            null => throw new AwsError("ValidationError", "Property PolicyDocument cannot be empty."),
        };
        await policies.Set(bucket, call, document);
        return new(bucket, new Dictionary<string, string>());
    }
}

using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Galley.Wire;

namespace Galley.Ecr;

/// <summary>AWS::ECR::Repository: Ref is the name; `Arn` and `RepositoryUri` are its attributes.</summary>
internal sealed class RepositoryResource(Repositories repositories) : IResourceHandler
{
    public string Type => "AWS::ECR::Repository";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "RepositoryName", "EncryptionConfiguration" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
    {
        var properties = request.Read(RepositoryPropertiesJson.Default.RepositoryProperties);
        var name = properties.RepositoryName ?? request.Name.ToLowerInvariant();
        await repositories.CreateRepository(new CreateRepositoryRequest { RepositoryName = name, ImageTagMutability = properties.ImageTagMutability }, call);
        request.Exists(name);
        return await Settle(name, properties, call);
    }

    public ValueTask<Resource> Update(ResourceRequest request, Call call) => Settle(request.PhysicalId, request.Read(RepositoryPropertiesJson.Default.RepositoryProperties), call);

    public async ValueTask Delete(ResourceRequest request, Call call)
    {
        try
        {
            await repositories.DeleteRepository(new DeleteRepositoryRequest { RepositoryName = request.PhysicalId }, call);
        }
        catch (AwsError e) when (e.Code == "RepositoryNotFoundException")
        {
            // gone already
        }
    }

    private async ValueTask<Resource> Settle(string name, RepositoryProperties properties, Call call)
    {
        await repositories.Change(name, record => record with
        {
            ImageTagMutability = properties.ImageTagMutability ?? "MUTABLE",
            ScanOnPush = properties.ImageScanningConfiguration?.ScanOnPush ?? false,
            LifecyclePolicy = properties.LifecyclePolicy?.LifecyclePolicyText,
            Policy = properties.RepositoryPolicyText is JsonValue text ? text.ToString() : properties.RepositoryPolicyText?.ToJsonString(),
            Tags = properties.Tags,
        }, call);
        return new Resource(name, new Dictionary<string, string>
        {
            ["Arn"] = Repositories.ArnOf(name, call),
            ["RepositoryUri"] = $"{call.Account}.dkr.ecr.{call.Region}.amazonaws.com/{name}",
        });
    }
}

internal sealed record RepositoryProperties
{
    public string? RepositoryName { get; init; }

    public string? ImageTagMutability { get; init; }

    public ScanningConfiguration? ImageScanningConfiguration { get; init; }

    public LifecyclePolicyProperties? LifecyclePolicy { get; init; }

    public JsonNode? RepositoryPolicyText { get; init; }

    public Tag[]? Tags { get; init; }
}

internal sealed record LifecyclePolicyProperties(string LifecyclePolicyText);

[JsonSourceGenerationOptions(UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, NumberHandling = JsonNumberHandling.AllowReadingFromString, Converters = [typeof(TextBooleanConverter), typeof(ScalarTextConverter)])]
[JsonSerializable(typeof(RepositoryProperties))]
internal sealed partial class RepositoryPropertiesJson : JsonSerializerContext;

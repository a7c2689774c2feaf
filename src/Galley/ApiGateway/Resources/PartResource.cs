using System.Text.Json.Serialization.Metadata;
using Galley.Wire;

namespace Galley.ApiGateway.Resources;

/// <summary>A resource type that is one part of an API or a domain: made, replaced and deleted by the operations of its noun.</summary>
internal sealed class PartResource<T>(string type, Func<JsonTypeInfo<T>> contract, PartOperations<T> operations, params string[] replaceOn) : IResourceHandler
{
    public string Type => "AWS::ApiGatewayV2::" + type;

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string>(replaceOn);

    /// <summary>Properties whose members are names of the user's, not AWS's.</summary>
    public string[] Maps { get; init; } = [];

    public ValueTask<Resource> Create(ResourceRequest request, Call call) => operations.Create(Read(request), call);

    public ValueTask<Resource> Update(ResourceRequest request, Call call) => operations.Update(Read(request), request.PhysicalId, call);

    public async ValueTask Delete(ResourceRequest request, Call call)
    {
        try
        {
            await operations.Delete(Properties.Text(request.Properties, "ApiId") ?? Properties.Text(request.Properties, "DomainName") ?? "", request.PhysicalId, call);
        }
        catch (AwsError e) when (e.Status == 404)
        {
            // gone already, with its API perhaps
        }
    }

    private T Read(ResourceRequest request) => Properties.Read(request.Properties, contract(), Maps);
}

/// <param name="Create">Makes it.</param>
/// <param name="Update">Replaces all that a template says about it; by its physical id.</param>
/// <param name="Delete">By what it is part of, and its physical id.</param>
internal sealed record PartOperations<T>(Func<T, Call, ValueTask<Resource>> Create, Func<T, string, Call, ValueTask<Resource>> Update, Func<string, string, Call, ValueTask<Empty>> Delete);

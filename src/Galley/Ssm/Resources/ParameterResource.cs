using System.Text.Json.Serialization;
using Galley.Wire;

namespace Galley.Ssm;

/// <summary>AWS::SSM::Parameter: Ref is the name; `Type` and `Value` are its attributes.</summary>
internal sealed class ParameterResource(Parameters parameters) : IResourceHandler
{
    public string Type => "AWS::SSM::Parameter";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "Name" };

    public ValueTask<Resource> Create(ResourceRequest request, Call call) => Put(request, null, call);

    public ValueTask<Resource> Update(ResourceRequest request, Call call) => Put(request, request.PhysicalId, call);

    public async ValueTask Delete(ResourceRequest request, Call call)
        => await parameters.DeleteParameters(new DeleteParametersRequest([request.PhysicalId]), call);

    private async ValueTask<Resource> Put(ResourceRequest request, string? existing, Call call)
    {
        var properties = request.Read(ParameterPropertiesJson.Default.ParameterProperties);
        if (properties.Type == "SecureString") throw Errors.UnsupportedParameterType("SecureString");
        var name = existing ?? properties.Name ?? request.Name;
        await parameters.PutParameter(new PutParameterRequest
        {
            Name = name,
            Type = properties.Type,
            Value = properties.Value,
            Description = properties.Description,
            AllowedPattern = properties.AllowedPattern,
            Tier = properties.Tier,
            DataType = properties.DataType,
            Overwrite = existing is not null,
        }, call);
        request.Exists(name);
        await parameters.SetTags(name, [.. (properties.Tags ?? []).Select(pair => new Tag(pair.Key, pair.Value))], call);
        return new Resource(name, new Dictionary<string, string> { ["Type"] = properties.Type, ["Value"] = properties.Value });
    }
}

internal sealed record ParameterProperties
{
    public string? Name { get; init; }

    public required string Type { get; init; }

    public required string Value { get; init; }

    public string? Description { get; init; }

    public string? AllowedPattern { get; init; }

    public string? Tier { get; init; }

    public string? DataType { get; init; }

    public Dictionary<string, string>? Tags { get; init; }
}

[JsonSourceGenerationOptions(UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, Converters = [typeof(ScalarTextConverter)])]
[JsonSerializable(typeof(ParameterProperties))]
internal sealed partial class ParameterPropertiesJson : JsonSerializerContext;

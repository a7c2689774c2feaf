using Galley.Wire;

namespace Galley.Lambda;

/// <summary>AWS::Lambda::LayerVersion: Ref is the version's ARN; every change is a new version.</summary>
internal sealed class LayerVersionResource(Layers layers, IJudgePolicies policies) : IResourceHandler
{
    public string Type => "AWS::Lambda::LayerVersion";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "LayerName", "Content", "Description", "CompatibleRuntimes", "CompatibleArchitectures", "LicenseInfo" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
    {
        var properties = PropertiesJson.Read(request, PropertiesJson.Default.LayerVersionProperties);
        var name = properties.LayerName ?? request.LogicalId;
        await Rights.Require(policies, call, "lambda:PublishLayerVersion", call.Arn("lambda", "layer:" + name));
        var code = properties.Content;
        var version = await layers.PublishLayerVersion(
            new PublishLayerVersionRequest(properties.Description, properties.CompatibleRuntimes, properties.LicenseInfo, properties.CompatibleArchitectures)
            {
                LayerName = name,
                Content = new FunctionCode { S3Bucket = code.S3Bucket, S3Key = code.S3Key, S3ObjectVersion = code.S3ObjectVersion },
            }, call);
        return Answer(version.LayerVersionArn);
    }

    public ValueTask<Resource> Update(ResourceRequest request, Call call) => new(Answer(request.PhysicalId));

    public async ValueTask Delete(ResourceRequest request, Call call)
    {
        await Rights.Require(policies, call, "lambda:DeleteLayerVersion", request.PhysicalId);
        if (Split(request.PhysicalId) is var (name, version)) await layers.DeleteLayerVersion(new LayerVersionRequest { LayerName = name, VersionNumber = version }, call);
    }

    public static (string Name, long Version)? Split(string arn)
        => arn.LastIndexOf(':') is > 0 and var colon && long.TryParse(arn[(colon + 1)..], System.Globalization.CultureInfo.InvariantCulture, out var version) ? (arn[..colon], version) : null;

    private static Resource Answer(string arn) => new(arn, new Dictionary<string, string> { ["LayerVersionArn"] = arn });
}

/// <summary>AWS::Lambda::LayerVersionPermission: one statement of a layer version's policy; every change is a new statement.</summary>
internal sealed class LayerPermissionResource(Layers layers, IJudgePolicies policies) : IResourceHandler
{
    public string Type => "AWS::Lambda::LayerVersionPermission";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "Action", "LayerVersionArn", "OrganizationId", "Principal" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
    {
        var properties = PropertiesJson.Read(request, PropertiesJson.Default.LayerPermissionProperties);
        await Rights.Require(policies, call, "lambda:AddLayerVersionPermission", properties.LayerVersionArn);
        var (name, version) = LayerVersionResource.Split(properties.LayerVersionArn) ?? throw Errors.InvalidParameter($"{properties.LayerVersionArn} is no ARN of a layer version.");
        await layers.AddLayerVersionPermission(
            new AddLayerPermissionRequest(properties.OrganizationId, null) { LayerName = name, VersionNumber = version, StatementId = request.Name, Action = properties.Action, Principal = properties.Principal }, call);
        return new Resource($"{properties.LayerVersionArn}#{request.Name}", new Dictionary<string, string> { ["Id"] = request.Name });
    }

    public ValueTask<Resource> Update(ResourceRequest request, Call call) => new(new Resource(request.PhysicalId, new Dictionary<string, string>()));

    public async ValueTask Delete(ResourceRequest request, Call call)
    {
        if (request.PhysicalId.Split('#') is not [var arn, var statement] || LayerVersionResource.Split(arn) is not var (name, version)) return;
        await Rights.Require(policies, call, "lambda:RemoveLayerVersionPermission", arn);
        await Gone.IsFine(layers.RemoveLayerVersionPermission(new RemoveLayerPermissionRequest(null as string) { LayerName = name, VersionNumber = version, StatementId = statement }, call));
    }
}

internal sealed record LayerVersionProperties(string? LayerName, string? Description, string? LicenseInfo, string[]? CompatibleRuntimes, string[]? CompatibleArchitectures)
{
    public required CodeProperties Content { get; init; }
}

internal sealed record LayerPermissionProperties(string? OrganizationId)
{
    public required string Action { get; init; }

    public required string LayerVersionArn { get; init; }

    public required string Principal { get; init; }
}

using Galley.Wire;

namespace Galley.Lambda;

/// <summary>AWS::Lambda::Permission: one statement of a function's policy; every change is a new statement.</summary>
internal sealed class PermissionResource(Permissions permissions, IJudgePolicies policies) : IResourceHandler
{
    public string Type => "AWS::Lambda::Permission";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "FunctionName", "Action", "Principal", "SourceArn", "SourceAccount", "FunctionUrlAuthType", "PrincipalOrgID" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
    {
        var properties = PropertiesJson.Read(request, PropertiesJson.Default.PermissionProperties);
        var function = FunctionRef.Parse(properties.FunctionName, call);
        await Rights.Require(policies, call, "lambda:AddPermission", function.Arn);
        await permissions.AddPermission(
            new AddPermissionRequest(properties.SourceArn, properties.SourceAccount, properties.FunctionUrlAuthType, properties.PrincipalOrgID, null, null)
            {
                FunctionName = properties.FunctionName,
                StatementId = request.Name,
                Action = properties.Action,
                Principal = properties.Principal,
            }, call);
        return new Resource(request.Name, new Dictionary<string, string> { ["Id"] = request.Name });
    }

    public ValueTask<Resource> Update(ResourceRequest request, Call call)
        => new(new Resource(request.PhysicalId, new Dictionary<string, string> { ["Id"] = request.PhysicalId }));

    public async ValueTask Delete(ResourceRequest request, Call call)
    {
        var properties = PropertiesJson.Read(request, PropertiesJson.Default.PermissionProperties);
        await Rights.Require(policies, call, "lambda:RemovePermission", FunctionRef.Parse(properties.FunctionName, call).Arn);
        await Gone.IsFine(permissions.RemovePermission(new RemovePermissionRequest(null, null) { FunctionName = properties.FunctionName, StatementId = request.PhysicalId }, call));
    }
}

/// <summary>AWS::Lambda::Version: Ref is the version's ARN.</summary>
internal sealed class VersionResource(Versions versions, Functions functions, IJudgePolicies policies) : IResourceHandler
{
    public string Type => "AWS::Lambda::Version";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "FunctionName", "CodeSha256", "Description" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
    {
        var properties = PropertiesJson.Read(request, PropertiesJson.Default.VersionProperties);
        await Rights.Require(policies, call, "lambda:PublishVersion", FunctionRef.Parse(properties.FunctionName, call).Arn);
        var version = await versions.PublishVersion(new PublishVersionRequest(properties.CodeSha256, properties.Description, null) { FunctionName = properties.FunctionName }, call);
        return new Resource(version.FunctionArn, new Dictionary<string, string> { ["Version"] = version.Version, ["FunctionArn"] = version.FunctionArn });
    }

    public ValueTask<Resource> Update(ResourceRequest request, Call call)
        => new(new Resource(request.PhysicalId, new Dictionary<string, string> { ["Version"] = request.PhysicalId[(request.PhysicalId.LastIndexOf(':') + 1)..], ["FunctionArn"] = request.PhysicalId }));

    public async ValueTask Delete(ResourceRequest request, Call call)
    {
        await Rights.Require(policies, call, "lambda:DeleteFunction", request.PhysicalId);
        await Gone.IsFine(functions.DeleteFunction(new FunctionRequest(null) { FunctionName = request.PhysicalId }, call));
    }
}

/// <summary>AWS::Lambda::Alias: Ref is the alias's ARN.</summary>
internal sealed class AliasResource(Aliases aliases, IJudgePolicies policies) : IResourceHandler
{
    public string Type => "AWS::Lambda::Alias";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "FunctionName", "Name" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
    {
        var properties = await Read(request, "lambda:CreateAlias", call);
        return Answer(await aliases.CreateAlias(new CreateAliasRequest(properties.Description) { FunctionName = properties.FunctionName, Name = properties.Name, FunctionVersion = properties.FunctionVersion }, call));
    }

    public async ValueTask<Resource> Update(ResourceRequest request, Call call)
    {
        var properties = await Read(request, "lambda:UpdateAlias", call);
        return Answer(await aliases.UpdateAlias(new UpdateAliasRequest(properties.FunctionVersion, properties.Description ?? "", null) { FunctionName = properties.FunctionName, Name = properties.Name }, call));
    }

    public async ValueTask Delete(ResourceRequest request, Call call)
    {
        var properties = await Read(request, "lambda:DeleteAlias", call);
        await aliases.DeleteAlias(new AliasRequest { FunctionName = properties.FunctionName, Name = properties.Name }, call);
    }

    private async ValueTask<AliasProperties> Read(ResourceRequest request, string action, Call call)
    {
        var properties = PropertiesJson.Read(request, PropertiesJson.Default.AliasProperties);
        await Rights.Require(policies, call, action, FunctionRef.Parse(properties.FunctionName, call).Arn);
        return properties;
    }

    private static Resource Answer(AliasConfiguration alias) => new(alias.AliasArn, new Dictionary<string, string> { ["AliasArn"] = alias.AliasArn });
}

internal static class Gone
{
    /// <summary>What is gone already needs no deletion.</summary>
    public static async ValueTask IsFine<T>(ValueTask<T> deletion)
    {
        try
        {
            await deletion;
        }
        catch (AwsError e) when (e.Code == "ResourceNotFoundException")
        {
            // as wanted
        }
    }
}

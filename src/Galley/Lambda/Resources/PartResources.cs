using Galley.Wire;

namespace Galley.Lambda;

/// <summary>AWS::Lambda::Permission: one statement of a function's policy; every change is a new statement.</summary>
internal sealed class PermissionResource(Permissions permissions, IJudgePolicies policies) : IResourceHandler
{
    public string Type => "AWS::Lambda::Permission";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "FunctionName", "Action", "Principal", "SourceArn", "SourceAccount", "FunctionUrlAuthType", "PrincipalOrgID", "InvokedViaFunctionUrl", "EventSourceToken" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
    {
        var properties = PropertiesJson.Read(request, PropertiesJson.Default.PermissionProperties);
        var function = FunctionRef.Parse(properties.FunctionName, call);
        await Rights.Require(policies, call, "lambda:AddPermission", function.Arn);
        await permissions.AddPermission(
            new AddPermissionRequest(properties.SourceArn, properties.SourceAccount, properties.FunctionUrlAuthType, properties.PrincipalOrgID, null, null, properties.InvokedViaFunctionUrl, properties.EventSourceToken)
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
internal sealed class VersionResource(Versions versions, Functions functions, Provisioning provisioning, IJudgePolicies policies) : IResourceHandler
{
    public string Type => "AWS::Lambda::Version";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "FunctionName", "CodeSha256", "Description", "ProvisionedConcurrencyConfig", "RuntimePolicy" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
    {
        var properties = PropertiesJson.Read(request, PropertiesJson.Default.VersionProperties);
        await Rights.Require(policies, call, "lambda:PublishVersion", FunctionRef.Parse(properties.FunctionName, call).Arn);
        var version = await versions.PublishVersion(new PublishVersionRequest(properties.CodeSha256, properties.Description, null) { FunctionName = properties.FunctionName }, call);
        request.Exists(version.FunctionArn);
        await Parts.Provision(provisioning, properties.ProvisionedConcurrencyConfig, version.FunctionArn, call);
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
internal sealed class AliasResource(Aliases aliases, Provisioning provisioning, IJudgePolicies policies) : IResourceHandler
{
    public string Type => "AWS::Lambda::Alias";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "FunctionName", "Name" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
    {
        var properties = await Read(request, "lambda:CreateAlias", call);
        var alias = await aliases.CreateAlias(
            new CreateAliasRequest(properties.Description, properties.RoutingConfig?.ToConfig()) { FunctionName = properties.FunctionName, Name = properties.Name, FunctionVersion = properties.FunctionVersion }, call);
        request.Exists(alias.AliasArn);
        await Parts.Provision(provisioning, properties.ProvisionedConcurrencyConfig, alias.AliasArn, call);
        return Answer(alias);
    }

    public async ValueTask<Resource> Update(ResourceRequest request, Call call)
    {
        var properties = await Read(request, "lambda:UpdateAlias", call);
        var provisioned = new ProvisionedRequest(properties.Name) { FunctionName = properties.FunctionName };
        if (properties.ProvisionedConcurrencyConfig is null) await provisioning.DeleteProvisionedConcurrencyConfig(provisioned, call);
        else await Parts.Provision(provisioning, properties.ProvisionedConcurrencyConfig, $"{FunctionRef.Parse(properties.FunctionName, call).Arn}:{properties.Name}", call);
        return Answer(await aliases.UpdateAlias(new UpdateAliasRequest(properties.FunctionVersion, properties.Description ?? "", null, properties.RoutingConfig?.ToConfig() ?? new RoutingConfig()) { FunctionName = properties.FunctionName, Name = properties.Name }, call));
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

internal static class Parts
{
    public static async ValueTask Provision(Provisioning provisioning, ProvisionedProperties? asked, string arn, Call call)
    {
        if (asked is not null) await provisioning.PutProvisionedConcurrencyConfig(new PutProvisionedRequest(null as string) { FunctionName = arn, ProvisionedConcurrentExecutions = asked.ProvisionedConcurrentExecutions }, call);
    }
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

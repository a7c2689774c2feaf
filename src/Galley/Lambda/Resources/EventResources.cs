using Galley.Lambda.Sources;
using Galley.Wire;

namespace Galley.Lambda;

/// <summary>AWS::Lambda::Url: Ref is the ARN of the function, GetAtt FunctionUrl its address.</summary>
internal sealed class UrlResource(FunctionUrls urls, IJudgePolicies policies) : IResourceHandler
{
    public string Type => "AWS::Lambda::Url";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "TargetFunctionArn", "Qualifier" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
        => Answer(await urls.CreateFunctionUrlConfig(await Read(request, "lambda:CreateFunctionUrlConfig", call), call));

    public async ValueTask<Resource> Update(ResourceRequest request, Call call)
    {
        var asked = await Read(request, "lambda:UpdateFunctionUrlConfig", call);
        return Answer(await urls.UpdateFunctionUrlConfig(asked with { InvokeMode = asked.InvokeMode ?? "BUFFERED", Cors = asked.Cors ?? new UrlCors() }, call));
    }

    public async ValueTask Delete(ResourceRequest request, Call call)
    {
        var asked = await Read(request, "lambda:DeleteFunctionUrlConfig", call);
        await Gone.IsFine(urls.DeleteFunctionUrlConfig(new FunctionRequest(asked.Qualifier) { FunctionName = asked.FunctionName }, call));
    }

    private async ValueTask<UrlRequest> Read(ResourceRequest request, string action, Call call)
    {
        var properties = PropertiesJson.Read(request, PropertiesJson.Default.UrlProperties);
        await Rights.Require(policies, call, action, FunctionRef.Parse(properties.TargetFunctionArn, call).Arn);
        return new UrlRequest(properties.Qualifier, properties.AuthType, properties.Cors, properties.InvokeMode) { FunctionName = properties.TargetFunctionArn };
    }

    private static Resource Answer(UrlConfiguration url) => new(url.FunctionArn, new Dictionary<string, string> { ["FunctionArn"] = url.FunctionArn, ["FunctionUrl"] = url.FunctionUrl });
}

/// <summary>AWS::Lambda::EventInvokeConfig: retries, age and destinations of asynchronous events.</summary>
internal sealed class EventInvokeResource(EventInvokeConfigs configs, IJudgePolicies policies) : IResourceHandler
{
    public string Type => "AWS::Lambda::EventInvokeConfig";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "FunctionName", "Qualifier" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
    {
        var asked = await Read(request, "lambda:PutFunctionEventInvokeConfig", call);
        var settings = asked with { MaximumRetryAttempts = asked.MaximumRetryAttempts ?? (asked is { MaximumEventAgeInSeconds: null, DestinationConfig: null } ? 2 : null) };
        await configs.PutFunctionEventInvokeConfig(settings, call);
        return new Resource($"{asked.FunctionName}|{asked.Qualifier}", new Dictionary<string, string>());
    }

    public async ValueTask<Resource> Update(ResourceRequest request, Call call) => await Create(request, call);

    public async ValueTask Delete(ResourceRequest request, Call call)
    {
        var asked = await Read(request, "lambda:DeleteFunctionEventInvokeConfig", call);
        await Gone.IsFine(configs.DeleteFunctionEventInvokeConfig(new FunctionRequest(asked.Qualifier) { FunctionName = asked.FunctionName }, call));
    }

    private async ValueTask<EventInvokeConfigRequest> Read(ResourceRequest request, string action, Call call)
    {
        var asked = PropertiesJson.Read(request, PropertiesJson.Default.EventInvokeConfigRequest);
        await Rights.Require(policies, call, action, FunctionRef.Parse(asked.FunctionName, call).Arn);
        return asked;
    }
}

/// <summary>AWS::Lambda::EventSourceMapping: Ref is its UUID.</summary>
internal sealed class MappingResource(EventSources sources, IJudgePolicies policies) : IResourceHandler
{
    public string Type => "AWS::Lambda::EventSourceMapping";

    public IReadOnlySet<string> ReplaceOn { get; } = new HashSet<string> { "EventSourceArn", "SelfManagedEventSource", "StartingPosition", "StartingPositionTimestamp" };

    public async ValueTask<Resource> Create(ResourceRequest request, Call call)
    {
        var asked = PropertiesJson.Read(request, PropertiesJson.Default.CreateMappingRequest);
        await Rights.Require(policies, call, "lambda:CreateEventSourceMapping", "*");
        return Answer(await sources.CreateEventSourceMapping(asked, call));
    }

    public async ValueTask<Resource> Update(ResourceRequest request, Call call)
    {
        var asked = PropertiesJson.Read(request, PropertiesJson.Default.CreateMappingRequest);
        await Rights.Require(policies, call, "lambda:UpdateEventSourceMapping", call.Arn("lambda", "event-source-mapping:" + request.PhysicalId));
        var stream = !Destinations.IsQueue(asked.EventSourceArn ?? "");
        // What the template no longer says goes back to its default.
        return Answer(await sources.UpdateEventSourceMapping(
            new UpdateMappingRequest
            {
                UUID = request.PhysicalId,
                FunctionName = asked.FunctionName,
                Enabled = asked.Enabled ?? true,
                BatchSize = asked.BatchSize ?? (stream ? 100 : 10),
                FilterCriteria = asked.FilterCriteria ?? new FilterCriteria(),
                MaximumBatchingWindowInSeconds = asked.MaximumBatchingWindowInSeconds ?? 0,
                ParallelizationFactor = asked.ParallelizationFactor ?? (stream ? 1 : null),
                DestinationConfig = asked.DestinationConfig,
                MaximumRecordAgeInSeconds = asked.MaximumRecordAgeInSeconds ?? (stream ? -1 : null),
                BisectBatchOnFunctionError = asked.BisectBatchOnFunctionError ?? (stream ? false : null),
                MaximumRetryAttempts = asked.MaximumRetryAttempts ?? (stream ? -1 : null),
                TumblingWindowInSeconds = asked.TumblingWindowInSeconds,
                FunctionResponseTypes = asked.FunctionResponseTypes ?? [],
                ScalingConfig = asked.ScalingConfig ?? new ScalingConfig(null),
            }, call));
    }

    public async ValueTask Delete(ResourceRequest request, Call call)
    {
        await Rights.Require(policies, call, "lambda:DeleteEventSourceMapping", call.Arn("lambda", "event-source-mapping:" + request.PhysicalId));
        await Gone.IsFine(sources.DeleteEventSourceMapping(new MappingRequest { UUID = request.PhysicalId }, call));
    }

    private static Resource Answer(MappingConfiguration mapping)
        => new(mapping.UUID, new Dictionary<string, string> { ["Id"] = mapping.UUID, ["EventSourceMappingArn"] = mapping.EventSourceMappingArn });
}

internal sealed record UrlProperties(string? Qualifier, UrlCors? Cors, string? InvokeMode)
{
    public required string TargetFunctionArn { get; init; }

    public required string AuthType { get; init; }
}

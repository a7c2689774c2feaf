using Galley.Lambda.Invoke;
using Galley.Lambda.Sources;
using Galley.Wire;

namespace Galley.Lambda;

/// <summary>AWS Lambda: functions as processes that speak the Runtime API (design D8).</summary>
internal sealed class LambdaService : IService
{
    private readonly Installation _installation;
    private readonly LambdaPorts _ports;
    private readonly Functions _functions;
    private readonly FunctionUpdates _updates;
    private readonly Permissions _permissions;
    private readonly FunctionOptions _options;
    private readonly Versions _versions;
    private readonly Aliases _aliases;
    private readonly Invocation _invocation;
    private readonly Delegates _delegates;
    private readonly Workers _workers;
    private readonly LogShipper _logs;
    private readonly EventInvokeConfigs _eventInvoke;
    private readonly Provisioning _provisioning;
    private readonly Layers _layers;
    private readonly FunctionUrls _urls;
    private readonly RuntimeOptions _runtime;
    private readonly SourceRunner _runner;
    private readonly EventSources _sources;

    public LambdaService(Installation installation, LambdaPorts ports)
    {
        (_installation, _ports) = (installation, ports);
        var code = new CodeStore(installation, ports.Code);
        _logs = new LogShipper(installation, ports.Logs);
        _delegates = new Delegates(function => _workers!.Retire(function));
        _workers = new Workers(installation, new WorkerLauncher(installation, code, ports.Roles, _logs, _delegates));
        _layers = new Layers(installation, code);
        _functions = new Functions(installation, code, _layers, ports.Roles, _workers.Retire);
        _updates = new FunctionUpdates(installation, _functions, code, _layers, _workers.Retire);
        _permissions = new Permissions(installation);
        _options = new FunctionOptions(installation);
        _versions = new Versions(installation);
        _provisioning = new Provisioning(installation, _workers);
        _aliases = new Aliases(installation, alias => _ = Task.Run(async () => await _provisioning.Apply(alias)));
        _invocation = new Invocation(installation, _workers, ports.ActingRoles, ports.Records);
        _eventInvoke = new EventInvokeConfigs(installation);
        _urls = new FunctionUrls(installation);
        _runtime = new RuntimeOptions(installation);
        _runner = new SourceRunner(installation, ports, _invocation);
        _sources = new EventSources(installation, ports.Streams, ports.ActingRoles, _runner.Change);
        var api = Api(new LambdaApi(installation, code));
        api.TagsOf = _options.TagsOf;
        Apis = [api];
        Doors = [new Url.UrlDoor(installation, _urls, _permissions, ports, _invocation, api)];
    }

    public IEnumerable<AwsService> Apis { get; }

    public IEnumerable<IDoor> Doors { get; }

    public IEnumerable<IResourceHandler> Resources =>
    [
        new FunctionResource(_functions, _updates, _options, _ports.Policies), new PermissionResource(_permissions, _ports.Policies),
        new VersionResource(_versions, _functions, _provisioning, _ports.Policies), new AliasResource(_aliases, _provisioning, _ports.Policies),
        new LayerVersionResource(_layers, _ports.Policies), new LayerPermissionResource(_layers, _ports.Policies), new UrlResource(_urls, _ports.Policies),
        new EventInvokeResource(_eventInvoke, _ports.Policies), new MappingResource(_sources, _ports.Policies),
    ];

    /// <summary>Runs a function for another service and gives what it answered.</summary>
    /// <param name="functionArn">ARN, with or without qualifier.</param>
    /// <param name="caller">Who asks; a service principal needs the function's own policy.</param>
    /// <param name="sourceArn">What the service acts for (`aws:SourceArn`).</param>
    /// <param name="payload">The event, JSON.</param>
    /// <param name="cancel">Ends the wait; the function itself runs on.</param>
    /// <param name="trace">`Root=…` of what it is part of; null for a new trace.</param>
    public async ValueTask<InvokeResult> Invoke(string functionArn, Principal caller, string? sourceArn, ReadOnlyMemory<byte> payload, CancellationToken cancel, string? trace = null)
    {
        var function = FunctionRef.Parse(functionArn, _installation.Account, _installation.Region);
        await RequirePermission(function, caller, sourceArn);
        return await _invocation.Invoke(function, payload, cancel, trace);
    }

    /// <summary>Queues an event for another service; the function's own policy must let it. Kept durably on return.</summary>
    public async ValueTask Enqueue(string functionArn, Principal caller, string? sourceArn, ReadOnlyMemory<byte> payload, Action<string>? failed = null)
    {
        var function = FunctionRef.Parse(functionArn, _installation.Account, _installation.Region);
        await RequirePermission(function, caller, sourceArn);
        await _invocation.Enqueue(function, payload, failed);
    }

    /// <summary>Throws AccessDenied unless the function's policy, or the caller's own, allows it.</summary>
    public async ValueTask RequirePermission(FunctionRef function, Principal caller, string? sourceArn)
    {
        var conditions = new Dictionary<string, string> { ["aws:SourceAccount"] = _installation.Account };
        if (sourceArn is not null) conditions["aws:SourceArn"] = sourceArn;
        if (!await _ports.Policies.Allows(caller, "lambda:InvokeFunction", function.QualifiedArn, await _permissions.PolicyOf(function), conditions))
            throw Errors.AccessDenied($"User: {caller.Arn} is not authorized to perform: lambda:InvokeFunction on resource: {function.QualifiedArn} because no resource-based policy allows the lambda:InvokeFunction action")
                .Because("function policy", $"the resource policy of {function.QualifiedArn} has no Allow that lets {caller.Arn} invoke it for {sourceArn ?? "this caller"}", $"AddPermission (or AWS::Lambda::Permission) with Action lambda:InvokeFunction, Principal {caller.Arn}{(sourceArn is null ? "" : $" and a SourceArn that covers {sourceArn}")}");
    }

    /// <summary>Runs a function's events by a delegate of this program until it is disposed.</summary>
    /// <param name="function">Name or ARN; with a version's number, for that version only.</param>
    /// <param name="handler">Runs one event; several at a time when several come.</param>
    public IDisposable Use(string function, FunctionStreamHandler handler)
    {
        var named = FunctionRef.Parse(function, _installation.Account, _installation.Region);
        return named.IsAlias ? throw new ArgumentException($"'{function}' names an alias; name the function, or a version of it.", nameof(function)) : _delegates.Use(named, handler);
    }

    /// <summary>Ends a function's idle processes: its next event finds a cold start.</summary>
    public Task Renew(string function)
    {
        _workers.Retire(FunctionRef.Parse(function, _installation.Account, _installation.Region));
        return Task.CompletedTask;
    }

    public async ValueTask Start(CancellationToken stopping)
    {
        await _workers.Start();
        _invocation.Queue.Start(stopping);
        await _provisioning.Start();
        await _runner.Start(stopping);
    }

    public async ValueTask Stop()
    {
        await _invocation.Queue.Stop();
        await _runner.Stop();
        _workers.Dispose();
        await _logs.Stop();
    }

    public ValueTask Reset()
    {
        _workers.EndAll();
        return ValueTask.CompletedTask;
    }

    /// <summary>Environments live on: each knows the revision of its function, and is not taken for another.</summary>
    public ValueTask Restored() => ValueTask.CompletedTask;

    private LambdaApi Api(LambdaApi api)
    {
        const string functions = "/2015-03-31/functions/{FunctionName}";
        var json = LambdaJson.Default;
        api.Add("POST /2015-03-31/functions", 201, json.CreateFunctionRequest, json.FunctionConfiguration, _functions.CreateFunction, (r, call) => Arn(r.FunctionName, call), also: (r, _) => [("iam:PassRole", r.Role)]);
        api.Add("GET /2015-03-31/functions", 200, json.ListFunctionsRequest, json.ListFunctionsResponse, _functions.ListFunctions);
        api.Add($"GET {functions}", 200, json.FunctionRequest, json.GetFunctionResponse, _functions.GetFunction, (r, call) => Arn(r.FunctionName, call));
        api.Add($"GET {functions}/configuration", 200, json.FunctionRequest, json.FunctionConfiguration, _functions.GetFunctionConfiguration, (r, call) => Arn(r.FunctionName, call));
        api.Add($"DELETE {functions}", 204, json.FunctionRequest, json.Empty, _functions.DeleteFunction, (r, call) => Arn(r.FunctionName, call));
        api.Add($"PUT {functions}/code", 200, json.UpdateFunctionCodeRequest, json.FunctionConfiguration, _updates.UpdateFunctionCode, (r, call) => Arn(r.FunctionName, call));
        api.Add($"PUT {functions}/configuration", 200, json.UpdateFunctionConfigurationRequest, json.FunctionConfiguration, _updates.UpdateFunctionConfiguration, (r, call) => Arn(r.FunctionName, call),
            also: (r, _) => r.Role is null ? [] : [("iam:PassRole", r.Role)]);

        api.Add($"POST {functions}/versions", 201, json.PublishVersionRequest, json.FunctionConfiguration, _versions.PublishVersion, (r, call) => Arn(r.FunctionName, call));
        api.Add($"GET {functions}/versions", 200, json.ListVersionsRequest, json.ListVersionsResponse, _versions.ListVersionsByFunction, (r, call) => Arn(r.FunctionName, call));

        api.Add($"POST {functions}/aliases", 201, json.CreateAliasRequest, json.AliasConfiguration, _aliases.CreateAlias, (r, call) => Arn(r.FunctionName, call));
        api.Add($"GET {functions}/aliases", 200, json.ListAliasesRequest, json.ListAliasesResponse, _aliases.ListAliases, (r, call) => Arn(r.FunctionName, call));
        api.Add($"GET {functions}/aliases/{{Name}}", 200, json.AliasRequest, json.AliasConfiguration, _aliases.GetAlias, (r, call) => Arn(r.FunctionName, call));
        api.Add($"PUT {functions}/aliases/{{Name}}", 200, json.UpdateAliasRequest, json.AliasConfiguration, _aliases.UpdateAlias, (r, call) => Arn(r.FunctionName, call));
        api.Add($"DELETE {functions}/aliases/{{Name}}", 204, json.AliasRequest, json.Empty, _aliases.DeleteAlias, (r, call) => Arn(r.FunctionName, call));

        api.Add($"POST {functions}/policy", 201, json.AddPermissionRequest, json.AddPermissionResponse, _permissions.AddPermission, (r, call) => Arn(r.FunctionName, call, r.Qualifier));
        api.Add($"DELETE {functions}/policy/{{StatementId}}", 204, json.RemovePermissionRequest, json.Empty, _permissions.RemovePermission, (r, call) => Arn(r.FunctionName, call, r.Qualifier));
        api.Add($"GET {functions}/policy", 200, json.FunctionRequest, json.GetPolicyResponse, _permissions.GetPolicy, (r, call) => Arn(r.FunctionName, call, r.Qualifier));

        api.Add("POST /2017-03-31/tags/{Resource}", 204, json.TagRequest, json.Empty, _options.TagResource, (r, _) => r.Resource);
        api.Add("DELETE /2017-03-31/tags/{Resource}", 204, json.UntagRequest, json.Empty, _options.UntagResource, (r, _) => r.Resource);
        api.Add("GET /2017-03-31/tags/{Resource}", 200, json.ArnRequest, json.ListTagsResponse, _options.ListTags, (r, _) => r.Resource);
        api.Add("PUT /2017-10-31/functions/{FunctionName}/concurrency", 200, json.PutConcurrencyRequest, json.Concurrency, _options.PutFunctionConcurrency, (r, call) => Arn(r.FunctionName, call));
        api.Add("DELETE /2017-10-31/functions/{FunctionName}/concurrency", 204, json.FunctionRequest, json.Empty, _options.DeleteFunctionConcurrency, (r, call) => Arn(r.FunctionName, call));
        api.Add("GET /2019-09-30/functions/{FunctionName}/concurrency", 200, json.FunctionRequest, json.Concurrency, _options.GetFunctionConcurrency, (r, call) => Arn(r.FunctionName, call));
        api.Add("GET /2020-06-30/functions/{FunctionName}/code-signing-config", 200, json.FunctionRequest, json.CodeSigningResponse, _options.GetFunctionCodeSigningConfig, (r, call) => Arn(r.FunctionName, call));
        api.Add("GET /2016-08-19/account-settings", 200, json.Empty, json.AccountSettings, _options.GetAccountSettings);

        Extras(api);
        api.AddRaw($"POST {functions}/invocations", json.FunctionRequest, _invocation.Invoke, (r, call) => Arn(r.FunctionName, call, r.Qualifier), "lambda:InvokeFunction",
            (r, call) => _permissions.PolicyOf(FunctionRef.Parse(r.FunctionName, call, r.Qualifier)));
        return api;
    }

    private void Extras(LambdaApi api)
    {
        var json = LambdaJson.Default;
        const string events = "/2019-09-25/functions/{FunctionName}/event-invoke-config", provisioned = "/2019-09-30/functions/{FunctionName}/provisioned-concurrency";
        api.Add($"PUT {events}", 200, json.EventInvokeConfigRequest, json.EventInvokeConfiguration, _eventInvoke.PutFunctionEventInvokeConfig, (r, call) => Arn(r.FunctionName, call, r.Qualifier));
        api.Add($"POST {events}", 200, json.EventInvokeConfigRequest, json.EventInvokeConfiguration, _eventInvoke.UpdateFunctionEventInvokeConfig, (r, call) => Arn(r.FunctionName, call, r.Qualifier));
        api.Add($"GET {events}", 200, json.FunctionRequest, json.EventInvokeConfiguration, _eventInvoke.GetFunctionEventInvokeConfig, (r, call) => Arn(r.FunctionName, call, r.Qualifier));
        api.Add($"DELETE {events}", 204, json.FunctionRequest, json.Empty, _eventInvoke.DeleteFunctionEventInvokeConfig, (r, call) => Arn(r.FunctionName, call, r.Qualifier));
        api.Add($"GET {events}/list", 200, json.ListOfFunctionRequest, json.ListEventInvokeConfigsResponse, _eventInvoke.ListFunctionEventInvokeConfigs, (r, call) => Arn(r.FunctionName, call));

        api.Add($"PUT {provisioned}", 202, json.PutProvisionedRequest, json.ProvisionedConcurrency, _provisioning.PutProvisionedConcurrencyConfig, (r, call) => Arn(r.FunctionName, call, r.Qualifier));
        api.Add($"GET {provisioned}", 200, json.ProvisionedRequest, json.ProvisionedConcurrency, _provisioning.GetProvisionedConcurrencyConfig, (r, call) => Arn(r.FunctionName, call, r.Qualifier));
        api.Add($"DELETE {provisioned}", 204, json.ProvisionedRequest, json.Empty, _provisioning.DeleteProvisionedConcurrencyConfig, (r, call) => Arn(r.FunctionName, call, r.Qualifier));
        api.Add($"GET {provisioned}?List=ALL", 200, json.ListOfFunctionRequest, json.ListProvisionedResponse, _provisioning.ListProvisionedConcurrencyConfigs, (r, call) => Arn(r.FunctionName, call));

        const string recursion = "/2024-08-31/functions/{FunctionName}/recursion-config", runtime = "/2021-07-20/functions/{FunctionName}/runtime-management-config";
        api.Add($"PUT {recursion}", 200, json.PutRecursionRequest, json.RecursionConfig, _runtime.PutFunctionRecursionConfig, (r, call) => Arn(r.FunctionName, call));
        api.Add($"GET {recursion}", 200, json.FunctionRequest, json.RecursionConfig, _runtime.GetFunctionRecursionConfig, (r, call) => Arn(r.FunctionName, call));
        api.Add($"PUT {runtime}", 200, json.PutRuntimeManagementRequest, json.RuntimeManagement, _runtime.PutRuntimeManagementConfig, (r, call) => Arn(r.FunctionName, call, r.Qualifier));
        api.Add($"GET {runtime}", 200, json.FunctionRequest, json.RuntimeManagement, _runtime.GetRuntimeManagementConfig, (r, call) => Arn(r.FunctionName, call, r.Qualifier));

        const string layers = "/2018-10-31/layers", layer = layers + "/{LayerName}/versions", version = layer + "/{VersionNumber}";
        api.Add($"POST {layer}", 201, json.PublishLayerVersionRequest, json.LayerVersion, _layers.PublishLayerVersion, (r, call) => call.Arn("lambda", "layer:" + r.LayerName));
        api.Add($"GET {layer}", 200, json.ListLayersRequest, json.ListLayerVersionsResponse, _layers.ListLayerVersions);
        api.Add($"GET {layers}", 200, json.ListLayersRequest, json.ListLayersResponse, _layers.ListLayers);
        api.Add($"GET {layers}?find=LayerVersion", 200, json.LayerArnRequest, json.LayerVersion, _layers.GetLayerVersionByArn, (r, _) => r.Arn, "lambda:GetLayerVersion");
        api.Add($"GET {version}", 200, json.LayerVersionRequest, json.LayerVersion, _layers.GetLayerVersion, LayerArn);
        api.Add($"DELETE {version}", 204, json.LayerVersionRequest, json.Empty, _layers.DeleteLayerVersion, LayerArn);
        api.Add($"POST {version}/policy", 201, json.AddLayerPermissionRequest, json.AddPermissionResponse, _layers.AddLayerVersionPermission, LayerArn);
        api.Add($"GET {version}/policy", 200, json.LayerVersionRequest, json.GetPolicyResponse, _layers.GetLayerVersionPolicy, LayerArn);
        api.Add($"DELETE {version}/policy/{{StatementId}}", 204, json.RemoveLayerPermissionRequest, json.Empty, _layers.RemoveLayerVersionPermission, LayerArn);

        const string mappings = "/2015-03-31/event-source-mappings", mapping = mappings + "/{UUID}";
        api.Add($"POST {mappings}", 202, json.CreateMappingRequest, json.MappingConfiguration, _sources.CreateEventSourceMapping);
        api.Add($"GET {mappings}", 200, json.ListMappingsRequest, json.ListMappingsResponse, _sources.ListEventSourceMappings);
        api.Add($"GET {mapping}", 200, json.MappingRequest, json.MappingConfiguration, _sources.GetEventSourceMapping, (r, call) => call.Arn("lambda", "event-source-mapping:" + r.UUID));
        api.Add($"PUT {mapping}", 202, json.UpdateMappingRequest, json.MappingConfiguration, _sources.UpdateEventSourceMapping, (r, call) => call.Arn("lambda", "event-source-mapping:" + r.UUID));
        api.Add($"DELETE {mapping}", 202, json.MappingRequest, json.MappingConfiguration, _sources.DeleteEventSourceMapping, (r, call) => call.Arn("lambda", "event-source-mapping:" + r.UUID));

        const string url = "/2021-10-31/functions/{FunctionName}/url";
        api.Add($"POST {url}", 201, json.UrlRequest, json.UrlConfiguration, _urls.CreateFunctionUrlConfig, (r, call) => Arn(r.FunctionName, call, r.Qualifier));
        api.Add($"GET {url}", 200, json.FunctionRequest, json.UrlConfiguration, _urls.GetFunctionUrlConfig, (r, call) => Arn(r.FunctionName, call, r.Qualifier));
        api.Add($"PUT {url}", 200, json.UrlRequest, json.UrlConfiguration, _urls.UpdateFunctionUrlConfig, (r, call) => Arn(r.FunctionName, call, r.Qualifier));
        api.Add($"DELETE {url}", 204, json.FunctionRequest, json.Empty, _urls.DeleteFunctionUrlConfig, (r, call) => Arn(r.FunctionName, call, r.Qualifier));
        api.Add($"GET {url}s", 200, json.ListOfFunctionRequest, json.ListUrlsResponse, _urls.ListFunctionUrlConfigs, (r, call) => Arn(r.FunctionName, call));

        var streaming = new Streaming(_invocation);
        api.AddRaw("POST /2021-11-15/functions/{FunctionName}/response-streaming-invocations", json.FunctionRequest, streaming.InvokeWithResponseStream, (r, call) => Arn(r.FunctionName, call, r.Qualifier), "lambda:InvokeFunction",
            (r, call) => _permissions.PolicyOf(FunctionRef.Parse(r.FunctionName, call, r.Qualifier)));
        api.AddRaw("POST /2014-11-13/functions/{FunctionName}/invoke-async", json.FunctionRequest, _invocation.InvokeAsync, (r, call) => Arn(r.FunctionName, call), "lambda:InvokeFunction",
            (r, call) => _permissions.PolicyOf(FunctionRef.Parse(r.FunctionName, call)));

        static string LayerArn(LayerVersionRequest request, Call call) => Layers.VersionArn(call, request.LayerName, request.VersionNumber);
    }

    private static string Arn(string name, Call call, string? qualifier = null) => FunctionRef.Parse(name, call, qualifier).QualifiedArn;
}

/// <summary>What Lambda asks of others.</summary>
internal sealed record LambdaPorts(IAssumeRoles Roles, IJudgePolicies Policies, IFetchCode Code, IWriteLogs Logs, IActAsRoles ActingRoles, IIdentifyCallers Callers, IFollowStreams Streams, IKeepRecords Records);

/// <param name="Payload">What the function answered, or the error's JSON.</param>
/// <param name="FunctionError">`Unhandled` when the function failed; otherwise null.</param>
internal sealed record InvokeResult(ReadOnlyMemory<byte> Payload, string? FunctionError);

/// <summary>Lambda's wire: rest-json over dated paths, bodies up to 70 MB (zips travel in them), links to code.</summary>
internal sealed class LambdaApi(Installation installation, CodeStore code) : JsonService(
    "lambda", Protocol.RestJson,
    "/2014-11-13/functions/", "/2015-03-31/", "/2016-08-19/", "/2017-03-31/tags/", "/2017-10-31/functions/", "/2018-10-31/layers", "/2019-09-25/functions/", "/2019-09-30/functions/", "/2020-06-30/functions/", "/2021-07-20/functions/",
    "/2021-10-31/functions/", "/2021-11-15/functions/", "/2024-08-31/functions/")
{
    public override long MaxBody => 70_167_211;

    public override AwsError TooLarge(ApiRequest request)
        => new AwsError("RequestEntityTooLargeException", $"Request must be smaller than {MaxBody} bytes for the {Identify(request).Name} operation", 413).With("Type", "User");

    public override Reply? AnswerPlainHttp(ApiRequest request) => CodeDownload.Answer(installation, code, request);
}

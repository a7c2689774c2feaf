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
    private readonly ConditionKeys _conditions;

    public LambdaService(Installation installation, LambdaPorts ports)
    {
        (_installation, _ports) = (installation, ports);
        var code = new CodeStore(installation, ports.Code);
        _logs = new LogShipper(installation, ports.Logs);
        _delegates = new Delegates(function => _workers!.Retire(function));
        _workers = new Workers(installation, new WorkerLauncher(installation, code, ports.Roles, _logs, _delegates));
        _layers = new Layers(installation, code);
        _functions = new Functions(installation, code, _layers, ports, _workers.Retire);
        _updates = new FunctionUpdates(installation, _functions, code, _layers, _workers.Retire);
        _permissions = new Permissions(installation);
        _options = new FunctionOptions(installation);
        _versions = new Versions(installation);
        _provisioning = new Provisioning(installation, _workers);
        _aliases = new Aliases(installation, alias => _ = Task.Run(async () => await _provisioning.Apply(alias)));
        _invocation = new Invocation(installation, _workers, ports) { Renew = installation.Options.LocalCode.Count > 0 ? _updates.Renew : null };
        _eventInvoke = new EventInvokeConfigs(installation, ports.Messages);
        _urls = new FunctionUrls(installation);
        _runtime = new RuntimeOptions(installation);
        _runner = new SourceRunner(installation, ports, _invocation);
        _sources = new EventSources(installation, ports, _runner.Change);
        _conditions = new ConditionKeys(installation);
        var api = new LambdaApi(installation, code);
        api.Later(() => AddOperations(api));
        api.TagsOf = _options.TagsOf;
        Apis = [api];
        Doors = [new Url.UrlDoor(installation, _urls, _permissions, ports, _invocation, api)];
    }

    public IEnumerable<AwsService> Apis { get; }

    public IEnumerable<IDoor> Doors { get; }

    public IEnumerable<ResourceScanner> Scanners => new FunctionScan(_installation).Scanners;

    public IEnumerable<IResourceHandler> Resources =>
    [
        new FunctionResource(_functions, _updates, _options, _runtime, _ports.Policies), new PermissionResource(_permissions, _ports.Policies),
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

    private void AddOperations(LambdaApi api)
    {
        const string functions = "/2015-03-31/functions/{FunctionName}";
        api.Add<CreateFunctionRequest, FunctionConfiguration>("POST /2015-03-31/functions", 201, _functions.CreateFunction, (r, call) => Plain(r.FunctionName, call), also: (r, _) => [("iam:PassRole", r.Role)], conditions: _conditions.Function);
        api.Add<ListFunctionsRequest, ListFunctionsResponse>("GET /2015-03-31/functions", 200, _functions.ListFunctions);
        api.Add<FunctionRequest, GetFunctionResponse>($"GET {functions}", 200, _functions.GetFunction, (r, call) => Arn(r.FunctionName, call));
        api.Add<FunctionRequest, FunctionConfiguration>($"GET {functions}/configuration", 200, _functions.GetFunctionConfiguration, (r, call) => Arn(r.FunctionName, call));
        api.Add<FunctionRequest, Empty>($"DELETE {functions}", 204, _functions.DeleteFunction, (r, call) => Arn(r.FunctionName, call));
        api.Add<UpdateFunctionCodeRequest, FunctionConfiguration>($"PUT {functions}/code", 200, _updates.UpdateFunctionCode, (r, call) => Plain(r.FunctionName, call));
        api.Add<UpdateFunctionConfigurationRequest, FunctionConfiguration>($"PUT {functions}/configuration", 200, _updates.UpdateFunctionConfiguration, (r, call) => Plain(r.FunctionName, call),
            also: (r, _) => r.Role is null ? [] : [("iam:PassRole", r.Role)], conditions: _conditions.Function);

        api.Add<PublishVersionRequest, FunctionConfiguration>($"POST {functions}/versions", 201, _versions.PublishVersion, (r, call) => Plain(r.FunctionName, call));
        api.Add<ListVersionsRequest, ListVersionsResponse>($"GET {functions}/versions", 200, _versions.ListVersionsByFunction, (r, call) => Arn(r.FunctionName, call));

        api.Add<CreateAliasRequest, AliasConfiguration>($"POST {functions}/aliases", 201, _aliases.CreateAlias, (r, call) => Plain(r.FunctionName, call));
        api.Add<ListAliasesRequest, ListAliasesResponse>($"GET {functions}/aliases", 200, _aliases.ListAliases, (r, call) => Plain(r.FunctionName, call));
        api.Add<AliasRequest, AliasConfiguration>($"GET {functions}/aliases/{{Name}}", 200, _aliases.GetAlias, (r, call) => Plain(r.FunctionName, call));
        api.Add<UpdateAliasRequest, AliasConfiguration>($"PUT {functions}/aliases/{{Name}}", 200, _aliases.UpdateAlias, (r, call) => Plain(r.FunctionName, call));
        api.Add<AliasRequest, Empty>($"DELETE {functions}/aliases/{{Name}}", 204, _aliases.DeleteAlias, (r, call) => Plain(r.FunctionName, call));

        api.Add<AddPermissionRequest, AddPermissionResponse>($"POST {functions}/policy", 201, _permissions.AddPermission, (r, call) => Arn(r.FunctionName, call, r.Qualifier), conditions: _conditions.Permission);
        api.Add<RemovePermissionRequest, Empty>($"DELETE {functions}/policy/{{StatementId}}", 204, _permissions.RemovePermission, (r, call) => Arn(r.FunctionName, call, r.Qualifier), conditions: _conditions.RemovedPermission);
        api.Add<FunctionRequest, GetPolicyResponse>($"GET {functions}/policy", 200, _permissions.GetPolicy, (r, call) => Arn(r.FunctionName, call, r.Qualifier));

        api.Add<TagRequest, Empty>("POST /2017-03-31/tags/{Resource}", 204, _options.TagResource, (r, _) => r.Resource);
        api.Add<UntagRequest, Empty>("DELETE /2017-03-31/tags/{Resource}", 204, _options.UntagResource, (r, _) => r.Resource);
        api.Add<ArnRequest, ListTagsResponse>("GET /2017-03-31/tags/{Resource}", 200, _options.ListTags, (r, _) => r.Resource);
        api.Add<PutConcurrencyRequest, Concurrency>("PUT /2017-10-31/functions/{FunctionName}/concurrency", 200, _options.PutFunctionConcurrency, (r, call) => Plain(r.FunctionName, call));
        api.Add<FunctionRequest, Empty>("DELETE /2017-10-31/functions/{FunctionName}/concurrency", 204, _options.DeleteFunctionConcurrency, (r, call) => Plain(r.FunctionName, call));
        api.Add<FunctionRequest, Concurrency>("GET /2019-09-30/functions/{FunctionName}/concurrency", 200, _options.GetFunctionConcurrency, (r, call) => Plain(r.FunctionName, call));
        api.Add<FunctionRequest, CodeSigningResponse>("GET /2020-06-30/functions/{FunctionName}/code-signing-config", 200, _options.GetFunctionCodeSigningConfig, (r, call) => Arn(r.FunctionName, call));
        api.Add<Empty, AccountSettings>("GET /2016-08-19/account-settings", 200, _options.GetAccountSettings);

        Extras(api);
        api.AddRaw<FunctionRequest>($"POST {functions}/invocations", _invocation.Invoke, (r, call) => Arn(r.FunctionName, call, r.Qualifier), "lambda:InvokeFunction",
            (r, call) => _permissions.PolicyOf(FunctionRef.Parse(r.FunctionName, call, r.Qualifier)));
    }

    private void Extras(LambdaApi api)
    {
        const string events = "/2019-09-25/functions/{FunctionName}/event-invoke-config", provisioned = "/2019-09-30/functions/{FunctionName}/provisioned-concurrency";
        api.Add<EventInvokeConfigRequest, EventInvokeConfiguration>($"PUT {events}", 200, _eventInvoke.PutFunctionEventInvokeConfig, (r, call) => Arn(r.FunctionName, call, r.Qualifier));
        api.Add<EventInvokeConfigRequest, EventInvokeConfiguration>($"POST {events}", 200, _eventInvoke.UpdateFunctionEventInvokeConfig, (r, call) => Arn(r.FunctionName, call, r.Qualifier));
        api.Add<FunctionRequest, EventInvokeConfiguration>($"GET {events}", 200, _eventInvoke.GetFunctionEventInvokeConfig, (r, call) => Arn(r.FunctionName, call, r.Qualifier));
        api.Add<FunctionRequest, Empty>($"DELETE {events}", 204, _eventInvoke.DeleteFunctionEventInvokeConfig, (r, call) => Arn(r.FunctionName, call, r.Qualifier));
        api.Add<ListOfFunctionRequest, ListEventInvokeConfigsResponse>($"GET {events}/list", 200, _eventInvoke.ListFunctionEventInvokeConfigs, (r, call) => Arn(r.FunctionName, call));

        api.Add<PutProvisionedRequest, ProvisionedConcurrency>($"PUT {provisioned}", 202, _provisioning.PutProvisionedConcurrencyConfig, (r, call) => Plain(r.FunctionName, call, r.Qualifier));
        api.Add<ProvisionedRequest, ProvisionedConcurrency>($"GET {provisioned}", 200, _provisioning.GetProvisionedConcurrencyConfig, (r, call) => Plain(r.FunctionName, call, r.Qualifier));
        api.Add<ProvisionedRequest, Empty>($"DELETE {provisioned}", 204, _provisioning.DeleteProvisionedConcurrencyConfig, (r, call) => Plain(r.FunctionName, call, r.Qualifier));
        api.Add<ListOfFunctionRequest, ListProvisionedResponse>($"GET {provisioned}?List=ALL", 200, _provisioning.ListProvisionedConcurrencyConfigs, (r, call) => Plain(r.FunctionName, call));

        const string recursion = "/2024-08-31/functions/{FunctionName}/recursion-config", runtime = "/2021-07-20/functions/{FunctionName}/runtime-management-config";
        api.Add<PutRecursionRequest, RecursionConfig>($"PUT {recursion}", 200, _runtime.PutFunctionRecursionConfig, (r, call) => Unqualified(r.FunctionName, call));
        api.Add<FunctionRequest, RecursionConfig>($"GET {recursion}", 200, _runtime.GetFunctionRecursionConfig, (r, call) => Unqualified(r.FunctionName, call));
        api.Add<PutRuntimeManagementRequest, RuntimeManagement>($"PUT {runtime}", 200, _runtime.PutRuntimeManagementConfig, (r, call) => Arn(r.FunctionName, call, r.Qualifier));
        api.Add<FunctionRequest, RuntimeManagement>($"GET {runtime}", 200, _runtime.GetRuntimeManagementConfig, (r, call) => Arn(r.FunctionName, call, r.Qualifier));

        const string layers = "/2018-10-31/layers", layer = layers + "/{LayerName}/versions", version = layer + "/{VersionNumber}";
        api.Add<PublishLayerVersionRequest, LayerVersion>($"POST {layer}", 201, _layers.PublishLayerVersion, (r, call) => call.Arn("lambda", "layer:" + r.LayerName));
        api.Add<ListLayersRequest, ListLayerVersionsResponse>($"GET {layer}", 200, _layers.ListLayerVersions);
        api.Add<ListLayersRequest, ListLayersResponse>($"GET {layers}", 200, _layers.ListLayers);
        api.Add<LayerArnRequest, LayerVersion>($"GET {layers}?find=LayerVersion", 200, _layers.GetLayerVersionByArn, (r, _) => r.Arn, "lambda:GetLayerVersion");
        api.Add<LayerVersionRequest, LayerVersion>($"GET {version}", 200, _layers.GetLayerVersion, LayerArn);
        api.Add<LayerVersionRequest, Empty>($"DELETE {version}", 204, _layers.DeleteLayerVersion, LayerArn);
        api.Add<AddLayerPermissionRequest, AddPermissionResponse>($"POST {version}/policy", 201, _layers.AddLayerVersionPermission, LayerArn);
        api.Add<LayerVersionRequest, GetPolicyResponse>($"GET {version}/policy", 200, _layers.GetLayerVersionPolicy, LayerArn);
        api.Add<RemoveLayerPermissionRequest, Empty>($"DELETE {version}/policy/{{StatementId}}", 204, _layers.RemoveLayerVersionPermission, LayerArn);

        const string mappings = "/2015-03-31/event-source-mappings", mapping = mappings + "/{UUID}";
        api.Add<CreateMappingRequest, MappingConfiguration>($"POST {mappings}", 202, _sources.CreateEventSourceMapping, conditions: _conditions.NewMapping);
        api.Add<ListMappingsRequest, ListMappingsResponse>($"GET {mappings}", 200, _sources.ListEventSourceMappings);
        api.Add<MappingRequest, MappingConfiguration>($"GET {mapping}", 200, _sources.GetEventSourceMapping, (r, call) => call.Arn("lambda", "event-source-mapping:" + r.UUID), conditions: _conditions.Mapping);
        api.Add<UpdateMappingRequest, MappingConfiguration>($"PUT {mapping}", 202, _sources.UpdateEventSourceMapping, (r, call) => call.Arn("lambda", "event-source-mapping:" + r.UUID), conditions: _conditions.ChangedMapping);
        api.Add<MappingRequest, MappingConfiguration>($"DELETE {mapping}", 202, _sources.DeleteEventSourceMapping, (r, call) => call.Arn("lambda", "event-source-mapping:" + r.UUID), conditions: _conditions.Mapping);

        const string url = "/2021-10-31/functions/{FunctionName}/url";
        api.Add<UrlRequest, UrlConfiguration>($"POST {url}", 201, _urls.CreateFunctionUrlConfig, (r, call) => Plain(r.FunctionName, call, r.Qualifier), conditions: _conditions.Url);
        api.Add<FunctionRequest, UrlConfiguration>($"GET {url}", 200, _urls.GetFunctionUrlConfig, (r, call) => Plain(r.FunctionName, call, r.Qualifier), conditions: _conditions.Url);
        api.Add<UrlRequest, UrlConfiguration>($"PUT {url}", 200, _urls.UpdateFunctionUrlConfig, (r, call) => Plain(r.FunctionName, call, r.Qualifier), conditions: _conditions.Url);
        api.Add<FunctionRequest, Empty>($"DELETE {url}", 204, _urls.DeleteFunctionUrlConfig, (r, call) => Plain(r.FunctionName, call, r.Qualifier), conditions: _conditions.Url);
        api.Add<ListOfFunctionRequest, ListUrlsResponse>($"GET {url}s", 200, _urls.ListFunctionUrlConfigs, (r, call) => Plain(r.FunctionName, call));

        var streaming = new Streaming(_invocation);
        api.AddRaw<FunctionRequest>("POST /2021-11-15/functions/{FunctionName}/response-streaming-invocations", streaming.InvokeWithResponseStream, (r, call) => Arn(r.FunctionName, call, r.Qualifier), "lambda:InvokeFunction",
            (r, call) => _permissions.PolicyOf(FunctionRef.Parse(r.FunctionName, call, r.Qualifier)));
        api.AddRaw<FunctionRequest>("POST /2014-11-13/functions/{FunctionName}/invoke-async", _invocation.InvokeAsync, (r, call) => Arn(r.FunctionName, call), "lambda:InvokeFunction",
            (r, call) => _permissions.PolicyOf(FunctionRef.Parse(r.FunctionName, call)));

        static string LayerArn(LayerVersionRequest request, Call call) => Layers.VersionArn(call, request.LayerName, request.VersionNumber);
    }

    private static string Arn(string name, Call call, string? qualifier = null) => FunctionRef.Parse(name, call, qualifier).QualifiedArn;

    /// <summary>Of the operations that take no dots in a name, and less of it.</summary>
    private static string Plain(string name, Call call, string? qualifier = null) => FunctionRef.Parse(name, call, qualifier, FunctionNameForm.Plain).QualifiedArn;

    private static string Unqualified(string name, Call call) => FunctionRef.Parse(name, call, null, FunctionNameForm.Unqualified).Arn;
}

/// <summary>What Lambda asks of others.</summary>
internal sealed record LambdaPorts(IAssumeRoles Roles, IJudgePolicies Policies, IFetchCode Code, IWriteLogs Logs, IActAsRoles ActingRoles, IIdentifyCallers Callers, IFollowStreams Streams, IKeepRecords Records, ISendMessages Messages, IReceiveMessages Queues);

/// <param name="Payload">What the function answered, or the error's JSON.</param>
/// <param name="FunctionError">`Unhandled` when the function failed; otherwise null.</param>
/// <param name="RequestId">What the function's log calls this invocation.</param>
/// <param name="ColdStart">How long the event waited for the function's process to start; zero when one was ready.</param>
internal sealed record InvokeResult(ReadOnlyMemory<byte> Payload, string? FunctionError, string RequestId, TimeSpan ColdStart);

/// <summary>Lambda's wire: rest-json over dated paths, bodies up to 70 MB (zips travel in them), links to code.</summary>
internal sealed class LambdaApi(Installation installation, CodeStore code) : JsonService(
    "lambda", Protocol.RestJson, () => LambdaJson.Default,
    "/2014-11-13/functions/", "/2015-03-31/", "/2016-08-19/", "/2017-03-31/tags/", "/2017-10-31/functions/", "/2018-10-31/layers", "/2019-09-25/functions/", "/2019-09-30/functions/", "/2020-06-30/functions/", "/2021-07-20/functions/",
    "/2021-10-31/functions/", "/2021-11-15/functions/", "/2024-08-31/functions/")
{
    public override long MaxBody => 70_167_211;

    public override AwsError TooLarge(ApiRequest request)
        => new AwsError("RequestEntityTooLargeException", $"Request must be smaller than {MaxBody} bytes for the {Identify(request).Name} operation", 413).With("Type", "User");

    public override Reply? AnswerPlainHttp(ApiRequest request) => CodeDownload.Answer(installation, code, request);
}

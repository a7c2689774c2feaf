using Galley.Lambda.Invoke;
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
    private readonly Workers _workers;
    private readonly LogShipper _logs;

    public LambdaService(Installation installation, LambdaPorts ports)
    {
        (_installation, _ports) = (installation, ports);
        var code = new CodeStore(installation, ports.Code);
        _logs = new LogShipper(installation, ports.Logs);
        _workers = new Workers(installation, new WorkerLauncher(installation, code, ports.Roles, _logs));
        _functions = new Functions(installation, code, ports.Roles, _workers.Retire);
        _updates = new FunctionUpdates(installation, _functions, code, _workers.Retire);
        _permissions = new Permissions(installation);
        _options = new FunctionOptions(installation);
        _versions = new Versions(installation);
        _aliases = new Aliases(installation);
        _invocation = new Invocation(installation, _workers);
        Apis = [Api(new LambdaApi(installation, code))];
    }

    public IEnumerable<AwsService> Apis { get; }

    public IEnumerable<IResourceHandler> Resources =>
    [
        new FunctionResource(_functions, _updates, _options, _ports.Policies), new PermissionResource(_permissions, _ports.Policies),
        new VersionResource(_versions, _functions, _ports.Policies), new AliasResource(_aliases, _ports.Policies),
    ];

    /// <summary>Runs a function for another service and gives what it answered.</summary>
    /// <param name="functionArn">ARN, with or without qualifier.</param>
    /// <param name="caller">Who asks; a service principal needs the function's own policy.</param>
    /// <param name="sourceArn">What the service acts for (`aws:SourceArn`).</param>
    /// <param name="payload">The event, JSON.</param>
    /// <param name="cancel">Ends the wait; the function itself runs on.</param>
    public async ValueTask<InvokeResult> Invoke(string functionArn, Principal caller, string? sourceArn, ReadOnlyMemory<byte> payload, CancellationToken cancel)
    {
        var function = FunctionRef.Parse(functionArn, _installation.Account, _installation.Region);
        var conditions = new Dictionary<string, string> { ["aws:SourceAccount"] = _installation.Account };
        if (sourceArn is not null) conditions["aws:SourceArn"] = sourceArn;
        var policy = await _permissions.PolicyOf(function);
        if (!await _ports.Policies.Allows(caller, "lambda:InvokeFunction", function.QualifiedArn, policy, conditions))
            throw Errors.AccessDenied($"User: {caller.Arn} is not authorized to perform: lambda:InvokeFunction on resource: {function.QualifiedArn} because no resource-based policy allows the lambda:InvokeFunction action");
        return await _invocation.Invoke(function, payload, cancel);
    }

    public async ValueTask Stop()
    {
        _workers.Dispose();
        await _logs.Stop();
    }

    public ValueTask Reset()
    {
        _workers.EndAll();
        return ValueTask.CompletedTask;
    }

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

        api.AddRaw($"POST {functions}/invocations", json.FunctionRequest, _invocation.Invoke, (r, call) => Arn(r.FunctionName, call, r.Qualifier), "lambda:InvokeFunction",
            (r, call) => _permissions.PolicyOf(FunctionRef.Parse(r.FunctionName, call, r.Qualifier)));
        return api;
    }

    private static string Arn(string name, Call call, string? qualifier = null) => FunctionRef.Parse(name, call, qualifier).QualifiedArn;
}

/// <summary>What Lambda asks of others.</summary>
internal sealed record LambdaPorts(IAssumeRoles Roles, IJudgePolicies Policies, IFetchCode Code, IWriteLogs Logs);

/// <param name="Payload">What the function answered, or the error's JSON.</param>
/// <param name="FunctionError">`Unhandled` when the function failed; otherwise null.</param>
internal sealed record InvokeResult(ReadOnlyMemory<byte> Payload, string? FunctionError);

/// <summary>Lambda's wire: rest-json over dated paths, bodies up to 70 MB (zips travel in them), links to code.</summary>
internal sealed class LambdaApi(Installation installation, CodeStore code) : JsonService(
    "lambda", Protocol.RestJson,
    "/2015-03-31/", "/2016-08-19/", "/2017-03-31/tags/", "/2017-10-31/functions/", "/2018-10-31/layers", "/2019-09-25/functions/", "/2019-09-30/functions/", "/2020-06-30/functions/", "/2021-07-20/functions/",
    "/2021-10-31/functions/")
{
    public override long MaxBody => 70_167_211;

    public override Reply? AnswerPlainHttp(ApiRequest request) => CodeDownload.Answer(installation, code, request);
}

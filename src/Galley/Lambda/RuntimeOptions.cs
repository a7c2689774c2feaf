using Galley.Store;
using Galley.Wire;

namespace Galley.Lambda;

/// <summary>Two small settings of a function: whether it may call itself for ever, and when its runtime is renewed (here: when the machine's is).</summary>
internal sealed class RuntimeOptions(Installation installation)
{
    public async ValueTask<RecursionConfig> PutFunctionRecursionConfig(PutRecursionRequest request, Call call)
    {
        if (request.RecursiveLoop is not ("Allow" or "Terminate")) throw Errors.Constraint(request.RecursiveLoop, "recursiveLoop", "Member must satisfy enum value set: [Terminate, Allow]");
        await Change(FunctionRef.Parse(request.FunctionName, call, null, FunctionNameForm.Unqualified), record => record with { MayLoop = request.RecursiveLoop == "Allow" });
        return new RecursionConfig(request.RecursiveLoop);
    }

    public ValueTask<RecursionConfig> GetFunctionRecursionConfig(FunctionRequest request, Call call)
        => installation.Store.Read(async snapshot => new RecursionConfig((await Functions.Find(snapshot, FunctionRef.Parse(request.FunctionName, call, null, FunctionNameForm.Unqualified))).MayLoop ? "Allow" : "Terminate"));

    public async ValueTask<RuntimeManagement> PutRuntimeManagementConfig(PutRuntimeManagementRequest request, Call call)
    {
        if (request.UpdateRuntimeOn is not ("Auto" or "Manual" or "FunctionUpdate")) throw Errors.Constraint(request.UpdateRuntimeOn, "updateRuntimeOn", "Member must satisfy enum value set: [Auto, Manual, FunctionUpdate]");
        if (request.UpdateRuntimeOn == "Manual") throw Errors.InvalidParameter("Galley does not support the runtime update mode Manual: functions run on the interpreters of this machine.");
        if (request.RuntimeVersionArn is not null) throw Errors.InvalidParameter($"You can't provide a RuntimeVersionArn for update runtime mode {request.UpdateRuntimeOn}.");
        var function = FunctionRef.Parse(request.FunctionName, call, request.Qualifier);
        if (function.Qualifier is not (null or FunctionRef.Latest)) throw Errors.InvalidParameter("Galley keeps the runtime management configuration of $LATEST only.");
        await Change(function, record => record with { UpdateRuntimeOn = request.UpdateRuntimeOn });
        return new RuntimeManagement(request.UpdateRuntimeOn, (function with { Qualifier = FunctionRef.Latest }).QualifiedArn);
    }

    public ValueTask<RuntimeManagement> GetRuntimeManagementConfig(FunctionRequest request, Call call)
    {
        var function = FunctionRef.Parse(request.FunctionName, call, request.Qualifier);
        return installation.Store.Read(async snapshot => new RuntimeManagement((await Functions.Find(snapshot, function)).UpdateRuntimeOn ?? "Auto", (function with { Qualifier = function.Qualifier ?? FunctionRef.Latest }).QualifiedArn));
    }

    private async ValueTask Change(FunctionRef function, Func<FunctionRecord, FunctionRecord> change)
        => await installation.Store.Write(async tx =>
            tx.Put(Keys.Function(function.Unqualified), change(await Functions.Find(tx, function.Unqualified)), LambdaJson.Default.FunctionRecord));
}

internal sealed record PutRecursionRequest
{
    public required string FunctionName { get; init; }

    public required string RecursiveLoop { get; init; }
}

internal sealed record RecursionConfig(string RecursiveLoop);

internal sealed record PutRuntimeManagementRequest(string? Qualifier, string? RuntimeVersionArn)
{
    public required string FunctionName { get; init; }

    public required string UpdateRuntimeOn { get; init; }
}

internal sealed record RuntimeManagement(string UpdateRuntimeOn, string FunctionArn);

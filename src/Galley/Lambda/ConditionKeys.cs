using Galley.Lambda.Sources;
using Galley.Store;
using Galley.Wire;
using Pairs = System.Collections.Generic.IEnumerable<System.Collections.Generic.KeyValuePair<string, string>>;

namespace Galley.Lambda;

/// <summary>
/// What IAM's conditions can ask of Lambda's control plane: `lambda:FunctionArn` of an event source mapping, `lambda:Principal` and
/// `lambda:FunctionUrlAuthType` of a permission, the latter of a function URL too, `lambda:Layer` of a function.
/// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
/// </summary>
internal sealed class ConditionKeys(Installation installation)
{
    public ValueTask<Pairs> Function(FunctionSettings request, Call call, string action, string resource)
        => new(action == "iam:PassRole" ? [] : (request.Layers ?? []).Select(layer => Pair("Layer", layer)));

    public ValueTask<Pairs> Permission(AddPermissionRequest request, Call call, string action, string resource)
        => new(Both(request.Principal, request.FunctionUrlAuthType));

    public async ValueTask<Pairs> RemovedPermission(RemovePermissionRequest request, Call call, string action, string resource)
    {
        var function = FunctionRef.Parse(request.FunctionName, call, request.Qualifier);
        var policy = await installation.Store.Read(snapshot => snapshot.Get(Keys.Policy(function), LambdaJson.Default.PolicyRecord));
        if (policy?.Statements.FirstOrDefault(statement => statement.Sid == request.StatementId) is not { } kept) return [];
        using var statement = System.Text.Json.JsonDocument.Parse(kept.Json);
        var principal = statement.RootElement.GetProperty("Principal");
        var auth = statement.RootElement.TryGetProperty("Condition", out var conditions) && conditions.TryGetProperty("StringEquals", out var equal) && equal.TryGetProperty("lambda:FunctionUrlAuthType", out var type) ? type.GetString() : null;
        return Both(principal.ValueKind == System.Text.Json.JsonValueKind.String ? principal.GetString() : principal.EnumerateObject().First().Value.GetString(), auth).ToList();
    }

    /// <summary>The type that is asked for, or the one that the URL has.</summary>
    public async ValueTask<Pairs> Url(UrlRequest request, Call call, string action, string resource)
        => await Url(FunctionRef.Parse(request.FunctionName, call, request.Qualifier), request.AuthType);

    public async ValueTask<Pairs> Url(FunctionRequest request, Call call, string action, string resource) => await Url(FunctionRef.Parse(request.FunctionName, call, request.Qualifier), null);

    public ValueTask<Pairs> NewMapping(CreateMappingRequest request, Call call, string action, string resource) => new([Pair("FunctionArn", FunctionRef.Parse(request.FunctionName, call).QualifiedArn)]);

    public async ValueTask<Pairs> ChangedMapping(UpdateMappingRequest request, Call call, string action, string resource)
        => request.FunctionName is { } function ? [Pair("FunctionArn", FunctionRef.Parse(function, call).QualifiedArn)] : await Mapping(request.UUID, call);

    public async ValueTask<Pairs> Mapping(MappingRequest request, Call call, string action, string resource) => await Mapping(request.UUID, call);

    private async ValueTask<Pairs> Url(FunctionRef function, string? asked)
    {
        var type = asked ?? (await installation.Store.Read(snapshot => snapshot.Get(Keys.Url(function), LambdaJson.Default.UrlRecord)))?.AuthType;
        return type is null ? [] : [Pair("FunctionUrlAuthType", type)];
    }

    private async ValueTask<Pairs> Mapping(string uuid, Call call)
        => await installation.Store.Read(snapshot => snapshot.Get(Keys.Mapping(call.Account, call.Region, uuid), LambdaJson.Default.MappingRecord)) is { } mapping
            ? [Pair("FunctionArn", mapping.Function.QualifiedArn)]
            : [];

    private static IEnumerable<KeyValuePair<string, string>> Both(string? principal, string? auth)
    {
        if (principal is not null) yield return Pair("Principal", principal);
        if (auth is not null) yield return Pair("FunctionUrlAuthType", auth);
    }

    private static KeyValuePair<string, string> Pair(string name, string value) => new("lambda:" + name, value);
}

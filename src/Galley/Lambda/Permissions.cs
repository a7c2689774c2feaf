using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Galley.Store;
using Galley.Wire;

namespace Galley.Lambda;

/// <summary>A function's own policy, statement by statement: who besides the account's own identities may invoke it.</summary>
internal sealed partial class Permissions(Installation installation)
{
    public async ValueTask<AddPermissionResponse> AddPermission(AddPermissionRequest request, Call call)
    {
        var function = FunctionRef.Parse(request.FunctionName, call, request.Qualifier);
        if (!SidForm().IsMatch(request.StatementId)) throw Errors.Constraint(request.StatementId, "statementId", "Member must satisfy regular expression pattern: ([a-zA-Z0-9-_]+)");
        if (!ActionForm().IsMatch(request.Action)) throw Errors.Constraint(request.Action, "action", "Member must satisfy regular expression pattern: (lambda:[*]|lambda:[a-zA-Z]+|[*])");
        if (function.Qualifier == FunctionRef.Latest) throw Errors.InvalidParameter("We currently do not support adding policies for $LATEST.");
        var statement = Statement(request, function);
        await installation.Store.Write(async tx =>
        {
            await Check(tx, function, request.RevisionId);
            var policy = await tx.Get(Keys.Policy(function), LambdaJson.Default.PolicyRecord) ?? new PolicyRecord([]);
            if (policy.Statements.Exists(kept => kept.Sid == request.StatementId))
                throw Errors.Conflict($"The statement id ({request.StatementId}) provided already exists. Please provide a new statement id, or remove the existing statement.");
            tx.Put(Keys.Policy(function), new PolicyRecord([.. policy.Statements, new PolicyStatement(request.StatementId, statement)]), LambdaJson.Default.PolicyRecord);
            await Step(tx, function);
        });
        return new AddPermissionResponse(statement);
    }

    public async ValueTask<Empty> RemovePermission(RemovePermissionRequest request, Call call)
    {
        var function = FunctionRef.Parse(request.FunctionName, call, request.Qualifier);
        await installation.Store.Write(async tx =>
        {
            if (await tx.Get(Keys.Function(function)) is null) throw Errors.NotFound($"No policy found for: {function.QualifiedArn}");
            await Aliases.Follow(tx, function);
            var policy = await tx.Get(Keys.Policy(function), LambdaJson.Default.PolicyRecord);
            if (policy is null || policy.Statements.RemoveAll(kept => kept.Sid == request.StatementId) == 0)
                throw policy is null ? Errors.NotFound("No policy is associated with the given resource.") : Errors.NotFound($"Statement {request.StatementId} is not found in resource policy.");
            await Check(tx, function, request.RevisionId);
            if (policy.Statements.Count == 0) tx.Delete(Keys.Policy(function));
            else tx.Put(Keys.Policy(function), policy, LambdaJson.Default.PolicyRecord);
            await Step(tx, function);
        });
        return Empty.Value;
    }

    public async ValueTask<GetPolicyResponse> GetPolicy(FunctionRequest request, Call call)
    {
        var function = FunctionRef.Parse(request.FunctionName, call, request.Qualifier);
        return await installation.Store.Read(async snapshot =>
        {
            await Functions.Find(snapshot, function.Unqualified);
            var policy = await snapshot.Get(Keys.Policy(function), LambdaJson.Default.PolicyRecord) ?? throw Errors.NotFound("The resource you requested does not exist.");
            return new GetPolicyResponse(Document(policy), await Revision(snapshot, function));
        });
    }

    /// <summary>The policy that counts for an invocation with this qualifier; null when there is none.</summary>
    public ValueTask<string?> PolicyOf(FunctionRef function)
        => installation.Store.Read(snapshot => snapshot.Kept(
            Keys.Policy(function.Qualifier == FunctionRef.Latest ? function.Unqualified : function), static stored => Document(JsonSerializer.Deserialize(stored, LambdaJson.Default.PolicyRecord)!)));

    /// <summary>The statement that AddLayerVersionPermission writes.</summary>
    public static string LayerStatement(AddLayerPermissionRequest request, string arn)
    {
        var statement = new JsonObject { ["Sid"] = request.StatementId, ["Effect"] = "Allow", ["Principal"] = Principal(request.Principal), ["Action"] = request.Action, ["Resource"] = arn };
        if (request.OrganizationId is { } organization) statement["Condition"] = new JsonObject { ["StringEquals"] = new JsonObject { ["aws:PrincipalOrgID"] = organization } };
        return statement.ToJsonString();
    }

    private static string Document(PolicyRecord policy)
        => $$"""{"Version":"2012-10-17","Id":"default","Statement":[{{string.Join(',', policy.Statements.Select(statement => statement.Json))}}]}""";

    private static string Statement(AddPermissionRequest request, FunctionRef function)
    {
        var conditions = new JsonObject();
        void Condition(string test, string key, string? value)
        {
            if (value is null) return;
            if (conditions[test] is not JsonObject tests) conditions[test] = tests = [];
            tests[key] = value;
        }

        Condition("StringEquals", "AWS:SourceAccount", request.SourceAccount);
        Condition("StringEquals", "lambda:FunctionUrlAuthType", request.FunctionUrlAuthType);
        Condition("StringEquals", "aws:PrincipalOrgID", request.PrincipalOrgID);
        Condition("StringEquals", "lambda:EventSourceToken", request.EventSourceToken);
        Condition("Bool", "lambda:InvokedViaFunctionUrl", request.InvokedViaFunctionUrl is { } via ? via ? "true" : "false" : null);
        Condition("ArnLike", "AWS:SourceArn", request.SourceArn);
        var statement = new JsonObject
        {
            ["Sid"] = request.StatementId,
            ["Effect"] = "Allow",
            ["Principal"] = Principal(request.Principal),
            ["Action"] = request.Action,
            ["Resource"] = function.QualifiedArn,
        };
        if (conditions.Count > 0) statement["Condition"] = conditions;
        return statement.ToJsonString();
    }

    private static JsonNode Principal(string principal)
        => principal == "*" ? "*"
            : AccountForm().IsMatch(principal) ? new JsonObject { ["AWS"] = $"arn:aws:iam::{principal}:root" }
            : principal.StartsWith("arn:", StringComparison.Ordinal) ? new JsonObject { ["AWS"] = principal }
            : ServiceForm().IsMatch(principal) ? new JsonObject { ["Service"] = principal }
            : throw Errors.InvalidParameter("The provided principal was invalid. Please check the principal and try again.");

    /// <summary>Also that the function, version or alias is there.</summary>
    private static async ValueTask Check(ISnapshot snapshot, FunctionRef function, string? revision)
    {
        var now = await Revision(snapshot, function);
        if (revision is not null && revision != now) throw Errors.Precondition();
    }

    private static async ValueTask<string> Revision(ISnapshot snapshot, FunctionRef function)
        => function.IsAlias ? (await Aliases.Get(snapshot, function, function.Qualifier!)).RevisionId : (await Functions.Find(snapshot, function)).Revision;

    /// <summary>A policy has no revision of its own: what it hangs on gets a new one.</summary>
    private async ValueTask Step(ITransaction tx, FunctionRef function)
    {
        if (function.IsAlias) tx.Put(Keys.Alias(function, function.Qualifier!), await Aliases.Get(tx, function, function.Qualifier!) with { RevisionId = installation.Ids.Uuid() }, LambdaJson.Default.AliasRecord);
        else tx.Put(await Functions.Locate(tx, function), await Functions.Find(tx, function) with { Touched = installation.Ids.Uuid() }, LambdaJson.Default.FunctionRecord);
    }

    [GeneratedRegex("^[a-zA-Z0-9_-]{1,100}$")]
    private static partial Regex SidForm();

    [GeneratedRegex(@"^(?:lambda:\*|lambda:[a-zA-Z]+|\*)$")]
    private static partial Regex ActionForm();

    [GeneratedRegex("^[0-9]{12}$")]
    private static partial Regex AccountForm();

    [GeneratedRegex(@"^[a-z0-9.-]+\.amazonaws\.com$")]
    private static partial Regex ServiceForm();
}

internal sealed record AddPermissionRequest(string? SourceArn, string? SourceAccount, string? FunctionUrlAuthType, string? PrincipalOrgID, string? Qualifier, string? RevisionId, bool? InvokedViaFunctionUrl = null, string? EventSourceToken = null)
{
    public required string FunctionName { get; init; }

    public required string StatementId { get; init; }

    public required string Action { get; init; }

    public required string Principal { get; init; }
}

internal sealed record AddPermissionResponse(string Statement)
{
    /// <summary>Only of layers.</summary>
    public string? RevisionId { get; init; }
}

internal sealed record RemovePermissionRequest(string? Qualifier, string? RevisionId)
{
    public required string FunctionName { get; init; }

    public required string StatementId { get; init; }
}

internal sealed record GetPolicyResponse(string Policy, string RevisionId);

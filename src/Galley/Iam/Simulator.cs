using Galley.Iam.Evaluate;
using Galley.Store;
using Galley.Wire;

namespace Galley.Iam;

/// <summary>IAM's policy simulator: the very evaluation that requests meet, with policies and context given by the caller.</summary>
internal sealed class Simulator(Installation installation, Authorization authorization)
{
    private const string Of = " of ";

    public ValueTask<SimulateResponse> SimulateCustomPolicy(SimulateCustomPolicyRequest request, Call call)
    {
        var policies = new CallerPolicies(Named(request.PolicyInputList, "PolicyInputList"), Boundary(request.PermissionsBoundaryPolicyInputList), []);
        var caller = CallerOf(request.CallerArn ?? $"arn:aws:iam::{call.Account}:user/simulated", "AIDASIMULATED");
        return new(Simulate(caller, policies, new(request.ActionNames, request.ResourceArns, request.ResourcePolicy, request.ResourceOwner, request.ContextEntries, request.Marker, request.MaxItems)));
    }

    public async ValueTask<SimulateResponse> SimulatePrincipalPolicy(SimulatePrincipalPolicyRequest request, Call call)
    {
        var (identity, own) = await PoliciesOf(request.PolicySourceArn, call);
        var policies = own with
        {
            Identity = [.. own.Identity, .. Named(request.PolicyInputList ?? [], "PolicyInputList")],
            Boundary = Boundary(request.PermissionsBoundaryPolicyInputList) ?? own.Boundary,
        };
        var caller = CallerOf(request.CallerArn ?? identity.Arn, identity.Id);
        return Simulate(caller, policies, new(request.ActionNames, request.ResourceArns, request.ResourcePolicy, request.ResourceOwner, request.ContextEntries, request.Marker, request.MaxItems));
    }

    public ValueTask<ContextKeysResponse> GetContextKeysForCustomPolicy(ContextKeysOfCustomPolicyRequest request, Call call)
        => new(new ContextKeysResponse(KeysIn(Named(request.PolicyInputList, "PolicyInputList"))));

    public async ValueTask<ContextKeysResponse> GetContextKeysForPrincipalPolicy(ContextKeysOfPrincipalRequest request, Call call)
        => new(KeysIn([.. (await PoliciesOf(request.PolicySourceArn, call)).Policies.Identity, .. Named(request.PolicyInputList ?? [], "PolicyInputList")]));

    private sealed record Questions(
        IReadOnlyList<string> Actions, IReadOnlyList<string>? Resources, string? ResourcePolicy, string? Owner, IReadOnlyList<ContextEntry>? Context, string? Marker, int? MaxItems);

    private SimulateResponse Simulate(Principal caller, CallerPolicies policies, Questions asked)
    {
        if (asked.Actions.FirstOrDefault(action => action.IndexOf(':', StringComparison.Ordinal) <= 0) is { } wrong) throw Errors.InvalidInput($"Invalid Action: {wrong}");
        if (asked.ResourcePolicy is not null && Problem(asked.ResourcePolicy) is { } problem) throw Errors.InvalidInput($"ResourcePolicy: {problem}");
        var owner = asked.Owner is not null && Arn.TryParse(asked.Owner, out var arn) ? arn.Account : installation.Account;
        var given = (asked.Context ?? []).Select(entry => entry.ContextKeyName).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var missing = KeysIn([.. policies.Identity, .. policies.Boundary is { } boundary ? [boundary] : (NamedPolicy[])[]]).Where(key => !given.Contains(key) && !IsOwn(key)).ToList();
        var results = from action in asked.Actions from resource in asked.Resources ?? ["*"] select Result(action, resource);
        var (page, truncated, marker) = Pages.Page(results, result => $"{result.EvalActionName} {result.EvalResourceName}", result => result, asked.Marker, asked.MaxItems);
        return new(page, truncated, marker);

        EvaluationResult Result(string action, string resource)
        {
            var decision = authorization.Decide(caller, policies, asked.ResourcePolicy, action, resource, KeysOf(caller, asked.Context), owner);
            var matched = decision.By.IndexOf(Of, StringComparison.Ordinal) is > 0 and var at
                ? [new MatchedStatement(decision.By[(at + Of.Length)..], decision.Why.Contains("resource-based", StringComparison.Ordinal) ? "Resource Policy" : "IAM Policy")]
                : (MatchedStatement[])[];
            var within = policies.Boundary is null ? null : new PermissionsBoundaryDecision(!decision.Why.Contains("permissions boundary", StringComparison.Ordinal));
            return new(action, resource, decision.Allowed ? "allowed" : decision.Why.StartsWith("with an explicit deny", StringComparison.Ordinal) ? "explicitDeny" : "implicitDeny", matched, missing, within);
        }
    }

    private RequestKeys KeysOf(Principal caller, IReadOnlyList<ContextEntry>? context)
    {
        var keys = RequestKeys.Of(caller, installation.Account, installation.Now);
        foreach (var entry in context ?? [])
            foreach (var value in entry.ContextKeyValues) keys.Add(entry.ContextKeyName, value);
        return keys;
    }

    /// <summary>Keys that follow from the caller and the time, so nobody need give them.</summary>
    private static bool IsOwn(string key) => key.StartsWith("aws:Principal", StringComparison.OrdinalIgnoreCase)
        || key.ToLowerInvariant() is "aws:userid" or "aws:username" or "aws:currenttime" or "aws:epochtime" or "aws:viaawsservice";

    private async ValueTask<(Identity Identity, CallerPolicies Policies)> PoliciesOf(string arn, Call call)
    {
        if (!Arn.TryParse(arn, out var parsed) || parsed.Service != "iam" || parsed.Resource.Split('/') is not [var type, .., var name]
            || type switch { "user" => IdentityKind.User, "role" => IdentityKind.Role, "group" => IdentityKind.Group, _ => (IdentityKind?)null } is not { } kind)
            throw Errors.InvalidInput($"Invalid Entity Arn: {arn} does not clearly define entity type and name.");
        return await installation.Store.Read(async tx =>
        {
            var identity = await Identities.Get(tx, call, kind, name);
            return (identity, await authorization.PoliciesOf(tx, identity, []));
        });
    }

    private static Principal CallerOf(string arn, string id) => arn.Contains(":role/", StringComparison.Ordinal)
        ? new(PrincipalKind.AssumedRole, arn, id + ":simulated") { RoleArn = arn }
        : new(PrincipalKind.User, arn, id);

    private static List<NamedPolicy> Named(IReadOnlyList<string> documents, string list)
        => [.. documents.Select((text, i) => Problem(text) is { } problem ? throw Errors.InvalidInput($"{list}.{i + 1}: {problem}") : new NamedPolicy($"{list}.{i + 1}", PolicyDocument.Parse(text)))];

    private static NamedPolicy? Boundary(IReadOnlyList<string>? documents) => documents is { Count: > 0 } ? Named(documents, "PermissionsBoundaryPolicyInputList")[0] : null;

    private static string? Problem(string document)
    {
        try
        {
            _ = PolicyDocument.Parse(document);
            return null;
        }
        catch (PolicyProblem problem)
        {
            return problem.Message;
        }
    }

    private static List<string> KeysIn(IReadOnlyList<NamedPolicy> policies) => [.. policies.SelectMany(policy => policy.Document.ContextKeys).Distinct(StringComparer.OrdinalIgnoreCase)];
}

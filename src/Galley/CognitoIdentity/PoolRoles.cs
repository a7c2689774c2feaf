using Galley.Wire;

namespace Galley.CognitoIdentity;

/// <summary>The roles of a pool, the rules that choose between them, and the principal tags made of claims.</summary>
internal sealed class PoolRoles(IdentityPools pools)
{
    private const int MostRules = 25;

    public async ValueTask<Empty> SetIdentityPoolRoles(SetIdentityPoolRolesRequest request, Call call)
    {
        foreach (var (kind, arn) in request.Roles)
        {
            if (kind is not ("authenticated" or "unauthenticated")) throw Errors.InvalidParameter($"Invalid role type: {kind}");
            CheckRole(arn);
        }

        foreach (var (provider, mapping) in request.RoleMappings ?? []) Check(provider, mapping);
        await pools.Change(request.IdentityPoolId, pool => pool with { Roles = request.Roles, RoleMappings = request.RoleMappings });
        return Empty.Value;
    }

    public async ValueTask<GetIdentityPoolRolesResponse> GetIdentityPoolRoles(OnPoolRequest request, Call call)
    {
        var pool = await pools.Find(request.IdentityPoolId);
        return new(pool.Id, pool.Roles, pool.RoleMappings);
    }

    public async ValueTask<PrincipalTagsResponse> SetPrincipalTagAttributeMap(PrincipalTagsRequest request, Call call)
    {
        var map = new PrincipalTagMap(request.UseDefaults == true, request.PrincipalTags ?? []);
        await pools.Change(request.IdentityPoolId, pool => pool with { PrincipalTags = new(pool.PrincipalTags ?? []) { [request.IdentityProviderName] = map } });
        return new(request.IdentityPoolId, request.IdentityProviderName, map.UseDefaults, map.Tags);
    }

    public async ValueTask<PrincipalTagsResponse> GetPrincipalTagAttributeMap(OnProviderRequest request, Call call)
    {
        var pool = await pools.Find(request.IdentityPoolId);
        var map = pool.PrincipalTags?.GetValueOrDefault(request.IdentityProviderName);
        return new(pool.Id, request.IdentityProviderName, map?.UseDefaults ?? false, map?.Tags ?? []);
    }

    private static void Check(string provider, RoleMapping mapping)
    {
        if (mapping.Type is not ("Token" or "Rules")) throw Errors.Constraint(mapping.Type, $"roleMappings.{provider}.type", "Member must satisfy enum value set: [Rules, Token]");
        if (mapping.AmbiguousRoleResolution is not (null or "AuthenticatedRole" or "Deny")) throw Errors.Constraint(mapping.AmbiguousRoleResolution, $"roleMappings.{provider}.ambiguousRoleResolution", "Member must satisfy enum value set: [AuthenticatedRole, Deny]");
        if (mapping.AmbiguousRoleResolution is null) throw Errors.InvalidParameter("AmbiguousRoleResolution is a required parameter.");
        if (mapping.Type != "Rules") return;
        if (mapping.RulesConfiguration is not { Rules.Count: > 0 and <= MostRules } rules) throw Errors.InvalidParameter($"RulesConfiguration needs between 1 and {MostRules} rules.");
        foreach (var rule in rules.Rules)
        {
            if (rule.MatchType is not ("Equals" or "Contains" or "StartsWith" or "NotEqual")) throw Errors.Constraint(rule.MatchType, "matchType", "Member must satisfy enum value set: [Equals, Contains, StartsWith, NotEqual]");
            CheckRole(rule.RoleARN);
        }
    }

    private static void CheckRole(string arn)
    {
        if (!Arn.TryParse(arn, out var parsed) || parsed.Service != "iam" || !parsed.Resource.StartsWith("role/", StringComparison.Ordinal)) throw Errors.InvalidParameter($"Invalid role ARN: {arn}");
    }
}

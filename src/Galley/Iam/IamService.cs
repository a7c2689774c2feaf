using Galley.Iam.Resources;
using Galley.Wire;

namespace Galley.Iam;

/// <summary>IAM and STS: who calls, and what they may do.</summary>
internal sealed class IamService : IService
{
    private readonly CallerKeys _keys;
    private readonly Authorization _authorization;
    private readonly Sts _sts;
    private readonly AwsService _iamApi, _stsApi;
    private readonly IReadOnlyList<IResourceHandler> _resources;

    public IamService(Installation whole)
    {
        var store = new WatchedStore(whole.Store);
        var installation = whole with { Store = store };
        var identities = new Identities(installation);
        var (users, keys, roles, groups) = (new Users(identities), new AccessKeys(installation), new Roles(identities), new Groups(identities));
        var (inline, attachments, policies) = (new InlinePolicies(identities), new Attachments(identities), new Policies(identities, installation));
        _keys = new CallerKeys(installation, store);
        _authorization = new Authorization(installation, store);
        _sts = new Sts(installation, new Sessions(installation), _authorization);
        _iamApi = IamOperations.Table(users, keys, roles, groups, inline, attachments, policies, new Account(identities));
        _stsApi = StsTable(_sts);
        var owners = new IdentityResources(identities, _authorization);
        _resources =
        [
            new RoleResource(owners), new UserResource(owners, identities), new PolicyResource(identities, _authorization),
            new ManagedPolicyResource(policies, attachments, _authorization), new AccessKeyResource(keys, _authorization),
        ];
    }

    public IEnumerable<AwsService> Apis => [_iamApi, _stsApi];

    public IEnumerable<IResourceHandler> Resources => _resources;

    /// <summary>The key and its owner; null for an unknown key.</summary>
    public ValueTask<CallerKey?> FindKey(string accessKeyId) => _keys.Find(accessKeyId);

    /// <summary>Throws AWS's AccessDenied when the caller may not do this.</summary>
    public ValueTask Authorize(Call call, AwsService service, Operation operation, BoundCall bound) => _authorization.Authorize(call, service, operation, bound);

    /// <summary>Whether policies allow it: for service principals, anonymous callers and arrows.</summary>
    public ValueTask<bool> Allows(Principal principal, string action, string resource, string? resourcePolicy, IReadOnlyDictionary<string, string> conditions)
        => _authorization.Allows(principal, action, resource, resourcePolicy, conditions);

    /// <summary>What one policy that stands alone says of an action, whoever asks; null for what is no policy.</summary>
    public bool? Says(string policy, string action, string resource, IReadOnlyDictionary<string, string> conditions) => _authorization.Says(policy, action, resource, conditions);

    /// <summary>Temporary keys of a role whose trust policy names the service.</summary>
    public ValueTask<TemporaryCredentials> AssumeForService(string roleArn, string servicePrincipal, string sessionName, TimeSpan duration)
        => _sts.AssumeForService(roleArn, servicePrincipal, sessionName, duration);

    public ValueTask Reset()
    {
        _keys.Forget();
        _authorization.Forget();
        return ValueTask.CompletedTask;
    }

    private static QueryService StsTable(Sts sts)
    {
        var api = new QueryService("sts", "2011-06-15", "https://sts.amazonaws.com/doc/2011-06-15/");
        api.Add(IamJson.Default.Empty, IamJson.Default.GetCallerIdentityResponse, sts.GetCallerIdentity);
        api.Add(IamJson.Default.GetAccessKeyInfoRequest, IamJson.Default.GetAccessKeyInfoResponse, sts.GetAccessKeyInfo);
        api.Add(IamJson.Default.AssumeRoleRequest, IamJson.Default.AssumeRoleResponse, sts.AssumeRole, resource: (r, _) => r.RoleArn);
        api.Add(IamJson.Default.GetSessionTokenRequest, IamJson.Default.GetSessionTokenResponse, sts.GetSessionToken);
        return api;
    }
}

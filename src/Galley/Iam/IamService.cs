using Galley.Iam.Federation;
using Galley.Iam.Resources;
using Galley.Wire;

namespace Galley.Iam;

/// <summary>IAM and STS: who calls, and what they may do.</summary>
internal sealed class IamService : IService
{
    private readonly CallerKeys _keys;
    private readonly Authorization _authorization;
    private readonly Sts _sts;
    private readonly ConsoleRole _console;
    private readonly OidcProviders _providers;
    private readonly IdentityTokens _tokens;
    private readonly WebIdentities _webIdentities;
    private readonly Observations _observations;
    private readonly AwsService _iamApi, _stsApi, _analyzerApi;
    private readonly IReadOnlyList<IResourceHandler> _resources;

    public IamService(Installation whole, IFetchOwnKeys ownKeys)
    {
        var store = new WatchedStore(whole.Store);
        var installation = whole with { Store = store };
        _observations = new Observations(installation, whole.Store); // what it writes changes no decision
        var identities = new Identities(installation);
        var (users, keys, roles, groups) = (new Users(identities), new AccessKeys(installation, _observations), new Roles(identities, _observations), new Groups(identities));
        var (inline, attachments, policies) = (new InlinePolicies(identities), new Attachments(identities), new Policies(identities, installation));
        _providers = new OidcProviders(installation);
        _keys = new CallerKeys(installation, store);
        _authorization = new Authorization(installation, store, _observations);
        var roleSessions = new RoleSessions(installation, new Sessions(installation with { Store = whole.Store }), _authorization);
        _sts = new Sts(installation, roleSessions);
        _console = new ConsoleRole(installation, identities, _sts);
        _tokens = new IdentityTokens(installation, ownKeys);
        _webIdentities = new WebIdentities(installation, roleSessions, _providers, _tokens);
        _analyzerApi = new AccessAnalyzer(installation, _observations).Table();
        _iamApi = IamOperations.Table(new(
            users, keys, new TagsAndBoundaries(identities), new LoginProfiles(installation), roles, new ServiceLinkedRoles(identities), groups, inline, attachments, policies, _providers,
            new Account(identities), new AccountReports(identities, installation, _observations), new Simulator(installation, _authorization), new Absences(identities)));
        _iamApi.TagsOf = new ResourceTags(installation).Of;
        _stsApi = StsTable(_sts, _webIdentities);
        var owners = new IdentityResources(identities, _authorization);
        Scanners = new IdentityScan(identities).Scanners;
        _resources =
        [
            new RoleResource(owners), new UserResource(owners, identities), new GroupResource(owners), new PolicyResource(identities, _authorization),
            new ManagedPolicyResource(policies, attachments, _authorization), new AccessKeyResource(keys, _authorization),
            new UserToGroupAdditionResource(groups, _authorization), new OidcProviderResource(_providers, _authorization),
            .. Enum.GetValues<IdentityKind>().Select(kind => new InlinePolicyResource(kind, identities, _authorization)),
        ];
    }

    public IEnumerable<AwsService> Apis => [_iamApi, _stsApi, _analyzerApi];

    public IEnumerable<IResourceHandler> Resources => _resources;

    public IEnumerable<ResourceScanner> Scanners { get; }

    /// <summary>All services, whose resources' tags decide over what one does in its caller's name.</summary>
    public void Know(IReadOnlyList<AwsService> services) => _authorization.Services = services;

    /// <summary>The key and its owner; null for an unknown key.</summary>
    public ValueTask<CallerKey?> FindKey(string accessKeyId) => _keys.Find(accessKeyId);

    /// <summary>Throws AWS's AccessDenied when the caller may not do this.</summary>
    public ValueTask Authorize(Call call, AwsService service, Operation operation, BoundCall bound) => _authorization.Authorize(call, service, operation, bound);

    /// <summary>Whether policies allow it: for service principals, anonymous callers and arrows.</summary>
    public ValueTask<bool> Allows(Principal principal, string action, string resource, string? resourcePolicy, IReadOnlyDictionary<string, string> conditions)
        => _authorization.Allows(principal, action, resource, resourcePolicy, conditions);

    /// <summary>Whether the caller's own policies allow what a service does in its name.</summary>
    /// <param name="keyPolicy">The resource's own policy, where that must allow too, if only by naming the account (KMS).</param>
    public async ValueTask<bool> Allows(Call call, string action, string resource, IEnumerable<KeyValuePair<string, string>> conditions, string? keyPolicy = null)
        => (await _authorization.Judge(call, action, resource, conditions, keyPolicy)).Allowed;

    /// <summary>What one policy that stands alone says of an action, whoever asks; null for what is no policy.</summary>
    public bool? Says(string policy, string action, string resource, IReadOnlyDictionary<string, string> conditions) => _authorization.Says(policy, action, resource, conditions);

    /// <summary>Temporary keys of a role whose trust policy names the service.</summary>
    /// <param name="keys">Condition keys that the session brings with every call of it.</param>
    public ValueTask<TemporaryCredentials> AssumeForService(string roleArn, string servicePrincipal, string sessionName, TimeSpan duration, params IReadOnlyList<KeyValuePair<string, string>> keys)
        => _sts.AssumeForService(roleArn, servicePrincipal, sessionName, duration, keys, sessionPolicies: []);

    /// <summary>Temporary keys for Galley's own pages.</summary>
    public ValueTask<TemporaryCredentials> ConsoleCredentials() => _console.Credentials();

    /// <summary>An identity token and what is wrong with it; null for what is no JWT. Only an issuer that is meant is asked for its keys.</summary>
    public async ValueTask<(IdentityToken Token, TokenProblem Problem)?> ReadToken(string token, Func<string, bool> isMeant)
        => IdentityToken.Read(token) is not { } read ? null : (read, isMeant(read.Issuer) ? await _tokens.Check(read) : TokenProblem.Signature);

    public ValueTask<StoredOidcProvider?> OidcProvider(string arn)
        => arn.IndexOf(":oidc-provider/", StringComparison.Ordinal) is >= 0 and var at ? _providers.Find(arn[(at + ":oidc-provider/".Length)..]) : new((StoredOidcProvider?)null);

    /// <summary>Temporary keys of a role for somebody known by a provider; null when the trust policy does not let them.</summary>
    public ValueTask<TemporaryCredentials?> Assume(string roleArn, WebIdentity identity, string sessionName, IReadOnlyList<string> sessionPolicies)
        => _webIdentities.Assume(roleArn, identity, sessionName, sessionPolicies);

    /// <summary>What is not put back with an earlier state: the sessions of functions' processes, which live on.</summary>
    public static IReadOnlyList<byte[]> Spared(string account) => Keys.Sessions(account);

    public ValueTask Reset()
    {
        _tokens.Forget();
        _observations.Forget();
        _keys.Forget();
        _authorization.Forget();
        return ValueTask.CompletedTask;
    }

    private static QueryService StsTable(Sts sts, WebIdentities identities)
    {
        var api = new QueryService("sts", "2011-06-15", "https://sts.amazonaws.com/doc/2011-06-15/", () => IamJson.Default);
        api.Later(() =>
        {
            api.Add<Empty, GetCallerIdentityResponse>(sts.GetCallerIdentity);
            api.Add<GetAccessKeyInfoRequest, GetAccessKeyInfoResponse>(sts.GetAccessKeyInfo);
            api.Add<AssumeRoleRequest, AssumeRoleResponse>(sts.AssumeRole, resource: (r, _) => r.RoleArn);
            api.Add<GetSessionTokenRequest, GetSessionTokenResponse>(sts.GetSessionToken);
            api.Add<AssumeRoleWithWebIdentityRequest, AssumeRoleWithWebIdentityResponse>(identities.AssumeRoleWithWebIdentity, resource: (r, _) => r.RoleArn, unsigned: true);
            api.Add<GetFederationTokenRequest, GetFederationTokenResponse>(sts.GetFederationToken, resource: (r, call) => $"arn:aws:sts::{call.Account}:federated-user/{r.Name}");
            api.Add<DecodeAuthorizationMessageRequest, Empty>(sts.DecodeAuthorizationMessage);
        });
        return api;
    }
}

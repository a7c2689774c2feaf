using Galley.Cognito.OAuth;
using Galley.Cognito.Pages;
using Galley.Cognito.Resources;
using Galley.Cognito.SignIn;
using Galley.Cognito.Triggers;
using Galley.Wire;

namespace Galley.Cognito;

/// <summary>Cognito user pools: the API, the tokens, and the sign-in pages.</summary>
internal sealed class CognitoService : IService
{
    private readonly Installation _installation;
    private readonly SigningKeys _signing;
    private readonly CognitoApi _api;
    private readonly Passwords _passwords;
    private readonly AccessTokens _accessTokens;
    private readonly SignInDoor _door;

    public CognitoService(Installation installation, ISendMail mail, IInvokeTriggers functions, IEncryptCodes encryption, IWriteImportLogs importLogs)
    {
        _installation = installation;
        _signing = new SigningKeys(installation);
        var imports = new UserImports(installation, importLogs);
        _api = new CognitoApi(new Discovery(installation, _signing), imports) { InvalidParameterCode = "InvalidParameterException" };
        var clients = new Clients(installation);
        _passwords = new Passwords(installation);
        var attempts = new Attempts(installation);
        var credentials = new Credentials(installation, clients, _passwords, attempts);
        var grants = new Grants(installation);
        var steps = new Steps(installation, grants);
        var triggerCall = new TriggerCall(installation, functions);
        var triggers = new UserTriggers(triggerCall);
        var tokens = new Tokens(installation, _signing, new TokenTriggers(triggerCall));
        var refreshes = new Refreshes(installation, grants, tokens);
        Direct = new DirectSignIns(installation, clients, grants, tokens);
        var accessTokens = _accessTokens = new AccessTokens(installation, _signing);
        var codes = new Codes(installation);
        var messages = new Messages(installation, mail, triggers, new SenderTriggers(triggerCall, encryption));
        var migrations = new Migrations(installation, _passwords, triggers);
        var softwareTokens = new SoftwareTokens(installation, accessTokens, steps);
        var engine = Engine(installation, credentials, _passwords, attempts, steps, messages, migrations, triggers, new ChallengeTriggers(triggerCall));
        var auths = new InitiateAuths(installation, clients, credentials, engine, grants, tokens, refreshes);
        var challenges = new Challenges(clients, credentials, engine, auths);
        var signUps = new SignUps(installation, clients, credentials, _passwords, codes, messages, triggers, steps);
        var forgotten = new ForgottenPasswords(installation, clients, credentials, _passwords, codes, messages, migrations, triggers);
        _door = SignInHost.Make(installation, _signing, clients, grants, steps, tokens, refreshes, accessTokens, signUps, forgotten, engine, triggers);
        var pools = new UserPools(installation, _signing, encryption);
        var domains = new Domains(installation);
        var servers = new ResourceServers(installation);
        var users = new AdminUsers(installation, _passwords, codes, messages, triggers);
        var groups = new Groups(installation);
        var providers = new IdentityProviders(installation);
        var looks = new UiCustomizations(installation);
        var mfa = new MfaConfigs(installation, accessTokens);
        _api.TagsOf = pools.TagsOf;
        _api.Later(() =>
        {
            AddPools(_api, pools, clients, domains, servers);
            AddUsers(_api, users, groups);
            AddSelf(_api, signUps, forgotten, new SelfService(installation, clients, accessTokens, _passwords, attempts, codes, messages), auths, challenges);
            AddImports(_api, imports);
            AddDevices(_api, new Devices(installation, accessTokens));
            AddProviders(_api, new ClientSecrets(installation, clients), providers, new ProviderLinks(installation), looks);
            AddMfa(_api, mfa, softwareTokens, auths);
        });
        Scanners = new PoolScan(installation, clients).Scanners;
        Resources =
        [
            new UserPoolResource(pools, mfa), new UserPoolClientResource(clients), new UserPoolDomainResource(domains),
            new UserPoolGroupResource(groups), new UserPoolUserResource(users), new UserPoolResourceServerResource(servers),
            new UserPoolIdentityProviderResource(providers), new UserPoolUICustomizationAttachmentResource(looks), new UserPoolUserToGroupAttachmentResource(groups),
        ];
    }

    /// <summary>For tests.</summary>
    public DirectSignIns Direct { get; }

    public IEnumerable<AwsService> Apis => [_api];

    public IEnumerable<IDoor> Doors => [_door];

    public IEnumerable<IResourceHandler> Resources { get; }

    public IEnumerable<ResourceScanner> Scanners { get; }

    /// <summary>
    /// Public keys of the pool that an issuer names, in AWS's form or as `http://localhost:4566/&lt;pool&gt;` and its kin; null when it is not ours.
    /// </summary>
    public async ValueTask<IReadOnlyList<SigningKey>?> SigningKeys(string issuer)
    {
        if (!Uri.TryCreate(issuer, UriKind.Absolute, out var uri)) return null;
        var poolId = issuer[(issuer.LastIndexOf('/') + 1)..];
        var cut = poolId.IndexOf('_', StringComparison.Ordinal);
        if (cut <= 0) return null;
        var region = poolId[..cut];
        var ours = issuer == $"https://cognito-idp.{region}.amazonaws.com/{poolId}"
            || uri.Port == _installation.Port && uri.AbsolutePath == "/" + poolId && uri.Scheme is "http" or "https"
            && (uri.Host == $"cognito-idp.{region}.localhost" || uri.IsLoopback);
        return ours ? await _signing.Public(poolId) : null;
    }

    /// <summary>For whoever holds an id token and wants to know more than that it is genuine.</summary>
    public ValueTask<bool> IsSignedIn(string poolId, string username, string sub, string origin) => _accessTokens.IsSignedIn(poolId, username, sub, origin);

    public ValueTask Stop()
    {
        _passwords.Dispose();
        return ValueTask.CompletedTask;
    }

    public ValueTask Reset()
    {
        _signing.Clear();
        return ValueTask.CompletedTask;
    }

    private static SignInEngine Engine(
        Installation installation, Credentials credentials, Passwords passwords, Attempts attempts, Steps steps, Messages messages, Migrations migrations, UserTriggers triggers, ChallengeTriggers custom)
    {
        var oneTime = new OneTimeCodes(installation, steps, messages);
        var srp = new SrpProofs(installation, steps);
        var proofs = new PasswordProofs(installation, passwords, attempts, steps, srp);
        var seconds = new SecondFactors(installation, steps, attempts, oneTime);
        var devices = new DeviceProofs(installation, steps, srp);
        var gate = new SignInGate(installation, credentials, steps, seconds, devices, triggers);
        var customs = new CustomAuths(installation, steps, custom, proofs, gate);
        var newPasswords = new NewPasswords(installation, credentials, passwords, steps);
        return new SignInEngine(installation, credentials, migrations, new FirstFactors(installation, steps, oneTime), proofs, seconds, devices, customs, gate, newPasswords, triggers);
    }

    private static void AddPools(CognitoApi api, UserPools pools, Clients clients, Domains domains, ResourceServers servers)
    {
        api.Add<CreateUserPoolRequest, UserPoolResponse>(pools.CreateUserPool);
        api.Add<OnPoolRequest, UserPoolResponse>(pools.DescribeUserPool, Pool);
        api.Add<UpdateUserPoolRequest, Empty>(pools.UpdateUserPool, Pool);
        api.Add<OnPoolRequest, Empty>(pools.DeleteUserPool, Pool);
        api.Add<ListUserPoolsRequest, ListUserPoolsResponse>(pools.ListUserPools);
        api.Add<AddCustomAttributesRequest, Empty>(pools.AddCustomAttributes, Pool);
        api.Add<TagResourceRequest, Empty>(pools.TagResource, (request, _) => request.ResourceArn);
        api.Add<UntagResourceRequest, Empty>(pools.UntagResource, (request, _) => request.ResourceArn);
        api.Add<ListTagsForResourceRequest, ListTagsForResourceResponse>(pools.ListTagsForResource, (request, _) => request.ResourceArn);
        api.Add<CreateUserPoolClientRequest, UserPoolClientResponse>(clients.CreateUserPoolClient, Pool);
        api.Add<OnClientRequest, UserPoolClientResponse>(clients.DescribeUserPoolClient, Pool);
        api.Add<UpdateUserPoolClientRequest, UserPoolClientResponse>(clients.UpdateUserPoolClient, Pool);
        api.Add<OnClientRequest, Empty>(clients.DeleteUserPoolClient, Pool);
        api.Add<ListUserPoolClientsRequest, ListUserPoolClientsResponse>(clients.ListUserPoolClients, Pool);
        api.Add<CreateUserPoolDomainRequest, CreateUserPoolDomainResponse>(domains.CreateUserPoolDomain, Pool);
        api.Add<UpdateUserPoolDomainRequest, CreateUserPoolDomainResponse>(domains.UpdateUserPoolDomain, Pool);
        api.Add<DescribeUserPoolDomainRequest, DescribeUserPoolDomainResponse>(domains.DescribeUserPoolDomain);
        api.Add<DeleteUserPoolDomainRequest, Empty>(domains.DeleteUserPoolDomain, Pool);
        api.Add<ResourceServer, ResourceServerResponse>(servers.CreateResourceServer, Pool);
        api.Add<OnResourceServerRequest, ResourceServerResponse>(servers.DescribeResourceServer, Pool);
        api.Add<ResourceServer, ResourceServerResponse>(servers.UpdateResourceServer, Pool);
        api.Add<OnResourceServerRequest, Empty>(servers.DeleteResourceServer, Pool);
        api.Add<ListResourceServersRequest, ListResourceServersResponse>(servers.ListResourceServers, Pool);
    }

    private static void AddUsers(CognitoApi api, AdminUsers users, Groups groups)
    {
        api.Add<AdminCreateUserRequest, AdminCreateUserResponse>(users.AdminCreateUser, Pool);
        api.Add<OnUserRequest, AdminGetUserResponse>(users.AdminGetUser, Pool);
        api.Add<AdminSetUserPasswordRequest, Empty>(users.AdminSetUserPassword, Pool);
        api.Add<OnUserRequest, Empty>(users.AdminConfirmSignUp, Pool);
        api.Add<AdminUpdateUserAttributesRequest, Empty>(users.AdminUpdateUserAttributes, Pool);
        api.Add<AdminDeleteUserAttributesRequest, Empty>(users.AdminDeleteUserAttributes, Pool);
        api.Add<OnUserRequest, Empty>(users.AdminDeleteUser, Pool);
        api.Add<OnUserRequest, Empty>(users.AdminEnableUser, Pool);
        api.Add<OnUserRequest, Empty>(users.AdminDisableUser, Pool);
        api.Add<OnUserRequest, Empty>(users.AdminResetUserPassword, Pool);
        api.Add<OnUserRequest, Empty>(users.AdminUserGlobalSignOut, Pool);
        api.Add<ListUsersRequest, ListUsersResponse>(users.ListUsers, Pool);
        api.Add<GroupRequest, GroupResponse>(groups.CreateGroup, Pool);
        api.Add<OnGroupRequest, GroupResponse>(groups.GetGroup, Pool);
        api.Add<GroupRequest, GroupResponse>(groups.UpdateGroup, Pool);
        api.Add<OnGroupRequest, Empty>(groups.DeleteGroup, Pool);
        api.Add<ListGroupsRequest, ListGroupsResponse>(groups.ListGroups, Pool);
        api.Add<MembershipRequest, Empty>(groups.AdminAddUserToGroup, Pool);
        api.Add<MembershipRequest, Empty>(groups.AdminRemoveUserFromGroup, Pool);
        api.Add<AdminListGroupsForUserRequest, ListGroupsResponse>(groups.AdminListGroupsForUser, Pool);
        api.Add<ListUsersInGroupRequest, ListUsersInGroupResponse>(groups.ListUsersInGroup, Pool);
    }

    /// <summary>The operations of users themselves, which AWS takes without a signature, and the two signed twins of signing in.</summary>
    private static void AddSelf(CognitoApi api, SignUps signUps, ForgottenPasswords forgotten, SelfService self, InitiateAuths auths, Challenges challenges)
    {
        api.Add<SignUpRequest, SignUpResponse>(signUps.SignUp, unsigned: true);
        api.Add<ConfirmSignUpRequest, ConfirmSignUpResponse>(signUps.ConfirmSignUp, unsigned: true);
        api.Add<NamedUserRequest, CodeDeliveryResponse>(signUps.ResendConfirmationCode, unsigned: true);
        api.Add<NamedUserRequest, CodeDeliveryResponse>(forgotten.ForgotPassword, unsigned: true);
        api.Add<ConfirmForgotPasswordRequest, Empty>(forgotten.ConfirmForgotPassword, unsigned: true);
        api.Add<AccessTokenRequest, GetUserResponse>(self.GetUser, unsigned: true);
        api.Add<ChangePasswordRequest, Empty>(self.ChangePassword, unsigned: true);
        api.Add<UpdateUserAttributesRequest, UpdateUserAttributesResponse>(self.UpdateUserAttributes, unsigned: true);
        api.Add<DeleteUserAttributesRequest, Empty>(self.DeleteUserAttributes, unsigned: true);
        api.Add<AttributeCodeRequest, CodeDeliveryResponse>(self.GetUserAttributeVerificationCode, unsigned: true);
        api.Add<VerifyUserAttributeRequest, Empty>(self.VerifyUserAttribute, unsigned: true);
        api.Add<AccessTokenRequest, Empty>(self.DeleteUser, unsigned: true);
        api.Add<AccessTokenRequest, Empty>(self.GlobalSignOut, unsigned: true);
        api.Add<RevokeTokenRequest, Empty>(self.RevokeToken, unsigned: true);
        api.Add<InitiateAuthRequest, AuthResponse>(auths.InitiateAuth, unsigned: true);
        api.Add<RespondToAuthChallengeRequest, AuthResponse>(challenges.RespondToAuthChallenge, unsigned: true);
        api.Add<AdminInitiateAuthRequest, AuthResponse>(auths.AdminInitiateAuth, Pool);
        api.Add<AdminRespondToAuthChallengeRequest, AuthResponse>(challenges.AdminRespondToAuthChallenge, Pool);
    }

    private static void AddMfa(CognitoApi api, MfaConfigs configs, SoftwareTokens software, InitiateAuths auths)
    {
        api.Add<OnPoolRequest, MfaConfigResponse>(configs.GetUserPoolMfaConfig, Pool);
        api.Add<SetUserPoolMfaConfigRequest, MfaConfigResponse>(configs.SetUserPoolMfaConfig, Pool);
        api.Add<AdminSetUserMFAPreferenceRequest, Empty>(configs.AdminSetUserMFAPreference, Pool);
        api.Add<SetUserMFAPreferenceRequest, Empty>(configs.SetUserMFAPreference, unsigned: true);
        api.Add<AccessTokenRequest, GetUserAuthFactorsResponse>(configs.GetUserAuthFactors, unsigned: true);
        api.Add<AssociateSoftwareTokenRequest, AssociateSoftwareTokenResponse>(software.AssociateSoftwareToken, unsigned: true);
        api.Add<VerifySoftwareTokenRequest, VerifySoftwareTokenResponse>(software.VerifySoftwareToken, unsigned: true);
        api.Add<GetTokensFromRefreshTokenRequest, GetTokensFromRefreshTokenResponse>(auths.GetTokensFromRefreshToken, unsigned: true);
    }

    private static void AddImports(CognitoApi api, UserImports imports)
    {
        api.Add<OnPoolRequest, GetCSVHeaderResponse>(imports.GetCSVHeader, Pool);
        api.Add<CreateUserImportJobRequest, UserImportJobResponse>(imports.CreateUserImportJob, Pool);
        api.Add<OnImportRequest, UserImportJobResponse>(imports.DescribeUserImportJob, Pool);
        api.Add<ListUserImportJobsRequest, ListUserImportJobsResponse>(imports.ListUserImportJobs, Pool);
        api.Add<OnImportRequest, UserImportJobResponse>(imports.StartUserImportJob, Pool);
        api.Add<OnImportRequest, UserImportJobResponse>(imports.StopUserImportJob, Pool);
    }

    private static void AddDevices(CognitoApi api, Devices devices)
    {
        api.Add<ConfirmDeviceRequest, ConfirmDeviceResponse>(devices.ConfirmDevice, unsigned: true);
        api.Add<ListDevicesRequest, ListDevicesResponse>(devices.ListDevices, unsigned: true);
        api.Add<DeviceRequest, GetDeviceResponse>(devices.GetDevice, unsigned: true);
        api.Add<DeviceRequest, Empty>(devices.ForgetDevice, unsigned: true);
        api.Add<UpdateDeviceStatusRequest, Empty>(devices.UpdateDeviceStatus, unsigned: true);
        api.Add<AdminListDevicesRequest, ListDevicesResponse>(devices.AdminListDevices, Pool);
        api.Add<AdminDeviceRequest, GetDeviceResponse>(devices.AdminGetDevice, Pool);
        api.Add<AdminDeviceRequest, Empty>(devices.AdminForgetDevice, Pool);
        api.Add<AdminUpdateDeviceStatusRequest, Empty>(devices.AdminUpdateDeviceStatus, Pool);
    }

    private static void AddProviders(CognitoApi api, ClientSecrets secrets, IdentityProviders providers, ProviderLinks links, UiCustomizations looks)
    {
        api.Add<AddUserPoolClientSecretRequest, AddUserPoolClientSecretResponse>(secrets.AddUserPoolClientSecret, Pool);
        api.Add<ListUserPoolClientSecretsRequest, ListUserPoolClientSecretsResponse>(secrets.ListUserPoolClientSecrets, Pool);
        api.Add<DeleteUserPoolClientSecretRequest, Empty>(secrets.DeleteUserPoolClientSecret, Pool);
        api.Add<CreateIdentityProviderRequest, IdentityProviderResponse>(providers.CreateIdentityProvider, Pool);
        api.Add<OnProviderRequest, IdentityProviderResponse>(providers.DescribeIdentityProvider, Pool);
        api.Add<UpdateIdentityProviderRequest, IdentityProviderResponse>(providers.UpdateIdentityProvider, Pool);
        api.Add<OnProviderRequest, Empty>(providers.DeleteIdentityProvider, Pool);
        api.Add<ListIdentityProvidersRequest, ListIdentityProvidersResponse>(providers.ListIdentityProviders, Pool);
        api.Add<OnIdentifierRequest, IdentityProviderResponse>(providers.GetIdentityProviderByIdentifier, Pool);
        api.Add<AdminLinkProviderForUserRequest, Empty>(links.AdminLinkProviderForUser, Pool);
        api.Add<AdminDisableProviderForUserRequest, Empty>(links.AdminDisableProviderForUser, Pool);
        api.Add<SetUICustomizationRequest, UICustomizationResponse>(looks.SetUICustomization, Pool);
        api.Add<GetUICustomizationRequest, UICustomizationResponse>(looks.GetUICustomization, Pool);
    }

    private static string Pool<T>(T request, Call call) where T : IOnPool => call.Arn("cognito-idp", "userpool/" + request.UserPoolId);
}

using Galley.Cognito.OAuth;
using Galley.Cognito.Pages;
using Galley.Cognito.Resources;
using Galley.Cognito.SignIn;
using Galley.Cognito.Triggers;
using Galley.Wire;
using J = Galley.Cognito.CognitoJson;

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

    public CognitoService(Installation installation, ISendMail mail, IInvokeTriggers functions, IWriteImportLogs importLogs)
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
        var messages = new Messages(installation, mail, triggers);
        var migrations = new Migrations(installation, _passwords, triggers);
        var softwareTokens = new SoftwareTokens(installation, accessTokens, steps);
        var engine = Engine(installation, credentials, _passwords, attempts, steps, messages, migrations, triggers, new ChallengeTriggers(triggerCall));
        var auths = new InitiateAuths(installation, clients, credentials, engine, grants, tokens, refreshes);
        var challenges = new Challenges(clients, credentials, engine, auths);
        var signUps = new SignUps(installation, clients, credentials, _passwords, codes, messages, triggers, steps);
        var forgotten = new ForgottenPasswords(installation, clients, credentials, _passwords, codes, messages, migrations, triggers);
        _door = SignInHost.Make(installation, _signing, clients, grants, steps, tokens, refreshes, accessTokens, signUps, forgotten, engine, triggers);
        var pools = new UserPools(installation, _signing);
        var domains = new Domains(installation);
        var servers = new ResourceServers(installation);
        var users = new AdminUsers(installation, _passwords, codes, messages, triggers);
        var groups = new Groups(installation);
        var providers = new IdentityProviders(installation);
        var looks = new UiCustomizations(installation);
        AddPools(_api, pools, clients, domains, servers);
        AddUsers(_api, users, groups);
        AddSelf(_api, signUps, forgotten, new SelfService(installation, clients, accessTokens, _passwords, attempts, codes, messages), auths, challenges);
        AddImports(_api, imports);
        AddDevices(_api, new Devices(installation, accessTokens));
        AddProviders(_api, new ClientSecrets(installation, clients), providers, new ProviderLinks(installation), looks);
        var mfa = new MfaConfigs(installation, accessTokens);
        AddMfa(_api, mfa, softwareTokens, auths);
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
        api.Add(J.Default.CreateUserPoolRequest, J.Default.UserPoolResponse, pools.CreateUserPool);
        api.Add(J.Default.OnPoolRequest, J.Default.UserPoolResponse, pools.DescribeUserPool, Pool);
        api.Add(J.Default.UpdateUserPoolRequest, J.Default.Empty, pools.UpdateUserPool, Pool);
        api.Add(J.Default.OnPoolRequest, J.Default.Empty, pools.DeleteUserPool, Pool);
        api.Add(J.Default.ListUserPoolsRequest, J.Default.ListUserPoolsResponse, pools.ListUserPools);
        api.Add(J.Default.AddCustomAttributesRequest, J.Default.Empty, pools.AddCustomAttributes, Pool);
        api.Add(J.Default.TagResourceRequest, J.Default.Empty, pools.TagResource, (request, _) => request.ResourceArn);
        api.Add(J.Default.UntagResourceRequest, J.Default.Empty, pools.UntagResource, (request, _) => request.ResourceArn);
        api.Add(J.Default.ListTagsForResourceRequest, J.Default.ListTagsForResourceResponse, pools.ListTagsForResource, (request, _) => request.ResourceArn);
        api.Add(J.Default.CreateUserPoolClientRequest, J.Default.UserPoolClientResponse, clients.CreateUserPoolClient, Pool);
        api.Add(J.Default.OnClientRequest, J.Default.UserPoolClientResponse, clients.DescribeUserPoolClient, Pool);
        api.Add(J.Default.UpdateUserPoolClientRequest, J.Default.UserPoolClientResponse, clients.UpdateUserPoolClient, Pool);
        api.Add(J.Default.OnClientRequest, J.Default.Empty, clients.DeleteUserPoolClient, Pool);
        api.Add(J.Default.ListUserPoolClientsRequest, J.Default.ListUserPoolClientsResponse, clients.ListUserPoolClients, Pool);
        api.Add(J.Default.CreateUserPoolDomainRequest, J.Default.CreateUserPoolDomainResponse, domains.CreateUserPoolDomain, Pool);
        api.Add(J.Default.UpdateUserPoolDomainRequest, J.Default.CreateUserPoolDomainResponse, domains.UpdateUserPoolDomain, Pool);
        api.Add(J.Default.DescribeUserPoolDomainRequest, J.Default.DescribeUserPoolDomainResponse, domains.DescribeUserPoolDomain);
        api.Add(J.Default.DeleteUserPoolDomainRequest, J.Default.Empty, domains.DeleteUserPoolDomain, Pool);
        api.Add(J.Default.ResourceServer, J.Default.ResourceServerResponse, servers.CreateResourceServer, Pool);
        api.Add(J.Default.OnResourceServerRequest, J.Default.ResourceServerResponse, servers.DescribeResourceServer, Pool);
        api.Add(J.Default.ResourceServer, J.Default.ResourceServerResponse, servers.UpdateResourceServer, Pool);
        api.Add(J.Default.OnResourceServerRequest, J.Default.Empty, servers.DeleteResourceServer, Pool);
        api.Add(J.Default.ListResourceServersRequest, J.Default.ListResourceServersResponse, servers.ListResourceServers, Pool);
    }

    private static void AddUsers(CognitoApi api, AdminUsers users, Groups groups)
    {
        api.Add(J.Default.AdminCreateUserRequest, J.Default.AdminCreateUserResponse, users.AdminCreateUser, Pool);
        api.Add(J.Default.OnUserRequest, J.Default.AdminGetUserResponse, users.AdminGetUser, Pool);
        api.Add(J.Default.AdminSetUserPasswordRequest, J.Default.Empty, users.AdminSetUserPassword, Pool);
        api.Add(J.Default.OnUserRequest, J.Default.Empty, users.AdminConfirmSignUp, Pool);
        api.Add(J.Default.AdminUpdateUserAttributesRequest, J.Default.Empty, users.AdminUpdateUserAttributes, Pool);
        api.Add(J.Default.AdminDeleteUserAttributesRequest, J.Default.Empty, users.AdminDeleteUserAttributes, Pool);
        api.Add(J.Default.OnUserRequest, J.Default.Empty, users.AdminDeleteUser, Pool);
        api.Add(J.Default.OnUserRequest, J.Default.Empty, users.AdminEnableUser, Pool);
        api.Add(J.Default.OnUserRequest, J.Default.Empty, users.AdminDisableUser, Pool);
        api.Add(J.Default.OnUserRequest, J.Default.Empty, users.AdminResetUserPassword, Pool);
        api.Add(J.Default.OnUserRequest, J.Default.Empty, users.AdminUserGlobalSignOut, Pool);
        api.Add(J.Default.ListUsersRequest, J.Default.ListUsersResponse, users.ListUsers, Pool);
        api.Add(J.Default.GroupRequest, J.Default.GroupResponse, groups.CreateGroup, Pool);
        api.Add(J.Default.OnGroupRequest, J.Default.GroupResponse, groups.GetGroup, Pool);
        api.Add(J.Default.GroupRequest, J.Default.GroupResponse, groups.UpdateGroup, Pool);
        api.Add(J.Default.OnGroupRequest, J.Default.Empty, groups.DeleteGroup, Pool);
        api.Add(J.Default.ListGroupsRequest, J.Default.ListGroupsResponse, groups.ListGroups, Pool);
        api.Add(J.Default.MembershipRequest, J.Default.Empty, groups.AdminAddUserToGroup, Pool);
        api.Add(J.Default.MembershipRequest, J.Default.Empty, groups.AdminRemoveUserFromGroup, Pool);
        api.Add(J.Default.AdminListGroupsForUserRequest, J.Default.ListGroupsResponse, groups.AdminListGroupsForUser, Pool);
        api.Add(J.Default.ListUsersInGroupRequest, J.Default.ListUsersInGroupResponse, groups.ListUsersInGroup, Pool);
    }

    /// <summary>The operations of users themselves, which AWS takes without a signature, and the two signed twins of signing in.</summary>
    private static void AddSelf(CognitoApi api, SignUps signUps, ForgottenPasswords forgotten, SelfService self, InitiateAuths auths, Challenges challenges)
    {
        api.Add(J.Default.SignUpRequest, J.Default.SignUpResponse, signUps.SignUp, unsigned: true);
        api.Add(J.Default.ConfirmSignUpRequest, J.Default.ConfirmSignUpResponse, signUps.ConfirmSignUp, unsigned: true);
        api.Add(J.Default.NamedUserRequest, J.Default.CodeDeliveryResponse, signUps.ResendConfirmationCode, unsigned: true);
        api.Add(J.Default.NamedUserRequest, J.Default.CodeDeliveryResponse, forgotten.ForgotPassword, unsigned: true);
        api.Add(J.Default.ConfirmForgotPasswordRequest, J.Default.Empty, forgotten.ConfirmForgotPassword, unsigned: true);
        api.Add(J.Default.AccessTokenRequest, J.Default.GetUserResponse, self.GetUser, unsigned: true);
        api.Add(J.Default.ChangePasswordRequest, J.Default.Empty, self.ChangePassword, unsigned: true);
        api.Add(J.Default.UpdateUserAttributesRequest, J.Default.UpdateUserAttributesResponse, self.UpdateUserAttributes, unsigned: true);
        api.Add(J.Default.DeleteUserAttributesRequest, J.Default.Empty, self.DeleteUserAttributes, unsigned: true);
        api.Add(J.Default.AttributeCodeRequest, J.Default.CodeDeliveryResponse, self.GetUserAttributeVerificationCode, unsigned: true);
        api.Add(J.Default.VerifyUserAttributeRequest, J.Default.Empty, self.VerifyUserAttribute, unsigned: true);
        api.Add(J.Default.AccessTokenRequest, J.Default.Empty, self.DeleteUser, unsigned: true);
        api.Add(J.Default.AccessTokenRequest, J.Default.Empty, self.GlobalSignOut, unsigned: true);
        api.Add(J.Default.RevokeTokenRequest, J.Default.Empty, self.RevokeToken, unsigned: true);
        api.Add(J.Default.InitiateAuthRequest, J.Default.AuthResponse, auths.InitiateAuth, unsigned: true);
        api.Add(J.Default.RespondToAuthChallengeRequest, J.Default.AuthResponse, challenges.RespondToAuthChallenge, unsigned: true);
        api.Add(J.Default.AdminInitiateAuthRequest, J.Default.AuthResponse, auths.AdminInitiateAuth, Pool);
        api.Add(J.Default.AdminRespondToAuthChallengeRequest, J.Default.AuthResponse, challenges.AdminRespondToAuthChallenge, Pool);
    }

    private static void AddMfa(CognitoApi api, MfaConfigs configs, SoftwareTokens software, InitiateAuths auths)
    {
        api.Add(J.Default.OnPoolRequest, J.Default.MfaConfigResponse, configs.GetUserPoolMfaConfig, Pool);
        api.Add(J.Default.SetUserPoolMfaConfigRequest, J.Default.MfaConfigResponse, configs.SetUserPoolMfaConfig, Pool);
        api.Add(J.Default.AdminSetUserMFAPreferenceRequest, J.Default.Empty, configs.AdminSetUserMFAPreference, Pool);
        api.Add(J.Default.SetUserMFAPreferenceRequest, J.Default.Empty, configs.SetUserMFAPreference, unsigned: true);
        api.Add(J.Default.AccessTokenRequest, J.Default.GetUserAuthFactorsResponse, configs.GetUserAuthFactors, unsigned: true);
        api.Add(J.Default.AssociateSoftwareTokenRequest, J.Default.AssociateSoftwareTokenResponse, software.AssociateSoftwareToken, unsigned: true);
        api.Add(J.Default.VerifySoftwareTokenRequest, J.Default.VerifySoftwareTokenResponse, software.VerifySoftwareToken, unsigned: true);
        api.Add(J.Default.GetTokensFromRefreshTokenRequest, J.Default.GetTokensFromRefreshTokenResponse, auths.GetTokensFromRefreshToken, unsigned: true);
    }

    private static void AddImports(CognitoApi api, UserImports imports)
    {
        api.Add(J.Default.OnPoolRequest, J.Default.GetCSVHeaderResponse, imports.GetCSVHeader, Pool);
        api.Add(J.Default.CreateUserImportJobRequest, J.Default.UserImportJobResponse, imports.CreateUserImportJob, Pool);
        api.Add(J.Default.OnImportRequest, J.Default.UserImportJobResponse, imports.DescribeUserImportJob, Pool);
        api.Add(J.Default.ListUserImportJobsRequest, J.Default.ListUserImportJobsResponse, imports.ListUserImportJobs, Pool);
        api.Add(J.Default.OnImportRequest, J.Default.UserImportJobResponse, imports.StartUserImportJob, Pool);
        api.Add(J.Default.OnImportRequest, J.Default.UserImportJobResponse, imports.StopUserImportJob, Pool);
    }

    private static void AddDevices(CognitoApi api, Devices devices)
    {
        api.Add(J.Default.ConfirmDeviceRequest, J.Default.ConfirmDeviceResponse, devices.ConfirmDevice, unsigned: true);
        api.Add(J.Default.ListDevicesRequest, J.Default.ListDevicesResponse, devices.ListDevices, unsigned: true);
        api.Add(J.Default.DeviceRequest, J.Default.GetDeviceResponse, devices.GetDevice, unsigned: true);
        api.Add(J.Default.DeviceRequest, J.Default.Empty, devices.ForgetDevice, unsigned: true);
        api.Add(J.Default.UpdateDeviceStatusRequest, J.Default.Empty, devices.UpdateDeviceStatus, unsigned: true);
        api.Add(J.Default.AdminListDevicesRequest, J.Default.ListDevicesResponse, devices.AdminListDevices, Pool);
        api.Add(J.Default.AdminDeviceRequest, J.Default.GetDeviceResponse, devices.AdminGetDevice, Pool);
        api.Add(J.Default.AdminDeviceRequest, J.Default.Empty, devices.AdminForgetDevice, Pool);
        api.Add(J.Default.AdminUpdateDeviceStatusRequest, J.Default.Empty, devices.AdminUpdateDeviceStatus, Pool);
    }

    private static void AddProviders(CognitoApi api, ClientSecrets secrets, IdentityProviders providers, ProviderLinks links, UiCustomizations looks)
    {
        api.Add(J.Default.AddUserPoolClientSecretRequest, J.Default.AddUserPoolClientSecretResponse, secrets.AddUserPoolClientSecret, Pool);
        api.Add(J.Default.ListUserPoolClientSecretsRequest, J.Default.ListUserPoolClientSecretsResponse, secrets.ListUserPoolClientSecrets, Pool);
        api.Add(J.Default.DeleteUserPoolClientSecretRequest, J.Default.Empty, secrets.DeleteUserPoolClientSecret, Pool);
        api.Add(J.Default.CreateIdentityProviderRequest, J.Default.IdentityProviderResponse, providers.CreateIdentityProvider, Pool);
        api.Add(J.Default.OnProviderRequest, J.Default.IdentityProviderResponse, providers.DescribeIdentityProvider, Pool);
        api.Add(J.Default.UpdateIdentityProviderRequest, J.Default.IdentityProviderResponse, providers.UpdateIdentityProvider, Pool);
        api.Add(J.Default.OnProviderRequest, J.Default.Empty, providers.DeleteIdentityProvider, Pool);
        api.Add(J.Default.ListIdentityProvidersRequest, J.Default.ListIdentityProvidersResponse, providers.ListIdentityProviders, Pool);
        api.Add(J.Default.OnIdentifierRequest, J.Default.IdentityProviderResponse, providers.GetIdentityProviderByIdentifier, Pool);
        api.Add(J.Default.AdminLinkProviderForUserRequest, J.Default.Empty, links.AdminLinkProviderForUser, Pool);
        api.Add(J.Default.AdminDisableProviderForUserRequest, J.Default.Empty, links.AdminDisableProviderForUser, Pool);
        api.Add(J.Default.SetUICustomizationRequest, J.Default.UICustomizationResponse, looks.SetUICustomization, Pool);
        api.Add(J.Default.GetUICustomizationRequest, J.Default.UICustomizationResponse, looks.GetUICustomization, Pool);
    }

    private static string Pool<T>(T request, Call call) where T : IOnPool => call.Arn("cognito-idp", "userpool/" + request.UserPoolId);
}

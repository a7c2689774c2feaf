using Galley.Iam.Federation;
using Galley.Wire;

namespace Galley.Iam;

/// <summary>The table of IAM's operations (query protocol, 2010-05-08) and the resource each is checked against.</summary>
internal static class IamOperations
{
    public static QueryService Table(IamParts parts)
    {
        var api = new QueryService("iam", "2010-05-08", "https://iam.amazonaws.com/doc/2010-05-08/", () => IamJson.Default);
        api.Later(() =>
        {
            AddUsers(api, parts.Users, parts.Keys, parts.Settings);
            AddPasswords(api, parts.LoginProfiles, parts.Absences);
            AddRoles(api, parts.Roles, parts.Settings, parts.Absences);
            AddServiceLinkedRoles(api, parts.ServiceLinkedRoles);
            AddGroups(api, parts.Groups);
            AddInline(api, parts.Inline);
            AddAttachments(api, parts.Attachments);
            AddPolicies(api, parts.Policies);
            AddProviders(api, parts.Providers, parts.Absences);
            AddAccount(api, parts.Account, parts.Reports, parts.Absences);
            AddSimulation(api, parts.Simulator);
        });
        return api;
    }

    private static void AddUsers(QueryService api, Users users, AccessKeys keys, TagsAndBoundaries settings)
    {
        api.Add<CreateUserRequest, UserResponse>(users.CreateUser, (r, call) => Identities.Arn(call, IdentityKind.User, r.Path ?? "/", r.UserName), conditions: r => Boundary(r.PermissionsBoundary));
        api.Add<GetUserRequest, UserResponse>(users.GetUser, (r, call) => User(call, r.UserName));
        api.Add<ListRequest, ListUsersResponse>(users.ListUsers);
        api.Add<UpdateUserRequest, Empty>(users.UpdateUser, (r, call) => User(call, r.UserName));
        api.Add<UserRequest, Empty>(users.DeleteUser, (r, call) => User(call, r.UserName));
        api.Add<TagUserRequest, Empty>(settings.TagUser, (r, call) => User(call, r.UserName));
        api.Add<UntagUserRequest, Empty>(settings.UntagUser, (r, call) => User(call, r.UserName));
        api.Add<ListOfUserRequest, TagsResponse>(settings.ListUserTags, (r, call) => User(call, r.UserName));
        api.Add<UserBoundaryRequest, Empty>(settings.PutUserPermissionsBoundary, (r, call) => User(call, r.UserName), conditions: r => Boundary(r.PermissionsBoundary));
        api.Add<UserRequest, Empty>(settings.DeleteUserPermissionsBoundary, (r, call) => User(call, r.UserName));

        api.Add<CreateAccessKeyRequest, CreateAccessKeyResponse>(keys.CreateAccessKey, (r, call) => User(call, r.UserName));
        api.Add<ListAccessKeysRequest, ListAccessKeysResponse>(keys.ListAccessKeys, (r, call) => User(call, r.UserName));
        api.Add<GetAccessKeyLastUsedRequest, GetAccessKeyLastUsedResponse>(keys.GetAccessKeyLastUsed);
        api.Add<UpdateAccessKeyRequest, Empty>(keys.UpdateAccessKey, (r, call) => User(call, r.UserName));
        api.Add<AccessKeyRequest, Empty>(keys.DeleteAccessKey, (r, call) => User(call, r.UserName));
    }

    private static void AddRoles(QueryService api, Roles roles, TagsAndBoundaries settings, Absences absences)
    {
        api.Add<CreateRoleRequest, RoleResponse>(roles.CreateRole, (r, call) => Identities.Arn(call, IdentityKind.Role, r.Path ?? "/", r.RoleName), conditions: r => Boundary(r.PermissionsBoundary));
        api.Add<RoleRequest, RoleResponse>(roles.GetRole, (r, call) => Role(call, r.RoleName));
        api.Add<ListRequest, ListRolesResponse>(roles.ListRoles);
        api.Add<UpdateRoleRequest, Empty>(roles.UpdateRole, (r, call) => Role(call, r.RoleName));
        api.Add<UpdateRoleDescriptionRequest, RoleResponse>(roles.UpdateRoleDescription, (r, call) => Role(call, r.RoleName));
        api.Add<UpdateAssumeRolePolicyRequest, Empty>(roles.UpdateAssumeRolePolicy, (r, call) => Role(call, r.RoleName));
        api.Add<RoleRequest, Empty>(roles.DeleteRole, (r, call) => Role(call, r.RoleName));
        api.Add<TagRoleRequest, Empty>(settings.TagRole, (r, call) => Role(call, r.RoleName));
        api.Add<UntagRoleRequest, Empty>(settings.UntagRole, (r, call) => Role(call, r.RoleName));
        api.Add<ListOfRoleRequest, TagsResponse>(settings.ListRoleTags, (r, call) => Role(call, r.RoleName));
        api.Add<RoleBoundaryRequest, Empty>(settings.PutRolePermissionsBoundary, (r, call) => Role(call, r.RoleName), conditions: r => Boundary(r.PermissionsBoundary));
        api.Add<RoleRequest, Empty>(settings.DeleteRolePermissionsBoundary, (r, call) => Role(call, r.RoleName));
        api.Add<ListOfRoleRequest, InstanceProfilesResponse>(absences.ListInstanceProfilesForRole, (r, call) => Role(call, r.RoleName));
    }

    private static void AddGroups(QueryService api, Groups groups)
    {
        api.Add<CreateGroupRequest, GroupResponse>(groups.CreateGroup, (r, call) => Identities.Arn(call, IdentityKind.Group, r.Path ?? "/", r.GroupName));
        api.Add<GetGroupRequest, GetGroupResponse>(groups.GetGroup, (r, call) => Group(call, r.GroupName));
        api.Add<UpdateGroupRequest, Empty>(groups.UpdateGroup, (r, call) => Group(call, r.GroupName));
        api.Add<ListRequest, ListGroupsResponse>(groups.ListGroups);
        api.Add<ListOfUserRequest, ListGroupsResponse>(groups.ListGroupsForUser, (r, call) => User(call, r.UserName));
        api.Add<GroupRequest, Empty>(groups.DeleteGroup, (r, call) => Group(call, r.GroupName));
        api.Add<GroupMemberRequest, Empty>(groups.AddUserToGroup, (r, call) => Group(call, r.GroupName));
        api.Add<GroupMemberRequest, Empty>(groups.RemoveUserFromGroup, (r, call) => Group(call, r.GroupName));
    }

    private static void AddInline(QueryService api, InlinePolicies inline)
    {
        api.Add<PutUserPolicyRequest, Empty>(inline.PutUserPolicy, (r, call) => User(call, r.UserName));
        api.Add<PutRolePolicyRequest, Empty>(inline.PutRolePolicy, (r, call) => Role(call, r.RoleName));
        api.Add<PutGroupPolicyRequest, Empty>(inline.PutGroupPolicy, (r, call) => Group(call, r.GroupName));
        api.Add<UserPolicyRequest, GetUserPolicyResponse>(inline.GetUserPolicy, (r, call) => User(call, r.UserName));
        api.Add<RolePolicyRequest, GetRolePolicyResponse>(inline.GetRolePolicy, (r, call) => Role(call, r.RoleName));
        api.Add<GroupPolicyRequest, GetGroupPolicyResponse>(inline.GetGroupPolicy, (r, call) => Group(call, r.GroupName));
        api.Add<UserPolicyRequest, Empty>(inline.DeleteUserPolicy, (r, call) => User(call, r.UserName));
        api.Add<RolePolicyRequest, Empty>(inline.DeleteRolePolicy, (r, call) => Role(call, r.RoleName));
        api.Add<GroupPolicyRequest, Empty>(inline.DeleteGroupPolicy, (r, call) => Group(call, r.GroupName));
        api.Add<ListOfUserRequest, PolicyNamesResponse>(inline.ListUserPolicies, (r, call) => User(call, r.UserName));
        api.Add<ListOfRoleRequest, PolicyNamesResponse>(inline.ListRolePolicies, (r, call) => Role(call, r.RoleName));
        api.Add<ListOfGroupRequest, PolicyNamesResponse>(inline.ListGroupPolicies, (r, call) => Group(call, r.GroupName));
    }

    private static void AddAttachments(QueryService api, Attachments attachments)
    {
        api.Add<AttachUserPolicyRequest, Empty>(attachments.AttachUserPolicy, (r, call) => User(call, r.UserName), conditions: r => Policy(r.PolicyArn));
        api.Add<AttachRolePolicyRequest, Empty>(attachments.AttachRolePolicy, (r, call) => Role(call, r.RoleName), conditions: r => Policy(r.PolicyArn));
        api.Add<AttachGroupPolicyRequest, Empty>(attachments.AttachGroupPolicy, (r, call) => Group(call, r.GroupName), conditions: r => Policy(r.PolicyArn));
        api.Add<AttachUserPolicyRequest, Empty>(attachments.DetachUserPolicy, (r, call) => User(call, r.UserName), conditions: r => Policy(r.PolicyArn));
        api.Add<AttachRolePolicyRequest, Empty>(attachments.DetachRolePolicy, (r, call) => Role(call, r.RoleName), conditions: r => Policy(r.PolicyArn));
        api.Add<AttachGroupPolicyRequest, Empty>(attachments.DetachGroupPolicy, (r, call) => Group(call, r.GroupName), conditions: r => Policy(r.PolicyArn));
        api.Add<ListAttachedUserPoliciesRequest, AttachedPoliciesResponse>(attachments.ListAttachedUserPolicies, (r, call) => User(call, r.UserName));
        api.Add<ListAttachedRolePoliciesRequest, AttachedPoliciesResponse>(attachments.ListAttachedRolePolicies, (r, call) => Role(call, r.RoleName));
        api.Add<ListAttachedGroupPoliciesRequest, AttachedPoliciesResponse>(attachments.ListAttachedGroupPolicies, (r, call) => Group(call, r.GroupName));
    }

    private static void AddPolicies(QueryService api, Policies policies)
    {
        api.Add<CreatePolicyRequest, PolicyResponse>(policies.CreatePolicy, (r, call) => $"arn:aws:iam::{call.Account}:policy{r.Path ?? "/"}{r.PolicyName}");
        api.Add<PolicyRequest, PolicyResponse>(policies.GetPolicy, (r, _) => r.PolicyArn);
        api.Add<ListPoliciesRequest, ListPoliciesResponse>(policies.ListPolicies);
        api.Add<PolicyRequest, Empty>(policies.DeletePolicy, (r, _) => r.PolicyArn);
        api.Add<CreatePolicyVersionRequest, PolicyVersionResponse>(policies.CreatePolicyVersion, (r, _) => r.PolicyArn);
        api.Add<PolicyVersionRequest, PolicyVersionResponse>(policies.GetPolicyVersion, (r, _) => r.PolicyArn);
        api.Add<ListOfPolicyRequest, ListPolicyVersionsResponse>(policies.ListPolicyVersions, (r, _) => r.PolicyArn);
        api.Add<PolicyVersionRequest, Empty>(policies.SetDefaultPolicyVersion, (r, _) => r.PolicyArn);
        api.Add<PolicyVersionRequest, Empty>(policies.DeletePolicyVersion, (r, _) => r.PolicyArn);
        api.Add<TagPolicyRequest, Empty>(policies.TagPolicy, (r, _) => r.PolicyArn);
        api.Add<UntagPolicyRequest, Empty>(policies.UntagPolicy, (r, _) => r.PolicyArn);
        api.Add<ListOfPolicyRequest, TagsResponse>(policies.ListPolicyTags, (r, _) => r.PolicyArn);
        api.Add<ListEntitiesForPolicyRequest, ListEntitiesForPolicyResponse>(policies.ListEntitiesForPolicy, (r, _) => r.PolicyArn);
    }

    private static void AddPasswords(QueryService api, LoginProfiles profiles, Absences absences)
    {
        api.Add<LoginProfileRequest, LoginProfileResponse>(profiles.CreateLoginProfile, (r, call) => User(call, r.UserName));
        api.Add<LoginProfileName, LoginProfileResponse>(profiles.GetLoginProfile, (r, call) => User(call, r.UserName));
        api.Add<LoginProfileRequest, Empty>(profiles.UpdateLoginProfile, (r, call) => User(call, r.UserName));
        api.Add<LoginProfileName, Empty>(profiles.DeleteLoginProfile, (r, call) => User(call, r.UserName));
        api.Add<ListOfMaybeUserRequest, ListMFADevicesResponse>(absences.ListMFADevices, (r, call) => User(call, r.UserName));
        api.Add<ListVirtualMFADevicesRequest, ListVirtualMFADevicesResponse>(absences.ListVirtualMFADevices);
        api.Add<ListOfMaybeUserRequest, ListSSHPublicKeysResponse>(absences.ListSSHPublicKeys, (r, call) => User(call, r.UserName));
        api.Add<ListOfMaybeUserRequest, ListSigningCertificatesResponse>(absences.ListSigningCertificates, (r, call) => User(call, r.UserName));
        api.Add<ListServiceSpecificCredentialsRequest, ListServiceSpecificCredentialsResponse>(absences.ListServiceSpecificCredentials, (r, call) => User(call, r.UserName));
    }

    private static void AddServiceLinkedRoles(QueryService api, ServiceLinkedRoles roles)
    {
        api.Add<CreateServiceLinkedRoleRequest, RoleResponse>(roles.CreateServiceLinkedRole,
            (r, call) => Identities.Arn(call, IdentityKind.Role, $"{ServiceLinkedRoles.Path}{r.AWSServiceName}/", "*"), conditions: r => [new("iam:AWSServiceName", r.AWSServiceName)]);
        api.Add<RoleRequest, DeleteServiceLinkedRoleResponse>(roles.DeleteServiceLinkedRole, (r, call) => Role(call, r.RoleName));
        api.Add<DeletionTaskRequest, DeletionTaskResponse>(roles.GetServiceLinkedRoleDeletionStatus,
            (r, call) => r.DeletionTaskId.Split('/') is ["task", .. var path, _] ? $"arn:aws:iam::{call.Account}:role/{string.Join('/', path)}" : "*");
    }

    private static void AddProviders(QueryService api, OidcProviders providers, Absences absences)
    {
        api.Add<CreateOpenIDConnectProviderRequest, CreateOpenIDConnectProviderResponse>(providers.CreateOpenIDConnectProvider, (r, call) => $"arn:aws:iam::{call.Account}:oidc-provider/{r.Url[(r.Url.IndexOf("://", StringComparison.Ordinal) + 3)..]}");
        api.Add<OidcProviderRequest, GetOpenIDConnectProviderResponse>(providers.GetOpenIDConnectProvider, (r, _) => r.OpenIDConnectProviderArn);
        api.Add<Empty, ListOpenIDConnectProvidersResponse>(providers.ListOpenIDConnectProviders);
        api.Add<OidcProviderRequest, Empty>(providers.DeleteOpenIDConnectProvider, (r, _) => r.OpenIDConnectProviderArn);
        api.Add<UpdateThumbprintRequest, Empty>(providers.UpdateOpenIDConnectProviderThumbprint, (r, _) => r.OpenIDConnectProviderArn);
        api.Add<OidcClientRequest, Empty>(providers.AddClientIDToOpenIDConnectProvider, (r, _) => r.OpenIDConnectProviderArn);
        api.Add<OidcClientRequest, Empty>(providers.RemoveClientIDFromOpenIDConnectProvider, (r, _) => r.OpenIDConnectProviderArn);
        api.Add<TagOidcProviderRequest, Empty>(providers.TagOpenIDConnectProvider, (r, _) => r.OpenIDConnectProviderArn);
        api.Add<UntagOidcProviderRequest, Empty>(providers.UntagOpenIDConnectProvider, (r, _) => r.OpenIDConnectProviderArn);
        api.Add<ListOfOidcProviderRequest, TagsResponse>(providers.ListOpenIDConnectProviderTags, (r, _) => r.OpenIDConnectProviderArn);
        api.Add<Empty, ListSAMLProvidersResponse>(absences.ListSAMLProviders);
    }

    private static void AddAccount(QueryService api, Account account, AccountReports reports, Absences absences)
    {
        api.Add<AccountAliasRequest, Empty>(account.CreateAccountAlias);
        api.Add<AccountAliasRequest, Empty>(account.DeleteAccountAlias);
        api.Add<ListAccountAliasesRequest, ListAccountAliasesResponse>(account.ListAccountAliases);
        api.Add<Empty, GetAccountSummaryResponse>(reports.GetAccountSummary);
        api.Add<GetAccountAuthorizationDetailsRequest, GetAccountAuthorizationDetailsResponse>(reports.GetAccountAuthorizationDetails);
        api.Add<Empty, GenerateCredentialReportResponse>(reports.GenerateCredentialReport);
        api.Add<Empty, GetCredentialReportResponse>(reports.GetCredentialReport);
        api.Add<ListOfAccountRequest, InstanceProfilesResponse>(absences.ListInstanceProfiles);
        api.Add<Empty, Empty>(absences.GetAccountPasswordPolicy);
    }

    private static void AddSimulation(QueryService api, Simulator simulator)
    {
        api.Add<SimulateCustomPolicyRequest, SimulateResponse>(simulator.SimulateCustomPolicy);
        api.Add<SimulatePrincipalPolicyRequest, SimulateResponse>(simulator.SimulatePrincipalPolicy, (r, _) => r.PolicySourceArn);
        api.Add<ContextKeysOfCustomPolicyRequest, ContextKeysResponse>(simulator.GetContextKeysForCustomPolicy);
        api.Add<ContextKeysOfPrincipalRequest, ContextKeysResponse>(simulator.GetContextKeysForPrincipalPolicy, (r, _) => r.PolicySourceArn);
    }

    private static IEnumerable<KeyValuePair<string, string>> Policy(string arn) => [new("iam:PolicyARN", arn)];

    private static IEnumerable<KeyValuePair<string, string>> Boundary(string? arn) => arn is null ? [] : [new("iam:PermissionsBoundary", arn)];

    private static string Role(Call call, string name) => Identities.Arn(call, IdentityKind.Role, "/", name);

    private static string Group(Call call, string name) => Identities.Arn(call, IdentityKind.Group, "/", name);

    /// <summary>Without a name the caller is meant.</summary>
    private static string User(Call call, string? name) => name is not null ? Identities.Arn(call, IdentityKind.User, "/", name)
        : call.Principal.Kind == PrincipalKind.User ? call.Principal.Arn : "*";
}

/// <summary>The nouns of IAM, each with its operations.</summary>
internal sealed record IamParts(
    Users Users, AccessKeys Keys, TagsAndBoundaries Settings, LoginProfiles LoginProfiles, Roles Roles, ServiceLinkedRoles ServiceLinkedRoles, Groups Groups, InlinePolicies Inline,
    Attachments Attachments, Policies Policies, OidcProviders Providers, Account Account, AccountReports Reports, Simulator Simulator, Absences Absences);

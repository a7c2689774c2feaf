using Galley.Iam.Federation;
using Galley.Wire;

namespace Galley.Iam;

/// <summary>The table of IAM's operations (query protocol, 2010-05-08) and the resource each is checked against.</summary>
internal static class IamOperations
{
    public static QueryService Table(IamParts parts)
    {
        var api = new QueryService("iam", "2010-05-08", "https://iam.amazonaws.com/doc/2010-05-08/");
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
        return api;
    }

    private static void AddUsers(QueryService api, Users users, AccessKeys keys, TagsAndBoundaries settings)
    {
        api.Add(IamJson.Default.CreateUserRequest, IamJson.Default.UserResponse, users.CreateUser, (r, call) => Identities.Arn(call, IdentityKind.User, r.Path ?? "/", r.UserName), conditions: r => Boundary(r.PermissionsBoundary));
        api.Add(IamJson.Default.GetUserRequest, IamJson.Default.UserResponse, users.GetUser, (r, call) => User(call, r.UserName));
        api.Add(IamJson.Default.ListRequest, IamJson.Default.ListUsersResponse, users.ListUsers);
        api.Add(IamJson.Default.UpdateUserRequest, IamJson.Default.Empty, users.UpdateUser, (r, call) => User(call, r.UserName));
        api.Add(IamJson.Default.UserRequest, IamJson.Default.Empty, users.DeleteUser, (r, call) => User(call, r.UserName));
        api.Add(IamJson.Default.TagUserRequest, IamJson.Default.Empty, settings.TagUser, (r, call) => User(call, r.UserName));
        api.Add(IamJson.Default.UntagUserRequest, IamJson.Default.Empty, settings.UntagUser, (r, call) => User(call, r.UserName));
        api.Add(IamJson.Default.ListOfUserRequest, IamJson.Default.TagsResponse, settings.ListUserTags, (r, call) => User(call, r.UserName));
        api.Add(IamJson.Default.UserBoundaryRequest, IamJson.Default.Empty, settings.PutUserPermissionsBoundary, (r, call) => User(call, r.UserName), conditions: r => Boundary(r.PermissionsBoundary));
        api.Add(IamJson.Default.UserRequest, IamJson.Default.Empty, settings.DeleteUserPermissionsBoundary, (r, call) => User(call, r.UserName));

        api.Add(IamJson.Default.CreateAccessKeyRequest, IamJson.Default.CreateAccessKeyResponse, keys.CreateAccessKey, (r, call) => User(call, r.UserName));
        api.Add(IamJson.Default.ListAccessKeysRequest, IamJson.Default.ListAccessKeysResponse, keys.ListAccessKeys, (r, call) => User(call, r.UserName));
        api.Add(IamJson.Default.GetAccessKeyLastUsedRequest, IamJson.Default.GetAccessKeyLastUsedResponse, keys.GetAccessKeyLastUsed);
        api.Add(IamJson.Default.UpdateAccessKeyRequest, IamJson.Default.Empty, keys.UpdateAccessKey, (r, call) => User(call, r.UserName));
        api.Add(IamJson.Default.AccessKeyRequest, IamJson.Default.Empty, keys.DeleteAccessKey, (r, call) => User(call, r.UserName));
    }

    private static void AddRoles(QueryService api, Roles roles, TagsAndBoundaries settings, Absences absences)
    {
        api.Add(IamJson.Default.CreateRoleRequest, IamJson.Default.RoleResponse, roles.CreateRole, (r, call) => Identities.Arn(call, IdentityKind.Role, r.Path ?? "/", r.RoleName), conditions: r => Boundary(r.PermissionsBoundary));
        api.Add(IamJson.Default.RoleRequest, IamJson.Default.RoleResponse, roles.GetRole, (r, call) => Role(call, r.RoleName));
        api.Add(IamJson.Default.ListRequest, IamJson.Default.ListRolesResponse, roles.ListRoles);
        api.Add(IamJson.Default.UpdateRoleRequest, IamJson.Default.Empty, roles.UpdateRole, (r, call) => Role(call, r.RoleName));
        api.Add(IamJson.Default.UpdateRoleDescriptionRequest, IamJson.Default.RoleResponse, roles.UpdateRoleDescription, (r, call) => Role(call, r.RoleName));
        api.Add(IamJson.Default.UpdateAssumeRolePolicyRequest, IamJson.Default.Empty, roles.UpdateAssumeRolePolicy, (r, call) => Role(call, r.RoleName));
        api.Add(IamJson.Default.RoleRequest, IamJson.Default.Empty, roles.DeleteRole, (r, call) => Role(call, r.RoleName));
        api.Add(IamJson.Default.TagRoleRequest, IamJson.Default.Empty, settings.TagRole, (r, call) => Role(call, r.RoleName));
        api.Add(IamJson.Default.UntagRoleRequest, IamJson.Default.Empty, settings.UntagRole, (r, call) => Role(call, r.RoleName));
        api.Add(IamJson.Default.ListOfRoleRequest, IamJson.Default.TagsResponse, settings.ListRoleTags, (r, call) => Role(call, r.RoleName));
        api.Add(IamJson.Default.RoleBoundaryRequest, IamJson.Default.Empty, settings.PutRolePermissionsBoundary, (r, call) => Role(call, r.RoleName), conditions: r => Boundary(r.PermissionsBoundary));
        api.Add(IamJson.Default.RoleRequest, IamJson.Default.Empty, settings.DeleteRolePermissionsBoundary, (r, call) => Role(call, r.RoleName));
        api.Add(IamJson.Default.ListOfRoleRequest, IamJson.Default.InstanceProfilesResponse, absences.ListInstanceProfilesForRole, (r, call) => Role(call, r.RoleName));
    }

    private static void AddGroups(QueryService api, Groups groups)
    {
        api.Add(IamJson.Default.CreateGroupRequest, IamJson.Default.GroupResponse, groups.CreateGroup, (r, call) => Identities.Arn(call, IdentityKind.Group, r.Path ?? "/", r.GroupName));
        api.Add(IamJson.Default.GetGroupRequest, IamJson.Default.GetGroupResponse, groups.GetGroup, (r, call) => Group(call, r.GroupName));
        api.Add(IamJson.Default.UpdateGroupRequest, IamJson.Default.Empty, groups.UpdateGroup, (r, call) => Group(call, r.GroupName));
        api.Add(IamJson.Default.ListRequest, IamJson.Default.ListGroupsResponse, groups.ListGroups);
        api.Add(IamJson.Default.ListOfUserRequest, IamJson.Default.ListGroupsResponse, groups.ListGroupsForUser, (r, call) => User(call, r.UserName));
        api.Add(IamJson.Default.GroupRequest, IamJson.Default.Empty, groups.DeleteGroup, (r, call) => Group(call, r.GroupName));
        api.Add(IamJson.Default.GroupMemberRequest, IamJson.Default.Empty, groups.AddUserToGroup, (r, call) => Group(call, r.GroupName));
        api.Add(IamJson.Default.GroupMemberRequest, IamJson.Default.Empty, groups.RemoveUserFromGroup, (r, call) => Group(call, r.GroupName));
    }

    private static void AddInline(QueryService api, InlinePolicies inline)
    {
        api.Add(IamJson.Default.PutUserPolicyRequest, IamJson.Default.Empty, inline.PutUserPolicy, (r, call) => User(call, r.UserName));
        api.Add(IamJson.Default.PutRolePolicyRequest, IamJson.Default.Empty, inline.PutRolePolicy, (r, call) => Role(call, r.RoleName));
        api.Add(IamJson.Default.PutGroupPolicyRequest, IamJson.Default.Empty, inline.PutGroupPolicy, (r, call) => Group(call, r.GroupName));
        api.Add(IamJson.Default.UserPolicyRequest, IamJson.Default.GetUserPolicyResponse, inline.GetUserPolicy, (r, call) => User(call, r.UserName));
        api.Add(IamJson.Default.RolePolicyRequest, IamJson.Default.GetRolePolicyResponse, inline.GetRolePolicy, (r, call) => Role(call, r.RoleName));
        api.Add(IamJson.Default.GroupPolicyRequest, IamJson.Default.GetGroupPolicyResponse, inline.GetGroupPolicy, (r, call) => Group(call, r.GroupName));
        api.Add(IamJson.Default.UserPolicyRequest, IamJson.Default.Empty, inline.DeleteUserPolicy, (r, call) => User(call, r.UserName));
        api.Add(IamJson.Default.RolePolicyRequest, IamJson.Default.Empty, inline.DeleteRolePolicy, (r, call) => Role(call, r.RoleName));
        api.Add(IamJson.Default.GroupPolicyRequest, IamJson.Default.Empty, inline.DeleteGroupPolicy, (r, call) => Group(call, r.GroupName));
        api.Add(IamJson.Default.ListOfUserRequest, IamJson.Default.PolicyNamesResponse, inline.ListUserPolicies, (r, call) => User(call, r.UserName));
        api.Add(IamJson.Default.ListOfRoleRequest, IamJson.Default.PolicyNamesResponse, inline.ListRolePolicies, (r, call) => Role(call, r.RoleName));
        api.Add(IamJson.Default.ListOfGroupRequest, IamJson.Default.PolicyNamesResponse, inline.ListGroupPolicies, (r, call) => Group(call, r.GroupName));
    }

    private static void AddAttachments(QueryService api, Attachments attachments)
    {
        api.Add(IamJson.Default.AttachUserPolicyRequest, IamJson.Default.Empty, attachments.AttachUserPolicy, (r, call) => User(call, r.UserName), conditions: r => Policy(r.PolicyArn));
        api.Add(IamJson.Default.AttachRolePolicyRequest, IamJson.Default.Empty, attachments.AttachRolePolicy, (r, call) => Role(call, r.RoleName), conditions: r => Policy(r.PolicyArn));
        api.Add(IamJson.Default.AttachGroupPolicyRequest, IamJson.Default.Empty, attachments.AttachGroupPolicy, (r, call) => Group(call, r.GroupName), conditions: r => Policy(r.PolicyArn));
        api.Add(IamJson.Default.AttachUserPolicyRequest, IamJson.Default.Empty, attachments.DetachUserPolicy, (r, call) => User(call, r.UserName), conditions: r => Policy(r.PolicyArn));
        api.Add(IamJson.Default.AttachRolePolicyRequest, IamJson.Default.Empty, attachments.DetachRolePolicy, (r, call) => Role(call, r.RoleName), conditions: r => Policy(r.PolicyArn));
        api.Add(IamJson.Default.AttachGroupPolicyRequest, IamJson.Default.Empty, attachments.DetachGroupPolicy, (r, call) => Group(call, r.GroupName), conditions: r => Policy(r.PolicyArn));
        api.Add(IamJson.Default.ListAttachedUserPoliciesRequest, IamJson.Default.AttachedPoliciesResponse, attachments.ListAttachedUserPolicies, (r, call) => User(call, r.UserName));
        api.Add(IamJson.Default.ListAttachedRolePoliciesRequest, IamJson.Default.AttachedPoliciesResponse, attachments.ListAttachedRolePolicies, (r, call) => Role(call, r.RoleName));
        api.Add(IamJson.Default.ListAttachedGroupPoliciesRequest, IamJson.Default.AttachedPoliciesResponse, attachments.ListAttachedGroupPolicies, (r, call) => Group(call, r.GroupName));
    }

    private static void AddPolicies(QueryService api, Policies policies)
    {
        api.Add(IamJson.Default.CreatePolicyRequest, IamJson.Default.PolicyResponse, policies.CreatePolicy, (r, call) => $"arn:aws:iam::{call.Account}:policy{r.Path ?? "/"}{r.PolicyName}");
        api.Add(IamJson.Default.PolicyRequest, IamJson.Default.PolicyResponse, policies.GetPolicy, (r, _) => r.PolicyArn);
        api.Add(IamJson.Default.ListPoliciesRequest, IamJson.Default.ListPoliciesResponse, policies.ListPolicies);
        api.Add(IamJson.Default.PolicyRequest, IamJson.Default.Empty, policies.DeletePolicy, (r, _) => r.PolicyArn);
        api.Add(IamJson.Default.CreatePolicyVersionRequest, IamJson.Default.PolicyVersionResponse, policies.CreatePolicyVersion, (r, _) => r.PolicyArn);
        api.Add(IamJson.Default.PolicyVersionRequest, IamJson.Default.PolicyVersionResponse, policies.GetPolicyVersion, (r, _) => r.PolicyArn);
        api.Add(IamJson.Default.ListOfPolicyRequest, IamJson.Default.ListPolicyVersionsResponse, policies.ListPolicyVersions, (r, _) => r.PolicyArn);
        api.Add(IamJson.Default.PolicyVersionRequest, IamJson.Default.Empty, policies.SetDefaultPolicyVersion, (r, _) => r.PolicyArn);
        api.Add(IamJson.Default.PolicyVersionRequest, IamJson.Default.Empty, policies.DeletePolicyVersion, (r, _) => r.PolicyArn);
        api.Add(IamJson.Default.TagPolicyRequest, IamJson.Default.Empty, policies.TagPolicy, (r, _) => r.PolicyArn);
        api.Add(IamJson.Default.UntagPolicyRequest, IamJson.Default.Empty, policies.UntagPolicy, (r, _) => r.PolicyArn);
        api.Add(IamJson.Default.ListOfPolicyRequest, IamJson.Default.TagsResponse, policies.ListPolicyTags, (r, _) => r.PolicyArn);
        api.Add(IamJson.Default.ListEntitiesForPolicyRequest, IamJson.Default.ListEntitiesForPolicyResponse, policies.ListEntitiesForPolicy, (r, _) => r.PolicyArn);
    }

    private static void AddPasswords(QueryService api, LoginProfiles profiles, Absences absences)
    {
        api.Add(IamJson.Default.LoginProfileRequest, IamJson.Default.LoginProfileResponse, profiles.CreateLoginProfile, (r, call) => User(call, r.UserName));
        api.Add(IamJson.Default.LoginProfileName, IamJson.Default.LoginProfileResponse, profiles.GetLoginProfile, (r, call) => User(call, r.UserName));
        api.Add(IamJson.Default.LoginProfileRequest, IamJson.Default.Empty, profiles.UpdateLoginProfile, (r, call) => User(call, r.UserName));
        api.Add(IamJson.Default.LoginProfileName, IamJson.Default.Empty, profiles.DeleteLoginProfile, (r, call) => User(call, r.UserName));
        api.Add(IamJson.Default.ListOfMaybeUserRequest, IamJson.Default.ListMFADevicesResponse, absences.ListMFADevices, (r, call) => User(call, r.UserName));
        api.Add(IamJson.Default.ListVirtualMFADevicesRequest, IamJson.Default.ListVirtualMFADevicesResponse, absences.ListVirtualMFADevices);
        api.Add(IamJson.Default.ListOfMaybeUserRequest, IamJson.Default.ListSSHPublicKeysResponse, absences.ListSSHPublicKeys, (r, call) => User(call, r.UserName));
        api.Add(IamJson.Default.ListOfMaybeUserRequest, IamJson.Default.ListSigningCertificatesResponse, absences.ListSigningCertificates, (r, call) => User(call, r.UserName));
        api.Add(IamJson.Default.ListServiceSpecificCredentialsRequest, IamJson.Default.ListServiceSpecificCredentialsResponse, absences.ListServiceSpecificCredentials, (r, call) => User(call, r.UserName));
    }

    private static void AddServiceLinkedRoles(QueryService api, ServiceLinkedRoles roles)
    {
        api.Add(IamJson.Default.CreateServiceLinkedRoleRequest, IamJson.Default.RoleResponse, roles.CreateServiceLinkedRole,
            (r, call) => Identities.Arn(call, IdentityKind.Role, $"{ServiceLinkedRoles.Path}{r.AWSServiceName}/", "*"), conditions: r => [new("iam:AWSServiceName", r.AWSServiceName)]);
        api.Add(IamJson.Default.RoleRequest, IamJson.Default.DeleteServiceLinkedRoleResponse, roles.DeleteServiceLinkedRole, (r, call) => Role(call, r.RoleName));
        api.Add(IamJson.Default.DeletionTaskRequest, IamJson.Default.DeletionTaskResponse, roles.GetServiceLinkedRoleDeletionStatus,
            (r, call) => r.DeletionTaskId.Split('/') is ["task", .. var path, _] ? $"arn:aws:iam::{call.Account}:role/{string.Join('/', path)}" : "*");
    }

    private static void AddProviders(QueryService api, OidcProviders providers, Absences absences)
    {
        api.Add(IamJson.Default.CreateOpenIDConnectProviderRequest, IamJson.Default.CreateOpenIDConnectProviderResponse, providers.CreateOpenIDConnectProvider, (r, call) => $"arn:aws:iam::{call.Account}:oidc-provider/{r.Url[(r.Url.IndexOf("://", StringComparison.Ordinal) + 3)..]}");
        api.Add(IamJson.Default.OidcProviderRequest, IamJson.Default.GetOpenIDConnectProviderResponse, providers.GetOpenIDConnectProvider, (r, _) => r.OpenIDConnectProviderArn);
        api.Add(IamJson.Default.Empty, IamJson.Default.ListOpenIDConnectProvidersResponse, providers.ListOpenIDConnectProviders);
        api.Add(IamJson.Default.OidcProviderRequest, IamJson.Default.Empty, providers.DeleteOpenIDConnectProvider, (r, _) => r.OpenIDConnectProviderArn);
        api.Add(IamJson.Default.UpdateThumbprintRequest, IamJson.Default.Empty, providers.UpdateOpenIDConnectProviderThumbprint, (r, _) => r.OpenIDConnectProviderArn);
        api.Add(IamJson.Default.OidcClientRequest, IamJson.Default.Empty, providers.AddClientIDToOpenIDConnectProvider, (r, _) => r.OpenIDConnectProviderArn);
        api.Add(IamJson.Default.OidcClientRequest, IamJson.Default.Empty, providers.RemoveClientIDFromOpenIDConnectProvider, (r, _) => r.OpenIDConnectProviderArn);
        api.Add(IamJson.Default.TagOidcProviderRequest, IamJson.Default.Empty, providers.TagOpenIDConnectProvider, (r, _) => r.OpenIDConnectProviderArn);
        api.Add(IamJson.Default.UntagOidcProviderRequest, IamJson.Default.Empty, providers.UntagOpenIDConnectProvider, (r, _) => r.OpenIDConnectProviderArn);
        api.Add(IamJson.Default.ListOfOidcProviderRequest, IamJson.Default.TagsResponse, providers.ListOpenIDConnectProviderTags, (r, _) => r.OpenIDConnectProviderArn);
        api.Add(IamJson.Default.Empty, IamJson.Default.ListSAMLProvidersResponse, absences.ListSAMLProviders);
    }

    private static void AddAccount(QueryService api, Account account, AccountReports reports, Absences absences)
    {
        api.Add(IamJson.Default.AccountAliasRequest, IamJson.Default.Empty, account.CreateAccountAlias);
        api.Add(IamJson.Default.AccountAliasRequest, IamJson.Default.Empty, account.DeleteAccountAlias);
        api.Add(IamJson.Default.ListAccountAliasesRequest, IamJson.Default.ListAccountAliasesResponse, account.ListAccountAliases);
        api.Add(IamJson.Default.Empty, IamJson.Default.GetAccountSummaryResponse, reports.GetAccountSummary);
        api.Add(IamJson.Default.GetAccountAuthorizationDetailsRequest, IamJson.Default.GetAccountAuthorizationDetailsResponse, reports.GetAccountAuthorizationDetails);
        api.Add(IamJson.Default.Empty, IamJson.Default.GenerateCredentialReportResponse, reports.GenerateCredentialReport);
        api.Add(IamJson.Default.Empty, IamJson.Default.GetCredentialReportResponse, reports.GetCredentialReport);
        api.Add(IamJson.Default.ListOfAccountRequest, IamJson.Default.InstanceProfilesResponse, absences.ListInstanceProfiles);
        api.Add(IamJson.Default.Empty, IamJson.Default.Empty, absences.GetAccountPasswordPolicy);
    }

    private static void AddSimulation(QueryService api, Simulator simulator)
    {
        api.Add(IamJson.Default.SimulateCustomPolicyRequest, IamJson.Default.SimulateResponse, simulator.SimulateCustomPolicy);
        api.Add(IamJson.Default.SimulatePrincipalPolicyRequest, IamJson.Default.SimulateResponse, simulator.SimulatePrincipalPolicy, (r, _) => r.PolicySourceArn);
        api.Add(IamJson.Default.ContextKeysOfCustomPolicyRequest, IamJson.Default.ContextKeysResponse, simulator.GetContextKeysForCustomPolicy);
        api.Add(IamJson.Default.ContextKeysOfPrincipalRequest, IamJson.Default.ContextKeysResponse, simulator.GetContextKeysForPrincipalPolicy, (r, _) => r.PolicySourceArn);
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

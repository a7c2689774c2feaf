using Galley.Wire;

namespace Galley.Iam;

/// <summary>The table of IAM's operations (query protocol, 2010-05-08) and the resource each is checked against.</summary>
internal static class IamOperations
{
    public static QueryService Table(
        Users users, AccessKeys keys, Roles roles, Groups groups, InlinePolicies inline, Attachments attachments, Policies policies, Account account)
    {
        var api = new QueryService("iam", "2010-05-08", "https://iam.amazonaws.com/doc/2010-05-08/");
        AddUsers(api, users, keys);
        AddRoles(api, roles);
        AddGroups(api, groups);
        AddPolicies(api, inline, attachments, policies);
        AddAccount(api, account);
        return api;
    }

    private static void AddUsers(QueryService api, Users users, AccessKeys keys)
    {
        api.Add(IamJson.Default.CreateUserRequest, IamJson.Default.UserResponse, users.CreateUser, (r, call) => Identities.Arn(call, IdentityKind.User, r.Path ?? "/", r.UserName));
        api.Add(IamJson.Default.GetUserRequest, IamJson.Default.UserResponse, users.GetUser, (r, call) => User(call, r.UserName));
        api.Add(IamJson.Default.ListRequest, IamJson.Default.ListUsersResponse, users.ListUsers);
        api.Add(IamJson.Default.UpdateUserRequest, IamJson.Default.Empty, users.UpdateUser, (r, call) => User(call, r.UserName));
        api.Add(IamJson.Default.UserRequest, IamJson.Default.Empty, users.DeleteUser, (r, call) => User(call, r.UserName));
        api.Add(IamJson.Default.TagUserRequest, IamJson.Default.Empty, users.TagUser, (r, call) => User(call, r.UserName));
        api.Add(IamJson.Default.UntagUserRequest, IamJson.Default.Empty, users.UntagUser, (r, call) => User(call, r.UserName));
        api.Add(IamJson.Default.ListOfUserRequest, IamJson.Default.TagsResponse, users.ListUserTags, (r, call) => User(call, r.UserName));
        api.Add(IamJson.Default.UserBoundaryRequest, IamJson.Default.Empty, users.PutUserPermissionsBoundary, (r, call) => User(call, r.UserName));
        api.Add(IamJson.Default.UserRequest, IamJson.Default.Empty, users.DeleteUserPermissionsBoundary, (r, call) => User(call, r.UserName));

        api.Add(IamJson.Default.CreateAccessKeyRequest, IamJson.Default.CreateAccessKeyResponse, keys.CreateAccessKey, (r, call) => User(call, r.UserName));
        api.Add(IamJson.Default.ListAccessKeysRequest, IamJson.Default.ListAccessKeysResponse, keys.ListAccessKeys, (r, call) => User(call, r.UserName));
        api.Add(IamJson.Default.UpdateAccessKeyRequest, IamJson.Default.Empty, keys.UpdateAccessKey, (r, call) => User(call, r.UserName));
        api.Add(IamJson.Default.AccessKeyRequest, IamJson.Default.Empty, keys.DeleteAccessKey, (r, call) => User(call, r.UserName));
    }

    private static void AddRoles(QueryService api, Roles roles)
    {
        api.Add(IamJson.Default.CreateRoleRequest, IamJson.Default.RoleResponse, roles.CreateRole, (r, call) => Identities.Arn(call, IdentityKind.Role, r.Path ?? "/", r.RoleName));
        api.Add(IamJson.Default.RoleRequest, IamJson.Default.RoleResponse, roles.GetRole, (r, call) => Role(call, r.RoleName));
        api.Add(IamJson.Default.ListRequest, IamJson.Default.ListRolesResponse, roles.ListRoles);
        api.Add(IamJson.Default.UpdateRoleRequest, IamJson.Default.Empty, roles.UpdateRole, (r, call) => Role(call, r.RoleName));
        api.Add(IamJson.Default.UpdateRoleDescriptionRequest, IamJson.Default.RoleResponse, roles.UpdateRoleDescription, (r, call) => Role(call, r.RoleName));
        api.Add(IamJson.Default.UpdateAssumeRolePolicyRequest, IamJson.Default.Empty, roles.UpdateAssumeRolePolicy, (r, call) => Role(call, r.RoleName));
        api.Add(IamJson.Default.RoleRequest, IamJson.Default.Empty, roles.DeleteRole, (r, call) => Role(call, r.RoleName));
        api.Add(IamJson.Default.TagRoleRequest, IamJson.Default.Empty, roles.TagRole, (r, call) => Role(call, r.RoleName));
        api.Add(IamJson.Default.UntagRoleRequest, IamJson.Default.Empty, roles.UntagRole, (r, call) => Role(call, r.RoleName));
        api.Add(IamJson.Default.ListOfRoleRequest, IamJson.Default.TagsResponse, roles.ListRoleTags, (r, call) => Role(call, r.RoleName));
        api.Add(IamJson.Default.RoleBoundaryRequest, IamJson.Default.Empty, roles.PutRolePermissionsBoundary, (r, call) => Role(call, r.RoleName));
        api.Add(IamJson.Default.RoleRequest, IamJson.Default.Empty, roles.DeleteRolePermissionsBoundary, (r, call) => Role(call, r.RoleName));
        api.Add(IamJson.Default.ListOfRoleRequest, IamJson.Default.InstanceProfilesResponse, roles.ListInstanceProfilesForRole, (r, call) => Role(call, r.RoleName));
    }

    private static void AddGroups(QueryService api, Groups groups)
    {
        api.Add(IamJson.Default.CreateGroupRequest, IamJson.Default.GroupResponse, groups.CreateGroup, (r, call) => Identities.Arn(call, IdentityKind.Group, r.Path ?? "/", r.GroupName));
        api.Add(IamJson.Default.GetGroupRequest, IamJson.Default.GetGroupResponse, groups.GetGroup, (r, call) => Group(call, r.GroupName));
        api.Add(IamJson.Default.ListRequest, IamJson.Default.ListGroupsResponse, groups.ListGroups);
        api.Add(IamJson.Default.ListOfUserRequest, IamJson.Default.ListGroupsResponse, groups.ListGroupsForUser, (r, call) => User(call, r.UserName));
        api.Add(IamJson.Default.GroupRequest, IamJson.Default.Empty, groups.DeleteGroup, (r, call) => Group(call, r.GroupName));
        api.Add(IamJson.Default.GroupMemberRequest, IamJson.Default.Empty, groups.AddUserToGroup, (r, call) => Group(call, r.GroupName));
        api.Add(IamJson.Default.GroupMemberRequest, IamJson.Default.Empty, groups.RemoveUserFromGroup, (r, call) => Group(call, r.GroupName));
    }

    private static void AddPolicies(QueryService api, InlinePolicies inline, Attachments attachments, Policies policies)
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

        api.Add(IamJson.Default.AttachUserPolicyRequest, IamJson.Default.Empty, attachments.AttachUserPolicy, (r, call) => User(call, r.UserName));
        api.Add(IamJson.Default.AttachRolePolicyRequest, IamJson.Default.Empty, attachments.AttachRolePolicy, (r, call) => Role(call, r.RoleName));
        api.Add(IamJson.Default.AttachGroupPolicyRequest, IamJson.Default.Empty, attachments.AttachGroupPolicy, (r, call) => Group(call, r.GroupName));
        api.Add(IamJson.Default.AttachUserPolicyRequest, IamJson.Default.Empty, attachments.DetachUserPolicy, (r, call) => User(call, r.UserName));
        api.Add(IamJson.Default.AttachRolePolicyRequest, IamJson.Default.Empty, attachments.DetachRolePolicy, (r, call) => Role(call, r.RoleName));
        api.Add(IamJson.Default.AttachGroupPolicyRequest, IamJson.Default.Empty, attachments.DetachGroupPolicy, (r, call) => Group(call, r.GroupName));
        api.Add(IamJson.Default.ListAttachedUserPoliciesRequest, IamJson.Default.AttachedPoliciesResponse, attachments.ListAttachedUserPolicies, (r, call) => User(call, r.UserName));
        api.Add(IamJson.Default.ListAttachedRolePoliciesRequest, IamJson.Default.AttachedPoliciesResponse, attachments.ListAttachedRolePolicies, (r, call) => Role(call, r.RoleName));
        api.Add(IamJson.Default.ListAttachedGroupPoliciesRequest, IamJson.Default.AttachedPoliciesResponse, attachments.ListAttachedGroupPolicies, (r, call) => Group(call, r.GroupName));

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

    private static void AddAccount(QueryService api, Account account)
    {
        api.Add(IamJson.Default.AccountAliasRequest, IamJson.Default.Empty, account.CreateAccountAlias);
        api.Add(IamJson.Default.AccountAliasRequest, IamJson.Default.Empty, account.DeleteAccountAlias);
        api.Add(IamJson.Default.ListAccountAliasesRequest, IamJson.Default.ListAccountAliasesResponse, account.ListAccountAliases);
    }

    private static string Role(Call call, string name) => Identities.Arn(call, IdentityKind.Role, "/", name);

    private static string Group(Call call, string name) => Identities.Arn(call, IdentityKind.Group, "/", name);

    /// <summary>Without a name the caller is meant.</summary>
    private static string User(Call call, string? name) => name is not null ? Identities.Arn(call, IdentityKind.User, "/", name)
        : call.Principal.Kind == PrincipalKind.User ? call.Principal.Arn : "*";
}

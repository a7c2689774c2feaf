namespace Galley.Iam;

// Requests and answers of the IAM API, members as AWS names them (https://docs.aws.amazon.com/IAM/latest/APIReference/).

internal sealed record Tag(string Key, string Value);

internal sealed record AttachedPermissionsBoundary(string PermissionsBoundaryType, string PermissionsBoundaryArn);

internal sealed record User(
    string Path, string UserName, string UserId, string Arn, DateTimeOffset CreateDate, AttachedPermissionsBoundary? PermissionsBoundary, IReadOnlyList<Tag>? Tags);

internal sealed record Role(
    string Path, string RoleName, string RoleId, string Arn, DateTimeOffset CreateDate, string AssumeRolePolicyDocument, string? Description,
    int MaxSessionDuration, AttachedPermissionsBoundary? PermissionsBoundary, IReadOnlyList<Tag>? Tags, RoleLastUsed? RoleLastUsed = null);

internal sealed record RoleLastUsed(DateTimeOffset? LastUsedDate, string? Region);

internal sealed record Group(string Path, string GroupName, string GroupId, string Arn, DateTimeOffset CreateDate);

internal sealed record Policy(
    string PolicyName, string PolicyId, string Arn, string Path, string DefaultVersionId, int AttachmentCount, int PermissionsBoundaryUsageCount,
    bool IsAttachable, string? Description, DateTimeOffset CreateDate, DateTimeOffset UpdateDate, IReadOnlyList<Tag>? Tags);

internal sealed record PolicyVersion(string? Document, string VersionId, bool IsDefaultVersion, DateTimeOffset CreateDate);

internal sealed record AccessKey(string UserName, string AccessKeyId, string Status, string SecretAccessKey, DateTimeOffset CreateDate);

internal sealed record AccessKeyMetadata(string UserName, string AccessKeyId, string Status, DateTimeOffset CreateDate);

internal sealed record AttachedPolicy(string PolicyName, string PolicyArn);

// Users
internal sealed record CreateUserRequest(string UserName, string? Path = null, string? PermissionsBoundary = null, IReadOnlyList<Tag>? Tags = null);
internal sealed record UserRequest(string UserName);
internal sealed record GetUserRequest(string? UserName = null);
internal sealed record UserResponse(User User);
internal sealed record UpdateUserRequest(string UserName, string? NewPath = null, string? NewUserName = null);
internal sealed record ListRequest(string? PathPrefix = null, string? Marker = null, int? MaxItems = null);
internal sealed record ListUsersResponse(IReadOnlyList<User> Users, bool IsTruncated, string? Marker);
internal sealed record TagUserRequest(string UserName, IReadOnlyList<Tag> Tags);
internal sealed record UntagUserRequest(string UserName, IReadOnlyList<string> TagKeys);
internal sealed record ListOfUserRequest(string UserName, string? Marker = null, int? MaxItems = null);
internal sealed record TagsResponse(IReadOnlyList<Tag> Tags, bool IsTruncated, string? Marker);
internal sealed record UserBoundaryRequest(string UserName, string PermissionsBoundary);

// Access keys
internal sealed record CreateAccessKeyRequest(string? UserName = null);
internal sealed record CreateAccessKeyResponse(AccessKey AccessKey);
internal sealed record AccessKeyRequest(string AccessKeyId, string? UserName = null);
internal sealed record UpdateAccessKeyRequest(string AccessKeyId, string Status, string? UserName = null);
internal sealed record ListAccessKeysRequest(string? UserName = null, string? Marker = null, int? MaxItems = null);
internal sealed record ListAccessKeysResponse(string UserName, IReadOnlyList<AccessKeyMetadata> AccessKeyMetadata, bool IsTruncated, string? Marker);
internal sealed record GetAccessKeyLastUsedRequest(string AccessKeyId);
internal sealed record GetAccessKeyLastUsedResponse(string UserName, AccessKeyLastUsed AccessKeyLastUsed);
internal sealed record AccessKeyLastUsed(DateTimeOffset? LastUsedDate, string ServiceName, string Region);

// Roles
internal sealed record CreateRoleRequest(
    string RoleName, string AssumeRolePolicyDocument, string? Path = null, string? Description = null, int? MaxSessionDuration = null,
    string? PermissionsBoundary = null, IReadOnlyList<Tag>? Tags = null);
internal sealed record RoleRequest(string RoleName);
internal sealed record RoleResponse(Role Role);
internal sealed record ListRolesResponse(IReadOnlyList<Role> Roles, bool IsTruncated, string? Marker);
internal sealed record UpdateRoleRequest(string RoleName, string? Description = null, int? MaxSessionDuration = null);
internal sealed record UpdateRoleDescriptionRequest(string RoleName, string Description);
internal sealed record UpdateAssumeRolePolicyRequest(string RoleName, string PolicyDocument);
internal sealed record TagRoleRequest(string RoleName, IReadOnlyList<Tag> Tags);
internal sealed record UntagRoleRequest(string RoleName, IReadOnlyList<string> TagKeys);
internal sealed record ListOfRoleRequest(string RoleName, string? Marker = null, int? MaxItems = null);
internal sealed record RoleBoundaryRequest(string RoleName, string PermissionsBoundary);
internal sealed record InstanceProfilesResponse(IReadOnlyList<InstanceProfile> InstanceProfiles, bool IsTruncated);
internal sealed record InstanceProfile;

// OIDC providers
internal sealed record CreateOpenIDConnectProviderRequest(string Url, IReadOnlyList<string>? ClientIDList = null, IReadOnlyList<string>? ThumbprintList = null, IReadOnlyList<Tag>? Tags = null);
internal sealed record CreateOpenIDConnectProviderResponse(string OpenIDConnectProviderArn, IReadOnlyList<Tag>? Tags);
internal sealed record OidcProviderRequest(string OpenIDConnectProviderArn);
internal sealed record GetOpenIDConnectProviderResponse(string Url, IReadOnlyList<string> ClientIDList, IReadOnlyList<string> ThumbprintList, DateTimeOffset CreateDate, IReadOnlyList<Tag>? Tags);
internal sealed record ListOpenIDConnectProvidersResponse(IReadOnlyList<OidcProviderEntry> OpenIDConnectProviderList);
internal sealed record OidcProviderEntry(string Arn);
internal sealed record UpdateThumbprintRequest(string OpenIDConnectProviderArn, IReadOnlyList<string> ThumbprintList);
internal sealed record OidcClientRequest(string OpenIDConnectProviderArn, string ClientID);
internal sealed record TagOidcProviderRequest(string OpenIDConnectProviderArn, IReadOnlyList<Tag> Tags);
internal sealed record UntagOidcProviderRequest(string OpenIDConnectProviderArn, IReadOnlyList<string> TagKeys);
internal sealed record ListOfOidcProviderRequest(string OpenIDConnectProviderArn, string? Marker = null, int? MaxItems = null);

// Groups
internal sealed record CreateGroupRequest(string GroupName, string? Path = null);
internal sealed record GroupRequest(string GroupName);
internal sealed record GetGroupRequest(string GroupName, string? Marker = null, int? MaxItems = null);
internal sealed record GroupResponse(Group Group);
internal sealed record GetGroupResponse(Group Group, IReadOnlyList<User> Users, bool IsTruncated, string? Marker);
internal sealed record ListGroupsResponse(IReadOnlyList<Group> Groups, bool IsTruncated, string? Marker);
internal sealed record GroupMemberRequest(string GroupName, string UserName);

internal sealed record UpdateGroupRequest(string GroupName, string? NewPath = null, string? NewGroupName = null);

// Console passwords, and what a machine of ours cannot have: told truthfully as none
internal sealed record LoginProfileRequest(string? UserName = null, string? Password = null, bool? PasswordResetRequired = null);
internal sealed record LoginProfileName(string? UserName = null);
internal sealed record LoginProfileResponse(LoginProfile LoginProfile);
internal sealed record LoginProfile(string UserName, DateTimeOffset CreateDate, bool PasswordResetRequired);
internal sealed record ListOfAccountRequest(string? PathPrefix = null, string? Marker = null, int? MaxItems = null);
internal sealed record ListOfMaybeUserRequest(string? UserName = null, string? Marker = null, int? MaxItems = null);
internal sealed record ListServiceSpecificCredentialsRequest(string? UserName = null, string? ServiceName = null, bool? AllUsers = null, string? Marker = null, int? MaxItems = null);
internal sealed record ListVirtualMFADevicesRequest(string? AssignmentStatus = null, string? Marker = null, int? MaxItems = null);
internal sealed record ListMFADevicesResponse(IReadOnlyList<InstanceProfile> MFADevices, bool IsTruncated);
internal sealed record ListVirtualMFADevicesResponse(IReadOnlyList<InstanceProfile> VirtualMFADevices, bool IsTruncated);
internal sealed record ListSSHPublicKeysResponse(IReadOnlyList<InstanceProfile> SSHPublicKeys, bool IsTruncated);
internal sealed record ListSigningCertificatesResponse(IReadOnlyList<InstanceProfile> Certificates, bool IsTruncated);
internal sealed record ListServiceSpecificCredentialsResponse(IReadOnlyList<InstanceProfile> ServiceSpecificCredentials);
internal sealed record ListSAMLProvidersResponse(IReadOnlyList<InstanceProfile> SAMLProviderList);

// Service-linked roles
internal sealed record CreateServiceLinkedRoleRequest(string AWSServiceName, string? Description = null, string? CustomSuffix = null);
internal sealed record DeleteServiceLinkedRoleResponse(string DeletionTaskId);
internal sealed record DeletionTaskRequest(string DeletionTaskId);
internal sealed record DeletionTaskResponse(string Status);

// Inline policies
internal sealed record PutUserPolicyRequest(string UserName, string PolicyName, string PolicyDocument);
internal sealed record PutRolePolicyRequest(string RoleName, string PolicyName, string PolicyDocument);
internal sealed record PutGroupPolicyRequest(string GroupName, string PolicyName, string PolicyDocument);
internal sealed record UserPolicyRequest(string UserName, string PolicyName);
internal sealed record RolePolicyRequest(string RoleName, string PolicyName);
internal sealed record GroupPolicyRequest(string GroupName, string PolicyName);
internal sealed record GetUserPolicyResponse(string UserName, string PolicyName, string PolicyDocument);
internal sealed record GetRolePolicyResponse(string RoleName, string PolicyName, string PolicyDocument);
internal sealed record GetGroupPolicyResponse(string GroupName, string PolicyName, string PolicyDocument);
internal sealed record PolicyNamesResponse(IReadOnlyList<string> PolicyNames, bool IsTruncated, string? Marker);
internal sealed record ListOfGroupRequest(string GroupName, string? Marker = null, int? MaxItems = null);

// Attachments
internal sealed record AttachUserPolicyRequest(string UserName, string PolicyArn);
internal sealed record AttachRolePolicyRequest(string RoleName, string PolicyArn);
internal sealed record AttachGroupPolicyRequest(string GroupName, string PolicyArn);
internal sealed record ListAttachedUserPoliciesRequest(string UserName, string? PathPrefix = null, string? Marker = null, int? MaxItems = null);
internal sealed record ListAttachedRolePoliciesRequest(string RoleName, string? PathPrefix = null, string? Marker = null, int? MaxItems = null);
internal sealed record ListAttachedGroupPoliciesRequest(string GroupName, string? PathPrefix = null, string? Marker = null, int? MaxItems = null);
internal sealed record AttachedPoliciesResponse(IReadOnlyList<AttachedPolicy> AttachedPolicies, bool IsTruncated, string? Marker);

// Managed policies
internal sealed record CreatePolicyRequest(string PolicyName, string PolicyDocument, string? Path = null, string? Description = null, IReadOnlyList<Tag>? Tags = null);
internal sealed record PolicyRequest(string PolicyArn);
internal sealed record PolicyResponse(Policy Policy);
internal sealed record ListPoliciesRequest(
    string? Scope = null, bool? OnlyAttached = null, string? PathPrefix = null, string? PolicyUsageFilter = null, string? Marker = null, int? MaxItems = null);
internal sealed record ListPoliciesResponse(IReadOnlyList<Policy> Policies, bool IsTruncated, string? Marker);
internal sealed record CreatePolicyVersionRequest(string PolicyArn, string PolicyDocument, bool? SetAsDefault = null);
internal sealed record PolicyVersionRequest(string PolicyArn, string VersionId);
internal sealed record PolicyVersionResponse(PolicyVersion PolicyVersion);
internal sealed record ListOfPolicyRequest(string PolicyArn, string? Marker = null, int? MaxItems = null);
internal sealed record ListPolicyVersionsResponse(IReadOnlyList<PolicyVersion> Versions, bool IsTruncated, string? Marker);
internal sealed record TagPolicyRequest(string PolicyArn, IReadOnlyList<Tag> Tags);
internal sealed record UntagPolicyRequest(string PolicyArn, IReadOnlyList<string> TagKeys);
internal sealed record ListEntitiesForPolicyRequest(
    string PolicyArn, string? EntityFilter = null, string? PathPrefix = null, string? PolicyUsageFilter = null, string? Marker = null, int? MaxItems = null);
internal sealed record ListEntitiesForPolicyResponse(
    IReadOnlyList<PolicyGroup> PolicyGroups, IReadOnlyList<PolicyUser> PolicyUsers, IReadOnlyList<PolicyRole> PolicyRoles, bool IsTruncated);
internal sealed record PolicyGroup(string GroupName, string GroupId);
internal sealed record PolicyUser(string UserName, string UserId);
internal sealed record PolicyRole(string RoleName, string RoleId);

// Account
internal sealed record AccountAliasRequest(string AccountAlias);
internal sealed record ListAccountAliasesRequest(string? Marker = null, int? MaxItems = null);
internal sealed record ListAccountAliasesResponse(IReadOnlyList<string> AccountAliases, bool IsTruncated);

internal sealed record GetAccountSummaryResponse(SummaryMap SummaryMap);
internal sealed record SummaryMap(IReadOnlyList<SummaryEntry> entry);
internal sealed record SummaryEntry(string key, int value);
internal sealed record GetAccountAuthorizationDetailsRequest(IReadOnlyList<string>? Filter = null, string? Marker = null, int? MaxItems = null);
internal sealed record GetAccountAuthorizationDetailsResponse(
    IReadOnlyList<UserDetail> UserDetailList, IReadOnlyList<GroupDetail> GroupDetailList, IReadOnlyList<RoleDetail> RoleDetailList, IReadOnlyList<ManagedPolicyDetail> Policies, bool IsTruncated, string? Marker);
internal sealed record UserDetail(
    string Path, string UserName, string UserId, string Arn, DateTimeOffset CreateDate, IReadOnlyList<PolicyDetail> UserPolicyList, IReadOnlyList<string> GroupList,
    IReadOnlyList<AttachedPolicy> AttachedManagedPolicies, AttachedPermissionsBoundary? PermissionsBoundary, IReadOnlyList<Tag> Tags);
internal sealed record GroupDetail(
    string Path, string GroupName, string GroupId, string Arn, DateTimeOffset CreateDate, IReadOnlyList<PolicyDetail> GroupPolicyList, IReadOnlyList<AttachedPolicy> AttachedManagedPolicies);
internal sealed record RoleDetail(
    string Path, string RoleName, string RoleId, string Arn, DateTimeOffset CreateDate, string AssumeRolePolicyDocument, IReadOnlyList<InstanceProfile> InstanceProfileList,
    IReadOnlyList<PolicyDetail> RolePolicyList, IReadOnlyList<AttachedPolicy> AttachedManagedPolicies, AttachedPermissionsBoundary? PermissionsBoundary, IReadOnlyList<Tag> Tags, RoleLastUsed RoleLastUsed);
internal sealed record PolicyDetail(string PolicyName, string PolicyDocument);
internal sealed record ManagedPolicyDetail(
    string PolicyName, string PolicyId, string Arn, string Path, string DefaultVersionId, int AttachmentCount, int PermissionsBoundaryUsageCount, bool IsAttachable,
    string? Description, DateTimeOffset CreateDate, DateTimeOffset UpdateDate, IReadOnlyList<PolicyVersion> PolicyVersionList);
internal sealed record GenerateCredentialReportResponse(string State, string Description);
internal sealed record GetCredentialReportResponse(string Content, string ReportFormat, DateTimeOffset GeneratedTime);

// Simulation
internal sealed record SimulateCustomPolicyRequest(
    IReadOnlyList<string> PolicyInputList, IReadOnlyList<string> ActionNames, IReadOnlyList<string>? PermissionsBoundaryPolicyInputList = null, IReadOnlyList<string>? ResourceArns = null,
    string? ResourcePolicy = null, string? ResourceOwner = null, string? CallerArn = null, IReadOnlyList<ContextEntry>? ContextEntries = null, string? Marker = null, int? MaxItems = null);
internal sealed record SimulatePrincipalPolicyRequest(
    string PolicySourceArn, IReadOnlyList<string> ActionNames, IReadOnlyList<string>? PolicyInputList = null, IReadOnlyList<string>? PermissionsBoundaryPolicyInputList = null,
    IReadOnlyList<string>? ResourceArns = null, string? ResourcePolicy = null, string? ResourceOwner = null, string? CallerArn = null, IReadOnlyList<ContextEntry>? ContextEntries = null,
    string? Marker = null, int? MaxItems = null);
internal sealed record ContextEntry(string ContextKeyName, IReadOnlyList<string> ContextKeyValues, string ContextKeyType);
internal sealed record SimulateResponse(IReadOnlyList<EvaluationResult> EvaluationResults, bool IsTruncated, string? Marker);
internal sealed record EvaluationResult(
    string EvalActionName, string EvalResourceName, string EvalDecision, IReadOnlyList<MatchedStatement> MatchedStatements, IReadOnlyList<string> MissingContextValues, PermissionsBoundaryDecision? PermissionsBoundaryDecisionDetail);
internal sealed record MatchedStatement(string SourcePolicyId, string SourcePolicyType);
internal sealed record PermissionsBoundaryDecision(bool AllowedByPermissionsBoundary);
internal sealed record ContextKeysOfCustomPolicyRequest(IReadOnlyList<string> PolicyInputList);
internal sealed record ContextKeysOfPrincipalRequest(string PolicySourceArn, IReadOnlyList<string>? PolicyInputList = null);
internal sealed record ContextKeysResponse(IReadOnlyList<string> ContextKeyNames);

// STS
internal sealed record GetCallerIdentityResponse(string Arn, string UserId, string Account);
internal sealed record AssumeRoleRequest(
    string RoleArn, string RoleSessionName, int? DurationSeconds = null, string? Policy = null, IReadOnlyList<PolicyDescriptor>? PolicyArns = null, string? ExternalId = null,
    IReadOnlyList<Tag>? Tags = null, IReadOnlyList<string>? TransitiveTagKeys = null, string? SourceIdentity = null);
internal sealed record PolicyDescriptor(string arn);
internal sealed record AssumeRoleResponse(Credentials Credentials, AssumedRoleUser AssumedRoleUser, int? PackedPolicySize, string? SourceIdentity);
internal sealed record AssumeRoleWithWebIdentityRequest(
    string RoleArn, string RoleSessionName, string WebIdentityToken, string? ProviderId = null, int? DurationSeconds = null, string? Policy = null, IReadOnlyList<PolicyDescriptor>? PolicyArns = null);
internal sealed record AssumeRoleWithWebIdentityResponse(
    Credentials Credentials, string SubjectFromWebIdentityToken, AssumedRoleUser AssumedRoleUser, int? PackedPolicySize, string Provider, string Audience, string? SourceIdentity);
internal sealed record GetFederationTokenRequest(string Name, string? Policy = null, IReadOnlyList<PolicyDescriptor>? PolicyArns = null, int? DurationSeconds = null, IReadOnlyList<Tag>? Tags = null);
internal sealed record GetFederationTokenResponse(Credentials Credentials, FederatedUser FederatedUser, int? PackedPolicySize);
internal sealed record FederatedUser(string FederatedUserId, string Arn);
internal sealed record DecodeAuthorizationMessageRequest(string EncodedMessage);
internal sealed record AssumedRoleUser(string AssumedRoleId, string Arn);
internal sealed record GetSessionTokenRequest(int? DurationSeconds = null);
internal sealed record GetSessionTokenResponse(Credentials Credentials);
internal sealed record Credentials(string AccessKeyId, string SecretAccessKey, string SessionToken, DateTimeOffset Expiration);
internal sealed record GetAccessKeyInfoRequest(string AccessKeyId);
internal sealed record GetAccessKeyInfoResponse(string Account);

/// <summary>Keys of a role for a service that acts with it.</summary>
internal sealed record TemporaryCredentials(string AccessKeyId, string SecretAccessKey, string SessionToken, DateTimeOffset Expiration)
{
    public Credentials Show() => new(AccessKeyId, SecretAccessKey, SessionToken, Expiration);
}

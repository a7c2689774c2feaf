using System.Text.Json.Serialization;

namespace Galley.Cognito;

internal sealed record PasswordPolicy
{
    public int? MinimumLength { get; init; }
    public bool? RequireUppercase { get; init; }
    public bool? RequireLowercase { get; init; }
    public bool? RequireNumbers { get; init; }
    public bool? RequireSymbols { get; init; }
    public int? PasswordHistorySize { get; init; }
    public int? TemporaryPasswordValidityDays { get; init; }
}

internal sealed record SignInPolicy
{
    public IReadOnlyList<string>? AllowedFirstAuthFactors { get; init; }
}

internal sealed record Policies
{
    public PasswordPolicy? PasswordPolicy { get; init; }
    public SignInPolicy? SignInPolicy { get; init; }
}

internal sealed record VerificationMessageTemplate
{
    public string? SmsMessage { get; init; }
    public string? EmailMessage { get; init; }
    public string? EmailSubject { get; init; }
    public string? EmailMessageByLink { get; init; }
    public string? EmailSubjectByLink { get; init; }
    public string? DefaultEmailOption { get; init; }
}

internal sealed record EmailConfiguration
{
    public string? EmailSendingAccount { get; init; }
    public string? SourceArn { get; init; }
    public string? From { get; init; }
    public string? ReplyToEmailAddress { get; init; }
    public string? ConfigurationSet { get; init; }
}

internal sealed record InviteMessageTemplate
{
    public string? SMSMessage { get; init; }
    public string? EmailMessage { get; init; }
    public string? EmailSubject { get; init; }
}

internal sealed record AdminCreateUserConfig
{
    public bool? AllowAdminCreateUserOnly { get; init; }
    public int? UnusedAccountValidityDays { get; init; }
    public InviteMessageTemplate? InviteMessageTemplate { get; init; }
}

internal sealed record NumberConstraints
{
    public string? MinValue { get; init; }
    public string? MaxValue { get; init; }
}

internal sealed record StringConstraints
{
    public string? MinLength { get; init; }
    public string? MaxLength { get; init; }
}

internal sealed record SchemaAttribute
{
    public required string Name { get; init; }
    public string? AttributeDataType { get; init; }
    public bool? DeveloperOnlyAttribute { get; init; }
    public bool? Mutable { get; init; }
    public bool? Required { get; init; }
    public NumberConstraints? NumberAttributeConstraints { get; init; }
    public StringConstraints? StringAttributeConstraints { get; init; }
}

internal sealed record UsernameConfiguration
{
    public required bool CaseSensitive { get; init; }
}

internal sealed record RecoveryOption
{
    public required int Priority { get; init; }
    public required string Name { get; init; }
}

internal sealed record AccountRecoverySetting
{
    public IReadOnlyList<RecoveryOption>? RecoveryMechanisms { get; init; }
}

internal sealed record UserAttributeUpdateSettings
{
    public IReadOnlyList<string>? AttributesRequireVerificationBeforeUpdate { get; init; }
}

/// <summary>What CreateUserPool and UpdateUserPool have in common, and a pool keeps.</summary>
internal record PoolSettings
{
    public Policies? Policies { get; init; }
    public string? DeletionProtection { get; init; }
    public LambdaConfig? LambdaConfig { get; init; }
    public IReadOnlyList<string>? AutoVerifiedAttributes { get; init; }
    public string? SmsVerificationMessage { get; init; }
    public string? EmailVerificationMessage { get; init; }
    public string? EmailVerificationSubject { get; init; }
    public VerificationMessageTemplate? VerificationMessageTemplate { get; init; }
    public string? SmsAuthenticationMessage { get; init; }
    public string? MfaConfiguration { get; init; }
    public UserAttributeUpdateSettings? UserAttributeUpdateSettings { get; init; }
    public DeviceConfiguration? DeviceConfiguration { get; init; }
    public EmailConfiguration? EmailConfiguration { get; init; }
    public SmsConfiguration? SmsConfiguration { get; init; }
    public UserPoolAddOns? UserPoolAddOns { get; init; }
    public IReadOnlyDictionary<string, string>? UserPoolTags { get; init; }
    public AdminCreateUserConfig? AdminCreateUserConfig { get; init; }
    public AccountRecoverySetting? AccountRecoverySetting { get; init; }
    public string? UserPoolTier { get; init; }
}

internal sealed record CreateUserPoolRequest : PoolSettings
{
    public required string PoolName { get; init; }
    public IReadOnlyList<string>? AliasAttributes { get; init; }
    public IReadOnlyList<string>? UsernameAttributes { get; init; }
    public IReadOnlyList<SchemaAttribute>? Schema { get; init; }
    public UsernameConfiguration? UsernameConfiguration { get; init; }
}

internal sealed record UpdateUserPoolRequest : PoolSettings, IOnPool
{
    public required string UserPoolId { get; init; }
    public string? PoolName { get; init; }
}

/// <summary>A pool as it is stored and as DescribeUserPool shows it.</summary>
internal sealed record UserPool : PoolSettings
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required string Arn { get; init; }
    public required DateTimeOffset CreationDate { get; init; }
    public required DateTimeOffset LastModifiedDate { get; init; }
    public required IReadOnlyList<SchemaAttribute> SchemaAttributes { get; init; }
    public IReadOnlyList<string>? AliasAttributes { get; init; }
    public IReadOnlyList<string>? UsernameAttributes { get; init; }
    public UsernameConfiguration? UsernameConfiguration { get; init; }
    public string? Domain { get; init; }
    public string? CustomDomain { get; init; }
    public int EstimatedNumberOfUsers { get; init; }

    private PoolRef? _ref;

    [JsonIgnore]
    public PoolRef Ref => _ref ??= new(Arn.Split(':')[4], Arn.Split(':')[3], Id);

    [JsonIgnore]
    public bool SignInByAttribute => UsernameAttributes is { Count: > 0 };

    [JsonIgnore]
    public PasswordPolicy PasswordPolicy => Policies!.PasswordPolicy!;

    /// <summary>Names as they are compared: lower case where the pool does not tell cases apart.</summary>
    public string Fold(string name) => UsernameConfiguration?.CaseSensitive == false ? name.ToLowerInvariant() : name;

    /// <summary>Not part of the pool's description: GetUserPoolMfaConfig shows it.</summary>
    public SoftwareTokenMfaConfig? TotpMfa { get; init; }
    public EmailMfaConfig? EmailMfa { get; init; }
    public bool? SmsMfa { get; init; }
    public WebAuthnConfig? WebAuthn { get; init; }

    /// <summary>The pool as AWS describes it.</summary>
    public UserPool Described() => this with { TotpMfa = null, EmailMfa = null, SmsMfa = null, WebAuthn = null };

    public bool AutoVerifies(string attribute) => AutoVerifiedAttributes?.Contains(attribute) == true;
}

internal interface IOnPool
{
    string UserPoolId { get; }
}

internal sealed record OnPoolRequest : IOnPool
{
    public required string UserPoolId { get; init; }
}

internal sealed record UserPoolResponse
{
    public required UserPool UserPool { get; init; }
}

internal sealed record ListUserPoolsRequest
{
    public string? NextToken { get; init; }
    public required int MaxResults { get; init; }
}

internal sealed record UserPoolDescription
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required LambdaConfig LambdaConfig { get; init; }
    public required DateTimeOffset LastModifiedDate { get; init; }
    public required DateTimeOffset CreationDate { get; init; }
}

internal sealed record ListUserPoolsResponse
{
    public required IReadOnlyList<UserPoolDescription> UserPools { get; init; }
    public string? NextToken { get; init; }
}

internal sealed record AddCustomAttributesRequest : IOnPool
{
    public required string UserPoolId { get; init; }
    public required IReadOnlyList<SchemaAttribute> CustomAttributes { get; init; }
}

internal sealed record TagResourceRequest
{
    public required string ResourceArn { get; init; }
    public required IReadOnlyDictionary<string, string> Tags { get; init; }
}

internal sealed record UntagResourceRequest
{
    public required string ResourceArn { get; init; }
    public required IReadOnlyList<string> TagKeys { get; init; }
}

internal sealed record ListTagsForResourceRequest
{
    public required string ResourceArn { get; init; }
}

internal sealed record ListTagsForResourceResponse
{
    public required IReadOnlyDictionary<string, string> Tags { get; init; }
}

/// <summary>Which pool an id belongs to, for calls that carry no account.</summary>
internal sealed record PoolPointer(string Account, string Region, string PoolId)
{
    [JsonIgnore]
    public PoolRef Pool => new(Account, Region, PoolId);
}

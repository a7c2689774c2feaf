using System.Text.Json;
using System.Text.Json.Serialization;

namespace Galley.Cognito;

internal sealed record UserAttribute
{
    public required string Name { get; init; }
    public string? Value { get; init; }
}

/// <summary>A user as stored. Password as a salted hash; the SRP verifier, which is cheaper to guess against, sealed besides.</summary>
internal sealed record User
{
    public required string Username { get; init; }
    public required string Sub { get; init; }
    public required IReadOnlyList<UserAttribute> Attributes { get; init; }
    public bool Enabled { get; init; }
    public required string Status { get; init; }
    public required DateTimeOffset Created { get; init; }
    public required DateTimeOffset Modified { get; init; }
    public string? PasswordHash { get; init; }
    public string? SrpSalt { get; init; }
    public string? SrpVerifier { get; init; }

    /// <summary>Second factors that the user has switched on, `SOFTWARE_TOKEN_MFA` and its kin, and the preferred one.</summary>
    public IReadOnlyList<string>? Mfa { get; init; }
    public string? PreferredMfa { get; init; }

    /// <summary>Sealed seed of the authenticator app, one that waits for its first code, and the last time step that was spent.</summary>
    public string? Totp { get; init; }
    public string? TotpPending { get; init; }
    public long TotpStep { get; init; }

    /// <summary>Addresses that wait for their code while the old ones go on (AttributesRequireVerificationBeforeUpdate).</summary>
    public IReadOnlyList<UserAttribute>? Pending { get; init; }

    /// <summary>Hashes of former passwords, newest first, where the pool forbids to use them again.</summary>
    public IReadOnlyList<string>? OldPasswords { get; init; }

    /// <summary>Accounts at identity providers that sign in as this user.</summary>
    public IReadOnlyList<LinkedAccount>? Identities { get; init; }

    /// <summary>End of a temporary password.</summary>
    public DateTimeOffset? PasswordExpires { get; init; }

    public string? this[string attribute]
    {
        get
        {
            foreach (var known in Attributes)
                if (known.Name == attribute)
                    return known.Value;
            return null;
        }
    }

    [JsonIgnore]
    public bool EmailVerified => this["email_verified"] == "true";

    /// <summary>Whether an address, `email` or `phone_number`, is there and proved.</summary>
    public bool Proved(string attribute) => this[attribute] is not null && this[attribute + "_verified"] == "true";

    /// <summary>The user with the attributes set; an empty value removes one.</summary>
    public User With(params IEnumerable<UserAttribute> changes)
    {
        var list = Attributes.ToList();
        foreach (var change in changes)
        {
            var at = list.FindIndex(known => known.Name == change.Name);
            if (string.IsNullOrEmpty(change.Value))
            {
                if (at >= 0) list.RemoveAt(at);
            }
            else if (at >= 0) list[at] = change;
            else list.Add(change);
        }

        return this with { Attributes = list };
    }

    public User With(string name, string? value) => With([new UserAttribute { Name = name, Value = value }]);

    /// <summary>The user with the password that <paramref name="hashed"/> has.</summary>
    public User WithPassword(User hashed) => this with { PasswordHash = hashed.PasswordHash, SrpSalt = hashed.SrpSalt, SrpVerifier = hashed.SrpVerifier, OldPasswords = hashed.OldPasswords };

    /// <summary>All attributes as AWS lists them: `sub` first.</summary>
    public IReadOnlyList<UserAttribute> Shown() => Identities is { Count: > 0 } linked
        ? [new UserAttribute { Name = "sub", Value = Sub }, new UserAttribute { Name = "identities", Value = LinkedAccounts.Text(linked) }, .. Attributes]
        : [new UserAttribute { Name = "sub", Value = Sub }, .. Attributes];
}

/// <summary>One entry of the attribute `identities`.</summary>
internal sealed record LinkedAccount
{
    public required string UserId { get; init; }
    public required string ProviderName { get; init; }
    public required string ProviderType { get; init; }
    public bool Primary { get; init; }
    public required DateTimeOffset DateCreated { get; init; }
}

internal static class UserStatus
{
    public const string Unconfirmed = "UNCONFIRMED", Confirmed = "CONFIRMED", ResetRequired = "RESET_REQUIRED", ForceChangePassword = "FORCE_CHANGE_PASSWORD", External = "EXTERNAL_PROVIDER";
}

/// <summary>A user as lists and AdminCreateUser show it.</summary>
internal sealed record UserType
{
    public required string Username { get; init; }
    public required IReadOnlyList<UserAttribute> Attributes { get; init; }
    public required DateTimeOffset UserCreateDate { get; init; }
    public required DateTimeOffset UserLastModifiedDate { get; init; }
    public required bool Enabled { get; init; }
    public required string UserStatus { get; init; }

    public static UserType Of(User user) => new()
    {
        Username = user.Username,
        Attributes = user.Shown(),
        UserCreateDate = user.Created,
        UserLastModifiedDate = user.Modified,
        Enabled = user.Enabled,
        UserStatus = user.Status,
    };
}

internal interface IOnUser : IOnPool
{
    string Username { get; }
}

internal sealed record OnUserRequest : IOnUser
{
    public required string UserPoolId { get; init; }
    public required string Username { get; init; }
    public IReadOnlyDictionary<string, string>? ClientMetadata { get; init; }
}

internal sealed record AdminCreateUserRequest : IOnUser
{
    public required string UserPoolId { get; init; }
    public required string Username { get; init; }
    public IReadOnlyList<UserAttribute>? UserAttributes { get; init; }
    public IReadOnlyList<UserAttribute>? ValidationData { get; init; }
    public string? TemporaryPassword { get; init; }
    public bool? ForceAliasCreation { get; init; }
    public string? MessageAction { get; init; }
    public IReadOnlyList<string>? DesiredDeliveryMediums { get; init; }
    public IReadOnlyDictionary<string, string>? ClientMetadata { get; init; }
}

internal sealed record AdminCreateUserResponse
{
    public required UserType User { get; init; }
}

internal sealed record AdminGetUserResponse
{
    public required string Username { get; init; }
    public required IReadOnlyList<UserAttribute> UserAttributes { get; init; }
    public required DateTimeOffset UserCreateDate { get; init; }
    public required DateTimeOffset UserLastModifiedDate { get; init; }
    public required bool Enabled { get; init; }
    public required string UserStatus { get; init; }
    public string? PreferredMfaSetting { get; init; }
    public IReadOnlyList<string>? UserMFASettingList { get; init; }
}

internal sealed record AdminSetUserPasswordRequest : IOnUser
{
    public required string UserPoolId { get; init; }
    public required string Username { get; init; }
    public required string Password { get; init; }
    public bool? Permanent { get; init; }
}

internal sealed record AdminUpdateUserAttributesRequest : IOnUser
{
    public required string UserPoolId { get; init; }
    public required string Username { get; init; }
    public required IReadOnlyList<UserAttribute> UserAttributes { get; init; }
    public IReadOnlyDictionary<string, string>? ClientMetadata { get; init; }
}

internal sealed record AdminDeleteUserAttributesRequest : IOnUser
{
    public required string UserPoolId { get; init; }
    public required string Username { get; init; }
    public required IReadOnlyList<string> UserAttributeNames { get; init; }
}

internal sealed record ListUsersRequest : IOnPool
{
    public required string UserPoolId { get; init; }
    public IReadOnlyList<string>? AttributesToGet { get; init; }
    public int? Limit { get; init; }
    public string? PaginationToken { get; init; }
    public string? Filter { get; init; }
}

internal sealed record ListUsersResponse
{
    public required IReadOnlyList<UserType> Users { get; init; }
    public string? PaginationToken { get; init; }
}

internal sealed record CodeDeliveryDetails
{
    public required string Destination { get; init; }
    public required string DeliveryMedium { get; init; }
    public required string AttributeName { get; init; }
}

internal sealed record CodeDeliveryResponse
{
    public CodeDeliveryDetails? CodeDeliveryDetails { get; init; }
}

/// <summary>Members that calls on behalf of a user may carry: metadata goes to the triggers; without risk scoring the others have no effect.</summary>
internal record UserCall
{
    public IReadOnlyDictionary<string, string>? ClientMetadata { get; init; }
    public JsonElement? AnalyticsMetadata { get; init; }
    public JsonElement? UserContextData { get; init; }
}

internal sealed record SignUpRequest : UserCall
{
    public required string ClientId { get; init; }
    public string? SecretHash { get; init; }
    public required string Username { get; init; }
    public string? Password { get; init; }
    public IReadOnlyList<UserAttribute>? UserAttributes { get; init; }
    public IReadOnlyList<UserAttribute>? ValidationData { get; init; }
}

internal sealed record SignUpResponse
{
    public required bool UserConfirmed { get; init; }
    public CodeDeliveryDetails? CodeDeliveryDetails { get; init; }
    public required string UserSub { get; init; }
    public string? Session { get; init; }
}

internal sealed record ConfirmSignUpResponse
{
    public string? Session { get; init; }
}

internal sealed record ConfirmSignUpRequest : UserCall
{
    public required string ClientId { get; init; }
    public string? SecretHash { get; init; }
    public required string Username { get; init; }
    public required string ConfirmationCode { get; init; }
    public bool? ForceAliasCreation { get; init; }
    public string? Session { get; init; }
}

/// <summary>ResendConfirmationCode and ForgotPassword.</summary>
internal sealed record NamedUserRequest : UserCall
{
    public required string ClientId { get; init; }
    public string? SecretHash { get; init; }
    public required string Username { get; init; }
}

internal sealed record ConfirmForgotPasswordRequest : UserCall
{
    public required string ClientId { get; init; }
    public string? SecretHash { get; init; }
    public required string Username { get; init; }
    public required string ConfirmationCode { get; init; }
    public required string Password { get; init; }
}

internal sealed record AccessTokenRequest
{
    public required string AccessToken { get; init; }
}

internal sealed record GetUserResponse
{
    public required string Username { get; init; }
    public required IReadOnlyList<UserAttribute> UserAttributes { get; init; }
    public string? PreferredMfaSetting { get; init; }
    public IReadOnlyList<string>? UserMFASettingList { get; init; }
}

internal sealed record ChangePasswordRequest
{
    public required string AccessToken { get; init; }
    public required string PreviousPassword { get; init; }
    public required string ProposedPassword { get; init; }
}

internal sealed record UpdateUserAttributesRequest
{
    public required string AccessToken { get; init; }
    public required IReadOnlyList<UserAttribute> UserAttributes { get; init; }
    public IReadOnlyDictionary<string, string>? ClientMetadata { get; init; }
}

internal sealed record UpdateUserAttributesResponse
{
    public required IReadOnlyList<CodeDeliveryDetails> CodeDeliveryDetailsList { get; init; }
}

internal sealed record DeleteUserAttributesRequest
{
    public required string AccessToken { get; init; }
    public required IReadOnlyList<string> UserAttributeNames { get; init; }
}

internal sealed record AttributeCodeRequest
{
    public required string AccessToken { get; init; }
    public required string AttributeName { get; init; }
    public IReadOnlyDictionary<string, string>? ClientMetadata { get; init; }
}

internal sealed record VerifyUserAttributeRequest
{
    public required string AccessToken { get; init; }
    public required string AttributeName { get; init; }
    public required string Code { get; init; }
}

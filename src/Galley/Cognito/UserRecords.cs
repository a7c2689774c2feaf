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

    /// <summary>All attributes as AWS lists them: `sub` first.</summary>
    public IReadOnlyList<UserAttribute> Shown() => [new UserAttribute { Name = "sub", Value = Sub }, .. Attributes];
}

internal static class UserStatus
{
    public const string Unconfirmed = "UNCONFIRMED", Confirmed = "CONFIRMED", ResetRequired = "RESET_REQUIRED", ForceChangePassword = "FORCE_CHANGE_PASSWORD";
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

/// <summary>Members that calls on behalf of a user may carry; without triggers and risk scoring nothing here has an effect.</summary>
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
    public required string Password { get; init; }
    public IReadOnlyList<UserAttribute>? UserAttributes { get; init; }
    public IReadOnlyList<UserAttribute>? ValidationData { get; init; }
}

internal sealed record SignUpResponse
{
    public required bool UserConfirmed { get; init; }
    public CodeDeliveryDetails? CodeDeliveryDetails { get; init; }
    public required string UserSub { get; init; }
}

internal sealed record ConfirmSignUpRequest : UserCall
{
    public required string ClientId { get; init; }
    public string? SecretHash { get; init; }
    public required string Username { get; init; }
    public required string ConfirmationCode { get; init; }
    public bool? ForceAliasCreation { get; init; }
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

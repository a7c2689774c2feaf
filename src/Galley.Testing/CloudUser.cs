namespace Galley.Testing;

/// <summary>A user who is signed in, with real tokens of the pool.</summary>
public sealed record CloudUser
{
    /// <summary>The username.</summary>
    public required string Name { get; init; }

    /// <summary>The e-mail address.</summary>
    public required string Email { get; init; }

    /// <summary>The password in clear.</summary>
    public required string Password { get; init; }

    /// <summary>For APIs; has the client's scopes where the client uses the hosted pages.</summary>
    public required string AccessToken { get; init; }

    /// <summary>Says who the user is; null where the client's scopes have no `openid`.</summary>
    public required string? IdToken { get; init; }

    /// <summary>Gives new tokens at the token endpoint.</summary>
    public required string RefreshToken { get; init; }
}

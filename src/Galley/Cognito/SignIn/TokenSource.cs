namespace Galley.Cognito.SignIn;

/// <summary>Why tokens are made: the `triggerSource` of the pre token generation trigger.</summary>
internal static class TokenSource
{
    public const string HostedAuth = "TokenGeneration_HostedAuth", Authentication = "TokenGeneration_Authentication", NewPassword = "TokenGeneration_NewPasswordChallenge",
        Device = "TokenGeneration_AuthenticateDevice", Refresh = "TokenGeneration_RefreshTokens", Machine = "TokenGeneration_ClientCredentials";
}

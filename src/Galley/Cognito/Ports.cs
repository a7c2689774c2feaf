namespace Galley.Cognito;

/// <summary>Port: mails to users. Durable on return. (Arrows/CognitoToMail)</summary>
internal interface ISendMail
{
    ValueTask Send(string from, string to, string subject, string text);
}

/// <summary>A public signing key of a pool.</summary>
/// <param name="Kid">Key id in the token's header.</param>
/// <param name="Key">Modulus and exponent only.</param>
internal sealed record SigningKey(string Kid, System.Security.Cryptography.RSAParameters Key);

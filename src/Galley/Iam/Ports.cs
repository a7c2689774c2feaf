using System.Security.Cryptography;

namespace Galley.Iam;

/// <summary>Port: the public keys of issuers that are our own, user pools and identity pools. (Arrows/IamToCognito)</summary>
internal interface IFetchOwnKeys
{
    /// <summary>Null for an issuer that is not ours.</summary>
    ValueTask<IReadOnlyList<OwnKey>?> Fetch(string issuer);
}

/// <param name="Kid">Key id in the token's header.</param>
/// <param name="Key">Modulus and exponent only.</param>
internal sealed record OwnKey(string Kid, RSAParameters Key);

using Galley.Cognito;
using Galley.Kms;
using Galley.Wire;

namespace Galley.Arrows;

/// <summary>
/// Cognito uses a pool's KMS key by the right of whoever gave it to the pool: AWS makes a grant then, so that caller must be allowed
/// kms:CreateGrant on the key; from then on the key's own state alone decides.
/// </summary>
internal sealed class CognitoToKms(Installation installation, KmsService kms) : IEncryptCodes
{
    private static readonly Principal Caller = Principal.Service("cognito-idp.amazonaws.com");

    public async ValueTask RequireKey(string keyArn, Call call) => await kms.Require(call, "kms:CreateGrant", keyArn);

    public async ValueTask<DataKey> DataKey(string keyArn, IReadOnlyDictionary<string, string> context)
    {
        var (plaintext, wrapped, arn) = await kms.DataKey(keyArn, context, installation.CallAs(Caller, Arn.TryParse(keyArn, out var key) ? key.Region : null));
        return new DataKey(plaintext, wrapped, arn);
    }
}

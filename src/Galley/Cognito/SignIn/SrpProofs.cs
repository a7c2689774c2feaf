using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using Galley.Store;

namespace Galley.Cognito.SignIn;

/// <summary>The proof of Secure Remote Password, by which a password, or a device's secret, is shown without being sent.</summary>
internal sealed class SrpProofs(Installation installation, Steps steps)
{
    /// <summary>What an SRP challenge proves: whose secret, under which names it enters the hashes.</summary>
    /// <param name="Group">The pool's short name, or the device's group key.</param>
    /// <param name="Id">The user name, or the device key.</param>
    /// <param name="Salt">Hex.</param>
    /// <param name="Verifier">v = g^x; null for a user who does not exist, who is asked all the same.</param>
    public sealed record Subject(string Group, string Id, string Salt, byte[]? Verifier);

    /// <summary>Server's half: SALT, SRP_B and SECRET_BLOCK, which is the step's token.</summary>
    public async ValueTask<Dictionary<string, string>> Ask(Visit visit, string kind, string username, Subject subject, string clientValue, Passage passage)
    {
        if (Srp.ClientValue(clientValue) is null) throw Errors.Parameter("Invalid SRP_A value.");
        var b = installation.Ids.Bytes(32);
        var ours = Srp.ServerValue(VerifierOf(subject), b);
        var token = Convert.ToBase64String(installation.Ids.Bytes(384));
        await installation.Store.Write(tx => steps.Put(tx, visit.Pool, token, new Step
        {
            Kind = kind,
            Username = username,
            ClientId = visit.Client.ClientId,
            Expires = installation.Now + visit.Client.StepLife,
            ClientValue = clientValue,
            ServerSecret = installation.Secrets.Seal("cognito-srp-b/" + Grants.Hash(token), b),
            Passage = passage,
        }));
        return new Dictionary<string, string>
        {
            ["SALT"] = Srp.Hex(new BigInteger(Convert.FromHexString(subject.Salt), isUnsigned: true, isBigEndian: true)),
            ["SECRET_BLOCK"] = token,
            ["SRP_B"] = Srp.Hex(ours),
        };
    }

    /// <summary>Whether the client's signature shows that it knew the secret; the step is spent either way.</summary>
    public bool Holds(Subject subject, Step step, string token, string signature, string timestamp)
    {
        // For nobody the same is computed, so that the time taken does not tell.
        var verifier = VerifierOf(subject);
        if (step.ServerSecret is null) return false;
        var b = installation.Secrets.Open("cognito-srp-b/" + Grants.Hash(token), step.ServerSecret);
        if (Srp.ClientValue(step.ClientValue!) is not { } a || Srp.SharedKey(a, b, Srp.ServerValue(verifier, b), verifier) is not { } key) return false;
        var expected = Srp.Signature(key, subject.Group, subject.Id, Convert.FromBase64String(token), timestamp);
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Convert.ToBase64String(expected)), Encoding.UTF8.GetBytes(signature)) && subject.Verifier is not null;
    }

    private byte[] VerifierOf(Subject subject) => subject.Verifier ?? installation.Secrets.Mac("cognito-simulated-verifier", Encoding.UTF8.GetBytes(subject.Salt));
}

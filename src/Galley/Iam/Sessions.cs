using Galley.Store;
using Galley.Wire;

namespace Galley.Iam;

/// <summary>Temporary keys: made here, kept in the store until a while after their end.</summary>
internal sealed class Sessions(Installation installation)
{
    private static readonly TimeSpan KeptAfterEnd = TimeSpan.FromHours(1);

    public async ValueTask<TemporaryCredentials> Create(Principal principal, TimeSpan duration)
    {
        var id = "ASIA" + installation.Ids.Next(16, Ids.Base32);
        var secret = AccessKeys.NewSecret(installation.Ids);
        var token = "FwoGZXIvYXdzE" + Convert.ToBase64String(installation.Ids.Bytes(192));
        // The wire form has whole seconds; what it says must be what holds.
        var end = DateTimeOffset.FromUnixTimeSeconds((installation.Now + duration).ToUnixTimeSeconds());
        var session = new StoredSession
        {
            Id = id,
            SealedSecret = installation.Secrets.SealText(AccessKeys.Purpose(id), secret),
            SealedToken = installation.Secrets.SealText(TokenPurpose(id), token),
            Expires = end,
            Kind = principal.Kind,
            Arn = principal.Arn,
            UserId = principal.UserId,
            RoleArn = principal.RoleArn,
            SessionPolicies = principal.SessionPolicies,
            Keys = principal.Keys,
            IssuerArn = principal.Issuer?.Arn,
            IssuerId = principal.Issuer?.UserId,
        };
        await installation.Store.Write(async tx =>
        {
            await Sweep(tx);
            tx.Put(Keys.Session(installation.Account, id), session, IamStoreJson.Default.StoredSession);
            tx.Put(Keys.SessionEnd(installation.Account, end, id), System.Text.Encoding.UTF8.GetBytes(id));
        });
        return new TemporaryCredentials(id, secret, token, end);
    }

    internal static string TokenPurpose(string id) => "iam-session-token/" + id;

    private async ValueTask Sweep(ITransaction tx)
    {
        const int AtOnce = 16;
        var (from, to) = Keys.SessionsEndedBefore(installation.Account, installation.Now - KeptAfterEnd);
        var old = new List<Entry>();
        await foreach (var entry in tx.Range(from, to))
        {
            old.Add(entry);
            if (old.Count == AtOnce) break;
        }

        foreach (var entry in old)
        {
            tx.Delete(entry.Key);
            tx.Delete(Keys.Session(installation.Account, System.Text.Encoding.UTF8.GetString(entry.Value)));
        }
    }
}
